"""How much ground a pixel is, where the CRS shows areas larger or smaller than they are.

The scale is measured at nodes and interpolated between them, since it changes slowly: pixels of 10
to 200 m are right to a few parts in ten million.
"""

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.rasters.distortion import area_scales
from lccs_inputs.rasters.grid import Grid

_STEP = 32  # px between nodes
_HECTARE = 1e4  # m²

Floats = NDArray[np.float64]


def true_hectares(grid: Grid) -> Floats:
    """The area on the ellipsoid of every pixel of a grid in metres: its shape; NaN beyond its CRS.

    Raises:
        ValueError: its CRS is on no ellipsoid.
    """
    rows, cols = (np.arange(0, size + _STEP, _STEP, dtype=np.float64) for size in grid.shape)
    x, y = np.meshgrid(grid.bounds[0] + cols * grid.pixel[0], grid.bounds[3] - rows * grid.pixel[1])
    scales = area_scales(x.ravel(), y.ravel(), grid.crs).reshape(x.shape)
    nodes = grid.pixel[0] * grid.pixel[1] / _HECTARE / scales
    down, across = _weights(grid.height, rows), _weights(grid.width, cols).T
    beyond = np.isnan(nodes)
    hectares: Floats = down @ np.where(beyond, 0, nodes) @ across
    if beyond.any():
        hectares[down @ beyond @ across > 0] = np.nan
    return hectares


def hectares_within(grid: Grid, window: Window) -> Floats:
    """The `true_hectares` of a window of a grid: the shape of the window."""
    return true_hectares(grid.window(window))


def _weights(size: int, nodes: Floats) -> Floats:
    """What each node counts for at the centres of `size` px, linear between two: pixels × nodes."""
    centres = np.arange(size)[:, None] + 0.5
    return np.maximum(1 - np.abs(centres - nodes) / _STEP, 0)
