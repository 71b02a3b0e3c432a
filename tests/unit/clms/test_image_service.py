"""The keyless export of 2018 layers, against the stand-in's image service."""

import logging
import re

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.clms import image_service
from lccs_inputs.clms.image_service import (
    export_cost,
    export_product,
    looks_magnified,
    read_image,
)
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.image_service import IMAGE_LAYERS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.products.align import align_product
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import profile
from standins.clms.deliveries import pattern

AGENT = "lccs-inputs/0 (tests)"
BOUNDS = (974_000, 6_592_000, 977_000, 6_594_000)  # EPSG:2154, near Évian

pytestmark = pytest.mark.usefixtures("silence")


def area_of(bounds=BOUNDS, resolution=10):
    return Area(box(*bounds), Grid.around(bounds, "EPSG:2154", resolution))


@pytest.fixture
def target(tmp_path):
    return tmp_path / "delivery.tif"


@pytest.fixture
def export(clms, target):
    """Export without waiting; `export.waits` are the seconds it would have."""

    def run(name="DLT", year=2018, area=None, **options):
        options = {"base_url": clms.image_url, "user_agent": AGENT} | options
        product, sleep = PRODUCTS[name], run.waits.append
        export_product(product, year, area or area_of(), target, sleep=sleep, **options)
        return target

    run.waits = []
    return run


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(image_service, "_SIDE", 128)


def exports(clms):
    return clms.requests("GET exportImage")


@pytest.mark.parametrize("name", IMAGE_LAYERS)
def test_each_layer_comes_code_by_code_on_its_native_lattice(export, name):
    with rasterio.open(export(name)) as raster:
        assert raster.crs.to_epsg() == 3035
        assert raster.res == (10, 10)
        assert all(edge % 10 == 0 for edge in raster.bounds)
        assert raster.nodata == 255
        assert np.array_equal(raster.read(1), pattern(name, raster.bounds))


def test_what_an_image_masks_is_outside_the_map(tmp_path):
    """Whatever is written there; 0 is a code."""
    grid = Grid("EPSG:3035", (10, 10), (4_000_000, 2_500_000, 4_000_320, 2_500_160))
    codes, valid = np.zeros(grid.shape, np.uint8), np.ones(grid.shape, bool)
    codes[8:], valid[:, :7] = 2, False
    path = tmp_path / "image.tif"
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, "w", **profile(grid, 1, "uint8", None)) as raster,
    ):
        raster.write(codes, 1)
        raster.write_mask(valid)
    found = read_image(path.read_bytes(), grid, 255)
    assert np.array_equal(found, np.where(valid, codes, 255))


def test_tiles_of_the_anchored_lattice_join_without_a_seam(clms, export, small_tiles):
    with rasterio.open(export("WAW")) as raster:
        assert np.array_equal(raster.read(1), pattern("WAW", raster.bounds))
    sizes = [tuple(map(int, each.query["size"][0].split(","))) for each in exports(clms)]
    assert len(sizes) > 4
    assert max(max(size) for size in sizes) == 128


def test_no_request_is_larger_than_the_service_allows(clms, export):
    export(area=area_of((960_000, 6_570_000, 985_000, 6_575_000)))
    for request in exports(clms):
        assert max(map(int, request.query["size"][0].split(","))) <= 4000


def test_the_service_is_asked_for_raw_codes_by_us_without_credentials(clms, export):
    export()
    (request,) = exports(clms)
    assert request.query["renderingRule"] == ['{"rasterFunction":"None"}']
    assert request.query["interpolation"] == ["RSP_NearestNeighbor"]
    assert request.query["bboxSR"] == request.query["imageSR"] == ["3035"]
    assert request.headers["user-agent"] == AGENT
    assert clms.leaked == []


def test_its_origin_is_marked_in_the_metadata(clms, export):
    with rasterio.open(export("IMD")) as raster:
        tags = raster.tags()
    assert tags["ORIGIN"].startswith("public image service of the EEA, not a CLMS download")
    assert "HRL_ImperviousnessDensity_2018/ImageServer" in tags["ORIGIN"]
    assert tags["PRODUCT"] == "IMD"
    assert tags["EDITION"] == "2018"
    assert tags["LICENCE"] == PRODUCTS["IMD"].licence


def test_the_mark_outlives_the_alignment(export, tmp_path):
    aligned, area = tmp_path / "aligned.tif", area_of()
    align_product(PRODUCTS["DLT"], export("DLT"), area, aligned, tmp_path / "work")
    with rasterio.open(aligned) as raster:
        assert raster.tags()["ORIGIN"].startswith("public image service")


@pytest.mark.parametrize("resolution", [10, 100])
@pytest.mark.parametrize("name", ["DLT", "TCD"])
def test_it_covers_all_that_aligning_looks_at(export, tmp_path, name, resolution):
    area = area_of((973_000, 6_592_000, 978_000, 6_597_000), resolution)
    path = export(name, area=area)
    coverage = align_product(PRODUCTS[name], path, area, tmp_path / "a.tif", tmp_path / "work")
    with rasterio.open(path) as raster:
        left, bottom, right, top = raster.bounds
    wide = tmp_path / "wide.tif"
    around = (left - 5000, bottom - 5000, right + 5000, top + 5000)
    codes = pattern(name, around)
    with rasterio.open(path) as raster:
        transform = raster.transform @ raster.transform.translation(-500, -500)
        profile = {"height": codes.shape[0], "width": codes.shape[1], "transform": transform}
        profile = raster.profile | profile
    with rasterio.open(wide, "w", **profile) as raster:
        raster.write(codes, 1)
    expected = align_product(PRODUCTS[name], wide, area, tmp_path / "b.tif", tmp_path / "work")
    assert (coverage.area, coverage.classified) == (expected.area, expected.classified)
    with rasterio.open(tmp_path / "a.tif") as found, rasterio.open(tmp_path / "b.tif") as wanted:
        assert np.array_equal(found.read(1), wanted.read(1))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 503}),
        ("status", {"status": 429, "retry_after": 3}),
        ("status", {"status": 403}),
        ("html", {}),
        ("drop", {}),
        ("timeout", {}),
        ("truncated", {}),
        ("wrong_code", {}),
        ("error", {}),
    ],
)
def test_a_passing_fault_is_waited_out(clms, export, small_tiles, kind, options):
    clms.faults.add("GET exportImage", kind, times=2, after=1, **options)
    with rasterio.open(export("DLT")) as raster:
        assert np.array_equal(raster.read(1), pattern("DLT", raster.bounds))
    assert len(export.waits) == 2


@pytest.mark.parametrize(
    ("kind", "options", "reason"),
    [
        ("status", {"status": 503}, "HTTP 503, after 5 attempts"),
        ("status", {"status": 404}, "HTTP 404, after 5 attempts"),
        ("status", {"status": 400}, "HTTP 400"),
        ("html", {}, "a web page instead of an image"),
        ("error", {}, re.escape("it says 'Unable to complete operation.'")),
        ("wrong_code", {}, "code 199, which Dominant Leaf Type does not have"),
    ],
)
def test_a_lasting_fault_leaves_no_file(clms, export, target, kind, options, reason):
    clms.faults.add("GET exportImage", kind, times=None, **options)
    with pytest.raises(SourceError, match=reason) as raised:
        export("DLT")
    assert str(raised.value).startswith("DLT 2018 from the image service: ")
    assert "\n" not in str(raised.value)
    assert not list(target.parent.iterdir())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"renderingRule": "{}"}, "a picture in colours"),
        ({"bbox": "4000000,2500000,4005000,2505000"}, "which is another place"),
        ({"size": "16,16"}, "an image of 16 × 16 px"),
    ],
)
def test_an_image_that_is_not_what_was_asked_for_is_refused(
    export, target, monkeypatch, change, reason
):
    honest = image_service._query
    monkeypatch.setattr(image_service, "_query", lambda grid: {**honest(grid), **change})
    with pytest.raises(SourceError, match=reason):
        export()
    assert not target.exists()


def test_a_large_area_is_refused_before_anything_is_asked(clms, export):
    with pytest.raises(
        SourceError, match=r"box is .* km².*2 km² at most.*set this edition to clms"
    ):
        export(limit_km2=2)
    assert exports(clms) == []


@pytest.mark.parametrize(("name", "year"), [("FTY", 2018), ("IMD", 2021), ("EUCROPMAP", 2018)])
def test_an_edition_it_does_not_have_is_refused_with_those_it_has(clms, export, name, year):
    with pytest.raises(SourceError, match=f"{name} {year}: the image service has WAW, IMD, TCD"):
        export(name, year)
    assert exports(clms) == []


def test_an_answer_from_an_overview_is_warned_of(clms, export, caplog):
    def magnified(product, bounds):
        west, south, east, north = bounds
        rows = np.arange(round(-north / 10), round(-south / 10)) // 2
        cols = np.arange(round(west / 10), round(east / 10)) // 2
        return ((rows[:, None] * 7 + cols[None, :] ** 2) % 3).astype(np.uint8)

    clms.raster_source = magnified
    with caplog.at_level(logging.WARNING):
        export("DLT")
    assert "may come from an overview" in caplog.text


def test_maps_at_full_detail_and_plain_ones_do_not_look_magnified():
    rng = np.random.default_rng(2018)
    detailed = rng.integers(0, 3, (256, 256), np.uint8)
    assert not looks_magnified(detailed)
    assert looks_magnified(detailed.repeat(2, 0).repeat(2, 1))
    assert looks_magnified(detailed.repeat(4, 0).repeat(4, 1)[1:, 3:])
    assert not looks_magnified(detailed.repeat(2, 0))
    assert not looks_magnified(np.zeros((256, 256), np.uint8))
    half = np.zeros((256, 256), np.uint8)
    half[100:, 40:] = 1
    assert not looks_magnified(half)


# --- what it will take


def test_what_it_will_take_is_what_the_service_is_then_asked_for(clms, export, small_tiles):
    options = {"base_url": clms.image_url, "user_agent": AGENT}
    told = export_cost(PRODUCTS["DLT"], 2018, area_of(), **options, pilot=0)
    assert exports(clms) == [] and told.hours is None
    timed = export_cost(PRODUCTS["DLT"], 2018, area_of(), **options, pilot=3)
    assert len(exports(clms)) == 1 and timed.hours > 0
    with rasterio.open(export()) as raster:
        assert told.bytes == told.kept == raster.width * raster.height
    assert told.requests == len(exports(clms)) - 1 > 1
