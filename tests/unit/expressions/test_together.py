"""Expressions that are evaluated together: each as it is alone, what they share once."""

import warnings
import weakref
from collections import Counter

import numpy as np
import pytest

from lccs_inputs.expressions import Program, Value, evaluate, evaluation, parse, statistic_name

TEXTS = (
    "(a - b) / (a + b) > 0.2",
    "(a - b) / (a + b)",
    "where((a - b) / (a + b) > 0.2, sqrt(a), 3)",
    "a",
    "7",
)


@pytest.fixture
def values() -> dict[str, Value]:
    random = np.random.default_rng(1)
    return {
        name: Value(random.normal(size=(4, 5)), random.random((4, 5)) > 0.2) for name in ("a", "b")
    }


def test_each_is_what_it_is_alone_window_after_window(values: dict[str, Value]) -> None:
    nodes = [parse("x", text) for text in TEXTS]
    program = Program(nodes, values, {})
    other = {name: Value(value.data[:2] + 1, value.valid[:2]) for name, value in values.items()}
    for given in (values, other, values):
        for node, found in zip(nodes, program.of(given), strict=True):
            alone = evaluate(node, given, {})
            assert np.array_equal(found.valid, alone.valid)
            assert np.array_equal(found.data, alone.data)


def test_what_they_share_is_computed_once(
    values: dict[str, Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: Counter[str] = Counter()
    for name, function in evaluation.NUMERIC.items():

        def counting(*given, name=name, function=function):
            done[name] += 1
            return function(*given)

        monkeypatch.setitem(evaluation.NUMERIC, name, counting)
    Program([parse("x", text) for text in TEXTS], values, {}).of(values)
    assert done == {"-": 1, "+": 1, "/": 1, "sqrt": 1}


def test_what_was_used_for_the_last_time_is_let_go(
    values: dict[str, Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[np.ndarray]] = []
    kept: list[int] = []
    for name in ("abs", "sqrt"):

        def noting(given, function=evaluation.NUMERIC[name]):
            kept.append(sum(each() is not None for each in made))
            result = function(given)
            made.append(weakref.ref(result))
            return result

        monkeypatch.setitem(evaluation.NUMERIC, name, noting)
    text = "sqrt(abs(" * 5 + "a" + "))" * 5
    program = Program([parse("x", text)], values, {})
    assert program.of(values)[0].valid.any()
    assert kept == [0] + 9 * [1]  # what is worked on, and nothing before it


def test_what_is_asked_for_is_kept_though_others_use_it(values: dict[str, Value]) -> None:
    texts = ("a + b", "(a + b) * 2", "((a + b) * 2) ** 2", "a + b")
    found = Program([parse("x", text) for text in texts], values, {}).of(values)
    total = values["a"].data + values["b"].data
    for value, expected in zip(found, (total, total * 2, (total * 2) ** 2, total), strict=True):
        assert np.array_equal(value.data, expected)


@pytest.mark.parametrize("text", ["1 / (a - a)", "sqrt(0 - abs(a) - 1)", "(abs(a) + 10) ** 900"])
def test_what_has_no_result_is_nodata_without_a_warning(
    text: str, values: dict[str, Value]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not evaluate(parse("x", text), values, {}).valid.any()


def test_each_statistic_of_the_area_is_its_own(values: dict[str, Value]) -> None:
    class Area:
        minimum, maximum, mean = 1.0, 2.0, 3.0

        def percentile(self, percent: float) -> float:
            return 100 + percent

        def otsu(self) -> float:
            return 5.0

    asked = {
        "area_min(a)": 1,
        "area_max(a)": 2,
        "area_mean(a)": 3,
        "area_percentile(a, 0)": 100,
        "area_percentile(a, 7.5)": 107.5,
        "otsu(a)": 5,
    }
    nodes = [parse("x", text) for text in asked]
    found = Program(nodes, {}, {statistic_name(parse("x", "a")): Area()}).of({})
    assert [float(value.data) for value in found] == list(asked.values())
    assert all(value.valid for value in found)


def test_a_value_that_is_the_same_everywhere_goes_with_many() -> None:
    many, one = Value(np.arange(5.0), np.ones(5, bool)), Value(np.array([2.0]), np.array([True]))
    node = parse("m", "where(a >= b, a + b, coalesce(b, a))")
    for values in ({"a": many, "b": one}, {"b": one, "a": many}):
        found = evaluate(node, values, {})
        assert found.data.tolist() == [2, 2, 4, 5, 6]
        assert found.valid.tolist() == [True] * 5
    assert evaluate(parse("m", "b + 1"), {"b": one}, {}).data.tolist() == [3]
