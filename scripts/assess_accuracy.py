"""Hold the maps of a period against reference data."""

from typing import TYPE_CHECKING

from lccs_inputs.accuracy.write import write_accuracy
from lccs_inputs.reference.data import with_files
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import AccuracyRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(AccuracyRequest)
    write_accuracy(
        with_files(request.references, job.inputs("references")),
        job.layers("maps"),
        request.table,
        job.area,
        request.days,
        job.output().parent,
        alone=request.alone,
    )
