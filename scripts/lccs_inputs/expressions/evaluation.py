"""Evaluate an expression over one window of values."""

import operator
from collections import Counter
from collections.abc import Callable, Mapping
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
    "min": np.minimum,
    "max": np.maximum,
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
        values: the values of every one of `names(node)`, of one shape (height, width): float64
            numbers in physical units, bool conditions, or numbers as they are stored.
        statistics: by `statistic_name` of the argument, for every one of `statistics_of(node)`.

    Returns:
        Arrays of that shape; of shape () where the expression has no names. They may share
        memory with `values`: do not write to them.
    """
    node = on_stored(node, values)
    value = _Evaluation(node, values, statistics).value(node)
    shape = next((given.valid.shape for given in values.values()), value.data.shape)
    return Value(np.broadcast_to(value.data, shape), np.broadcast_to(value.valid, shape))


class _Evaluation:
    def __init__(
        self,
        node: Node,
        values: Mapping[str, Value | Stored],
        statistics: Mapping[str, AreaStatistics],
    ) -> None:
        self._values, self._statistics = values, statistics
        self._kept: dict[Node, Value] = {}
        self._uses: Counter[Node] = Counter()
        self._count_uses(node)

    def _count_uses(self, node: Node) -> None:
        self._uses[node] += 1
        if self._uses[node] == 1:
            for child in node.children:
                self._count_uses(child)

    def value(self, node: Node) -> Value:
        value = self._kept.pop(node, None) or self._compute(node)
        self._uses[node] -= 1
        if self._uses[node]:
            self._kept[node] = value
        return value

    def _compute(self, node: Node) -> Value:
        match node:
            case Number(number):
                return algebra.constant(number)
            case Name() | StoredName():
                return self._named(node)
            case Membership(operand, codes):
                return algebra.member(self.value(operand), codes)
            case Focal(function, operand, side):
                return _FOCAL[function](self.value(operand), side)
            case AreaStatistic():
                return algebra.constant(self._statistic(node))
            case Operation():
                return self._operation(node)
        raise TypeError(f"not a node: {node!r}")

    def _operation(self, node: Operation) -> Value:
        given = [self.value(operand) for operand in node.operands]
        if node.operator in NUMERIC:
            return algebra.numeric(NUMERIC[node.operator], *given)
        if node.operator in COMPARE:
            return algebra.compare(COMPARE[node.operator], *given)
        return _OTHER[node.operator](*given)

    def _named(self, node: Name | StoredName) -> Value:
        given = self._values[node.name]
        if isinstance(given, Value):
            return given
        return given.unscaled if isinstance(node, StoredName) else given.physical

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
