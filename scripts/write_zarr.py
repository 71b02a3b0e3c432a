"""Write the results of a period as a Zarr store."""

from typing import TYPE_CHECKING

from lccs_inputs.formats.cube import write_cube
from lccs_inputs.formats.rasters import Rasters, listed
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.formats import FormatRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    grid, request = Grid.read(job.input("grid")), job.request(FormatRequest)
    rasters, days = listed(request, Rasters.of(job)), (request.start, request.end)
    write_cube(job.output(), job.caption, days, grid, rasters)
