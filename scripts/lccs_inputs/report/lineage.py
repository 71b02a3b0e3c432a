"""What is made of what: sources on the left, what is made of them in columns to the right."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from lccs_inputs.report.document import Node, Report, Step

_RULES = {
    "level3": "classify_level3",
    "level4": "classify_level4",
    "coherence": "check_layers",
    "stack": "stack_layers",
}
"""What makes the results of which there is one; the others are layers, and maps in legends of
others."""


def nodes_of(made_of: Mapping[str, Sequence[str]], titles: Mapping[str, str]) -> list[Node]:
    """The sources and results of a period, each where it is drawn.

    Args:
        made_of: result → the results and source editions (`s2/2018`) it is made of.
        titles: of sources and results, by key.
    """
    used_by: dict[str, list[str]] = defaultdict(list)
    for result, parts in made_of.items():
        for part in parts:
            used_by[part].append(result)
    places = _places(made_of)
    return [
        Node(key, titles[key], _link(key), made_of.get(key, ()), used_by[key], places[key])
        for key in places
    ]


def _link(key: str) -> str:
    """The anchor of a source or of a map."""
    kind = "source" if "/" in key else "map"
    return f"{kind}-{key.replace('/', '-')}"


def _places(made_of: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, int]]:
    """(column, row) of each: right of all it is made of, about as high as they are."""
    keys = [*dict.fromkeys([*(part for parts in made_of.values() for part in parts), *made_of])]
    columns: dict[int, list[str]] = defaultdict(list)

    @cache
    def depth(key: str) -> int:
        return max((1 + depth(part) for part in made_of.get(key, ())), default=0)

    for key in keys:
        columns[depth(key)].append(key)
    places: dict[str, tuple[int, int]] = {}
    for column in sorted(columns):
        ordered = sorted(columns[column], key=lambda key: _height(made_of.get(key, ()), places))
        places |= {key: (column, row) for row, key in enumerate(ordered)}
    return places


def _height(parts: Sequence[str], places: Mapping[str, tuple[int, int]]) -> float:
    """The mean row of what something is made of."""
    return sum(places[part][1] for part in parts) / len(parts) if parts else 0.0


def history(node: Node, report: Report) -> list[Step]:
    """What came before a node, each with what it took, and the rule that made it in the end."""
    taken = {source.key: source.seconds for source in report.sources}
    if node.is_source:
        return []
    parts = [
        Step(key, "", "", taken[key]) if key in taken else replace(_step(key, report), node=key)
        for key in node.made_of
    ]
    return [*parts, _step(node.key, report)]


def _step(key: str, report: Report) -> Step:
    rule = _RULES.get(key) or ("build_layer" if key in report.made else "translate_legend")
    job = rule if key in _RULES else f"{rule} {key.removeprefix('legend_')}"
    code = report.told["software"]["code"].get(rule, "")
    return Step("", rule, code, report.seconds.get(job))
