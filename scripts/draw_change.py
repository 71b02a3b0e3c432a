"""Draw what became of the land between two periods."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.change_tables import Flag, notes
from lccs_inputs.pictures.drawing import draw_change
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import ChangeRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    flags = [Flag(**flag) for flag in job.request(ChangeRequest).flags]
    of_level3 = [flag for flag in flags if "level3" in flag.layers]
    draw_change(
        job.input("change"),
        job.area,
        f"{job.wildcards.area} · {job.wildcards.earlier} to {job.wildcards.later}",
        job.output(),
        notes(of_level3),
    )
