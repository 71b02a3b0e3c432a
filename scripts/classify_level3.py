"""Classify level 3 of LCCS from the layers, as le_lccs will."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.level3 import classify
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    classify(job.layers(), job.area, job.output())
