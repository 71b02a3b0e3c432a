"""Export a product from the public image service."""

from pathlib import Path

from lccs_inputs.clms.image_service import export_product
from lccs_inputs.clms.session import USER_AGENT
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    asked, settings = snakemake.params.request, snakemake.config["clms"]
    export_product(
        PRODUCTS[asked["product"]],
        asked["year"],
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        Path(snakemake.output[0]),
        base_url=settings["image_service"],
        user_agent=USER_AGENT,
        limit_km2=settings["image_service_km2"],
    )
