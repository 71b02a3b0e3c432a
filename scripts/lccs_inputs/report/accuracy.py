"""What a report has of accuracy: the worst confusions, and of each class points that are right."""

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
        source: the name of the data; `title` of the map.
        mapped, true: the names of what the map says, and of what the reference says.
        share: of the area; `count` points, of which `explained` are in `errors.json`.
        places: some of its points, as lines of the table of errors, with `text`, why the map says
            what it does.
    """

    source: str
    target: str
    title: str
    mapped: str
    true: str
    share: float
    count: int
    explained: int
    places: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class RightClass:
    """A class of a map, and points at which the reference says it too.

    Attributes:
        title: of the map.
        places: as of a `Confusion`.
    """

    target: str
    title: str
    name: str
    places: Sequence[Mapping[str, str]]


def read_accuracy(path: Path) -> dict[str, Any]:
    """What `accuracy.tables.document` has written."""
    told: dict[str, Any] = read_json(path, "assessments", "references")
    return told


def read_reasons(path: Path) -> dict[str, Any]:
    """What `accuracy.reasons.explain_points` has written of a table of points.

    Raises:
        InputError: it is damaged.
    """
    reasons: dict[str, Any] = read_json(path, "points", "explained", "lines")
    return reasons


def worst_confusions(told: Mapping[str, Any], reasons: Mapping[str, Any]) -> list[Confusion]:
    """The confusions that are most of the area, of whatever map, and those of level 3 before others
    that are as much.

    Args:
        told: of `read_accuracy`.
        reasons: of `read_reasons`, of the errors.
    """
    places = _places(reasons)
    found = []
    for each in told["assessments"]:
        names = {row["code"]: row["name"] for row in each["classes"]}
        for pair in each["confusions"]:
            key = each["source"], each["target"], names[pair["map"]], names[pair["reference"]]
            said = (*key[:2], each["title"], *key[2:], pair["share"], pair["points"])
            found.append(Confusion(*said, len(places[key]), places[key][:_PLACES]))
    found.sort(key=lambda each: (-each.share, each.target != "level3"))
    return found[:_PAIRS]


def right_points(told: Mapping[str, Any], reasons: Mapping[str, Any]) -> list[RightClass]:
    """The classes of the maps with points that are right, those of level 3 first.

    Args:
        told: of `read_accuracy`.
        reasons: of `read_reasons`, of the points that are right.
    """
    titles = {each["target"]: each["title"] for each in told["assessments"]}
    found = [
        RightClass(target, titles[target], name, rows[:_PLACES])
        for (_, target, name, _), rows in _places(reasons).items()
    ]
    return sorted(found, key=lambda each: each.target != "level3")


def _places(reasons: Mapping[str, Any]) -> Mapping[tuple[str, ...], Sequence[Mapping[str, str]]]:
    """The points of each pair of classes that are explained: data, map, and what the two say → the
    points."""
    places: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in reasons["lines"]:
        key = tuple(row[name] for name in ("source", "target", "map_name", "reference_name"))
        places[key].append(row)
    return places
