"""Maps on lattices of degrees, drawn from the truth: surface water, land cover, heights.

Each is as its publisher cuts it: Global Surface Water at 0.00025 degrees, WorldCover and the canopy
heights at a twelve-thousandth, the elevation model at an arc second with its pixel centres on whole
seconds. As in `products`, outlines are some metres off and codes are confused here and there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.sample.imaging import Bounds, write_band
from lccs_inputs.sample.landscape import CRS, VARIANTS, Cover, Landscape, cover_table
from lccs_inputs.sample.noise import Field, Grain
from lccs_inputs.sample.truth import quantity_table

_MARGIN = 0.003  # degrees around the box that the maps still cover
_ARC_SECOND = 1 / 3600
_STEP = 0.125  # metres: elevations are multiples of this, so that the file compresses

Codes = NDArray[np.uint8]
Draw = Callable[[NDArray[np.uint16], Field], Codes]
"""Of the landscape's cover and noise."""


@dataclass(frozen=True)
class Lattice:
    """Maps of one pixel size.

    Attributes:
        pixel: degrees.
        off: metres by which outlines are misplaced.
        nodata: what the files declare.
        noise: names the noise: maps that share it have their faults in the same places.
    """

    pixel: float
    off: float
    maps: Mapping[str, tuple[Draw, float]]
    noise: str


def make_maps(landscape: Landscape, bounds: Bounds, folder: Path) -> Iterator[str]:
    """Write every map into `folder`; yield the name of each once written."""
    grain = Grain(landscape.seed)
    for lattice in _LATTICES:
        grid = _degrees(lattice.pixel, bounds)
        cover = landscape.cover(grid, misplaced=lattice.off)
        noise = grain(*grid.origin, grid.width, grid.height, lattice.noise)
        for name, (draw, nodata) in lattice.maps.items():
            write_band(folder / f"{name}.tif", draw(cover, noise), grid, nodata)
            yield name
    view = landscape.view(_degrees(_ARC_SECOND, bounds, centred=True))
    heights = view.place.sample(landscape.terrain.elevation)
    steps = np.rint(heights / _STEP) * np.float32(_STEP)
    write_band(folder / "DEM.tif", steps, view.grid)
    yield "DEM"


def _occurrence(cover: NDArray[np.uint16], noise: Field) -> Codes:
    """Percent of the observations of forty years with water."""
    often = cover_table(_OCCURRENCE, "float32")[cover]
    seen = np.clip(often + noise * np.where(often > 90, 0.7, 0.12 * often), 1, 100)
    return np.where(often > 0, seen, 0).astype(np.uint8)


def _seasonality(cover: NDArray[np.uint16], noise: Field) -> Codes:
    """Months of one year with water: none in many a place that was flooded in another."""
    months = cover_table(_MONTHS, "float32")[cover]
    seen = np.rint(months + noise * np.where(months < 12, 1.2, 0))
    return np.where(months > 0, np.clip(seen, 0, 12), 0).astype(np.uint8)


def _world_cover(cover: NDArray[np.uint16], noise: Field) -> Codes:
    """Vines are shrubs to it; a meadow may pass for a field, a field for a meadow."""
    table = cover_table(_WORLD_COVER, "uint8")
    table[Cover.MEADOW * VARIANTS + 5] = _CROPLAND
    table[Cover.WHEAT * VARIANTS + 12] = _GRASSLAND
    for kind in (Cover.BUILT, Cover.ROCK, Cover.WETLAND):  # gardens, tufts, dry rims
        table[kind * VARIANTS + 15] = _GRASSLAND
    codes: Codes = table[cover]
    codes[(codes == _GRASSLAND) & (noise > 2.4)] = _CROPLAND
    return codes


def _canopy_height(cover: NDArray[np.uint16], noise: Field) -> Codes:
    """Whole metres; tall trees are seen too low, and vines are seen too."""
    heights = quantity_table("canopyht_veg_con")
    seen = np.rint(np.where(heights > 20, 20 + 0.7 * (heights - 20), heights)).astype(np.uint8)
    seen[Cover.VINEYARD * VARIANTS : (Cover.VINEYARD + 1) * VARIANTS] = 2
    codes: Codes = seen[cover]
    return codes


_VARIANT = np.arange(VARIANTS)
# Gravel banks lie at the rim of the river; the heart of the wetland is under water at times.
_OCCURRENCE = {
    Cover.LAKE: 98,
    Cover.RIVER: np.where(_VARIANT < 14, 84, 46),
    Cover.WETLAND: np.where(_VARIANT < 6, 10, 0),
    Cover.SEA: 98,
    Cover.RICE: 6,
}
_MONTHS = {
    Cover.LAKE: 12,
    Cover.RIVER: np.where(_VARIANT < 14, 12, 7),
    Cover.WETLAND: np.where(_VARIANT < 6, 1, 0),
    Cover.SEA: 12,
    Cover.RICE: 1,
}
_GRASSLAND, _CROPLAND = 30, 40
_WORLD_COVER = {
    Cover.LAKE: 80,
    Cover.RIVER: 80,
    Cover.WETLAND: 90,
    Cover.BROADLEAVED: 10,
    Cover.NEEDLELEAVED: 10,
    Cover.MEADOW: _GRASSLAND,
    Cover.WHEAT: _CROPLAND,
    Cover.MAIZE: _CROPLAND,
    Cover.RAPESEED: _CROPLAND,
    Cover.SUNFLOWER: _CROPLAND,
    Cover.VINEYARD: 20,
    Cover.BUILT: 50,
    Cover.ROAD: 50,
    Cover.ROCK: 60,
    Cover.SEA: 80,
    Cover.RICE: _CROPLAND,
    Cover.GLACIER: 70,
    Cover.HEATH: 20,
    Cover.SOLAR_PARK: 50,
}
_LATTICES = (
    Lattice(
        0.00025,
        6.0,
        {"GSW_OCCURRENCE": (_occurrence, 255), "GSW_SEASONALITY": (_seasonality, 255)},
        "surface water",
    ),
    Lattice(
        1 / 12000,
        4.0,
        {"WORLDCOVER_2021": (_world_cover, 0), "CANOPY_HEIGHT_2020": (_canopy_height, 255)},
        "land cover",
    ),
)


def _degrees(pixel: float, bounds: Bounds, centred: bool = False) -> Grid:
    """The part of a lattice of degrees around the box; `centred` has pixel centres on its lines."""
    transformer = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=51)
    phase = pixel / 2 if centred else 0.0
    left, bottom = (np.floor((low - _MARGIN - phase) / pixel) for low in (west, south))
    right, top = (np.ceil((high + _MARGIN - phase) / pixel) for high in (east, north))
    transform = Affine(pixel, 0, left * pixel + phase, 0, -pixel, top * pixel + phase)
    return Grid.from_transform("EPSG:4326", transform, int(right - left), int(top - bottom))
