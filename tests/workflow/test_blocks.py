"""How a run is cut into blocks must not show in a single pixel, at native resolution."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from workflow.harness import Project, new_project, small_config

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def whole(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same run as `built`, in one block instead of many, without its pictures."""
    config = small_config(sample)
    config["grid"]["block"] = 4096
    project = new_project(tmp_path_factory.mktemp("whole"), config)
    project.run("stack")
    return project


def mosaic(project: Project) -> np.ndarray:
    with rasterio.open(project.folder / "results/shore/sources/s2/2018/mosaic.vrt") as raster:
        pixels: np.ndarray = raster.read()
        return pixels


def test_many_blocks_are_one_block_bit_for_bit(built: Project, whole: Project):
    pattern = "shore/sources/s2/2018/blocks/*.tif"
    assert len(built.files(pattern)) > 3 * len(whole.files(pattern))
    assert np.array_equal(mosaic(built), mosaic(whole))


def test_the_layers_and_the_stack_are_the_same_bytes(built: Project, whole: Project):
    for pattern in ("layers/*.tif*", "stack/*.tif*", "stack/*.csv"):
        made = f"shore/periods/2018/{pattern}"
        assert built.files(made) == whole.files(made) != {}
