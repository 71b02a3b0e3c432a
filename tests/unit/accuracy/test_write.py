"""What is told of the accuracy of maps: figures, errors, and what became of points."""

import csv
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
from PIL import Image
from shapely import box

from lccs_inputs.accuracy.assess import poststrata
from lccs_inputs.accuracy.errors import agreement
from lccs_inputs.accuracy.write import write_accuracy
from lccs_inputs.config import read_class_table
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.pictures.accuracy import draw_accuracy, draw_errors
from lccs_inputs.rasters.synthetic import sample_tags
from lccs_inputs.reference.data import ReferenceData, Status
from lccs_inputs.reference.store import read_table
from small_rasters import NODATA, area_of, grid_of, write_codes
from true_ground import hectares_by_scale

GRID = grid_of(40, 30)
LEFT, TOP = GRID.bounds[0], GRID.bounds[3]
AREA = area_of(GRID, box(LEFT, TOP - 300, LEFT + 300, TOP))
"""A grid whose last 10 columns are outside."""
HECTARES = hectares_by_scale(GRID)[:, :30]
YEAR = date(2018, 1, 1), date(2018, 12, 31)
COLUMNS = ("x", "y", "class", "stratum")


def level3() -> np.ndarray:
    """Ten columns each of 112, 111 and 220, and a few pixels that are not known."""
    codes = np.repeat(np.array([[112, 111, 220, NODATA]], np.uint8), 10, axis=1).repeat(30, axis=0)
    codes[:2, 5] = NODATA
    return codes


Place = tuple[int, int, str]


def places(*groups: tuple[range, range, str]) -> list[Place]:
    return [(row, col, name) for cols, rows, name in groups for row in rows for col in cols]


def points(path: Path, said: list[Place], strata: Mapping[str, str] | None = None) -> Path:
    lines = [",".join(COLUMNS)]
    for row, col, name in said:
        x, y = LEFT + 10 * col + 5, TOP - 10 * row - 5
        lines.append(f"{x},{y},{name},{(strata or {}).get(name, '')}")
    path.write_text("\n".join(lines))
    return path


def data(name: str = "mine", **said: Any) -> ReferenceData:
    columns = {column: [column] for column in COLUMNS}
    table = read_class_table("lccs", DESCRIPTORS)
    return ReferenceData(name, table, crs=GRID.crs, columns=columns, **said)


def write(
    folder: Path, said: list[Place], asked: ReferenceData | None = None, **tags: Any
) -> dict[str, Any]:
    path = points(folder / "points.csv", said)
    maps = {"level3": write_codes(folder / "level3.tif", GRID, level3(), **tags)}
    write_accuracy(
        [(asked or data(), path)], maps, DESCRIPTORS, AREA, YEAR, folder / "accuracy", alone=True
    )
    return json.loads((folder / "accuracy/accuracy.json").read_text())


RIGHT = places(
    (range(9), range(3, 9), "112"),
    (range(11, 19), range(9), "111"),
    (range(21, 30), range(9), "220"),
)
WRONG = places((range(12, 15), range(20, 22), "112"))


def test_the_area_of_a_class_is_what_is_mapped_of_it_and_what_is_taken_for_another(
    tmp_path: Path,
) -> None:
    told = write(tmp_path, RIGHT + WRONG, data(design="stratified"))
    (found,) = told["assessments"]
    assert found["points"] == len(RIGHT) + len(WRONG)
    assert found["method"].startswith("stratified by the classes of the map")
    rows = {row["code"]: row for row in found["classes"]}
    mapped = {code: HECTARES[(level3()[:, :30] == code)].sum() for code in (111, 112, 220)}
    assert {code: row["mapped_ha"] for code, row in rows.items()} == pytest.approx(mapped, abs=1e-4)
    missed = mapped[111] * 6 / 78
    assert rows[112]["area_ha"] == pytest.approx(mapped[112] + missed, abs=1e-4)
    assert rows[111]["users"] == pytest.approx(72 / 78, abs=1e-6)
    assert rows[112]["producers"] == pytest.approx(mapped[112] / (mapped[112] + missed), abs=1e-6)
    assert rows[220]["users_half"] == 0
    assert rows[112]["area_low_ha"] < mapped[112] + missed < rows[112]["area_high_ha"]
    assert found["confusions"] == [
        {
            "map": 111,
            "reference": 112,
            "share": pytest.approx(missed / sum(mapped.values()), abs=1e-6),
            "points": 6,
        }
    ]
    for whose in ("users", "producers"):
        for row in rows.values():
            low, high = row[f"{whose}_low"], row[f"{whose}_high"]
            assert 0.5 < low < row[whose] <= high <= 1, "also where all points are right"
    assert any(note.startswith("no more than 6 points wrong") for note in found["notes"])


def test_layers_are_estimated_by_the_classes_of_level_3_that_points_were_drawn_by(
    tmp_path: Path,
) -> None:
    vegetated = np.where(level3() == NODATA, NODATA, level3() != 220).astype(np.uint8)
    maps = {
        "vegetat_veg_cat": write_codes(tmp_path / "vegetat_veg_cat.tif", GRID, vegetated),
        "cultman_agr_cat": write_codes(tmp_path / "cultman_agr_cat.tif", GRID, vegetated),
    }
    said = [*RIGHT, *[(row, col, "B20") for row, col, _ in WRONG]]
    asked = [(data(design="stratified"), points(tmp_path / "points.csv", said))]
    rest = DESCRIPTORS, AREA, YEAR, tmp_path / "out"
    level_3 = {"level3": write_codes(tmp_path / "level3.tif", GRID, level3())}
    write_accuracy(asked, {**maps, **level_3}, *rest, alone=True)
    told = json.loads((tmp_path / "out/accuracy.json").read_text())["assessments"]
    found = {each["target"]: each for each in told}["vegetat_veg_cat"]
    assert found["method"] == "stratified by the classes of Land cover, LCCS level 3 (Stehman 2014)"
    of = level3()[:, :30]
    wrong = HECTARES[of == 111].sum() * 6 / 78
    assert found["overall"]["value"] == pytest.approx(
        1 - wrong / HECTARES[of != NODATA].sum(), abs=1e-6
    )
    assert found["classes"][0]["area_ha"] == pytest.approx(
        HECTARES[of == 220].sum() + wrong, abs=1e-4
    )
    with pytest.raises(SourceError, match=r"mine\.design: stratified by the classes of which map"):
        write_accuracy(asked, maps, *rest, alone=True)


def test_a_layer_is_assessed_only_within_classes_that_tell_it(tmp_path: Path) -> None:
    codes = level3()
    lifeform = np.select([codes == NODATA, codes == 220, codes == 111], [NODATA, 0, 2], 1)
    maps = {
        "level3": write_codes(tmp_path / "level3.tif", GRID, codes),
        "lifeform_veg_cat": write_codes(tmp_path / "life.tif", GRID, lifeform.astype(np.uint8)),
    }
    rest = maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out"

    def told(*said: Place) -> dict[str, Any]:
        path = points(tmp_path / "points.csv", [*said])
        write_accuracy([(data(design="stratified"), path)], *rest, alone=True)
        found: dict[str, Any] = json.loads((tmp_path / "out/accuracy.json").read_text())
        return found

    plain = told(*RIGHT, *WRONG)
    assert [each["target"] for each in plain["assessments"]] == ["level3"]
    (note,) = [each for each in plain["references"]["mine"]["notes"] if "not assessed" in each]
    assert "say something of it, 81 points, say" in note
    assert note.endswith("and 132 say nothing")
    fields = [(row, col, "A11.A2" if name == "111" else name) for row, col, name in RIGHT]
    crops = [(row, col, "A11.A1") for row, col, _ in WRONG]
    (found,) = [
        each
        for each in told(*fields, *crops)["assessments"]
        if each["target"] == "lifeform_veg_cat"
    ]
    of = codes[:, :30]
    field, water = (HECTARES[of == code].sum() for code in (111, 220))
    assert found["points"] == 81 + 72 + 6
    assert found["hectares"] == pytest.approx(field + water, abs=1e-4)
    wrong = field * 6 / 78
    assert found["overall"]["value"] == pytest.approx(1 - wrong / (field + water), abs=1e-6)
    rows = {row["code"]: row for row in found["classes"]}
    assert rows[1]["area_ha"] == pytest.approx(wrong, abs=1e-4)
    assert rows[1]["mapped_ha"] == 0
    assert rows[2]["mapped_ha"] == pytest.approx(field, abs=1e-4)
    assert "54 of 213 points say nothing of it" in found["notes"][0]


def test_every_error_is_in_the_table_of_errors_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, RIGHT + WRONG)
    with (tmp_path / "accuracy/errors.csv").open(newline="") as text:
        rows = [*csv.DictReader(text)]
    assert [(int(row["row"]), int(row["col"])) for row in rows] == [each[:2] for each in WRONG]
    assert {(row["map"], row["reference"], row["class"]) for row in rows} == {("111", "112", "112")}
    assert all(2 < float(row["lon"]) < 8 and 44 < float(row["lat"]) < 47 for row in rows)


def test_the_first_points_of_each_class_that_are_right_are_in_a_table_too(tmp_path: Path) -> None:
    write(tmp_path, RIGHT + WRONG)
    with (tmp_path / "accuracy/right.csv").open(newline="") as text:
        rows = [*csv.DictReader(text)]
    expected = []
    for code in sorted({code for *_, code in RIGHT}):
        expected += [place for place in RIGHT if place[2] == code][:8]
    assert [(int(row["row"]), int(row["col"]), row["map"]) for row in rows] == expected
    assert all(row["map"] == row["reference"] for row in rows)


def test_points_are_kept_with_what_the_map_says_there(tmp_path: Path) -> None:
    told = write(tmp_path, [*RIGHT, *WRONG, (0, 5, "112"), (0, 35, "215")])
    table = read_table(tmp_path / "accuracy/points.gpkg")
    assert told["references"]["mine"]["points"] == {
        Status.USED: len(RIGHT) + len(WRONG) + 1,
        Status.OUTSIDE: 1,
    }
    assert told["assessments"][0]["without_map"] == 1
    at = table.set_index(["row", "col"])
    assert at.loc[(20, 12), ["level3", "level3_map"]].tolist() == [112, 111]
    assert at.loc[(0, 5), "level3_map"] == -1
    assert at.mixed[(5, 8)] == 0
    assert at.mixed[(5, 11)] == 0
    assert at.mixed[(3, 0)] == 0
    agree = agreement(table, "level3", told)[2].tolist()
    assert (agree.count(True), agree.count(False)) == (len(RIGHT), len(WRONG))


def test_points_within_a_pixel_of_a_boundary_are_told_and_left_out_only_if_asked(
    tmp_path: Path,
) -> None:
    near = [(5, 9, "112"), (5, 10, "111"), (3, 5, "112"), (15, 20, "220")]
    told = write(tmp_path, RIGHT + near)
    mine = told["references"]["mine"]
    assert mine["points"] == {Status.USED: len(RIGHT) + 4 - 1, Status.DUPLICATE: 1}
    assert any("3 of the points used lie within a pixel of" in note for note in mine["notes"])
    told = write(tmp_path, RIGHT + near, data(leave_out_mixed=True))
    assert told["references"]["mine"]["points"][Status.MIXED] == 3


def test_water_of_any_origin_is_one_class_where_either_side_says_no_more(tmp_path: Path) -> None:
    told = write(
        tmp_path, [(row, col, "B28" if name == "220" else name) for row, col, name in RIGHT]
    )
    assert told["assessments"][0]["overall"]["value"] == 1
    assert [row["code"] for row in told["assessments"][0]["classes"]] == [111, 112, 220]
    table = read_table(tmp_path / "accuracy/points.gpkg")
    agree = agreement(table, "level3", told)[2].tolist()
    assert agree == [True] * len(RIGHT), "the picture says what the table says"


def test_the_strata_of_the_data_are_taken_and_what_is_in_none_is_told(tmp_path: Path) -> None:
    said = RIGHT + WRONG
    strata = {"112": "land", "111": "land", "220": "lake"}
    path = points(tmp_path / "points.csv", [*said, (25, 5, "A12")], strata)
    maps = {"level3": write_codes(tmp_path / "level3.tif", GRID, level3())}
    asked = data(design="stratified", strata={"land": 500.0, "lake": 250.0, "sea": 150.0})
    write_accuracy([(asked, path)], maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out", alone=True)
    (found,) = json.loads((tmp_path / "out/accuracy.json").read_text())["assessments"]
    assert "Stehman 2014" in found["method"]
    told = json.loads((tmp_path / "out/accuracy.json").read_text())["references"]["mine"]
    assert told["points"] == {Status.USED: len(said), Status.NO_STRATUM: 1}
    assert any(note.startswith("no point lies in sea, 16.67%") for note in found["notes"])
    assert found["hectares"] == pytest.approx(HECTARES.sum() * 5 / 6, abs=1e-4)
    wrong = 2 / 3 * 6 / 132
    assert found["overall"]["value"] == pytest.approx(1 - wrong, abs=1e-6)


def test_a_stratum_where_a_map_has_no_data_in_part_counts_for_the_rest_of_it(
    tmp_path: Path,
) -> None:
    """Half of the area is nodata but for a tenth, and the map is half wrong there."""
    layer = np.ones(GRID.shape, np.uint8)
    layer[3:, :15] = NODATA
    maps = {"vegetat_veg_cat": write_codes(tmp_path / "vegetat_veg_cat.tif", GRID, layer)}
    west = [(row, col, "A12" if col % 2 else "B16") for row in range(30) for col in range(14)]
    east = [(row, col, "A12") for row in range(30) for col in range(15, 29)]
    lines = [
        f"{LEFT + 10 * col + 5},{TOP - 10 * row - 5},{name},{part}"
        for part, places_ in (("west", west), ("east", east))
        for row, col, name in places_
    ]
    path = tmp_path / "points.csv"
    path.write_text("\n".join([",".join(COLUMNS), *lines]))
    asked = data(design="stratified", strata={"west": 450.0, "east": 450.0})
    write_accuracy([(asked, path)], maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out", alone=True)
    (found,) = json.loads((tmp_path / "out/accuracy.json").read_text())["assessments"]
    known = HECTARES.sum() * (0.5 + 0.05)
    assert found["overall"]["value"] == pytest.approx(1 - 0.5 * 0.05 / 0.55, abs=1e-6)
    assert found["hectares"] == pytest.approx(known, rel=1e-3)
    (note,) = [each for each in found["notes"] if "no data" in each]
    assert "378 points where the map has no data left out" in note
    assert "all figures, also what is mapped, are of where it has, 55.0% of the area" in note
    mapped = sum(row["mapped_ha"] for row in found["classes"])
    assert mapped == pytest.approx(sum(row["area_ha"] for row in found["classes"]), abs=1e-3)


def test_points_that_say_nothing_where_a_map_has_no_data_are_told_too(tmp_path: Path) -> None:
    layer = np.ones(GRID.shape, np.uint8)
    layer[:, :15] = NODATA
    maps = {"lifeform_veg_cat": write_codes(tmp_path / "lifeform_veg_cat.tif", GRID, layer)}
    told = {"a": "A12", "b": "A12.A1"}
    lines = [
        f"{LEFT + 10 * col + 5},{TOP - 10 * row - 5},{told[part]},{part}"
        for part, first in (("a", 0), ("b", 15)) for row in range(20) for col in (first, first + 4)
    ]  # fmt: skip
    path = tmp_path / "points.csv"
    path.write_text("\n".join([",".join(COLUMNS), *lines]))
    asked = data(design="stratified", strata={"a": 450.0, "b": 450.0})
    write_accuracy([(asked, path)], maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out", alone=True)
    (found,) = json.loads((tmp_path / "out/accuracy.json").read_text())["assessments"]
    (note,) = [each for each in found["notes"] if "no data" in each]
    assert note.startswith("40 points where the map has no data left out; all figures")
    assert note.endswith("50.0% of the area")


def test_what_a_point_or_a_map_does_not_say_is_null_for_others(tmp_path: Path) -> None:
    write(tmp_path, [(5, 5, "112"), (0, 5, "112"), (1, 15, "A11")])
    told = pyogrio.read_dataframe(tmp_path / "accuracy/points.gpkg", read_geometry=False)
    assert told.level3_map.isna().tolist() == [False, True, False]
    ours = read_table(tmp_path / "accuracy/points.gpkg")
    assert ours.level3_map.tolist() == [112, -1, 111]
    assert ours.level3_map.dtype == "int64"


def test_each_point_is_kept_with_how_much_of_the_area_it_stands_for(tmp_path: Path) -> None:
    said = RIGHT + WRONG
    strata = {"112": "land", "111": "land", "220": "lake"}
    path = points(tmp_path / "points.csv", [*said, (25, 5, "A12"), (25, 6, "")], strata)
    maps = {"level3": write_codes(tmp_path / "level3.tif", GRID, level3())}
    rest = maps, DESCRIPTORS, AREA, YEAR, tmp_path / "accuracy"
    asked = data(design="stratified", strata={"land": 600.0, "lake": 300.0})
    write_accuracy([(asked, path)], *rest, alone=True)
    table = read_table(tmp_path / "accuracy/points.gpkg")
    lake = sum(name == "220" for _, _, name in said)
    land = len(said) - lake
    of = table.stratum.where(table.status == "used", "")
    assert table.weight[of == "land"].iloc[0] / table.weight[of == "lake"].iloc[0] == pytest.approx(
        (600 / land) / (300 / lake)
    )
    assert (table.weight[of == ""] == 0).all()
    assert table.weight.sum() == pytest.approx(land + lake), "1 on average, of those used"
    assert Counter(table.status)["no stratum"] == 1
    write_accuracy([(data(design="random"), path)], *rest, alone=True)
    table = read_table(tmp_path / "accuracy/points.gpkg")
    assert table.weight.tolist() == [1.0] * (len(said) + 1) + [0.0]
    of_map = data(design="stratified")
    write_accuracy([(of_map, points(tmp_path / "points.csv", said))], *rest, alone=True)
    table = read_table(tmp_path / "accuracy/points.gpkg")
    weights = table.groupby("level3_map").weight.sum()
    mapped = {code: HECTARES[level3()[:, :30] == code].sum() for code in (111, 112, 220)}
    assert (weights / weights.sum()).to_dict() == pytest.approx(
        {code: each / sum(mapped.values()) for code, each in mapped.items()}
    )


def test_strata_that_no_point_is_of_are_refused_and_a_name_misspelt_is_told_with_the_nearest(
    tmp_path: Path,
) -> None:
    maps = {"level3": write_codes(tmp_path / "level3.tif", GRID, level3())}
    asked = data(design="stratified", strata={"forest": 600.0, "lake": 300.0})
    strata = {"112": "forrest", "111": "forest", "220": "lake"}
    path = points(tmp_path / "points.csv", RIGHT, strata)
    write_accuracy([(asked, path)], maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out", alone=True)
    told = json.loads((tmp_path / "out/accuracy.json").read_text())
    (note,) = [each for each in told["references"]["mine"]["notes"] if "strata" in each]
    assert "54 of 207 points left out" in note
    assert '"forrest" (did you mean forest?)' in note
    for strata, hint in (({}, "is `stratum_column` right?"), ({"112": "lak"}, "did you mean lake")):
        path = points(tmp_path / "points.csv", RIGHT, strata)
        with pytest.raises(
            SourceError, match=r"mine\.strata: no point is of any of forest"
        ) as error:
            write_accuracy(
                [(asked, path)], maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out", alone=True
            )
        assert hint in str(error.value)


def test_strata_without_sizes_are_refused_and_those_of_another_place_are_told(
    tmp_path: Path,
) -> None:
    path = points(tmp_path / "points.csv", RIGHT, {"112": "land"})
    far = points(tmp_path / "far.csv", [(0, 90, "112")])
    maps = {"level3": write_codes(tmp_path / "level3.tif", GRID, level3())}
    asked = [(data(design="stratified"), path)], maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out"
    with pytest.raises(SourceError, match=r"mine.strata: the points have strata \(land\)"):
        write_accuracy(*asked, alone=True)
    both = [(data(), path), (data("far", day="2011-01-01"), far)]
    write_accuracy(both, *asked[1:], alone=True)
    told = json.loads((tmp_path / "out/accuracy.json").read_text())
    assert [each["source"] for each in told["assessments"]] == ["mine"]
    assert told["references"]["far"]["points"] == {Status.OUTSIDE: 1}


def test_few_points_one_class_and_a_design_that_nobody_said_are_told(tmp_path: Path) -> None:
    told = write(tmp_path, [(row, 25, "220") for row in range(10)])
    notes = " ".join(told["assessments"][0]["notes"])
    assert "all points are of one class, B20 Water" in notes
    assert "nobody says how the points were drawn" in notes
    assert "A11 Cultivated Terrestrial Vegetated (0)" in notes
    assert "B20 Water (10)" in notes
    assert "B20 Water rest on fewer than 15 points of one stratum" in notes
    assert told["assessments"][0]["method"] == "simple random"


def test_what_is_made_up_says_so_in_every_file(tmp_path: Path) -> None:
    told = write(tmp_path, RIGHT + WRONG, tags=sample_tags("level 3"))
    assert told["synthetic"] is True
    for name in ("overall", "classes", "matrix", "errors"):
        with (tmp_path / f"accuracy/{name}.csv").open(newline="") as text:
            assert {row["note"] for row in csv.DictReader(text)} == {"synthetic"}
    assert write(tmp_path, RIGHT)["synthetic"] is False


def test_what_is_right_of_a_map_is_a_line_with_its_interval(tmp_path: Path) -> None:
    told = write(tmp_path, RIGHT + WRONG)["assessments"][0]
    with (tmp_path / "accuracy/overall.csv").open(newline="") as text:
        (row,) = csv.DictReader(text)
    assert (row["target"], row["title"]) == ("level3", "Land cover, LCCS level 3")
    assert (row["method"], int(row["points"])) == (told["method"], told["points"])
    for column, name in (("overall", "value"), ("overall_low", "low"), ("overall_high", "high")):
        assert float(row[column]) == told["overall"][name]
    assert float(row["overall_low"]) < float(row["overall"]) < float(row["overall_high"]) <= 1


def test_the_same_points_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        write(folder, RIGHT + WRONG)
    files = sorted(path.relative_to(first) for path in first.rglob("accuracy/*"))
    assert len(files) == 7
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in files)


def test_nothing_to_use_is_an_error_where_it_is_of_no_other_place_and_else_told(
    tmp_path: Path,
) -> None:
    path = points(tmp_path / "points.csv", [(0, 90, "112")])
    maps = {"level3": write_codes(tmp_path / "level3.tif", GRID, level3())}
    asked = [(data(), path)], maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out"
    with pytest.raises(SourceError, match="no point is in the area"):
        write_accuracy(*asked, alone=True)
    write_accuracy(*asked, alone=False)
    told = json.loads((tmp_path / "out/accuracy.json").read_text())
    assert told["assessments"] == []
    assert "no point is in the area" in told["references"]["mine"]["notes"][0]
    draw_accuracy(told, "here · 2018", tmp_path / "empty.png")
    assert read_table(tmp_path / "out/points.gpkg").empty


@pytest.mark.parametrize("order", [("far", "mine"), ("mine", "far")])
def test_data_of_which_nothing_can_be_used_leave_the_figures_of_others_as_they_are(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    files = {
        "mine": points(tmp_path / "mine.csv", RIGHT + WRONG),
        "far": points(tmp_path / "far.csv", [(0, 90, "112")]),
    }
    maps = {"level3": write_codes(tmp_path / "level3.tif", GRID, level3())}
    both = [(data(name), files[name]) for name in order]
    write_accuracy(both, maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out", alone=True)
    told = json.loads((tmp_path / "out/accuracy.json").read_text())
    (found,) = told["assessments"]
    assert found == write(tmp_path, RIGHT + WRONG)["assessments"][0]
    assert "no point is in the area" in told["references"]["far"]["notes"][0]
    assert len(read_table(tmp_path / "out/points.gpkg")) == len(RIGHT) + len(WRONG)


def test_several_data_of_which_nothing_can_be_used_are_an_error_as_one_is(tmp_path: Path) -> None:
    far = points(tmp_path / "far.csv", [(0, 90, "112")])
    near = points(tmp_path / "near.csv", [(5, 9, "112")])
    maps = {"level3": write_codes(tmp_path / "level3.tif", GRID, level3())}
    both = [(data("far"), far), (data("near", leave_out_mixed=True), near)]
    asked = both, maps, DESCRIPTORS, AREA, YEAR, tmp_path / "out"
    told = r"far\.file: .* no point is in .*; reference\.near\.file: .* can be used: 1 mixed pixel$"
    with pytest.raises(SourceError, match=told):
        write_accuracy(*asked, alone=True)
    write_accuracy(*asked, alone=False)
    found = json.loads((tmp_path / "out/accuracy.json").read_text())
    assert found["assessments"] == []
    assert found["references"]["near"]["notes"][-1].endswith("can be used: 1 mixed pixel")


def test_pictures_show_areas_and_errors(tmp_path: Path) -> None:
    told = write(tmp_path, RIGHT + WRONG)
    picture, errors = tmp_path / "accuracy.png", tmp_path / "errors.png"
    draw_accuracy(told, "here · 2018", picture)
    assert Image.open(picture).size[0] == 1700
    table = read_table(tmp_path / "accuracy/points.gpkg")
    draw_errors(tmp_path / "level3.tif", agreement(table, "level3", told), AREA, "here", errors)
    red = (np.asarray(Image.open(errors).convert("RGB")) == (0xD4, 0x21, 0x3D)).all(axis=-1)
    assert red.sum() > 6 * 9


AFTERWARDS = "simple random, stratified afterwards by the classes of the map"


@pytest.mark.parametrize(
    ("of_classes", "method"),
    [
        ((9, 9, 5), AFTERWARDS),
        ((9, 8, 4), AFTERWARDS),
        ((9, 8, 1), f"{AFTERWARDS}, those of few points together"),
        ((9, 0, 0), "simple random"),
    ],
)
def test_classes_of_the_map_are_strata_afterwards_and_those_of_few_points_one_together(
    tmp_path: Path, of_classes: tuple[int, int, int], method: str
) -> None:
    columns = {code: int(np.argmax(level3()[0] == code)) for code in (111, 112, 220)}
    counts = dict(zip(columns, of_classes, strict=True))
    drawn = [(row, columns[code], str(code)) for code in counts for row in range(counts[code])]
    (found, *_) = write(tmp_path, drawn, data(design="random"))["assessments"]
    assert found["method"] == method


@pytest.mark.parametrize(
    ("points", "sizes", "strata"),
    [
        ([5, 5, 9], [10, 10, 10], [[0], [1], [2]]),
        ([900, 0, 7, 6], [900, 2, 8, 6], [[0], [1, 3], [2]]),  # 2 are to be expected
        ([900, 8, 7, 6], [900, 2, 8, 6], [[0], [1, 3], [2]]),  # also where more were met
        ([900, 3, 7, 1], [900, 3, 7, 3], [[0], [1, 3], [2]]),
        ([900, 3, 7, 1], [900, 1, 7, 1], [[0], [1, 2, 3]]),
        ([40, 3, 40], [30, 30, 30], [[0, 1], [2]]),  # which is no chance
        ([40, 1, 6], [40, 6, 6], [[0], [1, 2]]),  # one alone has no standard error
        ([4, 3, 2], [1, 1, 1], [[0, 1, 2]]),
        ([1, 0], [1, 1], [[0, 1]]),
        ([9], [1], [[0]]),
        ([0], [1], [[0]]),
    ],
)
def test_a_stratum_afterwards_is_where_five_points_are_to_be_expected(
    points: list[int], sizes: list[float], strata: list[list[int]]
) -> None:
    of = poststrata(points, sizes)
    assert sorted(np.flatnonzero(of == each).tolist() for each in {*of.tolist()}) == strata
    assert {*of.tolist()} == {*range(len(strata))}


def test_points_that_are_spread_as_no_random_sample_is_are_told(tmp_path: Path) -> None:
    crowded = places((range(10), range(20), "112"), (range(20, 21), range(2), "220"))
    (found, *_) = write(tmp_path, crowded, data(design="random"))["assessments"]
    told = [note for note in found["notes"] if "of a random sample some" in note]
    assert told[0].startswith("0 points lie in A11 Cultivated Terrestrial Vegetated, where of a ")
    assert len(told) == 3
    (found, *_) = write(tmp_path, RIGHT, data(design="random"))["assessments"]
    assert not any("of a random sample some" in note for note in found["notes"])
