"""Bands over observations in composed blocks: the same whatever is asked beside them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from shapely import Point, box

from lccs_inputs.expressions import Stored, evaluate, parse
from lccs_inputs.facts.sensors import NDVI, OPTICAL_BANDS, SENSORS
from lccs_inputs.imagery.composite import opening
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from standins.imagery import scene, scene_list, sentinel2_scene, write_asset

NODATA = -32768
S2, S1 = SENSORS["sentinel2"], SENSORS["sentinel1"]
SCL = S2.masks["scl"]
GRID = Grid("EPSG:32632", (10, 10), (320000, 5140000, 321200, 5141000), block_size=40)
AREA = Area(Point(320600, 5140500).buffer(480), GRID)
DATES = ["2018-05-03", "2018-05-21", "2018-06-30", "2018-08-01", "2018-09-12", "2018-10-30"]
NDWI = "(max(green, 0) - max(nir, 0)) / (max(green, 0) + max(nir, 0))"
WET, GREEN = f"{NDWI} > 0", f"{NDVI} >= 0.4 or swir16 < 0.02"
BANDS = (
    "blue", "nir", "ndvi_max", "ndvi_p25", "clear_count", f"first({WET})", f"longest({WET})",
    f"max({NDVI})", f"months({GREEN})", f"p25({NDVI})", "p90(swir22 - blue)", f"share({WET})",
)  # fmt: skip


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    made = [
        sentinel2_scene(folder, f"s{seed}", "EPSG:32632", (319900 + 10 * seed, 5141050), 140, seed,
                        offset=-0.1 if seed % 2 else 0.0, block=64)
        for seed in range(len(DATES))
    ]  # fmt: skip
    return [
        replace(each, datetime=f"{day}T10:30:00Z") for each, day in zip(made, DATES, strict=True)
    ]


def compose(target, scenes, bands=BANDS, sensor=S2, mask=SCL, grid=GRID, area=AREA, **options):
    found = scene_list(*scenes, sensor=sensor.name)
    compose_block(found, sensor, mask, grid, area, target, bands, **options)
    with rasterio.open(target) as raster:
        assert raster.descriptions == tuple(bands)
        assert raster.scales == sensor.scales_of(bands)
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def test_bands_are_what_the_observations_of_each_pixel_say(scenes, tmp_path):
    """One scene at a time gives the observations, which the language's own evaluation looks at."""
    bands = compose(tmp_path / "block.tif", scenes)
    alone = [compose(tmp_path / "one.tif", [each], OPTICAL_BANDS) for each in scenes]
    conditions = {text: [] for text in (WET, GREEN)}
    for seen in alone:
        values = {name: Stored(v, v != NODATA, 10_000) for name, v in seen.items()}
        for text, found in conditions.items():
            value = evaluate(parse("x", text), values, {})
            found.append(np.where(value.valid, value.data, np.nan))
    wet, green = (np.array(found, float) for found in conditions.values())
    known = np.isfinite(wet)
    share = np.rint(np.nansum(wet, axis=0) * 10_000 / np.maximum(known.sum(axis=0), 1))
    assert_band(bands[f"share({WET})"], share, known.any(axis=0))
    held = np.nan_to_num(green) > 0
    months = [held[:2].any(axis=0), held[2], np.zeros_like(held[0]), held[3], held[4], held[5]]
    assert_band(bands[f"months({GREEN})"], np.sum(months, axis=0), np.isfinite(green).any(axis=0))
    was = np.nan_to_num(wet) > 0
    runs = np.array([was[:2].any(axis=0), was[2], 0 * was[0], was[3], was[4], was[5]])
    longest = np.array([[max(sum(g) for _, g in itertools.groupby(pixel)) for pixel in row]
                        for row in np.moveaxis(runs, 0, -1)])  # fmt: skip
    assert_band(bands[f"longest({WET})"], longest, known.any(axis=0))
    days = np.array([123, 141, 181, 213, 255, 303])[:, None, None]
    first = np.where(was, days, 999).min(axis=0)
    assert_band(bands[f"first({WET})"], first, was.any(axis=0))
    assert np.unique(bands[f"longest({WET})"]).size > 3


def assert_band(band, values, known):
    assert np.array_equal(band != NODATA, known)
    assert np.array_equal(band[known], values[known])


def test_statistics_of_ndvi_are_one_case_of_an_index(scenes, tmp_path):
    bands = compose(tmp_path / "block.tif", scenes)
    assert np.array_equal(bands["ndvi_max"], bands[f"max({NDVI})"])
    assert np.array_equal(bands["ndvi_p25"], bands[f"p25({NDVI})"])


@pytest.mark.parametrize("budget", [0, 10**5, 10**9], ids=["none", "some", "all"])
@pytest.mark.parametrize("threads", [1, 3])
def test_memory_threads_and_pieces_leave_no_trace(scenes, tmp_path, monkeypatch, budget, threads):
    whole = compose(tmp_path / "whole.tif", scenes)
    compose(tmp_path / "b.tif", scenes, budget=budget, threads=threads)
    assert (tmp_path / "b.tif").read_bytes() == (tmp_path / "whole.tif").read_bytes()
    monkeypatch.setattr("lccs_inputs.imagery.composite.compose._FRAME", 64)
    pieces = compose(tmp_path / "c.tif", scenes, budget=budget, threads=threads)
    assert all(np.array_equal(whole[name], pieces[name]) for name in whole)


def test_blocks_equal_the_whole_and_bands_do_not_hang_on_what_is_asked_beside_them(
    scenes, tmp_path
):
    whole = compose(tmp_path / "whole.tif", scenes)
    for block in AREA.blocks():
        rows = slice(block.row_off, block.row_off + block.height)
        columns = slice(block.col_off, block.col_off + block.width)
        part = compose(tmp_path / "part.tif", scenes, grid=AREA.block_grid(block))
        assert all(np.array_equal(part[name], whole[name][rows, columns]) for name in whole)
    for band in BANDS:
        alone = compose(tmp_path / "alone.tif", scenes, [band])
        assert np.array_equal(alone[band], whole[band]), band


def test_a_band_is_read_once_however_many_expressions_name_it(scenes, tmp_path, monkeypatch):
    opened, really = [], opening.open_foreign

    def note(path, *arguments, **options):
        opened.append(str(path))
        return really(path, *arguments, **options)

    monkeypatch.setattr(opening, "open_foreign", note)
    compose(tmp_path / "block.tif", scenes, [f"share({WET})", f"p90({NDWI})", f"last({WET})"])
    names = {asset.href: name for each in scenes for name, asset in each.assets.items()}
    read = [names[path] for path in opened if path in names]
    assert {*read} == {"scl", "red", "nir", "green"}
    assert len(read) == len({path for path in opened if path in names})


def test_what_is_clipped_counts_in_bands_that_are_written_only(scenes, tmp_path):
    def clipped(bands):
        compose(tmp_path / "b.tif", scenes, bands)
        with rasterio.open(tmp_path / "b.tif") as raster:
            return int(raster.tags()["clipped"])

    huge = "max(1 / (max(nir, 0) - max(red, 0)))"
    values = compose(tmp_path / "b.tif", scenes, [huge])[huge]
    assert clipped([huge]) == (np.abs(values[values != NODATA].astype(int)) == 32767).sum() > 0
    assert clipped([f"share({WET})"]) == clipped(["ndvi_max"]) == 0


def test_a_pass_over_midnight_is_of_one_day_whatever_part_of_it_a_block_has(tmp_path):
    """Radar at 90 degrees of longitude passes at midnight; `freezing` says of which day it is."""
    grid = Grid("EPSG:32632", (10, 10), (320000, 5140000, 320080, 5140040))
    area = Area(box(*grid.bounds), grid)
    made = []
    for name, moment, part in (("west", "2018-05-31T23:59:58Z", np.s_[:, 4:]),
                               ("east", "2018-06-01T00:00:03Z", np.s_[:, :4])):  # fmt: skip
        power = np.full((4, 8), 0.001, np.float32)
        power[part] = 0
        assets = {
            band: Asset(write_asset(tmp_path / name / f"{band}.tif", power, "EPSG:32632",
                                    (320000, 5140040), 10), nodata=0)
            for band in S1.bands
        }  # fmt: skip
        made.append(replace(scene(name, assets, moment), observation="one", day="2018-05-31",
                            units="power"))  # fmt: skip
    for seen in (made, made[1:]):
        bands = compose(tmp_path / "b.tif", seen, ["first(vh < -18)"], S1, None, grid, area)
        assert set(np.unique(bands["first(vh < -18)"])) - {NODATA} == {151}
