"""Small patches and holes of a layer, from the config to the layers that name it."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.features import sieve

from workflow.harness import Project, small_config, with_sources_of

pytestmark = pytest.mark.workflow

LAYERS = {
    "artific_urb_cat": "imperviousness >= 30",
    "aquatic_wat_cat": "artific_urb_cat",
    "cultman_agr_cat": "artific_urb_cat.raw",
}


@pytest.fixture
def project(built: Project, sample: Path, tmp_path: Path) -> Project:
    config = small_config(sample)
    config["layers"] = {
        name: {"use": "only", "methods": {"only": text}} for name, text in LAYERS.items()
    }
    return with_sources_of(built, tmp_path / "project", config)


def read(project: Project, layer: str) -> np.ndarray:
    with rasterio.open(project.folder / f"results/shore/periods/2018/layers/{layer}.tif") as raster:
        return raster.read(1)


def test_the_layer_and_those_that_name_it_are_made_again_cleaned(project: Project):
    project.run("layers")
    before, raw = (project.files(f"shore/periods/*/layers/{name}.tif") for name in
                   ("artific_urb_cat", "cultman_agr_cat"))  # fmt: skip
    whole = read(project, "artific_urb_cat")
    project.config["layers"]["artific_urb_cat"] |= {
        "min_area_ha": 0.25, "fill_holes_ha": 0.25, "connectivity": 4,
    }  # fmt: skip
    again = project.run("layers")
    assert again.jobs["build_layer"] == 2
    cleaned = read(project, "artific_urb_cat")
    assert (cleaned == sieve(whole, 25, mask=whole != 255, connectivity=4)).all()
    assert (cleaned != whole).any()
    assert (read(project, "aquatic_wat_cat") == cleaned).all()
    assert project.files("shore/periods/*/layers/cultman_agr_cat.tif") == raw
    del project.config["layers"]["artific_urb_cat"]["min_area_ha"]
    del project.config["layers"]["artific_urb_cat"]["fill_holes_ha"]
    project.run("layers")
    assert project.files("shore/periods/*/layers/artific_urb_cat.tif") == before
