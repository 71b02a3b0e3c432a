"""Write the map of level 4 in a legend of others, and the hectares of its classes."""

from typing import TYPE_CHECKING

from lccs_inputs.facts.legend import Legend
from lccs_inputs.layers.legends import translate
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import LegendRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(LegendRequest)
    translate(
        job.input("codes"),
        Legend.from_dict(request.legend),
        request.layers,
        job.area,
        job.output("map"),
        job.output("table"),
    )
