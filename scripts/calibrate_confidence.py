"""Hold the confidence of the maps of a period against reference data."""

from typing import TYPE_CHECKING

from lccs_inputs.accuracy.calibrating import write_calibration
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import AccuracyRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(AccuracyRequest)
    scores, points = job.layers("scores"), job.input("points")
    write_calibration(
        scores, request.table, points, job.area, job.output(), asked=request.fingerprint
    )
