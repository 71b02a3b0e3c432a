"""Boxes in degrees, and what becomes of them at 180.

A box that crosses 180 degrees has its west at more than its east, as in GeoJSON and STAC.
"""

from collections.abc import Sequence

import numpy as np
from shapely import MultiPolygon, Polygon, box, transform, union_all
from shapely.geometry.base import BaseGeometry

LONLAT = "EPSG:4326"


def is_box(bounds: Sequence[float]) -> bool:
    """Whether four numbers are west, south, east, north in degrees.

    One that crosses 180 degrees may not go around half the world: then its west and east are
    more likely swapped.
    """
    west, south, east, north = bounds
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90):
        return False
    return west < east or (west > east and unwrapped_east(west, east) - west < 180)


def unwrapped_east(west: float, east: float) -> float:
    """The east of a box, beyond 180 where the box crosses that."""
    return east if west <= east else east + 360


def parts(bounds: Sequence[float]) -> BaseGeometry:
    """A box within -180 to 180: in two where it crosses that."""
    west, south, east, north = bounds
    if west <= east:
        return box(west, south, east, north)
    return MultiPolygon([box(west, south, 180, north), box(-180, south, east, north)])


def wrapped(outline: BaseGeometry) -> BaseGeometry:
    """An outline within -180 to 180: in parts where it crosses that.

    Its longitudes may go on beyond 180. A polygon wider than half the world, but not as wide as the
    world, is one that crosses 180 degrees whose longitudes do not go on: no scene is as wide.
    """
    west, _, east, _ = outline.bounds
    if outline.is_empty or (east - west <= 180 and west >= -180 and east <= 180):
        return outline
    polygons = [part for part in getattr(outline, "geoms", [outline]) if isinstance(part, Polygon)]
    world = box(-180, -90, 180, 90)
    return union_all(
        [
            _moved(whole, turns * 360).intersection(world)
            for whole in map(_going_on, polygons)
            for turns in (-1, 0, 1)
        ]
    )


def _going_on(polygon: Polygon) -> BaseGeometry:
    west, _, east, _ = polygon.bounds
    if not 180 < east - west < 360:
        return polygon
    return transform(polygon, lambda at: np.column_stack([at[:, 0] % 360, at[:, 1]]))


def _moved(polygon: BaseGeometry, degrees: float) -> BaseGeometry:
    return transform(polygon, lambda at: np.column_stack([at[:, 0] + degrees, at[:, 1]]))
