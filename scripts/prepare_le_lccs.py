"""Prepare the folder that le_lccs is run in."""

from datetime import date
from typing import TYPE_CHECKING

from lccs_inputs.layers.handoff import HandOff, write_rasters
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import HandOffRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    layers, grid, mask = job.layers(), Grid.read(job.input("grid")), job.output("mask")
    write_rasters(layers, grid, mask.parent, mask)
    when = date.fromisoformat(job.request(HandOffRequest).when)
    folder = HandOff(job.wildcards.area, job.wildcards.period, when, tuple(layers))
    folder.write_texts(grid, job.output("config"), job.output("readme"))
