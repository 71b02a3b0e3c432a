"""Whether a CRS is made for an area, by what it does to the pixels there; and if not, why."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely import transform
from shapely.geometry.base import BaseGeometry

from lccs_inputs.errors import AreaError
from lccs_inputs.rasters.distortion import (
    AREA_WARNED,
    Distortion,
    better_crs,
    distortion,
    points_of,
)
from lccs_inputs.rasters.lonlat import LONLAT, is_box, parts
from lccs_inputs.rasters.outlines import Outline, outline_of_box

ERROR_MAX = 1.0
"""From this error on, percent of a pixel's side, a CRS is refused."""

_UTM_EDGE = 2.5e-3  # of area; whom a CRS is refused, a zone is shorter to write than equal areas
_LONG = 60  # letters: what is longer, as WKT is, goes by its name
_ORDERS = {
    "south, west, north, east": (1, 0, 3, 2),
    "west, east, south, north": (0, 2, 1, 3),
    "south, north, west, east": (2, 0, 3, 1),
}
"""Orders a box may be written in by mistake: where its west, south, east, north are."""


def check_fitness(
    outline: Outline, crs: str, resolution: float, error_max: float | None = None
) -> list[str]:
    """Measure what a CRS does to the ground of an area.

    Args:
        resolution: side of a pixel, m.
        error_max: percent of a pixel's side; by default `ERROR_MAX`.

    Returns:
        what its owner should know: a sentence where areas are off by more than `AREA_WARNED`.

    Raises:
        AreaError: it distorts the ground by more than `error_max`, or cannot show it; with the
            likely cause.
    """
    limit = ERROR_MAX if error_max is None else error_max
    try:
        lon, lat = degrees(outline.geometry, outline.crs)
        found = distortion(lon, lat, crs)
    except (CRSError, ProjError, ValueError) as error:
        raise AreaError(
            f"{outline.key}: cannot be projected to {_short(crs)} ({error}); "
            f"{_cause(outline, crs, limit)}"
        ) from error
    if found.error * 100 > limit:
        entry = outline.key.rpartition(".")[0]
        raise AreaError(
            f"{outline.key}: {_short(crs)} distorts it: {_pixel(found, resolution)}; "
            f"{_cause(outline, crs, limit)}, or raise {entry}.scale_error_max to take it as it is"
        )
    off = found.area - 1
    better = better_crs(lon, lat) if abs(off) > AREA_WARNED else None
    return [_note(outline.key, crs, off, better)] if better else []


def _note(key: str, crs: str, off: float, better: str) -> str:
    size = "large" if off > 0 else "small"
    return (
        f"{key}: {_short(crs)} distorts it a little, areas come out up to {abs(off) * 1000:.1f} ‰ "
        f"too {size}; where that matters, take grid.crs: {_named(better)}"
    )


def _pixel(found: Distortion, resolution: float) -> str:
    """What a pixel is on the ground where that is furthest from what it should be."""
    narrow, wide = resolution / found.longest, resolution / found.shortest
    (lon, lat), side = found.at, f"{narrow:.3g}"
    if f"{wide:.3g}" != side:
        side += f" × {wide:.3g}"
    east, north = "E" if lon >= 0 else "W", "N" if lat >= 0 else "S"
    place = f"{abs(lon):.1f}° {east}, {abs(lat):.1f}° {north}"
    return f"a pixel of {resolution:g} m is {side} m of ground at {place}"


def _cause(outline: Outline, crs: str, limit: float) -> str:
    """What may have gone wrong, and what to do."""
    west, south, east, north = bounds = outline.geometry.bounds
    in_degrees = west >= -180 and south >= -90 and east <= 180 and north <= 90
    if outline.key.endswith("bbox"):
        for order, box in _reordered(bounds):
            meant = outline_of_box(outline.key, box).geometry
            if _fits_better(meant, outline, crs, limit):
                return (
                    f"it seems to be in the order {order}: write "
                    f"[{', '.join(f'{side:.10g}' for side in box)}]"
                )
    elif CRS(outline.crs).is_geographic:
        if not in_degrees:
            return "its coordinates are not degrees, as it declares: assign the file its own CRS"
        turned = transform(outline.geometry, lambda points: points[:, ::-1])
        if _fits_better(turned, outline, crs, limit):
            return "its coordinates seem to be in the order latitude, longitude: swap them"
    elif in_degrees:
        return (
            f"its coordinates seem to be degrees, not the metres of {CRS(outline.crs).name}: "
            "assign the file its own CRS"
        )
    return f"choose a grid.crs made for it{_such_as(outline)}"


def _reordered(bounds: Sequence[float]) -> Iterator[tuple[str, list[float]]]:
    for order, places in _ORDERS.items():
        box = [bounds[place] for place in places]
        if is_box(box):
            yield order, box


def _fits_better(meant: BaseGeometry, outline: Outline, crs: str, limit: float) -> bool:
    """Whether a CRS shows a geometry well, and is made for that place rather than for the other."""
    try:
        fits = distortion(*degrees(meant, outline.crs), crs).error * 100 <= limit
    except (CRSError, ProjError, ValueError):
        return False
    use = CRS(crs).area_of_use
    if use is None:
        return fits
    made_for = parts(use.bounds)
    return fits and made_for.intersects(meant) and not made_for.covers(outline.geometry)


def _such_as(outline: Outline) -> str:
    try:
        better = better_crs(*degrees(outline.geometry, outline.crs), off_max=_UTM_EDGE)
    except (CRSError, ProjError):
        return ""
    return f", such as {_named(better)}" if better else ", or a smaller area"


def _named(crs: str) -> str:
    return f"{crs} ({CRS(crs).name})" if crs.startswith("EPSG") else f'"{crs}"'


def _short(crs: str) -> str:
    return crs if len(crs) <= _LONG else CRS(crs).name


def degrees(geometry: BaseGeometry, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of points of a geometry."""
    points = points_of(geometry)
    to_degrees = Transformer.from_crs(crs, LONLAT, always_xy=True)
    lon, lat = to_degrees.transform(points[:, 0], points[:, 1], errcheck=True)
    return np.asarray(lon), np.asarray(lat)
