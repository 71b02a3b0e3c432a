"""Bands that say what all observations of a pixel come to: `ndvi_p90`, `share(nir > 0.3)`.

They are named by a function and an expression over the bands of the sensor, so that a name is all
that has to be known of one. The expression is evaluated at each observation, by every engine in the
same steps (`Evaluation`), in float64: what is exactly on a threshold is on it everywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Generic, Protocol, TypeVar

import numpy as np

from lccs_inputs.expressions import (
    Membership,
    Name,
    Node,
    Number,
    Operation,
    Stored,
    names,
    parse,
    replace_children,
)
from lccs_inputs.expressions.nodes import walk
from lccs_inputs.expressions.ratios import StoredName, on_stored
from lccs_inputs.facts.sensors import NDVI, OBSERVATION_FUNCTIONS, Sensor

V = TypeVar("V")
_OPPOSITES = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


@dataclass(frozen=True)
class Observable:
    """A band of a scene set that is no median, as it is computed.

    Attributes:
        band: its name.
        function: of `OBSERVATION_FUNCTIONS`, or a statistic as `order_statistics` has them.
        argument: over the bands of the sensor, equal parts being one node; in stored steps for a
            statistic. A ratio is multiplied by the steps before it is divided: whole numbers stay
            whole, and a tie at .5 is a tie.
    """

    band: str
    function: str
    argument: Node

    @cached_property
    def bands(self) -> tuple[str, ...]:
        """The bands that an observation must have."""
        stored = {part.name for part in walk(self.argument) if isinstance(part, StoredName)}
        return tuple(sorted({*names(self.argument), *stored}))

    @property
    def is_statistic(self) -> bool:
        return self.function not in OBSERVATION_FUNCTIONS


def observables(bands: Iterable[str], sensor: Sensor) -> list[Observable]:
    """Those among the bands of a scene set, in their order.

    Raises:
        ExpressionError: the name of a band cannot be read.
    """
    found = []
    known: dict[Node, Node] = {}
    for band in bands:
        function, _, rest = band.partition("(")
        text = rest.removesuffix(")")
        if band in sensor.ndvi_bands:
            function, text = band.removeprefix("ndvi_"), NDVI
        if text:
            argument = _prepared(parse(band, text), function, sensor)
            found.append(Observable(band, function, _shared(argument, known)))
    return found


def bands_read(bands: Sequence[str], sensor: Sensor) -> tuple[str, ...]:
    """The bands of a sensor that are read for bands of a scene set, those that decide too."""
    needed = {*bands, *sensor.validity_bands}
    needed |= {name for each in observables(bands, sensor) for name in each.bands}
    return tuple(band for band in sensor.bands if band in needed)


def together(found: Iterable[Observable]) -> list[list[Observable]]:
    """Those of one argument: what it is at an observation need be computed but once."""
    groups: dict[tuple[bool, Node], list[Observable]] = {}
    for each in found:
        groups.setdefault((each.is_statistic, each.argument), []).append(each)
    return list(groups.values())


def month_of(day: date) -> int:
    """The number of its month; consecutive months have consecutive numbers."""
    return 12 * day.year + day.month - 1


class Algebra(Protocol[V]):
    """How an engine computes at all pixels of one observation.

    A number that is not there (no band, no finite result) is carried along as such.
    """

    def band(self, name: str, *, stored: bool) -> V:
        """The values of a band, as they are stored or in physical units."""

    def constant(self, value: float) -> V: ...

    def numeric(self, operator: str, operands: Sequence[V]) -> V: ...

    def compare(self, operator: str, left: V, right: V) -> V:
        """Where it is known to hold: nowhere where a number is not there."""

    def all(self, known: Sequence[V]) -> V: ...

    def any(self, known: Sequence[V]) -> V: ...


class Evaluation(Generic[V]):
    """What expressions come to at one observation; parts that they share are computed once."""

    def __init__(self, algebra: Algebra[V]) -> None:
        self._algebra = algebra
        self._known: dict[int, V] = {}

    def number(self, node: Node) -> V:
        """The value of a number."""
        if id(node) not in self._known:
            self._known[id(node)] = self._number(node)
        return self._known[id(node)]

    def _number(self, node: Node) -> V:
        match node:
            case Number(value):
                return self._algebra.constant(value)
            case StoredName(name):
                return self._algebra.band(name, stored=True)
            case Name(name):
                return self._algebra.band(name, stored=False)
            case Operation(operator, operands):
                return self._algebra.numeric(operator, [*map(self.number, operands)])
        raise TypeError(f"not a number of an observation: {node!r}")

    def condition(self, node: Node) -> tuple[V, V]:
        """Where a condition is known to hold, and where not to, as Kleene's logic has it."""
        algebra = self._algebra
        match node:
            case Operation("not", (operand,)):
                holds, fails = self.condition(operand)
                return fails, holds
            case Operation("and" | "or" as operator, operands):
                yes, no = zip(*map(self.condition, operands), strict=True)
                if operator == "and":
                    return algebra.all(yes), algebra.any(no)
                return algebra.any(yes), algebra.all(no)
            case Operation(operator, (left, right)):
                sides = self.number(left), self.number(right)
                opposite = _OPPOSITES[operator]
                return algebra.compare(operator, *sides), algebra.compare(opposite, *sides)
            case Membership(operand, codes):
                value, listed = self.number(operand), [*map(algebra.constant, codes)]
                return (
                    algebra.any([algebra.compare("==", value, code) for code in listed]),
                    algebra.all([algebra.compare("!=", value, code) for code in listed]),
                )
        raise TypeError(f"not a condition over an observation: {node!r}")


def _prepared(node: Node, function: str, sensor: Sensor) -> Node:
    """An argument whose exact ratios are of stored numbers; of a statistic in stored steps."""
    steps = round(1 / sensor.scale_of_bands)
    nothing = Stored(np.zeros(0), np.zeros(0, bool), steps)
    exact = on_stored(node, dict.fromkeys(names(node), nothing))
    return exact if function in OBSERVATION_FUNCTIONS else _in_steps(exact, steps)


def _in_steps(node: Node, steps: int) -> Node:
    by = Number(float(steps))
    match node:
        case Operation("/", (above, below)):
            return Operation("/", (Operation("*", (above, by)), below))
        case Name(name):
            return StoredName(name)
    return Operation("*", (node, by))


def _shared(node: Node, known: dict[Node, Node]) -> Node:
    """A tree whose equal parts are one and the same."""
    node = replace_children(node, lambda child: _shared(child, known))
    return known.setdefault(node, node)
