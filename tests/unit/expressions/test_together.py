"""Expressions that are evaluated together: each as it is alone, what they share once."""

from collections import Counter

import numpy as np
import pytest

from lccs_inputs.expressions import Program, Value, evaluate, evaluation, parse

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
