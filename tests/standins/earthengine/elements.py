"""What expressions evaluate to, beside plain JSON values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely import segmentize, transform
from shapely.geometry.base import BaseGeometry

from standins.earthengine.pixels import Band, Projection

LONLAT = "EPSG:4326"


class EarthEngineError(Exception):
    """What Earth Engine answers with an error; `status` is that of HTTP."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Geometry:
    """A shape in a CRS; edges are straight lines in it."""

    shape: BaseGeometry
    crs: str = LONLAT

    def to(self, crs: str) -> BaseGeometry:
        """The shape in another CRS, its edges densified first."""
        if self.crs == crs:
            return self.shape
        left, bottom, right, top = self.shape.bounds
        step = max(right - left, top - bottom) / 200
        dense = segmentize(self.shape, step) if step > 0 else self.shape
        transformer = Transformer.from_crs(self.crs, crs, always_xy=True)

        def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

        return transform(dense, move)

    @cached_property
    def lonlat(self) -> BaseGeometry:
        return self.to(LONLAT)


@dataclass(frozen=True, eq=False)
class Feature:
    """Properties and, perhaps, a geometry."""

    geometry: Geometry | None
    properties: Mapping[str, Any] = field(default_factory=dict)

    def with_properties(self, properties: Mapping[str, Any]) -> "Feature":
        return replace(self, properties=dict(properties))


@dataclass(frozen=True, eq=False)
class Image:
    """Bands on demand.

    Attributes:
        geometry: the footprint; None = everywhere.
        id: of the asset it was loaded from, else "".
    """

    bands: tuple[Band, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)
    geometry: Geometry | None = None
    id: str = ""

    def with_properties(self, properties: Mapping[str, Any]) -> "Image":
        return replace(self, properties=dict(properties))

    def with_bands(self, bands: Sequence[Band]) -> "Image":
        """The same image with other bands: keeps properties and footprint."""
        return replace(self, bands=tuple(bands))

    def computed(self, bands: Sequence[Band]) -> "Image":
        """The result of computing on it: keeps the footprint, loses the properties."""
        kept = {k: v for k, v in self.properties.items() if k == "system:index"}
        return Image(tuple(bands), kept, self.geometry)

    def names(self) -> list[str]:
        return [band.name for band in self.bands]


def overlap(first: Image, second: Image) -> Geometry | None:
    """Where both images are; None where neither has an end."""
    shapes = [image.geometry for image in (first, second) if image.geometry is not None]
    if len(shapes) < 2:
        return shapes[0] if shapes else None
    if shapes[0] is shapes[1]:
        return shapes[0]
    return Geometry(shapes[0].lonlat.intersection(shapes[1].lonlat))


Element = Feature | Image


@dataclass(frozen=True, eq=False)
class Collection:
    """A list of elements, of images or of features."""

    elements: tuple[Element, ...]
    id: str = ""
    of_images: bool = True

    def of(self, elements: Sequence[Element]) -> "Collection":
        return replace(self, elements=tuple(elements), id="")


@dataclass(frozen=True)
class Date:
    """Milliseconds since 1970, UTC."""

    milliseconds: int


@dataclass(frozen=True)
class DateRange:
    """Start included, end excluded, ms since 1970."""

    start: int
    end: int


@dataclass(frozen=True)
class Filter:
    """Whether an element is kept."""

    accepts: Callable[[Element], bool]


@dataclass(frozen=True)
class Function:
    """A function of an expression, or a built-in one passed by name.

    Attributes:
        names: of its arguments, in order.
    """

    names: tuple[str, ...]
    call: Callable[..., Any]

    def __call__(self, *values: Any) -> Any:
        return self.call(**dict(zip(self.names, values, strict=False)))


@dataclass(frozen=True)
class Array:
    """An n-dimensional array of numbers."""

    values: NDArray[Any]


def crs_name(value: Any) -> str:
    """The CRS in "EPSG:n", WKT, or a projection."""
    if isinstance(value, Projection):
        return value.crs
    code = CRS.from_user_input(value).to_epsg()
    return f"EPSG:{code}" if code else str(value)


def encode(value: Any) -> Any:  # noqa: PLR0911 - one per type
    """A value as `value:compute` answers it."""
    match value:
        case Image():
            return _image(value)
        case Collection():
            kind = "ImageCollection" if value.of_images else "FeatureCollection"
            features = [encode(element) for element in value.elements]
            return {"type": kind, "id": value.id, "features": features}
        case Feature():
            shape = value.geometry and encode(value.geometry)
            properties = {k: encode(v) for k, v in value.properties.items()}
            index = properties.pop("system:index", None)
            document = {"type": "Feature", "geometry": shape, "properties": properties}
            return document if index is None else document | {"id": index}
        case Geometry():
            return dict(value.lonlat.__geo_interface__)
        case Date():
            return {"type": "Date", "value": value.milliseconds}
        case DateRange():
            return {"type": "DateRange", "dates": [value.start, value.end]}
        case Projection():
            crs, t = value.crs, value.transform
            return {"type": "Projection", "crs": crs, "transform": [t.a, t.b, t.c, t.d, t.e, t.f]}
        case Array():
            return value.values.tolist()
        case list() | tuple():
            return [encode(item) for item in value]
        case dict():
            return {key: encode(item) for key, item in value.items()}
        case np.generic():
            return value.item()
    if value is None or isinstance(value, str | int | float):
        return value
    raise EarthEngineError(f"the stand-in cannot send a {type(value).__name__} to the client")


def _image(image: Image) -> dict[str, Any]:
    bands = []
    for band in image.bands:
        t = band.projection.transform
        entry = {
            "id": band.name,
            "data_type": data_type(band.dtype),
            "crs": band.projection.crs,
            "crs_transform": [t.a, t.b, t.c, t.d, t.e, t.f],
        }
        if band.native is not None:
            grid = band.native.facts[0]
            entry["dimensions"] = [grid.width, grid.height]
        bands.append(entry)
    properties = {key: encode(value) for key, value in image.properties.items()}
    document: dict[str, Any] = {"type": "Image", "bands": bands, "properties": properties}
    return document | ({"id": image.id} if image.id else {})


def data_type(dtype: np.dtype[Any]) -> dict[str, Any]:
    """A PixelType as Earth Engine describes it."""
    if dtype.kind == "f":
        return {"type": "PixelType", "precision": "float" if dtype.itemsize == 4 else "double"}
    limits = np.iinfo(dtype)
    return {
        "type": "PixelType",
        "precision": "int",
        "min": int(limits.min),
        "max": int(limits.max),
    }
