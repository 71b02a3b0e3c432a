"""Wait for a product that CLMS was asked for, download it and check it."""

from typing import TYPE_CHECKING

from lccs_inputs.clms.requests import make_request
from lccs_inputs.clms.steps import fetch
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.products import ClmsRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    request = job.request(ClmsRequest)
    fetch(
        make_request(request.product, request.asked, request.bounds),
        job.services["clms"],
        job.area,
        job.output(),
        request.key,
        optional=job.optional,
    )
