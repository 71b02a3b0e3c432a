"""Evaluate an expression over one window of values."""

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np

from lccs_inputs.expressions import values as algebra
from lccs_inputs.expressions.focal import focal_mean, focal_median
from lccs_inputs.expressions.nodes import (
    AreaStatistic,
    Focal,
    Membership,
    Name,
    Node,
    Number,
    Operation,
    statistic_name,
)
from lccs_inputs.expressions.ratios import StoredName, on_stored
from lccs_inputs.expressions.values import Stored, Value


class AreaStatistics(Protocol):
    """What an expression can ask of an area; `lccs_inputs.statistics.Statistics` is one."""

    @property
    def minimum(self) -> float: ...
    @property
    def maximum(self) -> float: ...
    @property
    def mean(self) -> float: ...
    def percentile(self, percent: float) -> float: ...
    def otsu(self) -> float: ...


NUMERIC: Mapping[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "negate": np.negative,
    "abs": np.abs,
    "min": algebra.lower,
    "max": algebra.higher,
    "sqrt": np.sqrt,
}
"""Operators and functions of numbers."""
COMPARE: Mapping[str, Callable[..., Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
"""Comparisons of numbers."""
_OTHER: Mapping[str, Callable[..., Value]] = {
    "and": algebra.conjunction,
    "or": algebra.disjunction,
    "not": algebra.negation,
    "where": algebra.where,
    "coalesce": algebra.coalesce,
    "is_nodata": algebra.is_nodata,
    "count": algebra.count,
}
_Make = Callable[..., Value]
_FOCAL: Mapping[str, Callable[[Value, int], Value]] = {
    "focal_mean": focal_mean,
    "focal_median": focal_median,
}


def evaluate(
    node: Node, values: Mapping[str, Value | Stored], statistics: Mapping[str, AreaStatistics]
) -> Value:
    """The value of an expression over one window.

    Focal functions see nothing beyond the window: give it `halo(node)` more px on each side.
    Each part that the expression repeats is computed once, and kept only until its last use.
    Ratios in which the scale of stored numbers cancels are exact but for their last rounding.

    Args:
        values: the values of every one of `names(node)`, of one shape (height, width), or of shapes
            that go together as NumPy has it: float64 numbers in physical units, bool conditions, or
            numbers as they are stored.
        statistics: by `statistic_name` of the argument, for every one of `statistics_of(node)`.

    Returns:
        Arrays of that shape; of shape () where the expression has no names. They may share
        memory with `values`: do not write to them.
    """
    (value,) = Program([node], values, statistics).of(values)
    return value


class Program:
    """Expressions made ready to be evaluated together, over window after window.

    Each part that they repeat or share is computed once, and kept only until its last use.

    Args:
        values: of every one of their names, of any shape: only how they are given counts.
        statistics: as of `evaluate`.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        values: Mapping[str, Value | Stored],
        statistics: Mapping[str, AreaStatistics],
    ) -> None:
        self._statistics = statistics
        self._places: dict[Node, int] = {}
        self._steps: list[tuple[_Make, tuple[int, ...]]] = []
        self._named: set[int] = set()
        self._results = [self._place(on_stored(node, values)) for node in nodes]
        last = {operand: at for at, (_, operands) in enumerate(self._steps) for operand in operands}
        self._spent: dict[int, list[int]] = defaultdict(list)
        for operand, at in last.items():
            if operand not in self._results:
                self._spent[at].append(operand)

    def _place(self, node: Node) -> int:
        """The number of the step that computes a part, after those of its own parts."""
        if node not in self._places:
            operands = tuple(map(self._place, node.children))
            self._places[node] = len(self._steps)
            if isinstance(node, Name | StoredName):
                self._named.add(len(self._steps))
            self._steps.append((self._made(node), operands))
        return self._places[node]

    def of(self, values: Mapping[str, Value | Stored]) -> list[Value]:
        """The value of each expression over one window, as of `evaluate`."""
        kept: dict[int, Value] = {}
        shape = None if self._named else _shape_of(values.values())
        for at, (make, operands) in enumerate(self._steps):
            kept[at] = make(values, *(kept[operand] for operand in operands))
            if at in self._named:
                shape = _broadcast(shape, kept[at].valid.shape)
            for operand in self._spent[at]:
                del kept[operand]
        return [_of_shape(kept[at], shape) for at in self._results]

    def _made(self, node: Node) -> _Make:
        """What makes the value of a node, of all values by name and those of its parts."""
        match node:
            case Number(number):
                return _constant(number)
            case Name() | StoredName():
                return partial(_named, node)
            case Membership(_, codes):
                return lambda _, value: algebra.member(value, codes)
            case Focal(function, _, side):
                return lambda _, value: _FOCAL[function](value, side)
            case AreaStatistic():
                return _constant(self._statistic(node))
            case Operation(operator):
                return lambda _, *given: _operation(operator, given)
        raise TypeError(f"not a node: {node!r}")

    def _statistic(self, node: AreaStatistic) -> float:
        statistics = self._statistics[statistic_name(node.argument)]
        match node.function:
            case "area_min":
                return statistics.minimum
            case "area_max":
                return statistics.maximum
            case "area_mean":
                return statistics.mean
            case "area_percentile":
                return statistics.percentile(node.percent or 0.0)
            case _:
                return statistics.otsu()


def _constant(number: float) -> _Make:
    return lambda _: algebra.constant(number)


def _named(node: Name | StoredName, values: Mapping[str, Value | Stored]) -> Value:
    given = values[node.name]
    if isinstance(given, Value):
        return given
    return given.unscaled if isinstance(node, StoredName) else given.physical


def _operation(name: str, given: Sequence[Value]) -> Value:
    if name in NUMERIC:
        return algebra.numeric(NUMERIC[name], *given)
    if name in COMPARE:
        return algebra.compare(COMPARE[name], *given)
    return _OTHER[name](*given)


def _shape_of(given: Iterable[Value | Stored]) -> tuple[int, ...] | None:
    return next((each.valid.shape for each in given), None)


def _broadcast(shape: tuple[int, ...] | None, other: tuple[int, ...]) -> tuple[int, ...]:
    return other if shape in (None, other) else np.broadcast_shapes(shape, other)


def _of_shape(value: Value, shape: tuple[int, ...] | None) -> Value:
    if shape is None:
        return value
    return Value(np.broadcast_to(value.data, shape), np.broadcast_to(value.valid, shape))
