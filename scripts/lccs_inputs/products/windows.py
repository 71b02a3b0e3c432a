"""The windows a product is put on the grid by: anchored, and small enough for its native pixels."""

import math
from dataclasses import replace
from typing import Any

from pyproj import CRS
from rasterio.enums import Resampling

from lccs_inputs.rasters.grid import Block, Grid
from lccs_inputs.rasters.reading import WINDOW

TOLERANCE = 0.01
"""Native px within which a warp places a pixel; GDAL's default of 0.125 moves one in a hundred."""
WARP_MIB = 256
"""Memory of a warp; fixed, since how GDAL splits a window changes what its approximation gives."""

_MARGIN = 4  # native px: interpolation and slope look at neighbours
_NATIVE = 5120  # native px a window may span: a 2048 px window down to about 25 m, then smaller
_DEGREE = 111_320.0  # metres; only to compare pixel sizes


def whole_window(grid: Grid, piece: Block, side: int) -> tuple[Grid, slice, slice]:
    """The lattice square that `piece` of `grid` was clipped from, and where in it the piece lies.

    A warp is evaluated over the whole square, because GDAL's approximation depends on where a
    read starts and ends.
    """
    first_col = round(grid.bounds[0] / grid.resolution) + piece.col_off
    top_row = round(grid.bounds[3] / grid.resolution) - piece.row_off
    west, north = first_col // side * side, -(-top_row // side) * side
    edges = (west, north - side, west + side, north)
    left, bottom, right, top = (edge * grid.resolution for edge in edges)
    square = replace(grid, bounds=(left, bottom, right, top))
    row, col = north - top_row, first_col - west
    return square, slice(row, row + piece.height), slice(col, col + piece.width)


def window_side(grid: Grid, native: Grid) -> int:
    """The largest window, 2048 px or a half, quarter … of it, that bounds what is read for it.

    It follows from the pixel sizes alone, so it is the same for every area.
    """
    side = WINDOW
    while side > 16 and side * coarsening(grid, native) > _NATIVE:
        side //= 2
    return side


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
