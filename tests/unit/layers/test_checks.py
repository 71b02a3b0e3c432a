"""The data checks that gate the stack."""

import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.crs import CRS
from shapely import box

from lccs_inputs.checksums import digest_of
from lccs_inputs.config.sections.checks import CheckSettings as Defaults
from lccs_inputs.errors import CheckError
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.layers.checks import CheckSettings, ValidShare, run_checks
from lccs_inputs.layers.reports import require_passed
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from small_rasters import NODATA, area_of, grid_of, write_codes

GRID = grid_of(4, 5)
AREA = area_of(GRID)
DEFAULTS = CheckSettings.from_dict(Defaults().model_dump() | {"valid_share_of": {}})
FORM = replace(DEFAULTS, constant="off")
VEG, CANOPY, MONTHS = "vegetat_veg_cat", "canopyco_veg_con", "waterper_wat_cin"


def _run(
    folder: Path,
    layers: dict[str, Path],
    settings: CheckSettings | None = None,
    area: Area = AREA,
    notes: dict[str, Path] | None = None,
) -> dict[tuple[str, str], dict[str, Any]]:
    """Run the checks; what came out by (layer, check)."""
    run_checks(
        layers,
        DESCRIPTORS,
        area,
        settings or DEFAULTS,
        folder / "checks.json",
        folder / "checks.txt",
        folder / "coherence.tif",
        notes,
    )
    document = json.loads((folder / "checks.json").read_text())
    return {(check["layer"], check["check"]): check for check in document["checks"]}


def _failed(outcome: dict[tuple[str, str], dict[str, Any]]) -> set[str]:
    return {check for (_, check), result in outcome.items() if result["status"] == "failed"}


def test_sound_layers_pass(tmp_path: Path) -> None:
    layers = {
        VEG: write_codes(tmp_path / "veg.tif", GRID, [[0, 1, 0, 1]] * 5),
        CANOPY: write_codes(tmp_path / "canopy.tif", GRID, np.arange(20).reshape(5, 4) * 5),
    }
    outcome = _run(tmp_path, layers)
    assert {result["status"] for result in outcome.values()} == {"passed"}
    assert {check for _, check in outcome} == {
        "crs",
        "grid",
        "dtype",
        "nodata",
        "codes",
        "constant",
        "valid_share",
        "vegetated_cover",
    }
    require_passed(tmp_path / "checks.json")


def test_the_report_counts_the_codes_within_the_area(tmp_path: Path) -> None:
    left, bottom, right, top = GRID.bounds
    area = area_of(GRID, box(left, bottom, right - 10, top))
    codes = [[0, 1, NODATA, 7]] * 5
    layers = {VEG: write_codes(tmp_path / "veg.tif", GRID, codes)}
    outcome = _run(tmp_path, layers, area=area)
    document = json.loads((tmp_path / "checks.json").read_text())
    assert document["layers"][VEG] == {
        "pixels": 15,
        "codes": {"0": 5, "1": 5},
        "valid_share": 0.666667,
    }
    assert _failed(outcome) == {"valid_share"}  # the 7s lie outside


def _other(path: Path, grid: Grid, dtype: str = "uint8", nodata: float | None = NODATA) -> Path:
    with create_raster(path, grid, ["a"], dtype, nodata) as raster:
        raster.write(np.ones(grid.shape, dtype), 1)
    return path


@pytest.mark.parametrize(
    ("check", "grid", "options", "found"),
    [
        ("crs", Grid("EPSG:3035", (10, 10), GRID.bounds), {}, "EPSG:3035"),
        ("grid", grid_of(4, 5, left=900_010), {}, "4 × 5 px of 10 × 10 from (900010, 6500000)"),
        ("grid", grid_of(4, 6), {}, "4 × 6 px of 10 × 10 from (900000, 6500000)"),
        ("dtype", GRID, {"dtype": "int16"}, "int16"),
        ("nodata", GRID, {"nodata": None}, "none"),
        ("nodata", GRID, {"nodata": 0}, "0"),
    ],
)
def test_a_file_of_another_form_fails_its_check(
    check: str, grid: Grid, options: dict[str, Any], found: str, tmp_path: Path
) -> None:
    outcome = _run(tmp_path, {VEG: _other(tmp_path / "veg.tif", grid, **options)}, FORM)
    assert _failed(outcome) == {check}
    assert outcome[VEG, check]["found"] == found
    with pytest.raises(CheckError, match=f"1 check failed: {VEG} {check}: found "):
        require_passed(tmp_path / "checks.json")


def test_pixels_of_a_layer_off_the_grid_are_not_checked(tmp_path: Path) -> None:
    outcome = _run(tmp_path, {VEG: _other(tmp_path / "veg.tif", grid_of(3, 3))})
    assert outcome[VEG, "codes"]["status"] == "not checked"
    assert outcome[VEG, "valid_share"]["found"] == "a layer off the grid"


def test_the_crs_is_compared_by_meaning_not_by_text(tmp_path: Path) -> None:
    laea = "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m"
    for crs in (laea, "EPSG:3035", CRS.from_epsg(2154).to_wkt()):
        grid = Grid(crs, (10, 10), GRID.bounds)
        layers = {VEG: _other(tmp_path / "veg.tif", grid)}
        assert _failed(_run(tmp_path, layers, FORM, area_of(grid))) == set(), crs


def test_codes_le_lccs_does_not_know_fail_and_are_named(tmp_path: Path) -> None:
    layers = {
        VEG: write_codes(tmp_path / "veg.tif", GRID, [[0, 1, 2, 253]] * 5),
        CANOPY: write_codes(tmp_path / "canopy.tif", GRID, [[0, 100, 101, NODATA]] * 5),
        MONTHS: write_codes(tmp_path / "months.tif", GRID, [[0, 12, 13, NODATA]] * 5),
    }
    outcome = _run(tmp_path, layers)
    assert outcome[VEG, "codes"]["found"] == "2, 253 on 10 px"
    assert outcome[VEG, "codes"]["expected"] == "0, 1"
    assert outcome[CANOPY, "codes"]["found"] == "101 on 5 px"
    assert outcome[CANOPY, "codes"]["expected"] == "0–100"
    assert outcome[MONTHS, "codes"]["found"] == "13 on 5 px"
    assert outcome[MONTHS, "codes"]["expected"] == "0–12"
    with pytest.raises(CheckError, match=r"^3 checks failed: canopyco.*; vegetat.*\(the whole tab"):
        require_passed(tmp_path / "checks.json")


def test_severity_decides_between_stopping_warning_and_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    layers = {VEG: write_codes(tmp_path / "veg.tif", GRID, [[8, 9, 8, 9]] * 5)}
    seen = {}
    for severity in ("error", "warn", "off"):
        caplog.clear()
        outcome = _run(tmp_path, layers, replace(DEFAULTS, codes=severity))  # type: ignore[arg-type]
        seen[severity] = (outcome[VEG, "codes"]["status"], [r.levelno for r in caplog.records])
        if severity == "error":
            with pytest.raises(CheckError):
                require_passed(tmp_path / "checks.json")
        else:
            require_passed(tmp_path / "checks.json")
    assert seen == {
        "error": ("failed", [logging.ERROR]),
        "warn": ("failed", [logging.WARNING]),
        "off": ("not checked", []),
    }


def test_the_valid_share_may_be_asked_per_layer(tmp_path: Path) -> None:
    half = [[1, NODATA, 0, NODATA]] * 5
    layers = {name: write_codes(tmp_path / f"{name}.tif", GRID, half) for name in (VEG, MONTHS)}
    strict, lenient = ValidShare("error", 0.5001), ValidShare("error", 0.5)
    settings = replace(DEFAULTS, valid_share=strict, valid_share_of={MONTHS: lenient})
    outcome = _run(tmp_path, layers, settings)
    assert outcome[VEG, "valid_share"]["status"] == "failed"
    assert outcome[MONTHS, "valid_share"]["status"] == "passed"
    assert outcome[MONTHS, "valid_share"]["found"] == "50.00%"
    everything = replace(settings, valid_share=ValidShare("error", 1.0), valid_share_of={})
    assert _failed(_run(tmp_path, layers, everything)) == {"valid_share"}


def test_a_layer_of_one_value_is_told_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    layers = {
        VEG: write_codes(tmp_path / "veg.tif", GRID, [[1, 1, 1, NODATA]] * 5),
        CANOPY: write_codes(tmp_path / "canopy.tif", GRID, NODATA),
    }
    outcome = _run(tmp_path, layers)
    told = outcome[VEG, "constant"]
    assert (told["status"], told["severity"], told["found"]) == ("failed", "warn", "1 on 15 px")
    assert f"{VEG} constant: found 1 on 15 px, expected more than one value" in caplog.text
    assert outcome[CANOPY, "constant"]["status"] == "passed", "its valid share tells that"
    require_passed(tmp_path / "checks.json")
    _run(tmp_path, layers, replace(DEFAULTS, constant="error"))
    with pytest.raises(CheckError, match=f"{VEG} constant"):
        require_passed(tmp_path / "checks.json")


def test_a_damaged_layer_fails_and_the_others_are_still_reported(tmp_path: Path) -> None:
    layers = {
        VEG: write_codes(tmp_path / "veg.tif", GRID, [[0, 1, 0, 1]] * 5),
        CANOPY: tmp_path / "canopy.tif",
    }
    layers[CANOPY].write_bytes(layers[VEG].read_bytes()[:200])
    outcome = _run(tmp_path, layers)
    assert _failed(outcome) == {"readable"}
    assert outcome[VEG, "codes"]["status"] == "passed"
    with pytest.raises(CheckError, match=f"{CANOPY} readable"):
        require_passed(tmp_path / "checks.json")


def test_a_layer_is_checked_by_what_was_noted_of_it_while_it_is_the_same_file(
    tmp_path: Path,
) -> None:
    layers = {VEG: write_codes(tmp_path / "veg.tif", GRID, [[0, 1, 0, 1]] * 5)}
    notes = {VEG: tmp_path / "veg.json"}
    said = {"layer": digest_of(layers[VEG]), "nearest": "", "pixels": 20, "gaps": []}
    notes[VEG].write_text(json.dumps({**said, "codes": {"0": 13, "7": 2}}))
    outcome = _run(tmp_path, layers, notes=notes)
    assert _failed(outcome) == {"codes", "valid_share"}
    assert outcome[VEG, "codes"]["found"] == "7 on 2 px"
    write_codes(layers[VEG], GRID, [[0, 1, 1, 1]] * 5)
    outcome = _run(tmp_path, layers, notes=notes)
    assert outcome[VEG, "codes"]["found"] == "0, 1 on 20 px"


def test_the_table_is_aligned_and_marks_what_failed(tmp_path: Path) -> None:
    layers = {VEG: write_codes(tmp_path / "veg.tif", GRID, [[7, 1, NODATA, NODATA]] * 5)}
    _run(tmp_path, layers, replace(DEFAULTS, nodata="off"))
    lines = (tmp_path / "checks.txt").read_text().splitlines()
    assert {len(line[: line.index(VEG)]) for line in lines[1:]} == {len("warning  ")}
    assert [line.split()[:3:2] for line in lines[1:]] == [
        ["ok", "crs"],
        ["ok", "grid"],
        ["ok", "dtype"],
        ["off", "nodata"],
        ["FAILED", "codes"],
        ["ok", "constant"],
        ["warning", "valid_share"],
    ]


def test_settings_survive_the_trip_through_a_dict() -> None:
    settings = replace(DEFAULTS, crs="warn", valid_share_of={VEG: ValidShare("off", 0.1)})
    assert CheckSettings.from_dict(json.loads(json.dumps(asdict(settings)))) == settings
