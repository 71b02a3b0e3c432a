"""Write the virtual mosaic of the blocks of a scene set."""

from pathlib import Path

from lccs_inputs.grid import Grid
from lccs_inputs.jobs import job
from lccs_inputs.rasters import build_vrt

with job(snakemake.log[0]):
    build_vrt(
        Path(snakemake.output[0]),
        [Path(block) for block in snakemake.input.blocks],
        Grid.read(Path(snakemake.input.grid)),
    )
