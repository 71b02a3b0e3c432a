"""A sensor is a row of the table: what is known of its bands follows from the row, everywhere."""

import json
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.earthengine.graphs import scene_set_image
from lccs_inputs.earthengine.search import search_scenes
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.earthengine import OFFERS
from lccs_inputs.facts.sensors import NDVI_STATISTICS, SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.requests import SceneRequest
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from standins.earthengine import catalogue
from standins.imagery import scene, scene_list, write_asset

BOUNDS = (977000, 6588000, 977800, 6588600)
GRID = Grid("EPSG:32632", (10, 10), (320000, 5140000, 320040, 5140030))
AREA = Area(box(*GRID.bounds), GRID)
NDVI = tuple(f"ndvi_{name}" for name in NDVI_STATISTICS)
KINDS = {"four": "sentinel2", "no_red": "sentinel2", "vv_only": "sentinel1"}
BANDS = {
    "four": ("blue", "green", "red", "nir"),
    "no_red": ("nir", "green"),
    "vv_only": ("vv",),
}
MADE = {
    "four": (*BANDS["four"], *NDVI, "clear_count"),
    "no_red": ("nir", "green", "clear_count"),
    "vv_only": ("vv", "clear_count"),
}


@pytest.fixture(params=BANDS)
def sensor(request, monkeypatch):
    """A sensor of fewer bands, added by its rows alone."""
    like, bands = KINDS[request.param], BANDS[request.param]
    known = SENSORS[like]
    assets = {name: names for name, names in known.assets.items() if name in (*bands, "scl")}
    row = replace(known, name=request.param, bands=bands, assets=assets)
    monkeypatch.setitem(SENSORS, row.name, row)
    monkeypatch.setitem(OFFERS, row.name, OFFERS[like])
    return row


def small_scene(folder, name, sensor, factor):
    """One value a band: 1000, 2000 … times `factor`; of radar 0.1, 0.2 … times it."""
    assets, is_radar = {}, sensor.name == "vv_only"
    for number, band in enumerate(sensor.bands, start=1):
        value = number * factor * (0.1 if is_radar else 1000)
        kind = np.float32 if is_radar else np.uint16
        values = np.full(GRID.shape, value).astype(kind)
        values[0, 0] = 0  # no observation
        href = write_asset(folder / name / f"{band}.tif", values, GRID.crs, (320000, 5140030), 10)
        assets[band] = Asset(href, sensor.scale, 0.0, 0)
    return scene(name, assets)


def test_a_block_of_it_has_the_medians_of_its_bands_and_ndvi_where_red_and_nir_are(
    sensor, tmp_path
):
    is_radar = sensor.name == "vv_only"
    scenes = [small_scene(tmp_path, f"s{factor}", sensor, factor) for factor in (1, 2, 3)]
    target = tmp_path / "block.tif"
    compose_block(scene_list(*scenes, sensor=sensor.name), sensor, None, GRID, AREA, target)
    with rasterio.open(target) as raster:
        found = dict(zip(raster.descriptions, raster.read(), strict=True))
        scales = dict(zip(raster.descriptions, raster.scales, strict=True))
    assert tuple(found) == sensor.scene_set_bands == MADE[sensor.name]
    for number, band in enumerate(sensor.bands, start=1):
        stored = round(1000 * np.log10(0.2 * number)) if is_radar else 2000 * number
        assert (found[band].ravel()[1:] == stored).all(), band
        assert scales[band] == (1e-2 if is_radar else 1e-4)
    if sensor.name == "four":
        assert (found["ndvi_median"].ravel()[1:] == 1429).all()  # (4 − 3) / (4 + 3)
        assert scales["ndvi_median"] == 1e-4
    assert (found["clear_count"].ravel()[1:] == 3).all()
    assert scales["clear_count"] == 1
    assert all(values[0, 0] == -32768 for name, values in found.items() if name != "clear_count")
    assert found["clear_count"][0, 0] == 0


def test_earth_engine_makes_the_bands_that_a_block_has(sensor, service):
    service.connect()
    prefix, collection = {
        "sentinel2": ("S2", catalogue.SENTINEL2),
        "sentinel1": ("S1", catalogue.SENTINEL1),
    }[KINDS[sensor.name]]
    names = sorted(index for item, index in service.assets.indices.items() if item[:2] == prefix)
    scenes = [Scene(name, collection, "", "", "", "", {}) for name in names[:2]]
    image = scene_set_image([[scene] for scene in scenes], sensor, None)
    assert tuple(image.bandNames().getInfo()) == sensor.scene_set_bands


def test_earth_engine_is_searched_for_radar_that_has_its_bands(sensor, service):
    asked = []

    class Session:
        def compute_value(self, value):
            asked.append(json.dumps(value.serialize()))
            return []

    service.connect()
    request = SceneRequest.from_dict(
        {
            "sensor": sensor.name, "catalogue": "earthengine", "cloud_max": 100,
            "tier1_only": True, "boa_offset": "auto", "source": "s", "edition": "2018",
            "start": "2018-05-01", "end": "2018-10-31", "mask": "none",
            "bounds": Area(box(*BOUNDS), Grid("EPSG:2154", (10, 10), BOUNDS)).bounds_lonlat(),
        }
    )  # fmt: skip
    with pytest.raises(SourceError, match=r"no .* scene"):
        search_scenes(Session(), request)
    assert all(("VV" in text) == (sensor.name == "vv_only") for text in asked)
    assert not any("VH" in text for text in asked)


def test_only_red_green_and_blue_make_a_true_colour(sensor):
    assert sensor.has_true_colour == (sensor.name == "four")
    assert [name for name in KINDS.values() if SENSORS[name].has_true_colour] == ["sentinel2"] * 2
