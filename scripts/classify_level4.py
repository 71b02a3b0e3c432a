"""Classify level 4 of LCCS from level 3 and the layers that describe it."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.level4 import classify_level4
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    classify_level4(
        job.input("level3"),
        job.layers(),
        job.area,
        job.output("level4"),
        job.output("codes"),
        job.output("table"),
    )
