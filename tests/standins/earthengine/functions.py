"""Algorithms of plain values: numbers, text, lists, dictionaries, and properties of elements."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from standins.earthengine.elements import (
    Array,
    Collection,
    EarthEngineError,
    Element,
    Feature,
    Filter,
    Function,
    Geometry,
)
from standins.earthengine.reducers import Reducer, reduce_values
from standins.earthengine.registry import Library, as_geometry, function

_NUMBERS: Mapping[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y if y else 0,
    "mod": lambda x, y: math.fmod(x, y) if y else 0,
    "pow": lambda x, y: x**y,
    "min": min,
    "max": max,
    "eq": lambda x, y: int(x == y),
    "neq": lambda x, y: int(x != y),
    "lt": lambda x, y: int(x < y),
    "lte": lambda x, y: int(x <= y),
    "gt": lambda x, y: int(x > y),
    "gte": lambda x, y: int(x >= y),
    "and": lambda x, y: int(bool(x) and bool(y)),
    "or": lambda x, y: int(bool(x) or bool(y)),
    "bitwiseAnd": lambda x, y: int(x) & int(y),
    "leftShift": lambda x, y: int(x) << int(y),
    "not": lambda x: int(not x),
    "abs": abs,
    "round": lambda x: math.floor(x + 0.5),
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
    "log": math.log,
    "log10": math.log10,
    "exp": math.exp,
    "int": int,
    "toInt": int,
    "float": float,
    "toFloat": float,
    "double": float,
}
for _name, _compute in _NUMBERS.items():
    function(f"Number.{_name}")(_compute)


@function("Number.format")
def _format_number(value: float, pattern: str) -> str:
    return pattern % value


@function("Number.parse")
def _parse_number(text: str, *_: Any) -> float:
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number


@function("String")
def _string(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


_STRINGS: Mapping[str, Callable[..., Any]] = {
    "cat": lambda x, y: x + y,
    "length": len,
    "slice": lambda text, start, end: text[start:end],
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trim": str.strip,
    "compareTo": lambda x, y: (x > y) - (x < y),
}
for _name, _compute in _STRINGS.items():
    function(f"String.{_name}")(_compute)


@function("String.replace")
def _replace(text: str, pattern: str, by: str, flags: str) -> str:
    return re.sub(pattern, by, text, count=0 if "g" in (flags or "") else 1)


@function("String.split")
def _split(text: str, pattern: str, _: Any) -> list[str]:
    return re.split(pattern, text)


@function("If", library=True)
def _if(_: Library, condition: Any, yes: Any, no: Any) -> Any:
    return yes if condition else no


@function("IsEqual")
def _is_equal(left: Any, right: Any) -> bool:
    return bool(left == right)


@function("List.sequence")
def _sequence(start: float, end: float | None, step: float | None, count: int | None) -> list[Any]:
    if count is not None:
        last = end if end is not None else start + (step or 1) * (count - 1)
        return [float(value) for value in np.linspace(start, last, int(count))]
    assert end is not None
    step = step or 1
    return [start + i * step for i in range(math.floor((end - start) / step + 1e-9) + 1)]


@function("List.reduce")
def _reduce_list(values: list[Any], reducer: Reducer) -> Any:
    return reduce_values(reducer, [(value,) for value in values])


@function("List.map")
def _map_list(values: list[Any], mapped: Function, drop_nulls: bool) -> list[Any]:
    made = [mapped(value) for value in values]
    return [value for value in made if value is not None] if drop_nulls else made


@function("List.iterate")
def _iterate(values: list[Any], step: Function, first: Any) -> Any:
    for value in values:
        first = step(value, first)
    return first


@function("List.filter")
def _filter_list(values: list[Any], kept: Filter) -> list[Any]:
    return [v for v in values if kept.accepts(Feature(None, {"item": v}))]


@function("List.sort")
def _sort(values: list[Any], keys: list[Any] | None) -> list[Any]:
    if keys is None:
        return sorted(values)
    order = sorted(range(len(values)), key=lambda index: keys[index])
    return [values[index] for index in order]


@function("List.get", "List.getNumber", "List.getString", "List.getGeometry")
def _list_get(values: list[Any], index: int) -> Any:
    if not -len(values) <= index < len(values):
        raise EarthEngineError(f"List.get: index must be between 0 and {len(values)}.")
    return values[int(index)]


@function("List.frequency")
def _frequency(values: list[Any], value: Any) -> int:
    return values.count(value)


_LISTS: Mapping[str, Callable[..., Any]] = {
    "add": lambda values, value: [*values, value],
    "cat": lambda one, other: [*one, *other],
    "contains": lambda values, value: value in values,
    "distinct": lambda values: list(dict.fromkeys(values)),
    "indexOf": lambda values, value: values.index(value) if value in values else -1,
    "length": len,
    "size": len,
    "join": lambda values, by: (by or "").join(map(str, values)),
    "remove": lambda values, value: [v for i, v in enumerate(values) if i != values.index(value)],
    "removeAll": lambda values, others: [value for value in values if value not in others],
    "repeat": lambda value, count: [value] * int(count),
    "reverse": lambda values: values[::-1],
    "slice": lambda values, start, end, step: values[start:end:step],
    "zip": lambda one, other: [list(pair) for pair in zip(one, other, strict=False)],
    "flatten": lambda values: [
        item for value in values for item in (value if isinstance(value, list) else [value])
    ],
}
for _name, _compute in _LISTS.items():
    function(f"List.{_name}")(_compute)


@function("Dictionary")
def _dictionary(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return dict(zip(value[::2], value[1::2], strict=True))


@function("Dictionary.get", "Dictionary.getNumber", "Dictionary.getString")
def _dictionary_get(values: dict[str, Any], key: str, default: Any = None, *_: Any) -> Any:
    if key not in values and default is None:
        raise EarthEngineError(
            f"Dictionary.get: Dictionary does not contain key: '{key}'. Available keys: "
            f"{sorted(values)}."
        )
    return values.get(key, default)


_DICTIONARIES: Mapping[str, Callable[..., Any]] = {
    "set": lambda values, key, value: {**values, key: value},
    "combine": lambda one, other, overwrite: {**one, **other} if overwrite else {**other, **one},
    "contains": lambda values, key: key in values,
    "keys": sorted,
    "size": len,
    "values": lambda values, keys: [values[key] for key in (keys or sorted(values))],
    "fromLists": lambda keys, values: dict(zip(keys, values, strict=True)),
    "remove": lambda values, keys, _: {k: v for k, v in values.items() if k not in keys},
}
for _name, _compute in _DICTIONARIES.items():
    function(f"Dictionary.{_name}")(_compute)


@function("Dictionary.select")
def _select(values: dict[str, Any], keys: list[str], ignore: bool) -> dict[str, Any]:
    return {key: values[key] for key in keys if key in values or not ignore}


@function("Dictionary.map")
def _map_dictionary(values: dict[str, Any], mapped: Function) -> dict[str, Any]:
    return {key: mapped(key, value) for key, value in values.items()}


@function("Array")
def _array(values: Any, *_: Any) -> Array:
    return values if isinstance(values, Array) else Array(np.asarray(values))


@function("Feature")
def _feature(geometry: Any, properties: dict[str, Any] | None, _: Any) -> Any:
    if not isinstance(geometry, Geometry) and geometry is not None:
        return geometry if isinstance(geometry, Feature) else Feature(as_geometry(geometry))
    return Feature(geometry, properties or {})


@function("Element.get", "Element.getNumber", "Element.getString")
def _get(element: Element | Collection, name: str) -> Any:
    if isinstance(element, Collection):
        return None
    return element.properties.get(name)


@function("Element.set")
def _set(element: Element, key: str, value: Any) -> Element:
    return element.with_properties({**element.properties, key: value})


@function("Element.setMulti")
def _set_multi(element: Element, properties: dict[str, Any]) -> Element:
    return element.with_properties({**element.properties, **properties})


@function("Element.propertyNames")
def _property_names(element: Element) -> list[str]:
    return sorted(element.properties)


@function("Element.toDictionary")
def _to_dictionary(element: Element, names: list[str] | None) -> dict[str, Any]:
    properties = element.properties
    return {
        key: value
        for key, value in properties.items()
        if (key in names if names is not None else not key.startswith("system:"))
    }


@function("Profile.getProfiles", library=True)
def _profiles(library: Library, ids: list[str], *_: Any) -> str:
    return "\n".join(library.profiles[name] for name in ids)
