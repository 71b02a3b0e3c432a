"""Explain the pixels where the maps of a period and reference data disagree, and some others."""

from typing import TYPE_CHECKING

from lccs_inputs.accuracy.reasons import explain_points
from lccs_inputs.explain.explaining import Explainer
from lccs_inputs.explain.sources import Files
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.layers.statistics import read_statistics
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.explain import ErrorRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(ErrorRequest)
    lists = zip(request.scenes, job.inputs("lists"), strict=True)
    files = Files(
        job.leaves(dict.fromkeys(request.rasters, "")),
        read_statistics(job.statistics(request.statistics)),
        {name: len(SceneList.read(file).observations) for name, file in lists},
    )
    place = job.wildcards.area, job.wildcards.period
    with Explainer(place, job.area, request, files) as explainer:
        tables = {job.input(name): job.output(name) for name in ("errors", "right")}
        explain_points(tables, explainer.of_each)
