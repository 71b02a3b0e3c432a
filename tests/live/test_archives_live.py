"""A few pixels of one day from each archive of Sentinel-2, for those who are on the network:
LIVE=1 pytest tests/live  (CDSE_KEY=keys.json, or the two variables, for the Data Space too)

It checks what a stand-in cannot: that addresses, collections, names of assets and signatures are as
we think, and that archives that serve the same granules give the same pixels. It reads some
megabytes.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.config.sections.services import CdseSettings, ClmsSettings, ComposingSettings
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.facts.sensors import SCENE_NODATA, SENSORS
from lccs_inputs.imagery.freezing import frozen, wanted
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.stac.engine import ENGINE
from lccs_inputs.products.data_space import look_at_one
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from scene_requests import freeze_request, scene_request

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not os.environ.get("LIVE"), reason="needs the network: set LIVE=1"),
]

GRID = Grid.around((970_000, 6_590_000, 970_640, 6_590_640), "EPSG:2154", 10, 4096)
AREA = Area(box(*GRID.bounds), GRID)
FIRST, LAST = "2025-08-18", "2025-08-24"
"""A week that nobody has processed anew: every archive has the same granules."""
CDSE_SETTINGS = CdseSettings().model_dump()


def has_keys() -> bool:
    try:
        return bool(S3Keys.find(None))
    except SourceError:
        return False


ARCHIVES = ["earth_search", "planetary_computer", *([CDSE] if has_keys() else [])]


def composed(archive: str, target: Path) -> dict[str, np.ndarray]:
    """The block of all scenes of the week, clouds and all."""
    services = {"composing": ComposingSettings().model_dump(), "cdse": CDSE_SETTINGS}
    request = scene_request("sentinel2", archive, FIRST, LAST, "none", AREA.bounds_lonlat())
    slots = max(ENGINE.slots(archive, services).values())
    found, freeze = ENGINE.search(request, services), freeze_request()
    looks = ENGINE.look_at(found, wanted(found, freeze, {}), freeze, AREA, services, slots)
    scenes = frozen(found, looks, freeze)
    assert scenes.scenes and not scenes.left_out
    block = BlockRequest("sentinel2", None, AREA.blocks()[0].name, "", fingerprint="live")
    ENGINE.compose(block, scenes, AREA, target, services, slots)
    with rasterio.open(target) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    folder = tmp_path_factory.mktemp("archives")
    return {name: composed(name, folder / f"{name}.tif") for name in ARCHIVES}


@pytest.mark.parametrize("archive", ARCHIVES)
def test_pixels_of_an_archive_are_there_and_plausible(blocks, archive):
    bands = blocks[archive]
    observed = bands["clear_count"] > 0
    assert observed.mean() > 0.5
    assert (bands["nir"][observed] != SCENE_NODATA).all()
    assert np.ptp(bands["nir"][observed]) > 0


@pytest.mark.parametrize("archive", ARCHIVES[1:])
def test_archives_give_the_same_pixels_of_the_same_granules(blocks, archive):
    first, other = blocks[ARCHIVES[0]], blocks[archive]
    for band in SENSORS["sentinel2"].bands:
        assert np.array_equal(first[band], other[band]), band


@pytest.mark.skipif(not has_keys(), reason="needs keys of the Data Space: set CDSE_KEY")
@pytest.mark.parametrize("product", HOLDINGS)
def test_a_map_of_the_data_space_is_there_in_codes_we_know(product):
    store = ObjectStore.of(CDSE_SETTINGS, 1)
    with gdal_env():
        name = look_at_one(
            PRODUCTS[product], 2021, HOLDINGS[product].collection, AREA.bounds_lonlat(),
            CDSE_SETTINGS["catalogue"], store,
        )  # fmt: skip
    assert f"_{product}_S2021_" in name


def test_the_image_service_gives_codes_that_we_know(tmp_path: Path):
    from lccs_inputs.clms.image_service import export_product
    from lccs_inputs.clms.session import USER_AGENT

    url, target = ClmsSettings().image_service, tmp_path / "map.tif"
    export_product(PRODUCTS["TCD"], 2018, AREA, target, base_url=url, user_agent=USER_AGENT)
    with rasterio.open(target) as raster:
        assert (raster.read(1) <= 100).mean() > 0.5
