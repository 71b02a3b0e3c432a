"""Which reference data there are, what they are asked, and when a run makes accuracy."""

from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.errors import ConfigError
from lccs_inputs.plan import Plan
from lccs_inputs.reference.data import ReferenceData
from lccs_inputs.workflow.requests import Place

BASE = Path(__file__).resolve().parents[3] / "config.yaml"
HERE = Place(area="evian", period="2018")
LUCAS = {"file": "lucas.csv", "classes": "lucas-2018"}
OTHERS = {
    "products": {"map": {"product": "IMD", "editions": {2018: "a.tif"}}},
    "layers": {"artific_urb_cat": {"use": "map", "methods": {"map": "map >= 30"}}},
}


def plan(**changes: Any) -> Plan:
    return Plan.from_files(BASE, [changes], {})


def data(made: Plan) -> list[ReferenceData]:
    asked = made.accuracy.request(HERE)
    return [*map(ReferenceData.from_dict, asked["references"])]


def test_the_sample_has_points_of_its_own_for_who_asks_and_a_run_does_not_make_them() -> None:
    made = plan()
    assert made.accuracy.files(HERE) == ["<results>/sample_data/reference.csv"]
    assert [each.name for each in data(made)] == ["sample"]
    assert made.accuracy.of_a_run() == made.accuracy.of_period(HERE) == []
    assert {Path(target).name for target in made.accuracy.targets()} == {
        "reference_passed", "reference.json", "accuracy.json", "overall.csv", "classes.csv",
        "matrix.csv", "errors.csv", "errors.json", "right.csv", "right.json", "points.gpkg",
        "accuracy.png", "errors.png",
    }  # fmt: skip


def test_points_of_ones_own_take_their_place_and_a_run_makes_accuracy() -> None:
    made = plan(reference={"lucas": LUCAS, "mine": {"file": "mine.gpkg", "design": "stratified"}})
    assert made.accuracy.files(HERE) == ["lucas.csv", "mine.gpkg"]
    assert made.accuracy.of_a_run() == made.accuracy.targets() != []
    lucas, mine = data(made)
    assert lucas.columns["class"] == ("LC1", "SURVEY_LC1")
    assert lucas.table.meanings(["B17"])["B17"]["level3"] == 123
    assert (mine.design, lucas.design) == ("stratified", "")
    assert made.accuracy.request(HERE)["alone"] is True


def test_what_belongs_to_the_points_is_watched_and_what_a_rule_makes_is_left_to_snakemake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("mine.shp", "mine.prj", "results/sample_data/reference.csv"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text("as it was")
    mine = {"reference": {"mine": {"file": "mine.shp"}}}
    before = plan(**mine).accuracy.request(HERE)["given"]
    Path("mine.prj").write_text("as it is now")
    assert plan(**mine).accuracy.request(HERE)["given"] not in ([""], before)
    assert plan().accuracy.request(HERE)["given"] == [""]


def test_elsewhere_than_on_the_sample_there_are_none_and_who_asks_is_told() -> None:
    made = plan(**OTHERS)
    assert made.accuracy.targets() == []
    told = [*made.unready([], ["accuracy"])]
    assert any(each.startswith("reference: names none") for each in told)
    made = plan(**OTHERS, reference={"lucas": LUCAS})
    assert not any("errors.png" in target for target in made.accuracy.targets())
    assert made.accuracy.maps(HERE) == ["<results>/evian/periods/2018/layers/artific_urb_cat.tif"]
    (missing,) = [each for each in made.unready([Path("mine.yaml")]) if "reference" in each]
    assert "reference.lucas.file: lucas.csv does not exist" in missing


@pytest.mark.parametrize(
    ("content", "said", "told"),
    [
        (b"", {}, "reference.mine.file: mine.csv is empty"),
        (b"x,y,class\n", {}, "reference.mine.file: mine.csv has no point"),
        (b"x,y\n1,2\n", {}, "reference.mine.class_column: mine.csv has no column class"),
        (b"x,y,class\n1,2,A11\n", {"crs": None}, "reference.mine.crs: mine.csv is a table, which"),
        (
            b"x,y,class\n1,2,A11\n",
            {"date_column": "dey"},
            'reference.mine.date_column: "dey" is not a column of mine.csv',
        ),
        ("x,y,classe,année\n1,2,A11,2018\n".encode("latin-1"), {"class_column": "classe"}, None),
        ("x;y;class;é\n1;2;A11;é\n".encode("utf-16"), {"date_column": "é"}, None),
        (b"\xef\xbb\xbfx\ty\tclass\n1\t2\tA11\n", {}, None),
    ],
)
def test_what_the_first_lines_of_a_table_lack_is_told_before_any_job(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    said: dict[str, str | None],
    told: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_bytes(content)
    mine = {"file": "mine.csv", "crs": "EPSG:2154", **said}
    made = plan(reference={"mine": {key: value for key, value in mine.items() if value}})
    found = [each for each in made.unready([Path("mine.yaml")]) if "reference" in each]
    assert [each.startswith(told or "-") for each in found] == [True] * bool(told)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"classes": "lucas"}, 'reference.x.classes: "lucas" is not a class table; did you mean'),
        (
            {"desing": "random"},
            'reference.x.desing: "desing" is not a key here; did you mean "design"',
        ),
        ({"design": "random", "strata": {"a": 1.0}}, "strata go with design: stratified"),
        ({"day": "2018-06-01", "date_column": "when"}, "needs one of day and date_column"),
        ({"crs": "EPSG:1"}, "is not a CRS pyproj knows"),
    ],
)
def test_what_is_no_entry_is_refused(said: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        plan(reference={"x": {"file": "a.csv"} | said})
