"""A map that only the config knows, from its file to a layer."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from workflow.harness import Project, new_project, small_config

pytestmark = pytest.mark.workflow

SOURCES = "results/shore/sources"


@pytest.fixture(scope="module")
def owned(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Classes in stripes and a depth that grows eastwards, over the shore of the sample."""
    folder = tmp_path_factory.mktemp("owned")
    transform = Affine(20, 0, 969_000, 0, -20, 6_595_000)
    cols = np.tile(np.arange(250), (250, 1))
    for name, pixels in (("habitats", cols // 10 % 3), ("depth", cols / 10)):
        dtype = "uint8" if name == "habitats" else "float32"
        with rasterio.open(
            folder / f"{name}.tif", "w", driver="GTiff", width=250, height=250, count=1,
            dtype=dtype, crs="EPSG:2154", transform=transform,
        ) as raster:  # fmt: skip
            raster.write(pixels.astype(dtype), 1)
    config = small_config(sample)
    config["products"] = {
        "habitats": {
            "custom": {"title": "Habitats", "kind": "classes", "codes": {1: "mire", 2: "heath"},
                       "nodata": 0},
            "editions": {2018: str(folder / "habitats.tif")},
        },
        "depth": {
            "custom": {"title": "Peat depth", "kind": "measure", "unit": "m", "limits": [0, 25],
                       "scale": 0.1},
            "editions": {"static": str(folder / "depth.tif")},
        },
    }  # fmt: skip
    config["layers"] = {
        "aquatic_wat_cat": {"use": "mire", "methods": {"mire": "habitats == 1 and depth > 9.5"}}
    }
    project = new_project(folder / "project", config)
    project.run("layers")
    return project


def read(project: Project, path: str) -> np.ndarray:
    with rasterio.open(project.folder / path) as raster:
        return raster.read(1)


def test_a_layer_is_made_from_it(owned: Project):
    layer = read(owned, "results/shore/periods/2018/layers/aquatic_wat_cat.tif")
    habitats = read(owned, f"{SOURCES}/habitats/2018/aligned.tif")
    depth = read(owned, f"{SOURCES}/depth/static/aligned.tif")
    assert np.array_equal(layer == 1, (habitats == 1) & (depth != 255) & (depth > 95))
    assert 0.02 < (layer == 1).mean() < 0.5


def test_what_its_numbers_mean_makes_it_again_and_no_other(owned: Project):
    assert "Nothing to be done" in owned.run("layers").output
    owned.config["products"]["habitats"]["custom"]["title"] = "Habitats of the shore"
    planned = owned.run("--dry-run", "layers")
    assert [target for target in planned.targets if "/sources/" in target] == [
        f"{SOURCES}/habitats/2018/aligned.tif"
    ]
