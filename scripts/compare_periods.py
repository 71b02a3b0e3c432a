"""Say what changed between two periods of an area."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.change import Flag, compare_periods
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import ChangeRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(ChangeRequest)
    compare_periods(
        job.layers("earlier"),
        job.layers("later"),
        request.table,
        [Flag(**flag) for flag in request.flags],
        job.area,
        job.output().parent,
    )
