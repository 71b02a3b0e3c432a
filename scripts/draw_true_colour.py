"""Draw the median composite in true colours."""

from typing import TYPE_CHECKING

from lccs_inputs.pictures.drawing import draw_true_colour
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    draw_true_colour(job.input("mosaic"), job.area, job.caption, job.output())
