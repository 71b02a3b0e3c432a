"""Margins that are looked up, and what is made only when it is asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from lccs_inputs.confidence.margins import Margin, Margins, Spread
from lccs_inputs.expressions import (
    AreaStatistic,
    AreaStatistics,
    Name,
    Node,
    Number,
    Operation,
    Type,
    evaluate,
    names,
    replace_children,
)
from lccs_inputs.facts.lccs import LAYER_PREFIX
from lccs_inputs.layers.codes import codes_if_any
from lccs_inputs.layers.lookups import Lookup, compares_numbers, every_value, fits_a_lookup
from lccs_inputs.layers.sources import SourceReader

Held = TypeVar("Held")
_JOINING = ("and", "or", "not", "where", "coalesce")
"""Operations of which `Margins` takes the margins, or that chose a number by them."""


def joins(node: Node) -> bool:
    """Whether the margin of an expression, or what it chose, is that of its parts."""
    return isinstance(node, Operation) and node.operator in _JOINING


class Tables:
    """Conditions that are looked up: those over one raster of 16 bits, or two of 8."""

    def __init__(
        self,
        reader: SourceReader,
        spreads: Mapping[Node, Spread],
        statistics: Mapping[str, AreaStatistics],
    ) -> None:
        self._reader, self._spreads, self._statistics = reader, spreads, statistics
        self.lookups: dict[str, Lookup] = {}
        self._names: dict[Node, str] = {}

    def within(self, node: Node) -> Node:
        """An expression whose conditions are names of tables, the largest that fit one.

        Finished layers stay: their margins are not in their codes. So does what is within other
        functions, which take conditions as they are.
        """
        if node.type is not Type.CONDITION or not self._fits(node):
            return replace_children(node, self.within) if joins(node) else node
        if node not in self._names:
            name = f"table {len(self._names)}"
            values = every_value(node, self._reader)
            margin = Margins(values, {}, self._spreads, self._statistics).of(node)
            self._names[node], self.lookups[name] = name, Lookup(names(node), margin.ravel())
        return Name(self._names[node], Type.CONDITION)

    def codes(self, node: Node) -> Lookup | None:
        """The codes of a layer that is no condition, by all that its rasters can hold; None where
        these are too many."""
        if not fits_a_lookup(node, self._reader):
            return None
        value = evaluate(node, every_value(node, self._reader), self._statistics)
        return Lookup(names(node), codes_if_any(value).ravel())

    def _fits(self, node: Node) -> bool:
        if any(name.startswith(LAYER_PREFIX) for name in names(node)):
            return False
        return fits_a_lookup(node, self._reader) and compares_numbers(node, self._reader)


def with_numbers(node: Node, statistics: Mapping[str, AreaStatistics]) -> Node:
    """An expression in which each statistic of the area is the number that it is."""
    if isinstance(node, AreaStatistic):
        return Number(float(evaluate(node, {}, statistics).data))
    return replace_children(node, lambda child: with_numbers(child, statistics))


class Lazy(Mapping[str, Held]):
    """Values by name, each made when it is asked for."""

    def __init__(self, names: Sequence[str], made: Callable[[str], Held]) -> None:
        self._names, self._made, self._kept = dict.fromkeys(names), made, dict[str, Held]()

    def __getitem__(self, name: str) -> Held:
        if name not in self._kept:
            if name not in self._names:
                raise KeyError(name)
            self._kept[name] = self._made(name)
        return self._kept[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Either(Mapping[str, Margin]):
    """Margins of finished layers, which come to be known, and of tables."""

    def __init__(self, layers: Mapping[str, Margin], tables: Mapping[str, Margin]) -> None:
        self._layers, self._tables = layers, tables

    def __getitem__(self, name: str) -> Margin:
        return self._layers[name] if name in self._layers else self._tables[name]

    def __contains__(self, name: object) -> bool:
        return name in self._layers or name in self._tables

    def __iter__(self) -> Iterator[str]:
        yield from self._layers
        yield from self._tables

    def __len__(self) -> int:
        return len(self._layers) + len(self._tables)
