"""Build one continuous image from the resolved expressions of its bands."""

from typing import TYPE_CHECKING

from lccs_inputs.expressions import parse
from lccs_inputs.facts.images import Image
from lccs_inputs.layers.images import build_image
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import read_statistics
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.images import ImageRecipe

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    recipe = job.request(ImageRecipe)
    build_image(
        Image.from_dict(recipe.image),
        {
            band: parse(f"images.{job.wildcards.image}", text)
            for band, text in recipe.expressions.items()
        },
        raster_bands(job.leaves(recipe.leaves), recipe.table),
        statistics=read_statistics(job.statistics(recipe.statistics)),
        area=job.area,
        target=job.output(),
        tags={"editions": recipe.editions, "fingerprint": recipe.fingerprint},
    )
