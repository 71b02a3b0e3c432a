"""The table of algorithms the stand-in knows, and how their arguments are promoted.

An implementation takes its arguments in the order of Earth Engine's own list of algorithms, those
not given as the list's default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import numpy as np
from affine import Affine
from shapely import union_all

from standins.earthengine.elements import (
    Collection,
    Date,
    EarthEngineError,
    Feature,
    Function,
    Geometry,
    Image,
    crs_name,
)
from standins.earthengine.graph import Node, check_call, signatures
from standins.earthengine.pixels import COMPOSITE, Band, Pixels, Projection, Target

Implementation = Callable[..., Any]
Registered = TypeVar("Registered", bound=Implementation)


class Assets(Protocol):
    """Where images, collections and tables are loaded from."""

    def image(self, name: str) -> Image: ...
    def collection(self, name: str) -> Collection: ...
    def table(self, name: str) -> Collection: ...


@dataclass
class Library:
    """Evaluates calls, given the assets of one service.

    Attributes:
        missing: algorithms asked for that the stand-in does not know.
        profiles: text of each computation profile, by its id.
    """

    assets: Assets
    missing: list[str]
    profiles: Mapping[str, str]

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Evaluate one call.

        Raises:
            EarthEngineError: the stand-in does not know the algorithm, or it refuses.
        """
        signature = check_call(name, arguments)
        implementation, needs_library = _FUNCTIONS.get(name, (None, False))
        if implementation is None:
            self.missing.append(name)
            raise EarthEngineError(f"the stand-in does not implement {name}")
        values = [
            self.promote(_given(entry, arguments), entry["type"])
            for entry in signature.get("arguments", [])
        ]
        return implementation(self, *values) if needs_library else implementation(*values)

    def promote(self, value: Any, kind: str) -> Any:  # noqa: PLR0911 - one per type
        """A value as an argument of a type."""
        if value is None:
            return None
        if kind.startswith("Image<"):
            return as_image(value)
        if kind in ("ImageCollection", "FeatureCollection"):
            return as_collection(value)
        if kind == "Geometry":
            return as_geometry(value)
        if kind == "Projection" and not isinstance(value, Projection):
            return Projection(crs_name(value), Affine(1, 0, 0, 0, 1, 0))
        if kind == "Date":
            return Date(milliseconds(value))
        if kind == "Algorithm" and isinstance(value, str):
            return self.function(value)
        if kind == "Array" and isinstance(value, list):
            return np.array(value)
        return value

    def function(self, name: str) -> Function:
        """A built-in algorithm as a value, as `map(ee.Image.abs)` passes it."""
        signature = signatures().get(name)
        if signature is None:
            raise EarthEngineError(f"Unknown algorithm '{name}'.")
        names = tuple(entry["argumentName"] for entry in signature.get("arguments", []))
        return Function(names, lambda **arguments: self.call(name, arguments))


def _given(entry: Node, arguments: Mapping[str, Any]) -> Any:
    value = arguments.get(entry["argumentName"])
    return entry.get("defaultValue") if value is None else value


_FUNCTIONS: dict[str, tuple[Implementation, bool]] = {}


def function(*names: str, library: bool = False) -> Callable[[Registered], Registered]:
    """Register an implementation under the names of one or more algorithms.

    Args:
        library: the implementation also takes the library, first.
    """

    def register(implementation: Registered) -> Registered:
        for name in names:
            if name not in signatures():
                raise KeyError(f"{name} is no Earth Engine algorithm")
            _FUNCTIONS[name] = implementation, library
        return implementation

    return register


def known() -> list[str]:
    """Every algorithm the stand-in implements."""
    return sorted(_FUNCTIONS)


def as_image(value: Any) -> Image:
    """An image; numbers become constant ones, lists of numbers one band each."""
    if isinstance(value, Image):
        return value
    if isinstance(value, bool | int | float | np.number):
        return constant([value])
    if isinstance(value, list) and all(isinstance(item, int | float) for item in value):
        return constant(value)
    raise EarthEngineError(f"Cannot read a {type(value).__name__} as an Image.")


def constant(values: list[Any]) -> Image:
    names = ["constant"] if len(values) == 1 else [f"constant_{i}" for i in range(len(values))]
    return Image(tuple(map(_constant_band, names, values)))


def _constant_band(name: str, value: Any) -> Band:
    dtype = np.dtype(np.float64 if isinstance(value, float | np.floating) else _smallest(value))

    def compute(target: Target) -> Pixels:
        return Pixels(np.full(target.shape, value, dtype), np.ones(target.shape, bool))

    return Band(name, dtype, COMPOSITE, compute)


def _smallest(value: int) -> type[np.integer[Any]]:
    kinds = (np.uint8, np.int8, np.uint16, np.int16, np.int32)
    fitting = (kind for kind in kinds if np.iinfo(kind).min <= value <= np.iinfo(kind).max)
    return next(fitting, np.int64)


def as_collection(value: Any) -> Collection:
    if isinstance(value, Collection):
        return value
    if isinstance(value, Image | Feature):
        return Collection((value,), of_images=isinstance(value, Image))
    if isinstance(value, list):
        return Collection(tuple(value), of_images=any(isinstance(item, Image) for item in value))
    raise EarthEngineError(f"Cannot read a {type(value).__name__} as a collection.")


def as_geometry(value: Any) -> Geometry:
    match value:
        case Geometry():
            return value
        case Feature() | Image() if value.geometry is not None:
            return value.geometry
        case Collection():
            shapes = [as_geometry(element).lonlat for element in value.elements]
            return Geometry(union_all(shapes))
    raise EarthEngineError(f"A {type(value).__name__} without geometry was given for a Geometry.")


def milliseconds(value: Any) -> int:
    """Since 1970, UTC, of a date, a number, or ISO text (UTC where it does not say)."""
    if isinstance(value, Date):
        return value.milliseconds
    if isinstance(value, int | float):
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise EarthEngineError(f"Cannot read {value!r} as a Date.") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
