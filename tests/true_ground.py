"""How much ground pixels are, by the scale that a projection gives at the centre of each."""

import numpy as np
from numpy.typing import NDArray
from pyproj import Proj

from lccs_inputs.rasters.grid import Grid


def hectares_by_scale(grid: Grid) -> NDArray[np.float64]:
    """Of every pixel of a grid in metres."""
    x, y = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    projection = Proj(grid.crs)
    places = projection(*(grid.transform @ (x.ravel(), y.ravel())), inverse=True)
    scales = projection.get_factors(*places).areal_scale.reshape(grid.shape)
    return grid.pixel[0] * grid.pixel[1] / 1e4 / scales
