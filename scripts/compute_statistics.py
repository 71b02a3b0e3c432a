"""Compute the statistics of an expression over the whole area."""

from typing import TYPE_CHECKING

from lccs_inputs.expressions import parse
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import compute_statistics
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.layers import StatisticRecipe

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    recipe = job.request(StatisticRecipe)
    compute_statistics(
        parse("statistics", recipe.expression),
        raster_bands(job.leaves(recipe.leaves), recipe.table),
        job.area,
        job.output(),
    )
