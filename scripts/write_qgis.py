"""Write styles and a project for QGIS."""

from typing import TYPE_CHECKING

from lccs_inputs.formats.qgis import write_qgis
from lccs_inputs.formats.rasters import Rasters
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.formats import FormatRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    grid, request = Grid.read(job.input("grid")), job.request(FormatRequest)
    rasters, mosaic = Rasters.of(job), job.optional_input("mosaic")
    confidence = job.layers("confidence")
    write_qgis(job.caption, grid, request, rasters, confidence, mosaic, job.output("project"))
