"""Freeze the scene list of a scene set."""

from dataclasses import replace
from typing import TYPE_CHECKING

from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.requests import SceneRequest
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    request, catalogue = job.request(SceneRequest), job.inputs("catalogue")
    engine = engine_of(request.catalogue)
    if catalogue:  # where it lies in this run, whatever the config calls it
        request = replace(request, catalogue=str(catalogue[0]))
    engine.search(request, job.services).write(job.output())
