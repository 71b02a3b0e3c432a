"""Conditions that are not looked up, evaluated together: what they share is computed once."""

from collections.abc import Iterator, Mapping
from itertools import chain

from lccs_inputs.confidence.margins import NONE, Margin, Spread, compared, signed
from lccs_inputs.confidence.tables import joins
from lccs_inputs.expressions import (
    AreaStatistics,
    Name,
    Node,
    Operation,
    Program,
    Stored,
    Type,
    Value,
    replace_children,
)


class Conditions:
    """The conditions of some expressions that are not made of others, by names that stand for them.

    Args:
        spreads: of each comparison that has a distance.
        statistics: the whole-area statistics, by name.
    """

    def __init__(
        self, spreads: Mapping[Node, Spread], statistics: Mapping[str, AreaStatistics]
    ) -> None:
        self._spreads, self._statistics = spreads, statistics
        self._names: dict[Node, str] = {}
        self._program: Program | None = None
        self._asked: list[tuple[str, Node, Spread | None]] = []

    def apart(self, node: Node) -> Node:
        """An expression with these conditions as names; those within other functions stay.

        All expressions are taken apart before margins are asked for.
        """
        if joins(node):
            return replace_children(node, self.apart)
        if node.type is not Type.CONDITION or isinstance(node, Name):
            return node
        name = self._names.setdefault(node, f"condition {len(self._names)} of all")
        return Name(name, Type.CONDITION)

    def margins(self, values: Mapping[str, Value | Stored]) -> dict[str, Margin]:
        """The margin of each by its name.

        Args:
            values: of the names of the expressions, always given in the same way.
        """
        if self._program is None:
            self._program = self._ready(values)
        found = iter(self._program.of(values))
        return {name: _margin(node, spread, found) for name, node, spread in self._asked}

    def _ready(self, values: Mapping[str, Value | Stored]) -> Program:
        self._asked = [(name, node, self._spreads.get(node)) for node, name in self._names.items()]
        parts = (node.children if spread else [node] for _, node, spread in self._asked)
        return Program([*chain.from_iterable(parts)], values, self._statistics)


def _margin(node: Node, spread: Spread | None, found: Iterator[Value]) -> Margin:
    """Of a condition, of whose value, or of those of both sides where it has a distance."""
    if spread and isinstance(node, Operation):
        return compared(node.operator, next(found), next(found), spread)
    return signed(next(found), NONE)
