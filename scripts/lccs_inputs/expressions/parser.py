"""Read the text of an expression into nodes.

Python's own grammar does the reading (`ast.parse`, which runs nothing); a walker then accepts
only what the language has and refuses the rest by name.
"""

import ast
import math
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NoReturn

from lccs_inputs.errors import ExpressionError
from lccs_inputs.expressions.nodes import (
    AREA_STATISTICS,
    FOCAL_FUNCTIONS,
    FUNCTIONS,
    MAX_DEPTH,
    MAX_FOCAL_SIDE,
    MAX_SIZE,
    OBSERVATION_STATISTIC,
    AreaStatistic,
    Focal,
    Membership,
    Name,
    Node,
    Number,
    Observed,
    Operation,
    canonical,
    logical,
    observed,
    statistics_of,
    type_problems,
)
from lccs_inputs.expressions.observations import STATISTICS, WITHIN, is_statistic, stranger
from lccs_inputs.facts.sensors import OBSERVATION_FUNCTIONS
from lccs_inputs.words import brief, nearest

_ARITHMETIC: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_COMPARISONS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_FOREIGN: dict[type, str] = {
    ast.BitAnd: "`&` is not used here: write `and`",
    ast.BitOr: "`|` is not used here: write `or`",
    ast.BitXor: "`^` is not used here: write `**` for a power",
    ast.Invert: "`~` is not used here: write `not`",
    ast.Is: "`is` is not used here: write `==`",
    ast.IsNot: "`is not` is not used here: write `!=`",
    ast.IfExp: "`a if c else b` is not used here: write `where(c, a, b)`",
}
# spellings of other languages that Python cannot read at all
_MISSPELT = (
    (re.compile(r"&&|\bAND\b"), "write `and`"),
    (re.compile(r"\|\||\bOR\b"), "write `or`"),
    (re.compile(r"\bNOT\b|!(?!=)"), "write `not`"),
    (re.compile(r"<>"), "write `!=`"),
    (re.compile(r"=[<>]"), "write `<=` or `>=`"),
    (re.compile(r"(?<![<>=!:])=(?!=)"), "write `==` to compare"),
)
_ARGUMENTS: dict[str, tuple[int, int | None, str]] = {  # fewest, most, how a call looks
    "where": (3, 3, "where(condition, then, otherwise)"),
    "coalesce": (2, None, "coalesce(first, second, …)"),
    "is_nodata": (1, 1, "is_nodata(x)"),
    "abs": (1, 1, "abs(x)"),
    "min": (2, None, "min(x, y, …)"),
    "max": (2, None, "max(x, y, …)"),
    "sqrt": (1, 1, "sqrt(x)"),
    "count": (2, None, "count(condition, condition, …)"),
    "focal_mean": (2, 2, "focal_mean(x, side)"),
    "focal_median": (2, 2, "focal_median(x, side)"),
    **{name: (2, 2, f"{name}(scenes, condition)") for name in OBSERVATION_FUNCTIONS},
    OBSERVATION_STATISTIC: (3, 3, f"{OBSERVATION_STATISTIC}(scenes, x, p90)"),
    "area_min": (1, 1, "area_min(x)"),
    "area_max": (1, 1, "area_max(x)"),
    "area_mean": (1, 1, "area_mean(x)"),
    "area_percentile": (2, 2, "area_percentile(x, percent)"),
    "otsu": (1, 1, "otsu(x)"),
}

NESTED = "an area statistic cannot be taken of an expression that holds another area statistic"
MAX_TEXT = 100_000
"""Most characters of an expression: far more than anybody writes, far less than takes long."""
_TOO_DEEP = f"is nested more than {MAX_DEPTH} operations deep"


def parse(key: str, text: str) -> Node:
    """Read an expression.

    Args:
        key: dotted config path of the expression, for messages.

    Returns:
        Its nodes, names as they are written (`ndvi`, `s2.red`); types are checked as far as they
        do not hang on the meaning of a name.

    Raises:
        ExpressionError: the text is not of the language; says where and what to write instead.
    """
    if not text.strip():
        problem = "is empty: an expression is expected, such as `ndvi >= 0.4`"
        raise ExpressionError(key, text, 0, problem)
    if len(text) > MAX_TEXT:
        problem = f"is longer than {MAX_TEXT:,} characters; say it more simply"
        raise ExpressionError(key, text, 0, problem)
    # Line breaks mean nothing (YAML may fold a long expression); offsets must stay as they are.
    line = re.sub(r"\s", " ", text)
    start = len(line) - len(line.lstrip())
    reader = _Reader(key, text, line[start:], start)
    try:
        node = reader.read()
        problem = too_much(node)
    except (RecursionError, MemoryError):
        problem = _TOO_DEEP
    if problem:
        raise ExpressionError(key, text, 0, f"{problem}; say it more simply")
    for position, problem in type_problems(node):
        raise ExpressionError(key, text, position, problem)
    return node


def too_much(node: Node) -> str:
    """What is wrong with an expression that has too many parts or levels; "" if nothing is."""
    if node.depth > MAX_DEPTH:
        return _TOO_DEEP
    return f"has more than {MAX_SIZE:,} parts" if node.size > MAX_SIZE else ""


def hint(name: str, existing: Iterable[str]) -> str:
    """The end of a sentence on a name that does not exist; empty where no other is near."""
    guess = nearest(name, existing)
    return f" (did you mean {guess}?)" if guess else ""


@dataclass(frozen=True)
class _Reader:
    key: str
    text: str
    line: str
    start: int

    def fail(self, offset: int, problem: str) -> NoReturn:
        raise ExpressionError(self.key, self.text, self.start + offset, problem)

    def offset(self, node: ast.expr) -> int:
        """Characters before a node."""
        return self._characters[node.col_offset]

    @cached_property
    def _characters(self) -> list[int]:
        """How many come before each UTF-8 byte of the line, which is what `ast` counts."""
        return [at for at, character in enumerate(self.line) for _ in character.encode()]

    def read(self) -> Node:
        if "#" in self.line:
            self.fail(self.line.index("#"), "a comment cannot stand within an expression")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # `1and 2`: what Python only warns of is refused
                tree = ast.parse(self.line, mode="eval")
        except SyntaxError as error:
            self._explain(error)
        except ValueError as error:  # characters that no source text can hold
            self.fail(0, f"cannot be read ({error})")
        return self.node(tree.body)

    def _explain(self, error: SyntaxError) -> NoReturn:
        for pattern, advice in _MISSPELT:
            if found := pattern.search(self.line):
                self.fail(found.start(), f"`{found.group()}` is not used here: {advice}")
        # Python says 0 where the text ends too early
        offset = error.offset - 1 if error.offset else len(self.line)
        self.fail(min(offset, len(self.line)), f"cannot be read ({error.msg})")

    def position(self, node: ast.expr) -> int:
        return self.start + self.offset(node)

    def node(self, node: ast.expr) -> Node:
        return _READERS.get(type(node), _Reader.refuse)(self, node)

    def attribute(self, node: ast.Attribute) -> Name:
        if not isinstance(node.value, ast.Name):
            self.refuse(node)
        return Name(f"{node.value.id}.{node.attr}", position=self.position(node))

    def unary(self, node: ast.UnaryOp) -> Node:
        if isinstance(node.op, ast.Invert):
            self.refuse(node)
        operand, position = self.node(node.operand), self.position(node)
        if isinstance(node.op, ast.Not):
            return Operation("not", (operand,), position=position)
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(operand, Number):
            return Number(0.0 - operand.value, position=position)
        return Operation("negate", (operand,), position=position)

    def arithmetic(self, node: ast.BinOp) -> Node:
        if type(node.op) not in _ARITHMETIC:
            self.refuse(node)
        operands = (self.node(node.left), self.node(node.right))
        return Operation(_ARITHMETIC[type(node.op)], operands, position=self.position(node))

    def logic(self, node: ast.BoolOp) -> Node:
        operands = tuple(self.node(value) for value in node.values)
        operator = "and" if isinstance(node.op, ast.And) else "or"
        return logical(operator, operands, self.position(node))

    def refuse(self, node: ast.expr) -> NoReturn:
        foreign = getattr(node, "op", node)
        source = ast.get_source_segment(self.line, node)
        self.fail(
            self.offset(node),
            _FOREIGN.get(type(foreign))
            or f"`{brief(source or '')}` is not part of the language: it has names, numbers, "
            f"arithmetic, comparison, and, or, not, in {{…}}, {', '.join(_ARGUMENTS)}",
        )

    def number(self, node: ast.Constant) -> Number:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self.refuse(node)
        try:
            value = float(node.value)
        except OverflowError:
            value = math.inf
        if math.isinf(value):
            self.fail(self.offset(node), "is too large a number")
        return Number(value, position=self.position(node))

    def name(self, node: ast.Name) -> Name:
        if node.id in _ARGUMENTS:
            usage = _ARGUMENTS[node.id][2]
            self.fail(self.offset(node), f"{node.id} is a function: write {usage}")
        return Name(node.id, position=self.position(node))

    def comparison(self, node: ast.Compare) -> Node:
        """`a < b <= c` means `a < b and b <= c`."""
        sides = [node.left, *node.comparators]
        read = cache(lambda at: self.node(sides[at]))  # what stands between two is of both
        links = tuple(self.link(node, at, sides, read) for at in range(len(node.ops)))
        position = self.position(node)
        return links[0] if len(links) == 1 else logical("and", links, position)

    def link(
        self, node: ast.Compare, at: int, sides: Sequence[ast.expr], read: Callable[[int], Node]
    ) -> Node:
        op, position = node.ops[at], self.position(sides[at])
        if isinstance(op, ast.In | ast.NotIn):
            member = Membership(read(at), self.codes(sides[at + 1]), position=position)
            within = isinstance(op, ast.In)
            return member if within else Operation("not", (member,), position=position)
        if type(op) not in _COMPARISONS:
            self.fail(self.offset(node), _FOREIGN[type(op)])
        operands = (read(at), read(at + 1))
        return Operation(_COMPARISONS[type(op)], operands, position=position)

    def codes(self, node: ast.expr) -> tuple[float, ...]:
        if not isinstance(node, ast.Set):
            self.fail(self.offset(node), "`in` takes codes in braces, such as `in {1, 2, 5}`")
        codes: set[float] = set()
        for element in node.elts:
            code = self.node(element)
            if not isinstance(code, Number):
                self.fail(self.offset(element), "only numbers can be listed in braces")
            codes.add(code.value)
        return tuple(sorted(codes))

    def call(self, node: ast.Call) -> Node:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _ARGUMENTS:
            called = ast.get_source_segment(self.line, node.func)
            self.fail(
                self.offset(node),
                f"there is no function {brief(called or '')}{hint(name, _ARGUMENTS)}; "
                f"the functions are {', '.join(_ARGUMENTS)}",
            )
        fewest, most, usage = _ARGUMENTS[name]
        count = len(node.args)
        if node.keywords or count < fewest or (most is not None and count > most):
            self.fail(self.offset(node), f"write {usage}")
        position = self.position(node)
        if name in FUNCTIONS:
            operands = tuple(self.node(argument) for argument in node.args)
            return Operation(name, operands, position=position)
        if name in FOCAL_FUNCTIONS:
            operand, side = self.node(node.args[0]), self.side(node.args[1])
            return Focal(name, operand, side, position=position)
        if name not in AREA_STATISTICS:
            return self.observed(name, node)
        percent = self.percent(node.args[1]) if name == "area_percentile" else None
        statistic = AreaStatistic(name, self.node(node.args[0]), percent, position=position)
        if statistics_of(statistic.argument):
            self.fail(self.offset(node), NESTED)
        return statistic

    def observed(self, name: str, node: ast.Call) -> Observed:
        scenes, *rest = node.args
        if not isinstance(scenes, ast.Name):
            usage = _ARGUMENTS[name][2]
            self.fail(self.offset(scenes), f"{name} takes a scene set first: write {usage}")
        argument = self.node(rest[0])
        if (part := stranger(argument)) is not None:
            found = brief(canonical(part))
            problem = f"{name} looks at one observation at a time: {WITHIN}, not {found}"
            raise ExpressionError(self.key, self.text, part.position, problem)
        function = name if name in OBSERVATION_FUNCTIONS else self.statistic(rest[1])
        return observed(function, scenes.id, argument, self.position(node))

    def statistic(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name) or not is_statistic(node.id):
            self.fail(self.offset(node), f"the statistic is {STATISTICS}")
        return node.id

    def side(self, node: ast.expr) -> int:
        side = self.node(node)
        if not isinstance(side, Number) or side.value not in range(3, MAX_FOCAL_SIDE + 1, 2):
            self.fail(
                self.offset(node),
                f"the side of the square is an odd number of pixels, 3 to {MAX_FOCAL_SIDE}",
            )
        return int(side.value)

    def percent(self, node: ast.expr) -> float:
        percent = self.node(node)
        if not isinstance(percent, Number) or not 0 <= percent.value <= 100:
            self.fail(self.offset(node), "the percent of area_percentile is a number, 0 to 100")
        return percent.value


_READERS: dict[type[ast.expr], Callable[[_Reader, Any], Node]] = {
    ast.Constant: _Reader.number,
    ast.Name: _Reader.name,
    ast.Attribute: _Reader.attribute,
    ast.UnaryOp: _Reader.unary,
    ast.BinOp: _Reader.arithmetic,
    ast.BoolOp: _Reader.logic,
    ast.Compare: _Reader.comparison,
    ast.Call: _Reader.call,
}
