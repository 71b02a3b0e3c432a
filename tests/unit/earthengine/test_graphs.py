"""What is asked of Earth Engine, word for word: a change to it must be seen in review."""

import json
import os
from pathlib import Path

import ee
import pytest

from lccs_inputs.earthengine.graphs import scene_set_image
from lccs_inputs.earthengine.product_export import product_image
from lccs_inputs.earthengine.signin import Account, sign_in
from lccs_inputs.facts.earthengine import OFFERS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.facts.sensors import SENSORS, CloudScore
from lccs_inputs.imagery.scenes import Scene
from standins.earthengine import EarthEngineStandIn

DAYS = ("2018-06-17", "2018-07-02")
SNAPSHOTS = Path(__file__).parents[2] / "snapshots"
INDICES = {
    "sentinel2": [
        "20180617T103021_20180617T103024_T31TGM",
        "20180702T103019_20180702T103020_T32TLS",
    ],
    "landsat": ["LC08_195028_20180715", "LC08_195028_20180816"],
    "sentinel1": ["S1A_IW_GRDH_1SDV_20180510T172340_20180510T172405_021849_025B8F_1D3C"],
}
OBSERVATIONS = ("months(nir > 0.3)", "p90(green / red)", "share(not nir - red < 0.1)")
MASKS = {
    "sentinel2_observations": SENSORS["sentinel2"].masks["scl"],
    "sentinel2": SENSORS["sentinel2"].masks["scl"],
    "sentinel2_unmasked": None,
    "sentinel2_cloud_score": CloudScore("cs_cdf", 0.6),
    "landsat": SENSORS["landsat"].masks["qa_pixel"],
    "sentinel1": None,
}


MAPS = {
    "EUCROPMAP": ["JRC/D5/EUCROPMAP/V1/2022-1", "JRC/D5/EUCROPMAP/V1/2022-2"],
    "GSW_OCCURRENCE": ["JRC/GSW1_4/GlobalSurfaceWater"],
    "GSW_SEASONALITY": ["JRC/GSW1_4/GlobalSurfaceWater"],
    "WORLDCOVER": ["ESA/WorldCover/v200/2021"],
    "DEM": ["COPERNICUS/DEM/GLO30_2024_1/one", "COPERNICUS/DEM/GLO30_2024_1/other"],
    "SLOPE": ["COPERNICUS/DEM/GLO30_2024_1/one"],
    "CANOPY_HEIGHT": ["users/nlang/ETH_GlobalCanopyHeight_2020_10m_v1"],
}


@pytest.fixture(scope="module", autouse=True)
def client(tmp_path_factory):
    """The real client, with the algorithms of the service; it is asked for nothing."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "catalog.json").write_text('{"links": []}')
    with EarthEngineStandIn(folder / "catalog.json", folder=folder) as service:
        sign_in(Account("stand-in-project", url=service.url))
        yield
    ee.Reset()


def passes_of(sensor):
    collection = OFFERS[sensor].collections[0]
    named = zip(INDICES[sensor], DAYS, strict=False)
    return [[Scene(index, collection, day, "", "", "", {})] for index, day in named]


def graph(name):
    if name in MAPS:
        image = product_image(PRODUCTS[name], MAPS[name])
    else:
        sensor = name.split("_")[0]
        bands = OBSERVATIONS if name.endswith("observations") else ()
        image = scene_set_image(passes_of(sensor), SENSORS[sensor], MASKS[name], bands)
    return json.dumps(ee.serializer.encode(image), indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize("name", [*MASKS, *MAPS])
def test_an_export_asks_for_the_reviewed_expression(name):
    """LCCS_INPUTS_UPDATE_SNAPSHOTS=1 writes it anew; raise `RECIPE` if pixels change."""
    snapshot = SNAPSHOTS / f"earthengine_{name}.json"
    if os.environ.get("LCCS_INPUTS_UPDATE_SNAPSHOTS"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(graph(name))
    assert graph(name) == snapshot.read_text()


def test_equal_requests_are_equal_word_for_word():
    assert graph("sentinel2") == graph("sentinel2")


def test_the_composite_is_shared_by_all_bands_and_not_computed_four_times():
    assert graph("sentinel2").count('"ImageCollection.reduce"') == 2  # medians, NDVI statistics
    assert graph("sentinel2").count('"ImageCollection.fromImages"') == 1


def test_ndvi_never_comes_from_the_function_that_masks_negative_reflectance():
    assert "normalizedDifference" not in "".join(graph(name) for name in MASKS)
