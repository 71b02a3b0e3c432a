"""What a run tells of itself: valid, true to the files, and anew when that changes."""

import hashlib
import json
import platform

import pystac
import pytest
import rasterio

from stac_rules import validate_item
from workflow.harness import Project

pytestmark = pytest.mark.workflow

PERIOD = "results/shore/periods/2018"


def test_a_run_says_what_its_results_are_and_what_they_are_made_of(built: Project) -> None:
    folder = built.folder / PERIOD
    told = json.loads((folder / "provenance.json").read_text())
    rasters = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.tif")}
    assert {name: said["sha256"] for name, said in told["results"].items()} == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in rasters.items()
    }
    listed = json.loads((built.folder / "results/shore/sources/s2/2018/scenes.json").read_text())
    scenes = told["sources"]["s2"]["scenes"]
    assert [scene["id"] for scene in scenes] == [scene["id"] for scene in listed["scenes"]]
    sources = {path.name for path in (built.folder / "results/shore/sources").iterdir()}
    assert told["sources"].keys() == sources
    assert validate_item(pystac.Item.from_file(f"{folder}/item.json")) == 6
    credits_text = (folder / "ATTRIBUTION.txt").read_text()
    assert "synthetic" in credits_text
    assert "Contains modified Copernicus Sentinel data 2018\n" in credits_text


def test_tags_hold_nothing_that_differs_between_two_runs(built: Project) -> None:
    folder = built.folder / PERIOD
    told = json.loads((folder / "provenance.json").read_text())
    secret = {told["made"]["finished"][:10], platform.node(), told["config"], str(built.folder)}
    for path in folder.rglob("*.tif"):
        with rasterio.open(path) as raster:
            tags = [raster.tags(), *(raster.tags(band) for band in raster.indexes)]
        values = [text for each in tags for text in each.values()]
        assert not [text for text in values if any(word in text for word in secret)], path


def test_a_new_version_describes_the_results_anew_and_makes_none(project: Project) -> None:
    version = project.folder / "scripts/lccs_inputs/version.py"
    version.write_text(version.read_text().replace('"0.', '"7.'))
    assert project.dry_run().jobs == {"describe_period": 1}
