"""Stop here if some reference data are of no use for any area and period."""

from typing import TYPE_CHECKING

from lccs_inputs.reference.checking import require_used
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    require_used(job.inputs("checks"))
