"""Freeze the scene list of a scene set, from a STAC catalogue or from Earth Engine."""

from pathlib import Path

from lccs_inputs.earthengine.collections import CATALOGUE as EARTH_ENGINE
from lccs_inputs.jobs import job
from lccs_inputs.stac.search import SceneRequest, search_scenes

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
