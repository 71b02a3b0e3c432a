"""Chains of methods: the next fills what one leaves nodata, and a map says which did."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from workflow.harness import Project, new_project, small_config, with_sources_of

pytestmark = pytest.mark.workflow

PERIOD = "results/shore/periods/2018"
FAR_AWAY = [0.0, 0.0, 0.1, 0.1]


def read(project: Project, path: str) -> np.ndarray:
    with rasterio.open(project.folder / PERIOD / path) as raster:
        return raster.read(1)


@pytest.fixture
def chain(sample: Path) -> dict[str, Any]:
    """Cultivated land by the crop map where that is not woodland, else by the season of NDVI."""
    config = small_config(sample)
    config["layers"] = {"cultman_agr_cat": config["layers"]["cultman_agr_cat"]}
    crops = config["layers"]["cultman_agr_cat"]
    crops["minus"] = []
    crops["methods"] |= {
        "partial": "where(crop_map == 300, crop_map / 0, crop_map) in {211, 216, 231, 232}",
        "season": "ndvi_stddev >= 0.15",
    }
    crops["use"] = ["partial", "season"]
    return config


@pytest.fixture
def chained(built: Project, chain: dict[str, Any], tmp_path: Path) -> Project:
    return with_sources_of(built, tmp_path / "project", chain)


def test_each_pixel_is_of_the_first_method_that_knows_it(chained: Project):
    chained.run("layers", f"{PERIOD}/pictures/cultman_agr_cat_method.png")
    methods = read(chained, "methods/cultman_agr_cat.tif")
    cultivated = read(chained, "layers/cultman_agr_cat.tif")
    with rasterio.open(chained.folder / PERIOD / "methods/cultman_agr_cat.tif") as raster:
        assert raster.tags()["title"] == "Cultivated or managed: method"
    with rasterio.open(
        chained.folder / "results/shore/sources/crop_map/2018/aligned.tif"
    ) as raster:
        crop_map = raster.read(1)
    with rasterio.open(chained.folder / "results/shore/sources/s2/2018/mosaic.vrt") as raster:
        stddev = raster.read(raster.descriptions.index("ndvi_stddev") + 1)
    by_map = (crop_map != 0) & (crop_map != 300)
    by_season = ~by_map & (stddev != -32768)
    assert np.array_equal(methods == 1, by_map)
    assert np.array_equal(methods == 2, by_season)
    assert 0.1 < by_season.mean() < 0.9
    assert np.array_equal(cultivated[by_map] == 1, np.isin(crop_map, (211, 216, 231, 232))[by_map])
    assert np.array_equal(cultivated[by_season] == 1, stddev[by_season] >= 1500)
    with rasterio.open(chained.folder / PERIOD / "layers/cultman_agr_cat.tif") as raster:
        assert raster.tags()["method"] == "partial, season"
        assert raster.tags()["editions"] == "crop_map 2018, s2 2018"


def test_a_single_method_has_no_map_of_methods(chain: dict[str, Any], tmp_path: Path):
    chain["layers"]["cultman_agr_cat"]["use"] = "season"
    planned = new_project(tmp_path / "project", chain).run("--dry-run", "layers")
    assert "map_methods" not in planned.jobs
    assert "align_product" not in planned.jobs


def test_a_product_that_lies_elsewhere_leaves_all_to_the_next_method(
    chained: Project, tmp_path: Path
):
    elsewhere = tmp_path / "elsewhere.tif"
    profile = {"driver": "GTiff", "dtype": "uint16", "count": 1, "height": 50, "width": 50}
    transform = rasterio.Affine(10, 0, 5_000_000, 0, -10, 3_000_000)
    with rasterio.open(
        elsewhere, "w", crs="EPSG:3035", transform=transform, nodata=0, **profile
    ) as raster:
        raster.write(np.full((1, 50, 50), 211, np.uint16))
    chained.config["products"]["crop_map"]["editions"] = {"2018": str(elsewhere)}
    run = chained.run("layers")
    assert set(np.unique(read(chained, "methods/cultman_agr_cat.tif"))) <= {2, 255}
    log = (chained.folder / "results/logs/align_product/shore.crop_map.2018.log").read_text()
    assert "does not cover 100 % of the area" in log
    assert run.returncode == 0
    chained.config["layers"]["cultman_agr_cat"]["use"] = "eucropmap"
    failed = chained.snakemake("layers")
    assert failed.returncode == 1
    assert "elsewhere.tif" in failed.output
