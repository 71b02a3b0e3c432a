"""What all observations of a pixel come to, as Earth Engine computes it.

The same steps as `imagery.composite.over_observations`. What is 0 after a division by 0 there, and
what has no root, is masked before anything is made of it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property, reduce
from typing import Any

import ee

from lccs_inputs.facts.sensors import (
    FIRST,
    LAST,
    LONGEST,
    MONTHS,
    REFLECTANCE_SCALE,
    SHARE,
)
from lccs_inputs.imagery.observables import Evaluation, Observable, month_of, together
from lccs_inputs.imagery.scenes import Scene, day_of

Image = Any
"""An `ee.Image`: the client makes its methods at run time, so they have no types."""

PROPERTIES = _MONTH, _DAY = "month", "day"
"""Of an observation; days are counted from the first."""

_LARGEST = 32767
_SHARES = round(1 / REFLECTANCE_SCALE)
_NUMERIC: Mapping[str, str] = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "pow", "min": "min",
    "max": "max", "abs": "abs", "sqrt": "sqrt",
}  # fmt: skip
_COMPARE: Mapping[str, str] = {
    "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "==": "eq", "!=": "neq",
}  # fmt: skip


class OverObservations:
    """Bands that come of all observations.

    Args:
        found: those that are asked for.
        steps: how many stored steps make one unit.
        passes: the scenes of each observation.
    """

    def __init__(
        self, found: Sequence[Observable], steps: int, passes: Sequence[Sequence[Scene]]
    ) -> None:
        self._groups, self._steps, self._passes = together(found), steps, passes

    @cached_property
    def _days(self) -> list[date]:
        return sorted(map(day_of, self._passes))

    @property
    def needs_days(self) -> bool:
        """Whether observations must say when they were made."""
        functions = {each.function for group in self._groups for each in group}
        return not functions.isdisjoint((MONTHS, LONGEST, FIRST, LAST))

    def dated(self, image: Image, scenes: Sequence[Scene]) -> Image:
        """An image that says when its observation was made."""
        day = day_of(scenes)
        return image.set({_MONTH: month_of(day), _DAY: (day - self._days[0]).days})

    def observed(self, stored: Callable[[str], Image], image: Image) -> list[Image]:
        """What each expression is at one observation, a band each.

        Args:
            stored: the values of a band as they are stored, masked where there is none.
            image: says when the observation was made.
        """
        evaluation, bands = Evaluation(_Images(stored, self._steps)), []
        for at, (first, *_) in enumerate(self._groups):
            if first.is_statistic:
                steps = rounded(evaluation.number(first.argument))
                bands.append(steps.clamp(-_LARGEST, _LARGEST).toInt16().rename(f"index{at}"))
                continue
            holds, fails = evaluation.condition(first.argument)
            known = holds.updateMask(holds.Or(fails)).rename(f"holds{at}")
            bands.append(known)
            if self._functions(at) & {FIRST, LAST}:
                bands.append(image.metadata(_DAY).updateMask(holds).toInt16().rename(f"day{at}"))
        return bands

    def results(self, collection: Any) -> dict[str, Image]:
        """Each band of a collection of such observations, in stored numbers, not yet whole."""
        found: dict[str, Image] = {}
        for at, group in enumerate(self._groups):
            if group[0].is_statistic:
                found |= self._statistics(collection.select([f"index{at}"]), group)
            else:
                found |= {each.band: self._held(collection, at, each.function) for each in group}
        return found

    def _functions(self, at: int) -> set[str]:
        return {each.function for each in self._groups[at]}

    def _statistics(self, collection: Any, group: Sequence[Observable]) -> dict[str, Image]:
        ordered = sorted(group, key=lambda each: _is_percentile(each.function))
        found = collection.reduce(
            statistics_reducer([each.function for each in ordered], len(self._passes))
        )
        return {each.band: found.select([number]) for number, each in enumerate(ordered)}

    def _held(self, collection: Any, at: int, function: str) -> Image:
        if function in (FIRST, LAST):
            days = collection.select([f"day{at}"])
            return self._of_year(days.min() if function == FIRST else days.max())
        held = collection.select([f"holds{at}"])
        count = held.count().unmask(0, False)
        if function == SHARE:
            found = held.sum().multiply(_SHARES).divide(count)
        else:
            found = self._months(held, function)
        return found.updateMask(count.gt(0))

    def _months(self, held: Any, function: str) -> Image:
        """In how many months it held once, or in how many one after the other."""
        seen = sorted({month_of(day) for day in self._days})
        months = {
            month: held.filter(ee.Filter.eq(_MONTH, month)).max().unmask(0, False) for month in seen
        }
        if function == MONTHS:
            return reduce(lambda one, other: one.add(other), months.values())
        run = longest = ee.Image(0)
        for month in range(seen[0], seen[-1] + 1):
            run = run.add(1).multiply(months[month]) if month in months else ee.Image(0)
            longest = longest.max(run)
        return longest

    def _of_year(self, days: Image) -> Image:
        """Days since the first observation as days of their year, from 1."""
        first, last = self._days[0], self._days[-1]
        found = days.add((first - date(first.year, 1, 1)).days + 1)
        for year in range(first.year, last.year):
            new_year = date(year + 1, 1, 1)
            length = (new_year - date(year, 1, 1)).days
            found = found.subtract(days.gte((new_year - first).days).multiply(length))
        return found


class _Images:
    """The bands of one observation, as `observables.Algebra` computes with them."""

    def __init__(self, stored: Callable[[str], Image], steps: int) -> None:
        self._stored, self._steps = stored, steps

    def band(self, name: str, *, stored: bool) -> Image:
        numbers = self._stored(name)
        return numbers if stored else numbers.divide(self._steps)

    def constant(self, value: float) -> Image:
        return ee.Image(value)

    def numeric(self, operator: str, operands: Sequence[Image]) -> Image:
        first, *rest = operands
        if operator == "negate":
            return first.multiply(-1)
        if operator == "sqrt":
            first = first.updateMask(first.gte(0))
        if not rest:
            return getattr(first, _NUMERIC[operator])()
        result = reduce(lambda one, other: getattr(one, _NUMERIC[operator])(other), rest, first)
        if operator == "/":
            return result.updateMask(rest[-1].neq(0))
        return result.updateMask(result.subtract(result).eq(0)) if operator == "**" else result

    def compare(self, operator: str, left: Image, right: Image) -> Image:
        return getattr(left, _COMPARE[operator])(right).unmask(0, False)

    def all(self, known: Sequence[Image]) -> Image:
        return reduce(lambda one, other: one.And(other), known)

    def any(self, known: Sequence[Image]) -> Image:
        return reduce(lambda one, other: one.Or(other), known)


def statistics_reducer(names: Sequence[str], raw: int) -> Any:
    """Some statistics in one pass, percentiles last.

    `maxRaw` as large as the stack: no median or percentile comes from a histogram. `stdDev` is
    that of the population.
    """
    by_name = {
        "mean": ee.Reducer.mean(),
        "median": ee.Reducer.median(maxRaw=raw),
        "max": ee.Reducer.max(),
        "min": ee.Reducer.min(),
        "stddev": ee.Reducer.stdDev(),
    }
    reducers = [by_name[name] for name in names if name in by_name]
    if percents := [int(name[1:]) for name in names if _is_percentile(name)]:
        reducers.append(ee.Reducer.percentile(percents, maxRaw=raw))
    return reduce(lambda one, other: one.combine(other, sharedInputs=True), reducers)


def _is_percentile(name: str) -> bool:
    return name[1:].isdigit()


def rounded(image: Image) -> Image:
    """Round half to even, as NumPy does; how `Image.round` treats a half is not documented."""
    floor = image.floor()
    rest = image.subtract(floor)
    up = rest.gt(0.5).Or(rest.eq(0.5).And(floor.mod(2).neq(0)))
    return floor.add(up)
