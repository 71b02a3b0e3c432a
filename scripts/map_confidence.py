"""Map how sure each layer of a period is of its pixels, and level 3."""

from typing import TYPE_CHECKING

from lccs_inputs.confidence.mapping import Targets, map_confidence
from lccs_inputs.confidence.question import LayerParts
from lccs_inputs.confidence.score import score_image
from lccs_inputs.facts.lccs import LAYER_PREFIX, LEVEL3_MAP
from lccs_inputs.formats.styles import image_style, write_style
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import read_statistics
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.confidence import ConfidenceRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(ConfidenceRequest)
    sources = [name for name in request.leaves if not name.startswith(LAYER_PREFIX)]
    rasters = job.leaves({name: name for name in [*sources, *request.looks]})
    rasters |= {LAYER_PREFIX + name: path for name, path in job.layers().items()}
    targets = {path.stem: path for path in job.targets("maps")}
    map_confidence(
        [LayerParts(**each) for each in request.layers],
        request.table,
        request.coded,
        raster_bands(rasters, request.table),
        statistics=read_statistics(job.statistics(request.statistics)),
        area=job.area,
        targets=Targets(
            {name: path for name, path in targets.items() if name != "level3"},
            targets.get("level3"),
        ),
        tags={"fingerprint": request.fingerprint},
    )
    kinds = {**request.table, LEVEL3_MAP.name: LEVEL3_MAP}
    for name, style in zip(targets, job.targets("styles"), strict=True):
        write_style(style, image_style(score_image(name, kinds[name])))
