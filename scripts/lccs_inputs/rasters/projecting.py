"""CRSs of the Earth, and geometries from one to another."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely import transform
from shapely.geometry.base import BaseGeometry


@lru_cache(maxsize=64)
def is_of_the_earth(crs: Any) -> bool:
    """Whether a CRS has a place on the ground: that of a drawing or a building has none."""
    return crs is not None and CRS.from_user_input(crs).geodetic_crs is not None


def projected(geometry: BaseGeometry, source_crs: str, crs: str) -> BaseGeometry:
    """The geometry in another CRS, corner by corner.

    Raises:
        CRSError: there is no way from one CRS to the other.
        ProjError: a corner cannot be shown in it.
    """
    transformer = Transformer.from_crs(source_crs, crs, always_xy=True)

    def project(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1], errcheck=True))

    with np.errstate(invalid="ignore"):
        moved: BaseGeometry = transform(geometry, project)
    return moved
