"""Maps on lattices of degrees, drawn from the truth: surface water, land cover, heights.

Each is as its publisher cuts it: Global Surface Water at 0.00025 degrees, WorldCover and the canopy
heights at a twelve-thousandth, the elevation model at an arc second with its pixel centres on whole
seconds.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer

from lccs_inputs.gather import SourceGrid
from lccs_inputs.sample.imaging import Bounds, write_band
from lccs_inputs.sample.landscape import CRS, VARIANTS, Cover, Landscape, View

_MARGIN = 0.003  # degrees around the box that the maps still cover
_UNOBSERVED = 255
_WORLD_COVER = {
    Cover.LAKE: 80,
    Cover.RIVER: 80,
    Cover.WETLAND: 90,
    Cover.BROADLEAVED: 10,
    Cover.NEEDLELEAVED: 10,
    Cover.MEADOW: 30,
    Cover.WHEAT: 40,
    Cover.MAIZE: 40,
    Cover.RAPESEED: 40,
    Cover.SUNFLOWER: 40,
    Cover.VINEYARD: 40,
    Cover.BUILT: 50,
    Cover.ROAD: 50,
    Cover.ROCK: 60,
}


def make_maps(landscape: Landscape, bounds: Bounds, folder: Path) -> Iterator[str]:
    """Write every map into `folder`; yield the name of each once written."""
    water = landscape.view(_degrees(0.00025, bounds))
    _write(folder, "GSW_OCCURRENCE", _occurrence(water), water, _UNOBSERVED)
    yield "GSW_OCCURRENCE"
    _write(folder, "GSW_SEASONALITY", _seasonality(water), water, _UNOBSERVED)
    yield "GSW_SEASONALITY"
    fine = landscape.view(_degrees(1 / 12000, bounds))
    table = np.zeros(256, np.uint8)
    for kind, code in _WORLD_COVER.items():
        table[kind] = code
    _write(folder, "WORLDCOVER_2021", table[fine.classes], fine, 0)
    yield "WORLDCOVER_2021"
    _write(folder, "CANOPY_HEIGHT_2020", canopy_height(fine), fine, 255)
    yield "CANOPY_HEIGHT_2020"
    coarse = landscape.view(_degrees(1 / 3600, bounds, centred=True))
    heights = coarse.place.sample(landscape.terrain.elevation)
    _write(folder, "DEM", np.round(heights, 1).astype(np.float32), coarse, None)
    yield "DEM"


def canopy_height(view: View) -> NDArray[np.uint8]:
    """Metres, whole; 0 where there are no trees."""
    variants = view.variants.astype(np.float32)
    broad = (view.classes == Cover.BROADLEAVED) * (14 + 0.5 * variants)
    needle = (view.classes == Cover.NEEDLELEAVED) * (18 + 0.6 * variants)
    heights: NDArray[np.uint8] = np.rint(broad + needle).astype(np.uint8)
    return heights


def _occurrence(view: View) -> NDArray[np.uint8]:
    """Percent of the observations with water: the lake always, gravel banks half of the time."""
    often = np.zeros(256, np.uint8)
    often[Cover.LAKE * VARIANTS : (Cover.LAKE + 1) * VARIANTS] = 98
    often[Cover.RIVER * VARIANTS : (Cover.RIVER + 1) * VARIANTS] = 84
    often[Cover.RIVER * VARIANTS + 14 : (Cover.RIVER + 1) * VARIANTS] = 46
    often[Cover.WETLAND * VARIANTS : Cover.WETLAND * VARIANTS + 6] = 12
    return often[view.cover]


def _seasonality(view: View) -> NDArray[np.uint8]:
    """Months with water."""
    months = np.zeros(256, np.uint8)
    months[Cover.LAKE * VARIANTS : (Cover.LAKE + 1) * VARIANTS] = 12
    months[Cover.RIVER * VARIANTS : (Cover.RIVER + 1) * VARIANTS] = 12
    months[Cover.RIVER * VARIANTS + 14 : (Cover.RIVER + 1) * VARIANTS] = 7
    months[Cover.WETLAND * VARIANTS : Cover.WETLAND * VARIANTS + 6] = 2
    return months[view.cover]


def _degrees(pixel: float, bounds: Bounds, centred: bool = False) -> SourceGrid:
    """The part of a lattice of degrees around the box; `centred` has pixel centres on its lines."""
    transformer = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=51)
    phase = pixel / 2 if centred else 0.0
    left, bottom = (np.floor((low - _MARGIN - phase) / pixel) for low in (west, south))
    right, top = (np.ceil((high + _MARGIN - phase) / pixel) for high in (east, north))
    transform = Affine(pixel, 0, left * pixel + phase, 0, -pixel, top * pixel + phase)
    return SourceGrid("EPSG:4326", transform, int(right - left), int(top - bottom))


def _write(folder: Path, name: str, values: NDArray[Any], view: View, nodata: float | None) -> None:
    write_band(folder / f"{name}.tif", values, view.grid, nodata)
