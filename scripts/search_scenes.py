"""Freeze the scene list of a scene set, from a STAC catalogue or from Earth Engine."""

from pathlib import Path

from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.imagery.requests import SceneRequest
from lccs_inputs.imagery.stac.search import search_scenes
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    asked = dict(snakemake.params.request)
    bounds = asked.pop("bounds")
    request = SceneRequest(**asked)
    if request.catalogue == EARTH_ENGINE:
        from lccs_inputs.earthengine import search, service

        tag = f"{request.source}-{request.edition}"
        session = service.open_session(snakemake.config["earthengine"], tag)
        scenes = search.search_scenes(session, request, bounds)
    else:
        scenes = search_scenes(request, bounds)
    scenes.write(Path(snakemake.output[0]))
