"""Compute the statistics of an expression over the whole area."""

from pathlib import Path

from lccs_inputs.expressions import parse
from lccs_inputs.facts.lccs import descriptor_table
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import compute_statistics
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    recipe = snakemake.params.recipe
    compute_statistics(
        parse("statistics", recipe["expression"]),
        raster_bands(recipe["rasters"], descriptor_table(snakemake.params.descriptors)),
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        Path(snakemake.output[0]),
    )
