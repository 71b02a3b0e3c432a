"""Algorithms of dates, which are UTC."""

import calendar
from datetime import UTC, datetime, timedelta
from typing import Any

from standins.earthengine.elements import Date, DateRange
from standins.earthengine.registry import function, milliseconds

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


@function("Date")
def _date(value: Any, _: Any) -> Date:
    return Date(milliseconds(value))


@function("DateRange")
def _date_range(start: Any, end: Any, _: Any) -> DateRange:
    first = milliseconds(start)
    return DateRange(first, first + 1 if end is None else milliseconds(end))


@function("Date.millis")
def _millis(date: Date) -> int:
    return date.milliseconds


@function("Date.fromYMD")
def _from_ymd(year: int, month: int, day: int, _: Any) -> Date:
    return Date(milliseconds(f"{int(year):04d}-{int(month):02d}-{int(day):02d}"))


def moment_of(date: Any) -> datetime:
    """A date, or milliseconds since 1970, as Python has it."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds(date))


@function("Date.advance")
def _advance(date: Date, delta: float, unit: str, _: Any) -> Date:
    unit = unit.rstrip("s")
    if unit in _UNITS:
        return Date(date.milliseconds + round(delta * _UNITS[unit] * 1000))
    moment = moment_of(date)
    months = moment.year * 12 + moment.month - 1 + round(delta * (12 if unit == "year" else 1))
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return Date(milliseconds(moment.replace(year=year, month=month + 1, day=day).isoformat()))


@function("Date.difference")
def _difference(date: Date, start: Date, unit: str) -> float:
    unit = unit.rstrip("s")
    seconds = (date.milliseconds - start.milliseconds) / 1000
    return seconds / {**_UNITS, "month": 2629746, "year": 31556952}[unit]


@function("Date.get")
def _get_of_date(date: Date, unit: str, _: Any) -> int:
    moment = moment_of(date)
    return int(moment.timetuple().tm_yday if unit == "dayOfYear" else getattr(moment, unit))


@function("Date.format")
def _format_date(date: Date, pattern: str | None, _: Any) -> str:
    moment = moment_of(date)
    if pattern is None:
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    for name, code in (("YYYY", "%Y"), ("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"),
                       ("mm", "%M"), ("ss", "%S"), ("'T'", "T")):  # fmt: skip
        pattern = pattern.replace(name, code)
    return moment.strftime(pattern)
