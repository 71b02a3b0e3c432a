"""How a layer comes to its codes, taken apart: methods, what is taken away, patches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lccs_inputs.expressions import Node, parse


@dataclass(frozen=True)
class Minus:
    """A condition that is taken away.

    Attributes:
        text: as the config has it.
        operand: the same over leaf names.
        rest: the layer once it is taken away.
    """

    text: str
    operand: str
    rest: str

    @cached_property
    def nodes(self) -> tuple[Node, Node]:
        """The operand and the rest."""
        return parse(self.text, self.operand), parse(self.text, self.rest)


@dataclass(frozen=True)
class LayerQuestion:
    """A layer of a period; expressions are over leaf names, in canonical form.

    Attributes:
        methods: those in use → their expressions, in the order they are asked.
        chain: what they come to together, before anything is taken away.
        expression: the whole.
        patches: as of `LayerRecipe`; empty where all are kept.
        fingerprint: that of its file, if it is made of this.
    """

    layer: str
    methods: Mapping[str, str]
    chain: str
    minus: Sequence[Mapping[str, str]]
    expression: str
    leaves: Sequence[str]
    statistics: Sequence[str]
    patches: Mapping[str, Any]
    fingerprint: str

    @cached_property
    def node(self) -> Node:
        return self._parsed(self.expression)

    @cached_property
    def chain_node(self) -> Node:
        return self._parsed(self.chain)

    @cached_property
    def method_nodes(self) -> dict[str, Node]:
        return {name: self._parsed(text) for name, text in self.methods.items()}

    @cached_property
    def steps(self) -> list[Minus]:
        return [Minus(**each) for each in self.minus]

    def _parsed(self, text: str) -> Node:
        return parse(f"layers.{self.layer}", text)
