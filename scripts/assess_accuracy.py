"""Hold the maps of a period against reference data."""

from typing import TYPE_CHECKING

from lccs_inputs.accuracy.write import write_accuracy
from lccs_inputs.reference.data import ReferenceData
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import AccuracyRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(AccuracyRequest)
    data = map(ReferenceData.from_dict, request.references)
    write_accuracy(
        [*zip(data, job.inputs("references"), strict=True)],
        job.layers("maps"),
        request.table,
        job.area,
        request.days,
        job.output().parent,
        alone=request.alone,
    )
