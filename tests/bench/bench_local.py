"""The local part, from delivered products to the stack, against GDAL doing the same.

A tenth of a country by default, made here: six products at 10 m in EPSG:3035, onto 8,800² px of
EPSG:2154; `--side` takes another size (27,700 is Switzerland's box), `--rounds` repeats what is
compared one by one. GDAL is called through rasterio: its warper within 0.01 px by a WarpedVRT, as
`reproject` of rasterio 1.4 passes no tolerance on, `gdal_sieve`, `gdalbuildvrt` and `gdal_translate
-of COG` as they are; for `gdal_calc` stands what it is, NumPy window by window.
The run is one of Snakemake as users start it, whose CPU and memory are those of all its processes:
the stack, validity, level 3 and the checks. The map of coherence is among ours alone; level 4, the
folder for le_lccs, pictures and what describes the results are in neither.
`--sides` runs ours alone at several sizes instead, and says what larger areas would take.

Says which figures miss their target, and exits 1 if one is worse than it was: see `FIGURES`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.features import sieve
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from shapely import box

from lccs_inputs.facts.lccs import CODE_NODATA
from lccs_inputs.facts.products import PRODUCTS, ProductKind
from lccs_inputs.products.align import align_product
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.rasters.reading import WINDOW
from lccs_inputs.rasters.writing import profile

LEFT, BOTTOM, PIXEL = 850_000, 6_450_000, 10
PATTERN = 2048
FIGURES = {
    "align classes": (1.0, 1.2),
    "align classes, memory": (0.4, 0.75),
    "align percent": (1.0, 0.45),
    "run": (0.5, 1.0),
    "one leaf threshold": (0.15, 0.3),
    "peak MiB": (450, 300),
}
"""The target of each figure, and the most that it may be."""

# What each product is cut from a landscape by: shares of its codes, power-law patches between.
LEGENDS: Mapping[str, Mapping[int, float]] = {
    "WAW": {0: 0.9, 1: 0.05, 2: 0.01, 3: 0.02, 4: 0.01, 253: 0.01},
    "DLT": {0: 0.6, 1: 0.25, 2: 0.15},
    "CTY": {0: 0.5, 1110: 0.1, 1120: 0.1, 1150: 0.1, 1210: 0.05, 2100: 0.05, 3100: 0.1},
    "CLCPLUS": {1: 0.08, 2: 0.2, 3: 0.2, 5: 0.04, 6: 0.3, 7: 0.13, 9: 0.02, 10: 0.03},
}
NAMES = {
    "water_wetness": ("WAW", "WAW_2018_010m_eu_03035_v020.tif"),
    "imperviousness": ("IMD", "IMD_2018_010m_eu_03035_v020.tif"),
    "tree_cover_density": ("TCD", "TCD_2018_010m_eu_03035_v020.tif"),
    "dominant_leaf_type": ("DLT", "DLT_2018_010m_eu_03035_v020.tif"),
    "crop_types": ("CTY", "CTY_2018_010m_eu_03035_v010.tif"),
    "land_cover": ("CLCPLUS", "CLMS_CLCPLUS_RAS_S2018_R10m_eu_03035_V01_R00.tif"),
}
MADE = ("stack/lccs_inputs.tif", "stack/validity.tif", "stack/level3.tif", "checks/passed")
"""What is compared, of the period."""
COUNTRIES = {"Switzerland": 770, "France": 5_500}  # Mpx
SMALLEST_HA, SMALLEST_PX = 0.25, 25
LAYERS: Mapping[str, Mapping[str, Any]] = {
    "vegetat_veg_cat": {
        "use": "mapped",
        "methods": {"mapped": "land_cover in {2, 3, 4, 5, 6, 7}"},
        "minus": ["artific_urb_cat"],
    },
    "aquatic_wat_cat": {
        "use": "mapped",
        "methods": {
            "mapped": "water_wetness == 253 or water_wetness in {1, 2, 3, 4} and not "
            "(tree_cover_density >= 10 and not water_wetness in {3, 4})"
        },
        "minus": ["artific_urb_cat"],
    },
    "cultman_agr_cat": {
        "use": "mapped",
        "methods": {"mapped": "crop_types in {1110, 1120, 1130, 1140, 1150, 1210, 2100}"},
        "minus": ["not vegetat_veg_cat"],
        "min_area_ha": SMALLEST_HA,
        "fill_holes_ha": SMALLEST_HA,
    },
    "artific_urb_cat": {
        "use": "mapped",
        "methods": {"mapped": "imperviousness >= 30"},
        "min_area_ha": SMALLEST_HA,
        "fill_holes_ha": SMALLEST_HA,
    },
    "lifeform_veg_cat": {
        "use": "mapped",
        "methods": {"mapped": "where(vegetat_veg_cat, where(tree_cover_density >= 10, 1, 2), 0)"},
    },
    "canopyco_veg_con": {
        "use": "mapped",
        "methods": {"mapped": "where(vegetat_veg_cat, tree_cover_density, 0)"},
    },
    "leaftype_veg_cat": {
        "use": "mapped",
        "methods": {
            "mapped": "where(vegetat_veg_cat, dominant_leaf_type, 0)",
            "changed": "where(vegetat_veg_cat and tree_cover_density >= 20, dominant_leaf_type, 0)",
        },
    },
}


@dataclass(frozen=True)
class Cost:
    """What a process took, its children among it."""

    cpu: float
    wall: float
    peak: float
    """MiB of the largest process."""


def grid_of(side: int) -> Grid:
    bounds = (LEFT, BOTTOM, LEFT + side * PIXEL, BOTTOM + side * PIXEL)
    return Grid("EPSG:2154", (PIXEL, PIXEL), bounds, 4096)


def landscape(seed: int) -> NDArray[np.float32]:
    """Ranks, 0 to 1, of a landscape with large and small patches."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    relief = sum(
        (gaussian_filter(rng.standard_normal((PATTERN,) * 2, np.float32), s, mode="wrap") * s**1.5)
        for s in (2, 6, 24)
    )
    ranks = np.empty(relief.size, np.float32)
    ranks[np.argsort(relief, axis=None)] = np.linspace(0, 1, relief.size, endpoint=False)
    return ranks.reshape(relief.shape)


def codes_of(product: str, ranks: NDArray[np.float32]) -> NDArray[Any]:
    if PRODUCTS[product].kind is ProductKind.PERCENT:  # most of a country has none
        return np.clip(np.rint((ranks - 0.6) * 250), 0, 100).astype(np.uint8)
    legend = LEGENDS[product]
    step = np.searchsorted(np.cumsum(list(legend.values()))[:-1], ranks, side="right")
    return np.array(list(legend))[step].astype(PRODUCTS[product].dtype)


def make_products(folder: Path, side: int, _: str) -> None:
    """Deliveries that cover the area, DEFLATE in tiles of 512 px as publishers pack them."""
    around = transform_bounds("EPSG:2154", "EPSG:3035", *grid_of(side).bounds, densify_pts=51)
    margin = np.array([-1000, -1000, 1000, 1000])
    source = Grid.around(tuple(np.array(around) + margin), "EPSG:3035", PIXEL)
    for seed, (product, name) in enumerate(NAMES.values()):
        pattern = codes_of(product, landscape(seed))
        shape = profile(source, 1, pattern.dtype.name, CODE_NODATA)
        shape |= {"compress": "deflate"}
        shape.pop("zstd_level")
        with rasterio.open(folder / name, "w", **shape) as raster:
            for number, piece in enumerate(source.pieces(PATTERN)):
                turned = np.rot90(pattern, number % 4)[: piece.height, : piece.width]
                raster.write(turned, 1, window=piece.window)


# What is measured, each in a process of its own.


def align(folder: Path, side: int, product: str) -> None:
    grid = grid_of(side)
    align_product(
        PRODUCTS[product], path_of(folder, product), Area(box(*grid.bounds), grid),
        folder / f"ours_{product}.tif", folder,
    )  # fmt: skip


def warp(folder: Path, side: int, product: str) -> None:
    """`gdalwarp -et 0.01`, window by window, into the same tiles and codec."""
    grid, percent = grid_of(side), PRODUCTS[product].kind is ProductKind.PERCENT
    with (
        rasterio.open(path_of(folder, product)) as source,
        WarpedVRT(
            source,
            crs=grid.crs,
            transform=grid.transform,
            width=grid.width,
            height=grid.height,
            resampling=Resampling.bilinear if percent else Resampling.nearest,
            nodata=CODE_NODATA,
            tolerance=0.01,
        ) as warped,
        rasterio.open(
            folder / f"gdal_{product}.tif",
            "w",
            **profile(grid, 1, source.dtypes[0], CODE_NODATA),
        ) as target,
    ):
        for window in windows(grid):
            target.write(warped.read(1, window=window), 1, window=window)


def path_of(folder: Path, product: str) -> Path:
    return next(folder / name for known, name in NAMES.values() if known == product)


def chain(folder: Path, side: int, _: str) -> None:
    """The commands a user would write for the same layers, stack, validity, level 3, checks."""
    grid = grid_of(side)
    for product, _name in NAMES.values():
        warp(folder, side, product)
    sources = {name: folder / f"gdal_{product}.tif" for name, (product, _) in NAMES.items()}
    made: dict[str, Path] = {}
    for layer in CALCULATED:
        raw = calc(folder, layer, grid, {**sources, **made}, CALCULATED[layer])
        if "min_area_ha" in LAYERS[layer]:
            raw = sieved(raw, folder / f"sieved_{layer}.tif")
        made[layer] = raw
    mode = {layer: cog(path, folder / f"cog_{layer}.tif", "mode") for layer, path in made.items()}
    for path in mode.values():  # gdalinfo -hist
        np.bincount(np.concatenate([values.ravel() for values in windows_of(path)]), minlength=256)
    build_vrt(folder / "stack.vrt", list(mode.values())[:1], grid)
    stacked = folder / "stacked.tif"
    with rasterio.open(stacked, "w", **profile(grid, len(mode), "uint8", CODE_NODATA)) as raster:
        for band, path in enumerate(mode.values(), start=1):
            for window, values in zip(windows(grid), windows_of(path), strict=True):
                raster.write(values, band, window=window)
    cog(stacked, folder / "cog_stack.tif", "nearest")
    for name, function in (("validity", validity), ("level3", level3)):
        cog(calc(folder, name, grid, made, function), folder / f"cog_{name}.tif", "nearest")


def windows(grid: Grid) -> Iterator[Window]:
    for piece in grid.pieces(WINDOW):
        yield piece.window


def windows_of(path: Path) -> Iterator[NDArray[Any]]:
    with rasterio.open(path) as raster:
        for window in windows(Grid.from_transform("EPSG:2154", raster.transform, *raster.shape)):
            yield raster.read(1, window=window)


def calc(
    folder: Path, name: str, grid: Grid, sources: Mapping[str, Path], function: Callable[..., Any]
) -> Path:
    """`gdal_calc`: NumPy over the windows of the rasters a function names."""
    target, code = folder / f"calc_{name}.tif", function.__code__
    asked = [sources[each] for each in code.co_varnames[: code.co_argcount]]
    with rasterio.open(target, "w", **profile(grid, 1, "uint8", CODE_NODATA)) as raster:
        for window, *given in zip(windows(grid), *map(windows_of, asked), strict=True):
            raster.write(np.asarray(function(*given)).astype(np.uint8), 1, window=window)
    return target


def sieved(source: Path, target: Path) -> Path:
    """`gdal_sieve -8`."""
    with rasterio.open(source) as raster:
        codes, shape = raster.read(1), raster.profile
    with rasterio.open(target, "w", **shape) as raster:
        raster.write(sieve(codes, SMALLEST_PX, mask=codes != CODE_NODATA, connectivity=8), 1)
    return target


def cog(source: Path, target: Path, resampling: str) -> Path:
    """`gdal_translate -of COG`."""
    rasterio.shutil.copy(
        source, target, driver="COG", compress="deflate", blocksize=512,
        overview_resampling=resampling,
    )  # fmt: skip
    return target


def _artificial(imperviousness: Any) -> Any:
    return np.where(imperviousness == 255, 255, imperviousness >= 30)


def _vegetation(land_cover: Any, artific_urb_cat: Any) -> Any:
    vegetated = np.isin(land_cover, (2, 3, 4, 5, 6, 7)) & (artific_urb_cat != 1)
    return np.where((land_cover == 255) | (artific_urb_cat == 255), 255, vegetated)


def _aquatic(water_wetness: Any, tree_cover_density: Any, artific_urb_cat: Any) -> Any:
    wet = (water_wetness == 3) | (water_wetness == 4)
    woody = tree_cover_density >= 10
    water = np.isin(water_wetness, (1, 2, 3, 4)) & ~(woody & ~wet) | (water_wetness == 253)
    unknown = (water_wetness == 255) | (tree_cover_density == 255) | (artific_urb_cat == 255)
    return np.where(unknown, 255, water & (artific_urb_cat != 1))


def _cultivated(crop_types: Any, vegetat_veg_cat: Any) -> Any:
    crops = np.isin(crop_types, (1110, 1120, 1130, 1140, 1150, 1210, 2100))
    unknown = (crop_types == 65535) | (vegetat_veg_cat == 255)
    return np.where(unknown, 255, crops & (vegetat_veg_cat == 1))


def _life_form(vegetat_veg_cat: Any, tree_cover_density: Any) -> Any:
    return np.where(vegetat_veg_cat == 1, np.where(tree_cover_density >= 10, 1, 2), 0)


def _canopy(vegetat_veg_cat: Any, tree_cover_density: Any) -> Any:
    return np.where(vegetat_veg_cat == 1, tree_cover_density, 0)


def _leaf_type(vegetat_veg_cat: Any, dominant_leaf_type: Any) -> Any:
    return np.where(vegetat_veg_cat == 1, dominant_leaf_type, 0)


CALCULATED: Mapping[str, Callable[..., Any]] = {
    "artific_urb_cat": _artificial,
    "vegetat_veg_cat": _vegetation,
    "aquatic_wat_cat": _aquatic,
    "cultman_agr_cat": _cultivated,
    "lifeform_veg_cat": _life_form,
    "canopyco_veg_con": _canopy,
    "leaftype_veg_cat": _leaf_type,
}
"""The layers as a user of gdal_calc writes them, in an order that needs no other."""


def validity(
    vegetat_veg_cat: Any, aquatic_wat_cat: Any, cultman_agr_cat: Any, artific_urb_cat: Any,
    lifeform_veg_cat: Any, canopyco_veg_con: Any, leaftype_veg_cat: Any,
) -> Any:  # fmt: skip
    needed = np.where(
        vegetat_veg_cat == 1,
        cultman_agr_cat != 255,
        (aquatic_wat_cat == 1) | (artific_urb_cat != 255),
    )
    bits = needed & (vegetat_veg_cat != 255) & (aquatic_wat_cat != 255)
    further = (lifeform_veg_cat, canopyco_veg_con, leaftype_veg_cat)
    return bits + sum((each != 255) * 2**bit for bit, each in enumerate(further, start=1))


def level3(
    vegetat_veg_cat: Any, aquatic_wat_cat: Any, cultman_agr_cat: Any, artific_urb_cat: Any
) -> Any:
    veg, aqu, cult, urb = (
        each == 1 for each in (vegetat_veg_cat, aquatic_wat_cat, cultman_agr_cat, artific_urb_cat)
    )
    vegetated = np.where(aqu, np.where(cult, 123, 124), np.where(cult, 111, 112))
    return np.where(veg, vegetated, np.where(aqu, 220, np.where(urb, 215, 216)))


STEPS: Mapping[str, Callable[[Path, int, str], None]] = {
    "make": make_products, "align": align, "warp": warp, "chain": chain,
}  # fmt: skip


def take_step(name: str, folder: Path, side: int, product: str) -> None:
    """Run one, and print what its call took: loading libraries is not of it."""
    with rasterio.Env(GDAL_CACHEMAX=256 * 2**20) if name != "align" else rasterio.Env():
        cpu, wall = time.process_time(), time.perf_counter()
        STEPS[name](folder, side, product)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    status = Path(f"/proc/{psutil.Process().pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"cpu": cpu, "wall": wall, "peak": int(peak.split()[1]) / 1024}))


def step(name: str, folder: Path, side: int, product: str = "") -> Cost:
    command = [sys.executable, __file__, "--step", name, "--product", product]
    command += ["--folder", str(folder), "--side", str(side)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def command(project: Any, *arguments: str) -> Cost:
    """What a call of Snakemake takes, its jobs among it.

    A child's peak begins with what its parent holds, so this process has to stay small: what takes
    memory is a step.
    """
    project.write_config()
    started = time.perf_counter()
    with (project.folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *project.arguments(*arguments)],
            cwd=project.folder,
            stdout=log,
            stderr=log,
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError((project.folder / "log.txt").read_text())
    wall = time.perf_counter() - started
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def project_of(folder: Path, side: int) -> Any:
    """A project that asks for the area and its products."""
    from workflow.harness import new_project

    return new_project(folder / "project", config_of(folder, side))


def run(project: Any) -> Cost:
    """The local part of the compared rasters, or what of it is to be made anew."""
    return command(project, *(f"results/part/periods/2018/{name}" for name in MADE))


@cache
def config_of(folder: Path, side: int) -> dict[str, Any]:
    outline = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": box(*grid_of(side).bounds).__geo_interface__,
            }
        ],
    }
    (folder / "area.geojson").write_text(json.dumps(outline))
    products = {
        name: {"product": product, "editions": {2018: str(folder / file)}}
        for name, (product, file) in NAMES.items()
    }
    return {
        "areas": {"part": {"file": str(folder / "area.geojson")}},
        "grid": {"crs": "EPSG:2154", "resolution": PIXEL, "block": 4096},
        "products": products,
        "layers": {name: dict(layer) for name, layer in LAYERS.items()},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=8_800)
    parser.add_argument("--sides", type=int, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--step")
    parser.add_argument("--product", default="")
    asked = parser.parse_args()
    if asked.step:
        take_step(asked.step, asked.folder, asked.side, asked.product)
        return 0
    with tempfile.TemporaryDirectory() as name:
        if asked.sides:
            return extrapolate(Path(name), asked.sides)
        return compare(Path(name), asked.side, asked.rounds)


def compare(folder: Path, side: int, rounds: int) -> int:
    step("make", folder, side)
    found: dict[str, float] = {}
    print(f"{side**2 / 1e6:.0f} Mpx            ours    GDAL  CPU-s    ratio")
    for label, product in (("align classes", "CLCPLUS"), ("align percent", "TCD")):
        pairs = [
            (step("align", folder, side, product), step("warp", folder, side, product))
            for _ in range(rounds)
        ]
        ours, gdal = pairs[-1]
        found[label] = median(one.cpu / other.cpu for one, other in pairs)
        found[f"{label}, memory"] = median(one.peak / other.peak for one, other in pairs)
        print(f"{label:16s} {ours.cpu:7.2f} {gdal.cpu:7.2f}  {found[label]:13.2f}")
        print(f"{'   peak MiB':16s} {ours.peak:7.0f} {gdal.peak:7.0f}"
              f"  {found[f'{label}, memory']:13.2f}")  # fmt: skip
    project = project_of(folder, side)
    ours, usual = run(project), step("chain", folder, side)
    found["run"], found["peak MiB"] = ours.cpu / usual.cpu, ours.peak
    print(f"{'run':16s} {ours.cpu:7.1f} {usual.cpu:7.1f}  {found['run']:13.2f}")
    print(f"{'   peak MiB':16s} {ours.peak:7.0f} {usual.peak:7.0f}")
    print(f"   wall {ours.wall:.1f} s on two cores: {ours.cpu / ours.wall:.2f} times one")
    project.config["layers"]["leaftype_veg_cat"]["use"] = "changed"
    changed = run(project)
    found["one leaf threshold"] = changed.cpu / ours.cpu
    print(f"one leaf threshold {changed.cpu:7.1f}  {found['one leaf threshold']:21.2f}")
    missed = [name for name, (target, _) in FIGURES.items() if found[name] > target]
    print(f"missed: {', '.join(missed) or 'none'}")
    shutil.rmtree(folder / "project")
    return int(any(found[name] > most for name, (_, most) in FIGURES.items()))


def extrapolate(folder: Path, sides: list[int]) -> int:
    """The run at several sizes, how far they are from a line, and where it leads."""
    taken = []
    for side in sides:
        part = folder / str(side)
        part.mkdir()
        step("make", part, side)
        cost = run(project_of(part, side))
        taken.append((side**2 / 1e6, cost.cpu))
        print(f"{taken[-1][0]:6.0f} Mpx {cost.cpu:7.1f} CPU-s {cost.peak:5.0f} MiB")
        shutil.rmtree(part)
    sizes, cpu = np.array(taken).T
    each, start = np.polyfit(sizes, cpu, 1, w=1 / cpu)
    off = np.abs(start + each * sizes - cpu) / cpu
    print(f"{start:.1f} CPU-s and {each:.3f} for each Mpx, within {off.max():.0%}")
    for name, size in COUNTRIES.items():
        print(f"{name}, {size} Mpx: {start + each * size:.0f} CPU-s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
