"""Draw which method decided each pixel of a layer."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.methods import method_legend
from lccs_inputs.pictures.drawing import draw_layer
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import MethodLegendRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(MethodLegendRequest)
    legend = method_legend(request.table[job.wildcards.layer], request.methods)
    draw_layer(job.input("methods"), legend, job.area, job.caption, job.output())
