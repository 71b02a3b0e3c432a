"""A block of 2048 × 2048 px from 12, 30, 75, 150 and 300 scenes in two UTM zones: CPU and memory.

Set against two things in the same run, CPU seconds of processes of their own: reading each native
block once, in one thread, and the statistics alone; and the usual way (odc-stac, dask, xarray and
nan-functions; without odc-stac GDAL's WarpedVRT) on a corner of 512 × 512 px, per pixel. Twelve
scenes are made, and stand in turn for as many as are asked for.

Exits 1 if a figure misses its target: see `main`.
"""

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds
from shapely import box

from lccs_inputs.facts.sensors import NDVI_STATISTICS, OPTICAL_BANDS, SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.composite.order_statistics import summarise
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from standins.imagery import scene_list, sentinel2_scene

SIDE, CORNER, MADE = 2048, 512, 12
LEFT, BOTTOM = 967680, 6584320
GRID = Grid("EPSG:2154", (10, 10), (LEFT, BOTTOM, LEFT + SIDE * 10, BOTTOM + SIDE * 10))
SENSOR = SENSORS["sentinel2"]
MASK = SENSOR.masks["scl"]
COUNTS = (12, 30, 75, 150)
MPX = SIDE**2 / 1e6
SWITZERLAND = 35_000 * 22_000 / 1e6  # Mpx
STATISTIC_PIXELS = 2**18


def make_scenes(folder: Path) -> list[Scene]:
    """Scenes that cover the whole block, alternating between two UTM zones and two offsets."""
    scenes = []
    for seed in range(MADE):
        crs = ("EPSG:32631", "EPSG:32632")[seed % 2]
        transformer = Transformer.from_crs(GRID.crs, crs, always_xy=True)
        x, y = transformer.transform(LEFT, BOTTOM + SIDE * 10)
        corner = (x // 20 * 20 - 2000 - 160 * seed, y // 20 * 20 + 2000 + 140 * seed)
        offset = -0.1 if seed % 3 == 0 else 0.0
        scenes.append(
            sentinel2_scene(folder, f"s{seed}", crs, corner, 2900, seed, offset=offset, block=1024)
        )
    return scenes


def repeated(scenes: Sequence[Scene], count: int) -> list[Scene]:
    return [replace(scenes[i % len(scenes)], id=f"scene{i}") for i in range(count)]


def cpu_of(action: Callable[..., None], *arguments: Any) -> tuple[float, float]:
    """CPU seconds and peak MiB of a call, in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (action, *arguments))


def _measured(action: Callable[..., None], *arguments: Any) -> tuple[float, float]:
    started = time.process_time()
    action(*arguments)
    cost = time.process_time() - started
    status = Path(f"/proc/{psutil.Process().pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return cost, int(peak.split()[1]) / 1024


def compose(scenes: Sequence[Scene], target: Path) -> None:
    area = Area(box(*GRID.bounds), GRID)
    compose_block(scene_list(*scenes), SENSOR, MASK, GRID, area, target)


def read_once(scenes: Sequence[Scene]) -> None:
    """Read every native block that the block touches."""
    with gdal_env():
        for asset in (asset for scene in scenes for asset in scene.assets.values()):
            with rasterio.open(asset.href) as raster:
                bounds = transform_bounds(GRID.crs, raster.crs, *GRID.bounds, densify_pts=21)
                height, width = raster.block_shapes[0]
                whole = Window(0, 0, raster.width, raster.height)
                (top, bottom), (left, right) = (
                    from_bounds(*bounds, raster.transform).intersection(whole).toranges()
                )
                for row in range(int(top) // height * height, int(bottom), height):
                    for col in range(int(left) // width * width, int(right), width):
                        raster.read(1, window=Window(col, row, width, height).intersection(whole))


def statistics_cost(count: int) -> float:
    """CPU-s/Mpx of the medians of six bands and all statistics of NDVI, from observations."""
    rng = np.random.default_rng(1)
    keys = rng.integers(1, 10000, (count, STATISTIC_PIXELS), np.uint16)
    keys[rng.random(keys.shape, np.float32) < 0.5] = 0
    started = time.process_time()
    for _ in OPTICAL_BANDS:
        summarise(list(keys), ["median"], STATISTIC_PIXELS)
    summarise(list(keys), NDVI_STATISTICS, STATISTIC_PIXELS)
    return (time.process_time() - started) / STATISTIC_PIXELS * 1e6


def usual_way(scenes: Sequence[Scene]) -> None:
    """The composite and the statistics of the corner, in floating-point numbers."""
    stack = load_by_odc(scenes) if find_spec("odc") else load_by_gdal(scenes)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        for values in stack.values():
            np.nanmedian(values, axis=0)
        red, nir = np.maximum(stack["red"], 0), np.maximum(stack["nir"], 0)
        ndvi = (nir - red) / (nir + red)
        for function in (np.nanmean, np.nanmedian, np.nanmax, np.nanmin, np.nanstd):
            function(ndvi, axis=0)
        np.nanpercentile(ndvi, (10, 25, 75, 90), axis=0)


def load_by_odc(scenes: Sequence[Scene]) -> dict[str, NDArray[Any]]:
    """Lazily by odc-stac, masked and scaled by xarray, computed by dask in one thread."""
    import dask
    import odc.stac
    from odc.geo.geobox import GeoBox

    box_of_corner = GeoBox((CORNER, CORNER), GRID.transform, GRID.crs)
    items = [stac_item(scene, day) for day, scene in enumerate(scenes)]
    with dask.config.set(scheduler="synchronous"):
        loaded = odc.stac.load(
            items, bands=[*OPTICAL_BANDS, "scl"], geobox=box_of_corner, groupby="id",
            chunks={"time": 1, "x": CORNER, "y": CORNER},
        )  # fmt: skip
        clear = ~loaded["scl"].isin(MASK.values)
        offsets = loaded["time"].astype("float64") * 0 + np.array(
            [scene.assets["red"].offset for scene in scenes]
        )
        return {
            band: (loaded[band].where(clear & (loaded[band] != 0)) * 1e-4 + offsets).to_numpy()
            for band in OPTICAL_BANDS
        }


def stac_item(scene: Scene, day: int, server: tuple[str, str] = ("", "")) -> Any:
    """A STAC item that says all that odc-stac asks for; `server` replaces a folder by a URL."""
    import pystac

    with rasterio.open(scene.assets["red"].href) as raster:
        west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
        epsg = raster.crs.to_epsg()
    outline = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    item = pystac.Item(
        scene.id, {"type": "Polygon", "coordinates": [outline]}, [west, south, east, north],
        datetime(2018, 6, 1, tzinfo=UTC) + timedelta(days=day), {"proj:epsg": epsg},
    )  # fmt: skip
    item.stac_extensions = [
        "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
        "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
    ]
    for name, asset in scene.assets.items():
        with rasterio.open(asset.href) as raster:
            facts = {
                "proj:shape": list(raster.shape),
                "proj:transform": list(raster.transform)[:6],
                "raster:bands": [{"data_type": raster.dtypes[0], "nodata": 0}],
            }
        href = asset.href.replace(*server) if server[0] else asset.href
        media = "image/tiff; application=geotiff"
        item.add_asset(name, pystac.Asset(href, None, None, media, ["data"], facts))
    return item


def load_by_gdal(scenes: Sequence[Scene]) -> dict[str, NDArray[Any]]:
    stack: dict[str, list[NDArray[Any]]] = {band: [] for band in OPTICAL_BANDS}
    for scene in scenes:
        masked = np.isin(warped(scene.assets["scl"]), MASK.values)
        for band in OPTICAL_BANDS:
            asset = scene.assets[band]
            values = warped(asset)
            physical = values * asset.scale + asset.offset
            stack[band].append(np.where(masked | (values == 0), np.nan, physical))
    return {band: np.array(values) for band, values in stack.items()}


def warped(asset: Asset) -> NDArray[Any]:
    with (
        rasterio.open(asset.href) as raster,
        WarpedVRT(
            raster, crs=GRID.crs, transform=GRID.transform, width=CORNER, height=CORNER, nodata=0,
            tolerance=0.01,
        ) as view,
    ):  # fmt: skip
        values: NDArray[Any] = view.read(1)
        return values


def as_jpeg2000(scenes: Sequence[Scene], folder: Path) -> list[Scene]:
    converted = []
    for scene in scenes:
        assets = {}
        for name, asset in scene.assets.items():
            path = folder / f"{scene.id}-{name}.jp2"
            rasterio.shutil.copy(
                asset.href, path, driver="JP2OpenJPEG", quality="100", reversible="yes"
            )
            assets[name] = replace(asset, href=str(path))
        converted.append(replace(scene, assets=assets))
    return converted


def jpeg2000_ratio(scenes: Sequence[Scene], folder: Path) -> float:
    """What JPEG 2000 adds to a block, over what it adds to reading each native block once."""
    jpeg2000 = as_jpeg2000(scenes, folder)
    composed = [cpu_of(compose, each, folder / "j.tif")[0] for each in (jpeg2000, scenes)]
    once = [cpu_of(read_once, each)[0] for each in (jpeg2000, scenes)]
    return (composed[0] - composed[1]) / (once[0] - once[1])


def main() -> int:
    missed = []

    def told(what: str, value: float, limit: float) -> None:
        print(f"  {what:58} {value:7.2f}  (at most {limit:g})", flush=True)
        if value > limit:
            missed.append(what)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = make_scenes(folder)
        per_scene = {}
        usual_name = "odc-stac, dask, xarray" if find_spec("odc") else "WarpedVRT, NumPy"
        print(f"{SIDE}² px, CPU-s/Mpx: read once, statistics, usual way ({usual_name}), ours; MiB")
        for count in COUNTS:
            scenes = repeated(made, count)
            floor = cpu_of(read_once, scenes)[0] / MPX
            statistics = statistics_cost(count)
            cost, peak = cpu_of(compose, scenes, folder / "block.tif")
            ours = cost / MPX
            per_scene[count] = ours / count
            usual = cpu_of(usual_way, scenes)[0] / CORNER**2 * 1e6 if count <= 75 else np.nan
            print(f"{count:4} {floor:9.2f} {statistics:9.2f} {usual:9.2f} {ours:9.2f} {peak:9.0f}")
            told("over 1.5 × reading once + statistics", ours / (1.5 * floor + statistics), 1)
            if count <= 75:
                told("over the usual way", ours / usual, 0.10)
            told("peak, GiB", peak / 1024, 1.0)
        for count in COUNTS[1:]:
            told(f"a scene of {count} over one of 12", per_scene[count] / per_scene[12], 1.15)
        peak = cpu_of(compose, repeated(made, 300), folder / "block.tif")[1]
        told("peak with 300 scenes, GiB", peak / 1024, 1.0)
        told("Switzerland, 30 scenes, 1000 CPU-s", per_scene[30] * 30 * SWITZERLAND / 1000, 3)
        told("JPEG 2000 over reading it once", jpeg2000_ratio(made[:2], folder), 1.3)
    print("missed: " + ("; ".join(missed) or "nothing"))
    return 1 if missed else 0


if __name__ == "__main__":
    os.environ.setdefault("TQDM_DISABLE", "1")
    sys.exit(main())
