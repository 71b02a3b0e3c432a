"""Where an item says that its pixels lie: the projection extension of STAC, where it is clear.

Transforms in GDAL's order, boxes of another asset: what does not fit together says nothing, and the
file is asked instead.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pystac
from affine import Affine
from pyproj import CRS
from pyproj.exceptions import CRSError

from lccs_inputs.imagery.places import Extent, around
from lccs_inputs.rasters.grid import Grid

_BOX, _SHAPE, _TRANSFORM = "proj:bbox", "proj:shape", "proj:transform"


def stated_extent(item: pystac.Item, assets: Sequence[pystac.Asset] = ()) -> Extent | None:
    """The rectangle around assets of an item, or the item's own; None where it is not clear."""
    places = [asset.extra_fields for asset in assets] or [item.properties]
    return around(_extent(place, item.properties) for place in places)


def _extent(asset: Mapping[str, Any], item: Mapping[str, Any]) -> Extent | None:
    crs = _crs(asset) or _crs(item)
    # A shape of one and a transform of the other may be of different pixels.
    said = next((place for place in (asset, item) if {_BOX, _TRANSFORM} & place.keys()), {})
    try:
        rectangles = [_of_lattice(said)] if _TRANSFORM in said else []
        rectangles += [_of_box(said)] if _BOX in said else []
    except (KeyError, TypeError, ValueError):
        return None
    if not crs or not rectangles:
        return None
    (first, pixel), *others = rectangles
    agreed = all(
        abs(one - other) <= pixel
        for bounds, _ in others
        for one, other in zip(first, bounds, strict=True)
    )
    return Extent(crs, first) if agreed else None


_Rectangle = tuple[tuple[float, float, float, float], float]
"""Bounds, and how far they can be trusted: a pixel."""


def _of_lattice(said: Mapping[str, Any]) -> _Rectangle:
    height, width = (int(size) for size in said[_SHAPE])
    transform = Affine(*(float(number) for number in said[_TRANSFORM][:6]))
    if min(height, width) < 1:
        raise ValueError("no pixels")
    grid = Grid.from_transform("", transform, width, height)
    return grid.bounds, max(grid.pixel)


def _of_box(said: Mapping[str, Any]) -> _Rectangle:
    left, bottom, right, top = (float(number) for number in said[_BOX])
    if left >= right or bottom >= top:
        raise ValueError("no box")
    return (left, bottom, right, top), 0.0


def _crs(said: Mapping[str, Any]) -> str:
    """What is said of the CRS, in a form that pyproj reads; "" where that is nothing."""
    code = said.get("proj:code") or said.get("proj:epsg") or said.get("proj:wkt2") or ""
    name = f"EPSG:{code}" if isinstance(code, int) else str(code)
    return name if _is_known(name) else ""


@cache
def _is_known(crs: str) -> bool:
    try:
        CRS.from_user_input(crs)
    except CRSError:
        return False
    return True
