"""Maps made by others, drawn from the truth: CLMS zips as delivered, and a EUCROPMAP-like raster.

Each is the truth with the faults such maps have: outlines some metres off, codes confused at
edges, percentages with noise, a patch that could not be classified. Codes are those of
`lccs_inputs.products`.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from lccs_inputs.files import ZIP_TIME, atomic_path
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import sample_tags
from lccs_inputs.sample.imaging import Bounds, native_grid, write_band
from lccs_inputs.sample.landscape import CROPS, VARIANTS, Cover, Landscape, View, cover_table
from lccs_inputs.sample.maps import make_maps
from lccs_inputs.sample.nodes import NORTH, WEST
from lccs_inputs.sample.noise import Field, Grain
from lccs_inputs.sample.truth import quantity_table

_CRS = "EPSG:3035"
_TILE = 20_000.0  # metres; the real tiles are 100 km and would not split within the box
_UNCLASSIFIABLE, _OUTSIDE = 254, 255
_PATCH = (988_300.0, 6_588_900.0, 190.0)  # easting, northing, radius of what no image showed
_BEYOND = 60.0  # metres around the box that the country edition still covers
_OFF = 4.0  # metres by which outlines are misplaced
_CONFUSED = 9.0  # the same, of the crop map

Codes = NDArray[Any]
Drawing = Callable[[View, Field], Codes]


@dataclass(frozen=True)
class Delivery:
    """How one product is drawn and packed: `nested` in two zips with tiles, or plainly in one.

    Attributes:
        unknown, outside: its codes for what could not be classified (None: it has none) and for
            what lies outside the map: for most, the sea too.
        knows_sea: whether the sea has a code of its own.
    """

    name: str
    draw: Drawing
    nested: bool = True
    unknown: int | None = _UNCLASSIFIABLE
    outside: int = _OUTSIDE
    knows_sea: bool = False


def make_products(
    landscape: Landscape, bounds: Bounds, resolution: float, folder: Path
) -> Iterator[str]:
    """Write the CLMS zips, `EUCROPMAP_2018.tif` and the maps of degrees; yield each name.

    Pixels are 10 m (or `resolution` if coarser), EPSG:3035.
    """
    grid = native_grid(_CRS, max(10.0, resolution), bounds)
    grain = Grain(landscape.seed)
    view = landscape.view(grid, misplaced=_OFF)
    unknown, outside = _unknown(view), _outside(view, bounds)
    for delivery in DELIVERIES:
        noise = grain(*grid.origin, grid.width, grid.height, delivery.name)
        codes = delivery.draw(view, noise)
        if delivery.unknown is not None:
            codes[unknown] = delivery.unknown
        beyond = outside if delivery.knows_sea else outside | (view.classes == Cover.SEA)
        codes[beyond] = delivery.outside
        pack = _nested_zip if delivery.nested else _plain_zip
        members = pack(delivery.name, codes, grid, delivery.outside)
        _write_zip(folder / f"{delivery.name}.zip", members)
        yield delivery.name
    crops = _crop_map(landscape.view(grid, misplaced=_CONFUSED), grain)
    crops[outside] = 0
    write_band(folder / "EUCROPMAP_2018.tif", crops, grid, nodata=0)
    yield "EUCROPMAP_2018"
    yield from make_maps(landscape, bounds, folder)


def _unknown(view: View) -> NDArray[np.bool_]:
    east, north, radius = _PATCH
    away = np.hypot(view.place.easting + WEST - east, view.place.northing + NORTH - north)
    unknown: NDArray[np.bool_] = away < radius + 25 * view.grain
    return unknown


def _outside(view: View, bounds: Bounds) -> NDArray[np.bool_]:
    east, north = view.place.easting + WEST, view.place.northing + NORTH
    xmin, ymin, xmax, ymax = bounds
    inside: NDArray[np.bool_] = (east > xmin - _BEYOND) & (east < xmax + _BEYOND)
    inside &= (north > ymin - _BEYOND) & (north < ymax + _BEYOND)
    return ~inside


def _water_and_wetness(view: View, noise: Field) -> Codes:
    """Lake and river 1, gravel banks 2; the heart of the wetland 3, its rim 4; the sea 253.

    Of rice every other field is wet, and so is one of wheat in sixteen: after rain.
    """
    codes = _recoded(view, {Cover.LAKE: 1, Cover.RIVER: 1, Cover.WETLAND: 3, Cover.SEA: 253})
    codes[(view.classes == Cover.WETLAND) & (view.variants >= 10)] = 4
    codes[(view.classes == Cover.RIVER) & (view.variants >= 14)] = 2
    codes[(view.classes == Cover.RICE) & (view.variants % 2 == 1)] = 4
    codes[(view.classes == Cover.WHEAT) & (view.variants == 6)] = 4
    return codes


def _imperviousness(view: View, noise: Field) -> Codes:
    """Densest in the centres (variant 0); roads a little less, since they share their pixels."""
    steps = np.arange(VARIANTS)
    sealed = {Cover.BUILT: 94 - 3.2 * steps, Cover.ROAD: 68, Cover.SOLAR_PARK: 64}
    density = cover_table(sealed, "float64")[view.cover]
    return np.where(density > 0, np.clip(density + 7 * noise, 1, 100), 0).astype(np.uint8)


def _tree_cover(view: View, noise: Field) -> Codes:
    density = quantity_table("canopyco_veg_con")[view.cover]
    return np.where(density > 0, np.clip(density + 5 * noise, 12, 100), 0).astype(np.uint8)


def _leaf_type(view: View, noise: Field) -> Codes:
    return _recoded(view, {Cover.BROADLEAVED: 1, Cover.NEEDLELEAVED: 2})


def _grassland(view: View, noise: Field) -> Codes:
    return _recoded(view, {Cover.MEADOW: 1})


def _crop_types(view: View, noise: Field) -> Codes:
    """Crops by name, vines too; where the signal is odd, an annual crop of unknown kind."""
    table = cover_table(_CROP_TYPES, "uint16")
    table[Cover.WHEAT * VARIANTS + 12 : (Cover.WHEAT + 1) * VARIANTS] = 1120
    codes = table[view.cover]
    codes[np.isin(view.classes, CROPS) & (np.abs(noise) > 2.4)] = 3100
    codes[(view.classes == Cover.MEADOW) & (noise > 2.6)] = 3100
    return codes


def _land_cover(view: View, noise: Field) -> Codes:
    """CLCplus Backbone: what grows and what seals, not what it is used for."""
    codes = _recoded(view, _BACKBONE)
    codes[(view.classes == Cover.ROCK) & (view.variants >= 14)] = 8
    return codes


_CROP_TYPES = {
    Cover.WHEAT: 1110,
    Cover.MAIZE: 1130,
    Cover.RAPESEED: 1430,
    Cover.SUNFLOWER: 1410,
    Cover.VINEYARD: 2100,
    Cover.RICE: 1140,
}
_BACKBONE = {
    Cover.LAKE: 10,
    Cover.RIVER: 10,
    Cover.WETLAND: 6,
    Cover.BROADLEAVED: 3,
    Cover.NEEDLELEAVED: 2,
    Cover.MEADOW: 6,
    Cover.WHEAT: 7,
    Cover.MAIZE: 7,
    Cover.RAPESEED: 7,
    Cover.SUNFLOWER: 7,
    Cover.VINEYARD: 5,
    Cover.BUILT: 1,
    Cover.ROAD: 1,
    Cover.ROCK: 9,
    Cover.RICE: 7,
    Cover.GLACIER: 11,
    Cover.HEATH: 5,
    Cover.SOLAR_PARK: 1,
}

DELIVERIES = (
    Delivery("WAW_2018_010m_fr_03035_v020", _water_and_wetness, knows_sea=True),
    Delivery("IMD_2018_010m_fr_03035_v020", _imperviousness),
    Delivery("TCD_2018_010m_fr_03035_v020", _tree_cover),
    Delivery("DLT_2018_010m_fr_03035_v020", _leaf_type),
    Delivery("FTY_2018_010m_fr_03035_v010", _leaf_type, nested=False),
    Delivery("GRA_2018_010m_fr_03035_v010", _grassland),
    Delivery("CTY_2018_010m_fr_03035_v010", _crop_types, nested=False, unknown=None, outside=65535),
    Delivery(
        "CLMS_CLCPLUS_RAS_S2018_R10m_fr_03035_V01_R00",
        _land_cover,
        nested=False,
        unknown=255,
        outside=254,
    ),
)
"""Every CLMS product of the sample. Forest Type and Dominant Leaf Type agree at 10 m."""


def _recoded(view: View, codes: Mapping[Cover, int]) -> Codes:
    return cover_table(codes, "uint8")[view.cover]


def _crop_map(view: View, grain: Grain) -> NDArray[np.uint16]:
    """EUCROPMAP codes; vineyards vanish into woodland, as in the real map."""
    table = cover_table(_CROP_CODES, "uint16")
    table[Cover.WHEAT * VARIANTS + 12 : (Cover.WHEAT + 1) * VARIANTS] = 213
    table[Cover.MEADOW * VARIANTS + 5] = 250  # a parcel in sixteen taken for fodder crops
    codes = table[view.cover]
    stray = grain(*view.grid.origin, view.grid.width, view.grid.height, "EUCROPMAP")
    codes[np.isin(view.classes, CROPS) & (stray > 2.3)] = 500
    codes[(view.classes == Cover.MEADOW) & (stray > 2.3)] = 290
    return codes


_CROP_CODES = {
    Cover.LAKE: 700,
    Cover.RIVER: 700,
    Cover.WETLAND: 800,
    Cover.BROADLEAVED: 300,
    Cover.NEEDLELEAVED: 300,
    Cover.MEADOW: 500,
    Cover.WHEAT: 211,
    Cover.MAIZE: 216,
    Cover.RAPESEED: 232,
    Cover.SUNFLOWER: 231,
    Cover.VINEYARD: 300,
    Cover.BUILT: 100,
    Cover.ROAD: 100,
    Cover.ROCK: 600,
    Cover.RICE: 217,
    Cover.GLACIER: 600,
    Cover.HEATH: 300,
    Cover.SOLAR_PARK: 100,
}


def _nested_zip(name: str, codes: Codes, grid: Grid, outside: int) -> Iterator[tuple[str, bytes]]:
    """`Results/<name>.zip` with `<name>/DATA/` and `/Metadata/`, as prepackaged deliveries are."""
    product, rest = name.split("_fr_")
    inner = [
        (
            f"{name}/DATA/{product}_{tile}_{rest}.tif",
            _geotiff(name, codes[rows, cols], part, outside),
        )
        for tile, rows, cols, part in _tiles(grid)
    ]
    inner.append((f"{name}/Metadata/{name}.xml", _metadata(name)))
    packed = io.BytesIO()
    _pack(packed, inner)
    yield f"Results/{name}.zip", packed.getvalue()


def _plain_zip(name: str, codes: Codes, grid: Grid, outside: int) -> Iterator[tuple[str, bytes]]:
    """`<name>/<name>.tif` and `<name>/Metadata/`, as the editions of single countries come."""
    yield f"{name}/{name}.tif", _geotiff(name, codes, grid, outside)
    yield f"{name}/Metadata/{name}.xml", _metadata(name)


def _tiles(grid: Grid) -> Iterator[tuple[str, slice, slice, Grid]]:
    """Name, rows, columns and grid of each tile; the name is its lower left corner, in 10 km."""
    t = grid.transform
    east = _cuts(t.c, t.a, grid.width)
    north = _cuts(-t.f, -t.e, grid.height)
    for top, bottom in pairwise(north):
        for left, right in pairwise(east):
            part = grid.subgrid(left, top, right - left, bottom - top)
            west, south = (edge // _TILE * _TILE / 1e4 for edge in part.bounds[:2])
            name = f"E{west:.0f}N{south:.0f}"
            yield name, slice(top, bottom), slice(left, right), part


def _cuts(start: float, pixel: float, count: int) -> list[int]:
    """Pixel offsets at which an axis is cut into tiles: its ends and every multiple of `_TILE`."""
    first, last = start // _TILE + 1, (start + count * pixel) // _TILE
    inner = {round((k * _TILE - start) / pixel) for k in range(int(first), int(last) + 1)}
    return sorted({0, count} | {cut for cut in inner if 0 < cut < count})


def _geotiff(name: str, codes: Codes, grid: Grid, outside: int) -> bytes:
    with MemoryFile() as memory:
        with rasterio.open(
            memory,
            "w",
            driver="GTiff",
            width=grid.width,
            height=grid.height,
            count=1,
            dtype=codes.dtype,
            crs=grid.crs,
            transform=grid.transform,
            nodata=outside,
            tiled=True,
            compress="lzw",
        ) as raster:
            raster.update_tags(**sample_tags(name))
            raster.write(codes, 1)
        return bytes(memory.getbuffer())


def _metadata(name: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<metadata><title>{name}</title><abstract>Synthetic, drawn from the truth map of the "
        "sample of lccs-inputs; not a Copernicus product.</abstract></metadata>\n"
    ).encode()


def _write_zip(path: Path, members: Iterator[tuple[str, bytes]]) -> None:
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        _pack(file, members)


def _pack(
    file: "io.BufferedIOBase", members: "Iterator[tuple[str, bytes]] | list[tuple[str, bytes]]"
) -> None:
    """Zip with fixed times and permissions, so that equal members give equal bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            member = zipfile.ZipInfo(name, ZIP_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, data)
