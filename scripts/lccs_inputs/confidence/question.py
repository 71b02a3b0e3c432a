"""What is asked of a layer whose score is mapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lccs_inputs.expressions import Node, parse


@dataclass(frozen=True)
class LayerParts:
    """A layer whose score is mapped.

    Attributes:
        expression: the whole, in canonical form.
        methods: methods that can be evaluated from what is there, in use or not → their
            expressions, cleaned as the layer is.
        has_deciding: whether the one that decides a pixel is among them: of a chain it is.
        looks: the scene sets that the layer hangs on, by way of other layers too.
        age: years from the oldest map that it hangs on to the period; None without any that has a
            year.
    """

    layer: str
    expression: str
    methods: Mapping[str, str]
    has_deciding: bool
    looks: Sequence[str]
    age: int | None

    @property
    def tags(self) -> dict[str, str]:
        """What its map says of all its pixels: `looks`, where these are, and `age`."""
        age = {} if self.age is None else {"age": str(self.age)}
        return {**age, **({"looks": ", ".join(self.looks)} if self.looks else {})}

    @cached_property
    def node(self) -> Node:
        return parse(f"layers.{self.layer}", self.expression)

    @cached_property
    def method_nodes(self) -> list[Node]:
        return [parse(f"layers.{self.layer}", text) for text in self.methods.values()]
