"""The nodes an expression is made of, their types, and their one printed form.

Nodes are frozen and compare by content (not by their place in a text), so that a fingerprint can
follow what an expression says and evaluation can share what it repeats.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from lccs_inputs.facts.sensors import OBSERVATION_FUNCTIONS
from lccs_inputs.words import brief

ARITHMETIC = {"+": 5, "-": 5, "*": 6, "/": 6, "**": 8}
"""Binary operators over numbers, with their precedence (Python's)."""
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
FUNCTIONS = ("where", "coalesce", "is_nodata", "abs", "min", "max", "sqrt", "count")
FOCAL_FUNCTIONS = ("focal_mean", "focal_median")
MAX_FOCAL_SIDE = 15
AREA_STATISTICS = ("area_min", "area_max", "area_mean", "area_percentile", "otsu")
OBSERVATION_STATISTIC = "statistic"
"""The function of a statistic over observations."""
MAX_DEPTH = 100
"""Deepest nesting accepted, far below what recursion over nodes can bear."""
MAX_SIZE = 5_000
"""Most parts accepted, those that recur each time."""

_COMPARISON, _SIGN, _ATOM = 4, 7, 9  # precedences between and above those of ARITHMETIC
_LOGIC = {"or": 1, "and": 2, "not": 3}


class Type(StrEnum):
    NUMBER = "number"
    CONDITION = "condition"
    """Yes, no or nodata."""


@dataclass(frozen=True)
class Node:
    """An expression or a part of one.

    Attributes:
        position: 0-based offset in the text it was read from; no part of its identity.
    """

    position: int = field(default=0, compare=False, kw_only=True)

    @property
    def children(self) -> tuple["Node", ...]:
        """The parts that are evaluated for it; not the argument of an area statistic."""
        return ()

    @cached_property
    def size(self) -> int:
        """How many parts it has, itself among them; those that recur count each time."""
        return 1 + sum(part.size for part in _inner(self))

    @cached_property
    def depth(self) -> int:
        """The number of operations nested in each other."""
        return 1 + max((part.depth for part in _inner(self)), default=0)

    @cached_property
    def leaves(self) -> frozenset[str]:
        """The names that are evaluated for it; see `names`."""
        return frozenset().union(*(part.leaves for part in self.children))

    @cached_property
    def statistics(self) -> frozenset["AreaStatistic"]:
        """The area statistics that are evaluated for it."""
        return frozenset().union(*(part.statistics for part in self.children))

    @property
    def type(self) -> Type | None:
        """What it yields; None where that hangs on a name whose meaning is not known yet."""
        return Type.NUMBER


@dataclass(frozen=True)
class Number(Node):
    value: float


@dataclass(frozen=True)
class Name(Node):
    """A leaf: `red`, `s2.red`, `layers.aquatic_wat_cat`; its meaning is given from outside."""

    name: str
    meaning: Type | None = field(default=None, compare=False)

    @property
    def type(self) -> Type | None:
        return self.meaning

    @cached_property
    def leaves(self) -> frozenset[str]:
        return frozenset({self.name})


@dataclass(frozen=True, kw_only=True)
class Observed(Name):
    """What the observations of a scene set come to; a leaf, named as the band that holds it.

    Attributes:
        function: of `OBSERVATION_FUNCTIONS`, or a statistic: mean, median, max, min, stddev, p10.
        scenes: the scene set.
        argument: over the bands of its sensor, once its names are written out; a condition for a
            function, a number for a statistic.
    """

    function: str
    scenes: str
    argument: Node

    @property
    def takes(self) -> Type:
        """What its argument is."""
        return Type.CONDITION if self.function in OBSERVATION_FUNCTIONS else Type.NUMBER


@dataclass(frozen=True)
class Operation(Node):
    """An operator or function over operands.

    Attributes:
        operator: of `ARITHMETIC`, `COMPARISONS`, `FUNCTIONS`, or "negate", "and", "or", "not";
            "and" and "or" take two or more operands and never hold one of their own kind.
    """

    operator: str
    operands: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.operands

    @cached_property  # of a branch, it is asked by everything around it
    def type(self) -> Type | None:
        if self.operator in COMPARISONS or self.operator in _LOGIC or self.operator == "is_nodata":
            return Type.CONDITION
        if self.operator in ("where", "coalesce"):
            branches = self.operands[1:] if self.operator == "where" else self.operands
            return next((branch.type for branch in branches if branch.type), None)
        return Type.NUMBER


@dataclass(frozen=True)
class Membership(Node):
    """`operand in {codes}`; the codes are sorted and differ."""

    operand: Node
    codes: tuple[float, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)

    @property
    def type(self) -> Type:
        return Type.CONDITION


@dataclass(frozen=True)
class Focal(Node):
    """What the square of pixels about each pixel says of a number.

    Attributes:
        function: of `FOCAL_FUNCTIONS`.
        side: of the square, px: odd, 3 to `MAX_FOCAL_SIDE`.
    """

    function: str
    operand: Node
    side: int

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True)
class AreaStatistic(Node):
    """One number for the whole area, of the valid pixels of `argument`.

    Attributes:
        function: of `AREA_STATISTICS`.
        percent: the second argument of `area_percentile`, 0 to 100; None for the others.
    """

    function: str
    argument: Node
    percent: float | None = None

    @cached_property
    def statistics(self) -> frozenset["AreaStatistic"]:
        return frozenset({self})


def observed(function: str, scenes: str, argument: Node, position: int = 0) -> Observed:
    """`function` over the observations of a scene set."""
    return Observed(
        f"{scenes}.{function}({canonical(argument)})", Type.NUMBER, position=position,
        function=function, scenes=scenes, argument=argument,
    )  # fmt: skip


def logical(operator: str, operands: tuple[Node, ...], position: int = 0) -> Operation:
    """`and` or `or` over operands, those that are the same operation taken apart."""
    flat: list[Node] = []
    for operand in operands:
        same = isinstance(operand, Operation) and operand.operator == operator
        flat.extend(operand.children if same else (operand,))
    return Operation(operator, tuple(flat), position=position)


def and_not(base: Node, operand: Node) -> Node:
    """`base` without `operand`: for a condition `and not`, for a number 0 where the operand holds.

    Where `base` is no (0) already, it stays so whatever the operand is, also nodata. What is taken
    away one after the other is joined by `or`, which is the same and holds `base` twice only.
    """
    if base.type is Type.CONDITION:
        return logical("and", (base, Operation("not", (operand,))))
    match base:
        case Operation("where", (Operation("or", (*others, nothing)), Number(0.0), rest)) if (
            nothing == Operation("==", (rest, Number(0.0)))
        ):
            operand, base = logical("or", (*others, operand)), rest
    gone = logical("or", (operand, Operation("==", (base, Number(0.0)))))
    return Operation("where", (gone, Number(0.0), base))


def replace_names(node: Node, meaning: Callable[[Name], Node]) -> Node:
    """The expression with each name (also within area statistics) replaced."""
    match node:
        case Name():
            return meaning(node)
        case Operation("and" | "or" as operator, operands):
            replaced = tuple(replace_names(operand, meaning) for operand in operands)
            return logical(operator, replaced, node.position)
        case AreaStatistic(_, argument):
            return replace(node, argument=replace_names(argument, meaning))
        case _:
            return replace_children(node, lambda child: replace_names(child, meaning))


def mentioned(node: Node) -> list[Name]:
    """The names of an expression (also within area statistics) as often as they stand there."""
    found: list[Name] = []

    def note(name: Name) -> Name:
        found.append(name)
        return name

    replace_names(node, note)
    return found


def replace_children(node: Node, made: Callable[[Node], Node]) -> Node:
    """A node with what is made of each of its children."""
    match node:
        case Operation(_, operands):
            return replace(node, operands=tuple(made(operand) for operand in operands))
        case Membership(operand) | Focal(_, operand):
            return replace(node, operand=made(operand))
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """A node and all parts that are evaluated for it."""
    left = [node]
    while left:
        part = left.pop()
        yield part
        left.extend(reversed(part.children))


def _inner(node: Node) -> tuple[Node, ...]:
    """The parts of a node, and its argument where it is evaluated elsewhere."""
    return (node.argument,) if isinstance(node, AreaStatistic | Observed) else node.children


def halo(node: Node) -> int:
    """How far (px) an expression looks beyond a pixel: nested focal functions add up."""
    inner = max((halo(child) for child in node.children), default=0)
    return inner + node.side // 2 if isinstance(node, Focal) else inner


def names(node: Node) -> tuple[str, ...]:
    """The names whose values `evaluate` needs, sorted.

    Those that only an area statistic reads are not among them: `names` of its argument are.
    """
    return tuple(sorted(node.leaves))


def statistics_of(node: Node) -> tuple[AreaStatistic, ...]:
    """The area statistics of an expression, each once, in the order of their printed form."""
    return tuple(sorted(node.statistics, key=canonical))


def statistic_name(argument: Node) -> str:
    """The name (16 hexadecimal digits) of the statistics of an expression over an area."""
    return hashlib.sha256(canonical(argument).encode()).hexdigest()[:16]


def type_problems(node: Node, expected: Type | None = None) -> Iterator[tuple[int, str]]:
    """(position, problem) of every part that is a number where a condition is needed or so.

    Args:
        expected: what the whole must be; None where either will do.
    """
    if expected and node.type and node.type is not expected:
        yield node.position, _type_message(node, expected)
    match node:
        case Operation():
            for operand, needed in zip(node.operands, _operand_types(node), strict=True):
                yield from type_problems(operand, needed)
        case Membership(operand) | Focal(_, operand):
            yield from type_problems(operand, Type.NUMBER)
        case AreaStatistic(_, argument):
            yield from type_problems(argument, Type.NUMBER)
        case Observed():
            yield from type_problems(node.argument, node.takes)


def code_problems(node: Node, codes: Mapping[str, Collection[int]]) -> Iterator[tuple[int, str]]:
    """(position, problem) of every code that a product is compared with and does not have.

    Args:
        codes: the codes of each product that has some, by its name.
    """
    inner = (node.argument,) if isinstance(node, AreaStatistic) else node.children
    for part in inner:
        yield from code_problems(part, codes)
    match node:
        case Membership(Name(name), wanted):
            pass
        case Operation("==" | "!=", (Name(name), Number(value))):
            wanted = (value,)
        case _:
            return
    unknown = [code for code in wanted if codes.get(name) and code not in codes[name]]
    if unknown:
        has = ", ".join(map(str, sorted(codes[name])))
        yield node.position, f"{name} has no code {_number(unknown[0])}; its codes are {has}"


def _operand_types(node: Operation) -> tuple[Type | None, ...]:
    count = len(node.operands)
    match node.operator:
        case "and" | "or" | "not" | "count":
            return (Type.CONDITION,) * count
        case "where":
            return (Type.CONDITION, node.type, node.type)
        case "coalesce":
            return (node.type,) * count
        case "is_nodata":
            return (None,)
        case _:
            return (Type.NUMBER,) * count


def _type_message(node: Node, expected: Type) -> str:
    if expected is Type.CONDITION:
        advice = f"compare it, for example `{brief(_render(node, _COMPARISON + 1))} >= 0.4`"
    else:
        text = brief(canonical(node))
        advice = f"`{text}` is already yes or no; join conditions with `and`, `or`, `not`"
    return f"expected a {expected}, found a {node.type}: {advice}"


def canonical(node: Node) -> str:
    """The one printed form: same expression, same text; `parse` reads it back to an equal node."""
    return _render(node, 0)


def _render(node: Node, needed: int) -> str:
    """Print `node`, in parentheses where it binds less tightly than `needed`."""
    text, precedence = _text(node)
    return text if precedence >= needed else f"({text})"


def _text(node: Node) -> tuple[str, int]:
    match node:
        case Number(value):
            return _number(value), _SIGN if value < 0 else _ATOM
        case Name(name):
            return _observed(node) if isinstance(node, Observed) else name, _ATOM
        case Focal(function, operand, side):
            return f"{function}({canonical(operand)}, {side})", _ATOM
        case Membership(operand, codes):
            listed = ", ".join(_number(code) for code in codes)
            return f"{_render(operand, _COMPARISON + 1)} in {{{listed}}}", _COMPARISON
        case AreaStatistic(function, argument, percent):
            rest = "" if percent is None else f", {_number(percent)}"
            return f"{function}({canonical(argument)}{rest})", _ATOM
        case Operation(operator, operands):
            return _operation(operator, operands)
    raise TypeError(f"not a node: {node!r}")


def _observed(node: Observed) -> str:
    given = f"{node.scenes}, {canonical(node.argument)}"
    if node.takes is Type.CONDITION:
        return f"{node.function}({given})"
    return f"{OBSERVATION_STATISTIC}({given}, {node.function})"


def _operation(operator: str, operands: tuple[Node, ...]) -> tuple[str, int]:
    if operator in FUNCTIONS:
        return f"{operator}({', '.join(canonical(operand) for operand in operands)})", _ATOM
    if operator == "negate":
        return f"-{_render(operands[0], _SIGN)}", _SIGN
    if operator == "not":
        return f"not {_render(operands[0], _LOGIC['not'])}", _LOGIC["not"]
    if operator in _LOGIC:
        own = _LOGIC[operator]
        return f" {operator} ".join(_render(operand, own + 1) for operand in operands), own
    if operator == "**":  # groups to the right; its exponent may carry a sign
        left, right = _render(operands[0], _ATOM), _render(operands[1], _SIGN)
        return f"{left} ** {right}", ARITHMETIC["**"]
    own = ARITHMETIC.get(operator, _COMPARISON)
    first = own if operator in ARITHMETIC else own + 1  # comparisons would read as a chain
    left, right = _render(operands[0], first), _render(operands[1], own + 1)
    return f"{left} {operator} {right}", own


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
