"""Sentinel-2 L2A-like granules: six bands at two pixel sizes and the scene classification."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.sample.acquisitions import SENTINEL2, Offset, Sentinel2
from lccs_inputs.sample.clouds import HIGH, MEDIUM, SHADOW, Sky, make_sky
from lccs_inputs.sample.imaging import Bounds, in_steps, native_grid, reflectance, write_band
from lccs_inputs.sample.landscape import VARIANTS, Cover, Landscape, View
from lccs_inputs.sample.nodes import NORTH, WEST, Place
from lccs_inputs.sample.noise import Grain
from lccs_inputs.sample.spectra import reflectance_table

FINE_BANDS = {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08"}
"""Asset key → file name, at the finest pixel size, in the order of `sensors.OPTICAL_BANDS`."""
COARSE_BANDS = {"swir16": "B11", "swir22": "B12"}
"""Those twice as coarse, as is the scene classification."""

_TILES = {"31TGM": "EPSG:32631", "32TLS": "EPSG:32632"}
_WEST_SHARE = 0.68  # of the box, from the west, that the files of tile 31TGM hold
_SWATH_SHARE = 0.6  # of the box that orbit 8 sees
_SWATH_LEAN = 0.25  # the edge of a descending pass: metres east per metre north
_STEP = 12  # digital numbers are multiples of this, so that the files compress


@dataclass(frozen=True)
class Tile:
    """A tile as the box sees it, at both pixel sizes."""

    fine: View
    coarse: View
    bounds: Bounds


def make_sentinel2(
    landscape: Landscape, bounds: Bounds, resolution: float, folder: Path
) -> Iterator[tuple[Sentinel2, Grid, Sky]]:
    """Write every granule of `acquisitions.SENTINEL2` into `folder/<id>/<band>.tif`.

    Yields:
        each granule once written, the grid of its fine bands, and its sky on the nodes.
    """
    grain = Grain(landscape.seed)
    for name in _TILES:
        tile = _tile(landscape, name, bounds, resolution)
        for granule in SENTINEL2:
            if granule.tile == name:
                day = granule.day.timetuple().tm_yday
                key = f"sentinel2/{granule.orbit}/{granule.day}"
                sky = make_sky(landscape.seed, key, granule.cloud, granule.cirrus, day)
                _write(granule, tile, sky, grain, folder / granule.id)
                yield granule, tile.fine.grid, sky


def _tile(landscape: Landscape, name: str, bounds: Bounds, resolution: float) -> Tile:
    xmin, ymin, xmax, ymax = bounds
    held = (xmin, ymin, xmin + (xmax - xmin) * _WEST_SHARE, ymax) if name == "31TGM" else bounds
    fine, coarse = (
        landscape.view(native_grid(_TILES[name], pixel, held, unit=2 * resolution))
        for pixel in (resolution, 2 * resolution)
    )
    return Tile(fine, coarse, bounds)


def _write(granule: Sentinel2, tile: Tile, sky: Sky, grain: Grain, folder: Path) -> None:
    table = reflectance_table(granule.day.timetuple().tm_yday) * np.float32(granule.gain)
    band = 0
    for view, names in ((tile.fine, FINE_BANDS), (tile.coarse, COARSE_BANDS)):
        seen = _seen(granule, view.place, tile.bounds)
        overhead = sky.over(view.place)
        for name in names.values():
            light = reflectance(view, table, band, overhead, grain, granule.id)
            pixels = np.where(seen, _numbers(light, granule.offset), np.uint16(0))
            write_band(folder / f"{name}.tif", pixels, view.grid)
            band += 1
    classes = np.where(seen, scene_classes(tile.coarse, table, overhead), np.uint8(0))
    write_band(folder / "SCL.tif", classes, tile.coarse.grid)


def _seen(granule: Sentinel2, place: Place, bounds: Bounds) -> NDArray[np.bool_]:
    """True where the granule holds data: within the swath."""
    if granule.empty:
        return np.zeros(place.corner.shape, bool)
    if granule.orbit != 8:
        return np.ones(place.corner.shape, bool)
    edge = bounds[0] + (bounds[2] - bounds[0]) * _SWATH_SHARE
    north = place.northing + NORTH - (bounds[1] + bounds[3]) / 2
    return place.easting + WEST < edge + _SWATH_LEAN * north


def _numbers(light: NDArray[np.float32], offset: Offset) -> NDArray[np.uint16]:
    """Digital numbers: reflectance × 10⁴, plus 1000 where the offset is pending; 0 is nodata."""
    number = in_steps(light, _STEP * 1e-4) * _STEP + (1000 if offset is Offset.PENDING else 0)
    return np.clip(number, 1, 65535).astype(np.uint16)


def scene_classes(view: View, table: NDArray[np.float32], sky: Sky) -> NDArray[np.uint8]:
    """The scene classification.

    2 dark, 3 shadow, 4 vegetation, 5 bare, 6 water, 7 to 10 cloud, 11 snow and ice.

    Args:
        table: reflectance of the day by band and cover code.
        sky: the opacities over the pixels of `view`.
    """
    red, nir = table[2], table[3]
    ground = np.where(nir - red > 0.3 * (nir + red), 4, 5).astype(np.uint8)
    for kind, code in ((Cover.LAKE, 6), (Cover.RIVER, 6), (Cover.SEA, 6), (Cover.GLACIER, 11)):
        ground[kind * VARIANTS : (kind + 1) * VARIANTS] = code
    classes = ground[view.cover]
    classes[(view.relief < 0.6) & np.isin(classes, (4, 5))] = 2
    classes[sky.shade >= SHADOW] = 3
    classes[sky.cirrus > 0] = 10
    classes[sky.cloud > 0] = 7
    classes[sky.cloud >= MEDIUM] = 8
    classes[sky.cloud >= HIGH] = 9
    return classes
