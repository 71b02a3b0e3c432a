"""Export a product from Earth Engine, on its own pixels."""

from typing import TYPE_CHECKING

from lccs_inputs.earthengine import product_export, service
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.products import EarthEngineRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    request, settings = job.request(EarthEngineRequest), job.services["earthengine"]
    product_export.export_product(
        service.open_session(settings, f"{job.wildcards.source}-{request.edition}"),
        PRODUCTS[request.product],
        request.edition,
        job.area,
        job.output(),
        service.export_settings(settings, job.slots),
        optional=request.optional,
    )
