"""Composites against plain rasterio, pyproj and NumPy, pixel by pixel; and how they fail."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from shapely import Point, box

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import NDVI_STATISTICS, OPTICAL_BANDS, SENSORS
from lccs_inputs.imagery.composite import opening
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.composite.reading import OpenAsset
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from standins.file_server import FileServer
from standins.imagery import scene, scene_list, sentinel2_scene, write_asset

NODATA = -32768
S2, L8, S1 = SENSORS["sentinel2"], SENSORS["landsat"], SENSORS["sentinel1"]
SCL, QA = S2.masks["scl"], L8.masks["qa_pixel"]
GRID = Grid("EPSG:2154", (10, 10), (970000, 6590000, 971700, 6591400), block_size=50)
WHOLE = Area(box(*GRID.bounds), GRID)
ROUND = Area(Point(970900, 6590700).buffer(650), GRID)

SMALL = Grid("EPSG:32632", (10, 10), (320000, 5140000, 320040, 5140030))
SMALL_AREA = Area(box(*SMALL.bounds), SMALL)


def corner_over(grid, crs, east=0.0, north=0.0, step=20):
    """A native corner up-left of the grid's, on the lattice of `step`, moved by metres."""
    transformer = Transformer.from_crs(grid.crs, crs, always_xy=True)
    x, y = transformer.transform(grid.bounds[0], grid.bounds[3])
    return (x + east) // step * step, (y + north) // step * step


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Two UTM zones, scenes that cover the grid in part, and both offsets."""
    folder = tmp_path_factory.mktemp("scenes")
    made = []
    for seed in range(7):
        crs = ("EPSG:32631", "EPSG:32632")[seed % 2]
        corner = corner_over(GRID, crs, east=100 + 200 * seed, north=600 - 150 * seed)
        offset = -0.1 if seed in (1, 4) else 0.0
        made.append(sentinel2_scene(folder, f"s{seed}", crs, corner, 300, seed, offset=offset))
    return made


def compose(target, scenes, sensor=S2, mask=SCL, grid=GRID, area=WHOLE, **options):
    found = scene_list(*scenes, sensor=sensor.name)
    compose_block(found, sensor, mask, grid, area, target, **options)
    with rasterio.open(target) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def gathered(asset, grid):
    """Stored values under each pixel centre, transformed one by one; 0 outside the raster."""
    xs = grid.bounds[0] + (np.arange(grid.width) + 0.5) * grid.resolution
    ys = grid.bounds[3] - (np.arange(grid.height) + 0.5) * grid.resolution
    with rasterio.open(asset.href) as raster:
        values, t = raster.read(1), raster.transform
        transformer = Transformer.from_crs(grid.crs, raster.crs, always_xy=True)
    east, north = transformer.transform(*np.meshgrid(xs, ys))
    cols = np.floor((east - t.c) / t.a).astype(int)
    rows = np.floor((north - t.f) / t.e).astype(int)
    inside = (cols >= 0) & (cols < values.shape[1]) & (rows >= 0) & (rows < values.shape[0])
    return np.where(inside, values[np.where(inside, rows, 0), np.where(inside, cols, 0)], 0)


def expected_composite(scenes, grid):
    """The composite by NumPy's nan-functions, × 10⁴; float64, NaN = nodata."""
    reflectance = {band: [] for band in OPTICAL_BANDS}
    for each in scenes:
        stored = {band: gathered(each.assets[band], grid) for band in OPTICAL_BANDS}
        classes = gathered(each.assets["scl"], grid)
        clear = ~np.isin(classes, [0, 1, 3, 7, 8, 9, 10])
        for values in stored.values():
            clear = clear & (values != 0)
        for band, values in stored.items():
            number = values.astype(float) + round(each.assets[band].offset * 1e4)
            reflectance[band].append(np.where(clear, number, np.nan))
    stack = {band: np.array(values) for band, values in reflectance.items()}
    red, nir = np.maximum(stack["red"], 0), np.maximum(stack["nir"], 0)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        ndvi = np.rint((nir - red) * 1e4 / (nir + red))
        result = {band: np.nanmedian(values, axis=0) for band, values in stack.items()}
        result |= {
            "ndvi_mean": np.nanmean(ndvi, axis=0),
            "ndvi_median": np.nanmedian(ndvi, axis=0),
            "ndvi_max": np.nanmax(ndvi, axis=0),
            "ndvi_min": np.nanmin(ndvi, axis=0),
            "ndvi_stddev": np.nanstd(ndvi, axis=0),
        }
        for percent in (10, 25, 75, 90):
            result[f"ndvi_p{percent}"] = np.nanpercentile(ndvi, percent, axis=0)
    return result, np.isfinite(stack["red"]).sum(axis=0)


def test_a_composite_equals_one_computed_pixel_by_pixel(scenes, tmp_path):
    bands = compose(tmp_path / "block.tif", scenes)
    expected, count = expected_composite(scenes, GRID)
    assert np.array_equal(bands["clear_count"], count)
    assert 0 in count
    assert count.max() >= 5
    for name, values in expected.items():
        assert np.array_equal(bands[name] == NODATA, np.isnan(values)), name
        seen = np.isfinite(values)
        if name in {*OPTICAL_BANDS, "ndvi_median", "ndvi_max", "ndvi_min"}:
            assert np.array_equal(bands[name][seen], np.rint(values[seen])), name
        # Half a step is as far as rounding goes; a tie may go either way in the expectation.
        assert np.abs(bands[name][seen] - values[seen]).max() <= 0.5 + 1e-6, name


def test_blocks_equal_the_whole_bit_for_bit(scenes, tmp_path):
    whole = compose(tmp_path / "whole.tif", scenes, area=ROUND)
    blocks = ROUND.blocks()
    assert len(blocks) > 6
    outside = np.ones(GRID.shape, bool)
    for block in blocks:
        grid = ROUND.block_grid(block)
        rows = slice(block.row_off, block.row_off + block.height)
        columns = slice(block.col_off, block.col_off + block.width)
        bands = compose(tmp_path / f"{block.name}.tif", scenes, grid=grid, area=ROUND)
        for name, values in bands.items():
            assert np.array_equal(values, whole[name][rows, columns]), (block.name, name)
        outside[rows, columns] = False
    assert all((values[outside] == NODATA).all() for values in whole.values())


@pytest.mark.parametrize("budget", [0, 10**6, 10**9], ids=["none", "some", "all"])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("frame", "at_a_time"), [(4096, 2**17), (4096, 999), (64, 2**17)])
def test_memory_threads_and_pieces_leave_no_trace(
    scenes, tmp_path, monkeypatch, budget, threads, frame, at_a_time
):
    whole = compose(tmp_path / "whole.tif", scenes, area=ROUND)
    monkeypatch.setattr("lccs_inputs.imagery.composite.compose._FRAME", frame)
    monkeypatch.setattr(
        "lccs_inputs.imagery.composite.compose.pixels_at_a_time", lambda rows: at_a_time
    )
    changed = compose(tmp_path / "b.tif", scenes, area=ROUND, budget=budget, threads=threads)
    assert all(np.array_equal(whole[name], changed[name]) for name in whole)
    if frame == 4096:
        assert (tmp_path / "b.tif").read_bytes() == (tmp_path / "whole.tif").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"whole.tif", "b.tif"}


@pytest.mark.parametrize("budget", [0, 10**9])
def test_every_native_block_is_read_once_and_every_file_opened_once(tmp_path, monkeypatch, budget):
    corners = (("EPSG:32631", corner_over(GRID, "EPSG:32631", -900, 900)),
               ("EPSG:32632", corner_over(GRID, "EPSG:32632", -100, 300)))  # fmt: skip
    scenes = [
        sentinel2_scene(tmp_path, f"s{seed}", *corners[seed % 2], 400, seed, block=64)
        for seed in range(4)
    ]
    opened, blocks = [], []
    really_open, really_read = opening.open_foreign, OpenAsset.read

    def note_open(path, *arguments, **options):
        opened.append(str(path))
        return really_open(path, *arguments, **options)

    def note_read(asset, window, out=None):
        rows, columns = (
            range(start // 64, (stop - 1) // 64 + 1) for start, stop in window.toranges()
        )
        blocks.extend((asset.label, row, column) for row in rows for column in columns)
        return really_read(asset, window, out)

    monkeypatch.setattr(opening, "open_foreign", note_open)
    monkeypatch.setattr(OpenAsset, "read", note_read)
    compose(tmp_path / "block.tif", scenes, budget=budget)
    assets = {asset.href for scene in scenes for asset in scene.assets.values()}
    assert sorted(each for each in opened if each in assets) == sorted(assets)
    assert len(blocks) == len(set(blocks))
    assert len(blocks) > 4 * len(assets)


@pytest.mark.parametrize(("cloudy_rows", "first"), [(0, 0), (90, 64), (200, None)])
def test_under_a_closed_cloud_nothing_is_read(tmp_path, monkeypatch, cloudy_rows, first):
    corner = corner_over(GRID, "EPSG:32632", north=100)
    made = sentinel2_scene(tmp_path, "cloudy", "EPSG:32632", corner, 400, 1, block=64)
    classes = np.full((200, 200), 4, np.uint8)
    classes[: cloudy_rows // 2] = 9
    href = write_asset(tmp_path / "scl.tif", classes, "EPSG:32632", corner, 20)
    tops = {}
    really_read = OpenAsset.read

    def note_read(asset, window, out=None):
        tops.setdefault(asset.label.split("'")[1], window.row_off // 64 * 64)
        return really_read(asset, window, out)

    monkeypatch.setattr(OpenAsset, "read", note_read)
    compose(tmp_path / "b.tif", [changed(made, "scl", href=href)])
    assert [tops.get("red"), tops.get("blue")] == [first, first]


def test_remote_scenes_give_the_bytes_of_local_ones(scenes, tmp_path):
    compose(tmp_path / "local.tif", scenes)
    folder = scenes[0].assets["red"].href.rsplit("/", 2)[0]
    with FileServer(tmp_path.parent / folder) as server:
        remote = [
            replace(
                each,
                assets={
                    name: replace(asset, href=asset.href.replace(folder, server.url))
                    for name, asset in each.assets.items()
                },
            )
            for each in scenes
        ]
        compose(tmp_path / "remote.tif", remote)
    assert (tmp_path / "remote.tif").read_bytes() == (tmp_path / "local.tif").read_bytes()


def test_the_file_says_what_its_bands_are(scenes, tmp_path):
    compose(tmp_path / "block.tif", scenes[:2])
    with rasterio.open(tmp_path / "block.tif") as raster:
        assert raster.descriptions == S2.scene_set_bands
        assert raster.scales == S2.scales_of(S2.scene_set_bands)
        assert set(raster.dtypes) == {"int16"}
        assert raster.nodata == NODATA
        assert raster.transform == GRID.transform
        assert raster.crs == GRID.crs
        assert raster.tags()["clipped"] == "0"


def test_pixels_outside_the_area_are_nodata_in_every_band(scenes, tmp_path):
    bands = compose(tmp_path / "block.tif", scenes, area=ROUND)
    inside = ROUND.mask(GRID)
    for values in bands.values():
        assert (values[~inside] == NODATA).all()
    assert (bands["clear_count"][inside] >= 0).all()


def test_a_block_without_a_clear_view_is_nodata_with_a_count_of_0(scenes, tmp_path):
    everything = replace(SCL, values=tuple(range(12)))
    bands = compose(tmp_path / "block.tif", scenes, mask=everything)
    assert (bands.pop("clear_count") == 0).all()
    assert all((values == NODATA).all() for values in bands.values())


def test_a_scene_elsewhere_leaves_no_trace(scenes, tmp_path):
    far = sentinel2_scene(tmp_path, "far", "EPSG:32631", (300000, 4800000), 300, 9)
    with_it = compose(tmp_path / "a.tif", [*scenes, far])
    without = compose(tmp_path / "b.tif", scenes)
    assert all(np.array_equal(with_it[name], without[name]) for name in without)


def test_without_a_mask_clouds_count(scenes, tmp_path):
    masked = compose(tmp_path / "a.tif", scenes)["clear_count"]
    every = compose(tmp_path / "b.tif", scenes, mask=None)["clear_count"]
    assert (every >= masked).all()
    assert every.sum() > masked.sum()


def test_composing_twice_writes_the_same_bytes(scenes, tmp_path):
    for name in ("a.tif", "b.tif"):
        compose(tmp_path / name, scenes)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def small_scene(folder, name, bands, sensor=S2, offset=None, **others):
    """A scene on the 4 × 3 px grid `SMALL`; bands not given are 0.2 everywhere."""
    offset = sensor.offset if offset is None else offset
    usual = round((0.2 - offset) / sensor.scale)
    assets = {}
    for band in sensor.bands:
        values = np.broadcast_to(np.asarray(bands.get(band, usual)), SMALL.shape)
        path = folder / name / f"{band}.tif"
        href = write_asset(path, values.astype(np.uint16), SMALL.crs, (320000, 5140030), 10)
        assets[band] = Asset(href, sensor.scale, offset, 0)
    for mask, values in others.items():
        flags = np.broadcast_to(values, SMALL.shape).astype(np.uint16)
        href = write_asset(folder / name / f"{mask}.tif", flags, SMALL.crs, (320000, 5140030), 10)
        assets[mask] = Asset(href)
    return scene(name, assets)


def compose_small(tmp_path, scenes, sensor=S2, mask=None):
    return compose(tmp_path / "small.tif", scenes, sensor, mask, SMALL, SMALL_AREA)


def test_scenes_with_and_without_the_offset_are_brought_to_one_encoding(tmp_path):
    pending = small_scene(tmp_path, "pending", {"red": 1500}, offset=-0.1)
    applied = small_scene(tmp_path, "applied", {"red": 500}, offset=0.0)
    bands = compose_small(tmp_path, [pending, applied])
    assert (bands["red"] == 500).all()
    assert (bands["blue"] == 2000).all()


def test_reflectance_below_0_is_kept_but_counts_as_0_in_ndvi(tmp_path):
    below = small_scene(tmp_path, "below", {"red": 900, "nir": 3000})
    bands = compose_small(tmp_path, [below])
    assert (bands["red"] == -100).all()
    assert (bands["ndvi_mean"] == 10000).all()


def test_0_over_0_is_no_ndvi_but_a_clear_view(tmp_path):
    dark = small_scene(tmp_path, "dark", {"red": 990, "nir": 995})
    bright = small_scene(tmp_path, "bright", {"red": 2000, "nir": 4000})
    bands = compose_small(tmp_path, [dark])
    assert (bands["clear_count"] == 1).all()
    assert all((bands[f"ndvi_{name}"] == NODATA).all() for name in NDVI_STATISTICS)
    bands = compose_small(tmp_path, [dark, bright])
    assert (bands["clear_count"] == 2).all()
    assert (bands["ndvi_min"] == 5000).all()


@pytest.mark.parametrize("band", ["red", "nir", "swir22"])
def test_red_and_near_infrared_decide_and_another_band_is_missing_alone(tmp_path, band):
    hole = np.full(SMALL.shape, 1234)
    hole[1, 2] = 0
    bands = compose_small(tmp_path, [small_scene(tmp_path, "hole", {band: hole})])
    missing = np.zeros(SMALL.shape, bool)
    missing[1, 2] = True
    none = np.zeros(SMALL.shape, bool)
    assert np.array_equal(bands[band] == NODATA, missing)
    decides = band != "swir22"
    assert np.array_equal(bands["clear_count"] == 0, missing if decides else none)
    assert np.array_equal(bands["blue"] == NODATA, missing if decides else none)


def test_where_granules_of_a_pass_overlap_the_first_clear_pixel_counts(tmp_path):
    """In the order of tile names, whichever was listed first."""
    cloud = np.array([[9, 4, 9, 4]] * 3)
    made = (
        ("b", "32TLS", "one", 1300, 4),
        ("a", "31TGM", "one", 1100, cloud),
        ("c", "31TGM", "other", 1500, np.array([[4, 4, 9, 9]] * 3)),
    )
    scenes = [
        replace(small_scene(tmp_path, name, {"red": red}, scl=scl), tile=tile, observation=of)
        for name, tile, of, red, scl in made
    ]
    bands = compose_small(tmp_path, scenes, mask=S2.masks["scl"])
    assert bands["red"][0].tolist() == [(300 + 500) // 2, (100 + 500) // 2, 300, 100]
    assert bands["clear_count"][0].tolist() == [2, 2, 1, 1]


def test_a_median_between_two_numbers_is_rounded_to_the_even_one(tmp_path):
    values = {"low": 2001, "high": 2002}
    scenes = [small_scene(tmp_path, name, {"red": value}) for name, value in values.items()]
    assert (compose_small(tmp_path, scenes)["red"] == 1002).all()


def test_reflectance_beyond_int16_is_clipped_and_counted(tmp_path, caplog):
    bright = small_scene(tmp_path, "bright", {"red": [[60000, 2000, 2000, 2000]] * 3})
    bands = compose_small(tmp_path, [bright])
    assert (bands["red"][:, 0] == 32767).all()
    with rasterio.open(tmp_path / "small.tif") as raster:
        assert raster.tags()["clipped"] == "3"
    assert "3 values did not fit" in caplog.text


def test_landsat_is_read_in_its_own_encoding(tmp_path):
    numbers = {"red": 9091, "nir": 18182}  # 0.0500025 and 0.300005
    one = small_scene(tmp_path, "l8", numbers, L8, qa_pixel=64, qa_radsat=0)
    bands = compose_small(tmp_path, [one], L8, QA)
    assert (bands["red"] == 500).all()
    assert (bands["nir"] == 3000).all()
    assert (bands["ndvi_mean"] == round((0.300005 - 0.0500025) / (0.3500075) * 1e4)).all()


@pytest.mark.parametrize("bit", range(5))
def test_fill_clouds_cirrus_and_shadow_of_landsat_are_masked(tmp_path, bit):
    flags = np.full(SMALL.shape, 64)
    flags[0, 0] |= 1 << bit
    one = small_scene(tmp_path, "l8", {}, L8, qa_pixel=flags, qa_radsat=0)
    count = compose_small(tmp_path, [one], L8, QA)["clear_count"]
    assert count[0, 0] == 0
    assert count.sum() == count.size - 1


@pytest.mark.parametrize(("bit", "seen"), [(0, 1), (1, 0), (3, 0), (6, 0), (9, 1)])
def test_saturation_counts_in_the_bands_that_are_read(tmp_path, bit, seen):
    one = small_scene(tmp_path, "l8", {}, L8, qa_pixel=64, qa_radsat=1 << bit)
    assert (compose_small(tmp_path, [one], L8, QA)["clear_count"] == seen).all()


def radar_scene(folder, name, power):
    assets = {}
    for band in S1.bands:
        values = np.broadcast_to(power, SMALL.shape).astype(np.float32)
        path = folder / name / f"{band}.tif"
        assets[band] = Asset(write_asset(path, values, SMALL.crs, (320000, 5140030), 10))
    return scene(name, assets)


def test_radar_is_the_median_of_decibels(tmp_path):
    scenes = [radar_scene(tmp_path, str(power), power) for power in (1.0, 0.1, 0.001, 0.01)]
    bands = compose_small(tmp_path, scenes, S1)
    assert (bands["vv"] == -1500).all()  # between −10 and −20 dB, not between their powers
    assert (bands["clear_count"] == 4).all()


@pytest.mark.parametrize("nothing", [0.0, -32768.0, np.nan, np.inf])
def test_radar_without_power_is_no_observation(tmp_path, nothing):
    power = np.full(SMALL.shape, 0.1)
    power[2, 3] = nothing
    bands = compose_small(tmp_path, [radar_scene(tmp_path, "one", power)], S1)
    assert bands["vh"][2, 3] == NODATA
    assert bands["clear_count"][2, 3] == 0
    assert (np.delete(bands["vh"].ravel(), -1) == -1000).all()


def changed(made, band, **changes):
    return replace(made, assets=made.assets | {band: replace(made.assets[band], **changes)})


@pytest.mark.parametrize(
    ("dtype", "stored", "scale", "offset", "nodata"),
    [
        (np.uint16, [[321, 0]], 1e-3, 0.0, 0),
        (np.int16, [[3210, -9999]], 1e-4, 0.0, -9999),
        (np.uint16, [[2210, 65535]], 1e-4, 0.1, 65535),
        (np.uint16, [[4209, 0]], 1e-4, -0.09995, 0),
        (np.float32, [[0.321, np.nan]], 1.0, 0.0, None),
        (np.uint8, [[107, 255]], 3e-3, 0.0, 255),
    ],
)
def test_reflectance_is_composed_in_whatever_numbers_it_is_kept(
    tmp_path, dtype, stored, scale, offset, nodata
):
    """0.321 and nodata, in columns; the encoding of Sentinel-2 is 1e-4 and -0.1."""
    values = np.tile(np.asarray(stored, dtype), (SMALL.height, SMALL.width // 2))
    href = write_asset(tmp_path / "own.tif", values, SMALL.crs, (320000, 5140030), 10)
    asset = Asset(href, scale, offset, nodata)
    bands = compose_small(tmp_path, [scene("own", dict.fromkeys(S2.bands, asset))])
    expected = np.tile([3210, NODATA], (SMALL.height, SMALL.width // 2))
    np.testing.assert_array_equal(bands["swir16"], expected)
    np.testing.assert_array_equal(bands["clear_count"], expected == 3210)


def test_reflectance_of_another_scale_is_clipped_and_counted(tmp_path):
    values = np.full(SMALL.shape, 7000, np.uint16)
    href = write_asset(tmp_path / "own.tif", values, SMALL.crs, (320000, 5140030), 10)
    made = scene("own", dict.fromkeys(S2.bands, Asset(href, 1e-3, 0.0, 0)))
    bands = compose_small(tmp_path, [made])
    assert (bands["red"] == 32767).all()
    with rasterio.open(tmp_path / "small.tif") as raster:
        assert int(raster.tags()["clipped"]) > 0


@pytest.mark.parametrize(("offset", "expected"), [(-10.0, -999), (10.0, 32767)])
def test_numbers_that_an_offset_takes_beyond_all_keys_are_clipped_and_counted(
    tmp_path, offset, expected
):
    values = np.full(SMALL.shape, 7000, np.uint16)
    href = write_asset(tmp_path / "own.tif", values, SMALL.crs, (320000, 5140030), 10)
    made = scene("own", dict.fromkeys(S2.bands, Asset(href, 1e-4, offset, 0)))
    bands = compose_small(tmp_path, [made])
    assert (bands["red"] == expected).all()
    with rasterio.open(tmp_path / "small.tif") as raster:
        assert int(raster.tags()["clipped"]) > 0


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"href": "absent.tif"}, "absent.tif cannot be read"),
    ],
)
def test_an_asset_that_cannot_be_used_is_an_error_and_leaves_no_target(tmp_path, changes, problem):
    scenes = [small_scene(tmp_path, "good", {}), small_scene(tmp_path, "bad", {})]
    scenes[1] = changed(scenes[1], "nir", **changes)
    with pytest.raises(SourceError, match="scene bad, asset 'nir'") as caught:
        compose_small(tmp_path, scenes)
    assert problem in str(caught.value)
    assert not list(tmp_path.glob("*small*"))


def test_fractions_where_whole_numbers_belong_are_an_error(tmp_path):
    made = small_scene(tmp_path, "bad", {})
    fractions = np.full(SMALL.shape, 0.2, np.float32)
    href = write_asset(tmp_path / "float.tif", fractions, SMALL.crs, (320000, 5140030), 10)
    with pytest.raises(SourceError, match="asset 'red': holds float32 numbers"):
        compose_small(tmp_path, [changed(made, "red", href=href)])
