"""What part of a map the public image service is asked for, and whether it gives so much.

Light, so that a config is checked for it while Snakemake parses.
"""

import numpy as np
from pyproj import Transformer

from lccs_inputs.errors import SourceError
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid

LIMIT_KM2 = 2500.0
"""Largest area exported unless told otherwise: some nine requests of 2048 px, 25 MB."""

CRS = "EPSG:3035"
"""That of the maps."""

_MARGIN = 2  # px of the grid around the area, which interpolation and averaging look at
_EUROPE = (-32.0, 27.0, 46.0, 72.5)  # west, south, east, north of the maps, degrees


def native_grid(area: Area, resolution: float, limit_km2: float = LIMIT_KM2) -> Grid:
    """The pixels of a map, `resolution` metres, around the grid of an area.

    Args:
        limit_km2: largest box (config key clms.image_service_km2).

    Raises:
        SourceError: the area lies outside Europe, or its box is larger.
    """
    west, south, east, north = area.bounds_lonlat()
    if east < _EUROPE[0] or west > _EUROPE[2] or north < _EUROPE[1] or south > _EUROPE[3]:
        raise SourceError("it lies outside Europe, which is all that the image service has")
    margin = _MARGIN * area.grid.resolution
    west, south, east, north = area.grid.bounds
    padded = (west - margin, south - margin, east + margin, north + margin)
    transformer = Transformer.from_crs(area.grid.crs, CRS, always_xy=True)
    bounds = transformer.transform_bounds(*padded, densify_pts=51)
    if not np.isfinite(bounds).all():
        raise SourceError("it lies outside Europe, which is all that the image service has")
    left, bottom, right, top = bounds
    edge = _MARGIN * resolution
    grid = Grid.around((left - edge, bottom - edge, right + edge, top + edge), CRS, resolution)
    size = grid.width * grid.height * grid.resolution**2 / 1e6  # the projection keeps areas
    if size > limit_km2:
        raise SourceError(
            f"its box is {size:,.0f} km², and the image service is asked for {limit_km2:,.0f} km² "
            "at most (clms.image_service_km2)"
        )
    return grid
