"""The workflow with Earth Engine as the catalogue: the real client over HTTP to the stand-in."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from patience import wait_until
from service_settings import kept_tiles
from standins.earthengine import EarthEngineStandIn, faults
from workflow.harness import (
    Project,
    kill_everything,
    new_project,
    remove_stale_lock,
    small_config,
    start,
)

pytestmark = pytest.mark.workflow

MOSAIC = "results/shore/sources/{source}/2018/mosaic.vrt"
SMALL = [6.515, 46.366, 6.530, 46.376]


@pytest.fixture
def service(sample: Path, tmp_path: Path) -> Iterator[EarthEngineStandIn]:
    with EarthEngineStandIn(sample / "catalog.json", folder=tmp_path / "exports") as running:
        yield running


def config_of(sample: Path, service: EarthEngineStandIn | None) -> dict[str, Any]:
    config = small_config(sample)
    config["areas"] = {"shore": {"bbox": SMALL}}
    if service is not None:
        for scene_set in config["scenes"].values():
            scene_set["catalogue"] = "earthengine"
        config["earthengine"] = {"project": "test-project", "url": service.url}
    return config


def bands(project: Project, source: str) -> dict[str, np.ndarray]:
    with rasterio.open(project.folder / MOSAIC.format(source=source)) as raster:
        return dict(zip(raster.descriptions, raster.read().astype(int), strict=True))


def test_both_engines_fill_the_same_blocks(
    sample: Path, service: EarthEngineStandIn, tmp_path: Path
):
    """Of Sentinel-1 too: the stand-in serves the sample's own backscatter, in decibels."""
    sources = ("s2", "l8", "s1")
    targets = [MOSAIC.format(source=source) for source in sources]
    theirs = new_project(tmp_path / "earthengine", config_of(sample, service))
    theirs.run(*targets)
    assert theirs.traffic() == service.traffic, "what is told of requests and bytes is what came"
    ours = new_project(tmp_path / "stac", config_of(sample, None))
    ours.run(*targets)
    for source in sources:
        expected, found = bands(ours, source), bands(theirs, source)
        assert expected.keys() == found.keys()
        for band in expected:
            missing = expected[band] == -32768
            assert np.array_equal(found[band] == -32768, missing), (source, band)
            assert np.abs(found[band] - expected[band])[~missing].max() <= 1, (source, band)
    tags = {request.body["workloadTag"] for request in service.requests("computePixels")}
    assert tags == {f"lccs-inputs-{source}-2018" for source in sources}


def test_cloud_score_and_a_single_pass_are_asked_for_by_the_config(
    sample: Path, service: EarthEngineStandIn, tmp_path: Path
):
    config = config_of(sample, service)
    project = new_project(tmp_path / "scl", config)
    project.run(MOSAIC.format(source="s2"))
    by_classes = bands(project, "s2")["clear_count"]
    config["scenes"]["s2"] |= {"mask": "cloud_score", "cloud_score": {"band": "cs", "least": 0.95}}
    config["scenes"]["s1"]["orbit_pass"] = "ascending"
    run = project.run(MOSAIC.format(source="s2"), MOSAIC.format(source="s1"))
    assert run.jobs["search_scenes"] == 2
    assert (bands(project, "s2")["clear_count"] < by_classes).any()
    items = json.loads((project.folder / "results/shore/sources/s1/2018/items.json").read_text())
    assert "orbit_pass" in items["removed"]
    config["scenes"]["s2"]["cloud_score"] = {"least": 0.2}
    again = project.run(MOSAIC.format(source="s2"))
    assert again.jobs["compose_block"] and "search_scenes" not in again.jobs


def test_products_come_from_there_and_are_aligned_like_files(
    sample: Path, service: EarthEngineStandIn, tmp_path: Path
):
    aligned = "results/shore/sources/{source}/{edition}/aligned.tif"
    config = config_of(sample, service)
    config["products"] |= {
        "crop_map": {"product": "EUCROPMAP", "editions": {2018: "earthengine"}},
        "slope": {"product": "SLOPE", "editions": {"static": "earthengine"}},
    }
    theirs = new_project(tmp_path / "earthengine", config)
    crop_map = aligned.format(source="crop_map", edition="2018")
    slope = aligned.format(source="slope", edition="static")
    run = theirs.run(crop_map, slope)
    assert run.jobs["export_earthengine"] == run.jobs["align_product"] == 2
    assert theirs.traffic() == service.traffic
    ours = new_project(tmp_path / "file", config_of(sample, None))
    ours.run(crop_map)
    with (
        rasterio.open(theirs.folder / crop_map) as one,
        rasterio.open(ours.folder / crop_map) as other,
    ):
        assert np.array_equal(one.read(1), other.read(1))
        assert one.tags()["ORIGIN"].startswith("Google Earth Engine: JRC/D5/EUCROPMAP/V1/2018")
    with rasterio.open(theirs.folder / slope) as raster:
        assert raster.scales == (0.01,)
        assert (raster.read(1) != raster.nodata).mean() > 0.9
    asked = len(service.requests("computePixels"))
    assert "Nothing to be done" in theirs.run(crop_map, slope).output
    assert len(service.requests("computePixels")) == asked


def test_deleting_the_results_costs_no_quota(
    sample: Path, service: EarthEngineStandIn, tmp_path: Path
):
    project = new_project(tmp_path / "cached", config_of(sample, service))
    project.run(MOSAIC.format(source="s2"))
    before, asked = bands(project, "s2"), len(service.requests("computePixels"))
    shutil.rmtree(project.folder / "results")
    shutil.rmtree(project.folder / ".snakemake")
    project.run(MOSAIC.format(source="s2"))
    assert len(service.requests("computePixels")) == asked
    assert all(np.array_equal(before[name], band) for name, band in bands(project, "s2").items())


def kept_corners(project: Project) -> set[tuple[float, float]]:
    """The upper left corners of the tiles in the cache."""
    corners = set()
    for path in kept_tiles(project.folder / ".cache/earthengine"):
        with rasterio.open(path) as tile:
            corners.add((tile.bounds.left, tile.bounds.top))
    return corners


def test_a_run_killed_while_it_waits_for_a_tile_asks_for_no_kept_tile_again(
    sample: Path, service: EarthEngineStandIn, tmp_path: Path
):
    config = config_of(sample, service)
    project = new_project(tmp_path / "killed", config)

    def later(request: faults.Request) -> bool:
        pixels = service.requests("computePixels")
        return request.method == "computePixels" and request not in pixels[:2]

    service.faults = [faults.Fault(hang=True, times=None, when=later)]
    process = start(project, MOSAIC.format(source="l8"))
    wait_until(
        lambda: len(kept_corners(project)) >= 2 and len(service.requests("computePixels")) >= 3,
        process,
    )
    kill_everything(process)
    kept, service.faults = kept_corners(project), []
    service.log.clear()

    assert remove_stale_lock(project).returncode == 0
    project.run(MOSAIC.format(source="l8"))
    asked = [request.corner for request in service.requests("computePixels")]
    assert len(asked) == len(set(asked)) == len(kept_corners(project) - kept) > 0
    assert not kept & set(asked)
    ours = new_project(tmp_path / "stac", config | {"scenes": config_of(sample, None)["scenes"]})
    ours.run(MOSAIC.format(source="l8"))
    expected, found = bands(ours, "l8"), bands(project, "l8")
    assert all(np.abs(found[name] - values).max() <= 1 for name, values in expected.items())


def test_a_missing_project_says_what_to_set(sample: Path, tmp_path: Path):
    config = config_of(sample, None)
    config["scenes"]["s2"]["catalogue"] = "earthengine"
    result = new_project(tmp_path / "nobody", config).snakemake(MOSAIC.format(source="s2"))
    assert result.returncode != 0
    assert "earthengine.project is not set" in result.output


def test_what_is_too_much_for_requests_comes_in_batch(
    sample: Path, service: EarthEngineStandIn, tmp_path: Path
):
    config = config_of(sample, service)
    config["earthengine"]["batch"] = {"poll_seconds": 0.1}
    requests = new_project(tmp_path / "requests", config)
    requests.run(MOSAIC.format(source="l8"))
    tiles = len(service.requests())

    def computed(request: faults.Request) -> bool:
        return request.method == "computePixels" and "/lccs-inputs-" not in str(request.body)

    service.faults = [faults.Fault(400, "User memory limit exceeded.", None, when=computed)]
    batch = new_project(tmp_path / "batch", config)
    batch.run(MOSAIC.format(source="l8"))
    assert len(service.tasks.all) == tiles
    assert service.assets.exported == {}
    expected, found = bands(requests, "l8"), bands(batch, "l8")
    assert all(np.array_equal(found[band], expected[band]) for band in expected)
