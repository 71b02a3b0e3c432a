"""What a report shows of accuracy: the worst confusions, each with some of its places."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lccs_inputs.files import read_json

_PAIRS = 12
_PLACES = 8  # of a pair


@dataclass(frozen=True)
class Confusion:
    """Classes that are taken for each other.

    Attributes:
        title: of the map.
        mapped, true: the names of what the map says, and of what the reference says.
        share: of the area; `count` points.
        places: some of its points, as lines of the table of errors, with `text`, why the map says
            what it does.
    """

    reference: str
    target: str
    title: str
    mapped: str
    true: str
    share: float
    count: int
    places: Sequence[Mapping[str, str]]


def read_accuracy(path: Path) -> dict[str, Any]:
    """What `accuracy.tables.document` has written."""
    told: dict[str, Any] = read_json(path, "assessments", "references")
    return told


def worst_confusions(told: Mapping[str, Any], reasons: Path) -> list[Confusion]:
    """The confusions that are most of the area, those of level 3 first.

    Args:
        told: of `read_accuracy`.
        reasons: what `accuracy.reasons.explain_errors` has written.
    """
    places: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in read_json(reasons):
        key = tuple(row[name] for name in ("source", "target", "map_name", "reference_name"))
        if len(places[key]) < _PLACES:
            places[key].append(row)
    found = []
    for each in told["assessments"]:
        names = {row["code"]: row["name"] for row in each["classes"]}
        for pair in each["confusions"]:
            key = each["reference"], each["target"], names[pair["map"]], names[pair["reference"]]
            said = (*key[:2], each["title"], *key[2:], pair["share"], pair["points"])
            found.append(Confusion(*said, places[key]))
    found.sort(key=lambda each: (each.target != "level3", -each.share))
    return found[:_PAIRS]
