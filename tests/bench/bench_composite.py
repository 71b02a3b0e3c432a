"""One block of 2048 × 2048 px from 12 scenes in two UTM zones: time and memory.

The usual way (GDAL's WarpedVRT per asset, then NumPy's nan-functions) is run on a corner of
512 × 512 px and set against it per pixel. Exits 1 if a block takes 1.5 GiB or more, or if it is
less than 10 times as fast.
"""

import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.vrt import WarpedVRT
from shapely import box

from lccs_inputs.facts.sensors import OPTICAL_BANDS, SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from standins.imagery import scene_list, sentinel2_scene

SIDE, CORNER, SCENES = 2048, 512, 12
LEFT, BOTTOM = 967680, 6584320
GRID = Grid("EPSG:2154", (10, 10), (LEFT, BOTTOM, LEFT + SIDE * 10, BOTTOM + SIDE * 10))
TARGET_RATIO, TARGET_MIB = 10, 1536
SENSOR = SENSORS["sentinel2"]
MASK = SENSOR.masks["scl"]


def make_scenes(folder: Path) -> list[Scene]:
    """Scenes that cover the whole block, alternating between two UTM zones and two offsets."""
    scenes = []
    for seed in range(SCENES):
        crs = ("EPSG:32631", "EPSG:32632")[seed % 2]
        transformer = Transformer.from_crs(GRID.crs, crs, always_xy=True)
        x, y = transformer.transform(LEFT, BOTTOM + SIDE * 10)
        corner = (x // 20 * 20 - 2000, y // 20 * 20 + 2000)
        offset = -0.1 if seed % 3 == 0 else 0.0
        scenes.append(sentinel2_scene(folder, f"s{seed}", crs, corner, 2600, seed, offset=offset))
    return scenes


def run_block(scenes: Sequence[Scene], target: Path) -> tuple[float, float]:
    """(CPU seconds, peak MiB) of composing the block; run in a process of its own."""
    area = Area(box(*GRID.bounds), GRID)
    started = time.process_time()
    compose_block(scene_list(*scenes), SENSOR, MASK, GRID, area, target)
    cost = time.process_time() - started
    status = Path(f"/proc/{psutil.Process().pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return cost, int(peak.split()[1]) / 1024


def run_usual_way(scenes: Sequence[Scene]) -> float:
    """CPU seconds of WarpedVRT and nan-functions, on the corner."""
    started = time.process_time()
    stack: dict[str, list[NDArray[Any]]] = {band: [] for band in OPTICAL_BANDS}
    for scene in scenes:
        masked = np.isin(warped(scene.assets["scl"]), MASK.values)
        for band in OPTICAL_BANDS:
            asset = scene.assets[band]
            values = warped(asset)
            physical = values * asset.scale + asset.offset
            stack[band].append(np.where(masked | (values == 0), np.nan, physical))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        for values in stack.values():
            np.nanmedian(values, axis=0)
        red, nir = np.maximum(stack["red"], 0), np.maximum(stack["nir"], 0)
        ndvi = (nir - red) / (nir + red)
        for function in (np.nanmean, np.nanmedian, np.nanmax, np.nanmin, np.nanstd):
            function(ndvi, axis=0)
        np.nanpercentile(ndvi, (10, 25, 75, 90), axis=0)
    return time.process_time() - started


def warped(asset: Asset) -> NDArray[Any]:
    with (
        rasterio.open(asset.href) as raster,
        WarpedVRT(
            raster,
            crs=GRID.crs,
            transform=GRID.transform,
            width=CORNER,
            height=CORNER,
            nodata=0,
            tolerance=0.01,
        ) as view,
    ):
        values: NDArray[Any] = view.read(1)
        return values


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenes = make_scenes(folder)
        with get_context("spawn").Pool(1) as pool:
            ours, peak = pool.apply(run_block, (scenes, folder / "block.tif"))
        usual = run_usual_way(scenes)
    ours, usual = ours * 1e6 / SIDE**2, usual * 1e6 / CORNER**2
    print(f"{SIDE}² px, {SCENES} scenes, 7 assets   CPU-s/Mpx   peak MiB")
    print(f"{'WarpedVRT + nan-functions':32} {usual:9.2f}")
    print(f"{'compose_block':32} {ours:9.2f} {peak:10.0f}")
    print(f"{usual / ours:.1f} times as fast (at least {TARGET_RATIO}), under {TARGET_MIB} MiB")
    return 0 if usual / ours >= TARGET_RATIO and peak < TARGET_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
