"""The workflow with Earth Engine as the catalogue: the real client over HTTP to the stand-in."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from standins.earthengine import EarthEngineStandIn
from workflow.harness import Project, new_project, small_config

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
    targets = [MOSAIC.format(source=source) for source in ("s2", "l8")]
    theirs = new_project(tmp_path / "earthengine", config_of(sample, service))
    theirs.run(*targets)
    ours = new_project(tmp_path / "stac", config_of(sample, None))
    ours.run(*targets)
    for source in ("s2", "l8"):
        expected, found = bands(ours, source), bands(theirs, source)
        assert expected.keys() == found.keys()
        for band in expected:
            missing = expected[band] == -32768
            assert np.array_equal(found[band] == -32768, missing), (source, band)
            assert np.abs(found[band] - expected[band])[~missing].max() <= 1, (source, band)


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


def test_a_missing_project_says_what_to_set(sample: Path, tmp_path: Path):
    config = config_of(sample, None)
    config["scenes"]["s2"]["catalogue"] = "earthengine"
    result = new_project(tmp_path / "nobody", config).snakemake(MOSAIC.format(source="s2"))
    assert result.returncode != 0
    assert "earthengine.project is not set" in result.output
