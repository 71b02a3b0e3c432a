"""Freeze the scene list of a scene set."""

from pathlib import Path

from lccs_inputs.jobs import job
from lccs_inputs.stac.search import SceneRequest, search_scenes

with job(snakemake.log[0]):
    asked = dict(snakemake.params.request)
    bounds = asked.pop("bounds")
    search_scenes(SceneRequest(**asked), bounds).write(Path(snakemake.output[0]))
