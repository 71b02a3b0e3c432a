"""Which points of reference data are explained."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from lccs_inputs.accuracy.reasons import explain_points
from lccs_inputs.explain.answer import Level3Answer, PixelAnswer
from lccs_inputs.explain.places import Spot


def answers(spots: Sequence[Spot]) -> Iterator[PixelAnswer]:
    for at in spots:
        found = Level3Answer(112, "A12", {}, None, ())
        place = "EPSG:2154", 0, 0, 6.5, 46.5, at.row, at.column
        yield PixelAnswer("here", "2018", *place, (), found, synthetic=False)


def explained(folder: Path, counts: dict[str, int]) -> Counter[str]:
    """Of each confusion, how many of its points are explained."""
    table, target = folder / "errors.csv", folder / "errors.json"
    with table.open("w", newline="") as text:
        written = csv.writer(text)
        written.writerow(["source", "target", "map", "reference", "row", "col"])
        for pair, count in counts.items():
            written.writerows(["mine", "level3", "112", pair, row, 0] for row in range(count))
    explain_points({table: target}, answers)
    rows = json.loads(target.read_text())
    assert all(row["text"] and row["answer"]["row"] == int(row["row"]) for row in rows)
    return Counter(row["reference"] for row in rows)


def test_a_hundred_points_of_each_confusion_are_explained(tmp_path: Path) -> None:
    assert explained(tmp_path, {"111": 250, "215": 100, "216": 7}) == {
        "111": 100, "215": 100, "216": 7,
    }  # fmt: skip


def test_of_many_confusions_fewer_points_of_each_are_and_none_is_left_out(tmp_path: Path) -> None:
    many = {str(code): 90 for code in range(60)} | {"rare": 3}
    found = explained(tmp_path, many)
    assert found.total() <= 2000
    assert set(found.values()) == {33, 3}


def test_of_more_confusions_than_that_one_point_of_each_is(tmp_path: Path) -> None:
    found = explained(tmp_path, {str(code): 2 for code in range(2100)})
    assert set(found.values()) == {1} and len(found) == 2100
