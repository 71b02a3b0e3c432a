"""Stop here if a check of severity `error` failed."""

from pathlib import Path

from lccs_inputs.layers.checks import require_passed
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    require_passed(Path(snakemake.input[0]))
