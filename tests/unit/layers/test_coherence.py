"""Coherence between layers: counts, map and report."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.config.sections.checks import CheckSettings as Defaults
from lccs_inputs.config.sections.checks import Coherence as Configured
from lccs_inputs.errors import CheckError
from lccs_inputs.facts.coherence import MAP, RULES, applicable
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.layers.checks import CheckSettings, run_checks
from lccs_inputs.layers.coherence import Tolerance, judge
from lccs_inputs.layers.reports import require_passed
from lccs_inputs.pictures.painting import paint_layer
from lccs_inputs.rasters import reading
from lccs_inputs.rasters.writing import create_raster
from small_rasters import NODATA, area_of, grid_of, write_codes, write_layers

VEG, AQU, CULT = "vegetat_veg_cat", "aquatic_wat_cat", "cultman_agr_cat"
FORM, COVER, LEAF = "lifeform_veg_cat", "canopyco_veg_con", "leaftype_veg_cat"
SETTINGS = CheckSettings.from_dict(Defaults().model_dump() | {"valid_share_of": {}})
HELD = {
    VEG: (0, 1, NODATA),
    AQU: (0, 1, NODATA),
    CULT: (0, 1, NODATA),
    FORM: (0, 1, 2, 3, 4, 7, NODATA),
    COVER: (0, 3, 4, 80, NODATA),
    LEAF: (0, 1, 3, NODATA),
}
PIXELS = list(product(*HELD.values()))


def expected(rule: str, pixel: dict[str, int]) -> tuple[bool, bool, bool]:
    """Whether a pixel is judged by a rule, is one it is about, and breaks it; as LCCS says it."""
    looked_at = {
        "woody_leaf_type": (FORM, LEAF),
        "woody_cover": (FORM, COVER),
        "herbaceous_leaf_type": (FORM, LEAF),
        "vegetated_cover": (VEG, COVER),
        "cultivated_water": (AQU, VEG, CULT),
    }[rule]
    if any(pixel[layer] == NODATA for layer in looked_at):
        return False, False, False
    woody, herbs = pixel[FORM] in (1, 3, 4), pixel[FORM] in (2, 5, 6, 7, 8, 9)
    about, broken = {
        "woody_leaf_type": (woody, pixel[LEAF] == 0),
        "woody_cover": (woody, pixel[COVER] == 0),
        "herbaceous_leaf_type": (herbs, pixel[LEAF] != 0),
        "vegetated_cover": (pixel[VEG] == 1, pixel[COVER] < 4),
        "cultivated_water": (pixel[AQU] == 1 and pixel[VEG] == 0, pixel[CULT] == 1),
    }[rule]
    return True, about, about and broken


@pytest.fixture(scope="module")
def every_pixel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every combination of codes, one after the other in a row."""
    grid = grid_of(len(PIXELS), 1)
    columns = zip(HELD, zip(*PIXELS, strict=True), strict=True)
    return write_layers(tmp_path_factory.mktemp("all"), grid, {n: [codes] for n, codes in columns})


def test_every_combination_of_codes_is_counted_and_mapped(
    every_pixel: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "WINDOW", 512)  # several windows
    area, target = area_of(grid_of(len(PIXELS), 1)), tmp_path / "coherence.tif"
    tallies = judge(every_pixel, RULES, area, target)
    found = [
        [expected(rule.name, dict(zip(HELD, pixel, strict=True))) for rule in RULES]
        for pixel in PIXELS
    ]
    for number, rule in enumerate(RULES):
        judged, about, broken = np.array(found)[:, number].sum(axis=0)
        tally = tallies[rule.name]
        assert (tally.judged, tally.of, tally.pixels) == (judged, about, broken), rule.name
        assert tally.not_judged == len(PIXELS) - judged
        assert broken > 0
    bits = [sum(broken << bit for bit, (_, _, broken) in enumerate(rules)) for rules in found]
    judged = [all(known for known, _, _ in rules) for rules in found]
    with rasterio.open(target) as raster:
        codes = raster.read(1)[0]
        assert codes.tolist() == [
            code if code or known else NODATA for code, known in zip(bits, judged, strict=True)
        ]
        assert raster.nodata == NODATA
        assert {
            f"bit_{n}": rule.name for n, rule in enumerate(RULES)
        }.items() <= raster.tags().items()
        colours = raster.colormap(1)
    assert colours[3][:3] == tuple(bytes.fromhex(MAP.codes[3].colour[1:]))
    names = (tmp_path / "coherence.tif.aux.xml").read_text()
    assert "woody without leaf type + woody with canopy 0" in names


def test_what_lies_outside_the_area_is_neither_counted_nor_mapped(tmp_path: Path) -> None:
    grid = grid_of(4, 5)
    left, bottom, right, top = grid.bounds
    layers = write_layers(tmp_path, grid, {FORM: 1, LEAF: [[0, 1, NODATA, 0]] * 5})
    area = area_of(grid, box(left, bottom, right - 10, top))
    tally = judge(layers, applicable(layers)[:1], area, tmp_path / "map.tif")["woody_leaf_type"]
    assert (tally.pixels, tally.of, tally.judged, tally.not_judged) == (5, 10, 10, 5)
    with rasterio.open(tmp_path / "map.tif") as raster:
        assert raster.read(1).tolist() == [[1, 0, NODATA, NODATA]] * 5


def checked(folder: Path, layers: dict[str, Path], settings: CheckSettings = SETTINGS) -> Any:
    """The report of layers of 4 × 5 pixels, its checks by name."""
    files = (folder / "checks.json", folder / "checks.txt", folder / "coherence.tif")
    run_checks(layers, DESCRIPTORS, area_of(grid_of(4, 5)), settings, *files)
    report = json.loads(files[0].read_text())
    report["checks"] = {each["check"]: each for each in report["checks"]}
    return report


def test_the_report_tells_count_share_and_what_was_not_judged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    grid = grid_of(4, 5)
    layers = write_layers(tmp_path, grid, {FORM: [[1, 1, 2, 0]] * 5, LEAF: [[0, 1, NODATA, 0]] * 5})
    report = checked(tmp_path, layers)
    assert report["coherence"]["woody_leaf_type"] == {
        "pixels": 5, "of": 10, "judged": 15, "not_judged": 5,
    }  # fmt: skip
    check = report["checks"]["woody_leaf_type"]
    assert (check["layer"], check["severity"], check["status"]) == (LEAF, "warn", "failed")
    assert check["found"] == "5 of 10 px woody (50.00%), 5 px not judged"
    assert check["expected"] == "at most 1.0% woody without leaf type"
    assert "leaftype_veg_cat woody_leaf_type: found 5 of 10 px woody" in caplog.text
    assert report["checks"]["herbaceous_leaf_type"]["status"] == "passed"
    assert "woody_cover" not in report["checks"], "its layers are not made"
    require_passed(tmp_path / "checks.json")


def test_severity_and_share_of_each_rule_decide(tmp_path: Path) -> None:
    layers = write_layers(tmp_path, grid_of(4, 5), {FORM: 1, LEAF: [[0, 1, 1, 1]] * 5})

    def status(severity: Any, maximum: float) -> str:
        tolerances = SETTINGS.coherence | {"woody_leaf_type": Tolerance(severity, maximum)}
        report = checked(tmp_path, layers, replace(SETTINGS, coherence=tolerances))
        return str(report["checks"]["woody_leaf_type"]["status"])

    assert status("error", 0.25) == "passed"
    assert status("off", 0.2) == "not checked"
    assert status("error", 0.2499) == "failed"
    with pytest.raises(CheckError, match="leaftype_veg_cat woody_leaf_type: found 5 of 20 px"):
        require_passed(tmp_path / "checks.json")


def test_rules_over_a_layer_off_the_grid_are_not_checked_and_the_others_are(tmp_path: Path) -> None:
    grid = grid_of(4, 5)
    layers = write_layers(tmp_path, grid, {FORM: 1, LEAF: 0})
    layers[COVER] = write_codes(tmp_path / "cover.tif", grid_of(3, 3), 50)
    report = checked(tmp_path, layers)
    assert report["checks"]["woody_cover"]["status"] == "not checked"
    assert report["coherence"]["woody_cover"]["not_judged"] == 20
    assert report["coherence"]["woody_leaf_type"]["pixels"] == 20


def test_codes_of_another_type_are_no_other_codes(tmp_path: Path) -> None:
    """A 257 is no 1, though its lowest byte is."""
    grid = grid_of(4, 5)
    layers = write_layers(tmp_path, grid, {LEAF: 0})
    with create_raster(tmp_path / "wide.tif", grid, [FORM], "int16", -1) as raster:
        raster.write(np.broadcast_to(np.array([1, 257, -1, 2], np.int16), grid.shape), 1)
    tallies = judge(
        layers | {FORM: tmp_path / "wide.tif"}, RULES[:1], area_of(grid), tmp_path / "map.tif"
    )
    assert (tallies["woody_leaf_type"].of, tallies["woody_leaf_type"].not_judged) == (5, 10)


def test_without_a_rule_for_the_layers_there_is_no_map(tmp_path: Path) -> None:
    layers = write_layers(tmp_path, grid_of(4, 5), {VEG: [[0, 1, 0, 1]] * 5})
    assert checked(tmp_path, layers)["coherence"] == {}
    assert not (tmp_path / "coherence.tif").exists()


def test_the_config_has_every_rule_and_no_other() -> None:
    assert [*Configured.model_fields] == [rule.name for rule in RULES]


def test_the_map_is_drawn_with_the_rules_that_are_broken(tmp_path: Path) -> None:
    grid = grid_of(4, 5)
    path = write_codes(tmp_path / "map.tif", grid, [[0, 1, 3, NODATA]] * 5)
    picture = paint_layer(path, MAP, area_of(grid), (4, 5))
    assert [getattr(key, "label", None) for key in picture.legend] == [
        "coherent", "woody without leaf type", "woody without leaf type + woody with canopy 0",
        "no data",
    ]  # fmt: skip
