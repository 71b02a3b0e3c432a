"""An engine is one row of a table: search, blocks, mosaic and layer with one from elsewhere."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import rasterio

from workflow.checkerboard import board
from workflow.harness import AREA_BBOX, Project, new_project

pytestmark = pytest.mark.workflow

ROW = """
from lccs_inputs.imagery.engine import ENGINES

ENGINES["checkerboard"] = "workflow.checkerboard"
"""
CONFIG = {
    "areas": {"shore": {"bbox": AREA_BBOX}},
    "grid": {"resolution": 20, "block": 256},
    "periods": {"2018": {"start": "2018-05-01", "end": "2018-10-31"}},
    "scenes": {"own": {"sensor": "sentinel2", "catalogue": "checkerboard", "mask": "squares"}},
    "layers": {"vegetat_veg_cat": {"use": "bright", "methods": {"bright": "own.ndvi >= 0.4"}}},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A run whose every process has the row in the table, and nothing else of it."""
    (tmp_path / "row").mkdir()
    (tmp_path / "row/sitecustomize.py").write_text(ROW)
    project = new_project(tmp_path / "project", CONFIG)
    tests = Path(__file__).parents[1]
    folders = [tmp_path / "row", project.folder / "scripts", tests]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, folders)))
    return project


def test_a_third_engine_is_a_row_of_the_table(project: Project) -> None:
    layer = "results/shore/periods/2018/layers/vegetat_veg_cat.tif"
    planned = project.run("--dry-run", layer)
    assert "mem_mb=700" in planned.output
    assert "http_slots=3" in planned.output
    project.run(layer)
    source = project.folder / "results/shore/sources/own/2018"
    scenes = json.loads((source / "items.json").read_text())
    assert scenes["catalogue"] == "checkerboard"
    assert len(list((source / "blocks").glob("*.tif"))) > 1
    with (
        rasterio.open(source / "mosaic.vrt") as mosaic,
        rasterio.open(project.folder / layer) as made,
    ):
        red = mosaic.read(mosaic.descriptions.index("red") + 1)
        inside = red != -32768
        dark = board(tuple(mosaic.bounds), mosaic.shape, mosaic.res[0])
        assert np.array_equal(red[inside], np.where(dark, 500, 4000)[inside])
        # 0.2 in the near infrared: NDVI 0.6 where red is 0.05, below 0 where it is 0.4
        assert np.array_equal(made.read(1)[inside], dark[inside])


def test_its_own_words_are_checked(project: Project) -> None:
    project.config["scenes"]["own"] |= {"sensor": "landsat", "mask": "qa_pixel"}
    refused = project.snakemake("--dry-run")
    assert refused.returncode == 1
    assert "scenes.own.collections: checkerboard has no landsat" in refused.output
    assert '"qa_pixel" is not a mask of landsat' in refused.output
