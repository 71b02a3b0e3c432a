"""Map which method of a chain decided each pixel of a layer."""

from typing import TYPE_CHECKING

from lccs_inputs.expressions import parse
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.methods import method_legend
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import read_statistics
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.layers import MethodRecipe

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    recipe, layer = job.request(MethodRecipe), job.wildcards.layer
    build_layer(
        method_legend(recipe.table[layer], recipe.methods),
        parse(f"layers.{layer}", recipe.expression),
        raster_bands(job.leaves(recipe.leaves), recipe.table),
        statistics=read_statistics(job.statistics(recipe.statistics)),
        area=job.area,
        target=job.output(),
        tags={"fingerprint": recipe.fingerprint},
    )
