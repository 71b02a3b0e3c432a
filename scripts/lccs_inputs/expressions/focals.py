"""Focal functions taken out of an expression: what they see lies beyond a pixel."""

from dataclasses import dataclass

from lccs_inputs.expressions.nodes import Focal, Name, Node, Type, canonical, replace_children


@dataclass(frozen=True)
class Focals:
    """Expressions whose focal functions are names: what these see lies beyond the pixel.

    Attributes:
        found: name → the function.
    """

    found: dict[str, Focal]

    def apart(self, node: Node) -> Node:
        """An expression with each outermost focal function as a name, which is its text."""
        if isinstance(node, Focal):
            name = canonical(node)
            self.found[name] = node
            return Name(name, Type.NUMBER)
        return replace_children(node, self.apart)
