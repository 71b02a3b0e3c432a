"""An area that is a table asset of Earth Engine: fetched first, then an area like any other."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.rasters.area import Area
from standins.earthengine import EarthEngineStandIn
from workflow.harness import Project, new_project, small_config

pytestmark = pytest.mark.workflow

ASSET = "projects/test-project/assets/shore"
RING = [[6.515, 46.366], [6.530, 46.366], [6.530, 46.376], [6.515, 46.376], [6.515, 46.366]]
FEATURE = {
    "type": "Feature",
    "properties": {"name": "shore"},
    "geometry": {"type": "Polygon", "coordinates": [RING]},
}
POINT = FEATURE | {"geometry": {"type": "Point", "coordinates": RING[0]}}


@pytest.fixture
def service(sample: Path, tmp_path: Path) -> Iterator[EarthEngineStandIn]:
    tables = {ASSET: [FEATURE], f"{ASSET}_points": [POINT]}
    with EarthEngineStandIn(sample / "catalog.json", tables, tmp_path / "exports") as running:
        yield running


def project_of(sample: Path, folder: Path, area: dict[str, Any], url: str) -> Project:
    config = small_config(sample, areas={"shore": area})
    config["layers"] = {"vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}}}
    config["earthengine"] = {"project": "test-project", "url": url}
    return new_project(folder, config)


def test_its_blocks_are_those_of_the_same_outline_in_a_file_and_a_run_follows_from_it(
    sample: Path, service: EarthEngineStandIn, tmp_path: Path
):
    mosaic = "results/shore/sources/s2/2018/mosaic.vrt"
    fetched = project_of(sample, tmp_path / "asset", {"asset": ASSET}, service.url)
    planned = fetched.run("--dry-run", mosaic)
    assert planned.jobs["write_grid"] == 1
    assert not service.requests("value:compute"), "a dry run asks for nothing"
    fetched.run("results/shore/sources/s2/2018/items.json")
    for document in (fetched.folder / "results/checksums").rglob("*.json"):
        document.unlink()  # as one is that is damaged
    run = fetched.run("stack")
    assert not run.jobs.keys() & {"write_grid", "search_scenes"}, "it goes on where one ended"
    assert fetched.traffic() == service.traffic
    outline = next((tmp_path / "asset/.cache/earthengine/tables").glob("*.geojson"))
    by_file = project_of(sample, tmp_path / "file", {"file": str(outline)}, service.url)
    assert run.jobs["compose_block"] == by_file.run(mosaic).jobs["compose_block"] > 1
    blocks = "shore/sources/s2/2018/blocks/*.tif"
    assert fetched.files(blocks) == by_file.files(blocks)

    results = fetched.folder / "results/shore"
    area = Area.read(results / "area.geojson", results / "grid.json")
    assert area.bounds_lonlat() == pytest.approx((6.515, 46.366, 6.530, 46.376), abs=1e-3)
    assert (results / "periods/2018/stack/lccs_inputs.tif").exists()

    asked = len(service.requests("value:compute"))
    assert "Nothing to be done" in fetched.run("stack").output
    assert len(service.requests("value:compute")) == asked

    (results / "grid.json").unlink()
    shutil.rmtree(results / "sources/s2/2018/blocks")
    fetched.config["layers"]["vegetat_veg_cat"]["methods"] = {"ndvi": "blue < 0.1"}
    again = fetched.run("stack").jobs
    assert (again["write_grid"], again["compose_block"]) == (1, run.jobs["compose_block"])
    assert not again.keys() & {"search_scenes", "freeze_scenes"}, "the same grid, the same scenes"


@pytest.mark.parametrize(
    ("asset", "reason"),
    [(f"{ASSET}_none", "cannot be read"), (f"{ASSET}_points", "holds no polygon")],
)
def test_an_asset_that_is_no_outline_is_told_by_its_key(
    sample: Path, service: EarthEngineStandIn, tmp_path: Path, asset: str, reason: str
):
    project = project_of(sample, tmp_path / "project", {"asset": asset}, service.url)
    failed = project.snakemake("results/shore/grid.json")
    assert failed.returncode == 1
    assert f"areas.shore.asset: {asset} {reason}" in failed.output
