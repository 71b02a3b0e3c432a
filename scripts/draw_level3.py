"""Draw the level-3 map with its legend."""

from typing import TYPE_CHECKING

from lccs_inputs.pictures.drawing import draw_level3
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    draw_level3(job.input("level3"), job.area, job.caption, job.output())
