"""Algorithms that make filters. What lacks the property that is compared is not kept."""

from collections.abc import Callable, Sequence
from typing import Any

from standins.earthengine.dates import moment_of
from standins.earthengine.elements import Date, Element, Filter
from standins.earthengine.registry import as_geometry, function, milliseconds


def _sides(
    left_field: str | None, right: Any, right_field: str | None, left: Any
) -> Callable[[Element], tuple[Any, Any]]:
    """What a filter compares of an element: a property or a value on each side."""

    def sides(element: Element) -> tuple[Any, Any]:
        one = left if left_field is None else _property(element, left_field)
        other = right if right_field is None else _property(element, right_field)
        return one, other

    return sides


def _property(element: Element, name: str) -> Any:
    if name in (".all", ".geo"):
        return element.geometry
    return element.properties.get(name)


def _comparison(compare: Callable[[Any, Any], bool]) -> Callable[..., Filter]:
    def make(left_field: Any, right: Any, right_field: Any, left: Any, *_: Any) -> Filter:
        sides = _sides(left_field, right, right_field, left)

        def accepts(element: Element) -> bool:
            one, other = (_plain(side) for side in sides(element))
            return one is not None and other is not None and bool(compare(one, other))

        return Filter(accepts)

    return make


def _plain(value: Any) -> Any:
    return value.milliseconds if isinstance(value, Date) else value


def _in_dates(dates: Any, moment: Any) -> bool:
    return bool(dates.start <= milliseconds(moment) < dates.end)


for _name, _compare in {
    "equals": lambda x, y: x == y,
    "notEquals": lambda x, y: x != y,
    "lessThan": lambda x, y: x < y,
    "lessThanOrEquals": lambda x, y: x <= y,
    "greaterThan": lambda x, y: x > y,
    "greaterThanOrEquals": lambda x, y: x >= y,
    "listContains": lambda values, value: value in values,
    "stringContains": lambda text, part: part in text,
    "stringStartsWith": lambda text, part: text.startswith(part),
    "stringEndsWith": lambda text, part: text.endswith(part),
    "dateRangeContains": _in_dates,
    "intersects": lambda x, y: _shape(x).intersects(_shape(y)),
    "contains": lambda x, y: _shape(x).contains(_shape(y)),
    "isContained": lambda x, y: _shape(y).contains(_shape(x)),
    "disjoint": lambda x, y: _shape(x).disjoint(_shape(y)),
}.items():
    function(f"Filter.{_name}")(_comparison(_compare))


def _shape(value: Any) -> Any:
    return as_geometry(value).lonlat


@function("Filter.rangeContains")
def _range_contains(name: str, low: Any, high: Any) -> Filter:
    def accepts(element: Element) -> bool:
        value = element.properties.get(name)
        return value is not None and bool(low <= value <= high)

    return Filter(accepts)


@function("Filter.calendarRange")
def _calendar_range(start: int, end: int, unit: str) -> Filter:
    """Both ends included, UTC; wraps around the year where it starts after it ends."""
    names = {"day_of_year": "tm_yday", "month": "tm_mon", "year": "tm_year", "hour": "tm_hour",
             "day_of_month": "tm_mday"}  # fmt: skip

    def accepts(element: Element) -> bool:
        time = element.properties.get("system:time_start")
        if time is None:
            return False
        value = getattr(moment_of(time).timetuple(), names[unit])
        return start <= value <= end if start <= end else value >= start or value <= end

    return Filter(accepts)


@function("Filter.and")
def _and(filters: Sequence[Filter]) -> Filter:
    return Filter(lambda element: all(each.accepts(element) for each in filters))


@function("Filter.or")
def _or(filters: Sequence[Filter]) -> Filter:
    return Filter(lambda element: any(each.accepts(element) for each in filters))


@function("Filter.not")
def _not(inner: Filter) -> Filter:
    return Filter(lambda element: not inner.accepts(element))


@function("Filter.notNull")
def _not_null(names: Sequence[str]) -> Filter:
    return Filter(lambda e: all(e.properties.get(name) is not None for name in names))


@function("Filter.always")
def _always() -> Filter:
    return Filter(lambda _: True)


@function("Filter.never")
def _never() -> Filter:
    return Filter(lambda _: False)
