"""What all observations of a pixel come to, of numbers and conditions over their bands.

Observations are rows of keys, as `observations` reads them. What is not there is NaN while
expressions are evaluated; an index becomes a key again, in stored steps, for `order_statistics`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.expressions.evaluation import COMPARE, NUMERIC
from lccs_inputs.facts.sensors import FIRST, LAST, LONGEST, MONTHS, REFLECTANCE_SCALE, SHARE
from lccs_inputs.imagery.composite.observations import Encoding
from lccs_inputs.imagery.composite.order_statistics import Floats, Keys, summarise
from lccs_inputs.imagery.observables import Evaluation, Observable, month_of, together

ZERO = 32768
"""Key of an index that is 0."""
_LARGEST = 32767
_SHARES = round(1 / REFLECTANCE_SCALE)

Values = NDArray[Any]
Valid = NDArray[np.bool_]


def over_observations(
    found: Sequence[Observable],
    rows: Mapping[str, Mapping[int, Keys]],
    days: Sequence[date],
    encoding: Encoding,
    steps: int,
    pixels: int,
) -> dict[str, Floats]:
    """Bands of some pixels, as stored numbers that are not rounded yet; NaN is nodata.

    Args:
        rows: band → number of an observation → keys, shape (pixels,); of all bands that are needed.
        days: of each observation, by its number.
        steps: how many stored steps make one unit.
    """
    groups = [(group, _states(group, pixels)) for group in together(found)]
    with np.errstate(all="ignore"):
        for at in sorted({at for row in rows.values() for at in row}):
            keys = {band: row[at] for band, row in rows.items() if at in row and row[at].max()}
            evaluation = Evaluation[Values](_Numbers(keys, encoding, steps))
            for group, state in groups:
                if keys.keys().isdisjoint(group[0].bands):
                    continue  # nothing was seen of it here
                argument = group[0].argument
                if isinstance(state, _Held):
                    state.add(*evaluation.condition(argument), days[at])
                else:
                    state.append(_as_keys(evaluation.number(argument), pixels))
        return {name: values for each in groups for name, values in _results(*each, pixels)}


def _states(group: Sequence[Observable], pixels: int) -> "_Held | list[Keys]":
    if group[0].is_statistic:
        return []
    return _Held([each.function for each in group], pixels)


def _results(
    group: Sequence[Observable], state: "_Held | list[Keys]", pixels: int
) -> list[tuple[str, Floats]]:
    if isinstance(state, _Held):
        return [(each.band, state.result(each.function)) for each in group]
    values = summarise(state, [each.function for each in group], pixels)
    return [
        (each.band, row if each.function == "stddev" else row - ZERO)
        for each, row in zip(group, values, strict=True)
    ]


def _as_keys(values: NDArray[Any], pixels: int) -> Keys:
    """Stored steps as keys: rounded half to even, clipped to what int16 holds; 0 for NaN."""
    keys = np.rint(values)
    keys.clip(-_LARGEST, _LARGEST, out=keys)
    keys += ZERO
    np.fmax(keys, 0, out=keys)
    return np.broadcast_to(keys.astype(np.uint16), (pixels,))


class _Numbers:
    """The bands of one observation, as `observables.Algebra` computes with them."""

    def __init__(self, keys: Mapping[str, Keys], encoding: Encoding, steps: int) -> None:
        self._keys, self._encoding, self._steps = keys, encoding, steps
        self._stored: dict[str, Values] = {}

    def band(self, name: str, *, stored: bool) -> Values:
        if name not in self._stored:
            there = name in self._keys
            self._stored[name] = self._numbers(self._keys[name]) if there else np.array(np.nan)
        numbers = self._stored[name]
        return numbers if stored else numbers / self._steps

    def _numbers(self, keys: Keys) -> Values:
        numbers = keys.astype(np.float64)
        if self._encoding.slope != 1:
            numbers *= self._encoding.slope
        numbers += self._encoding.zero
        numbers[keys == 0] = np.nan
        return numbers

    def constant(self, value: float) -> Values:
        return np.array(value)

    def numeric(self, operator: str, operands: Sequence[Values]) -> Values:
        function, (first, *rest) = NUMERIC[operator], operands
        result = np.asarray(reduce(function, rest, first) if rest else function(first))
        if operator in ("/", "**") and (infinite := np.isinf(result)).any():
            np.copyto(result, np.nan, where=infinite)
        return result

    def compare(self, operator: str, left: Values, right: Values) -> Values:
        if operator == "!=":  # which holds of NaN
            return (left < right) | (left > right)
        holds: Values = COMPARE[operator](left, right)
        return holds

    def all(self, known: Sequence[Values]) -> Values:
        return reduce(np.logical_and, known)

    def any(self, known: Sequence[Values]) -> Values:
        return reduce(np.logical_or, known)


class _Held:
    """In which observations a condition is known, and in which it holds."""

    def __init__(self, functions: Sequence[str], pixels: int) -> None:
        self._monthly, self._daily = {MONTHS, LONGEST} & {*functions}, {FIRST, LAST} & {*functions}
        self._seen, self._held = np.zeros(pixels, np.uint16), np.zeros(pixels, np.uint16)
        self._months: dict[int, Valid] = {}
        self._first = np.full(pixels, date.max.toordinal())
        self._last = np.zeros(pixels, np.int64)

    def add(self, holds: Valid, fails: Valid, day: date) -> None:
        self._held += holds
        self._seen += holds
        self._seen += fails
        if self._monthly:
            month = self._months.setdefault(month_of(day), np.zeros(self._seen.shape, bool))
            month |= holds
        if self._daily:
            np.minimum(self._first, day.toordinal(), out=self._first, where=holds)
            np.maximum(self._last, day.toordinal(), out=self._last, where=holds)

    def result(self, function: str) -> Floats:
        results: Mapping[str, Callable[[], NDArray[Any]]] = {
            SHARE: lambda: self._held.astype(np.float64) * _SHARES / self._seen,
            MONTHS: lambda: self._count(list(self._months.values())),
            LONGEST: self._longest,
            FIRST: lambda: _days_of_year(self._first),
            LAST: lambda: _days_of_year(self._last),
        }
        known = self._held if function in (FIRST, LAST) else self._seen
        return np.where(known > 0, results[function](), np.nan)

    def _count(self, months: Sequence[Valid]) -> NDArray[Any]:
        count = np.zeros(self._seen.shape, np.int16)
        for month in months:
            count += month
        return count

    def _longest(self) -> NDArray[Any]:
        longest, run = np.zeros(self._seen.shape, np.int16), np.zeros(self._seen.shape, np.int16)
        for month in range(min(self._months, default=0), max(self._months, default=-1) + 1):
            run = (run + 1) * self._months.get(month, np.False_)
            np.maximum(longest, run, out=longest)
        return longest


def _days_of_year(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Day of the year, from 1, of days since the beginning of the calendar."""
    ordinals, places = np.unique(days, return_inverse=True)
    of_year = [date.fromordinal(max(int(day), 1)).timetuple().tm_yday for day in ordinals]
    return np.array(of_year, np.int64)[places]
