"""Margins: the logic of conditions with the distance to the nearest that would change it."""

import numpy as np
import pytest

from lccs_inputs.confidence.margins import NONE, Margins
from lccs_inputs.expressions import Name, Node, Type, Value, evaluate, parse, replace_names
from lccs_inputs.expressions.nodes import walk

SPREADS = (2.0, 4.0)
STEPS = 32
CONDITIONS = (
    "a >= 3",
    "not (a >= 3)",
    "a >= 3 and b < 2",
    "a >= 3 or b < 2 or c == 1",
    "coalesce(a >= 3, b < 2)",
    "where(c == 1, a >= 3, b < 2)",
    "is_nodata(a) or a >= 3 and not is_nodata(b)",
    "wet and not (a >= 3)",
    "count(a >= 3, b < 2, wet) >= 2",
    "c in {1, 2} and a - b >= 1",
)


def read(text: str) -> Node:
    typed = {"wet": Type.CONDITION}
    return replace_names(parse("m", text), lambda n: Name(n.name, typed.get(n.name, Type.NUMBER)))


@pytest.fixture
def values() -> dict[str, Value]:
    random = np.random.default_rng(7)

    def number(codes: int) -> Value:
        data = random.integers(0, codes, 500).astype(float)
        return Value(data, random.random(500) > 0.2)

    wet = Value(random.random(500) > 0.5, random.random(500) > 0.2)
    return {"a": number(7), "b": number(5), "c": number(3), "wet": wet}


def margins(values: dict[str, Value], *nodes: Node) -> Margins:
    asked = ("a >= 3", "b < 2", "a - b >= 1")
    distant = {read(text) for text in asked} & {part for node in nodes for part in walk(node)}
    return Margins(values, {}, dict.fromkeys(distant, SPREADS), {})


@pytest.mark.parametrize("text", CONDITIONS)
def test_their_sign_is_what_the_condition_is(values: dict[str, Value], text: str) -> None:
    node = read(text)
    found, expected = margins(values, node).of(node), evaluate(node, values, {})
    assert np.array_equal(found != 0, expected.valid)
    assert np.array_equal((found > 0)[expected.valid], expected.data[expected.valid])


def size(values: dict[str, Value], text: str) -> list[int]:
    node = read(text)
    return np.abs(margins(values, node).of(node)).tolist()


def one(**numbers: float | None) -> dict[str, Value]:
    return {
        name: Value(np.array([0.0 if number is None else number]), np.array([number is not None]))
        for name, number in numbers.items()
    }


def test_a_distance_is_in_spreads_of_its_own_side() -> None:
    assert size(one(a=5), "a >= 3") == [2 / SPREADS[1] * STEPS]
    assert size(one(a=2), "a >= 3") == [1 / SPREADS[0] * STEPS]
    assert size(one(a=3), "a >= 3") == [1]
    assert size(one(a=-500), "a >= 3") == [126]
    assert size(one(a=None), "a >= 3") == [0]


def test_the_nearest_that_would_change_it_counts() -> None:
    both = "a >= 3 and b < 2"
    assert size(one(a=5, b=0), both) == [16], "the one that stops holding first"
    assert size(one(a=1, b=0), both) == [32], "the one that does not hold"
    assert size(one(a=1, b=4), "a >= 3 or b < 2") == [32], "either would do"
    assert size(one(a=5, c=1), "a >= 3 or c == 1") == [NONE], "no distance changes it"


def test_a_number_is_as_far_from_another_as_what_chose_it() -> None:
    node = read("where(a >= 3, where(b < 2, 1, 2), 0)")
    given = {name: Value(np.array(data), np.ones(3, bool)) for name, data in
             {"a": [5.0, 5.0, 1.0], "b": [0.0, 1.0, 0.0]}.items()}  # fmt: skip
    found = margins(given, node)
    assert found.decided(node).tolist() == [16, 8, 32]
    assert found.codes(node).tolist() == [1, 1, 0]


def test_the_method_that_knows_a_pixel_chose_its_number() -> None:
    node = read("coalesce(where(a >= 3, 1, 2), where(b < 2, 1, 2))")
    given = {"a": Value(np.array([5.0, 0]), np.array([True, False])),
             "b": Value(np.array([0.0, 0]), np.array([True, True]))}  # fmt: skip
    found = margins(given, node)
    assert found.decided(node).tolist() == [16, 16]
    assert found.codes(node).tolist() == [1, 1]
