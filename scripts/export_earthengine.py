"""Export a product from Earth Engine, on its own pixels."""

from pathlib import Path

from lccs_inputs.earthengine import product_export as products
from lccs_inputs.earthengine import service
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    asked, settings = snakemake.params.request, snakemake.config["earthengine"]
    source = f"{snakemake.wildcards.source}-{asked['edition']}"
    products.export_product(
        service.open_session(settings, source),
        PRODUCTS[asked["product"]],
        asked["edition"],
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        Path(snakemake.output[0]),
        service.export_settings(settings, snakemake.resources.ee_slots),
        optional=asked["optional"],
    )
