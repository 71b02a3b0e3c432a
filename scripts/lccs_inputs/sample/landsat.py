"""Landsat Collection 2 Level 2-like scenes: six bands and the two quality bands."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.sample.acquisitions import LANDSAT, Landsat
from lccs_inputs.sample.clouds import MEDIUM, SHADOW, Sky, make_sky
from lccs_inputs.sample.imaging import Bounds, in_steps, native_grid, reflectance, write_band
from lccs_inputs.sample.landscape import OPEN_WATER, Cover, Landscape, View
from lccs_inputs.sample.noise import Field, Grain
from lccs_inputs.sample.spectra import reflectance_table

BANDS = {
    "blue": "SR_B2",
    "green": "SR_B3",
    "red": "SR_B4",
    "nir08": "SR_B5",
    "swir16": "SR_B6",
    "swir22": "SR_B7",
}
"""Asset key → file suffix, in the order of `sensors.OPTICAL_BANDS`."""

_PATHS = {195: "EPSG:32632", 196: "EPSG:32631"}
_SCALE, _OFFSET = 2.75e-5, -0.2
_STEP = 36  # digital numbers lie in multiples of this, so that the files compress
_SATURATED = 65535
_MISPLACED = 5  # px, of a Tier 2 scene

# QA_PIXEL: fill; clear, water, snow, dilated cloud, cirrus, cloud and shadow with their
# confidences (LSDS-1619); ground in shadow counts as clear of cloud, and so does snow.
_FILL, _CLEAR, _WATER, _SNOW = 1, 21824, 21952, 30048
_DILATED, _CIRRUS, _CLOUD, _SHADOW = 21826, 54596, 22280, 23888


def make_landsat(
    landscape: Landscape, bounds: Bounds, resolution: float, folder: Path
) -> Iterator[tuple[Landsat, Grid, Sky]]:
    """Write every scene of `acquisitions.LANDSAT` into `folder/<id>/<id>_<band>.TIF`.

    Pixels are 30 m (or `resolution` if coarser), their centres at multiples of their size.

    Yields:
        each scene once written, its grid, and its sky on the nodes.
    """
    pixel = max(30.0, resolution)
    grain = Grain(landscape.seed)
    for path, crs in _PATHS.items():
        view = landscape.view(native_grid(crs, pixel, bounds, phase=pixel / 2))
        for scene in LANDSAT:
            if scene.path == path:
                day = scene.day.timetuple().tm_yday
                key = f"landsat/{path}/{scene.day}"
                sky = make_sky(landscape.seed, key, scene.cloud, scene.cirrus, day)
                _write(scene, view, sky, grain, folder / scene.id)
                yield scene, view.grid, sky


def _write(scene: Landsat, view: View, sky: Sky, grain: Grain, folder: Path) -> None:
    table = reflectance_table(scene.day.timetuple().tm_yday)
    overhead = sky.over(view.place)
    fill = _gaps(view) if scene.platform == "landsat-7" else np.zeros(view.cover.shape, bool)
    saturated = _glints(view, grain, scene.id)
    for band, name in enumerate(BANDS.values()):
        light = reflectance(view, table, band, overhead, grain, scene.id)
        pixels = _numbers(light)
        pixels[saturated] = _SATURATED
        pixels[fill] = 0
        _save(scene, folder, name, pixels, view.grid, 0)
    quality = _quality(view, overhead)
    quality[fill] = _FILL
    _save(scene, folder, "QA_PIXEL", quality, view.grid, _FILL)
    # Bits 1 to 6: bands 2 to 7 are saturated.
    radiometric = np.where(saturated & ~fill, np.uint16(0b1111110), np.uint16(0))
    _save(scene, folder, "QA_RADSAT", radiometric, view.grid, None)


def _save(
    scene: Landsat,
    folder: Path,
    name: str,
    pixels: NDArray[np.uint16],
    grid: Grid,
    nodata: float | None,
) -> None:
    if scene.tier == "T2":
        pixels = np.roll(pixels, (_MISPLACED, -_MISPLACED), (0, 1))
    write_band(folder / f"{scene.id}_{name}.TIF", pixels, grid, nodata)


def _numbers(light: NDArray[np.float32]) -> NDArray[np.uint16]:
    number: Field = np.rint(in_steps(light, _STEP * _SCALE) * _STEP - _OFFSET / _SCALE)
    return np.clip(number, 1, 65535).astype(np.uint16)


def _quality(view: View, sky: Sky) -> NDArray[np.uint16]:
    water = np.isin(view.classes, OPEN_WATER)
    quality = np.where(water, np.uint16(_WATER), np.uint16(_CLEAR))
    quality[view.classes == Cover.GLACIER] = _SNOW
    quality[sky.shade >= SHADOW] = _SHADOW
    quality[sky.cirrus > 0] = _CIRRUS
    quality[sky.cloud > 0] = _DILATED
    quality[sky.cloud >= MEDIUM] = _CLOUD
    return quality


def _gaps(view: View) -> NDArray[np.bool_]:
    """The stripes Landsat 7 misses since its scan line corrector failed: one part in five."""
    rows, cols = np.arange(view.grid.height), np.arange(view.grid.width)
    missed: NDArray[np.bool_] = (rows[:, None] + cols // 5) % 33 < 7
    return missed


def _glints(view: View, grain: Grain, key: str) -> NDArray[np.bool_]:
    """A few roofs that mirror the sun and saturate every band."""
    col, row = view.grid.origin
    strength = grain(col, row, view.grid.width, view.grid.height, key, "glint")
    glints: NDArray[np.bool_] = (view.classes == Cover.BUILT) & (strength > 3)
    return glints
