"""Write the virtual mosaic of the blocks of a scene set."""

from typing import TYPE_CHECKING

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    build_vrt(job.output(), job.inputs("blocks"), Grid.read(job.input("grid")))
