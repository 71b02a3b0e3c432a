"""Build one layer from the resolved expression of its method."""

from pathlib import Path

from lccs_inputs.expressions import parse
from lccs_inputs.facts.lccs import descriptor_table
from lccs_inputs.files import fingerprint
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import Statistics
from lccs_inputs.patches import PatchLimits
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    recipe, layer = snakemake.params.recipe, snakemake.wildcards.layer
    descriptors = descriptor_table(snakemake.params.descriptors)
    area = Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid))
    patches = recipe.get("patches")
    build_layer(
        descriptors[layer],
        parse(f"layers.{layer}", recipe["expression"]),
        raster_bands(recipe["rasters"], descriptors),
        statistics={name: Statistics.read(Path(p)) for name, p in recipe["statistics"].items()},
        area=area,
        target=Path(snakemake.output[0]),
        tags={
            "method": recipe["method"],
            "editions": snakemake.params.editions,
            "expression": recipe["expression"],
            "fingerprint": fingerprint(recipe),
        },
        patches=patches and PatchLimits.of_layer(layer, patches, area.grid.resolution),
    )
