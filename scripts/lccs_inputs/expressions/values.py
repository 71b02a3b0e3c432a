"""Values with nodata, and what the operators do to them.

Conditions follow Kleene's strong three-valued logic (Kleene 1952, Introduction to
Metamathematics, §64), nodata being his "unknown": `false and nodata` is false, `true or nodata`
is true, `not nodata` is nodata. Arithmetic and comparison with nodata are nodata. A result that
is no finite number (division by zero, root of a negative, overflow) is nodata, so that `data`
never holds an infinity or NaN where it is valid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


@dataclass(frozen=True)
class Value:
    """The values of an expression over a window.

    Attributes:
        data: float64 for a number, bool for a condition; shape (height, width), or () for what
            is the same everywhere. What it holds where not `valid` means nothing.
        valid: bool, same shape: False is nodata.
    """

    data: NDArray[Any]
    valid: NDArray[np.bool_]


@dataclass(frozen=True)
class Stored:
    """Numbers as a raster stores them, for a name of an expression.

    Attributes:
        numbers: of any type, shape (height, width); 0 where not `valid`.
        valid: as of `Value`.
        steps: how many make one unit: 10,000 where reflectance is stored in steps of 10⁻⁴.
    """

    numbers: NDArray[Any]
    valid: NDArray[np.bool_]
    steps: int

    @property
    def data(self) -> NDArray[np.float64]:
        """In physical units; computed anew each time.

        Divided by `steps`, never multiplied by a scale: only so is a stored 4000 exactly the 0.4
        of an expression.
        """
        physical = self.numbers.astype(np.float64)
        physical /= self.steps
        return physical

    @property
    def physical(self) -> Value:
        return Value(self.data, self.valid)

    @property
    def unscaled(self) -> Value:
        """The stored numbers themselves."""
        return Value(self.numbers.astype(np.float64), self.valid)


def constant(number: float) -> Value:
    return Value(np.array(number, np.float64), np.array(True))


def higher(one: Numbers, other: Numbers) -> Numbers:
    """`np.maximum`; clipping, which takes a third of the time, where either is one number."""
    numbers, least = (other, one) if one.ndim == 0 else (one, other)
    found: Numbers = np.maximum(numbers, least) if least.ndim else numbers.clip(least, np.inf)
    return found


def lower(one: Numbers, other: Numbers) -> Numbers:
    """`np.minimum`, likewise."""
    numbers, most = (other, one) if one.ndim == 0 else (one, other)
    found: Numbers = np.minimum(numbers, most) if most.ndim else numbers.clip(-np.inf, most)
    return found


def _both(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`one & other`, which takes thirty times as long where either is the same everywhere."""
    truths, everywhere = (other, one) if one.ndim == 0 else (one, other)
    if everywhere.ndim:
        return truths & everywhere
    return truths if everywhere else np.zeros_like(truths)


def numeric(function: Callable[..., Any], first: Value, *others: Value) -> Value:
    """A NumPy function of one number, or of several pairwise from the left.

    Nodata where any of them is, or where the result is not finite.
    """
    rest = [value.data for value in others]
    with np.errstate(all="ignore"):
        data = reduce(function, rest, first.data) if rest else function(first.data)
        finite = np.isfinite(data)
    valid = reduce(_both, (value.valid for value in (first, *others)))
    if finite.all():
        return Value(data, valid)
    return Value(np.where(finite, data, 0.0), valid & finite)


def compare(function: Callable[..., Any], left: Value, right: Value) -> Value:
    with np.errstate(invalid="ignore"):
        data = np.asarray(function(left.data, right.data), bool)
    return Value(data, _both(left.valid, right.valid))


def member(value: Value, codes: tuple[float, ...]) -> Value:
    # one pass per code: faster than np.isin, which would sort the window
    data = reduce(np.logical_or, (value.data == code for code in codes))
    return Value(np.asarray(data), value.valid)


def negation(value: Value) -> Value:
    return Value(~value.data, value.valid)


def conjunction(*values: Value) -> Value:
    holds = reduce(np.logical_and, (value.valid & value.data for value in values))
    fails = reduce(np.logical_or, (value.valid & ~value.data for value in values))
    return Value(np.asarray(holds), np.asarray(holds | fails))


def disjunction(*values: Value) -> Value:
    return negation(conjunction(*(negation(value) for value in values)))


def where(condition: Value, chosen: Value, other: Value) -> Value:
    """The branch the condition chooses; what the other one holds, also nodata, is no matter."""
    data = np.where(condition.data, chosen.data, other.data)
    valid = _both(condition.valid, np.where(condition.data, chosen.valid, other.valid))
    return Value(data, valid)


def coalesce(*values: Value) -> Value:
    """The first valid value."""
    first, *rest = values
    data, valid = first.data, first.valid
    for value in rest:
        data, valid = np.where(valid, data, value.data), valid | value.valid
    return Value(data, valid)


def count(*conditions: Value) -> Value:
    """How many conditions hold; nodata ones do not count, and only where all are it is nodata."""
    held = ((value.valid & value.data).astype(np.float64) for value in conditions)
    known = reduce(np.logical_or, (value.valid for value in conditions))
    return Value(np.asarray(reduce(np.add, held)), np.asarray(known))


def is_nodata(value: Value) -> Value:
    return Value(~value.valid, np.ones_like(value.valid))
