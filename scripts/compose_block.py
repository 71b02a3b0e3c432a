"""Compose one block of a scene set from its frozen scene list."""

from typing import TYPE_CHECKING

from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    scenes = SceneList.read(job.input("scenes"))
    engine_of(scenes.catalogue).compose(
        job.request(BlockRequest), scenes, job.area, job.output(), job.services, job.slots
    )
