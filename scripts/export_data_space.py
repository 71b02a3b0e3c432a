"""Read a product from the Copernicus Data Space, around an area."""

from pathlib import Path
from typing import TYPE_CHECKING

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.imagery.cache.folder import open_cache
from lccs_inputs.products.data_space import export_product
from lccs_inputs.products.locked import from_plain
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.products import DataSpaceRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    request, settings = job.request(DataSpaceRequest), job.services["cdse"]
    with open_cache(job.services["composing"]) as imagery:
        export_product(
            PRODUCTS[request.product],
            request.year,
            request.collection,
            job.area,
            job.output(),
            settings["catalogue"],
            ObjectStore.of(settings, job.slots),
            Path(settings["cache"]),
            tiles=from_plain(request.tiles),
            optional=request.optional,
            imagery=imagery,
        )
