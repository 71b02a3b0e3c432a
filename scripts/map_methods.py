"""Map which method of a chain decided each pixel of a layer."""

from pathlib import Path

from lccs_inputs.expressions import parse
from lccs_inputs.facts.lccs import descriptor_table
from lccs_inputs.files import fingerprint
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.methods import method_legend
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import Statistics
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    recipe, layer = snakemake.params.recipe, snakemake.wildcards.layer
    descriptors = descriptor_table(snakemake.params.descriptors)
    build_layer(
        method_legend(descriptors[layer], recipe["methods"]),
        parse(f"layers.{layer}", recipe["expression"]),
        raster_bands(recipe["rasters"], descriptors),
        statistics={name: Statistics.read(Path(p)) for name, p in recipe["statistics"].items()},
        area=Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        target=Path(snakemake.output[0]),
        tags={"fingerprint": fingerprint(recipe)},
    )
