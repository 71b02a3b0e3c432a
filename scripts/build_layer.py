"""Build one layer from the resolved expression of its method."""

from typing import TYPE_CHECKING

from lccs_inputs.expressions import parse
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import read_statistics
from lccs_inputs.patches.limits import PatchLimits
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.layers import LayerRecipe

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    recipe, layer, area = job.request(LayerRecipe), job.wildcards.layer, job.area
    build_layer(
        recipe.table[layer],
        parse(f"layers.{layer}", recipe.expression),
        raster_bands(job.leaves(recipe.leaves), recipe.table),
        statistics=read_statistics(job.statistics(recipe.statistics)),
        area=area,
        target=job.output("layer"),
        tags={
            "method": recipe.method,
            "editions": recipe.editions,
            "expression": recipe.expression,
            "fingerprint": recipe.fingerprint,
        },
        patches=PatchLimits.of_layer(layer, recipe.patches, area.grid.resolution)
        if recipe.patches
        else None,
        note=job.output("note"),
        nearest=job.output("nearest"),
    )
