"""Which points of reference data are explained."""

import csv
import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from lccs_inputs.accuracy.reasons import explain_points
from lccs_inputs.explain.answer import Level3Answer, PixelAnswer
from lccs_inputs.explain.places import Spot


def answers(spots: Sequence[Spot], maps: Sequence[Collection[str]]) -> Iterator[PixelAnswer]:
    for at, about in zip(spots, maps, strict=True):
        assert {*about} == {"level3"}
        found = Level3Answer(112, "A12", {}, None, ())
        place = "EPSG:2154", 0, 0, 6.5, 46.5, at.row, at.column
        yield PixelAnswer("here", "2018", *place, (), found, synthetic=False)


def told(folder: Path, counts: dict[int, int]) -> dict[str, Any]:
    """What is written of as many points of each confusion."""
    table, target = folder / "errors.csv", folder / "errors.json"
    with table.open("w", newline="") as text:
        written = csv.writer(text)
        written.writerow(["source", "target", "map", "reference", "row", "col"])
        for pair, count in counts.items():
            written.writerows(["mine", "level3", "112", pair, row, 0] for row in range(count))
    explain_points({table: target}, answers)
    return json.loads(target.read_text())


def explained(folder: Path, counts: dict[int, int]) -> Counter[int]:
    """Of each confusion, how many of its points are explained."""
    rows = told(folder, counts)["lines"]
    assert all(row["text"] and row["answer"]["row"] == row["row"] for row in rows)
    return Counter(row["reference"] for row in rows)


def test_a_hundred_points_of_each_confusion_are_explained(tmp_path: Path) -> None:
    assert explained(tmp_path, {111: 250, 215: 100, 216: 7}) == {
        111: 100, 215: 100, 216: 7,
    }  # fmt: skip


def test_of_many_confusions_fewer_points_of_each_are_and_none_is_left_out(tmp_path: Path) -> None:
    many = dict.fromkeys(range(60), 90) | {99: 3}
    found = explained(tmp_path, many)
    assert found.total() <= 2000
    assert set(found.values()) == {33, 3}


def test_of_more_confusions_than_that_one_point_of_each_is(tmp_path: Path) -> None:
    found = explained(tmp_path, dict.fromkeys(range(2100), 2))
    assert set(found.values()) == {1} and len(found) == 2100


def test_what_is_not_explained_is_counted_beside_what_is(tmp_path: Path) -> None:
    found = told(tmp_path, {111: 250, 215: 100, 216: 107})
    assert (found["points"], found["explained"]) == (457, 300)
    same = {"source": "mine", "target": "level3", "map": 112, "explained": 100}
    assert found["left_out"] == [
        {**same, "reference": 111, "points": 250}, {**same, "reference": 216, "points": 107},
    ]  # fmt: skip


def test_of_a_map_that_is_right_everywhere_there_is_nothing_to_explain(tmp_path: Path) -> None:
    assert told(tmp_path, {}) == {"points": 0, "explained": 0, "left_out": [], "lines": []}
