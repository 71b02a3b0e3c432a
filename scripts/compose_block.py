"""Compose one block of a scene set from its frozen scene list."""

from typing import TYPE_CHECKING

from lccs_inputs.errors import UnreadableError
from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.freezing import note_unreadable
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    listed, request, area = job.input("scenes"), job.request(BlockRequest), job.area
    scenes = SceneList.read(listed).touching(area.block_grid(area.block(request.block)))
    try:
        engine_of(scenes.catalogue).compose(
            request, scenes, area, job.output(), job.services, job.slots, job.threads
        )
    except UnreadableError as error:
        raise note_unreadable(listed, scenes, error) from error
