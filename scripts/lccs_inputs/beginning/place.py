"""Where a first config is for: the area as it is given, a CRS that shows it, and its countries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from pydantic import ValidationError
from pyproj import CRS
from shapely import MultiPolygon, Polygon, STRtree, box
from shapely.geometry.base import BaseGeometry

from lccs_inputs.clms.image_area import native_grid
from lccs_inputs.config.sections.places import GridSettings
from lccs_inputs.errors import AreaError, SourceError
from lccs_inputs.facts.reach import countries
from lccs_inputs.files import expanded
from lccs_inputs.rasters.area import Area, resolve_area
from lccs_inputs.rasters.distortion import better_crs, distortion
from lccs_inputs.rasters.fitness import ERROR_MAX, degrees
from lccs_inputs.rasters.lonlat import LONLAT
from lccs_inputs.rasters.outlines import Outline
from lccs_inputs.rasters.resolving import outline_of

NAME = "mine"
"""What the area is called in the config."""
RESOLUTION, BLOCK = 10.0, 4096
PROJECTS_CRS = "EPSG:2154"
"""Taken wherever it is made for the place and shows it as well as a config has to."""

_SHARE = 0.03  # of the land of an area; the outlines of countries are no better
_NEAR = 1.0  # degrees: islands that the outlines leave out


@dataclass(frozen=True)
class Place:
    """An area, and what is known of it without a network.

    Attributes:
        entry: of the config.
        area: on a grid of 10 m.
        countries: in or around Europe, by code, "-" for one that no European map is made for; none
            elsewhere.
    """

    entry: Mapping[str, Any]
    area: Area
    countries: frozenset[str]

    @property
    def north(self) -> float:
        """The latitude of its middle, degrees."""
        _, south, _, north = self.area.bounds_lonlat()
        return (south + north) / 2

    @cached_property
    def fault_of_size(self) -> str:
        """Why the public image service does not give it; "" where it does."""
        try:
            native_grid(self.area, RESOLUTION)
        except SourceError as error:
            return str(error)
        return ""


def find_place(said: str, layer: str = "", where: str = "", crs: str = "") -> Place:
    """The place that a user names.

    Args:
        said: a vector file, or west, south, east and north in degrees.
        layer, where: of a file, as in the config.
        crs: "" for one that fits.

    Raises:
        AreaError: it cannot be read, or no CRS shows it well.
    """
    if said.startswith("projects/"):
        raise AreaError(
            f"AREA: {said} is an asset, whose outline is not known here; give a box or a file, and "
            "write the asset into the config afterwards"
        )
    entry = _entry(said, layer, where)
    try:
        chosen = _projected(crs) if crs else _fitting(outline_of(NAME, entry))
        area = resolve_area(NAME, entry, chosen, RESOLUTION, BLOCK)
    except AreaError as error:
        raise AreaError(_as_said(str(error))) from None
    return Place(entry, area, _countries(area.geometry_in(LONLAT)))


def _projected(crs: str) -> str:
    try:
        return GridSettings(crs=crs).crs
    except ValidationError as error:
        raise AreaError(f"CRS: {error.errors()[0]['msg']}") from None


def _as_said(message: str) -> str:
    """What is wrong with an area, without the keys of a config that is not there yet."""
    told = re.sub(rf"^areas\.{NAME}\.\w+", "AREA", message).replace("a grid.crs ", "a CRS ")
    return told.partition(f", or raise areas.{NAME}.")[0]


def _entry(said: str, layer: str, where: str) -> dict[str, Any]:
    numbers = re.split(r"[,\s]+", said.strip("[] "))
    try:
        sides = [float(number) for number in numbers]
    except ValueError:
        given = {"file": expanded(said), "layer": layer, "where": where}
        return {key: value for key, value in given.items() if value}
    if len(sides) != 4:
        raise AreaError(f"AREA: {said} is no box: write west,south,east,north in degrees")
    if layer or where:
        raise AreaError("LAYER, WHERE: go with a file as AREA; a box has none")
    return {"bbox": sides}


def _fitting(found: Outline) -> str:
    """The CRS of the project where it is made for the place; else the local UTM zone, or such."""
    lon, lat = degrees(found.geometry, found.crs)
    use = CRS(PROJECTS_CRS).area_of_use
    assert use is not None
    made_for = box(*use.bounds).contains(box(lon.min(), lat.min(), lon.max(), lat.max()))
    if made_for and distortion(lon, lat, PROJECTS_CRS).error * 100 <= ERROR_MAX:
        return PROJECTS_CRS
    better = better_crs(lon, lat)
    if better is None:
        raise AreaError("AREA: no one CRS shows all of it; choose a smaller area, or give CRS=")
    return better


def _countries(geometry: BaseGeometry) -> frozenset[str]:
    """Those that have a part of the land; at sea the nearest, if one is near."""
    names, shapes = zip(*_shapes().items(), strict=True)
    land = {
        name: shape.intersection(geometry).area
        for name, shape in zip(names, shapes, strict=True)
        if shape.intersects(geometry)
    }
    if land:
        return frozenset(name for name, part in land.items() if part >= _SHARE * sum(land.values()))
    near = STRtree(shapes).query_nearest(geometry, max_distance=_NEAR, all_matches=False)
    return frozenset(names[place] for place in near)


@cache
def _shapes() -> dict[str, BaseGeometry]:
    return {
        name: MultiPolygon([Polygon(ring) for ring in rings]).buffer(0)
        for name, rings in countries().items()
    }
