"""Filling a block of a scene set from Earth Engine: the same file as `composite` writes."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.windows import Window

from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.fetch import TileFetcher
from lccs_inputs.earthengine.graphs import scene_set_image
from lccs_inputs.earthengine.pixels import Export, Values
from lccs_inputs.earthengine.settings import BatchSettings
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.slots import Slots
from lccs_inputs.earthengine.tiles import Tile, plan_tiles
from lccs_inputs.errors import InputError
from lccs_inputs.facts.earthengine import RECIPE
from lccs_inputs.facts.sensors import CLEAR_COUNT, SCENE_NODATA, CloudScore, SceneMask, Sensor
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from lccs_inputs.sharing import usable

_LARGEST = 32767
_DTYPE = "int16"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExportSettings:
    """How exports run; none of it changes a pixel.

    Attributes:
        slots: requests under way at a time, of this job.
        cache: folder of tiles and markers, shared by all jobs.
        batch: how what is too much for interactive requests is exported; None if not at all.
    """

    slots: int
    cache: Path
    batch: BatchSettings | None


def export_block(
    session: Session,
    scene_list: SceneList,
    sensor: Sensor,
    mask: SceneMask,
    block_grid: Grid,
    area: Area,
    target: Path,
    settings: ExportSettings,
    bands: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
) -> None:
    """Fill one block of a scene set from Earth Engine and write it as a tiled GeoTIFF.

    The file is as that of `composite.compose.compose_block`: same bands, encoding, nodata and
    mask of the area. The tag `clipped` counts values at the ends of int16.

    Args:
        bands: those of `Sensor.scene_set_bands` that are wanted; empty for all of them.
        tags: further dataset tags.

    Raises:
        SourceError: Earth Engine did not give a tile; says why and what to do. Tiles that were
            fetched are kept in the cache.
        InputError: a file could not be written whole.
    """
    export = scene_set_export(scene_list, sensor, mask, bands)
    tiles = scene_set_tiles(block_grid, area, sensor)
    cache = fetched_tiles(session, export, tiles, settings)
    _assemble(cache, tiles, export.bands, sensor, block_grid, area, target, tags)


def scene_set_tiles(block_grid: Grid, area: Area, sensor: Sensor) -> list[Tile]:
    """The tiles of a block, which are the same whatever bands are asked for."""
    return plan_tiles(block_grid, area, len(sensor.scene_set_bands), np.dtype(_DTYPE).itemsize)


def scene_set_export(
    scene_list: SceneList, sensor: Sensor, mask: SceneMask, bands: Sequence[str] = ()
) -> Export:
    """What is asked of Earth Engine for a scene set, wherever it is asked for.

    A tile is computed from the scenes that touch it, and known by them.

    Args:
        bands: as of `export_block`.
    """

    @cache
    def passes(grid: Grid) -> list[list[Scene]]:
        return scene_list.touching(grid).observations

    return Export(
        name=f"{scene_list.source} {scene_list.edition}",
        bands=tuple(bands) or sensor.scene_set_bands,
        dtype=_DTYPE,
        nodata=SCENE_NODATA,
        image=lambda grid, bands: scene_set_image(passes(grid), sensor, mask, bands),
        request=lambda grid: scene_set_request(passes(grid), sensor, mask),
        doubt=lambda grid, values: _doubt(values, sensor, len(passes(grid))),
        nothing=lambda grid, bands: None if passes(grid) else _unseen(grid, bands),
    )


def _unseen(grid: Grid, bands: Sequence[str]) -> Values:
    """What there is where no scene is."""
    values = np.full((len(bands), *grid.shape), SCENE_NODATA, _DTYPE)
    values[[band == CLEAR_COUNT for band in bands]] = 0
    return values


def scene_set_request(
    passes: Sequence[Sequence[Scene]], sensor: Sensor, mask: SceneMask
) -> dict[str, Any]:
    """What decides the pixels of a scene set: the key of its tiles in the cache."""
    kind = "cloud_score" if isinstance(mask, CloudScore) else "mask"
    return {
        "recipe": RECIPE,
        "sensor": sensor.name,
        kind: asdict(mask) if mask else None,
        "passes": [
            [[scene.collection, scene.id, scene.updated] for scene in scenes] for scenes in passes
        ],
    }


def tile_cache(export: Export, settings: ExportSettings) -> TileCache:
    """Where the tiles of an export are kept."""
    return TileCache(settings.cache, export)


def fetched_tiles(
    session: Session, export: Export, tiles: Sequence[Tile], settings: ExportSettings
) -> TileCache:
    """The cache, which holds every tile."""
    cache = tile_cache(export, settings)
    with usable(settings.cache, "earthengine.cache"):
        slots = Slots(settings.slots, settings.cache / f"restricted-{session.project}")
        TileFetcher(session, export, cache, slots, settings.batch).fetch(tiles, settings.slots)
        slots.finish(session.restricted)
    return cache


def kept_tiles(
    cache: TileCache, tiles: Sequence[Tile], target: Path
) -> Iterator[tuple[Tile, Window, Values]]:
    """Each tile, its window in the raster that is put together, and its values.

    Raises:
        InputError: one is not in the cache any more.
    """
    for tile in tiles:
        values = cache.read(tile.grid)
        if values is None:
            raise InputError(
                f"tile {tile.name} was taken away from the cache, or damaged, while {target} was "
                "put together; run again"
            )
        height, width = tile.grid.shape
        yield tile, Window(tile.col_off, tile.row_off, width, height), values


def _assemble(
    cache: TileCache,
    tiles: Sequence[Tile],
    bands: Sequence[str],
    sensor: Sensor,
    block_grid: Grid,
    area: Area,
    target: Path,
    tags: Mapping[str, str] | None,
) -> None:
    clipped = 0
    measured = [band != CLEAR_COUNT for band in bands]
    with create_raster(
        target,
        block_grid,
        bands,
        _DTYPE,
        SCENE_NODATA,
        scales=sensor.scales_of(bands),
        tags=tags,
    ) as raster:
        for tile, window, values in kept_tiles(cache, tiles, target):
            values[:, ~area.mask(tile.grid)] = SCENE_NODATA
            clipped += int(np.count_nonzero(np.abs(values[measured]) == _LARGEST))
            raster.write(values, window=window)
        raster.update_tags(clipped=str(clipped))
    if clipped:
        _log.warning("%s: %d values did not fit and were clipped", target, clipped)


def _doubt(values: Mapping[str, Values], sensor: Sensor, passes: int) -> str:
    """What contradicts itself in a tile: a band is there only where a pass was clear.

    A band that decides is there wherever one was.
    """
    count = values.get(CLEAR_COUNT)
    if count is None:
        return ""
    if count.min() < 0 or count.max() > passes:
        return f"clear counts of {count.min()} to {count.max()} from {passes} passes"
    for name, band in values.items():
        there = band != SCENE_NODATA
        if name != CLEAR_COUNT and (there & (count == 0)).any():
            return f"{name} without clear observations"
        if name in sensor.validity_bands and (~there & (count > 0)).any():
            return f"no {name} where there are clear observations"
    return ""
