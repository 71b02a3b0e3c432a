"""Reference data from the config to figures, pictures and the report."""

import csv
import json
from pathlib import Path

import pytest

from lccs_inputs.sample import REFERENCE_LAYERS
from lccs_inputs.sample.reference import write_reference
from workflow.harness import Project

pytestmark = pytest.mark.workflow


def test_points_of_the_truth_tell_how_right_the_maps_are_and_the_report_shows_it(
    project: Project, sample: Path
) -> None:
    truth = {name: sample / f"truth/{name}.tif" for name in REFERENCE_LAYERS}
    write_reference(truth, 2018, project.folder / "points.csv")
    project.config["reference"] = {
        "truth": {"file": "points.csv", "crs": "EPSG:2154", "design": "random"}
    }
    ran = project.run("accuracy", "report")
    assert {"assess_accuracy", "draw_accuracy", "write_report"} <= {*ran.jobs}
    assert not {"build_layer", "compose_block"} & {*ran.jobs}
    files = project.files("shore/periods/2018/accuracy/*")
    assert len(files) == 7
    told = json.loads(files["shore/periods/2018/accuracy/accuracy.json"])
    assert told["synthetic"] is True
    level3 = told["assessments"][0]
    assert level3["target"] == "level3"
    assert level3["overall"]["low"] > 0.85
    (page,) = project.files("shore/periods/2018/report.html").values()
    assert b"These figures are synthetic." in page
    assert b'data-target="level3"' in page
    rows = csv.DictReader(files["shore/periods/2018/accuracy/classes.csv"].decode().splitlines())
    assert {row["target"] for row in rows} >= {"level3", "aquatic_wat_cat", "leaftype_veg_cat"}
    again = project.run("accuracy", "report", "--dry-run")
    assert not again.jobs - again.jobs.__class__(accuracy=1, report=1)
