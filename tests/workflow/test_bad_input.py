"""Bad input ends in one clear sentence, a failed exit and no half-written target."""

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from workflow.harness import AREA_BBOX, Project, Run, new_project, small_config, with_sources_of

pytestmark = pytest.mark.workflow

ALIGNED = "results/shore/sources/tree_cover_density/2018/aligned.tif"


def failing(project: Project, *arguments: str) -> Run:
    result = project.snakemake(*arguments)
    assert result.returncode != 0
    partial = [p for p in (project.folder / "results").rglob("*.tif") if p.name.startswith(".")]
    assert not partial
    return result


@pytest.fixture
def config(sample: Path) -> dict[str, Any]:
    return small_config(sample)


def test_an_unreadable_vector_file_is_named(config: dict[str, Any], tmp_path: Path):
    broken = tmp_path / "outline.gpkg"
    broken.write_bytes(b"not a geopackage")
    config["areas"] = {"mine": {"file": str(broken)}}
    result = failing(new_project(tmp_path / "p", config))
    assert f"areas.mine.file: {broken}" in result.output
    assert not result.jobs


def test_what_is_not_there_is_told_at_once_without_an_exception_of_snakemake(
    config: dict[str, Any], tmp_path: Path
):
    config["areas"]["mine"] = {"file": "gone.gpkg"}
    config["scenes"]["s2"]["catalogue"] = "gone/catalog.json"
    config["scenes"]["l8"]["catalogue"] = "earthengine"
    editions = {"imperviousness": {2018: "clms"}, "tree_cover_density": {2018: "gone.tif"}}
    for name, given in editions.items():
        config["products"][name]["editions"] = given
    config["use"] = {"vegetat_veg_cat": "both_ndvi_max"}
    config["periods"]["late"] = {"start": "2099-05-01", "end": "2099-10-31", "editions": {}}
    config["layers"]["artific_urb_cat"]["methods"]["half"] = "imperviousness >= 0.3"
    result = failing(new_project(tmp_path / "p", config))
    for told in (
        "layers.artific_urb_cat.methods.half: imperviousness is in whole percent",
        "areas.mine.file: gone.gpkg does not exist",
        "scenes.s2.catalogue: gone/catalog.json does not exist",
        "products.tree_cover_density.editions.2018: gone.tif does not exist",
        "products.crop_map has no edition within 5 years of 2099",
        "periods.late: scenes.l8, scenes.s2 would begin after today",
        "earthengine.project is not set, and scenes.l8.catalogue come from Earth Engine",
        "run `make offers-lock CONFIG=mine.yaml`",
    ):
        assert told in result.output, told
    exceptions = "Traceback|InputFunctionException|MissingInputException|WildcardError"
    assert not re.search(exceptions, result.output)
    assert not result.jobs


def test_an_area_outside_the_imagery_says_so(config: dict[str, Any], tmp_path: Path):
    config["areas"] = {"far": {"bbox": [2.0, 48.0, 2.02, 48.02]}}
    result = failing(new_project(tmp_path / "p", config), "scenes")
    assert "is the area outside the imagery?" in result.output


def test_reference_data_of_elsewhere_are_told_before_anything_is_made(
    config: dict[str, Any], tmp_path: Path
):
    made = new_project(tmp_path / "p", config)
    (made.folder / "far.csv").write_text("x,y,class\n8.5,47.3,A12\n")
    config["reference"] = {"mine": {"file": "far.csv", "crs": "EPSG:4326"}}
    result = failing(made, "--cores", "1")
    assert "ERROR reference.mine.file: far.csv has 1 point, and no point is in" in result.output
    assert {*result.jobs} == {"write_grid", "check_reference", "gate_reference"}


def test_no_scene_left_says_which_filter_removed_them(config: dict[str, Any], tmp_path: Path):
    config["scenes"]["s2"]["platforms"] = ["sentinel2c"]
    result = failing(new_project(tmp_path / "p", config), "scenes")
    assert re.search(r"scenes\.s2: .*platform", result.output)


def test_a_truncated_product_is_named(config: dict[str, Any], tmp_path: Path):
    editions = config["products"]["tree_cover_density"]["editions"]
    (year, path), *_ = editions.items()
    broken = tmp_path / Path(path).name
    broken.write_bytes(Path(path).read_bytes()[:5000])
    editions[year] = str(broken)
    result = failing(new_project(tmp_path / "p", config), ALIGNED)
    assert str(broken) in result.output


def test_a_product_that_covers_part_of_the_area_warns_with_the_share(
    config: dict[str, Any], tmp_path: Path
):
    config["areas"] = {"wide": {"bbox": [AREA_BBOX[0] - 0.2, *AREA_BBOX[1:]]}}
    project = new_project(tmp_path / "p", config)
    edition = next(iter(config["products"]["tree_cover_density"]["editions"]))
    target = f"results/wide/sources/tree_cover_density/{edition}/aligned.tif"
    result = project.run(target)
    assert "%" in result.output
    assert "WARNING" in result.output


def test_a_zip_without_a_raster_is_named(config: dict[str, Any], tmp_path: Path):
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    config["products"]["tree_cover_density"]["editions"] = {"2018": str(empty)}
    result = failing(new_project(tmp_path / "p", config), ALIGNED)
    assert str(empty) in result.output


def test_a_failed_check_stops_the_stack_and_leaves_the_report(
    built: Project, config: dict[str, Any], tmp_path: Path
):
    config["layers"]["leaftype_veg_cat"]["methods"]["wrong"] = "dominant_leaf_type + 40"
    config["layers"]["leaftype_veg_cat"]["use"] = "wrong"
    project = with_sources_of(built, tmp_path / "p", config)
    result = failing(project, "stack")
    assert "leaftype_veg_cat" in result.output
    table = project.folder / "results/shore/periods/2018/checks/checks.txt"
    assert "leaftype_veg_cat" in table.read_text()
    assert not (project.folder / "results/shore/periods/2018/stack/lccs_inputs.tif").exists()
