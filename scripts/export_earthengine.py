"""Export a product from Earth Engine, on its own pixels."""

from pathlib import Path

from lccs_inputs.earthengine import products, service
from lccs_inputs.grid import Area
from lccs_inputs.jobs import job
from lccs_inputs.products import PRODUCTS

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
