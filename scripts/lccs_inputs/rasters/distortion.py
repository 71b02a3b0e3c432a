"""How far the pixels of a CRS are from the ground they stand for, measured where an area lies.

The box in degrees that a CRS is said to be made for tells little: Switzerland reaches out of that
of EPSG:2154 and is shown well. Lengths on the ground are geodesics, so any projected CRS will do.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Geod, Proj
from pyproj.exceptions import CRSError
from shapely import contains_xy, get_coordinates, prepare, segmentize
from shapely.geometry.base import BaseGeometry

AREA_WARNED = 1e-3
"""From this share of area on, a CRS is warned of."""

_SIDES = 24  # measured along the longer side of an area
_MOST = 2000  # points of an outline that are measured
_STEP = 100.0  # m of ground; a projection is a plane over so little
_BROKEN = 100  # times; beyond it, a CRS does not show a place at all
_STRETCH = 5
"""How many times the error of a pixel's side its longer or shorter direction may be off.

A CRS of equal areas pays for them with shapes: EPSG:3035 is off by 4 % over the Canaries.
"""


@dataclass(frozen=True)
class Distortion:
    """What a CRS does to a place.

    Attributes:
        area: area in the CRS over area on the ground, where that is furthest from 1.
        longest: length in the CRS over length on the ground, in the direction and at the place
            where the two directions of a pixel, longest and shortest, are most off.
        shortest: likewise.
        at: longitude and latitude of that place, degrees.
    """

    area: float
    longest: float
    shortest: float
    at: tuple[float, float]

    @property
    def error(self) -> float:
        """By how much lengths are off, as a share: those of a pixel's side, whatever its shape.

        A stretch that leaves the area of a pixel as it is counts for a fifth.
        """
        side, stretch = self.area**0.5, max(self.longest, 1 / self.shortest)
        return float(max(abs(side - 1), 1 / side - 1, (stretch - 1) / _STRETCH))


def distortion(lon: NDArray[np.float64], lat: NDArray[np.float64], crs: str) -> Distortion:
    """Measure a CRS at points given in degrees.

    Raises:
        ValueError: a point cannot be shown in it.
    """
    known = CRS.from_user_input(crs)
    lengths = _lengths(lon, lat, *_instruments(known))
    if not ((lengths > 1 / _BROKEN) & (lengths < _BROKEN)).all():
        raise ValueError(f"{known.name} does not reach it")
    areas = lengths.prod(-1)
    off = np.maximum(np.abs(np.log(lengths)).max(-1), np.abs(np.log(areas)))
    worst = int(off.argmax())
    return Distortion(
        float(areas[np.abs(np.log(areas)).argmax()]),
        float(lengths[worst, 0]),
        float(lengths[worst, 1]),
        (float(lon[worst]), float(lat[worst])),
    )


def area_scales(x: NDArray[np.float64], y: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """Area in a CRS over area on the ground, at each of some points of the CRS; NaN beyond it.

    Raises:
        ValueError: the CRS is on no ellipsoid.
    """
    geod, project = _instruments(CRS.from_user_input(crs))
    lon, lat = project(x, y, inverse=True)
    scales: NDArray[np.float64] = _lengths(lon, lat, geod, project).prod(-1)
    return scales


def _instruments(crs: CRS) -> tuple[Geod, Proj]:
    """What measures lengths on the ground, and what projects.

    Raises:
        ValueError: there is none.
    """
    try:
        geod, project = crs.get_geod(), Proj(crs)
    except CRSError as error:
        raise ValueError(f"{crs.name} cannot be measured ({error})") from error
    if geod is None:
        raise ValueError(f"{crs.name} is on no ellipsoid")
    return geod, project


def _lengths(
    lon: NDArray[np.float64], lat: NDArray[np.float64], geod: Geod, project: Proj
) -> NDArray[np.float64]:
    """Longest and shortest length in a CRS of one on the ground, n × 2; NaN beyond the CRS."""
    sides = []
    for azimuth in (90.0, 0.0):
        ends = [
            np.stack(project(*geod.fwd(lon, lat, np.full_like(lon, azimuth), step)[:2]), -1)
            for step in (np.full_like(lon, _STEP / 2), np.full_like(lon, -_STEP / 2))
        ]
        with np.errstate(invalid="ignore"):
            sides.append((ends[0] - ends[1]) / _STEP)
    shape = np.stack(sides, -1)
    lengths = np.full(shape.shape[:2], np.nan)
    shown = np.isfinite(shape).all((1, 2))
    lengths[shown] = np.linalg.svd(shape[shown], compute_uv=False)
    return lengths


def points_of(geometry: BaseGeometry) -> NDArray[np.float64]:
    """Points along the outline of a geometry and within it, n × (x, y)."""
    west, south, east, north = geometry.bounds
    side = max(east - west, north - south) / _SIDES
    outline = get_coordinates(segmentize(geometry, side))
    outline = outline[:: 1 + len(outline) // _MOST]
    columns, rows = (
        np.linspace(low, high, _SIDES + 1) for low, high in ((west, east), (south, north))
    )
    x, y = (each.ravel() for each in np.meshgrid(columns, rows))
    prepare(geometry)
    within = contains_xy(geometry, x, y)
    return np.vstack([outline, np.column_stack([x[within], y[within]])])


def better_crs(
    lon: NDArray[np.float64], lat: NDArray[np.float64], off_max: float = AREA_WARNED
) -> str | None:
    """A CRS that shows points, in degrees, as they are: the local UTM zone, else equal areas.

    Args:
        off_max: by how much areas may be off, as a share; at its edge on the equator, a UTM zone
            makes them 2 ‰ too large.

    Returns:
        None where they lie around half the world, which no plane shows.
    """
    for crs in _candidates(lon, lat):
        try:
            measured = distortion(lon, lat, crs)
        except ValueError:
            continue
        if abs(measured.area - 1) <= off_max:
            return crs
    return None


def _candidates(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Iterator[str]:
    turns = np.exp(1j * np.radians(lon)).mean()  # a mean of longitudes, across 180 degrees too
    middle, height = float(np.degrees(np.angle(turns))), float(lat.mean())
    if lat.min() >= -80 and lat.max() <= 84:
        zone = min(int((middle + 180) // 6) + 1, 60)
        yield f"EPSG:{(32600 if height >= 0 else 32700) + zone}"
    yield f"+proj=laea +lat_0={height:.0f} +lon_0={middle:.0f} +datum=WGS84 +units=m"
