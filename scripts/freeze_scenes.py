"""Freeze the scene list of a scene set: every verdict on a scene, once for all blocks."""

from typing import TYPE_CHECKING

from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.freezing import frozen, read_unreadable, wanted
from lccs_inputs.imagery.requests import FreezeRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    found, request = SceneList.read(job.input("found")), job.request(FreezeRequest)
    looks = wanted(found, request, read_unreadable(job.inputs("unreadable")))
    looks = engine_of(found.catalogue).look_at(
        found, looks, request, job.area, job.services, job.slots
    )
    frozen(found, looks, request).write(job.output())
