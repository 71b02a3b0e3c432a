"""The blocks of a scene set on disk: each keeps the bands it has when more are asked for."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window

from lccs_inputs.facts.sensors import SCENE_NODATA, SENSORS
from lccs_inputs.files import scratch_path
from lccs_inputs.imagery.block_tags import CLIPPED_TAG, read_tags
from lccs_inputs.imagery.engine import Engine, Services
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import verify_readable
from lccs_inputs.rasters.writing import TILE, create_raster


def fill_block(
    engine: Engine,
    request: BlockRequest,
    scenes: SceneList,
    area: Area,
    target: Path,
    services: Services,
    slots: int,
    threads: int,
) -> None:
    """Have a block composed of the scenes that touch it, or only the bands that it lacks.

    What is there is kept where it is the answer to the same request but for its bands. The block
    has then exactly the bands that are asked for, as if they had been asked for at once.

    Args:
        scenes: the frozen scene list of the whole set.

    Raises:
        SourceError, InputError: as `Engine.compose`.
    """
    touching = scenes.touching(area.block_grid(area.block(request.block)))
    kept = _kept(target, request)
    missing = _not_in(kept, request)
    if not kept:
        engine.compose(request, touching, area, target, services, slots, threads)
    elif missing:
        with scratch_path(target, "missing") as part:
            asked = replace(request, bands=missing)
            engine.compose(asked, touching, area, part, services, slots, threads)
            _merge([part, target], request, area, target)
    elif kept != tuple(request.bands):
        _merge([target], request, area, target)


def lacking(target: Path, request: BlockRequest) -> list[str]:
    """The bands that a block lacks, of those that are asked for: all where it is another block."""
    return _not_in(_kept(target, request), request)


def _not_in(kept: Sequence[str], request: BlockRequest) -> list[str]:
    return [band for band in request.bands if band not in kept]


def _kept(target: Path, request: BlockRequest) -> tuple[str, ...]:
    """The bands of a block that is there which can be kept: none, or all it has."""
    found = read_tags(target)
    left_out = set(found.bands) - set(request.bands)
    # What was clipped is counted for all bands together: of some of them it is not known.
    if found.request != request.fingerprint or not request.bands or (left_out and found.clipped):
        return ()
    return found.bands if _is_whole(target) else ()


def _merge(sources: Sequence[Path], request: BlockRequest, area: Area, target: Path) -> None:
    """Write a block from the bands of others, the first of them that has a band."""
    grid = area.block_grid(area.block(request.block))
    scales = SENSORS[request.sensor].scales_of(request.bands)
    with ExitStack() as stack:
        rasters = [stack.enter_context(rasterio.open(path)) for path in sources]
        tags = {key: text for raster in rasters for key, text in raster.tags().items()}
        tags |= {CLIPPED_TAG: str(sum(int(raster.tags()[CLIPPED_TAG]) for raster in rasters))}
        del tags["AREA_OR_POINT"]
        block = stack.enter_context(
            create_raster(
                target, grid, request.bands, "int16", SCENE_NODATA, scales=scales, tags=tags
            )
        )
        places = [
            (raster, raster.descriptions.index(band) + 1)
            for band in request.bands
            for raster in [next(each for each in rasters if band in each.descriptions)]
        ]
        for top in range(0, grid.height, TILE):  # in the order in which a block is written at once
            strip = Window(0, top, grid.width, min(TILE, grid.height - top))
            values = [raster.read(number, window=strip) for raster, number in places]
            block.write(np.stack(values), window=strip)


def _is_whole(block: Path) -> bool:
    try:
        verify_readable(block)
    except RasterioError:
        return False
    return True
