"""The local Earth Engine: the real client, Earth Engine's rules, and every fault it can feign."""

import json
import threading
import time
import urllib.request
import warnings
from concurrent.futures import ThreadPoolExecutor

import ee
import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from shapely import box

from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.stac.search import search_scenes
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.gather import Gatherer
from lccs_inputs.rasters.grid import Grid
from scene_requests import scene_request
from standins.earthengine import EarthEngineStandIn, catalogue, faults

BOUNDS = (977000, 6588000, 978200, 6589200)
GRID = Grid("EPSG:2154", (10, 10), BOUNDS)
TABLE = "projects/someone/assets/area"
WEST, SOUTH, EAST, NORTH = Area(box(*BOUNDS), GRID).bounds_lonlat()
CENTRE = [(WEST + EAST) / 2, (SOUTH + NORTH) / 2]
TRIANGLE = [[WEST, SOUTH], [EAST, SOUTH], [WEST, NORTH], [WEST, SOUTH]]
POLYGON = {"type": "Polygon", "coordinates": [TRIANGLE]}
LANDSAT = "LC08_L2SP_195028_20180715_02_T1"


@pytest.fixture
def service(sample, tmp_path):
    tables = {TABLE: [{"type": "Feature", "geometry": POLYGON, "properties": {"name": "here"}}]}
    with EarthEngineStandIn(sample, tables, tmp_path / "service") as service:
        service.connect()
        yield service
    ee.Reset()


def pixel_grid(grid):
    t = grid.transform
    scale = {"scaleX": t.a, "shearX": 0, "translateX": t.c}
    return {
        "crsCode": grid.crs,
        "affineTransform": scale | {"shearY": 0, "scaleY": t.e, "translateY": t.f},
        "dimensions": {"width": grid.width, "height": grid.height},
    }


def fetch(image, grid=GRID, **more):
    request = {"expression": image, "fileFormat": "NUMPY_NDARRAY", "grid": pixel_grid(grid)}
    return ee.data.computePixels(request | more)


def values_of(image):
    """The first pixel of each band, None where it is masked."""
    found = fetch(image.toDouble().unmask(-9999, False), GRID.subgrid(0, 0, 2, 2))
    first = [float(found[name][0, 0]) for name in found.dtype.names]
    return [None if value == -9999 else value for value in first]


def gathered(path, grid):
    with rasterio.open(path) as raster:
        crs = raster.crs.to_wkt()
        source = Grid.from_transform(crs, raster.transform, raster.width, raster.height)
        pixels = Gatherer(grid).lattice(source).pixels(source)
        return pixels.take(raster.read(1, window=pixels.window), 0)


# --- the client ----------------------------------------------------------------------------------


def test_the_real_client_signs_in_with_three_requests(service):
    methods = [request.method for request in service.log]
    assert methods == ["discovery", "discovery", "algorithms"]
    assert ee.Number(2).add(3).getInfo() == 5


def test_pixels_of_a_scene_are_those_under_the_pixel_centres(service, sample):
    index = service.assets.indices["S2A_31TGM_20180617_0_L2A"]
    image = ee.Image(f"{catalogue.SENTINEL2}/{index}").select(["B4", "SCL"])
    found = fetch(image)
    folder = sample.parent / "sentinel-2-l2a" / "S2A_31TGM_20180617_0_L2A"
    assert found.dtype["B4"] == np.uint16
    assert np.array_equal(found["B4"], gathered(folder / "B04.tif", GRID))
    assert np.array_equal(found["SCL"], gathered(folder / "SCL.tif", GRID))


def test_a_geotiff_holds_what_numpy_holds(service):
    image = ee.Image(catalogue.SRTM)
    content = ee.data.computePixels(
        {"expression": image, "fileFormat": "GEO_TIFF", "grid": pixel_grid(GRID)}
    )
    with rasterio.MemoryFile(content) as memory, memory.open() as raster:
        assert raster.transform == GRID.transform
        assert np.array_equal(raster.read(1), fetch(image)["elevation"])


def test_a_grid_off_the_lattice_is_sampled_at_its_own_centres(service, sample):
    grid = {
        "crsCode": "EPSG:4326",
        "affineTransform": {"scaleX": 3e-4, "translateX": CENTRE[0], "scaleY": -2e-4,
                            "translateY": CENTRE[1]},
        "dimensions": {"width": 7, "height": 5},
    }  # fmt: skip
    image = ee.Image(f"LANDSAT/LC08/C02/T1_L2/{service.assets.indices[LANDSAT]}").select("SR_B4")
    request = {"expression": image, "fileFormat": "NUMPY_NDARRAY", "grid": grid}
    found = ee.data.computePixels(request)
    with rasterio.open(sample.parent / "landsat-c2-l2" / LANDSAT / f"{LANDSAT}_SR_B4.TIF") as band:
        to_native = Transformer.from_crs("EPSG:4326", band.crs, always_xy=True)
        for (row, col), value in np.ndenumerate(found["SR_B4"]):
            point = to_native.transform(
                CENTRE[0] + (col + 0.5) * 3e-4, CENTRE[1] - (row + 0.5) * 2e-4
            )
            assert value == next(band.sample([point]))[0]


def test_getdownloadurl_gives_a_file_too(service):
    image = ee.Image(catalogue.SRTM)
    url = image.getDownloadURL(
        {"crs": "EPSG:2154", "crs_transform": list(GRID.transform)[:6], "format": "GEO_TIFF",
         "dimensions": [GRID.width, GRID.height], "filePerBand": False}
    )  # fmt: skip
    with urllib.request.urlopen(url, timeout=60) as answer:
        content = answer.read()
    with rasterio.MemoryFile(content) as memory, memory.open() as raster:
        assert raster.transform.almost_equals(GRID.transform, 1e-6)
        assert np.array_equal(raster.read(1), fetch(image)["elevation"])


# --- collections ---------------------------------------------------------------------------------


def test_the_end_of_filterdate_is_excluded(service):
    scenes = ee.ImageCollection(catalogue.SENTINEL2)
    assert scenes.filterDate("2018-06-07", "2018-06-17").size().getInfo() == 1
    assert scenes.filterDate("2018-06-07", "2018-06-18").size().getInfo() == 3


def test_scenes_carry_the_properties_filters_need(service):
    scenes = ee.ImageCollection(catalogue.SENTINEL2).filterBounds(ee.Geometry.Point(CENTRE))
    assert scenes.size().getInfo() == 20
    clear = scenes.filter(ee.Filter.lte("CLOUDY_PIXEL_PERCENTAGE", 80))
    assert clear.size().getInfo() == 19
    assert clear.filter(ee.Filter.eq("MGRS_TILE", "31TGM")).size().getInfo() == 7
    assert scenes.filterBounds(ee.Geometry.Point([2, 48])).size().getInfo() == 0
    landsat = ee.ImageCollection("LANDSAT/LC08/C02/T1_L2")
    assert set(landsat.aggregate_array("SPACECRAFT_ID").getInfo()) == {"LANDSAT_8"}
    assert landsat.size().getInfo() == 5
    assert ee.ImageCollection("LANDSAT/LC09/C02/T1_L2").size().getInfo() == 0
    passes = ee.ImageCollection(catalogue.SENTINEL1).filter(
        ee.Filter.listContains("transmitterReceiverPolarisation", "VH")
    )
    states = passes.aggregate_array("orbitProperties_pass").getInfo()
    assert (states.count("ASCENDING"), states.count("DESCENDING")) == (6, 6)


def test_a_frozen_list_loads_the_same_scenes_by_id(service):
    scenes = ee.ImageCollection(catalogue.SENTINEL2)
    names = scenes.aggregate_array("system:index").getInfo()
    assert len(set(names)) == 20
    chosen = scenes.filter(ee.Filter.inList("system:index", names[3:5]))
    by_id = ee.ImageCollection([f"{catalogue.SENTINEL2}/{name}" for name in names[3:5]])
    assert chosen.aggregate_array("system:index").getInfo() == names[3:5]
    first, second = (fetch(each.select("B4").mosaic()) for each in (chosen, by_id))
    assert np.array_equal(first, second)


def test_merged_collections_prefix_their_indices(service):
    scenes = ee.ImageCollection("LANDSAT/LC08/C02/T1_L2")
    other = ee.ImageCollection("LANDSAT/LC08/C02/T2_L2")
    names = scenes.merge(other).aggregate_array("system:index").getInfo()
    assert names[0].startswith("1_LC08_195028")
    assert names[-1] == "2_LC08_196028_20180823"


def test_a_table_asset_is_an_area(service):
    area = ee.FeatureCollection(TABLE)
    assert area.first().get("name").getInfo() == "here"
    assert [EAST, SOUTH] in area.geometry().bounds().coordinates().getInfo()[0]
    inside = fetch(ee.Image(1).clip(area))["constant"]
    expected = Area(box(*GRID.bounds), GRID)
    assert 0 < inside.sum() < expected.mask(GRID).sum()


def test_the_crop_map_of_2022_is_two_images_the_first_of_them_empty_here(service):
    images = ee.ImageCollection(catalogue.EUCROPMAP).filterDate("2022-01-01", "2023-01-01")
    assert images.size().getInfo() == 2
    assert not fetch(images.first())["classification"].any()
    mosaic = fetch(images.filterBounds(ee.Geometry.Point(CENTRE)).mosaic())
    assert mosaic["classification"].any()


def test_maps_without_an_open_twin_are_served(service):
    for image, band in (
        (ee.Image(catalogue.SURFACE_WATER).select("occurrence"), "occurrence"),
        (ee.ImageCollection(catalogue.WORLD_COVER).first(), "Map"),
        (ee.ImageCollection(catalogue.COPERNICUS_DEM).mosaic(), "DEM"),
    ):
        assert band in fetch(image).dtype.names
    score = ee.ImageCollection(catalogue.SENTINEL2).linkCollection(
        ee.ImageCollection(catalogue.CLOUD_SCORE), ["cs_cdf"]
    )
    assert score.first().bandNames().getInfo()[-1] == "cs_cdf"


# --- Earth Engine's rules ------------------------------------------------------------------------


def two(first, second):
    return ee.Image([first, second]).rename(["x", "y"])


def test_normalized_difference_masks_negative_inputs(service):
    assert values_of(two(3, 1).normalizedDifference()) == [0.5]
    assert values_of(two(3, -1).normalizedDifference()) == [None]
    assert values_of(two(0, 0).normalizedDifference()) == [0]


def test_division_by_zero_is_zero(service):
    assert values_of(ee.Image(5).divide(0)) == [0]
    assert ee.Number(5).divide(0).getInfo() == 0


def test_whole_numbers_divide_to_fractions_and_do_not_wrap_around(service):
    assert values_of(ee.Image(5).divide(2)) == [2.5]
    assert values_of(ee.Image(200).toByte().add(100)) == [300]
    assert values_of(ee.Image(1).subtract(2)) == [-1]


def test_casts_clamp_and_cut_off_and_round_goes_half_up(service):
    assert values_of(ee.Image(300.9).toByte()) == [255]
    assert values_of(ee.Image(-1.9).toInt16()) == [-1]
    assert values_of(ee.Image(2.5).round()) == [3]
    assert values_of(ee.Image(-40000).toInt16()) == [-32768]


def test_a_result_is_masked_where_an_input_is(service):
    masked = ee.Image(1).updateMask(ee.Image(0))
    assert values_of(ee.Image(1).add(masked)) == [None]
    assert values_of(masked.unmask(7)) == [7]
    assert values_of(ee.Image(1).where(masked, 9)) == [1]


def test_unmask_stays_within_the_footprint_unless_told_otherwise(service):
    far = ee.Image(1).clip(ee.Geometry.Rectangle([2, 48, 3, 49], "EPSG:4326", False))
    assert values_of(far.unmask(7).unmask(-1, False)) == [-1]
    assert values_of(far.unmask(7, False)) == [7]


def test_reducers_skip_masked_values(service):
    values = [1, 4, 2, 8]
    images = [ee.Image(value).toInt16() for value in values]
    images.append(ee.Image(100).toInt16().updateMask(0))
    stack = ee.ImageCollection(images)
    assert values_of(stack.median()) == [3]
    assert values_of(stack.max()) == [8]
    reducer = (
        ee.Reducer.mean()
        .combine(ee.Reducer.stdDev(), sharedInputs=True)
        .combine(ee.Reducer.percentile([10, 90]), sharedInputs=True)
        .combine(ee.Reducer.count(), sharedInputs=True)
    )
    reduced = stack.reduce(reducer)
    names = reduced.bandNames().getInfo()
    assert names == [f"constant_{name}" for name in ("mean", "stdDev", "p10", "p90", "count")]
    expected = [np.mean(values), np.std(values), *np.percentile(values, [10, 90]), 4]
    assert values_of(reduced) == pytest.approx(expected)


def test_a_pixel_nobody_saw_is_masked_and_counted_zero(service):
    nothing = ee.ImageCollection([ee.Image(1).updateMask(0)])
    assert values_of(nothing.median()) == [None]
    assert values_of(nothing.count()) == [0]


def test_composites_have_one_degree_pixels(service):
    scenes = ee.ImageCollection(catalogue.SENTINEL2).select("B4")
    assert scenes.first().projection().nominalScale().getInfo() == 10
    info = scenes.median().getInfo()["bands"][0]
    assert (info["crs"], info["crs_transform"]) == ("EPSG:4326", [1, 0, 0, 0, 1, 0])


def test_band_math_is_parsed_as_written(service):
    image = two(6, 2)
    assert values_of(image.expression("b('x') - b(1) * 2 ** 2")) == [-2]
    assert values_of(image.expression("(a - c) / (a + c)", {"a": image.select(0), "c": 2})) == [0.5]
    assert values_of(image.expression("b('x') > 5 && !(b('y') == 2) ? 1 : 0")) == [0]
    assert values_of(image.expression("max(b('x'), 10) + -b('y')")) == [8]


def test_bands_are_matched_by_name_then_in_order(service):
    assert values_of(two(1, 2).add(two(10, 20).select(["y", "x"]))) == [11, 22]
    assert values_of(two(1, 2).add(ee.Image([10, 20]))) == [11, 22]
    assert values_of(two(1, 2).add(5)) == [6, 7]
    with pytest.raises(ee.EEException, match="same number of bands"):
        values_of(two(1, 2).add(ee.Image([1, 2, 3])))


def test_remap_masks_what_it_does_not_know(service):
    assert values_of(ee.Image(3).remap([3, 4], [1, 0])) == [1]
    assert values_of(ee.Image(5).remap([3, 4], [1, 0])) == [None]
    assert values_of(ee.Image(5).remap([3, 4], [1, 0], 9)) == [9]


def test_computing_loses_properties_and_mapping_keeps_the_index(service):
    scenes = ee.ImageCollection(catalogue.SENTINEL2)
    mapped = scenes.map(lambda image: image.select("B4").multiply(2)).first().getInfo()
    assert list(mapped["properties"]) == ["system:index"]


def test_slope_of_a_plane(service):
    east = ee.Image.pixelLonLat().select("longitude").multiply(111319.49).multiply(0.5)
    grid = {
        "crsCode": "EPSG:4326",
        "affineTransform": {"scaleX": 1e-4, "translateX": 6, "scaleY": -1e-4, "translateY": 0},
        "dimensions": {"width": 3, "height": 3},
    }
    found = ee.data.computePixels(
        {"expression": ee.Terrain.slope(east), "fileFormat": "NUMPY_NDARRAY", "grid": grid}
    )
    assert np.allclose(found["slope"], np.degrees(np.arctan(0.5)), atol=1e-3)


def test_focal_median_counts_in_pixels_of_the_grid_asked_for(service):
    heights = ee.Image(catalogue.SRTM)
    found = fetch(heights.focalMedian(1, "square", "pixels"))["elevation"]
    around = fetch(heights)["elevation"]
    expected = np.median([around[y : y + 5, x : x + 5] for y in range(3) for x in range(3)], axis=0)
    assert np.array_equal(found[1:6, 1:6], expected)


def test_a_region_is_reduced_on_the_lattice_named(service):
    area = ee.Geometry.Rectangle(list(BOUNDS), "EPSG:2154", False)
    count = ee.Image(1).reduceRegion(
        ee.Reducer.sum(), area, crs="EPSG:2154", crsTransform=[10, 0, 0, 0, -10, 0]
    )
    assert count.getInfo() == {"constant": GRID.width * GRID.height}
    extremes = ee.Image(catalogue.SRTM).reduceRegion(
        ee.Reducer.minMax(), area, crs="EPSG:2154", crsTransform=[10, 0, 0, 0, -10, 0]
    )
    heights = fetch(ee.Image(catalogue.SRTM))["elevation"]
    assert extremes.getInfo() == {"elevation_min": heights.min(), "elevation_max": heights.max()}
    with pytest.raises(ee.EEException, match="Too many pixels in the region"):
        ee.Image(1).reduceRegion(ee.Reducer.sum(), area, 10, maxPixels=100).getInfo()


def test_the_harmonised_collection_has_no_offset(service, sample):
    item = "S2B_32TLS_20180910_1_L2A"
    image = ee.Image(f"{catalogue.SENTINEL2}/{service.assets.indices[item]}").select("B8")
    stored = gathered(sample.parent / "sentinel-2-l2a" / item / "B08.tif", GRID)
    expected = np.maximum(stored.astype(int) - 1000, 0)
    assert np.array_equal(fetch(image)["B8"], expected)


def test_radar_is_in_decibels(service, sample):
    item = next(name for name in service.assets.indices if name.startswith("S1B"))
    image = ee.Image(f"{catalogue.SENTINEL1}/{service.assets.indices[item]}").select("VV")
    power = gathered(sample.parent / "sentinel-1-rtc" / item / "vv.tif", GRID)
    assert np.allclose(fetch(image)["VV"], 10 * np.log10(power))


def test_tiles_equal_the_whole(service):
    scenes = ee.ImageCollection(catalogue.SENTINEL2).map(lambda i: i.updateMask(i.select("SCL")))
    image = scenes.select(["B4", "B11"]).median().unmask(-1, False).toInt16()
    whole = fetch(image)
    for piece in GRID.pieces(64):
        part = fetch(image, GRID.subgrid(piece.col_off, piece.row_off, piece.width, piece.height))
        rows = slice(piece.row_off, piece.row_off + piece.height)
        assert np.array_equal(part, whole[rows, piece.col_off : piece.col_off + piece.width])


def test_a_masked_median_equals_the_composite_of_the_open_data_engine(service, sample, tmp_path):
    """The stand-in is independent of `composite`: where both agree, both read scenes rightly."""
    sensor = SENSORS["landsat"]
    area = Area(box(*GRID.bounds), GRID)
    request = scene_request(
        "landsat", str(sample), "2018-05-01", "2018-10-31", "qa_pixel", area.bounds_lonlat()
    )
    scenes = search_scenes(request)
    compose_block(scenes, sensor, sensor.masks["qa_pixel"], GRID, area, tmp_path / "block.tif")
    with rasterio.open(tmp_path / "block.tif") as raster:
        expected = dict(zip(raster.descriptions, raster.read(), strict=True))
    bands = ["SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B6", "SR_B7"]

    def clear(image):
        flags = image.select("QA_PIXEL").bitwiseAnd(31).eq(0)
        unsaturated = image.select("QA_RADSAT").bitwiseAnd(126).eq(0)
        seen = image.select(bands).mask().reduce(ee.Reducer.min())
        return image.select(bands).updateMask(flags.And(unsaturated).And(seen))

    names = [service.assets.indices[scene.id] for scene in scenes.scenes]
    collection = (
        ee.ImageCollection("LANDSAT/LC08/C02/T1_L2")
        .filter(ee.Filter.inList("system:index", names))
        .map(clear)
    )
    median = collection.median().multiply(0.275).add(-2000).round().toInt16()
    found = fetch(median.unmask(-32768, False).addBands(collection.select("SR_B2").count()))
    for native, name in zip(bands, expected, strict=False):
        masked = expected[name] == -32768
        assert np.array_equal(found[native] == -32768, masked)
        assert np.abs(found[native].astype(int) - expected[name]).max() <= 1
    assert np.array_equal(found["SR_B2_1"], expected["clear_count"])


# --- refusals ------------------------------------------------------------------------------------


def test_an_algorithm_it_does_not_know_fails_loudly(service):
    with pytest.raises(ee.EEException, match=r"does not implement Image\.sldStyle"):
        fetch(ee.Image(1).sldStyle("<style/>"))
    assert service.missing == ["Image.sldStyle"]


def test_calls_are_checked_against_the_shipped_algorithms(service):
    def invoke(name, **arguments):
        call = {"functionName": name, "arguments": arguments}
        body = {"expression": {"result": "0", "values": {"0": {"functionInvocationValue": call}}}}
        request = urllib.request.Request(
            f"{service.url}/v1/projects/x/value:compute", json.dumps(body).encode()
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=60)
        return json.load(caught.value)["error"]["message"]

    one = {"constantValue": 1}
    assert invoke("Image.sharpen", image=one) == "Unknown algorithm 'Image.sharpen'."
    assert "no argument 'image3'" in invoke("Image.add", image1=one, image2=one, image3=one)
    assert "'image2' is required" in invoke("Image.add", image1=one)


def test_what_is_not_there_is_said_to_be_missing(service):
    with pytest.raises(ee.EEException, match="'NOT/THERE' not found"):
        ee.ImageCollection("NOT/THERE").size().getInfo()
    with pytest.raises(ee.EEException, match="did not match any bands"):
        fetch(ee.Image(catalogue.SRTM).select("B4"))
    with pytest.raises(ee.EEException, match="does not exist"):
        ee.data.getAsset("projects/stand-in-project/assets/nothing")
    assert ee.data.getAsset(catalogue.SENTINEL2)["type"] == "IMAGE_COLLECTION"


def test_a_request_over_48_mib_is_refused(service):
    wide = ee.Image([1.5] * 6)  # six bands of 8 bytes and one of mask
    large = GRID.subgrid(0, 0, 1024, 1024)
    with pytest.raises(ee.EEException, match="must be less than or equal to 50331648 bytes"):
        fetch(wide, large)


# --- faults --------------------------------------------------------------------------------------


@pytest.fixture
def patient(service, monkeypatch):
    """The client's own retries, without their waits."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    return service


def tiny():
    return fetch(ee.Image(1), GRID.subgrid(0, 0, 4, 4))


def test_a_burst_of_429_and_500_is_survived_by_the_client(patient):
    patient.faults += [faults.too_many_requests(2), faults.server_error(1)]
    assert tiny()["constant"].all()
    assert [request.status for request in patient.requests()] == [429, 429, 500, 200]


def test_a_memory_limit_concerns_large_requests_only(patient):
    patient.faults.append(faults.memory_limit(larger_than=10))
    with pytest.raises(ee.EEException, match="User memory limit exceeded"):
        tiny()
    assert fetch(ee.Image(1), GRID.subgrid(0, 0, 3, 3))["constant"].all()
    assert len(patient.requests()) == 2


def test_an_expired_token_is_a_401(service, tmp_path):
    key = service.write_key(tmp_path / "key.json")
    service.connect(credentials=ee.ServiceAccountCredentials(None, str(key)))
    service.faults.append(faults.expired_token())
    with pytest.raises(ee.EEException, match="invalid authentication") as caught:
        tiny()
    assert caught.value.__context__.resp.status == 401


def test_a_service_account_asks_for_a_token_with_the_scopes_of_earth_engine(service, tmp_path):
    key = service.write_key(tmp_path / "key.json")
    service.connect(credentials=ee.ServiceAccountCredentials(None, str(key)))
    assert tiny()["constant"].all()
    assert "auth/earthengine" in service.requests("token")[0].body["scope"]


def test_a_hung_request_ends_by_the_deadline_of_the_client(service):
    ee.data.setMaxRetries(0)
    ee.data.setDeadline(300)
    service.faults.append(faults.hang())
    with pytest.raises(TimeoutError):
        tiny()
    assert [request.status for request in service.requests()] == [0]


def test_an_answer_cut_short_is_no_answer(service):
    ee.data.setMaxRetries(0)
    service.faults.append(faults.cut_short())
    with pytest.raises(ConnectionError):
        tiny()


def test_a_restricted_project_is_warned_of_and_served(service):
    service.restricted = True
    with pytest.warns(UserWarning, match="restricted mode"):
        assert tiny()["constant"].all()


def test_latency_is_per_request_and_requests_overlap(service, monkeypatch):
    together, waits = threading.Barrier(4), []

    def wait(seconds):
        waits.append(seconds)
        together.wait(60)

    service.latency = 0.5
    with monkeypatch.context() as patch, ThreadPoolExecutor(4) as pool:
        patch.setattr(service.closing, "wait", wait)
        list(pool.map(lambda _: tiny(), range(4)))
    assert service.peak == 4
    assert all(0 <= each <= 0.5 for each in waits)
    started = time.monotonic()
    tiny()
    assert time.monotonic() - started >= 0.5


def test_the_profiler_says_what_a_request_cost(service):
    found = []
    with ee.data.profiling(found.append):
        tiny()
    text = ee.ApiFunction.lookup("Profile.getProfiles").call(ids=found).getInfo()
    assert text.splitlines()[0].split() == ["EECU·s", "PeakMem", "Count", "Description"]


def test_workload_tags_are_logged(service):
    with ee.data.workloadTagContext("lccs-s2"):
        tiny()
    assert service.requests()[-1].body["workloadTag"] == "lccs-s2"


# --- batch ---------------------------------------------------------------------------------------


def state_of(task):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return task.status()["state"]


def export_of(image, name, kind="toAsset", **options):
    task = getattr(ee.batch.Export.image, kind)(
        image=image,
        description=name,
        crs="EPSG:2154",
        crsTransform=list(GRID.transform)[:6],
        dimensions=f"{GRID.width}x{GRID.height}",
        maxPixels=1e9,
        **options,
    )
    task.start()
    return task


def test_an_export_to_an_asset_is_readable_once_it_succeeded(service):
    name = "projects/stand-in-project/assets/staged"
    image = ee.ImageCollection(catalogue.SENTINEL2).select(["B4"]).median().toInt16()
    task = export_of(image, "staged", assetId=name)
    assert [state_of(task) for _ in range(4)] == ["READY", "RUNNING", "COMPLETED", "COMPLETED"]
    expected = fetch(image)
    assert np.array_equal(fetch(ee.Image(name)), expected)
    stored = ee.data.getPixels(
        {"assetId": name, "fileFormat": "NUMPY_NDARRAY", "grid": pixel_grid(GRID)}
    )
    assert np.array_equal(stored, expected)
    ee.data.deleteAsset(name)
    with pytest.raises(ee.EEException, match="not found"):
        fetch(ee.Image(name))


def test_exports_to_drive_and_cloud_storage_lie_on_the_grid_asked_for(service):
    image = ee.Image(catalogue.SRTM)
    drive = export_of(image, "d", "toDrive", folder="evian", fileNamePrefix="heights")
    cloud = export_of(image, "c", "toCloudStorage", bucket="b", fileNamePrefix="p/heights")
    while {state_of(drive), state_of(cloud)} != {"COMPLETED"}:
        pass
    for path in ("drive/evian/heights.tif", "cloud/b/p/heights.tif"):
        with rasterio.open(service.folder / path) as raster:
            assert raster.transform.almost_equals(GRID.transform, 1e-6)
            assert np.array_equal(raster.read(1), fetch(image)["elevation"])


def test_the_notebook_export_by_region_and_scale_has_a_grid_of_that_scale(service):
    region = ee.Geometry.Rectangle(list(BOUNDS), "EPSG:2154", False)
    task = ee.batch.Export.image.toDrive(
        ee.Image(catalogue.SRTM), "n", "f", "n", region=region, scale=10, crs="EPSG:2154"
    )
    task.start()
    while state_of(task) != "COMPLETED":
        pass
    with rasterio.open(service.folder / "drive/f/n.tif") as raster:
        assert (raster.crs.to_epsg(), raster.shape) == (2154, GRID.shape)


def test_a_task_can_fail_and_be_cancelled(service):
    service.tasks.failures.append("User memory limit exceeded.")
    task = export_of(ee.Image(1), "f", assetId="projects/stand-in-project/assets/f")
    assert [state_of(task) for _ in range(3)] == ["READY", "RUNNING", "FAILED"]
    operation = ee.data.listOperations()[0]
    assert operation["error"]["message"] == "User memory limit exceeded."
    other = export_of(ee.Image(1), "g", assetId="projects/stand-in-project/assets/g")
    other.cancel()
    assert state_of(other) == "CANCELLED"


def test_starting_a_task_twice_with_one_request_id_starts_it_once(service):
    task = export_of(ee.Image(1), "twice", assetId="projects/stand-in-project/assets/t")
    body = dict(service.requests("export")[0].body)
    request = body.pop("requestId")
    again = ee.data.exportImage(request, body)
    assert again["name"].endswith(task.id)
    assert len(service.tasks.all) == 1


def test_every_registered_algorithm_is_one_of_earth_engine():
    from standins.earthengine.graph import signatures
    from standins.earthengine.registry import known

    assert len(known()) > 250
    assert set(known()) <= set(signatures())
