"""Write the virtual mosaic of the blocks of a scene set."""

from typing import TYPE_CHECKING

from lccs_inputs.files import fingerprint
from lccs_inputs.imagery.block_tags import remove_strangers
from lccs_inputs.imagery.requests import REQUEST_TAG
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.scenes import MosaicRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    blocks, request = job.inputs("blocks"), job.request(MosaicRequest)
    remove_strangers(blocks, request.asked, request.bands)
    tags = {REQUEST_TAG: fingerprint(request.asked)}
    build_vrt(job.output(), blocks, Grid.read(job.input("grid")), tags=tags)
