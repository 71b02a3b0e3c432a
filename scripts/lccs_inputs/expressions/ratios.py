"""Ratios in which the scale of what is stored cancels.

Of stored 21 and 9 the NDVI is 12 / 30, exactly the 0.4 of an expression, where 0.0021 and 0.0009
are rounded before they meet and miss it. So such ratios are computed of the stored numbers: sums
and multiples of whole numbers are exact in float64, and the quotient is rounded once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lccs_inputs.expressions.nodes import (
    Name,
    Node,
    Number,
    Operation,
    replace_children,
    replace_names,
)
from lccs_inputs.expressions.values import Stored, Value

_MOST = 1000  # of a factor: products of stored numbers stay whole, and far from overflow


@dataclass(frozen=True)
class StoredName(Node):
    """A leaf that stands for the stored numbers of a name, not for their physical values."""

    name: str


def on_stored(node: Node, values: Mapping[str, Value | Stored]) -> Node:
    """An expression with its ratios taken of stored numbers where their scale cancels.

    It cancels where both sides of a division are sums, differences, minima, maxima, signs and whole
    multiples of names that are all stored in the same steps, and of 0, which is 0 in any steps.
    Everything else stays as it is.

    Args:
        values: of the names; `StoredName` then stands for one that is `Stored`.
    """
    if isinstance(node, Operation) and node.operator == "/":
        above, below = (_common_steps(operand, values) for operand in node.operands)
        if above is not None and above == below:
            return replace_names(node, lambda name: StoredName(name.name))
    return replace_children(node, lambda child: on_stored(child, values))


def _common_steps(node: Node, values: Mapping[str, Value | Stored]) -> int | None:
    """The steps that a part is made of, and nothing else; None where there are none or several."""
    match node:
        case Name(name):
            given = values[name]
            return given.steps if isinstance(given, Stored) else None
        case Operation("*", (Number(factor), part)) | Operation("*", (part, Number(factor))):
            whole = factor.is_integer() and abs(factor) <= _MOST
            return _common_steps(part, values) if whole else None
        case Operation("+" | "-" | "negate" | "min" | "max" | "abs", operands):
            parts = [operand for operand in operands if operand != Number(0.0)]
            steps = {_common_steps(part, values) for part in parts}
            return steps.pop() if len(steps) == 1 else None
        case _:
            return None
