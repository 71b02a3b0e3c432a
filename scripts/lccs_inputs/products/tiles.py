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

from lccs_inputs.errors import SourceError
from lccs_inputs.rasters.grid import Grid

CODE_TYPES = ("uint8", "uint16", "int16")
"""Types a product's codes may be stored in."""
MEASURE_TYPES = (*CODE_TYPES, "int32", "float32")
"""Types a measured quantity may be stored in."""

_LAEA_EUROPE = {
    "proj": "laea",
    "lat_0": 52,
    "lon_0": 10,
    "x_0": 4321000,
    "y_0": 3210000,
    "ellps": "GRS80",
    "units": "m",
}
_PLACE = re.compile(
    r"[EW]\d{2,3}[NS]\d{2,3}|[a-z]{2}"
)  # E40N25, fr: the part of a name that varies


@dataclass(frozen=True)
class Mosaic:
    """Tiles on one pixel lattice.

    Attributes:
        paths: as GDAL opens them, in the order they are laid.
        grid: the lattice and joint extent of the tiles, in their own CRS.
        dtype: of every tile.
        declared_nodata: what tiles declare as their nodata, in their order, each once.
        scalings: scale and offset that tiles declare, likewise; a quantity is stored × scale +
            offset.
    """

    paths: tuple[Path, ...]
    grid: Grid
    dtype: str
    declared_nodata: tuple[float, ...]
    scalings: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Tile:
    path: Path
    grid: Grid
    dtype: str
    nodata: float | None
    scaling: tuple[float, float]

    @property
    def family(self) -> str:
        """The file name without the place it covers: equal for the tiles of one product."""
        parts = self.path.stem.split("_")
        return "_".join(part for part in parts if not _PLACE.fullmatch(part))


def read_mosaic(paths: Sequence[Path], delivery: Path, types: Sequence[str] = CODE_TYPES) -> Mosaic:
    """Describe tiles as one mosaic, once they have proved to be tiles of one product.

    Args:
        paths: GeoTIFFs, at least one.
        delivery: what the user gave; errors name it.
        types: in which its values may be stored.

    Raises:
        SourceError: a tile is unreadable, has no CRS, several bands, oblong or rotated pixels or
            none of `types`; the tiles differ in CRS, pixel size or type; or rasters that are not
            tiles of one product lie over the same place.
    """
    tiles = [_read_tile(path, delivery, types) for path in paths]
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
    west, south, east, north = zip(*(tile.grid.bounds for tile in tiles), strict=True)
    grid = replace(first.grid, bounds=(min(west), min(south), max(east), max(north)))
    # By their text, since NaN equals nothing.
    declared = {repr(tile.nodata): tile.nodata for tile in tiles if tile.nodata is not None}
    scalings = dict.fromkeys(tile.scaling for tile in tiles)
    return Mosaic(tuple(paths), grid, first.dtype, (*declared.values(),), (*scalings,))


def _read_tile(path: Path, delivery: Path, types: Sequence[str]) -> _Tile:
    try:
        with rasterio.open(path) as raster:
            if problem := _problem(raster, types):
                raise SourceError(f"{delivery}: {path.name} {problem}")
            crs = canonical_crs(raster.crs.to_wkt())
            return _Tile(
                path,
                Grid.from_transform(crs, raster.transform, raster.width, raster.height),
                str(raster.dtypes[0]),
                raster.nodata,
                (raster.scales[0], raster.offsets[0]),
            )
    except (rasterio.errors.RasterioIOError, CRSError) as error:
        raise SourceError(
            f"{delivery}: {path.name} cannot be read as a GeoTIFF ({error}); fetch it again"
        ) from error


def _problem(raster: rasterio.DatasetReader, types: Sequence[str]) -> str | None:
    """What disqualifies a raster as a tile of a product, in words."""
    t = raster.transform
    if raster.count != 1:
        return f"has {raster.count} bands, where a product has one"
    if raster.dtypes[0] not in types:
        return f"is {raster.dtypes[0]}, where values are one of {', '.join(types)}"
    if raster.crs is None:
        return "does not say its CRS; assign one (gdal_edit.py -a_srs)"
    if t.b or t.d or t.a <= 0 or not math.isclose(t.a, -t.e, rel_tol=1e-9):
        return "is rotated, or its pixels are not square; warp it first"
    return None


def _difference(first: _Tile, tile: _Tile) -> str | None:
    """What sets two tiles apart, in words. (Their lattices' phase is checked by `build_vrt`.)"""
    one, other = first.grid, tile.grid
    if not math.isclose(one.resolution, other.resolution, rel_tol=1e-9):
        return f"pixel size ({one.resolution:g} and {other.resolution:g})"
    if one.crs != other.crs:
        return "CRS"
    if first.dtype != tile.dtype:
        return f"type ({first.dtype} and {tile.dtype})"
    return None


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
