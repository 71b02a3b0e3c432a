"""Reference data held against the grid and the period alone."""

import json
import logging
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from shapely import box

from lccs_inputs.config import read_class_table
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.reference.checking import check_references, require_used
from lccs_inputs.reference.data import ReferenceData
from small_rasters import area_of, grid_of

GRID = grid_of(10, 10)
LEFT, TOP = GRID.bounds[0], GRID.bounds[3]
AREA = area_of(GRID, box(*GRID.bounds))
YEAR = date(2018, 1, 1), date(2018, 12, 31)
INSIDE, OUTSIDE = f"{LEFT + 5},{TOP - 5}", f"{LEFT - 5},{TOP - 5}"


def said(name: str, **more: Any) -> ReferenceData:
    columns = {column: [column] for column in ("x", "y", "class", "date")}
    table = read_class_table("lccs", DESCRIPTORS)
    return ReferenceData(name, table, crs=GRID.crs, columns=columns, **more)


def points(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["x,y,class,date", *lines]))
    return path


def test_what_becomes_of_points_is_told_before_there_is_a_map(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = points(tmp_path / "a.csv", f"{INSIDE},A12,2018", f"{OUTSIDE},A12,2018")
    late = points(tmp_path / "b.csv", f"{INSIDE},A12,2009")
    target = tmp_path / "reference.json"
    given = [(said("mine"), file), (said("late"), late)]
    with caplog.at_level(logging.WARNING):
        check_references(given, ["level3"], AREA, YEAR, target)
    told = json.loads(target.read_text())["references"]
    assert told["mine"]["points"] == {"used": 1, "outside the area": 1}
    assert told["late"]["points"] == {"outside the period": 1}
    assert told["late"]["notes"] == [
        "reference.late: points that are left out: 1 outside the period",
        f"reference.late.file: no point of {late} can be used: 1 outside the period",
    ]
    assert all(note in caplog.messages for note in told["late"]["notes"])


def checked(folder: Path, place: tuple[str, str], *lines: str) -> Path:
    """What is told of two data for an area and a period, the second by the lines."""
    file = points(folder / f"{'_'.join(place)}.csv", *lines)
    good = points(folder / "good.csv", f"{INSIDE},A12,2018")
    target = folder / "/".join([place[0], "periods", place[1], "accuracy", "reference.json"])
    target.parent.mkdir(parents=True)
    check_references([(said("good"), good), (said("mine"), file)], ["level3"], AREA, YEAR, target)
    return target


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"{OUTSIDE},A12,2018", "no point is in the area; is the CRS right?"),
        (f"{INSIDE},A12,2009", "can be used: 1 outside the period"),
        (f"{INSIDE},A12,soon", 'neither a day nor a year: "soon"'),
        (f"{INSIDE},wood,2018", 'classes: lccs does not have "wood"'),
    ],
)
def test_data_of_no_use_for_any_area_and_period_are_refused(
    tmp_path: Path, line: str, fault: str
) -> None:
    first = checked(tmp_path, ("here", "2018"), line)
    with pytest.raises(SourceError, match=re.escape(fault)):
        require_used([first])
    second = checked(tmp_path, ("there", "2018"), line)
    with pytest.raises(SourceError, match=r"^here 2018: reference\.mine\..*; there 2018: .*mine"):
        require_used([first, second])
    require_used([first, second, checked(tmp_path, ("there", "2019"), f"{INSIDE},A12,2018")])


def test_strata_of_another_area_are_of_no_use_here(tmp_path: Path) -> None:
    file = points(tmp_path / "a.csv", f"{INSIDE},A12,2018")
    target = tmp_path / "here/periods/2018/accuracy/reference.json"
    target.parent.mkdir(parents=True)
    for strata, why in (({"a": 99999.0}, "no point is of any"), ({"A12": 99999.0}, "another area")):
        asked = said("mine", design="stratified", strata=strata)
        asked = replace(asked, columns={**asked.columns, "stratum": ["class"]})
        check_references([(asked, file)], ["level3"], AREA, YEAR, target)
        told = json.loads(target.read_text())["references"]["mine"]["points"]
        assert told == {"no stratum": 1}
        with pytest.raises(SourceError, match=why):
            require_used([target])


def test_all_data_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "a.csv"
    wrong.write_text("x,y\n1,2\n")
    empty = tmp_path / "b.csv"
    empty.touch()
    good = points(tmp_path / "c.csv", f"{INSIDE},A12,2018")
    given = [(said("a"), wrong), (said("good"), good), (said("b"), empty)]
    told = r"reference\.a\.class_column: .*; reference\.b\.file: .* is empty$"
    with pytest.raises(SourceError, match=told):
        check_references(given, ["level3"], AREA, YEAR, tmp_path / "reference.json")


def test_strata_that_may_be_those_of_several_maps_are_refused(tmp_path: Path) -> None:
    given = [(said("mine", design="stratified"), points(tmp_path / "a.csv", f"{INSIDE},A11,2018"))]
    maps = ["vegetat_veg_cat", "cultman_agr_cat"]
    target = tmp_path / "reference.json"
    with pytest.raises(SourceError, match=r"mine\.design: stratified by the classes of which map"):
        check_references(given, maps, AREA, YEAR, target)
    check_references(given, ["level3", *maps], AREA, YEAR, target)
