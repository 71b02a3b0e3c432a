"""However an expression is written, the work is in proportion to its length, and has an end.

Work is counted in calls of Python functions, which no busy machine changes.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from lccs_inputs.errors import ExpressionError
from lccs_inputs.expressions import Value, canonical, evaluate, names, parse, statistics_of
from lccs_inputs.expressions.namespace import LayerText, Namespace, leaves
from lccs_inputs.expressions.nodes import MAX_SIZE
from lccs_inputs.expressions.parser import MAX_TEXT
from lccs_inputs.facts.lccs import Kind
from lccs_inputs.report.lineage import nodes_of

KEY = "layers.lifeform_veg_cat.methods.m"
MOST = 1_500_000
"""Calls that the worst that is accepted may take; a second or so."""
NAMES = Namespace(
    scene_sets={"s2": ("red", "nir")}, default_scenes="s2", products={"codes": ()}, derived={},
    layers={},
)  # fmt: skip


@contextmanager
def counted() -> Iterator[list[int]]:
    """The number of calls that are made within; it ends where they are far too many."""
    calls = [0]

    def count(_: object, event: str, __: object) -> None:
        if event == "call":
            calls[0] += 1
            assert calls[0] < 20 * MOST, "it takes for ever"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def nested(start: str, of: Callable[[str], str], levels: int) -> str:
    for _ in range(levels):
        start = of(start)
    return start


SHAPES: dict[str, Callable[[int], str]] = {
    "then": lambda n: nested("1", lambda x: f"where(red > 0.1, {x}, 2)", n),
    "otherwise": lambda n: nested("1", lambda x: f"where(red > 0.1, 2, {x})", n),
    "condition": lambda n: nested("red", lambda x: f"where({x} > 0.1, red, nir)", n),
    "then of a name": lambda n: nested("red", lambda x: f"where(red > 0.1, {x}, nir)", n),
    "first of coalesce": lambda n: nested("red", lambda x: f"coalesce({x}, nir)", n),
    "last of coalesce": lambda n: nested("red", lambda x: f"coalesce(nir, {x})", n),
    "function": lambda n: nested("red", lambda x: f"min({x}, nir)", n),
    "root": lambda n: nested("red", lambda x: f"sqrt({x})", n),
    "not": lambda n: f"where({nested('red > 0.1', lambda x: f'not ({x})', n)}, 1, 2)",
    "power": lambda n: nested("red", lambda x: f"({x}) ** 2", n),
    "quotient": lambda n: nested("red", lambda x: f"({x}) / nir", n),
    "focal": lambda n: nested("red", lambda x: f"focal_mean({x}, 3)", n),
}
LISTS: dict[str, Callable[[int], str]] = {
    "or": lambda n: f"where({' or '.join(['red > 0.1'] * n)}, 1, 2)",
    "sums in groups": lambda n: " + ".join(["(red + nir)"] * min(n, 60)),
    "codes": lambda n: f"where(codes in {{{', '.join(map(str, range(10**5, 10**5 + n)))}}}, 1, 2)",
    "count": lambda n: f"count({', '.join(['red > 0.1'] * n)})",
    "coalesce": lambda n: f"coalesce({', '.join(['red'] * n)})",
    "chain": lambda n: f"where({' < '.join(['red', 'nir'] * (n // 2))}, 1, 2)",
    "min": lambda n: f"min({', '.join(['red'] * n)})",
}


def resolved(text: str) -> None:
    """All that is done with an expression before anything runs, and its evaluation on a pixel."""
    layer = LayerText(("m",), {"m": text}, (), Kind.CATEGORICAL)
    spoken = replace(NAMES, layers={"lifeform_veg_cat": layer})
    node = spoken.resolve_layer("lifeform_veg_cat")
    assert not spoken.problems()
    assert canonical(parse(KEY, canonical(node))) == canonical(node)
    assert leaves(node) and not statistics_of(node)
    pixel = Value(np.full((1, 1), 0.2), np.ones((1, 1), bool))
    evaluate(node, dict.fromkeys(names(node), pixel), {})


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_nested_twice_as_deep_takes_no_more_than_its_levels_say(shape: str) -> None:
    with counted() as half:
        resolved(SHAPES[shape](24))
    with counted() as whole:
        resolved(SHAPES[shape](48))
    assert whole[0] < 4.4 * half[0] < MOST, "a part, and what walks up to it from each level"


@pytest.mark.parametrize("shape", LISTS)
def test_what_is_twice_as_long_takes_twice_the_work(shape: str) -> None:
    with counted() as half:
        resolved(LISTS[shape](200))
    with counted() as whole:
        resolved(LISTS[shape](400))
    assert whole[0] < 2.3 * half[0] < MOST


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" + ".join(["red"] * 100_000), f"is longer than {MAX_TEXT:,} characters"),
        (" or ".join(["red > 0"] * 100_000), f"is longer than {MAX_TEXT:,} characters"),
        (f"codes in {{{','.join(map(str, range(10**6)))}}}", "is longer than"),
        ("+".join(["red"] * 20_000), "is nested more than 100 operations deep"),
        (f"min({','.join(['red'] * 20_000)})", f"has more than {MAX_SIZE:,} parts"),
        ("-" * 90_000 + "red", "is nested more than 100 operations deep"),
        ("(" * 90_000 + "red", "cannot be read"),
        ("[" * 90_000, "cannot be read"),
        ("where(" * 15_000, "cannot be read"),
        ("9" * 90_000, "cannot be read"),
        ("x" * 90_000, "there is no"),
        ("x" * 90_000 + "(red)", "there is no function"),
        ("'" + "x" * 90_000 + "'", "is not part of the language"),
        ("é" * 40_000 + " + red", "there is no"),
        (f"where({nested('red', lambda x: f'0 < where({x} < 1, 1, 0)', 40)}, 1, 2)", ""),
        (nested("red", lambda x: f"where(0 < {x} < 1, 1, 2)", 20), "parts"),
        (f"{' '.join(['red'] * 20_000)}", "; say it more simply"),
        (f"{' + '.join(['red'] * 60)} + ({' or '.join(['red > 0.1'] * 900)})", "already yes or no"),
        (f"where({' + '.join(['1'] * 80)} > 200, 1, 2)", "never holds"),
    ],
)
def test_what_is_too_much_is_refused_before_long_in_few_words(text: str, told: str) -> None:
    with pytest.raises(ExpressionError) as refused, counted() as calls:
        resolved(text)
    assert calls[0] < MOST
    message = str(refused.value)
    assert told in message and message.startswith(KEY)
    assert len(message) < 1500 and text[:300] not in message


def test_derived_sources_that_double_are_refused_once_they_are_too_large() -> None:
    derived = {"d0": "nir - red"}
    derived |= {f"d{n}": f"(d{n - 1} - 1) / (d{n - 1} + 1)" for n in range(1, 29)}
    spoken = replace(NAMES, derived=derived)
    with counted() as calls:
        problems = spoken.problems()
    assert calls[0] < MOST
    assert f"has more than {MAX_SIZE:,} parts once its names are written out" in problems[0]
    small = replace(NAMES, derived={name: derived[name] for name in [f"d{n}" for n in range(10)]})
    assert not small.problems()


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.CATEGORICAL])
def test_each_thing_taken_away_takes_the_same_work(kind: Kind) -> None:
    def work(count: int) -> int:
        minus = tuple(f"red > 0.{n + 100}" for n in range(count))
        text = "red > 0.1" if kind is Kind.BINARY else "where(red > 0.1, 1, 2)"
        layer = LayerText(("m",), {"m": text}, minus, kind)
        with counted() as calls:
            node = replace(NAMES, layers={"x": layer}).resolve_layer("x")
            assert canonical(node)
        return calls[0]

    assert work(80) < 2.5 * work(40) < MOST


def test_sources_that_all_name_each_other_are_told_before_long() -> None:
    every = [f"d{n}" for n in range(16)]
    derived = {name: " + ".join(each for each in every if each != name) for name in every}
    with counted() as calls:
        assert replace(NAMES, derived=derived).problems()
    assert calls[0] < 4 * MOST


def test_lineage_of_layers_over_layers_is_drawn_at_once() -> None:
    made_of = {f"l{n}": [f"l{m}" for m in range(n)] for n in range(1, 40)}
    with counted() as calls:
        drawn = nodes_of(made_of, {f"l{n}": f"l{n}" for n in range(40)})
    assert calls[0] < 100_000 and len(drawn) == 40
