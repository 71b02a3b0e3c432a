"""Draw the accuracy of the maps of a period, and where they err."""

from typing import TYPE_CHECKING

from lccs_inputs.accuracy.errors import agreement, agreement_columns
from lccs_inputs.facts.lccs import LEVEL3_MAP
from lccs_inputs.files import read_json
from lccs_inputs.pictures.accuracy import draw_accuracy, draw_errors
from lccs_inputs.reference.store import read_table
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    told = read_json(job.input("accuracy"), "assessments", "references")
    draw_accuracy(told, job.caption, job.output())
    level3 = job.optional_input("level3")
    if level3:
        name, target = LEVEL3_MAP.name, job.output().with_name("errors.png")
        points = read_table(job.input("points"), agreement_columns(name))
        draw_errors(level3, agreement(points, name, told), job.area, job.caption, target)
