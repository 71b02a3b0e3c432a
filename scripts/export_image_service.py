"""Export a product from the public image service."""

from typing import TYPE_CHECKING

from lccs_inputs.clms.image_service import export_product
from lccs_inputs.clms.session import USER_AGENT
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.products import ImageServiceRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    request, settings = job.request(ImageServiceRequest), job.services["clms"]
    export_product(
        PRODUCTS[request.product],
        request.year,
        job.area,
        job.output(),
        base_url=settings["image_service"],
        user_agent=USER_AGENT,
        limit_km2=settings["image_service_km2"],
    )
