"""The windows a product is put on the grid by: small enough for its native pixels, and anchored
where what they give depends on them.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.windows import Window

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import WINDOW, tiled

TOLERANCE = 0.01
"""Native px within which a warp places a pixel; GDAL's default of 0.125 moves one in a hundred."""
WARP_MIB = 256
"""Memory of a warp; fixed, since how GDAL splits a window changes what its approximation gives."""

_EXACT_SIDE = 1024  # px; whole tiles of our rasters
_MARGIN = 4  # native px: interpolation and slope look at neighbours
_NATIVE = 5120  # native px a window may span: a 2048 px window down to about 25 m, then smaller
_DEGREE = 111_320.0  # metres; only to compare pixel sizes


def whole_window(grid: Grid, window: Window, side: int) -> tuple[Grid, slice, slice]:
    """The lattice square that a piece of `grid` was clipped from, and where in it the piece lies.

    A warp is evaluated over the whole square, because GDAL's approximation depends on where a
    read starts and ends.
    """
    first_col = round(grid.bounds[0] / grid.resolution) + window.col_off
    top_row = round(grid.bounds[3] / grid.resolution) - window.row_off
    west, north = first_col // side * side, -(-top_row // side) * side
    edges = (west, north - side, west + side, north)
    left, bottom, right, top = (edge * grid.resolution for edge in edges)
    square = replace(grid, bounds=(left, bottom, right, top))
    row, col = north - top_row, first_col - west
    return square, slice(row, row + window.height), slice(col, col + window.width)


def window_side(grid: Grid, native: Grid) -> int:
    """The largest window, 2048 px or a half, quarter … of it, that bounds what is read for it.

    It follows from the pixel sizes alone, so it is the same for every area.
    """
    side = WINDOW
    while side > 16 and side * coarsening(grid, native) > _NATIVE:
        side //= 2
    return side


def work_windows(grid: Grid, native: Grid, resampling: Resampling) -> Iterator[Window]:
    """The windows of `grid` to work on, north to south, west to east.

    Anchored for averages, which depend on them. What is exact is so in any: there they are whole
    tiles from the first pixel on, each of which is encoded once (onto pixels more than ten times
    as large, parts of tiles).
    """
    side = window_side(grid, native)
    if resampling is Resampling.average:
        return (piece.window for piece in grid.pieces(side))
    return tiled(grid.shape, min(side, _EXACT_SIDE))


def coarsening(grid: Grid, native: Grid) -> float:
    """Pixel size of `grid` in native pixels, the shorter side of oblong ones; nominal."""
    return grid.resolution * _metres(grid.crs) / (min(native.pixel) * _metres(native.crs))


def reach(grid: Grid, native: Grid) -> int:
    """Native px around an area that its pixels reach into, and what those need beside them.

    A pixel whose centre lies in the area reaches half its diagonal beyond it, which is most in
    degrees of longitude: twice its nominal size is enough up to 69 degrees of latitude.
    """
    return _MARGIN + math.ceil(2 * coarsening(grid, native))


def interpolation(grid: Grid, native: Grid) -> Resampling:
    """How a quantity goes onto a grid: averaged where its pixels are finer, else interpolated."""
    return Resampling.average if coarsening(grid, native) > 1 else Resampling.bilinear


def warp_options(grid: Grid, native: Grid) -> dict[str, Any]:
    """How a WarpedVRT puts a quantity on `grid`, which has to be a whole anchored window.

    Interpolation is between the four native pixels around a centre. Left to itself GDAL widens its
    kernel by what it takes for the ratio of the sizes of a window here and there, which between
    turned projections is below one though pixels are as large.
    """
    options = {
        "crs": grid.crs,
        "transform": grid.transform,
        "width": grid.width,
        "height": grid.height,
        "resampling": interpolation(grid, native),
        "tolerance": TOLERANCE,
        "warp_mem_limit": WARP_MIB,
    }
    if options["resampling"] is Resampling.bilinear:
        options |= {"XSCALE": "1", "YSCALE": "1"}
    return options


def _metres(crs: str) -> float:
    """Length of the unit of a CRS; of a degree, along a meridian."""
    parsed = CRS.from_user_input(crs)
    if parsed.is_geographic:
        return _DEGREE
    return float(parsed.axis_info[0].unit_conversion_factor)
