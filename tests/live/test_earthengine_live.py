"""One small tile per source from the real Earth Engine, for those who have a project:
EE_PROJECT=my-project pytest tests/live  (EE_KEY=key.json for a service account)

It checks what a stand-in cannot: that ids, bands, properties and permissions are as we think. It
costs a few seconds of compute.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.earthengine import export, fetch, search
from lccs_inputs.earthengine import product_export as products
from lccs_inputs.earthengine.errors import TooMuchError
from lccs_inputs.earthengine.settings import BatchSettings
from lccs_inputs.earthengine.signin import Account, Session, sign_in
from lccs_inputs.facts.earthengine import CATALOGUE, PRODUCT_OFFERS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.facts.sensors import CLOUD_SCORE, SCENE_NODATA, SENSORS, CloudScore
from lccs_inputs.products.align import align_product
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from scene_requests import scene_request
from service_settings import batch_settings, export_settings

PROJECT, KEY = os.environ.get("EE_PROJECT", ""), os.environ.get("EE_KEY")
URL = os.environ.get("EE_URL", "")  # another endpoint, to try these tests themselves

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not PROJECT, reason="needs a project: set EE_PROJECT"),
]

GRID = Grid.around((970_000, 6_590_000, 970_640, 6_590_640), "EPSG:2154", 10)
AREA = Area(box(*GRID.bounds), GRID)


@pytest.fixture(scope="module")
def session() -> Session:
    return sign_in(Account(PROJECT, key=Path(KEY) if KEY else None, url=URL))


@pytest.mark.parametrize(
    ("sensor", "year", "mask"),
    [
        ("sentinel2", 2018, SENSORS["sentinel2"].masks["scl"]),
        ("sentinel2", 2018, CloudScore("cs_cdf", 0.6)),
        ("landsat", 2018, SENSORS["landsat"].masks["qa_pixel"]),
        ("landsat", 2022, SENSORS["landsat"].masks["qa_pixel"]),
        ("sentinel1", 2018, None),
    ],
)
def test_a_tile_of_a_sensor_is_there_and_plausible(session, sensor, year, mask, tmp_path: Path):
    request = scene_request(
        sensor, CATALOGUE, f"{year}-07-01", f"{year}-08-31",
        CLOUD_SCORE if isinstance(mask, CloudScore) else "none",
        AREA.bounds_lonlat(), source="live", edition=str(year),
    )  # fmt: skip
    scenes = search.search_scenes(session, request)
    target, settings = tmp_path / "block.tif", export_settings(4, tmp_path / "cache")
    assert all(scene.extent for scene in scenes.scenes), "images say where their pixels lie"
    export.export_block(session, scenes, SENSORS[sensor], mask, GRID, AREA, target, settings)
    with rasterio.open(target) as raster:
        bands = dict(zip(raster.descriptions, raster.read(), strict=True))
    clear = bands["clear_count"] > 0
    assert clear.mean() > 0.5
    first = bands["vv" if sensor == "sentinel1" else "nir"]
    assert (first[clear] != SCENE_NODATA).all()
    assert np.ptp(first[clear]) > 0


def test_a_tile_comes_back_the_same_from_a_batch_export(session, tmp_path: Path, monkeypatch):
    """Staged as an asset; the account needs the right to write one (roles/earthengine.writer)."""
    sensor = SENSORS["landsat"]
    bounds = AREA.bounds_lonlat()
    request = scene_request("landsat", CATALOGUE, "2018-07-01", "2018-07-31", "none", bounds)
    scenes = search.search_scenes(session, request)

    def block(name: str, batch: BatchSettings | None):
        target, settings = tmp_path / "block.tif", export_settings(1, tmp_path / name, batch)
        export.export_block(session, scenes, sensor, None, GRID, AREA, target, settings)
        with rasterio.open(target) as raster:
            return raster.read()

    interactive = block("interactive", None)

    def refuse(*_):
        raise TooMuchError("refused by the test")

    monkeypatch.setattr(fetch.TileFetcher, "_fetch", refuse)
    assert np.array_equal(block("batch", batch_settings(deadline_hours=1)), interactive)


@pytest.mark.parametrize(
    ("product", "edition"),
    [(product, edition) for product, offer in PRODUCT_OFFERS.items() for edition in offer.assets],
)
def test_a_product_is_there_with_codes_or_values_we_know(session, product, edition, tmp_path: Path):
    target, settings = tmp_path / "map.tif", export_settings(4, tmp_path / "cache")
    products.export_product(session, PRODUCTS[product], edition, AREA, target, settings)
    aligned = tmp_path / "aligned.tif"
    coverage = align_product(PRODUCTS[product], target, AREA, aligned, tmp_path)
    assert coverage.classified_share > 0.5
