"""Ratios in which the scale of stored numbers cancels: exact, and nothing else is changed."""

import operator
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lccs_inputs.expressions import Stored, Value, canonical, evaluate, names, parse
from lccs_inputs.expressions.nodes import Name, Node, Number, Operation

STEPS = 10_000
BANDS = ("nir", "red", "green")
TIES = np.arange(1, 2000, dtype=np.int16)  # red 3, nir 7: an NDVI of 0.4 for every factor

Inputs = dict[str, Value | Stored]


def stored(*numbers: int | None, steps: int = STEPS) -> Stored:
    """A row of pixels as a raster stores them; None is nodata."""
    whole = np.array([[number or 0 for number in numbers]], np.int16)
    return Stored(whole, np.array([[number is not None for number in numbers]]), steps)


def physical(value: Value | Stored) -> Value:
    """The same as numbers that nothing is known of but what they are."""
    return Value(value.data, value.valid)


def same_bits(text: str, given: Inputs) -> bool:
    """Whether an expression over stored numbers is what it is over their physical values."""
    node = parse("x", text)
    one = evaluate(node, given, {})
    other = evaluate(node, {name: physical(value) for name, value in given.items()}, {})
    return bool(
        one.data.dtype == other.data.dtype
        and np.array_equal(one.valid, other.valid)
        and one.data[one.valid].tobytes() == other.data[other.valid].tobytes()
    )


def test_a_denominator_of_exactly_nothing_is_nodata_where_rounding_left_some() -> None:
    given: Inputs = {"nir": stored(1000), "red": stored(2000), "green": stored(3000)}
    text = "(nir - red) / (nir + red - green)"
    assert not evaluate(parse("x", text), given, {}).valid.any()
    rounded = {name: physical(value) for name, value in given.items()}
    assert evaluate(parse("x", text), rounded, {}).data < -1e15


@pytest.mark.parametrize("steps", [10_000, 100])
@pytest.mark.parametrize(
    "text",
    [
        "(nir - red) / (nir + red) >= 0.4",
        "(nir - red) / (nir + red) == 0.4",
        "not (nir - red) / (nir + red) < 0.4",
        "(red - nir) / (red + nir) <= -0.4",
        "-(nir - red) / (nir + red) <= -0.4",
        "5 * (nir - red) / (nir + red) >= 2",
        "(nir - red) / (nir + red) * 100 >= 40",
        "max((nir - red) / (nir + red), 0.1) == 0.4",
        "(nir - red) / (-red + 2 * nir - nir + red * 2) == 0.4",
        "abs(red - nir) / (min(nir, red) + max(nir, red)) == 0.4",
        "(max(nir, 0) - max(red, 0)) / (max(nir, 0) + max(red, 0)) == 0.4",
    ],
)
def test_every_pixel_exactly_on_a_threshold_is_on_it(text: str, steps: int) -> None:
    valid = np.ones(TIES.shape, bool)
    given = {"red": Stored(3 * TIES, valid, steps), "nir": Stored(7 * TIES, valid, steps)}
    assert evaluate(parse("x", text), given, {}).data.all()


def test_pixels_beside_a_threshold_stay_beside_it() -> None:
    above, below = stored(13_994, 8), stored(13_992, 6)
    red = stored(5997, 3)
    node = parse("x", "(nir - red) / (nir + red) >= 0.4")
    assert evaluate(node, {"nir": above, "red": red}, {}).data.all()
    assert not evaluate(node, {"nir": below, "red": red}, {}).data.any()


def test_nodata_and_division_by_nothing_are_nodata() -> None:
    given = {"nir": stored(3, None, 0, -5), "red": stored(None, 4, 0, 5)}
    assert not evaluate(parse("x", "(nir - red) / (nir + red)"), given, {}).valid.any()


def multiples() -> st.SearchStrategy[Node]:
    """Sums, differences and whole multiples of bands: of degree 1 in each."""
    leaves = st.sampled_from(BANDS).map(Name)
    zero = st.just(Number(0.0))
    factors = st.integers(-20, 20).map(float).map(Number)

    def grow(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        pairs = st.tuples(parts, parts)
        signs = st.sampled_from("+-")
        products = st.tuples(factors, parts)
        return (
            st.builds(Operation, signs, pairs)
            | st.builds(Operation, st.sampled_from(["min", "max"]), pairs | st.tuples(parts, zero))
            | st.builds(Operation, st.sampled_from(["negate", "abs"]), st.tuples(parts))
            | st.builds(Operation, st.just("*"), products | products.map(lambda two: two[::-1]))
        )

    return st.recursive(leaves, grow, max_leaves=5)


_EXACT: dict[str, Callable[..., Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "min": min,
    "max": max,
    "negate": operator.neg,
    "abs": abs,
}


def exactly(node: Node, given: dict[str, Fraction]) -> Fraction:
    match node:
        case Name(name):
            return given[name]
        case Number(number):
            return Fraction(number)
        case Operation(name, operands):
            return _EXACT[name](*(exactly(operand, given) for operand in operands))
    raise TypeError(node)


NUMBERS = st.integers(-32_767, 32_767)


@given(multiples(), multiples(), st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_a_ratio_is_the_exact_one_rounded_once(
    above: Node, below: Node, drawn: tuple[int, int, int]
) -> None:
    node = Operation("/", (above, below))
    fractions = dict(zip(BANDS, (Fraction(number, STEPS) for number in drawn), strict=True))
    found = evaluate(node, dict(zip(BANDS, map(stored, drawn), strict=True)), {})
    if exactly(below, fractions) == 0:
        assert not found.valid.any()
    else:
        assert found.valid.all()
        assert found.data[0, 0] == float(exactly(node, fractions))


@given(multiples(), multiples(), st.tuples(NUMBERS, NUMBERS, NUMBERS), st.sampled_from("+-*"))
def test_what_is_no_ratio_is_bit_for_bit_what_it_is_over_physical_values(
    left: Node, right: Node, drawn: tuple[int, int, int], sign: str
) -> None:
    text = canonical(Operation(sign, (left, right)))
    assert same_bits(text, dict(zip(BANDS, map(stored, drawn), strict=True)))


@pytest.mark.parametrize(
    "text",
    [
        "2.5 * (nir - red) / (nir + 6 * red - 7.5 * green + 1)",  # the 1 has a scale
        "(nir - red) / (nir + red + 0.5)",
        "(nir * red) / (nir + red)",
        "nir / (red * red)",
        "nir / 2",
        "2 / nir",
        "0 / nir",
        "nir / max(0, 0)",
        "sqrt(nir) / sqrt(red)",
        "nir / vh",  # of two scales
        "(nir + vh) / red",
        "nir / code",
        "code / patches",
        "focal_mean(nir, 3) / focal_mean(red, 3)",
        "where(nir > red, nir, red) / green",
        "nir / 1e308 / red",
        "1e308 * nir / red",
        "nir > 0.4 and red in {0.1, 0.2} or is_nodata(green)",
    ],
)
@given(st.lists(st.tuples(*[st.none() | NUMBERS] * 5), min_size=1, max_size=6))
def test_where_no_scale_cancels_every_bit_stays(
    text: str, rows: list[tuple[int | None, ...]]
) -> None:
    nir, red, green, vh, codes = zip(*rows, strict=True)
    given: Inputs = {
        "nir": stored(*nir),
        "red": stored(*red),
        "green": stored(*green),
        "vh": stored(*vh, steps=100),
        "code": physical(stored(*codes, steps=1)),
        "patches": physical(stored(*red, steps=1)),
    }
    assert same_bits(text, {name: given[name] for name in names(parse("x", text))})


def test_a_ratio_within_another_part_shares_its_bands() -> None:
    text = "where((nir - red) / (nir + red) >= 0.4, nir, focal_mean((nir - red) / red, 3))"
    found = evaluate(parse("x", text), {"nir": stored(7, 8, 1), "red": stored(3, 4, 9)}, {})
    assert found.data.tolist() == [[0.0007, (4 / 3 + 1 - 8 / 9) / 3, (1 - 8 / 9) / 2]]
