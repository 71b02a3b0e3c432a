"""What scores are worth, by the points of reference data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lccs_inputs.accuracy.calibrating import write_calibration
from lccs_inputs.confidence.reliability import Calibration
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.reference.store import write_points
from small_rasters import area_of, grid_of, write_codes

SIDE = 30


@pytest.fixture
def grid():
    return grid_of(SIDE, SIDE)


def test_points_that_are_used_and_known_calibrate_the_score(grid, tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    score = random.integers(20, 101, (SIDE, SIDE))
    score[0, :5] = 255
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    right = random.random(row.size) < score[row, col] / 200 + 0.3
    table = pd.DataFrame({
        "id": np.arange(row.size), "source": "own", "class": "", "date": "", "stratum": "",
        "x": 900_005.0 + 10 * col, "y": 6_499_995.0 - 10 * row, "row": row, "col": col,
        "mixed": False, "status": "used", "weight": 1.0,
        "level3": np.where(right, 112, 216), "level3_map": 112,
        "vegetat_veg_cat": np.where(right, 1, -1), "vegetat_veg_cat_map": 1,
    })  # fmt: skip
    table.loc[5:99, "status"] = "duplicate"
    table.loc[100:109, "level3_map"] = -1
    write_points(tmp_path / "points.gpkg", table, grid.crs)
    maps = {"level3": write_codes(tmp_path / "level3.tif", grid, score)}
    maps["aquatic_wat_cat"] = write_codes(tmp_path / "aquatic_wat_cat.tif", grid, score)
    files = tmp_path / "points.gpkg", tmp_path / "worth.json"
    write_calibration(maps, DESCRIPTORS, files[0], area_of(grid), files[1], asked="these")
    told = json.loads((tmp_path / "worth.json").read_text())
    assert (told["synthetic"], told["asked"]) == (False, "these")
    assert [*told["maps"]] == ["level3"], "no point says anything of the other"
    used = np.arange(row.size) >= 110
    steps, so = score[row, col][used], right[used]
    found = told["maps"]["level3"]
    assert (found["points"], found["right"]) == (used.sum(), so.sum())
    assert found["table"] == pytest.approx(Calibration.of(steps, so).table, abs=1e-4)
    assert found["reliability_error"] > 0.05 > found["reliability_error_calibrated"]


def test_points_count_for_the_area_that_they_stand_for(grid, tmp_path: Path) -> None:
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    rare = col < SIDE // 2
    right = np.where(rare, row % 2 == 0, row % 10 > 0)
    table = pd.DataFrame({
        "x": 900_005.0 + 10 * col, "y": 6_499_995.0 - 10 * row, "row": row, "col": col,
        "status": "used", "weight": np.where(rare, 0.1, 1.9), "level3": np.where(right, 112, 216),
        "level3_map": 112,
    })  # fmt: skip
    table.loc[row == SIDE - 1, ["weight", "level3"]] = 0.0, 216
    write_points(tmp_path / "points.gpkg", table, grid.crs)
    maps = {"level3": write_codes(tmp_path / "level3.tif", grid, 80)}
    files = tmp_path / "points.gpkg", tmp_path / "worth.json"
    write_calibration(maps, DESCRIPTORS, files[0], area_of(grid), files[1], asked="these")
    found = json.loads((tmp_path / "worth.json").read_text())["maps"]["level3"]
    counts = row < SIDE - 1
    shares = [right[counts & each].mean() for each in (rare, ~rare)]
    truth = 0.05 * shares[0] + 0.95 * shares[1]
    assert found["points"] == counts.sum(), "what is of no stratum tells nothing"
    assert found["right"] == right[counts].sum()
    assert found["table"] == pytest.approx([truth] * 101, abs=1e-4)
    assert found["reliability_error"] == pytest.approx(abs(0.8 - truth), abs=1e-4)
    assert found["curve"] == [[0.8, pytest.approx(truth, abs=1e-4), counts.sum()]]


def test_points_that_all_say_one_thing_while_others_are_silent_tell_nothing(
    grid, tmp_path: Path
) -> None:
    """As `make accuracy` has it: "not applicable" says nothing of where it applies."""
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    table = pd.DataFrame({
        "x": 900_005.0 + 10 * col, "y": 6_499_995.0 - 10 * row, "row": row, "col": col,
        "status": "used", "weight": 1.0, "lifeform_veg_cat": np.where(col < 10, 0, -1),
        "lifeform_veg_cat_map": np.where(col < 10, 0, 1),
    })  # fmt: skip
    write_points(tmp_path / "points.gpkg", table, grid.crs)
    name = "lifeform_veg_cat"
    maps = {name: write_codes(tmp_path / f"{name}.tif", grid, 80)}
    files = tmp_path / "points.gpkg", tmp_path / "worth.json"
    write_calibration(maps, DESCRIPTORS, files[0], area_of(grid), files[1], asked="these")
    assert json.loads(files[1].read_text())["maps"] == {}


def test_of_few_points_nothing_is_said(grid, tmp_path: Path) -> None:
    table = pd.DataFrame({
        "x": [900_005.0], "y": [6_499_995.0], "row": [0], "col": [0], "status": ["used"],
        "weight": [1.0], "level3": [112], "level3_map": [112],
    })  # fmt: skip
    write_points(tmp_path / "points.gpkg", table, grid.crs)
    maps = {"level3": write_codes(tmp_path / "level3.tif", grid, 90)}
    files = tmp_path / "points.gpkg", tmp_path / "worth.json"
    write_calibration(maps, DESCRIPTORS, files[0], area_of(grid), files[1], asked="these")
    assert json.loads((tmp_path / "worth.json").read_text())["maps"] == {}
