"""Blocks from Earth Engine: the pixels of the open-data engine, whatever goes wrong on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from concurrent import futures
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from shapely import Point, box

from lccs_inputs.earthengine import fetch, pixels, tiles
from lccs_inputs.earthengine.errors import Patience
from lccs_inputs.earthengine.export import export_block, scene_set_request
from lccs_inputs.earthengine.search import search_scenes
from lccs_inputs.earthengine.signin import Account, sign_in
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS, CloudScore, Mask, MaskKind
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.stac import search as stac
from lccs_inputs.rasters.area import Area, resolve_area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import SYNTHETIC
from lccs_inputs.sample import EVIAN
from lccs_inputs.traffic import counted
from patience import wait_until
from scene_requests import scene_request
from service_settings import export_settings, kept_tiles
from standins.earthengine import EarthEngineStandIn, faults

PROJECT = "stand-in-project"
BOUNDS = (977000, 6588000, 978200, 6589200)
GRID = Grid("EPSG:2154", (10, 10), BOUNDS)  # 120 px; the western part lies in two UTM zones
AREA = Area(Point(977600, 6588600).buffer(640), GRID)
NODATA = -32768
LANDSAT = SENSORS["landsat"]
PATIENT = Patience(first=0.01, longest=0.05)
FEW = ("red", "nir", "clear_count")


@pytest.fixture
def session(service):
    return sign_in(Account(PROJECT, url=service.url), PATIENT)


@pytest.fixture
def small_tiles(monkeypatch):
    """Nine tiles instead of one."""
    monkeypatch.setattr(tiles, "_SIDES", (64,))


def request(sensor, catalogue="earthengine", **changes):
    asked = {
        "start": "2018-05-01", "end": "2018-10-31", "mask": "none", "cloud_max": 80,
        "bounds": AREA.bounds_lonlat(),
    }  # fmt: skip
    if catalogue != "earthengine":
        asked["mask"] = SENSORS[sensor].default_mask
    return scene_request(sensor, catalogue, **{**asked, **changes})


class Engine:
    """Exports blocks of the sample into a folder, with one cache."""

    def __init__(self, session, folder, bands=()):
        self.session, self.folder, self.bands = session, folder, bands
        self.scenes = {}

    def scene_list(self, sensor):
        if sensor not in self.scenes:
            self.scenes[sensor] = search_scenes(self.session, request(sensor))
        return self.scenes[sensor]

    def block(self, sensor="landsat", mask="default", grid=GRID, area=AREA, slots=3, bands=None):
        facts = SENSORS[sensor]
        mask = facts.masks.get(facts.default_mask) if mask == "default" else mask
        target = self.folder / "block.tif"
        settings = export_settings(slots, self.folder / "cache")
        export_block(
            self.session, self.scene_list(sensor), facts, mask, grid, area, target, settings,
            self.bands if bands is None else bands,
        )  # fmt: skip
        return read(target)


@pytest.fixture
def engine(session, tmp_path):
    return Engine(session, tmp_path)


@pytest.fixture
def lean(session, tmp_path):
    """Of few bands: how often tiles are asked for, and what is kept, is the same for each."""
    return Engine(session, tmp_path, FEW)


def read(path):
    with rasterio.open(path) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def composed(sample, sensor, target):
    """The block of the open-data engine."""
    facts = SENSORS[sensor]
    chosen = stac.search_scenes(request(sensor, str(sample)))
    mask = facts.masks.get(facts.default_mask)
    compose_block(chosen, facts, mask, GRID, AREA, target)
    return read(target)


@pytest.fixture(scope="module")
def expected_red(sample, tmp_path_factory):
    return composed(sample, "landsat", tmp_path_factory.mktemp("red") / "composed.tif")["red"]


def equal(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


# --- parity --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sensor", ["sentinel2", "landsat", "sentinel1"])
def test_both_engines_give_the_same_block(engine, sample, tmp_path, sensor):
    block = engine.block(sensor)
    expected = composed(sample, sensor, tmp_path / "composed.tif")
    assert list(block) == list(expected) == list(SENSORS[sensor].scene_set_bands)
    for name, values in expected.items():
        assert np.array_equal(block[name] == NODATA, values == NODATA), name
        difference = np.abs(block[name].astype(int) - values)
        assert difference.max() <= 1, name
        if not name.startswith("ndvi_p"):  # how Earth Engine interpolates is its own
            assert difference.max() == 0, name
    assert np.array_equal(block["clear_count"] == NODATA, ~AREA.mask(GRID))


@pytest.mark.parametrize("sensor", ["sentinel2", "landsat", "sentinel1"])
def test_both_engines_take_the_first_clear_pixel_of_a_pass(engine, sample, tmp_path, sensor):
    """Granules of other days, so that it shows which one was taken."""

    def in_pairs(scenes):
        return [replace(scene, observation=str(at // 2)) for at, scene in enumerate(scenes)]

    theirs = engine.scene_list(sensor)
    engine.scenes[sensor] = replace(theirs, scenes=in_pairs(theirs.scenes))
    ours = stac.search_scenes(request(sensor, str(sample)))
    ours = replace(ours, scenes=in_pairs(ours.scenes))
    block, facts = engine.block(sensor), SENSORS[sensor]
    mask = facts.masks.get(facts.default_mask)
    compose_block(ours, facts, mask, GRID, AREA, tmp_path / "composed.tif")
    expected = read(tmp_path / "composed.tif")
    assert np.array_equal(block["clear_count"], expected["clear_count"])
    assert block["clear_count"].max() <= -(-len(ours.scenes) // 2)
    for name, values in expected.items():
        difference = np.abs(block[name].astype(int) - values)
        assert difference.max() <= (1 if name.startswith("ndvi_p") else 0), name


NDVI = "(max(nir, 0) - max(red, 0)) / (max(nir, 0) + max(red, 0))"
EVI = "2.5 * (max(nir, 0) - max(red, 0)) / (max(nir, 0) + 6 * max(red, 0) + 1)"
OPTICAL = {
    f"{NDVI} >= 0.4": ("share", "months", "longest", "first", "last"),
    f"{NDVI} > 0.3 or not max(swir16, 0) ** 0.5 < 0.3 and green in {{0.05}}": ("share", "last"),
    f"min(red / (max(nir, 0) - max(red, 0)), 2) > 0.2 and {EVI} != 0.2": ("share", "longest"),
    f"{NDVI}": ("p33", "median", "max"),
    EVI: ("mean", "min", "stddev", "p90"),
    "1 / (max(nir, 0) - max(red, 0))": ("median",),
    "sqrt(nir - abs(red))": ("max",),
}
RADAR = {
    "vh < -18": ("share", "months", "longest", "first", "last"),
    "vv - vh > 6 or vh < -22 and 10 ** (vv / 10) < 0.02": ("share", "months", "first"),
    "vv - vh": ("p10", "mean", "stddev"),
}


def over_observations(sensor):
    said = RADAR if sensor == "sentinel1" else OPTICAL
    every = [f"{function}({text})" for text, functions in said.items() for function in functions]
    return SENSORS[sensor].in_order([*every, "clear_count"])


@pytest.mark.parametrize("pairs", [False, True], ids=["scenes", "pairs"])
@pytest.mark.parametrize("sensor", ["sentinel2", "landsat", "sentinel1"])
def test_both_engines_say_the_same_of_observations(engine, sample, tmp_path, sensor, pairs):
    """Exactly, but for how Earth Engine interpolates percentiles."""

    def observed(found):
        of = [str(at // 2) if pairs else "" for at in range(len(found.scenes))]
        scenes = [replace(each, observation=o) for each, o in zip(found.scenes, of, strict=True)]
        return replace(found, scenes=scenes)

    bands, facts = over_observations(sensor), SENSORS[sensor]
    engine.scenes[sensor] = observed(engine.scene_list(sensor))
    block = engine.block(sensor, bands=bands)
    chosen = observed(stac.search_scenes(request(sensor, str(sample))))
    mask = facts.masks.get(facts.default_mask)
    compose_block(chosen, facts, mask, GRID, AREA, tmp_path / "composed.tif", bands)
    expected = read(tmp_path / "composed.tif")
    assert list(block) == list(expected) == list(bands)
    for name, values in expected.items():
        assert np.array_equal(block[name] == NODATA, values == NODATA), name
        difference = np.abs(block[name].astype(int) - values)
        assert difference.max() <= name.startswith("p"), name
        if name.startswith(("share", "p", "mean")):
            assert np.unique(values[values != NODATA]).size > 1, "the data tell something"


def test_more_bands_than_fit_a_request_are_asked_for_in_several(engine, service, monkeypatch):
    monkeypatch.setattr(tiles, "_SIDES", (1024,))
    monkeypatch.setattr(tiles, "REQUEST_BYTES", 2 * 3 * GRID.width * GRID.height)
    whole = engine.block("sentinel1")
    assert [len(each.body["bandIds"]) for each in service.requests()] == [2, 1]
    service.log.clear()
    bands = SENSORS["sentinel1"].in_order([*whole, "months(vh < -18)", "p5(vv)"])
    block = engine.block("sentinel1", bands=bands)
    assert equal(whole, block)
    asked = [each.body["bandIds"] for each in service.requests()]
    assert [len(ids) for ids in asked] == [2]
    assert all(name.isidentifier() for ids in asked for name in ids)
    assert [name.rpartition("_")[0] for name in asked[0]] == ["months", "p5"]
    service.log.clear()
    engine.block("sentinel1", bands=("months(vh < -18)", "months(vh < -19)", "clear_count"))
    again = [each.body["bandIds"] for each in service.requests()]
    assert [len(ids) for ids in again] == [1], "another threshold is another band, and one alone"
    assert again[0][0] not in asked[0]


@pytest.fixture
def with_landsat_9(sample, tmp_path):
    """The sample, every other Landsat scene of it taken for one of Landsat 9."""
    folder = tmp_path / "landsat9"
    shutil.copytree(sample.parent, folder)
    collection = folder / "landsat-c2-l2/collection.json"
    for path in sorted(collection.parent.glob("LC08*T1/*.json"))[::2]:
        name = path.stem.replace("LC08", "LC09")
        item = json.loads(path.read_text()) | {"id": name}
        item["properties"]["platform"] = "landsat-9"
        path.write_text(json.dumps(item).replace(path.stem, name))
        for file in path.parent.iterdir():
            file.rename(file.with_name(file.name.replace(path.stem, name)))
        path.parent.rename(path.parent.with_name(name))
        collection.write_text(collection.read_text().replace(path.stem, name))
    return folder / "catalog.json"


def test_both_engines_compose_landsat_8_and_9_into_one(with_landsat_9, tmp_path):
    with EarthEngineStandIn(with_landsat_9, folder=tmp_path / "service") as service:
        session = sign_in(Account(PROJECT, url=service.url), PATIENT)
        engine = Engine(session, tmp_path)
        block = engine.block("landsat")
    platforms = {scene.platform for scene in engine.scene_list("landsat").scenes}
    assert platforms == {"landsat8", "landsat9"}
    expected = composed(with_landsat_9, "landsat", tmp_path / "composed.tif")
    for name, values in expected.items():
        assert np.array_equal(block[name] == NODATA, values == NODATA), name
        assert np.abs(block[name].astype(int) - values).max() <= 1, name


def test_granules_of_two_zones_that_overlap_are_both_observations(session, sample, tmp_path):
    overpass = {"start": "2018-06-17", "end": "2018-06-17"}
    chosen = search_scenes(session, request("sentinel2", **overpass))
    assert {scene.tile[:3] for scene in chosen.scenes} == {"31T", "32T"}
    ours, sensor = tmp_path / "composed.tif", SENSORS["sentinel2"]
    export_block(
        session, chosen, sensor, None, GRID, AREA, tmp_path / "block.tif",
        export_settings(1, tmp_path / "cache"),
    )  # fmt: skip
    found = stac.search_scenes(request("sentinel2", str(sample), **overpass))
    compose_block(found, sensor, None, GRID, AREA, ours)
    block, expected = read(tmp_path / "block.tif"), read(ours)
    counts = block["clear_count"][AREA.mask(GRID)]
    assert set(counts.tolist()) == {1, 2}
    for name, values in expected.items():
        assert np.array_equal(block[name] == NODATA, values == NODATA), name
        assert np.abs(block[name].astype(int) - values).max() <= 1, name


def test_blocks_equal_the_whole_bit_for_bit(engine):
    whole = engine.block("sentinel2")
    quarter = engine.block("sentinel2", grid=GRID.subgrid(60, 0, 60, 60))
    assert equal(quarter, {name: band[:60, 60:] for name, band in whole.items()})


def test_the_files_of_both_engines_differ_in_nothing(engine, sample, tmp_path):
    engine.block("sentinel2")
    composed(sample, "sentinel2", tmp_path / "composed.tif")
    with (
        rasterio.open(tmp_path / "block.tif") as one,
        rasterio.open(tmp_path / "composed.tif") as other,
    ):
        assert one.profile == other.profile
        assert one.scales == other.scales
        # what is made of the sample's files says so; Earth Engine serves no files
        assert one.tags() | {"SOURCE": SYNTHETIC} == other.tags()


def test_a_scene_set_of_clouds_only_is_nodata_with_a_clear_count_of_0(engine):
    everything = Mask("scl", MaskKind.CLASSES, tuple(range(12)))
    block = engine.block("sentinel2", everything)
    inside = AREA.mask(GRID)
    assert (block["clear_count"][inside] == 0).all()
    assert (block["red"] == NODATA).all()


def test_cloud_score_plus_keeps_what_is_clear_enough(engine, service):
    # The stand-in scores cloud 0.25 at most, and what is clear 0.93.
    strict = engine.block("sentinel2", CloudScore("cs", 0.9))
    lenient = engine.block("sentinel2", CloudScore("cs", 0.3))
    unmasked = engine.block("sentinel2", None)
    counts = [each["clear_count"].astype(int).sum() for each in (strict, lenient, unmasked)]
    assert counts[0] < counts[1] < counts[2]


# --- requests and tiles --------------------------------------------------------------------------


def test_a_tile_of_a_whole_sensor_is_one_tagged_request(engine, service):
    engine.session.tag("My run: s2 2018")
    engine.block("sentinel2")
    (asked,) = service.requests()
    assert asked.body["bandIds"] == list(SENSORS["sentinel2"].scene_set_bands)
    assert asked.body["workloadTag"] == "my-run-s2-2018"


def test_the_evian_run_takes_no_more_than_12_requests_of_sentinel_2(session, service, tmp_path):
    """Composite and statistics together, at 10 m; of one scene, which takes as many as thirty."""
    evian = resolve_area("evian", {"bbox": EVIAN}, "EPSG:2154", 10, 4096)
    scenes = search_scenes(
        session, request("sentinel2", end="2018-05-14", bounds=evian.bounds_lonlat())
    )
    settings = export_settings(4, tmp_path / "cache")
    for block in evian.blocks():
        target = tmp_path / f"{block.name}.tif"
        export_block(session, scenes, SENSORS["sentinel2"], None, evian.block_grid(block), evian,
                     target, settings)  # fmt: skip
    assert 0 < len(service.requests()) <= 12


def test_tiles_equal_the_whole_bit_for_bit(engine, service, tmp_path, monkeypatch):
    whole = engine.block("sentinel2")
    monkeypatch.setattr(tiles, "_SIDES", (64,))
    tiled = engine.block("sentinel2")
    assert len(service.requests()) == 1 + 9
    assert equal(whole, tiled)


def test_tiles_are_asked_for_in_all_slots_and_no_more(lean, service, small_tiles):
    service.latency = 0.3
    lean.block(slots=3)
    assert service.peak == 3


def test_tiles_outside_the_area_are_not_asked_for(lean, service, small_tiles):
    block = lean.block(area=Area(box(977010, 6588010, 977090, 6588090), GRID))
    assert len(service.requests()) == 1
    assert (block["red"] != NODATA).sum() == 64


# --- the cache -----------------------------------------------------------------------------------


def test_what_was_computed_is_never_asked_for_again(lean, service, small_tiles, tmp_path):
    first = lean.block()
    (tmp_path / "block.tif").unlink()
    service.log.clear()
    with counted() as traffic:
        assert equal(lean.block(), first)
    assert traffic.from_cache
    other_shape = Area(box(*BOUNDS), GRID)
    lean.block(area=other_shape)
    assert service.requests() == []


def test_another_mask_or_another_scene_is_another_request(engine):
    landsat = SENSORS["landsat"]
    passes, mask = engine.scene_list("landsat").observations, landsat.masks["qa_pixel"]
    requests = [
        scene_set_request(passes, landsat, mask),
        scene_set_request(passes, landsat, None),
        scene_set_request(passes[1:], landsat, mask),
        scene_set_request([[*passes[0], *passes[1]], *passes[2:]], landsat, mask),
    ]
    assert len({json.dumps(each) for each in requests}) == 4


def test_a_damaged_tile_is_asked_for_again(lean, service, small_tiles, tmp_path):
    first = lean.block()
    path = kept_tiles(tmp_path / "cache")[0]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    service.log.clear()
    assert equal(lean.block(), first)
    (asked,) = service.requests()
    assert asked.body["bandIds"] == ["clear_count"]


def test_a_tile_whose_values_changed_is_asked_for_again(lean, service, small_tiles, tmp_path):
    first = lean.block()
    path = kept_tiles(tmp_path / "cache")[0]
    with rasterio.open(path, "r+") as raster:
        values = raster.read(1)
        values[3, 5] ^= 4
        raster.write(values, 1)
    service.log.clear()
    assert equal(lean.block(), first)
    (asked,) = service.requests()
    assert asked.body["bandIds"] == ["clear_count"]


CHILD = """
    import sys
    from pathlib import Path
    sys.path[:0] = {paths}
    from shapely import from_wkt
    from lccs_inputs.earthengine import tiles
    from lccs_inputs.earthengine.export import export_block
    from service_settings import export_settings
    from lccs_inputs.earthengine.signin import Account, sign_in
    from lccs_inputs.rasters.area import Area, resolve_area
    from lccs_inputs.rasters.grid import Grid
    from lccs_inputs.imagery.scenes import SceneList
    from lccs_inputs.facts.sensors import SENSORS
    tiles._SIDES = (64,)
    folder, sensor = Path({folder!r}), SENSORS["landsat"]
    grid = Grid("EPSG:2154", (10, 10), {bounds})
    export_block(
        sign_in(Account({project!r}, url={url!r})), SceneList.read(folder / "items.json"), sensor,
        sensor.masks["qa_pixel"], grid, Area(from_wkt({area!r}), grid), folder / "block.tif",
        export_settings(1, folder / "cache"), {bands},
    )
"""


def test_a_killed_job_goes_on_where_it_stopped(lean, service, small_tiles, tmp_path):
    lean.scene_list("landsat").write(tmp_path / "items.json")

    def third(request):
        return len(service.requests()) > 2

    service.faults = [faults.Fault(hang=True, times=None, when=third)]
    code = textwrap.dedent(CHILD).format(
        paths=[path for path in sys.path if path], folder=str(tmp_path), bounds=BOUNDS,
        project=PROJECT, url=service.url, area=AREA.geometry.wkt, bands=FEW,
    )  # fmt: skip
    child = subprocess.Popen([sys.executable, "-c", code])
    cache = tmp_path / "cache"
    wait_until(lambda: len(kept_tiles(cache)) == 2 and len(service.requests()) == 3, child)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "block.tif").exists()
    service.faults, before = [], len(service.requests())
    resumed = lean.block()
    assert len(service.requests()) - before == 9 - 2
    assert (resumed["clear_count"][AREA.mask(GRID)] > 0).any()


def test_a_tile_is_asked_only_for_the_bands_it_lacks_and_for_all_of_them_at_once(
    engine, service, small_tiles, tmp_path
):
    """As after a kill between two of them, and after a change of the config."""
    few = ("red", "ndvi_p90", "clear_count")
    first = engine.block("landsat", bands=few)
    assert tuple(first) == few
    assert {tuple(each.body["bandIds"]) for each in service.requests()} == {few}
    assert len(service.requests()) == 9
    service.log.clear()
    whole = engine.block("landsat")
    rest = tuple(band for band in LANDSAT.scene_set_bands if band not in few)
    assert {tuple(each.body["bandIds"]) for each in service.requests()} == {rest}
    assert len(service.requests()) == 9
    assert equal(first, whole)
    at_once = Engine(engine.session, tmp_path / "another").block("landsat")
    assert equal(at_once, whole)
    service.log.clear()
    assert equal(engine.block("landsat", bands=few), first)
    assert service.requests() == []


@pytest.mark.parametrize("sensor", ["sentinel2", "landsat", "sentinel1"])
def test_a_band_is_the_same_whatever_is_asked_for_with_it(engine, sensor, tmp_path):
    whole = engine.block(sensor)
    for at, band in enumerate(SENSORS[sensor].scene_set_bands):
        alone = Engine(engine.session, tmp_path / str(at))
        alone.scenes = engine.scenes
        assert equal(alone.block(sensor, bands=(band,)), whole)


def test_a_band_that_is_asked_for_later_is_checked_against_the_clear_count(engine, monkeypatch):
    engine.block("landsat", bands=("red", "clear_count"))
    decoded = pixels._decoded

    def spoiled(answer):
        record = decoded(answer)
        record["nir"][...] = NODATA
        return record

    monkeypatch.setattr(pixels, "_decoded", spoiled)
    with pytest.raises(SourceError, match="no nir where there are clear observations"):
        engine.block("landsat")


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        faults.too_many_requests(12),
        faults.server_error(4),
        faults.server_error(4, status=400),
        faults.capacity_exceeded(4),
        faults.cut_short(2),
        faults.hang(2),
    ],
    ids=["burst of 429", "server errors", "the same as 400", "capacity", "cut short", "silence"],
)
@pytest.mark.usefixtures("silence")
def test_passing_faults_leave_no_trace(lean, service, tmp_path, small_tiles, fault, expected_red):
    service.faults = [fault]
    block = lean.block()
    assert fault.times == 0
    assert np.array_equal(block["red"], expected_red)


def test_faults_that_do_not_pass_end_the_run_and_keep_the_tiles(
    lean, service, small_tiles, tmp_path
):
    corner = (977000, 6588800)  # of one tile
    service.faults = [faults.Fault(503, "unavailable", None, when=lambda r: r.corner == corner)]
    lean.session.patience = Patience(first=0.01, longest=0.05, total=0.3)
    with pytest.raises(SourceError, match=r"no answer after .*run again later, tiles are kept"):
        lean.block(slots=1)
    assert not (tmp_path / "block.tif").exists()
    service.faults = []
    kept = len(kept_tiles(tmp_path / "cache"))
    before = len(service.requests())
    lean.block()
    assert len(service.requests()) - before == 9 - kept


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (faults.expired_token(), "earthengine authenticate"),
        (faults.no_permission(PROJECT), "gcloud projects add-iam-policy-binding"),
        (faults.daily_quota(), "run again tomorrow"),
    ],
)
def test_what_the_user_must_mend_ends_the_run_at_once(lean, service, small_tiles, fault, advice):
    lean.scene_list("landsat")
    service.faults = [fault]
    before = len(service.requests())
    with pytest.raises(SourceError, match=advice):
        lean.block(slots=2)
    assert len(service.requests()) - before <= 4


def test_no_tile_is_asked_for_after_one_failed_however_late_that_is_seen(
    lean, service, small_tiles, monkeypatch
):
    lean.scene_list("landsat")
    monkeypatch.setattr(fetch, "wait", lambda running, **_: futures.wait(running))
    service.faults = [faults.no_permission(PROJECT)]
    before = len(service.requests())
    with pytest.raises(SourceError, match="add-iam-policy-binding"):
        lean.block(slots=2)
    assert len(service.requests()) - before <= 4


def test_a_scene_that_is_gone_fails_the_run_and_is_not_left_out(lean, service):
    scenes = lean.scene_list("landsat")
    gone = scenes.scenes[0].id
    scenes.scenes[0].__dict__["id"] = f"{gone}_gone"
    with pytest.raises(SourceError, match=r"_gone' not found .*delete the scene list"):
        lean.block()


@pytest.mark.parametrize("limit", [faults.memory_limit, faults.reprojection_limit])
def test_a_request_that_is_too_much_is_split(lean, service, tmp_path, limit, expected_red):
    service.faults = [limit(larger_than=70 * 70)]
    block = lean.block()
    assert [request.pixels for request in service.requests()] == [(120, 120)] + [(60, 60)] * 4
    assert np.array_equal(block["red"], expected_red)
    assert len(kept_tiles(tmp_path / "cache")) == 1  # quarters are joined
    service.log.clear()
    assert equal(lean.block(), block)
    assert service.requests() == []


def test_without_a_batch_path_what_is_too_much_even_in_parts_ends_the_run(lean, service, tmp_path):
    service.faults = [faults.computation_timeout()]
    with pytest.raises(SourceError, match=r"too much for interactive requests.*batch") as error:
        lean.block()
    assert len(service.requests()) == 3
    (marker,) = (tmp_path / "cache/tiles").rglob("*.batch.json")
    assert str(marker) in str(error.value)
    assert Grid.from_dict(json.loads(marker.read_text())["grid"]).shape == (120, 120)


def test_a_restricted_project_goes_on_with_fewer_requests(lean, service, small_tiles, tmp_path):
    marker = tmp_path / "cache" / f"restricted-{PROJECT}"
    lean.scene_list("landsat")
    service.restricted, service.latency = True, 0.1
    lean.block(slots=4)
    assert marker.exists()
    service.peak = 0
    lean.block("sentinel1", slots=4, bands=("vv", "clear_count"))  # a later job starts with fewer
    assert service.peak == 1
    service.restricted = False
    lean.block("sentinel2", slots=4)
    assert not marker.exists()
    service.peak = 0
    lean.block("landsat", mask=None, slots=4)
    assert service.peak == 4


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record[:-1],
        lambda record: record[["red", "clear_count"]],
        np.zeros_like,
    ],
    ids=["rows are missing", "bands are missing", "zeros"],
)
def test_an_answer_that_is_not_what_was_asked_for_is_no_tile(
    lean, service, tmp_path, monkeypatch, spoil
):
    decoded = pixels._decoded
    monkeypatch.setattr(pixels, "_decoded", lambda answer: spoil(decoded(answer)))
    with pytest.raises(SourceError, match="answered 3 times with something else than asked for"):
        lean.block()
    assert not (tmp_path / "block.tif").exists()
    assert len(service.requests()) == 3
