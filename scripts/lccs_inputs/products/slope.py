"""Slope from an elevation model, at the model's own resolution.

Slope depends on the distance heights are compared over, so it is taken between native pixels and
interpolated afterwards; taken after interpolation it would show the steps of the model.
"""

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from lccs_inputs.rasters.grid import Grid

_A = 6_378_137.0  # semi-major axis of WGS 84, metres
_E2 = 0.00669437999014  # its first eccentricity squared

Floats = NDArray[np.float64]


def slope_degrees(heights: Floats, width: Floats, height: Floats) -> Floats:
    """Slope by Horn (1981), degrees, from 0 to 90.

    A neighbour that is not known is taken to be as high as the pixel itself, as ESRI's Slope does.

    Args:
        heights: metres, shape (rows + 2, columns + 2): with a border of one pixel; NaN is nodata.
        width, height: of a pixel, metres, by row: shape (rows,).

    Returns:
        Shape (rows, columns); NaN where the pixel itself is nodata.

    Source: Horn, B. K. P. (1981), Hill shading and the reflectance map, Proc. IEEE 69(1), 14-47,
    doi:10.1109/PROC.1981.11918.
    """
    centre = heights[1:-1, 1:-1]

    def beside(row: int, col: int) -> Floats:
        part = heights[1 + row : heights.shape[0] - 1 + row, 1 + col : heights.shape[1] - 1 + col]
        return np.where(np.isnan(part), centre, part)

    def across(row: int, col: int) -> Floats:
        """The weighted heights on one side of the pixel."""
        before, after = (beside(row or n, col or n) for n in (-1, 1))
        return before + 2 * beside(row, col) + after

    rise_east = (across(0, 1) - across(0, -1)) / (8 * width[:, None])
    rise_north = (across(-1, 0) - across(1, 0)) / (8 * height[:, None])
    return np.degrees(np.arctan(np.hypot(rise_east, rise_north)))


def pixel_metres(grid: Grid) -> tuple[Floats, Floats]:
    """Width and height of the pixels of each row, metres, shape (rows,).

    Of a grid in degrees by the radii of curvature of the ellipsoid at the row's latitude.
    """
    crs, (width, height) = CRS.from_user_input(grid.crs), grid.pixel
    if not crs.is_geographic:
        unit = float(crs.axis_info[0].unit_conversion_factor)
        return np.full(grid.height, width * unit), np.full(grid.height, height * unit)
    rows = np.arange(grid.height) + 0.5
    latitude = np.radians(grid.bounds[3] - rows * height)
    flattened = 1 - _E2 * np.sin(latitude) ** 2
    normal = _A / np.sqrt(flattened)
    meridional = _A * (1 - _E2) / flattened**1.5
    return np.radians(width) * normal * np.cos(latitude), np.radians(height) * meridional
