"""Between which numbers the values of an expression lie, and conditions that are always the same.

Interval arithmetic (Moore 1966, Interval Analysis) over what is known of the leaves. It knows
nothing of how operands hang together, so that an interval may be too wide, never too narrow: what
cannot be otherwise by it, cannot be otherwise. The one exception is a normalised difference of
reflectances, -1 to 1 as it is read, although reflectance just below 0 can lead beyond.
"""

import math
import operator as operator_of
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from lccs_inputs.expressions.nodes import (
    COMPARISONS,
    AreaStatistic,
    Focal,
    Membership,
    Name,
    Node,
    Number,
    Operation,
    Type,
    canonical,
)
from lccs_inputs.facts.sensors import FIRST, LAST, LONGEST, MONTHS, SHARE
from lccs_inputs.words import brief


class Unit(StrEnum):
    """What numbers are, where that says how a condition over them is to be written."""

    REFLECTANCE = "reflectance, of which 0.3 is 30 %"
    DECIBELS = "decibels"
    PERCENT = "whole percent"
    CODES = "codes"


@dataclass(frozen=True)
class Range:
    """The numbers from `low` to `high`; of any unit where none is given."""

    low: float = -math.inf
    high: float = math.inf
    unit: Unit | None = None

    @property
    def is_bounded(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high)

    def __str__(self) -> str:
        of = f" ({self.unit})" if self.unit else ""
        return f"from {self.low:g} to {self.high:g}{of}"


Ends = tuple[float, float]
_ENDLESS: Ends = (-math.inf, math.inf)
Truth = frozenset[bool]
"""What a condition can be, where it is not nodata."""
Possible = Range | Truth

ANY = Range()
EITHER: Truth = frozenset({False, True})
_YES: Truth = frozenset({True})
_NO: Truth = frozenset({False})


def anything(kind: Type | None) -> Possible:
    """What a number or a condition can be of which no more is known."""
    return EITHER if kind is Type.CONDITION else ANY


def possible(node: Node, known: Callable[[str], Possible]) -> Possible:
    """What the value of an expression can be, where it is not nodata.

    Args:
        known: what the value of each name can be.
    """
    return _reckoner(known)(node)


_Reckoner = Callable[[Node], Possible]


def _reckoner(known: Callable[[str], Possible]) -> _Reckoner:
    """What says of each part of expressions what it can be, reckoned once however often asked."""
    found: dict[int, tuple[Node, Possible]] = {}

    def of(node: Node) -> Possible:
        if id(node) not in found:
            found[id(node)] = node, _possible(node, known, of)
        return found[id(node)][1]

    return of


def _possible(node: Node, known: Callable[[str], Possible], of: _Reckoner) -> Possible:
    match node:
        case Number(value):
            found: Possible = Range(value, value)
        case Name(name):
            found = known(name)
        case Focal(_, operand) | AreaStatistic(_, operand):
            found = replace(_range(of(operand)), unit=None)
        case Membership(operand, codes):
            found = _member(_range(of(operand)), codes)
        case Operation("/", operands) if _is_normalised_difference(operands, of):
            found = Range(-1, 1)
        case Operation(operator, operands):
            found = _operation(operator, [of(operand) for operand in operands])
        case _:
            found = anything(node.type)
    return found


def over_observations(
    function: str, argument: Node, months: float, known: Callable[[str], Possible]
) -> Range:
    """What the observations of a scene set can come to.

    Args:
        months: how many calendar months the scene set has at most.
        known: what the value of each band can be at an observation.
    """
    if function == SHARE:
        return Range(0, 1)
    if function in (MONTHS, LONGEST):
        return Range(0, months)
    if function in (FIRST, LAST):
        return Range(1, 366)
    values = _range(possible(argument, known))
    if function == "stddev":
        return Range(0, (values.high - values.low) / 2)
    return replace(values, unit=None)


def constant_conditions(node: Node, known: Callable[[str], Possible]) -> Iterator[tuple[int, str]]:
    """(position, problem) of every comparison that always or never holds, and of every fraction
    that whole percent is compared with.

    Args:
        known: what the value of each name can be.
    """
    return _constant(node, _reckoner(known))


def _constant(node: Node, of: _Reckoner) -> Iterator[tuple[int, str]]:
    inner = (node.argument,) if isinstance(node, AreaStatistic) else node.children
    for part in inner:
        yield from _constant(part, of)
    if not _compares(node):
        return
    values = [_range(of(operand)) for operand in node.children]
    truth = of(node)
    if fraction := _fraction_of_percent(node.children, values):
        yield node.position, fraction
    elif truth != EITHER:
        said = "always" if truth == _YES else "never"
        sides = zip(node.children, values, strict=True)
        told = ", ".join(f"{_quoted(p)} is {r}" for p, r in sides if not isinstance(p, Number))
        yield node.position, f"`{_quoted(node)}` {said} holds: {told or 'it names nothing'}"


def _compares(node: Node) -> bool:
    return isinstance(node, Membership) or (
        isinstance(node, Operation) and node.operator in COMPARISONS
    )


def _fraction_of_percent(operands: Iterable[Node], values: Iterable[Range]) -> str:
    """What is wrong with a comparison of whole percent with a part of one; "" if nothing is."""
    sides = list(zip(operands, values, strict=True))
    shares = [side.value for side, _ in sides if isinstance(side, Number) and 0 < side.value < 1]
    of = [_quoted(side) for side, value in sides if value.unit is Unit.PERCENT]
    if not (shares and of):
        return ""
    return (
        f"{of[0]} is in {Unit.PERCENT}, 0 to 100, and {shares[0]:g} is less than one of them; "
        f"write {100 * shares[0]:g} for {100 * shares[0]:g} %, or 1 for any at all"
    )


def _quoted(node: Node) -> str:
    return brief(canonical(node))


def _range(value: Possible) -> Range:
    return value if isinstance(value, Range) else ANY


def _truth(value: Possible) -> Truth:
    return EITHER if isinstance(value, Range) else value


def _is_normalised_difference(operands: tuple[Node, ...], of: _Reckoner) -> bool:
    """Whether it is (a - b) / (a + b) of two reflectances, or of numbers that are not negative."""
    match operands:
        case (Operation("-", (a, b)), Operation("+", added)) if added in ((a, b), (b, a)):
            both = _range(of(a)), _range(of(b))
            return all(each.unit is Unit.REFLECTANCE or each.low >= 0 for each in both)
    return False


def _member(value: Range, codes: Iterable[float]) -> Truth:
    within = [code for code in codes if value.low <= code <= value.high]
    if not within:
        return _NO
    return _YES if value.low == value.high else EITHER


def _operation(operator: str, values: list[Possible]) -> Possible:
    if operator in ("where", "coalesce"):
        return _branches(operator, values)
    if operator in ("and", "or", "not"):
        return _logic(operator, [_truth(value) for value in values])
    if operator == "count":
        return Range(0, len(values))
    if operator == "is_nodata":
        return EITHER
    numbers = [_range(value) for value in values]
    if operator in COMPARISONS:
        return _comparison(operator, *numbers)
    return _arithmetic(operator, numbers)


def _branches(operator: str, values: list[Possible]) -> Possible:
    """Of `where` only what its condition can choose."""
    if operator == "where":
        condition = _truth(values[0])
        values = [v for v, chosen in zip(values[1:], (True, False), strict=True)
                  if chosen in condition]  # fmt: skip
    if any(isinstance(value, frozenset) for value in values):
        return frozenset().union(*map(_truth, values))
    return _hull(*map(_range, values))


def _hull(*ranges: Range) -> Range:
    units = {each.unit for each in ranges}
    unit = units.pop() if len(units) == 1 else None
    return Range(min(each.low for each in ranges), max(each.high for each in ranges), unit)


def _logic(operator: str, truths: list[Truth]) -> Truth:
    if operator == "not":
        return frozenset(not each for each in truths[0])
    decisive = operator == "or"  # one yes makes `or` yes, one no makes `and` no
    if any(truth == {decisive} for truth in truths):
        return frozenset({decisive})
    return EITHER if any(decisive in truth for truth in truths) else frozenset({not decisive})


def _comparison(operator: str, left: Range, right: Range) -> Truth:
    match operator:
        case "<":
            always, never = left.high < right.low, left.low >= right.high
        case "<=":
            always, never = left.high <= right.low, left.low > right.high
        case ">" | ">=":
            return _comparison({">": "<", ">=": "<="}[operator], right, left)
        case _:
            always = left.low == left.high == right.low == right.high
            never = left.high < right.low or left.low > right.high
            if operator == "!=":
                always, never = never, always
    if always:
        return _YES
    return _NO if never else EITHER


def _arithmetic(operator: str, values: list[Range]) -> Range:
    first, *rest = values
    for other in rest:
        first = _pair(operator, first, other)
    return first if rest else _single(operator, first)


def _single(operator: str, value: Range) -> Range:
    low, high = value.low, value.high
    match operator:
        case "negate":
            return Range(-high, -low)
        case "abs":
            ends = abs(low), abs(high)
            return Range(0 if low <= 0 <= high else min(ends), max(ends))
        case "sqrt":  # of what is negative it is nodata
            return Range(math.sqrt(max(low, 0)), math.sqrt(max(high, 0)))
    return ANY


def _pair(operator: str, a: Range, b: Range) -> Range:
    match operator:
        case "+":
            ends = a.low + b.low, a.high + b.high
        case "-":
            ends = a.low - b.high, a.high - b.low
        case "min":
            ends = min(a.low, b.low), min(a.high, b.high)
        case "max":
            ends = max(a.low, b.low), max(a.high, b.high)
        case "**":
            ends = _power(a, b.low) if b.low == b.high else _ENDLESS
        case "/":
            ends = _ENDLESS if b.low <= 0 <= b.high else _corners(operator_of.truediv, a, b)
        case _:
            ends = _corners(operator_of.mul, a, b)
    return Range(*ends)


def _corners(of: Callable[[float, float], float], a: Range, b: Range) -> Ends:
    """The ends of what is monotone in both operands; 0 of what has no end is 0, for none has."""
    ends = [0.0 if x == 0 else of(x, y) if y else 0.0 for x in (a.low, a.high)
            for y in (b.low, b.high)]  # fmt: skip
    return _ENDLESS if any(map(math.isnan, ends)) else (min(ends), max(ends))


def _power(base: Range, exponent: float) -> Ends:
    """To a positive power; what it is of a negative number hangs on whether that is whole."""
    if exponent <= 0 or (base.low < 0 and not float(exponent).is_integer()):
        return _ENDLESS
    try:
        low, high = base.low**exponent, base.high**exponent
    except OverflowError:
        return _ENDLESS
    if exponent % 2 == 0 and base.low < 0:
        return (0.0 if base.high >= 0 else high), max(low, high)
    return low, high
