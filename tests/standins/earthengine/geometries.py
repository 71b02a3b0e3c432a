"""Algorithms of geometries and projections."""

from typing import Any

import numpy as np
from affine import Affine
from shapely import (
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
    intersection,
    union,
)
from shapely.affinity import affine_transform

from standins.earthengine.elements import Geometry, crs_name
from standins.earthengine.pixels import Projection
from standins.earthengine.registry import function


@function("Projection")
def _projection(crs: Any, transform: list[float] | None, _: Any) -> Projection:
    return Projection(crs_name(crs), Affine(*(transform or (1, 0, 0, 0, 1, 0))))


@function("Projection.crs")
def _crs(projection: Projection) -> str:
    return projection.crs


@function("Projection.nominalScale")
def _nominal_scale(projection: Projection) -> float:
    return projection.scale


@function("Projection.atScale")
def _at_scale(projection: Projection, metres: float) -> Projection:
    return projection.at_scale(metres)


def _geometry(shape: Any, crs: Projection | None) -> Geometry:
    """In the CRS, its coordinates counted in pixels of the projection where that has a scale."""
    if crs is None:
        return Geometry(shape)
    t = crs.transform
    return Geometry(affine_transform(shape, [t.a, t.b, t.d, t.e, t.c, t.f]), crs.crs)


@function("GeometryConstructors.Polygon")
def _polygon(rings: list[Any], crs: Any, *_: Any) -> Geometry:
    return _geometry(_rings(rings), crs)


def _rings(rings: list[Any]) -> Polygon:
    if rings and not isinstance(rings[0][0], list):
        rings = [rings]
    return Polygon(rings[0], rings[1:])


@function("GeometryConstructors.MultiPolygon")
def _multi_polygon(polygons: list[Any], crs: Any, *_: Any) -> Geometry:
    return _geometry(MultiPolygon([_rings(rings) for rings in polygons]), crs)


@function("GeometryConstructors.Rectangle")
def _rectangle(corners: list[Any], crs: Any, *_: Any) -> Geometry:
    flat = [value for corner in corners for value in np.ravel(corner)]
    return _geometry(box(*flat), crs)


@function("GeometryConstructors.BBox")
def _bbox(west: float, south: float, east: float, north: float) -> Geometry:
    return Geometry(box(west, south, east, north))


@function("GeometryConstructors.Point")
def _point(coordinates: list[float], crs: Any) -> Geometry:
    return _geometry(Point(coordinates), crs)


@function("GeometryConstructors.MultiPoint")
def _multi_point(coordinates: list[Any], crs: Any) -> Geometry:
    return _geometry(MultiPoint(coordinates), crs)


@function("GeometryConstructors.LineString")
def _line(coordinates: list[Any], crs: Any, *_: Any) -> Geometry:
    return _geometry(LineString(coordinates), crs)


@function("Geometry.bounds")
def _bounds(geometry: Geometry, _: Any, crs: Projection | None) -> Geometry:
    target = geometry.crs if crs is None else crs.crs
    return Geometry(box(*geometry.to(target).bounds), target)


@function("Geometry.transform")
def _transform(geometry: Geometry, crs: Projection, *_: Any) -> Geometry:
    return Geometry(geometry.to(crs.crs), crs.crs)


@function("Geometry.intersects")
def _intersects(one: Geometry, other: Geometry, *_: Any) -> bool:
    return bool(one.lonlat.intersects(other.lonlat))


@function("Geometry.intersection")
def _intersection(one: Geometry, other: Geometry, *_: Any) -> Geometry:
    return Geometry(intersection(one.lonlat, other.lonlat))


@function("Geometry.union")
def _union(one: Geometry, other: Geometry, *_: Any) -> Geometry:
    return Geometry(union(one.lonlat, other.lonlat))


@function("Geometry.coordinates")
def _coordinates(geometry: Geometry) -> Any:
    return geometry.shape.__geo_interface__["coordinates"]


@function("Geometry.type")
def _type(geometry: Geometry) -> str:
    return str(geometry.shape.geom_type)
