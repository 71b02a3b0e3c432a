"""Run le_lccs on what was prepared for it, and report where its maps differ from ours."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.le_lccs import Difference, run, write_differences
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    run(job.input("config"))
    differences = [
        Difference.between(level, job.input(name), job.output(name), job.input("mask"), job.area)
        for level, name in ((3, "level3"), (4, "level4"))
    ]
    write_differences(differences, job.output("differences"), job.output("table"))
