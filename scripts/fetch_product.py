"""Wait for a product that CLMS was asked for, download it and check it."""

from pathlib import Path

from lccs_inputs.clms.requests import make_request
from lccs_inputs.clms.steps import fetch
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    asked = snakemake.params.request
    fetch(
        make_request(asked["product"], asked["asked"], asked["bounds"]),
        snakemake.config["clms"],
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        Path(snakemake.output[0]),
        asked["key"],
        optional=snakemake.params.optional,
    )
