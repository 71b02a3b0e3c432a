"""Single pixels through the graphs: what the sample's scenes hold too little of to be sure."""

import io
from datetime import date
from itertools import zip_longest

import ee
import numpy as np
import pytest

from lccs_inputs.earthengine import graphs
from lccs_inputs.earthengine.names import band_id
from lccs_inputs.earthengine.signin import Account, sign_in
from lccs_inputs.earthengine.tiles import pixel_grid
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.composite.observations import Encoding
from lccs_inputs.imagery.composite.over_observations import over_observations
from lccs_inputs.imagery.observables import observables
from lccs_inputs.imagery.scenes import Scene
from lccs_inputs.rasters.grid import Grid
from standins.earthengine import EarthEngineStandIn

GRID = Grid("EPSG:2154", (10, 10), (977000, 6588000, 977010, 6588010))
NODATA = -32768
L8, S2 = SENSORS["landsat"], SENSORS["sentinel2"]
CLEAR = {"QA_PIXEL": 21824, "QA_RADSAT": 0}
LAND = {f"SR_B{number}": 10000 + 100 * number for number in range(2, 8)} | CLEAR
GROUND = {"B2": 300, "B3": 500, "B4": 400, "B8": 3000, "B11": 2000, "B12": 1000, "SCL": 4}


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    (folder / "catalog.json").write_text('{"links": []}')
    with EarthEngineStandIn(folder / "catalog.json", folder=folder) as service:
        yield sign_in(Account("stand-in-project", url=service.url))
    ee.Reset()


def scene_image(values):
    """An image of these numbers everywhere; None is masked."""
    bands = [
        ee.Image(0).updateMask(0) if value is None else ee.Image(value) for value in values.values()
    ]
    return ee.Image.cat(bands).rename(list(values)).toUint16()


def pixel(session, monkeypatch, sensor, scenes, region=None, days=(), bands=()):
    """One pixel of the scene set of scenes that hold these numbers."""
    images = {str(index): scene_image(values) for index, values in enumerate(scenes)}
    if region is not None:
        images = {index: image.clip(region) for index, image in images.items()}
    monkeypatch.setattr(graphs, "_load", lambda scene, mask: images[scene.id])
    listed = [Scene(index, "", day, "", "", "", {}) for index, day in zip_longest(images, days)]
    image = graphs.scene_set_image(
        [[scene] for scene in listed], sensor, sensor.masks.get(sensor.default_mask), bands
    )
    answer = session.compute_pixels(
        {"expression": image, "fileFormat": "NPY", "grid": pixel_grid(GRID)}
    )
    record = np.load(io.BytesIO(answer))
    return {name: int(record[name][0, 0]) for name in record.dtype.names}


def ndvi_of(red, nir):
    """By the open-data engine, from numbers of Landsat; nodata where it has none."""
    rows = {band: {0: np.array([v], np.uint16)} for band, v in (("red", red), ("nir", nir))}
    wanted = observables(["ndvi_max"], L8)
    found = over_observations(wanted, rows, [date(2018, 6, 1)], Encoding.of(L8), 10_000, 1)
    ndvi = found["ndvi_max"][0]
    return NODATA if np.isnan(ndvi) else int(ndvi)


@pytest.mark.parametrize(
    ("red", "nir"),
    [(8000, 20000), (7000, 7600), (7600, 7000), (7272, 7274), (7000, 7100), (1, 65535)],
)
def test_negative_reflectance_counts_as_0_in_ndvi_and_0_by_0_as_none(
    session, monkeypatch, red, nir
):
    found = pixel(session, monkeypatch, L8, [LAND | {"SR_B4": red, "SR_B5": nir}])
    assert found["ndvi_mean"] == found["ndvi_median"] == found["ndvi_max"] == ndvi_of(red, nir)
    assert found["clear_count"] == 1
    assert found["red"] == round(red * 0.275 - 2000)


@pytest.mark.parametrize("bit", range(8))
def test_a_saturated_band_of_the_six_is_no_observation(session, monkeypatch, bit):
    found = pixel(session, monkeypatch, L8, [LAND | {"QA_RADSAT": 1 << bit}])
    assert found["clear_count"] == (0 if 1 <= bit <= 6 else 1)


@pytest.mark.parametrize("bit", range(8))
def test_fill_clouds_cirrus_and_shadow_are_masked_snow_and_water_are_not(session, monkeypatch, bit):
    found = pixel(session, monkeypatch, L8, [LAND | {"QA_PIXEL": 1 << bit}])
    assert found["clear_count"] == (0 if bit <= 4 else 1)
    assert (found["red"] == NODATA) == (bit <= 4)


@pytest.mark.parametrize("code", range(12))
def test_the_scene_classification_masks_what_the_open_data_engine_masks(session, monkeypatch, code):
    found = pixel(session, monkeypatch, S2, [GROUND | {"SCL": code}])
    assert found["clear_count"] == (0 if code in S2.masks["scl"].values else 1)


@pytest.mark.parametrize("lost", ["B4", "B8", "SCL"])
def test_an_observation_without_a_band_that_decides_is_none(session, monkeypatch, lost):
    found = pixel(session, monkeypatch, S2, [GROUND | {lost: None, "B2": 100}, GROUND])
    assert found["clear_count"] == 1
    assert found["blue"] == 300


@pytest.mark.parametrize(("lost", "band"), [("B2", "blue"), ("B12", "swir22")])
def test_another_band_that_is_missing_is_missing_alone(session, monkeypatch, lost, band):
    dark = {name: value // 2 for name, value in GROUND.items()} | {"SCL": 4, lost: None}
    found = pixel(session, monkeypatch, S2, [dark, GROUND])
    assert found["clear_count"] == 2
    assert (found["red"], found[band]) == (300, GROUND[lost])


def test_dark_pixels_of_the_harmonised_collection_are_observations(session, monkeypatch):
    found = pixel(session, monkeypatch, S2, [GROUND | {"B12": 0}])
    assert (found["swir22"], found["clear_count"]) == (0, 1)


@pytest.mark.parametrize(("numbers", "rounded"), [((2, 3), 2), ((3, 4), 4), ((4, 4), 4)])
def test_halves_are_rounded_to_even(session, monkeypatch, numbers, rounded):
    found = pixel(session, monkeypatch, S2, [GROUND | {"B2": number} for number in numbers])
    assert found["blue"] == rounded


def test_what_does_not_fit_is_clipped_and_never_turns_negative(session, monkeypatch):
    found = pixel(session, monkeypatch, S2, [GROUND | {"B2": 65535}])
    assert found["blue"] == 32767


def test_beyond_the_scenes_there_is_nodata_and_a_count_of_0(session, monkeypatch):
    elsewhere = ee.Geometry.Rectangle([2, 48, 3, 49], "EPSG:4326", False)
    found = pixel(session, monkeypatch, S2, [GROUND], elsewhere)
    assert found.pop("clear_count") == 0
    assert set(found.values()) == {NODATA}


def test_the_standard_deviation_is_that_of_the_population(session, monkeypatch):
    found = pixel(session, monkeypatch, S2, [GROUND | {"B8": nir} for nir in (400, 1200)])
    assert (found["ndvi_min"], found["ndvi_max"]) == (0, 5000)
    assert (found["ndvi_mean"], found["ndvi_stddev"]) == (2500, 2500)


DAYS = ("2019-12-31", "2020-01-01", "2020-02-29", "2020-12-31", "2021-03-01", "2022-01-02")


@pytest.mark.parametrize(
    ("green", "expected"),
    [
        ((900, 900, 900, 900, 900, 900), (10000, 6, 3, 365, 2)),
        ((100, 900, 900, 100, 900, 100), (5000, 3, 2, 1, 60)),
        ((100, 100, 100, 900, 100, 100), (1667, 1, 1, 366, 366)),
        ((100, 100, 100, 100, 100, 100), (0, 0, 0, NODATA, NODATA)),
        ((900, None, 900, None, None, None), (10000, 2, 1, 365, 60)),
        ((None,) * 6, (NODATA,) * 5),
    ],
)
def test_months_and_days_over_new_year_and_leap_days(session, monkeypatch, green, expected):
    """By hand: a band without a value is no observation of it; a month unseen ends a row."""
    functions = ("share", "months", "longest", "first", "last")
    bands = [f"{function}(green > 0.05)" for function in functions]
    scenes = [GROUND | {"B3": value} for value in green]
    found = pixel(session, monkeypatch, S2, scenes, days=DAYS, bands=bands)
    assert found == {band_id(band): value for band, value in zip(bands, expected, strict=True)}
    keys = (1000 + np.array([v is not None and v for v in green])) * [v is not None for v in green]
    rows = {"green": {at: np.array([key], np.uint16) for at, key in enumerate(keys)}}
    ours = over_observations(
        observables(bands, S2), rows, [*map(date.fromisoformat, DAYS)], Encoding.of(S2), 10_000, 1
    )
    told = [NODATA if np.isnan(ours[band][0]) else round(ours[band][0]) for band in bands]
    assert told == [*expected]
