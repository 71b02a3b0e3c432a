"""Check whether the reference data of a period can be used, before there is a map."""

from typing import TYPE_CHECKING

from lccs_inputs.reference.checking import check_references
from lccs_inputs.reference.data import with_files
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import AccuracyRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(AccuracyRequest)
    check_references(
        with_files(request.references, job.inputs("references")),
        request.maps,
        job.area,
        request.days,
        job.output(),
    )
