"""How far a condition is from being another: its margin.

A margin is a whole number of 8 bits with a sign: positive where the condition holds, negative
where it does not, 0 where that is not known. Its size is the distance of what is compared to the
threshold, in steps of the spread of what is compared. Then `and` is the minimum, `or` the maximum
and `not` the other sign: the robustness of temporal logic (Fainekos and Pappas 2009, Robustness of
temporal logic specifications for continuous-time signals, Theoretical Computer Science 410,
4262-4291), in which, with 0 as unknown, Kleene's logic is contained.

What is compared by `==`, `in {…}` or asks for nodata has no distance: its size is `NONE`.
"""

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from functools import reduce
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.confidence.score import DISTANCE_STEPS, FARTHEST
from lccs_inputs.expressions import (
    AreaStatistics,
    Name,
    Node,
    Operation,
    Stored,
    Type,
    Value,
    evaluate,
    replace_children,
)
from lccs_inputs.expressions.evaluation import COMPARE
from lccs_inputs.facts.lccs import CODE_NODATA
from lccs_inputs.layers.codes import codes_if_any

NONE = np.int8(FARTHEST + 1)
"""The size of a margin that is no distance."""

Margin = NDArray[np.int8]
Spread = tuple[float, float]
"""Of what is compared: of the values for which the comparison does not hold, and does."""


class Margins:
    """Margins of expressions over some pixels, each object computed once.

    Args:
        values: of the names of the expressions, arrays of one shape.
        known: margins that are known already, by name: of tables and of finished layers.
        spreads: of each comparison that has a distance; without one it has a sign only.
        statistics: the whole-area statistics, by name.
    """

    def __init__(
        self,
        values: Mapping[str, Value | Stored],
        known: Mapping[str, Margin],
        spreads: Mapping[Node, Spread],
        statistics: Mapping[str, AreaStatistics],
    ) -> None:
        self._values, self._known = values, known
        self._spreads, self._statistics = spreads, statistics
        self._kept: dict[int, tuple[Node, Margin]] = {}

    def of(self, node: Node) -> Margin:
        """The margin of a condition, computed once for each object that it is."""
        if id(node) not in self._kept:
            self._kept[id(node)] = node, self._of(node)  # who has the node has its number
        return self._kept[id(node)][1]

    def _of(self, node: Node) -> Margin:
        match node:
            case Name(name) if name in self._known:
                found = self._known[name]
            case Operation(operator, operands) if operator in _JOINED:
                found = reduce(_JOINED[operator], map(self.of, operands))
            case Operation("not", (operand,)):
                found = np.negative(self.of(operand))
            case Operation("where", (condition, *branches)):
                found = _chosen(self.of(condition), *map(self.of, branches))
            case Operation() if node in self._spreads:
                found = self._compared(node)
            case _:
                found = signed(self._value(node), NONE)
        return found

    def decided(self, node: Node) -> Margin:
        """The least size of the margins of the conditions that chose a number; `NONE` without."""
        match node:
            case Operation("where", (condition, chosen, other)):
                margin = self.of(condition)
                inner = _either(margin > 0, self.decided(chosen), self.decided(other))
                return np.minimum(np.abs(margin), inner)
            case Operation("coalesce", (*firsts, last)):
                found = self.decided(last)
                for first in reversed(firsts):
                    known = self.codes(first) != CODE_NODATA
                    found = _either(known, self.decided(first), found)
                return found
            case _:
                return np.array(NONE)

    def codes(self, node: Node) -> NDArray[np.uint8]:
        """The codes of a layer that is no condition, nodata where there are none."""
        conditions: dict[str, Value | Stored] = {}

        def apart(part: Node) -> Node:
            if part.type is not Type.CONDITION:
                return replace_children(part, apart)
            margin, name = self.of(part), f"condition {len(conditions)}"
            conditions[name] = Value(margin > 0, margin != 0)
            return Name(name, Type.CONDITION)

        rest = apart(node)
        given = ChainMap(conditions, cast("MutableMapping[str, Value | Stored]", self._values))
        return codes_if_any(evaluate(rest, given, self._statistics))

    def _compared(self, node: Operation) -> Margin:
        first, second = map(self._value, node.operands)
        return compared(node.operator, first, second, self._spreads[node])

    def _value(self, node: Node) -> Value:
        return evaluate(node, self._values, self._statistics)


def compared(operator: str, first: Value, second: Value, spread: Spread) -> Margin:
    """The margin of `first < second`, or another comparison of more or less."""
    holds = COMPARE[operator](first.data, second.data)
    below, above = (DISTANCE_STEPS / each for each in spread)
    if operator in ("<", "<="):
        below, above = above, below
    difference = first.data - second.data
    steps = np.maximum(difference * above, difference * -below)
    size = np.clip(steps, 1, FARTHEST).astype(np.int8)
    return signed(Value(holds, first.valid & second.valid), size)


def signed(value: Value, size: Margin | np.int8) -> Margin:
    """The margin of a condition, of a size."""
    holds, valid = value.data.view(np.int8), value.valid.view(np.int8)
    margin: Margin = (holds + holds - np.int8(1)) * valid * size
    return margin


def _either(condition: NDArray[np.bool_], chosen: Margin, other: Margin) -> Margin:
    """`np.where` by bits, without a branch for each pixel."""
    return other ^ ((chosen ^ other) & np.negative(condition.view(np.int8)))


def _filled(first: Margin, second: Margin) -> Margin:
    return _either(first != 0, first, second)


def _chosen(condition: Margin, chosen: Margin, other: Margin) -> Margin:
    """What is far from another only as far as both the condition and the branch are."""
    branch = _either(condition > 0, chosen, other)
    size: Margin = np.minimum(np.abs(condition), np.abs(branch))
    return size * np.sign(branch)


_JOINED: Mapping[str, Callable[[Margin, Margin], Any]] = {
    "and": np.minimum,
    "or": np.maximum,
    "coalesce": _filled,
}
