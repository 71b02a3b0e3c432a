"""Compose one block of a scene set from its frozen scene list, or the bands that it lacks."""

from typing import TYPE_CHECKING

from lccs_inputs.errors import UnreadableError
from lccs_inputs.imagery.blocks import fill_block
from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.freezing import note_unreadable
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    listed = job.input("scenes")
    scenes, request = SceneList.read(listed), job.request(BlockRequest)
    engine = engine_of(scenes.catalogue)
    try:
        fill_block(
            engine, request, scenes, job.area, job.output(), job.services, job.slots, job.threads
        )
    except UnreadableError as error:
        raise note_unreadable(listed, scenes, error) from error
