"""Ask CLMS for a product, once."""

from typing import TYPE_CHECKING

from lccs_inputs.clms.requests import make_request
from lccs_inputs.clms.steps import hand_in
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.products import ClmsRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    request = job.request(ClmsRequest)
    hand_in(
        make_request(request.product, request.asked, request.bounds),
        job.services["clms"],
        job.output(),
        request.key,
    )
