"""Boxes in degrees, and what becomes of them at 180.

A box that crosses 180 degrees has its west at more than its east, as in GeoJSON and STAC.
"""

from collections.abc import Sequence

from shapely import MultiPolygon, box
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
