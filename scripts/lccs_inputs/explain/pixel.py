"""The values behind pixels: what every name of the expressions is there, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.explain.answer import Condition, Confidence, Plain
from lccs_inputs.expressions import (
    AreaStatistic,
    AreaStatistics,
    Membership,
    Name,
    Node,
    Number,
    Operation,
    Stored,
    Value,
    canonical,
    evaluate,
    replace_children,
)
from lccs_inputs.expressions.nodes import COMPARISONS, walk

Values = Mapping[str, Value | Stored]


class Batch:
    """What expressions come to at some pixels, each computed once for all of them.

    Args:
        values: of every name, shape (n,).
        statistics: the whole-area statistics, by name.
        labels: numbers that have a name → that name.
        scores: of each map of confidence, the bands of each pixel, or None.
    """

    def __init__(
        self,
        values: Values,
        statistics: Mapping[str, AreaStatistics],
        labels: Mapping[Node, str],
        scores: Mapping[str, Sequence[Confidence | None]],
    ) -> None:
        self.values, self.statistics, self._labels = values, statistics, labels
        self.scores = scores
        self._kept: dict[Node, Value] = {}
        self._asked: dict[Node, list[_Asked]] = {}

    def value(self, node: Node) -> Value:
        """Of shape (n,)."""
        if node not in self._kept:
            self._kept[node] = evaluate(node, self.values, self.statistics)
        return self._kept[node]

    def text(self, node: Node) -> str:
        """An expression, derived numbers by their names."""
        return canonical(labelled(node, self._labels))

    def asked(self, node: Node) -> list["_Asked"]:
        """The comparisons that an expression holds, each once, in the order they are written."""
        if node not in self._asked:
            parts = dict.fromkeys(part for part in walk(node) if _is_asked(part))
            self._asked[node] = [_Asked(self.text(part), part, _compared(part)) for part in parts]
        return self._asked[node]


@dataclass(frozen=True)
class _Asked:
    """A comparison: its text, itself, and what is compared in it."""

    text: str
    whole: Node
    compared: Node


@dataclass(frozen=True)
class Pixel:
    """One of a batch."""

    batch: Batch
    index: int

    @cached_property
    def values(self) -> dict[str, Value | Stored]:
        """Of every name, shape (1,)."""
        return {name: self._of(value) for name, value in self.batch.values.items()}

    def value(self, node: Node) -> Value:
        """Of shape (1,)."""
        value = self.batch.value(node)
        return Value(value.data[self._here], value.valid[self._here])

    def plain(self, node: Node) -> Plain:
        return plain(self.value(node))

    def confidence(self, name: str) -> Confidence | None:
        """How sure a layer is of it, or `level3`; None where that is not made."""
        return self.batch.scores[name][self.index] if name in self.batch.scores else None

    def conditions(self, node: Node) -> tuple[Condition, ...]:
        """The comparisons that an expression holds."""
        return tuple(self._condition(asked) for asked in self.batch.asked(node))

    def _condition(self, asked: _Asked) -> Condition:
        holds = self.plain(asked.whole)
        is_held = None if holds is None else bool(holds)
        return Condition(asked.text, self.plain(asked.compared), is_held)

    def _of(self, value: Value | Stored) -> Value | Stored:
        if isinstance(value, Value):
            return Value(value.data[self._here], value.valid[self._here])
        return Stored(value.numbers[self._here], value.valid[self._here], value.steps)

    @property
    def _here(self) -> slice:
        return slice(self.index, self.index + 1)


def _compared(node: Node) -> Node:
    return next(each for each in node.children if not isinstance(each, Number))


def _is_asked(node: Node) -> bool:
    if isinstance(node, Membership):
        return True
    return isinstance(node, Operation) and node.operator in (*COMPARISONS, "is_nodata")


def labelled(node: Node, labels: Mapping[Node, str]) -> Node:
    """An expression in which what has a name is called by it."""
    if node in labels:
        return Name(labels[node])
    if isinstance(node, AreaStatistic):
        return replace(node, argument=labelled(node.argument, labels))
    return replace_children(node, lambda child: labelled(child, labels))


def plain(value: Value) -> Plain:
    """The one value of an array of one."""
    if not value.valid.ravel()[0]:
        return None
    data: Any = value.data.ravel()[0].item()
    return data if isinstance(data, bool) else float(data)


def physical(values: Value | Stored) -> NDArray[np.float64]:
    """In physical units; of a condition 1 and 0."""
    return np.asarray(values.data, np.float64)
