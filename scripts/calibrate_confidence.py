"""Hold the confidence of the maps of a period against reference data."""

from typing import TYPE_CHECKING

from lccs_inputs.accuracy.calibrating import write_calibration
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    write_calibration(job.layers("scores"), job.input("points"), job.area, job.output())
