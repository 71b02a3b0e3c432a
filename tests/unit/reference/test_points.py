"""Reference data on the grid of an area: which points are used, and why the others are not."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import LineString, MultiPoint, Point, Polygon, box

from lccs_inputs.config import read_class_table
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.class_table import ClassTable
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.reference.data import NOT_SAID, Points, ReferenceData, Status
from lccs_inputs.reference.points import NothingUsedError, read_points
from small_rasters import area_of, grid_of

GRID = grid_of(20, 10)
LEFT, TOP = GRID.bounds[0], GRID.bounds[3]
AREA = area_of(GRID, shapely.union_all([box(LEFT, TOP - 100, LEFT + 153, TOP)]))
YEAR = (date(2018, 5, 1), date(2018, 10, 31))


def table(name: str = "lccs") -> ClassTable:
    return read_class_table(name, DESCRIPTORS)


def data(classes: ClassTable | None = None, **said: Any) -> ReferenceData:
    meant = classes or table()
    return ReferenceData("mine", meant, **{"columns": meant.columns, **said})


def at(col: float, row: float) -> tuple[float, float]:
    """A place by its column and row of the grid, in fractions of a pixel."""
    return LEFT + 10 * col, TOP - 10 * row


def csv(path: Path, rows: list[Mapping[str, Any]], **how: Any) -> Path:
    pd.DataFrame(rows).to_csv(path, index=False, **how)
    return path


def rows(*said: tuple[float, float, str, str]) -> list[Mapping[str, Any]]:
    return [
        {"x": at(col, row)[0], "y": at(col, row)[1], "class": name, "date": day}
        for col, row, name, day in said
    ]


def read(path: Path, said: ReferenceData) -> Points:
    return read_points(path, said, AREA, YEAR)


def test_every_point_is_used_or_counted_with_the_reason(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "points.csv",
        [
            *rows(
                (2.5, 3.5, "A12.A1.D2", "2018-06-01"),
                (2.7, 3.1, "A12.A1.D2", "2018-06-02"),
                (4.5, 3.5, "112", "2018-06-01"),
                (4.5, 3.5, "A11", "2018-06-01"),
                (4.1, 3.1, "A12", "2018-06-01"),
                (5.5, 5.5, "A12", "2017-06-01"),
                (6.5, 5.5, "A12", "some day"),
                (7.5, 5.5, "A99", "2018-06-01"),
                (8.5, 5.5, "", "2018-06-01"),
                (8.5, 6.5, "120", "2018-06-01"),
                (15.2, 5.5, "B15", "2018-06-01"),
                (19.5, 5.5, "B15", "2018-06-01"),
                (200, 5.5, "B15", "2018-06-01"),
                (9.5, 9.5, "B16", "2018-10-31"),
            ),
            {"x": "", "y": "?", "class": "A11", "date": "2018-06-01"},
        ],
    )
    meant = replace(table(), classes={**table().classes, "120": None})
    points = read(path, data(meant, crs="EPSG:2154"))
    assert points.counts == {
        Status.USED: 2,
        Status.NO_PLACE: 1,
        Status.OUTSIDE: 2,
        Status.EDGE: 1,
        Status.NO_DATE: 1,
        Status.OTHER_TIME: 1,
        Status.UNKNOWN: 1,
        Status.UNFILLED: 1,
        Status.NO_CLASS: 1,
        Status.CONTRADICTION: 3,
        Status.DUPLICATE: 1,
    }
    used = points.used
    assert used[["row", "col", "date"]].to_numpy().tolist() == [
        [3, 2, "2018-06-01"],
        [9, 9, "2018-10-31"],
    ]
    assert used.level3.tolist() == [112, 216]
    assert used.lifeform_veg_cat.tolist() == [1, 0]
    assert used.leaftype_veg_cat.tolist() == [2, 0]
    assert used.artific_urb_cat.tolist() == [0, 0]
    (unknown, undated, left_out, missing) = points.notes
    assert undated == 'reference.mine.date_column: 1 date is neither a day nor a year: "some day"'
    assert '"A99"' in unknown
    assert "lccs does not have" in unknown
    assert left_out.startswith("reference.mine: points that are left out: 1 no coordinates, 1 edge")
    assert missing.startswith("reference.mine: 1 of 3 points has no class: ")


def test_dates_that_are_none_are_named_where_no_point_can_be_used(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "p.csv",
        rows((2.5, 3.5, "A12", "soonish"), (3.5, 3.5, "A12", "\uff12\uff10\uff11\uff18")),
    )
    said = r"2 no date; reference.mine.date_column: 2 dates are no day and no year: \"soonish\"$"
    with pytest.raises(NothingUsedError, match=said) as error:
        read(path, data(crs="EPSG:2154"))
    assert not any("has no date" in note for note in error.value.points.notes)


@pytest.mark.parametrize(("unfilled", "told"), [(1, False), (2, True)])
def test_more_than_a_twentieth_of_points_without_a_class_is_told(
    tmp_path: Path, unfilled: int, *, told: bool
) -> None:
    classes = ["A12"] * (20 - unfilled) + [""] * unfilled
    said = rows(*((n % 10 + 0.5, n // 10 + 0.5, name, "2018") for n, name in enumerate(classes)))
    notes = read(csv(tmp_path / "p.csv", said), data(crs="EPSG:2154")).notes
    assert [note for note in notes if "no class" in note] == [
        "reference.mine: 2 of 20 points have no class: if these were the doubtful ones, the map is "
        "less right than its figures say"
    ] * told


def test_a_class_that_is_in_no_row_is_told_with_the_nearest_that_is(tmp_path: Path) -> None:
    own = ClassTable("own", "", "", "", "", {"forest": "A12.A1", "lake": "B20"}, "EPSG:2154")
    path = csv(tmp_path / "p.csv", rows((1, 1, "forrest", "2018"), (2, 2, "Lake", "2018")))
    points = read(path, data(own, columns=table().columns))
    assert points.used["class"].tolist() == ["Lake"]
    assert points.notes[0].startswith(
        'reference.mine.classes: own does not have "forrest" (did you mean forest?); give a table '
    )


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("water", "B20"),
        ("natural water", "B28"),
        ("Artifical Water", "B27"),
        ("cultivated terrestrial", "A11"),
        ("A23-1", "A23"),
    ],
)
def test_a_class_of_lccs_that_is_written_by_its_name_is_told_with_its_code(
    name: str, nearest: str
) -> None:
    assert data().table.nearest(name) == nearest


def test_where_no_class_is_known_the_error_names_some_with_the_nearest(tmp_path: Path) -> None:
    names = ["A12.A1x", "A13", "A12.A1.D2.Z9", "C10", "woods", "A99", "A12.A1.A1x"]
    path = csv(
        tmp_path / "p.csv", rows(*((n + 1, 1, name, "2018") for n, name in enumerate(names)))
    )
    with pytest.raises(SourceError) as told:
        read(path, data(crs="EPSG:2154"))
    assert str(told.value) == (
        f"reference.mine.file: no point of {path} can be used: 7 unknown class; "
        'reference.mine.classes: lccs does not have "A12.A1.A1x", "A12.A1.D2.Z9" (did you mean '
        'A12.A1.D2?), "A12.A1x" (did you mean A12.A1?), "A13" (did you mean A11?), "A99", and 2 '
        "more; give a table that has, your own or one of arealstatistik, eurocrops-hcat, lccs, "
        "lucas-2018, lucas-2022, theia-oso"
    )
    path = csv(tmp_path / "lucas.csv", rows((1, 1, "C11", "2018")))
    with pytest.raises(SourceError, match=r'lccs does not have "C11"; give .* lucas-2018'):
        read(path, data(crs="EPSG:2154"))
    own = ClassTable("own", "", "", "", "", {"forest": "A12.A1"}, "EPSG:2154")
    path = csv(tmp_path / "p.csv", rows((1, 1, "forrest", "2018")))
    with pytest.raises(SourceError, match=r'"forrest" \(did you mean forest\?\)'):
        read(path, data(own, columns=table().columns))


def test_a_code_that_was_kept_as_a_decimal_number_is_that_of_the_table(tmp_path: Path) -> None:
    said = rows((1, 1, "112.0", "2018"), (2, 2, "220.00", "2018"), (3, 3, "112.5", "2018"))
    points = read(csv(tmp_path / "p.csv", said), data(crs="EPSG:2154"))
    assert points.used.level3.tolist() == [112, 220]
    assert points.counts[Status.UNKNOWN] == 1


def test_what_a_row_leaves_open_is_not_said(tmp_path: Path) -> None:
    own = ClassTable("own", "", "", "", "", {"field": {"cultman_agr_cat": 1}, "lake": "B20"})
    path = csv(tmp_path / "p.csv", rows((1, 1, "field", "2018"), (2, 2, "lake", "2018")))
    points = read(path, data(own, crs="EPSG:2154", columns=table().columns))
    assert points.used.cultman_agr_cat.tolist() == [1, 0]
    assert points.used.level3.tolist() == [NOT_SAID, 220]


def test_a_lucas_table_is_read_as_eurostat_writes_it(tmp_path: Path) -> None:
    here = geopandas.GeoSeries([Point(at(3.5, 4.5)), Point(at(8.5, 2.5))], crs=GRID.crs)
    lon, lat = (getattr(here.to_crs(4326), axis).tolist() for axis in "xy")
    frame = {
        "POINT_ID": [1, 2], "TH_LAT": lat, "TH_LONG": lon, "SURVEY_DATE": ["21/09/18", "01/05/18"],
        "LC1": ["B17", "c10"],
    }  # fmt: skip
    path = tmp_path / "FR_2018.CSV"
    pd.DataFrame(frame).to_csv(path, index=False, encoding="utf-8-sig", sep=";")
    used = read(path, data(table("lucas-2018"))).used
    assert used[["row", "col"]].to_numpy().tolist() == [[4, 3], [2, 8]]
    assert used.level3.tolist() == [123, 112]
    assert used.date.tolist() == ["2018-09-21", "2018-05-01"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_in_the_encoding_that_it_is_in_wherever_an_accent_stands(
    tmp_path: Path, encoding: str
) -> None:
    said = [{**row, "place": "lac"} for row in rows((1, 1, "forêt", "2018"), (2, 2, "eau", "2018"))]
    said = [*said * 200, {**said[0], "place": "forêt près de l'étang"}]
    path = csv(tmp_path / "p.csv", said, encoding=encoding)
    own = ClassTable("own", "", "", "", "", {"forêt": "A12.A1", "eau": "B20"}, "EPSG:2154")
    assert [*read(path, data(own, columns=table().columns)).used.level3] == [112, 220]


def test_blanks_after_the_delimiters_of_a_table_are_no_part_of_its_names(tmp_path: Path) -> None:
    (x, y), path = at(3.5, 4.5), tmp_path / "p.csv"
    path.write_text(f'x, "y" , class ,date\n{x}, {y}, "A12", 2018\n')
    used = read(path, data(crs="EPSG:2154")).used
    assert used[["row", "col", "level3"]].to_numpy().tolist() == [[4, 3, 112]]


@pytest.mark.parametrize("x", ["978,130.00", "978'130", "6°37'12\"E"])
def test_coordinates_that_are_no_numbers_are_told_with_one_of_them(tmp_path: Path, x: str) -> None:
    path = csv(
        tmp_path / "p.csv", [{"x": "", "y": 1, "class": "A12"}, {"x": x, "y": 6, "class": 1}]
    )
    said = f"reference.mine.x_column: no x of {path} is a number ({x} is none); write"
    with pytest.raises(SourceError, match=re.escape(said)):
        read(path, data(crs="EPSG:2154"))


def test_what_a_table_says_cannot_control_the_terminal_that_shows_it(tmp_path: Path) -> None:
    path, (x, y) = tmp_path / "p.csv", at(3.5, 4.5)
    path.write_bytes(f"x,y,class\n{x},{y},A12\n{x + 10},{y},\x1b[2J\0oak\n".encode())
    notes = read(path, data(crs="EPSG:2154")).notes
    assert r'does not have "\x1b[2J\x00oak"' in notes[0]
    path.write_bytes(b"x,y,cl\0\x1bass\n1,2,A12\n")
    with pytest.raises(SourceError, match=r"no column .*\(there are x, y, cl\\x00\\x1bass\)"):
        read(path, data(crs="EPSG:2154"))
    path.write_bytes(b"x,y,class\n\0\x1b,2,A12\n")
    with pytest.raises(SourceError, match=r"is a number \(\\x00\\x1b is none\)"):
        read(path, data(crs="EPSG:2154"))


def test_geometries_that_are_empty_are_points_without_coordinates(tmp_path: Path) -> None:
    shapes = [Point(at(3.5, 4.5)), Point(), Polygon(), None, box(*at(8, 3), *at(9, 2))]
    frame = geopandas.GeoDataFrame({"class": "A12"}, index=range(5), geometry=shapes, crs=GRID.crs)
    frame.to_file(tmp_path / "p.gpkg")
    points = read(tmp_path / "p.gpkg", data())
    assert points.counts == {Status.USED: 2, Status.NO_PLACE: 3}
    assert points.used[["id", "row", "col"]].to_numpy().tolist() == [[0, 4, 3], [4, 2, 8]]


def test_polygons_stand_for_one_point_and_small_ones_are_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lccs_inputs.reference.reading.PART", 1)
    (left, top), (right, bottom) = at(2, 2), at(7, 7)
    small = box(*at(10.2, 4.8), *at(10.8, 4.2))
    path = tmp_path / "parcels.gpkg"
    geopandas.GeoDataFrame(
        {"EC_hcat_c": [3301010700.0, 3302000000.0]},
        geometry=[box(left, bottom, right, top), small],
        crs=GRID.crs,
    ).to_crs(3035).to_file(path)
    used = read(path, data(table("eurocrops-hcat"), day="2018-06-01")).used
    assert used.level3.tolist() == [123, 112]
    assert used.mixed.tolist() == [False, True]


def shapes(path: Path, crs: str | None, *said: tuple[str, Any]) -> Path:
    names, geometry = zip(*said, strict=True)
    frame = geopandas.GeoDataFrame({"class": names}, geometry=[*geometry], crs=crs)
    frame.to_file(path)
    return path


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_the_crs_of_the_config_is_that_of_a_vector_file_that_says_none(tmp_path: Path) -> None:
    place = ("A12", Point(*at(3.5, 2.5)))
    silent = shapes(tmp_path / "silent.shp", None, place)
    assert read(silent, data(crs="EPSG:2154", day="2018-06-01")).used.row.tolist() == [2]
    own = shapes(tmp_path / "own.gpkg", "EPSG:2154", place)
    assert len(read(own, data(crs="epsg:2154", day="2018-06-01")).used) == 1
    with pytest.raises(SourceError, match=r"mine\.crs: EPSG:3035, and .* says EPSG:2154; leave"):
        read(own, data(crs="EPSG:3035"))
    json = shapes(tmp_path / "a.geojson", None, place)
    with pytest.raises(SourceError, match=r"says EPSG:4326 \(as GeoJSON does that names none\)"):
        read(json, data(crs="EPSG:2154"))


def test_lines_and_several_points_as_one_stand_for_no_place(tmp_path: Path) -> None:
    a, b = Point(*at(1.5, 1.5)), Point(*at(9.5, 8.5))
    odd = [("A11", MultiPoint([a, b])), ("A11", LineString([a, b]))]
    path = shapes(tmp_path / "p.gpkg", "EPSG:2154", ("A12", a), ("A12", MultiPoint([b])), *odd)
    found = read(path, data(day="2018-06-01"))
    assert found.counts == {Status.USED: 2, Status.NO_POINT: 2}
    assert found.used.row.tolist() == [1, 8]
    assert "reference.mine: points that are left out: 2 neither point nor polygon" in found.notes
    path = shapes(tmp_path / "lines.gpkg", "EPSG:2154", *odd)
    with pytest.raises(SourceError, match="has no point and no polygon"):
        read(path, data())


def test_a_class_and_a_part_of_it_agree_and_the_part_is_kept(tmp_path: Path) -> None:
    """Water and its kinds, woody vegetation and trees."""
    path = csv(
        tmp_path / "p.csv",
        rows(*((col + 0.5, 1.5, name, "2018") for col, name in PIXELS)),
    )
    found = read(path, data(crs="EPSG:2154"))
    status = dict(zip(found.table.id, found.table.status, strict=True))
    assert [status[at] for at in range(len(PIXELS))] == [
        Status.DUPLICATE, Status.USED, *[Status.CONTRADICTION] * 3, *[Status.CONTRADICTION] * 2,
        Status.USED, Status.DUPLICATE,
    ]  # fmt: skip


PIXELS = (
    (1, "B20"), (1, "B27"),
    (3, "B20"), (3, "B27"), (3, "B28"),
    (5, "B27"), (5, "A24"),
    (7, "A12.A3"), (7, "A12.A1"),
)  # fmt: skip


def stratified(folder: Path, sizes: Mapping[str, list[Any]]) -> Path:
    """Two points of each of two strata, and a layer with the sizes of strata."""
    path = folder / "sample.gpkg"
    said = {"class": "A12", "stratum": ["land", "land", "lake", "lake"]}
    places = [Point(*at(col + 0.5, 5.5)) for col in (1, 2, 11, 12)]
    geopandas.GeoDataFrame(said, geometry=places, crs=GRID.crs).to_file(path, layer="points")
    pyogrio.write_dataframe(pd.DataFrame(sizes), path, layer="strata", append=True)
    return path


OWN = {"columns": {**table().columns, "stratum": ["stratum"]}}


@pytest.mark.parametrize(
    ("names", "pixels", "told"),
    [
        (["land", "lake"], [100, np.nan], '"lake" has "nan" pixels; write a number above 0'),
        (["land", "lake"], ["100", "many"], '"lake" has "many" pixels'),
        (["land", "lake"], [100, 0], '"lake" has "0" pixels'),
        (["land", "land"], [100, 50], '"land" is there twice'),
        (["land", "lake"], [100, 1], "strata: 2 points of lake, which has 1 pixels"),
        (["land", "lake"], [100, 900], "they come to 1000 pixels, and the area has some 153"),
    ],
)
def test_sizes_of_strata_that_cannot_be_are_refused(
    names: list[str], pixels: list[Any], told: str, tmp_path: Path
) -> None:
    path = stratified(tmp_path, {"stratum": names, "pixels": pixels})
    with pytest.raises(SourceError, match=re.escape(told)):
        read(path, data(design="stratified", **OWN))


def test_points_of_no_stratum_with_a_size_do_not_count(tmp_path: Path) -> None:
    path = stratified(tmp_path, {"stratum": ["land"], "pixels": [100]})
    found = read(path, data(**OWN))
    assert found.counts == {Status.USED: 2, Status.NO_STRATUM: 2}
    assert found.used.stratum.tolist() == ["land", "land"]
    assert any("2 of 4 points left out, of strata that have no size" in n for n in found.notes)


def test_of_a_design_for_several_areas_the_strata_here_count(tmp_path: Path) -> None:
    sizes = {"stratum": ["land", "lake", "sea"], "pixels": [90, 60, 5000]}
    found = read(stratified(tmp_path, sizes), data(design="stratified", **OWN))
    assert found.strata == {"land": 90, "lake": 60}


def test_sizes_that_are_a_small_part_of_the_area_are_told(tmp_path: Path) -> None:
    path = stratified(tmp_path, {"stratum": ["land", "lake"], "pixels": [9, 6]})
    (note,) = [each for each in read(path, data(**OWN)).notes if "are the sizes pixels?" in each]
    assert note.startswith("reference.mine.strata: they come to 15 pixels, and the area has some")


def test_of_two_points_of_a_pixel_the_one_of_a_stratum_is_kept(tmp_path: Path) -> None:
    said = [{"stratum": of, **row} for of, row in zip(
        ("", "a"), rows((1.5, 1.5, "A12.A1", "2018"), (1.6, 1.6, "A12", "2018")), strict=True
    )]  # fmt: skip
    path = csv(tmp_path / "p.csv", said)
    asked = data(crs="EPSG:2154", design="stratified", strata={"a": 100.0}, **OWN)
    found = read(path, asked)
    assert found.counts == {Status.USED: 1, Status.DUPLICATE: 1}
    assert found.used.stratum.tolist() == ["a"]


def test_whether_points_have_dates_goes_by_all_of_the_data(tmp_path: Path) -> None:
    """A point without one does not count because the only one that has is elsewhere."""
    there = {"x": LEFT - 9000, "y": TOP, "class": "A12", "date": "2018"}
    path = csv(tmp_path / "p.csv", [*rows((1.5, 1.5, "A12", "")), there])
    with pytest.raises(SourceError, match="can be used: 1 outside the area, 1 no date"):
        read(path, data(crs="EPSG:2154"))


def test_strata_that_figures_do_not_go_by_are_told(tmp_path: Path) -> None:
    path = stratified(tmp_path, {"stratum": ["land", "lake"], "pixels": [100, 50]})
    notes = read(path, data(design="random", **OWN)).notes
    assert "reference.mine.design: random, so the strata that there are do not count" in notes
    path.unlink()
    notes = read(stratified(tmp_path, {"name": ["land"]}), data(**OWN)).notes
    assert any(
        "have strata (lake, land), which do not count since nothing says" in n for n in notes
    )


def test_what_overlapping_polygons_say_of_a_place_has_to_agree(tmp_path: Path) -> None:
    def square(left: float, top: float, side: float) -> Polygon:
        return box(*at(left, top + side), *at(left + side, top))

    path = tmp_path / "parcels.gpkg"
    said = [
        ("A11", square(0, 0, 8)),  # its own place is in no other
        ("A12.A1", square(5, 5, 2)),  # within the field
        ("A12", square(9, 0, 4)),
        ("A12.A1", square(9, 0, 1)),  # says more than the one around it, and nothing else
        ("fog", square(12, 3, 1)),  # of no class, which is told as such
    ]
    names, shapes = zip(*said, strict=True)
    frame = geopandas.GeoDataFrame({"class": names}, geometry=[*shapes], crs=GRID.crs)
    frame.to_crs(4326).to_file(path)
    found = read(path, data(day="2018-06-01"))
    assert found.table.sort_values("id").status.tolist() == [
        Status.USED, Status.CONTRADICTION, Status.USED, Status.USED, Status.UNKNOWN,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "contradiction"),
    [
        (("2018", "2018"), 1),
        (("2017", "2018"), 0),  # a crop of the year before says nothing of this one
        (("", "2018"), 0),  # of no time, where others have one
        (("", ""), 1),
    ],
)
def test_polygons_of_another_time_do_not_contradict(
    days: tuple[str, str], contradiction: int, tmp_path: Path
) -> None:
    inner, outer = box(*at(5, 7), *at(7, 5)), box(*at(0, 8), *at(8, 0))
    said = {"class": ["A11", "A12"], "date": [*days]}
    frame = geopandas.GeoDataFrame(said, geometry=[outer, inner], crs=GRID.crs)
    frame.to_file(tmp_path / "parcels.gpkg")
    found = read(tmp_path / "parcels.gpkg", data())
    assert found.counts.get(Status.CONTRADICTION, 0) == contradiction


def test_a_year_counts_for_the_period_it_overlaps_and_a_margin_widens_that(tmp_path: Path) -> None:
    path = csv(
        tmp_path / "p.csv",
        rows((1, 1, "A11", "2018.0"), (2, 2, "A11", "2017"), (3, 3, "A11", "2016")),
    )
    found = read(path, data(crs="EPSG:2154"))
    assert found.counts == {Status.USED: 1, Status.OTHER_TIME: 2}
    assert found.table.date.tolist() == ["2018", "2017", "2016"], "no day that nobody said"
    counted = read(path, data(crs="EPSG:2154", margin=365)).counts
    assert counted == {Status.USED: 2, Status.OTHER_TIME: 1}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "reference.mine.crs: .* does not say the CRS of its coordinates"),
        ({"crs": "EPSG:4326"}, "has 1 point, and none has a place on the grid; is the CRS right"),
        (
            {"crs": "EPSG:2154", "columns": {**table().columns, "class": ["klass"]}},
            "reference.mine.class_column: .* has no column klass",
        ),
        (
            {
                "crs": "EPSG:2154",
                "columns": {**table().columns, "date": ["dat"]},
                "asked": ["date"],
            },
            'reference.mine.date_column: "dat" is not a column of .*; did you mean "date"',
        ),
        ({"crs": "EPSG:2154", "day": "2012-01-01"}, "can be used: 1 outside the period"),
    ],
)
def test_data_of_which_nothing_can_be_used_are_refused(
    said: Mapping[str, Any], told: str, tmp_path: Path
) -> None:
    path = csv(tmp_path / "points.csv", rows((1.5, 1.5, "A12", "2018-06-01")))
    with pytest.raises(SourceError, match=told):
        read(path, data(**said))


def test_a_file_that_is_none_or_says_no_crs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.geojson"
    path.write_text("no")
    with pytest.raises(SourceError, match=r"reference.mine.file: .* cannot be read"):
        read(path, data())
    sheet = path.rename(tmp_path / "points.xlsx")
    with pytest.raises(SourceError, match=r"cannot be read \(a spreadsheet; save it as CSV\)"):
        read(sheet, data())
    path = tmp_path / "points.gpkg"
    frame = geopandas.GeoDataFrame({"class": ["A11"]}, geometry=[Point(at(1, 1))])
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(path)
    with pytest.raises(SourceError, match="does not say its CRS"):
        read(path, data())


def layered(path: Path, *layers: str) -> Path:
    """A file with a point in each layer, of a class of its own, of a day."""
    for nth, layer in enumerate(layers):
        frame = geopandas.GeoDataFrame(
            {"class": [f"A1{nth + 1}"], "date": pd.to_datetime(["2018-06-01"])},
            geometry=[Point(at(2.5 + nth, 3.5))],
            crs=GRID.crs,
        )
        frame.to_file(path, layer=layer)
    return path


def test_the_layer_that_is_named_is_read_with_its_dates(tmp_path: Path) -> None:
    path = layered(tmp_path / "points.gpkg", "first", "second")
    points = read(path, data(layer="second"))
    assert points.counts == {Status.USED: 1}
    assert [*points.table["class"]] == ["A12"]


def test_a_layer_that_is_not_named_or_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = layered(tmp_path / "points.gpkg", "first", "second")
    with pytest.raises(SourceError, match=r"mine\.file: .*layers \(first, second\); name one in"):
        read(path, data())
    with pytest.raises(SourceError, match=r'mine\.layer: "frist" is not .* mean "first"\?'):
        read(path, data(layer="frist"))


def test_a_file_without_geometries_is_told(tmp_path: Path) -> None:
    path = tmp_path / "points.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"class": ["A11"]}), path, layer="mine")
    with pytest.raises(SourceError, match=r"points\.gpkg is a table without geometries"):
        read(path, data())


def test_a_million_points_are_read_in_parts(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("lccs_inputs.reference.reading.PART", 100)
    rng = np.random.default_rng(0)
    col, row = rng.uniform(-100, 100, (2, 1000))
    path = csv(
        tmp_path / "p.csv",
        [
            {"x": at(c, 0)[0], "y": at(0, r)[1], "class": "A11"}
            for c, r in zip(col, row, strict=True)
        ],
    )
    points = read(path, data(crs="EPSG:2154"))
    assert sum(points.counts.values()) == 1000
    assert points.table.id.is_monotonic_increasing
    inside = (np.floor(col) >= 0) & (np.floor(col) < 15) & (np.floor(row) >= 0) & (row < 10)
    assert points.counts[Status.USED] + points.counts.get(Status.DUPLICATE, 0) == inside.sum()
