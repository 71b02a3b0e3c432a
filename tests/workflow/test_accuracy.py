"""Reference data from the config to figures, pictures and the report."""

import csv
import json
import re
from pathlib import Path

import geopandas
import pytest

from lccs_inputs.commands import accuracy, sample_design
from lccs_inputs.sample import REFERENCE_LAYERS
from lccs_inputs.sample.reference import write_reference
from workflow.harness import Project

pytestmark = pytest.mark.workflow


def test_points_of_the_truth_tell_how_right_the_maps_are_and_the_report_shows_it(
    project: Project,
    sample: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    truth = {name: sample / f"truth/{name}.tif" for name in REFERENCE_LAYERS}
    write_reference(truth, 2018, project.folder / "points.csv")
    project.config["reference"] = {
        "truth": {"file": "points.csv", "crs": "EPSG:2154", "design": "random"}
    }
    ran = project.run("accuracy", "report")
    assert {"assess_accuracy", "explain_errors", "draw_accuracy", "write_report"} <= {*ran.jobs}
    assert not {"build_layer", "compose_block"} & {*ran.jobs}
    files = project.files("shore/periods/2018/accuracy/*")
    assert len(files) == 12
    assert json.loads(files["shore/periods/2018/accuracy/reference.json"])["references"]["truth"]
    told = json.loads(files["shore/periods/2018/accuracy/accuracy.json"])
    assert told["synthetic"] is True
    reasons = json.loads(files["shore/periods/2018/accuracy/errors.json"])["lines"]
    for each in reasons:
        codes = {layer["layer"]: layer["code"] for layer in each["answer"]["layers"]}
        codes["level3"] = (each["answer"]["level3"] or {}).get("code")
        assert codes[each["target"]] == int(each["map"])
    assert {each["target"] for each in reasons} >= {"level3", "leaftype_veg_cat"}
    right = json.loads(files["shore/periods/2018/accuracy/right.json"])["lines"]
    assert all(each["map"] == each["reference"] and each["text"] for each in right)
    assert {each["target"] for each in right} >= {"level3", "leaftype_veg_cat"}
    level3 = told["assessments"][0]
    assert level3["target"] == "level3"
    assert level3["overall"]["low"] > 0.85
    (page,) = project.files("shore/periods/2018/report.html").values()
    assert b"These figures are synthetic." in page
    assert b'data-target="level3"' in page
    assert b'data-right="level3"' in page
    rows = csv.DictReader(files["shore/periods/2018/accuracy/classes.csv"].decode().splitlines())
    assert {row["target"] for row in rows} >= {"level3", "aquatic_wat_cat", "leaftype_veg_cat"}
    _design(project, monkeypatch, capsys)
    _another_point(project)
    again = project.run("accuracy", "report", "--dry-run")
    assert not again.jobs - again.jobs.__class__(accuracy=1, report=1)


def _another_point(project: Project) -> None:
    """Whoever changes the data has the figures of them, after one run."""
    points = project.folder / "points.csv"
    figures = project.folder / "results/shore/periods/2018/accuracy/accuracy.json"
    before = json.loads(figures.read_text())["references"]["truth"]["points"]["used"]
    *rest, _ = points.read_text().splitlines()
    points.write_text("\n".join(rest) + "\n")
    ran = project.run("accuracy", "report")
    assert {"check_reference", "assess_accuracy", "draw_accuracy", "write_report"} <= {*ran.jobs}
    assert json.loads(figures.read_text())["references"]["truth"]["points"]["used"] == before - 1


def _design(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is told in the end, and a sample of the same map: points, and pictures of them."""
    monkeypatch.chdir(project.folder)
    assert accuracy.main(["mine.yaml"]) == 0
    said = capsys.readouterr().out
    assert "shore 2018 (synthetic): results/shore/periods/2018/accuracy" in said
    assert re.search(r"^  Land cover, LCCS level 3 +9\d\.\d%, .* truth$", said, re.M)
    asked = ["mine.yaml", "--points=60", "--out=my points.gpkg", "--chips"]
    assert sample_design.main(asked) == 0
    said = capsys.readouterr().out
    assert all(f"{how}: points" in said for how in ("proportional", "equal", "neyman"))
    assert "my points.gpkg: 60 points, neyman" in said
    frame = geopandas.read_file("my points.gpkg", layer="points")
    assert len(frame) == 60
    assert all(Path(chip).is_file() for chip in frame.chip)
    for words, told in (
        (asked, "my points.gpkg: is there already"),
        (["mine.yaml", "--out=points.txt"], "OUT: points.txt is no GeoPackage"),
        (["mine.yaml", "--out=/proc/x.gpkg"], "OUT: /proc/x.gpkg cannot be written ("),
        (["mine.yaml", "--out=mine.yaml/x.gpkg"], "OUT: mine.yaml/x.gpkg cannot be written ("),
        (["mine.yaml", "--points=9"], "N: 9 points are fewer than 5 of each class"),
        (["mine.yaml", "--points=10000000"], "N: 10000000 points are more than the "),
        (["mine.yaml", "--allocation=equl"], 'did you mean "equal"'),
        (["mine.yaml", "--accuracy=many"], "ACCURACY: many is neither a share"),
        (["mine.yaml", "--period=2019"], 'PERIOD: "2019" is not one of the config'),
    ):
        assert sample_design.main(words) == 2
        assert told in capsys.readouterr().err
