"""Compositing a block: from the frozen scene list to medians, NDVI statistics and clear counts.

Every pixel is computed from its own observations alone, in whole numbers until the last step, so
the result does not depend on how an area is cut into blocks, or a block into windows.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.facts.sensors import NDVI_STATISTICS, SCENE_NODATA, Mask, Sensor
from lccs_inputs.imagery.composite.observations import (
    NDVI_ZERO,
    Encoding,
    Observations,
    WindowReader,
    ndvi_keys,
)
from lccs_inputs.imagery.composite.order_statistics import Floats, Keys, summarise
from lccs_inputs.imagery.composite.reading import AssetReader, is_remote
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.imagery.stac.signing import signer
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.rasters.writing import create_raster

_WINDOW_SIDES = (1024, 512, 256, 128)  # px; the first two hold whole tiles of the target
_KEY_BYTES = 256 * 2**20  # of all observations of a window
_REMOTE_READERS = 8  # scenes read at a time, where reading is mostly waiting
_LARGEST = 32767

Stored = NDArray[np.int16]
Valid = NDArray[np.bool_]
Result = TypeVar("Result")

_log = logging.getLogger(__name__)


def compose_block(
    scene_list: SceneList,
    sensor: Sensor,
    mask: Mask | None,
    block_grid: Grid,
    area: Area,
    target: Path,
    wanted: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
) -> None:
    """Compose one block of a scene set and write it as a tiled GeoTIFF.

    Bands are `Sensor.scene_set_bands`, or those wanted: int16, nodata −32768, scale as GDAL band
    scale. Reflectance and NDVI are × 10⁴, backscatter is decibels × 100. Pixels outside the area
    are nodata; pixels in it that no scene saw clearly are nodata too, with a clear count of 0. What
    does not fit is clipped; the tag `clipped` counts it.

    Args:
        mask: the cloud mask and the values it removes; None keeps every observation.
        block_grid: the grid of the block, `area.block_grid(block)`.
        wanted: bands; empty for all of them. Which observations count does not hang on it.
        tags: further dataset tags.

    Raises:
        SourceError: an asset is missing, unreadable after retries, or not encoded as the sensor's
            are; names scene and asset.
        InputError: the target could not be written whole.
    """
    scenes, passes, clipped = scene_list.scenes, scene_list.observations, 0
    names = tuple(wanted) or sensor.scene_set_bands
    taken = [sensor.scene_set_bands.index(name) for name in names]
    with (
        gdal_env(),
        AssetReader(signer(scene_list.sign)) as reader,
        create_raster(
            target,
            block_grid,
            names,
            "int16",
            SCENE_NODATA,
            scales=sensor.scales_of(names),
            tags=tags,
        ) as raster,
    ):
        for window, grid in _windows(scenes, sensor, block_grid, reader):
            inside = area.mask(grid)
            if not inside.any():
                continue
            seen = _observe(passes, WindowReader(reader, sensor, mask, grid), inside)
            bands, beyond = _compose([each.keys for each in seen], sensor, inside)
            clipped += beyond + sum(each.clipped for each in seen)
            raster.write(bands[taken], window=window)
        raster.update_tags(clipped=str(clipped))
    if clipped:
        _log.warning("%s: %d values did not fit and were clipped", target, clipped)


def _windows(
    scenes: Sequence[Scene], sensor: Sensor, block: Grid, reader: AssetReader
) -> Iterator[tuple[Window, Grid]]:
    """Squares small enough for the observations of all scenes that touch the block to fit.

    They start at the corner of the block, so that each tile of the target is written once.
    """
    single = [[scene] for scene in scenes]
    touching = sum(_in_parallel(lambda each: _touches(each[0], sensor, block, reader), single))
    pixel_bytes = max(touching, 1) * (len(sensor.bands) + 1) * 2  # 1: NDVI
    fitting = (side for side in _WINDOW_SIDES if side * side * pixel_bytes <= _KEY_BYTES)
    side = next(fitting, _WINDOW_SIDES[-1])
    _log.info("%d of %d scenes touch the block; windows of %d px", touching, len(scenes), side)
    corners = [(x, y) for y in range(0, block.height, side) for x in range(0, block.width, side)]
    for x, y in tqdm(corners, desc="compose", unit="window", mininterval=1):
        width, height = min(side, block.width - x), min(side, block.height - y)
        yield Window(x, y, width, height), block.subgrid(x, y, width, height)


def _touches(scene: Scene, sensor: Sensor, block: Grid, reader: AssetReader) -> bool:
    """Whether a scene may reach into a block: by its bounds, which hold more than the scene."""
    source = reader.asset(scene, sensor.bands[0]).grid
    west, south, east, north = transform_bounds(source.crs, block.crs, *source.bounds)
    left, bottom, right, top = block.bounds
    return bool(west < right and east > left and south < top and north > bottom)


def _observe(
    passes: Sequence[Sequence[Scene]], reader: WindowReader, inside: Valid
) -> list[Observations]:
    """What each pass saw of a window, leaving out those that saw nothing of it."""
    seen = _in_parallel(lambda scenes: reader.observe_pass(scenes, inside), passes)
    return [each for each in seen if each is not None]


def _in_parallel(
    action: Callable[[Sequence[Scene]], Result], passes: Sequence[Sequence[Scene]]
) -> list[Result]:
    """Apply `action` to each pass, to several at a time where reading waits for a network."""
    hrefs = (asset.href for scenes in passes for scene in scenes for asset in scene.assets.values())
    if not any(map(is_remote, hrefs)):
        return [action(scenes) for scenes in passes]
    with ThreadPoolExecutor(_REMOTE_READERS) as pool:
        return list(pool.map(action, passes))


def _compose(seen: Sequence[Keys], sensor: Sensor, inside: Valid) -> tuple[Stored, int]:
    """Scene set bands of a window, int16 (bands, height, width), and how many were clipped.

    Args:
        seen: keys of each observation, (sensor bands, height, width).
        inside: True in the area.
    """
    names = sensor.scene_set_bands
    bands = np.empty((len(names), inside.size), np.int16)
    clipped = 0
    encoding = Encoding.of(sensor)
    for index, _ in enumerate(sensor.bands):
        rows = [keys[index].ravel() for keys in seen]
        (median,) = summarise(rows, ["median"], inside.size)
        bands[index], beyond = _stored(median, encoding)
        clipped += beyond
    if sensor.ndvi_bands:
        _compose_ndvi(seen, sensor, bands[len(sensor.bands) : -1])
    count, decisive = np.zeros(inside.shape, np.int16), sensor.bands.index(sensor.validity_bands[0])
    for keys in seen:
        count += keys[decisive] != 0
    bands[-1] = np.where(inside, count, SCENE_NODATA).ravel()
    return bands.reshape(len(names), *inside.shape), clipped


def _compose_ndvi(seen: Sequence[Keys], sensor: Sensor, bands: Stored) -> None:
    """Write the statistics of NDVI, taken scene by scene, into `bands` (statistics, pixels)."""
    red, nir = sensor.bands.index("red"), sensor.bands.index("nir")
    encoding = Encoding.of(sensor)
    rows = [ndvi_keys(keys[red].ravel(), keys[nir].ravel(), encoding) for keys in seen]
    summary = summarise(rows, NDVI_STATISTICS, bands.shape[1])
    for band, values, name in zip(bands, summary, NDVI_STATISTICS, strict=True):
        zero = 0 if name == "stddev" else -NDVI_ZERO
        band[...], _ = _stored(values, Encoding(1, zero))


def _stored(values: Floats, encoding: Encoding) -> tuple[Stored, int]:
    """Statistics of keys as stored numbers, rounded half to even; and how many were clipped."""
    numbers = np.rint(values * encoding.slope + encoding.zero)
    missing = np.isnan(numbers)
    beyond = int(np.count_nonzero(np.abs(numbers) > _LARGEST))  # NaN compares false
    numbers[missing] = SCENE_NODATA
    np.clip(numbers, -_LARGEST, _LARGEST, out=numbers, where=~missing)
    return numbers.astype(np.int16), beyond
