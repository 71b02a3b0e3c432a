"""The names of a config: what follows from what they mean (`meanings`)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lccs_inputs.expressions import Name, Node, Range, Type, possible
from lccs_inputs.expressions.meanings import LayerText, Meanings, leaves
from lccs_inputs.expressions.naming_problems import problems_of
from lccs_inputs.expressions.ranges import ANY

__all__ = ["LayerText", "Namespace", "leaves"]


@dataclass(frozen=True)
class Namespace(Meanings):
    """The names of a config, and what its layers, images and numbers are over leaf names."""

    def resolve_layer(self, name: str) -> Node:
        """The expression of a layer over leaf names: its method, then each `minus` in order.

        Raises:
            ExpressionError: it cannot be read, names what does not exist, mixes conditions and
                numbers, or needs itself (also through other layers' files).
        """
        if name not in self._known:
            self._known[name] = self.cleaned(name, (name,))
        return self._known[name]

    def methods_in_use(self, name: str) -> Mapping[str, Node]:
        """The methods that make the layer in the period, before cleaning, in order.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        return dict(self.chain(name, (name,)))

    def every_method(self, name: str) -> Mapping[str, Node]:
        """All methods of the layer, in use or not.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        methods = self.layers[name].methods
        return {method: self.method_of(name, method, (name,)) for method in methods}

    def before_cleaning(self, name: str) -> Node:
        """What the methods in use make of a layer: `x.raw`.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        return self.chosen(name, (name,))

    def taken_away(self, name: str) -> list[tuple[str, Node]]:
        """Each `minus` of a layer, in order: its text, and what that is over leaf names.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        return list(self.removed(name, (name,)))

    @property
    def labels(self) -> dict[Node, str]:
        """The derived numbers that the layers mention → their names, as `s2.ndwi`.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        alone = replace(self)  # has written out nothing yet, whatever was asked of this one
        for layer in self.layers:
            alone.resolve_layer(layer)
        return {
            node: label
            for label, node in sorted(alone._known.items(), reverse=True)
            if label.rpartition(".")[2] in self.derived
            and node.type is Type.NUMBER
            and not isinstance(node, Name)
        }

    def left_out(self, name: str) -> Mapping[str, list[str]]:
        """The other methods that `use` names for the layer, and the products that each lacks.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        used = self.methods_in_use(name)
        rest = [method for method in self.layers[name].use if method not in used]
        return {
            method: sorted(self.missing & leaves(self.method_of(name, method, (name,))))
            for method in rest
        }

    def resolve_image(self, key: str, text: str) -> Node:
        """An expression that gives a number, over leaf names; `key` is where it stands.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        return self.image_of(key, text, ())

    def range_of(self, node: Node) -> Range:
        """Between which values a resolved number lies, where it is not nodata."""
        found = possible(node, self._held)
        return found if isinstance(found, Range) else ANY

    def problems(self) -> list[str]:
        """Everything that is wrong with the names and expressions, each once."""
        return problems_of(self)
