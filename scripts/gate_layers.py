"""Stop here if a check of severity `error` failed."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.reports import require_passed
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    require_passed(job.input("checks"))
