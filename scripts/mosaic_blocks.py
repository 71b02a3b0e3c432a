"""Write the virtual mosaic of the blocks of a scene set."""

from pathlib import Path

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    build_vrt(
        Path(snakemake.output[0]),
        [Path(block) for block in snakemake.input.blocks],
        Grid.read(Path(snakemake.input.grid)),
    )
