"""Say what changed between two periods of an area."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.change import compare_periods
from lccs_inputs.layers.change_tables import Flag, MapOfChange
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import ChangeRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request, maps = job.request(ChangeRequest), job.inputs("maps")
    compare_periods(
        job.layers("earlier"),
        job.layers("later"),
        request.table,
        [(MapOfChange(**each), path) for each, path in zip(request.maps, maps, strict=True)],
        [Flag(**flag) for flag in request.flags],
        job.area,
        job.output().parent,
        (job.wildcards.earlier, job.wildcards.later),
    )
