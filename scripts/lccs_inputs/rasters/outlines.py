"""Outlines of areas as users give them: a box in degrees, or the polygons of a vector file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shapely import (
    MultiPolygon,
    Polygon,
    box,
    is_valid,
    is_valid_reason,
    make_valid,
    segmentize,
    union_all,
)
from shapely.geometry.base import BaseGeometry

from lccs_inputs.errors import AreaError
from lccs_inputs.rasters.lonlat import LONLAT, is_box, unwrapped_east, wrapped
from lccs_inputs.rasters.projecting import is_of_the_earth
from lccs_inputs.words import listed, unknown

if TYPE_CHECKING:  # slow to import, and needed for vector files only
    from geopandas import GeoDataFrame

SIDES = 200
"""Segments per side of a box before reprojection: its edges are curved on the grid."""
_SHORTEST_SIDE = 1e-9  # degrees: a tenth of a millimetre


@dataclass(frozen=True)
class Outline:
    """What an area is, in the CRS it was given in.

    Attributes:
        key: of the config, for messages: "areas.mine.file".
        geometry: a valid (multi)polygon.
        notes: what its owner should know of how it was read, a sentence each.
    """

    key: str
    geometry: BaseGeometry
    crs: str
    notes: tuple[str, ...] = ()


def outline_of_box(key: str, bbox: Sequence[float]) -> Outline:
    """The box of west, south, east, north (degrees, EPSG:4326); see `lonlat.is_box`.

    Raises:
        AreaError: the numbers are no such box.
    """
    if not is_box(bbox):
        raise AreaError(f"{key}: {list(bbox)} is not west, south, east, north in degrees")
    west, south, east, north = bbox
    east = unwrapped_east(west, east)
    if (longest := max(east - west, north - south)) < _SHORTEST_SIDE:
        raise AreaError(f"{key}: {list(bbox)} encloses no ground")
    sides = segmentize(box(west, south, east, north), longest / SIDES)
    return Outline(key, sides, LONLAT)


def outline_of_file(
    key: str, path: Path, layer: str | None = None, where: str | None = None
) -> Outline:
    """The union of the polygons of a vector file geopandas reads (any CRS, parts, holes).

    Args:
        layer: by default the only one that has geometries.
        where: a condition of SQL on the fields; by default every feature.

    Raises:
        AreaError: the file cannot be read so, or holds no outline.
    """
    frame = _frame(key, path, layer, where)
    if not is_of_the_earth(frame.crs):
        raise AreaError(
            f"{key}: {path} does not say its CRS, or has one of no place on the ground; assign "
            "one, then run again"
        )
    shapes = [shape for shape in frame.geometry if shape is not None and not shape.is_empty]
    merged = union_all([polygons_of(shape) for shape in shapes])
    if merged.is_empty:
        picked = f" in what {key.removesuffix('file')}where picks ({where})" if where else ""
        raise AreaError(f"{key}: {path} holds no polygon with an area{picked}")
    if frame.crs.is_geographic:
        merged = wrapped(merged)
    return Outline(key, merged, frame.crs.to_wkt(), tuple(_repairs(key, path, shapes)))


def polygons_of(geometry: BaseGeometry) -> BaseGeometry:
    """The ground within the rings of a geometry, however they cross; lines and points left out.

    Parts that overlap are united. GEOS by itself takes what two of them cover for a hole.
    """
    if not geometry.is_valid:
        geometry = make_valid(geometry, method="structure", keep_collapsed=False)
    parts = getattr(geometry, "geoms", [geometry])
    return union_all([part for part in parts if isinstance(part, Polygon | MultiPolygon)])


def _repairs(key: str, path: Path, shapes: Sequence[BaseGeometry]) -> list[str]:
    faulty = [shape for shape in shapes if not is_valid(shape)]
    if not faulty:
        return []
    return [
        f"{key}: {len(faulty)} of the {len(shapes)} shapes of {path} crossed or overlapped "
        f"themselves ({is_valid_reason(faulty[0])}) and were repaired: all that their rings "
        "enclose is the area"
    ]


def _frame(key: str, path: Path, layer: str | None, where: str | None) -> "GeoDataFrame":
    import geopandas  # noqa: PLC0415 - slow, and needed for vector files only

    from lccs_inputs.rasters.vectors import only_vectors  # noqa: PLC0415 - likewise

    only_vectors()
    try:
        layer = _layer(key, path, layer)
        frame = geopandas.read_file(path, layer=layer)
    except AreaError:
        raise
    except Exception as error:
        reason = str(error).split(";")[0]  # after it, GDAL advises on its own options
        raise AreaError(f"{key}: {path} cannot be read as a vector file ({reason})") from error
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise AreaError(f"{key}: {path} is a table without geometries")
    if where is None:
        return frame
    try:
        picked: GeoDataFrame = geopandas.read_file(path, layer=layer, where=where)
    except Exception as error:
        fields = listed([str(name) for name in frame.columns if name != frame.geometry.name])
        raise AreaError(
            f"{key.removesuffix('file')}where: {where} is no condition on the fields of {path} "
            f"({fields}); write it as NAME = 'text' or NAME > 1"
        ) from error
    return picked


def _layer(key: str, path: Path, layer: str | None) -> str | None:
    """The layer to read; what has no geometries, such as the styles of QGIS, does not count."""
    import geopandas  # noqa: PLC0415 - slow, and needed for vector files only

    found = geopandas.list_layers(path)
    names = [str(name) for name in found.name[found.geometry_type.notna()]]
    if layer is not None:
        if layer not in names:
            raise AreaError(f"{key}: {unknown(layer, f'a layer of {path}', names)}")
        return layer
    if len(names) > 1:
        raise AreaError(
            f"{key}: {path} has several layers ({listed(names)}); name the one that is the area "
            f"in {key.removesuffix('file')}layer"
        )
    return names[0] if names else None
