"""The default run: `make run` on a fresh machine, at the size it has there."""

import csv
import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
import yaml

from lccs_inputs.config import load, load_files
from lccs_inputs.facts.lccs import LE_LCCS
from lccs_inputs.layers.level3 import agreement
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.synthetic import SYNTHETIC
from lccs_inputs.sample.landscape import Cover
from standins import le_lccs
from true_ground import hectares_by_scale
from workflow.harness import REPO, Project, new_project
from workflow.replaying import assert_as_in_the_files, explained

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_project(tmp_path_factory.mktemp("default"), {})
    started = time.monotonic()
    project.run()
    print(f"default run: {time.monotonic() - started:.0f} s")
    return project


@pytest.fixture(scope="module")
def period(default: Project) -> Path:
    return default.folder / "results/evian/periods/2018"


@pytest.fixture(scope="module")
def layers() -> list[str]:
    """The layers that the project's config makes, in the order of the stack."""
    config = load(load_files(REPO / "config.yaml", [], {}))
    return [name for name in config.known_descriptors if name in config.made]


def test_every_layer_lies_exactly_on_the_grid(period: Path, layers: list[str]):
    for name in layers:
        with rasterio.open(period / f"layers/{name}.tif") as layer:
            assert layer.crs.to_epsg() == 2154
            assert layer.bounds == (967800, 6585300, 992180, 6597780)
            assert layer.dtypes == ("uint8",)
            assert layer.nodata == 255


def test_the_stack_holds_the_layers_band_by_band(period: Path, layers: list[str]):
    with rasterio.open(period / "stack/lccs_inputs.tif") as stack:
        assert stack.descriptions == tuple(layers)
        for band, name in enumerate(layers, start=1):
            with rasterio.open(period / f"layers/{name}.tif") as layer:
                assert np.array_equal(stack.read(band), layer.read(1))


def test_all_that_is_made_of_the_sample_says_that_it_is_synthetic(
    default: Project, period: Path, layers: list[str]
):
    sources = default.folder / "results/evian/sources"
    made = [sources / "s2/2018/mosaic.vrt", sources / "imperviousness/2018/aligned.tif"]
    made += [*(period / "layers").glob("*.tif"), *(period / "stack").glob("l*.tif")]
    made += (period / "le_lccs").glob("*.tif")
    assert len(made) == 2 + len(layers) + 4 + len(layers) + 1
    for path in made:
        with rasterio.open(path) as raster:
            assert raster.tags()["SOURCE"] == SYNTHETIC, path


def test_level_3_agrees_with_the_truth_on_95_percent(default: Project, period: Path):
    results = default.folder / "results"
    area = Area.read(results / "evian/area.geojson", results / "evian/grid.json")
    truth = results / "sample_data/truth/level3.tif"
    found = agreement(period / "stack/level3.tif", truth, area)
    assert found.share >= 0.95
    for code in (111, 112, 123, 124, 215, 216, 220):
        assert found.found(code) >= 0.85
        assert found.right(code) >= 0.85


def test_a_thousand_pixels_are_explained_as_they_are(default: Project, period: Path):
    answers = explained(default, "evian", 1000)
    assert_as_in_the_files(answers, period)
    level3, methods = (
        rasterio.open(period / file).read(1)
        for file in ("stack/level3.tif", "methods/aquatic_wat_cat.tif")
    )
    use = yaml.safe_load((REPO / "config.yaml").read_text())["layers"]["aquatic_wat_cat"]["use"]
    for answer in answers:
        assert answer.level3 is not None
        assert answer.level3.code == level3[answer.row, answer.column]
        (water,) = [each for each in answer.layers if each.layer == "aquatic_wat_cat"]
        decided = use.index(water.method) + 1 if water.method else 255
        assert decided == methods[answer.row, answer.column]


def test_errors_are_where_confidence_is_low(default: Project, period: Path):
    assert not (period / "confidence").exists(), "it is for who asks"
    assert default.run("confidence").jobs["map_confidence"] == 1
    assert "Nothing to be done" in default.run("confidence").output
    with rasterio.open(period / "confidence/level3.tif") as raster:
        assert raster.tags()["SOURCE"] == SYNTHETIC
        score = raster.read(1)
    level3, truth = (
        rasterio.open(path).read(1)
        for path in (
            period / "stack/level3.tif",
            default.folder / "results/sample_data/truth/level3.tif",
        )
    )
    known = level3 != 255
    assert np.array_equal(score != 255, known)
    wrong = (level3 != truth)[known]
    scores = score[known] + np.random.default_rng(0).random(known.sum())  # ties at random
    flagged = scores <= np.quantile(scores, 0.067)
    assert wrong[flagged].sum() / wrong.sum() > 0.85
    assert abs(1 - score[known].mean() / 100 - wrong.mean()) < 0.005
    worth = json.loads((period / "confidence/calibration.json").read_text())
    assert worth["synthetic"] is True
    assert worth["maps"]["level3"]["points"] > 800
    assert worth["maps"]["level3"]["reliability_error_calibrated"] < 0.02


def test_another_method_changes_confidence_alone(default: Project):
    default.run("confidence")
    layers = yaml.safe_load((REPO / "config.yaml").read_text())["layers"]
    layers["artific_urb_cat"]["methods"]["sealed"] = "land_cover in {1, 9}"
    default.config["layers"] = layers
    try:
        assert {*default.dry_run().jobs} <= {"describe_period"}
        default.config["confidence"] = True
        assert {*default.dry_run().jobs} == {
            "map_confidence", "calibrate_confidence", "describe_period", "write_qgis",
        }  # fmt: skip
    finally:
        default.config.clear()


def test_what_maps_are_wrong_about_is_right_at_level_3(default: Project, period: Path):
    results = default.folder / "results"
    level3, truth, wetness = (
        rasterio.open(path).read(1)
        for path in (
            period / "stack/level3.tif",
            results / "sample_data/truth/truth.tif",
            results / "evian/sources/water_wetness/2018/aligned.tif",
        )
    )
    area = Area.read(results / "evian/area.geojson", results / "evian/grid.json")
    for window, inside in area_windows(area, "inside"):
        truth[window.toslices()][~inside] = 0
    for kind, code in (
        (Cover.SEA, 220), (Cover.GLACIER, 220), (Cover.RICE, 123), (Cover.SOLAR_PARK, 215),
        (Cover.HEATH, 112),
    ):  # fmt: skip
        assert (level3[truth == kind] == code).mean() > 0.85, kind
    wet_wheat = (truth == Cover.WHEAT) & (wetness == 4)
    assert wet_wheat.sum() > 100
    assert (level3[wet_wheat] == 111).mean() > 0.85


def test_what_contradicts_itself_is_counted_as_the_layers_have_it(period: Path):
    form, cover, leaf, vegetated = (
        rasterio.open(period / f"layers/{name}.tif").read(1)
        for name in ("lifeform_veg_cat", "canopyco_veg_con", "leaftype_veg_cat", "vegetat_veg_cat")
    )
    found = json.loads((period / "checks/checks.json").read_text())["coherence"]
    woody = (form == 1) & (leaf != 255)
    assert found["woody_leaf_type"]["of"] == woody.sum()
    assert found["woody_leaf_type"]["pixels"] == (woody & (leaf == 0)).sum() > 10_000
    assert ((vegetated == 1) & (cover < 4)).sum() == 0 == found["vegetated_cover"]["pixels"]
    herbs = cover[(form == 2) & (cover != 255)]
    assert (herbs >= 15).mean() > 0.95, "classes of cover of herbs can be reached"
    with rasterio.open(period / "checks/coherence.tif") as raster:
        bits = raster.read(1)
    assert ((bits & 1 == 1) & (bits != 255)).sum() == found["woody_leaf_type"]["pixels"]


def test_pictures_logs_and_benchmarks_are_where_people_look(
    default: Project, period: Path, layers: list[str]
):
    for picture in (*layers, "true_colour", "level3", "level4", "contact_sheet"):
        assert (period / f"pictures/{picture}.png").stat().st_size > 5000
    results = default.folder / "results"
    rules = {path.name for path in (results / "logs").iterdir()}
    assert {path.name for path in (results / "benchmarks").iterdir()} == rules
    assert "compose_block" in rules
    assert (
        "areas come out up to 1.9 ‰ too small"
        in (results / "logs/write_grid/evian.log").read_text()
    )


def test_the_hectares_of_level_4_are_those_of_its_rasters(default: Project, period: Path):
    results = default.folder / "results"
    area = Area.read(results / "evian/area.geojson", results / "evian/grid.json")
    codes, numbers, level3 = (
        rasterio.open(period / f"stack/{name}.tif").read(1)
        for name in ("level4_codes", "level4", "level3")
    )
    hectares = hectares_by_scale(area.grid)
    inside = area.mask(area.grid)
    table = list(csv.DictReader((period / "stack/level4.csv").read_text().splitlines()))
    assert {int(row["code"]) for row in table} == {*np.unique(codes[inside]).tolist()}
    for row in table:
        there = inside & (codes == int(row["code"]))
        assert int(row["pixels"]) == there.sum()
        assert float(row["hectares"]) == pytest.approx(hectares[there].sum(), rel=1e-7, abs=6e-5)
        assert {*numbers[there].tolist()} == {int(row["au"] or 255)}
        assert {*level3[there].tolist()} == {int(row["code"]) // 10**6 or 255}
    assert {row["lccs"] for row in table} > {"A12.A1.A10.D1", "A11.A2.A10", "B20", "B15"}


def test_le_lccs_on_the_folder_says_what_we_say(
    default: Project, period: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert "Nothing to be done" in default.run("le_lccs").output
    le_lccs.install(tmp_path / LE_LCCS)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert default.run("le_lccs").jobs["run_le_lccs"] == 1
    found = json.loads((period / "le_lccs/differences.json").read_text())
    assert [each["differing"] for each in found] == [[], []]
    level3, level4 = (each["compared"] for each in found)
    with rasterio.open(period / "stack/level3.tif") as raster:
        assert level3 == (raster.read(1) != 255).sum()
    assert 0.95 * level3 < level4 <= level3


def test_no_job_takes_half_of_the_memory_it_asks_for(default: Project):
    """Snakemake looks at a job from time to time, and may miss its peak by a little."""
    asked, taken = default.memory_asked(), default.memory_taken()
    assert {"generate_sample", "compose_block", "align_product", "check_layers"} <= {*taken}
    assert not {rule: mb for rule, mb in taken.items() if mb >= asked[rule] / 2}


def test_the_sample_stays_small(default: Project):
    files = (default.folder / "results/sample_data").rglob("*")
    assert sum(path.stat().st_size for path in files if path.is_file()) <= 60e6


def test_what_no_chosen_expression_names_is_not_built(default: Project):
    sources = {path.name for path in (default.folder / "results/evian/sources").iterdir()}
    assert "l8" not in sources
    assert sources < {*yaml.safe_load((REPO / "config.yaml").read_text())["products"], "s2"}


def test_a_second_run_says_that_nothing_is_to_be_done(default: Project):
    assert "Nothing to be done" in default.run().output
