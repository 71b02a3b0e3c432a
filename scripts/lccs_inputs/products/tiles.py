"""The tiles of a product delivery, as one mosaic: what they must share, and how that is told."""

import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import rasterio
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.enums import ColorInterp, Compression

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import ProductKind
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.lonlat import LONLAT
from lccs_inputs.rasters.opening import open_foreign
from lccs_inputs.rasters.projecting import is_of_the_earth

PERCENT_TYPES = ("uint8", "uint16", "int16")
"""Types percentages may be stored in."""
MEASURE_TYPES = (*PERCENT_TYPES, "int32", "float32")
"""Types a measured quantity may be stored in."""
CLASS_TYPES = (*MEASURE_TYPES, "int8", "uint32", "int64", "uint64", "float64")
"""Types the codes of classes may be stored in; whether each value is a code is another matter."""
TYPES = {
    ProductKind.CLASSES: CLASS_TYPES,
    ProductKind.PERCENT: PERCENT_TYPES,
    ProductKind.MEASURE: MEASURE_TYPES,
}
"""Types the values of a kind of product may be stored in."""

_FROM_180 = "+proj=longlat +datum=WGS84 +pm=180 +type=crs"
_LAEA_EUROPE = {
    "proj": "laea",
    "lat_0": 52,
    "lon_0": 10,
    "x_0": 4321000,
    "y_0": 3210000,
    "ellps": "GRS80",
    "units": "m",
}
_PLACE = re.compile(r"[ew]\d{2,3}[ns]\d{2,3}|[a-z]{2}")
"""E40N25, fr: the part of a name, in small letters, that varies among tiles."""


@dataclass(frozen=True)
class Mosaic:
    """Tiles on one pixel lattice.

    Attributes:
        paths: as GDAL opens them, in the order they are laid.
        places: the grid of each.
        grid: the lattice and joint extent of the tiles, in their own CRS.
        dtype: of every tile.
        declared_nodata: what tiles declare as their nodata, in their order, each once.
        scalings: scale and offset that tiles declare, likewise; a quantity is stored × scale +
            offset.
        units: that tiles declare for their values, likewise.
    """

    paths: tuple[Path, ...]
    places: tuple[Grid, ...]
    grid: Grid
    dtype: str
    declared_nodata: tuple[float, ...]
    scalings: tuple[tuple[float, float], ...]
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Tile:
    path: Path
    grid: Grid
    dtype: str
    nodata: float | None
    scaling: tuple[float, float]
    unit: str

    @property
    def family(self) -> str:
        """The file name without the place it covers: equal for the tiles of one product.

        In small letters: names have no case.
        """
        parts = self.path.stem.lower().split("_")
        return "_".join(part for part in parts if not _PLACE.fullmatch(part))


def read_mosaic(
    paths: Sequence[Path], delivery: Path, kind: ProductKind = ProductKind.CLASSES
) -> Mosaic:
    """Describe tiles as one mosaic, once they have proved to be tiles of one product.

    Args:
        paths: GeoTIFFs, at least one.
        delivery: what the user gave; errors name it.
        kind: of the product, which says the types its values may be stored in.

    Raises:
        SourceError: a tile is unreadable, has no CRS, several bands (but one of alpha), rotated
            pixels or none of the types, or its codes a scale; the tiles differ in CRS, pixel size
            or type; or rasters that are not tiles of one product lie over the same place.
    """
    tiles = [_read_tile(path, delivery, kind) for path in paths]
    first = tiles[0]
    for tile in tiles[1:]:
        if difference := _difference(first, tile):
            raise SourceError(
                f"{delivery}: {first.path.name} and {tile.path.name} differ in {difference}; "
                "give one product, in one resolution"
            )
    for one, other in combinations(tiles, 2):
        if one.family != other.family and _overlap(one, other):
            raise SourceError(
                f"{delivery}: holds several products over the same place ({one.path.name} and "
                f"{other.path.name}); give the one raster that is meant"
            )
    places = tuple(tile.grid for tile in tiles)
    # By their text, since NaN equals nothing.
    declared = {repr(tile.nodata): tile.nodata for tile in tiles if tile.nodata is not None}
    scalings = dict.fromkeys(tile.scaling for tile in tiles)
    units = dict.fromkeys(tile.unit for tile in tiles if tile.unit)
    return Mosaic(
        tuple(paths),
        places,
        _joint(places),
        first.dtype,
        (*declared.values(),),
        (*scalings,),
        (*units,),
    )


def _joint(places: Sequence[Grid]) -> Grid:
    """The lattice of the first, as far as all of them reach."""
    west, south, east, north = zip(*(place.bounds for place in places), strict=True)
    return replace(places[0], bounds=(min(west), min(south), max(east), max(north)))


def facing(mosaic: Mosaic, area: Area, delivery: Path) -> Mosaic:
    """A mosaic in which the tiles of an area that crosses 180 degrees adjoin.

    In degrees they lie at the two ends of the world. There they are placed in degrees from the
    antimeridian instead of from Greenwich; one that lies on both sides of it, twice.

    Raises:
        SourceError: the tiles are in degrees on another datum than WGS 84, and the area crosses.
    """
    if not (CRS.from_user_input(mosaic.grid.crs).is_geographic and area.crosses_antimeridian):
        return mosaic
    if mosaic.grid.crs != LONLAT:
        raise SourceError(
            f"{delivery}: is in {crs_name(mosaic.grid.crs)}, and the area crosses 180 degrees, "
            f"where tiles in degrees are read in {LONLAT} only; warp it to that"
        )
    turned = [
        (path, place)
        for path, tile in zip(mosaic.paths, mosaic.places, strict=True)
        for place in (_turned(tile, -180), _turned(tile, 180))
        if place.bounds[0] < 180 and place.bounds[2] > -180
    ]
    paths, places = zip(*turned, strict=True)
    return replace(mosaic, paths=paths, places=places, grid=_joint(places))


def _turned(tile: Grid, degrees: float) -> Grid:
    west, south, east, north = tile.bounds
    return replace(tile, crs=_FROM_180, bounds=(west + degrees, south, east + degrees, north))


def _read_tile(path: Path, delivery: Path, kind: ProductKind) -> _Tile:
    try:
        with open_foreign(path) as raster:
            if problem := _problem(raster, kind):
                raise SourceError(f"{delivery}: {path.name} {problem}")
            crs = canonical_crs(raster.crs.to_wkt())
            return _Tile(
                path,
                Grid.from_transform(crs, raster.transform, raster.width, raster.height),
                str(raster.dtypes[0]),
                raster.nodata,
                (raster.scales[0], raster.offsets[0]),
                raster.units[0] or "",
            )
    except (rasterio.errors.RasterioIOError, CRSError) as error:
        raise SourceError(
            f"{delivery}: {path.name} cannot be read as a GeoTIFF ({error}); fetch it again"
        ) from error


def _problem(raster: rasterio.DatasetReader, kind: ProductKind) -> str | None:
    """What disqualifies a raster as a tile of a product, in words."""
    t, bands = raster.transform, [*raster.colorinterp]
    if bands[1:] not in ([], [ColorInterp.alpha]):
        return f"has {raster.count} bands, where a product has one"
    if raster.dtypes[0] not in TYPES[kind]:
        return f"is {raster.dtypes[0]}, where values are one of {', '.join(TYPES[kind])}"
    if not is_of_the_earth(raster.crs):
        return (
            "does not say its CRS, or has one of no place on the ground; assign one "
            "(gdal_edit.py -a_srs)"
        )
    if t.b or t.d or t.a <= 0 or t.e >= 0:
        return "is rotated or upside down; warp it first"
    return _doubt(raster, kind)


def _doubt(raster: rasterio.DatasetReader, kind: ProductKind) -> str | None:
    """What casts doubt on the values of a raster, in words."""
    if kind is ProductKind.CLASSES and raster.compression is Compression.jpeg:
        return "is compressed as JPEG, which makes other codes of codes; get it without"
    scale, offset = raster.scales[0], raster.offsets[0]
    told = f"declares a scale of {scale:g} and an offset of {offset:g}"
    if not (scale and math.isfinite(scale + offset)):
        return f"{told}, which make no number of any"
    if kind is not ProductKind.MEASURE and (scale, offset) != (1, 0):
        what = "codes" if kind is ProductKind.CLASSES else "percentages"
        return f"{told}, where {what} are stored as they are"
    return None


def _difference(first: _Tile, tile: _Tile) -> str | None:
    """What sets two tiles apart, in words. (Their lattices' phase is checked by `build_vrt`.)"""
    one, other = first.grid, tile.grid
    sides = zip(one.pixel, other.pixel, strict=True)
    if not all(math.isclose(*pair, rel_tol=1e-9) for pair in sides):
        return f"pixel size ({pixel_text(one)} and {pixel_text(other)})"
    if one.crs != other.crs:
        return "CRS"
    if first.dtype != tile.dtype:
        return f"type ({first.dtype} and {tile.dtype})"
    return None


def pixel_text(grid: Grid) -> str:
    """The size of a pixel in words: one side if it is square."""
    width, height = grid.pixel
    return f"{width:.10g}" if grid.is_square else f"{width:.10g} × {height:.10g}"


def crs_name(crs: str) -> str:
    """A CRS in a few words: few know one by its whole text."""
    return crs if len(crs) < 40 else f"another CRS ({crs[:40]}…)"


def _overlap(one: _Tile, other: _Tile) -> bool:
    """Whether two tiles share pixels; a common edge is none."""
    (west, south, east, north), (left, bottom, right, top) = one.grid.bounds, other.grid.bounds
    across, down = min(east, right) - max(west, left), min(north, top) - max(south, bottom)
    width, height = one.grid.pixel
    return bool(across > width / 2 and down > height / 2)


def canonical_crs(crs: str) -> str:
    """One spelling for CRSs that mean the same, so that tiles can be compared.

    Deliveries name EPSG:3035 in many ways (IGNF:ETRS89LAEA, no name at all, either axis order):
    what has its parameters is "EPSG:3035"; any other CRS that the EPSG registry knows is its
    code; the rest stays as it is.

    Raises:
        pyproj.exceptions.CRSError: `crs` is no CRS.
    """
    parsed = CRS.from_user_input(crs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # names are lost: so they should be
        parameters = parsed.to_dict()
    if _LAEA_EUROPE.items() <= parameters.items():
        return "EPSG:3035"
    code = parsed.to_epsg()
    return f"EPSG:{code}" if code else crs
