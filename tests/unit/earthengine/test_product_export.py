"""Products from Earth Engine: the pixels of the map itself, whatever it is cut into."""

import re
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.windows import from_bounds
from shapely import Point, box

from lccs_inputs.earthengine import tiles
from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.errors import Patience
from lccs_inputs.earthengine.pixels import Export
from lccs_inputs.earthengine.product_export import export_product, plan_product
from lccs_inputs.earthengine.signin import Account, sign_in
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.products.align import align_product
from lccs_inputs.rasters.area import Area, resolve_area
from lccs_inputs.rasters.grid import Grid
from service_settings import export_settings

BOUNDS = (977000, 6588000, 978200, 6589200)
GRID = Grid("EPSG:2154", (10, 10), BOUNDS)
AREA = Area(Point(977600, 6588600).buffer(500), GRID)
PATIENT = Patience(first=0.01, longest=0.05)


@pytest.fixture
def session(service):
    return sign_in(Account("stand-in-project", url=service.url), PATIENT)


def export(session, folder: Path, product: str, edition: str, area: Area = AREA, **options) -> Path:
    target, settings = folder / "earthengine.tif", export_settings(2, folder / "cache")
    export_product(session, PRODUCTS[product], edition, area, target, settings, **options)
    return target


@pytest.mark.parametrize(
    ("product", "edition"),
    [
        ("EUCROPMAP", "2018"),
        ("EUCROPMAP", "2022"),
        ("GSW_OCCURRENCE", "static"),
        ("GSW_SEASONALITY", "static"),
        ("WORLDCOVER", "2021"),
        ("DEM", "static"),
        ("CANOPY_HEIGHT", "2020"),
    ],
)
def test_it_is_the_map_pixel_by_pixel_on_its_own_lattice(
    session, service, sample, tmp_path, product, edition
):
    with rasterio.open(export(session, tmp_path, product, edition)) as raster:
        found, bounds, nodata = raster.read(1), raster.bounds, raster.nodata
        crs, pixel = raster.crs, raster.res
    expected, origin = native(service, sample, product)
    assert (crs, pixel) == (origin.crs, pytest.approx(origin.res))
    window = from_bounds(*bounds, origin.transform).round_offsets().round_lengths()
    whole = expected[window.toslices()]
    assert found.shape == whole.shape
    asked = found != nodata
    assert asked.mean() > 0.5
    assert np.array_equal(found[asked], whole[asked].astype(found.dtype))


def native(service, sample, product):
    """What the stand-in serves of a product, with 0 where it is masked for being 0."""
    files = {
        "EUCROPMAP": "EUCROPMAP_2018",
        "WORLDCOVER": "WORLDCOVER_2021",
        "CANOPY_HEIGHT": "CANOPY_HEIGHT_2020",
    }
    path = sample.parent / f"products/{files.get(product, product)}.tif"
    with rasterio.open(path) as raster:
        return raster.read(1), raster


def test_the_crop_map_of_2022_is_the_mosaic_and_not_the_first_image(session, tmp_path):
    with rasterio.open(export(session, tmp_path, "EUCROPMAP", "2022")) as raster:
        assert (raster.read(1) >= 100).mean() > 0.5, "the first is that of the Ukraine"


def test_the_area_and_a_margin_are_covered(session, tmp_path):
    path = export(session, tmp_path, "WORLDCOVER", "2021")
    align_product(PRODUCTS["WORLDCOVER"], path, AREA, tmp_path / "aligned.tif", tmp_path)
    with rasterio.open(tmp_path / "aligned.tif") as raster:
        codes = raster.read(1)
    assert np.array_equal(codes != 0, AREA.mask(GRID))


def test_slope_is_taken_of_the_elevation_that_comes(session, tmp_path):
    path = export(session, tmp_path, "SLOPE", "static")
    align_product(PRODUCTS["SLOPE"], path, AREA, tmp_path / "aligned.tif", tmp_path)
    with rasterio.open(tmp_path / "aligned.tif") as raster:
        slope = raster.read(1)[AREA.mask(GRID)] * raster.scales[0]
    assert 0 < np.median(slope) < 60


def test_tiles_equal_the_whole_bit_for_bit(session, service, tmp_path, monkeypatch):
    whole = export(session, tmp_path / "whole", "WORLDCOVER", "2021").read_bytes()
    asked = len(service.requests())
    monkeypatch.setattr(tiles, "_SIDES", (64,))
    parts = export(session, tmp_path / "parts", "WORLDCOVER", "2021").read_bytes()
    assert len(service.requests()) > asked + 3
    with rasterio.MemoryFile(whole) as one, rasterio.MemoryFile(parts) as other:
        inside = one.open().read(1), other.open().read(1)
    known = inside[1] != 0  # small tiles that touch nothing of the area are left out
    assert known.mean() > 0.5
    assert np.array_equal(inside[0][known], inside[1][known])


def test_what_was_exported_is_not_asked_for_again(session, service, tmp_path):
    export(session, tmp_path, "GSW_OCCURRENCE", "static")
    asked = len(service.requests())
    export(session, tmp_path, "GSW_OCCURRENCE", "static")
    assert len(service.requests()) == asked


FAR = Area(
    box(650_000, 6_860_000, 651_000, 6_861_000),
    Grid("EPSG:2154", (10, 10), (650_000, 6_860_000, 651_000, 6_861_000)),
)


def test_no_image_over_the_area_is_told(session, tmp_path):
    with pytest.raises(SourceError, match="has no image of EU crop map 2018 over the area"):
        export(session, tmp_path, "EUCROPMAP", "2018", FAR)


def test_where_another_method_stands_in_the_file_is_empty(session, tmp_path):
    path = export(session, tmp_path, "EUCROPMAP", "2018", FAR, optional=True)
    with rasterio.open(path) as raster:
        assert (raster.read(1) == raster.nodata).all()


FIJI = resolve_area("fiji", {"bbox": [179.9, -17.1, -179.9, -17.0]}, "EPSG:32760", 10, 4096)


def test_an_area_across_180_degrees_is_refused_where_pixels_are_degrees(session, monkeypatch):
    transform = [SECOND, 0, 179, 0, -SECOND, -17]
    band = {"id": "DEM", "crs": "EPSG:4326", "crs_transform": transform}
    asked = []

    def images(self, graph):
        asked.append(graph.serialize())
        return [{"id": "x", "bands": [band]}]

    monkeypatch.setattr(type(session), "compute_value", images)
    with pytest.raises(SourceError, match="the area crosses 180 degrees") as told:
        plan_product(session, PRODUCTS["DEM"], "static", FIJI)
    assert "give the product as files" in str(told.value)
    west, _, east, _ = FIJI.bounds_lonlat()
    looked_for = {round(float(number), 6) for number in re.findall(r"[-\d.]{7,}", asked[0])}
    assert {round(at, 6) for at in (west - 0.01, east + 360.01)} <= looked_for
    assert not any(number < 0 for number in looked_for if abs(number) > 90)


SECOND = 1 / 3600


def test_half_a_pixel_of_origin_is_kept(session, tmp_path, monkeypatch):
    """As the Copernicus DEM has it, whose images are degrees apart: on the last digit of a
    coordinate hangs neither where tiles begin nor what they are called."""
    monkeypatch.setattr(tiles, "_SIDES", (64,))
    export = Export("DEM", ["DEM"], "float32", -32768, lambda *_: None, lambda _: {"of": "DEM"})
    cache = TileCache(tmp_path, export)
    names = {}
    for number in range(40):
        west, north = 4 + number % 3, 47 + number % 2
        left, top = west - SECOND / 2, north + SECOND / 2
        band = {
            "id": "DEM",
            "crs": "EPSG:4326",
            "crs_transform": [SECOND, 0, left, 0, -SECOND, top],
        }
        described = [{"id": "x", "bands": [band]}]
        monkeypatch.setattr(
            "lccs_inputs.earthengine.product_export._images", lambda *_, d=described: d
        )
        bounds = (977_000 + 370 * number, 6_588_000, 982_200 + 370 * number, 6_592_000)
        area = Area(box(*bounds), Grid("EPSG:2154", (10, 10), bounds))
        for tile in plan_product(session, PRODUCTS["DEM"], "static", area).tiles:
            col, row = ((tile.grid.bounds[i] - at) / SECOND for i, at in ((0, left), (3, top)))
            assert (col, row) == pytest.approx((round(col), round(row)), abs=1e-6)
            corner = (3600 * west + round(col), 3600 * north + round(row), tile.grid.shape)
            names.setdefault(corner, set()).add(cache.path(tile.grid, "DEM"))
    assert len(names) > 100
    assert all(len(each) == 1 for each in names.values()), "a tile is asked for under one name"
    assert len(set.union(*names.values())) == len(names), "and no other tile has it"


def test_a_tile_of_a_product_lies_where_it_lay_before_bands_had_files_of_their_own(tmp_path):
    """No quota is spent anew on what is there, nor on a batch export that is under way."""
    request = {"recipe": 1, "product": "DEM", "images": [["x", 3]], "band": "DEM"}
    export = Export("DEM", ["DEM"], "float32", -32768.0, lambda *_: None, lambda _: request)
    cache = TileCache(tmp_path, export)
    before = "tiles/b9b4a9e6c6b0d6ad/a4b95f_10/97700_658920_120x120.tif"
    assert cache.path(GRID, "DEM").relative_to(tmp_path).as_posix() == before
    assert cache.key(GRID, ["DEM"]) == "dd2a253e1fbb4e14"


@pytest.mark.parametrize("product", ["DEM", "SLOPE"])
def test_coarse_pixels_find_all_they_average(session, sample, tmp_path, product):
    """Their centres are in the area, and they reach beyond it."""
    bounds = (977_000, 6_588_000, 978_200, 6_589_200)
    area = Area(box(*bounds).buffer(-141), Grid("EPSG:2154", (300, 300), bounds))
    path = export(session, tmp_path, product, "static", area)
    aligned = {}
    for name, delivery in (("exported", path), ("whole", sample.parent / "products/DEM.tif")):
        target = tmp_path / f"{name}.tif"
        align_product(PRODUCTS[product], delivery, area, target, tmp_path / name)
        with rasterio.open(target) as raster:
            aligned[name] = raster.read(1)
    assert np.array_equal(aligned["exported"], aligned["whole"])


def test_oblong_pixels_make_no_steps_in_the_slope(session, service, tmp_path):
    """Those of the Copernicus DEM are half as wide again as high from 50 degrees on."""
    rise, (west, _, _, north) = 13_500, AREA.bounds_lonlat()  # metres a degree: 10 degrees
    transform = Affine(1.5 * SECOND, 0, west - 0.01, 0, -SECOND, north + 0.01)
    heights = np.tile(rise * 1.5 * SECOND * (np.arange(100) + 0.5), (120, 1)).astype(np.float32)
    service.assets.sample = tmp_path / "oblong"
    (tmp_path / "oblong/products").mkdir(parents=True)
    with rasterio.open(
        tmp_path / "oblong/products/DEM.tif", "w", driver="GTiff", width=100, height=120, count=1,
        dtype="float32", crs="EPSG:4326", transform=transform,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    path = export(session, tmp_path, "SLOPE", "static")
    with rasterio.open(path) as raster:
        assert raster.res == pytest.approx((SECOND, SECOND))
    align_product(PRODUCTS["SLOPE"], path, AREA, tmp_path / "aligned.tif", tmp_path)
    with rasterio.open(tmp_path / "aligned.tif") as raster:
        slope = raster.read(1)[AREA.mask(GRID)] * raster.scales[0]
    assert slope.min() == pytest.approx(slope.max(), abs=0.1)
    assert slope.mean() == pytest.approx(9.93, abs=0.1)


def test_an_asset_that_cannot_be_read_is_told(session, tmp_path):
    with pytest.raises(SourceError, match=r"WorldCover/v100.* not found .*the account may read it"):
        export(session, tmp_path, "WORLDCOVER", "2020")
