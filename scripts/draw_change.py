"""Draw what became of the land between two periods."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.change_tables import Flag, MapOfChange, beside_level3, notes
from lccs_inputs.pictures.drawing import draw_change
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import ChangeRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(ChangeRequest)
    flags = [Flag(**flag) for flag in request.flags]
    maps = [MapOfChange(**each) for each in request.maps]
    of_level3 = [flag for flag in flags if "level3" in flag.layers]
    draw_change(
        job.input("change"),
        job.area,
        f"{job.wildcards.area} · {job.wildcards.earlier} to {job.wildcards.later}",
        job.output(),
        [*notes(of_level3), *beside_level3(maps)],
    )
