"""Which method of a chain decided each pixel of a layer."""

from collections.abc import Mapping

from lccs_inputs.expressions import Node, Number, Operation, Type
from lccs_inputs.facts.lccs import PALETTE, Category, Descriptor, Kind


def method_node(methods: Mapping[int, Node]) -> Node:
    """The code of the first method that knows a pixel; nodata where none does.

    Args:
        methods: code → resolved expression, in the order they are asked.
    """
    codes = tuple(_where_known(node, code) for code, node in methods.items())
    return codes[0] if len(codes) == 1 else Operation("coalesce", codes)


def _where_known(node: Node, code: int) -> Node:
    """The code wherever an expression has a value: both branches of a `where` are the code."""
    known = node if node.type is Type.CONDITION else Operation("==", (node, node))
    return Operation("where", (known, Number(float(code)), Number(float(code))))


def method_legend(layer: Descriptor, names: Mapping[int, str]) -> Descriptor:
    """How the methods of a layer are coded, named and coloured."""
    codes = {
        code: Category(name, PALETTE[(code - 1) % len(PALETTE)]) for code, name in names.items()
    }
    title = f"{layer.title}: method"
    return Descriptor(f"{layer.name}_method", title, Kind.CATEGORICAL, codes)
