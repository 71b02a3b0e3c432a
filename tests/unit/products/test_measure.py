"""Elevation, slope and heights on the grid, against planes whose values are known."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.enums import ColorInterp
from scipy.ndimage import correlate, map_coordinates
from shapely import Polygon, box

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.products.align import align_product
from lccs_inputs.products.slope import pixel_metres, slope_degrees
from lccs_inputs.rasters.area import Area, resolve_area
from lccs_inputs.rasters.grid import Grid

WEST, NORTH = 983_040.0, 6_594_560.0
GRID = Grid("EPSG:2154", (10, 10), (WEST, NORTH - 1200, WEST + 1500, NORTH))
AREA = Area(box(*GRID.bounds), GRID)
SECOND = 1 / 3600
EAST, SOUTH = 0.25, 0.12  # metres of rise for a metre towards the east, and towards the south


def write(path: Path, heights: np.ndarray, crs: str, transform: Affine, **options) -> Path:
    profile = {"driver": "GTiff", "count": 1, "crs": crs, "transform": transform}
    rows, cols = heights.shape
    path.parent.mkdir(exist_ok=True)
    with rasterio.open(
        path, "w", height=rows, width=cols, dtype=heights.dtype, **profile, **options
    ) as raster:
        raster.write(heights, 1)
    return path


def plane(x, y):
    return 700 + EAST * (x - WEST) + SOUTH * (NORTH - y)


def projected_model(folder: Path, pixel: float = 25.0, **options) -> Path:
    """The plane in the CRS of the grid, some pixels wider than the area."""
    transform = Affine(pixel, 0, WEST - 300, 0, -pixel, NORTH + 300)
    cols, rows = np.meshgrid(np.arange(90) + 0.5, np.arange(80) + 0.5)
    heights = plane(*(transform @ (cols, rows))).astype(np.float32)
    return write(folder / "dem.tif", heights, "EPSG:2154", transform, **options)


def geographic_model(folder: Path) -> Path:
    """The plane at an arc second, half a pixel off whole seconds as the Copernicus DEM is."""
    to_lonlat = Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)
    west, _, _, north = to_lonlat.transform_bounds(*GRID.bounds)
    left = round(west / SECOND - 10) * SECOND - SECOND / 2
    top = round(north / SECOND + 10) * SECOND + SECOND / 2
    cols, rows = np.meshgrid(np.arange(120) + 0.5, np.arange(80) + 0.5)
    transform = Affine(SECOND, 0, left, 0, -SECOND, top)
    lon, lat = transform @ (cols, rows)
    x, y = to_lonlat.transform(lon, lat, direction="INVERSE")
    return write(folder / "dem.tif", plane(x, y).astype(np.float32), "EPSG:4326", transform)


def aligned(name: str, path: Path, folder: Path, area: Area = AREA) -> np.ndarray:
    """Physical values; NaN is nodata."""
    target = folder / "aligned.tif"
    align_product(PRODUCTS[name], path, area, target, folder)
    with rasterio.open(target) as raster:
        assert raster.scales == (PRODUCTS[name].scale,)
        stored = raster.read(1)
        return np.where(stored == raster.nodata, np.nan, stored * raster.scales[0])


def centres() -> tuple[np.ndarray, np.ndarray]:
    cols, rows = np.meshgrid(np.arange(GRID.width) + 0.5, np.arange(GRID.height) + 0.5)
    return GRID.transform @ (cols, rows)


@pytest.mark.parametrize("model", [projected_model, geographic_model])
def test_elevation_is_interpolated_between_native_pixels(model, tmp_path):
    found = aligned("DEM", model(tmp_path), tmp_path)
    assert np.abs(found - plane(*centres())).max() < 0.05


@pytest.mark.parametrize("model", [projected_model, geographic_model])
def test_the_slope_of_a_plane_is_that_of_the_plane(model, tmp_path):
    found = aligned("SLOPE", model(tmp_path), tmp_path)
    assert np.abs(found - np.degrees(np.arctan(np.hypot(EAST, SOUTH)))).max() < 0.05


def test_slope_is_taken_at_native_resolution_before_it_is_interpolated(tmp_path):
    """A ridge a native pixel wide is steep beside it, however fine the grid."""
    path = projected_model(tmp_path)
    with rasterio.open(path, "r+") as raster:
        heights = np.full(raster.shape, 500, np.float32)
        heights[:, 40] = 600
        raster.write(heights, 1)
    found = aligned("SLOPE", path, tmp_path)
    beside = np.degrees(np.arctan(100 / (2 * 25)))
    assert found.max() == pytest.approx(0.9 * beside, abs=0.02)  # 2.5 of 25 m off its middle
    assert (found[:, found[0] > 1].shape[1]) <= 10  # four native pixels of 25 m


def test_parts_of_an_area_get_the_slopes_of_the_whole(tmp_path):
    path = geographic_model(tmp_path)
    with rasterio.open(path, "r+") as raster:
        noise = np.random.default_rng(1).normal(0, 5, raster.shape)
        raster.write((raster.read(1) + noise).astype(np.float32), 1)
    whole = aligned("SLOPE", path, tmp_path)
    part = GRID.subgrid(40, 30, 70, 60)
    found = aligned("SLOPE", path, tmp_path, Area(box(*part.bounds), part))
    assert np.array_equal(found, whole[30:90, 40:110])


@pytest.mark.parametrize("name", ["DEM", "SLOPE"])
def test_overlapping_areas_agree_to_the_last_step_whatever_the_projections(name, tmp_path):
    """One fills a window and the other is a part of it, so that less of the model is read."""
    to_laea = Transformer.from_crs("EPSG:2154", "EPSG:3035", always_xy=True)
    east, north = to_laea.transform(WEST + 10_240, NORTH - 10_240)
    heights = np.random.default_rng(3).uniform(0, 900, (2600, 2600)).astype(np.float32)
    transform = Affine(10, 0, east // 10 * 10 - 13_000, 0, -10, north // 10 * 10 + 13_000)
    path = write(tmp_path / "dem.tif", heights, "EPSG:3035", transform)
    grid = Grid("EPSG:2154", (10, 10), (WEST, NORTH - 20_480, WEST + 20_480, NORTH))
    whole = aligned(name, path, tmp_path, Area(box(*grid.bounds), grid))
    part = grid.subgrid(700, 900, 350, 400)
    found = aligned(name, path, tmp_path, Area(box(*part.bounds), part))
    assert np.array_equal(found, whole[900:1300, 700:1050])
    if name == "DEM":  # interpolated within a hundredth of a native pixel
        cols, rows = np.meshgrid(np.arange(2048) + 0.5, np.arange(2048) + 0.5)
        col, row = ~transform @ to_laea.transform(*(grid.transform @ (cols, rows)))
        expected = map_coordinates(heights.astype(float), [row - 0.5, col - 0.5], order=1)
        assert np.abs(whole - expected).max() < 2 * 900 / 100


def test_where_the_model_ends_or_has_a_gap_there_is_no_slope(tmp_path):
    path = projected_model(tmp_path, nodata=-9999.0)
    with rasterio.open(path, "r+") as raster:
        heights = raster.read(1)
        heights[20:30, 20:30] = -9999
        raster.write(heights, 1)
    found = aligned("SLOPE", path, tmp_path)
    gap = np.isnan(found)
    assert 0.005 < gap.mean() < 0.1
    steep = found[~gap]
    assert steep.max() < 20, "the gap itself is no cliff"


@pytest.mark.parametrize("nodata", [np.nan, -3.4028234663852886e38, -9999.0])
@pytest.mark.parametrize("name", ["DEM", "SLOPE"])
def test_any_nodata_a_model_declares_is_known(name, nodata, tmp_path):
    path = projected_model(tmp_path, nodata=nodata)
    with rasterio.open(path, "r+") as raster:
        heights = raster.read(1)
        whole = aligned(name, path, tmp_path)
        heights[20:30, 20:30] = nodata
        raster.write(heights, 1)
    found = aligned(name, path, tmp_path)
    west, north = WEST - 300 + 20 * 25, NORTH + 300 - 20 * 25
    x, y = centres()
    gap = (x > west) & (x < west + 250) & (y < north) & (y > north - 250)
    assert np.isnan(found[gap]).all()
    far = np.maximum(abs(x - west - 125), abs(y - north + 125)) > 125 + 2 * 25
    assert np.array_equal(found[far], whole[far])


@pytest.mark.parametrize("how", ["internal", "beside it", "nan"])
@pytest.mark.parametrize("name", ["DEM", "SLOPE"])
def test_what_is_masked_or_no_number_is_as_unknown_as_what_is_declared(name, how, tmp_path):
    """Of two tiles, one of which has nothing to hide."""
    hidden = np.zeros((80, 90), bool)
    hidden[20:30, 20:30] = True
    with rasterio.open(projected_model(tmp_path / "whole")) as raster:
        heights, transform = raster.read(1), raster.transform
    declared = np.where(hidden, -9999, heights).astype(np.float32)
    path = write(tmp_path / "plain" / "dem.tif", declared, "EPSG:2154", transform, nodata=-9999.0)
    expected = aligned(name, path, tmp_path)
    masked = np.where(hidden, np.nan if how == "nan" else 0, heights).astype(np.float32)
    west, folder = slice(None, 45), tmp_path / "tiles"
    corner = transform @ Affine.translation(45, 0)
    write(folder / "east.tif", masked[:, 45:], "EPSG:2154", corner)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=how == "internal"):
        profile = {"driver": "GTiff", "crs": "EPSG:2154", "transform": transform, "count": 1}
        with rasterio.open(
            folder / "west.tif", "w", height=80, width=45, dtype="float32", **profile
        ) as raster:
            raster.write(masked[:, west], 1)
            if how != "nan":
                raster.write_mask(~hidden[:, west])
    found = aligned(name, folder, tmp_path)
    assert np.isnan(found).any()
    assert np.array_equal(found, expected, equal_nan=True)


def test_transparency_that_would_not_count_is_refused(tmp_path):
    """GDAL knows alpha in whole numbers only."""
    profile = {"driver": "GTiff", "crs": "EPSG:2154", "dtype": "float32", "count": 2}
    transform = Affine(25, 0, WEST - 300, 0, -25, NORTH + 300)
    path = tmp_path / "dem.tif"
    with rasterio.open(path, "w", height=80, width=90, transform=transform, **profile) as raster:
        raster.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
        raster.write(np.zeros((2, 80, 90), np.float32))
    with pytest.raises(InputError, match=r"dem.tif: has an alpha band that GDAL passes over"):
        aligned("DEM", path, tmp_path)


@pytest.mark.parametrize(
    ("name", "void"), [("DEM", -9999), ("SLOPE", -9999), ("SLOPE", 32767), ("SLOPE", np.inf)]
)
def test_a_void_that_nothing_declares_is_told_before_anything_is_made_of_it(name, void, tmp_path):
    path = projected_model(tmp_path)
    with rasterio.open(path, "r+") as raster:
        heights = raster.read(1)
        heights[40, 50] = void
        raster.write(heights, 1)
    with pytest.raises(SourceError, match=r"where Elevation \(DEM\) is -500 to 9000 m") as told:
        aligned(name, path, tmp_path)
    assert f"{void:g}" in str(told.value)
    assert "is its nodata not declared?" in str(told.value)
    assert not (tmp_path / "aligned.tif").exists()


@pytest.mark.parametrize("name", ["DEM", "SLOPE"])
def test_a_void_far_from_the_outline_is_no_concern(name, tmp_path):
    """Within the box of the grid, but where no pixel of the area looks."""
    path = projected_model(tmp_path)
    triangle = Polygon([(WEST, NORTH), (WEST + 1500, NORTH - 1200), (WEST, NORTH - 1200)])
    area = Area(triangle, GRID)
    expected = aligned(name, path, tmp_path, area)
    with rasterio.open(path, "r+") as raster:
        heights = raster.read(1)
        row, col = raster.index(WEST + 1450, NORTH - 50)
        heights[row, col] = -9999
        raster.write(heights, 1)
    assert np.array_equal(aligned(name, path, tmp_path, area), expected, equal_nan=True)


def test_a_mean_of_numbers_out_of_limits_is_not_taken_for_one_within(tmp_path):
    """Onto pixels of 100 m, 0 and 200 m tall trees would be 100 m tall."""
    heights = np.zeros((160, 180), np.uint8)
    heights[::2] = 200
    transform = Affine(10, 0, WEST - 100, 0, -10, NORTH + 100)
    path = write(tmp_path / "trees.tif", heights, "EPSG:2154", transform, nodata=255)
    grid = Grid.around((WEST, NORTH - 1000, WEST + 1000, NORTH), "EPSG:2154", 100)
    with pytest.raises(SourceError, match="holds 0 to 200, where Canopy height"):
        aligned("CANOPY_HEIGHT", path, tmp_path, Area(box(*grid.bounds), grid))


@pytest.mark.parametrize("name", ["DEM", "SLOPE"])
def test_a_gap_between_tiles_is_unknown_in_whatever_type_they_are(name, tmp_path):
    """Nodata of the products does not fit in a byte."""
    flat = np.full((160, 40), 255, np.uint8)
    for col in (0, 100):
        transform = Affine(10, 0, WEST - 100 + col * 10, 0, -10, NORTH + 100)
        write(tmp_path / "tiles" / f"{col}.tif", flat, "EPSG:2154", transform)
    found = aligned(name, tmp_path / "tiles", tmp_path)
    known = np.r_[np.ones(30, bool), np.zeros(60, bool), np.ones(40, bool), np.zeros(20, bool)]
    assert (np.isnan(found) == ~known).all()
    assert (found[:, known] == (255 if name == "DEM" else 0)).all()


@pytest.mark.parametrize("name", ["DEM", "SLOPE"])
def test_oblong_pixels_are_read_as_they_are(name, tmp_path):
    """The Copernicus DEM has pixels of 1.5 × 1 arc seconds from 50 degrees on."""
    grid = Grid("EPSG:27700", (20, 20), (260_000, 280_000, 263_000, 282_400))
    to_lonlat = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    west, _, _, north = to_lonlat.transform_bounds(*grid.bounds)
    transform = Affine(1.5 * SECOND, 0, west - 20 * SECOND, 0, -SECOND, north + 20 * SECOND)
    lon, lat = transform @ np.meshgrid(np.arange(160) + 0.5, np.arange(130) + 0.5)

    def sloping(x, y):
        return 300 + EAST * (x - 260_000) - SOUTH * (y - 282_400)

    heights = sloping(*to_lonlat.transform(lon, lat, direction="INVERSE")).astype(np.float32)
    path = write(tmp_path / "dem.tif", heights, "EPSG:4326", transform)
    found = aligned(name, path, tmp_path, Area(box(*grid.bounds), grid))
    x, y = grid.transform @ np.meshgrid(np.arange(150) + 0.5, np.arange(120) + 0.5)
    slope = np.degrees(np.arctan(np.hypot(EAST, SOUTH)))
    expected = sloping(x, y) if name == "DEM" else np.full(found.shape, slope)
    assert np.abs(found - expected).max() < 0.05


@pytest.mark.parametrize("name", ["DEM", "SLOPE"])
def test_an_area_across_180_degrees_is_read_from_both_sides(name, tmp_path):
    """The tiles begin half a pixel west of their degree, as those of the Copernicus DEM."""
    area = resolve_area("fiji", {"bbox": (179.97, -17.03, -179.96, -17.0)}, "EPSG:32760", 30, 4096)
    to_lonlat = Transformer.from_crs("EPSG:32760", "EPSG:4326", always_xy=True)
    left, top = area.grid.bounds[0], area.grid.bounds[3]

    def sloping(x, y):
        return 300 + EAST * (x - left) + SOUTH * (top - y)

    for tile, west in (("E179", 180 - 200 * SECOND), ("W180", -180)):
        transform = Affine(SECOND, 0, west - SECOND / 2, 0, -SECOND, -16.98)
        lon, lat = transform @ np.meshgrid(np.arange(200) + 0.5, np.arange(220) + 0.5)
        heights = sloping(*to_lonlat.transform(lon, lat, direction="INVERSE"))
        write(tmp_path / "tiles" / f"{tile}.tif", heights.astype("f4"), "EPSG:4326", transform)
    found = aligned(name, tmp_path / "tiles", tmp_path, area)
    inside = area.mask(area.grid)
    cols, rows = np.meshgrid(np.arange(area.grid.width) + 0.5, np.arange(area.grid.height) + 0.5)
    slope = np.degrees(np.arctan(np.hypot(EAST, SOUTH)))
    expected = sloping(*(area.grid.transform @ (cols, rows))) if name == "DEM" else slope
    assert np.abs(found - expected)[inside].max() < 0.05
    assert np.isnan(found[~inside]).all()


@pytest.mark.parametrize("name", ["DEM", "SLOPE"])
def test_a_model_in_steps_of_its_own_means_what_it_declares(name, tmp_path):
    path = projected_model(tmp_path)
    with rasterio.open(path) as raster:
        heights, transform = raster.read(1), raster.transform
    expected = aligned(name, path, tmp_path)
    stored = np.rint((heights - 500) / 0.05).astype(np.int16)
    path = write(tmp_path / "steps.tif", stored, "EPSG:2154", transform, nodata=-32768)
    with rasterio.open(path, "r+") as raster:
        raster.scales, raster.offsets = (0.05,), (500.0,)
    assert np.abs(aligned(name, path, tmp_path) - expected).max() < 0.06


@pytest.mark.parametrize(
    ("declared", "what"),
    [({"nodata": -1.0}, r"nodata values \(-9999.0, -1.0\)"), ({"scale": 2.0}, "scales or offsets")],
)
def test_tiles_that_declare_different_things_are_told(declared, what, tmp_path):
    for name, east, said in (("a", 0, {"nodata": -9999.0}), ("b", 500, declared)):
        transform = Affine(10, 0, WEST + east, 0, -10, NORTH)
        pixels = np.full((50, 50), 500, np.float32)
        nodata = said.get("nodata", -9999.0)
        path = write(tmp_path / "tiles" / f"{name}.tif", pixels, "EPSG:2154", transform,
                     nodata=nodata)  # fmt: skip
        with rasterio.open(path, "r+") as raster:
            raster.scales = (said.get("scale", 1.0),)
    with pytest.raises(SourceError, match=rf"tiles: its tiles declare different {what}"):
        aligned("DEM", tmp_path / "tiles", tmp_path)


def test_a_quantity_out_of_its_limits_is_told(tmp_path):
    path = projected_model(tmp_path)
    with rasterio.open(path, "r+") as raster:
        raster.write(np.full(raster.shape, 400_000, np.float32), 1)
    with pytest.raises(SourceError, match=r"dem.tif: holds 400000 to 400000, where Elevation"):
        aligned("DEM", path, tmp_path)


def test_whole_metres_in_bytes_are_read_with_their_nodata(tmp_path):
    transform = Affine(10, 0, WEST - 100, 0, -10, NORTH + 100)
    heights = np.full((160, 180), 17, np.uint8)
    heights[:, 60:] = 255
    path = write(tmp_path / "trees.tif", heights, "EPSG:2154", transform, nodata=255)
    found = aligned("CANOPY_HEIGHT", path, tmp_path)
    assert (found[:, :49] == 17).all()
    assert np.isnan(found[:, 51:]).all()


@pytest.mark.parametrize("latitude", [0.0, 46.4, 70.0])
def test_pixels_of_degrees_are_as_wide_and_high_as_on_the_ellipsoid(latitude):
    grid = Grid(
        "EPSG:4326",
        (SECOND, SECOND),
        (6, latitude - 0.5 * SECOND, 6 + SECOND, latitude + 0.5 * SECOND),
    )
    (width,), (height,) = pixel_metres(grid)
    geod = Geod(ellps="WGS84")
    middle, half = 6 + SECOND / 2, SECOND / 2
    assert width == pytest.approx(geod.inv(6, latitude, 6 + SECOND, latitude)[2], rel=1e-6)
    expected = geod.inv(middle, latitude - half, middle, latitude + half)[2]
    assert height == pytest.approx(expected, rel=1e-6)


def test_slopes_of_rough_ground_are_those_of_horns_kernel():
    heights = np.random.default_rng(2).normal(800, 40, (40, 50))
    width, height = np.linspace(19, 22, 38), np.full(38, 31.0)
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    east = correlate(heights, kernel)[1:-1, 1:-1] / (8 * width[:, None])
    south = correlate(heights, kernel.T)[1:-1, 1:-1] / (8 * height[:, None])
    expected = np.degrees(np.arctan(np.sqrt(east**2 + south**2)))
    assert np.allclose(slope_degrees(heights, width, height), expected, rtol=0, atol=1e-10)


def test_a_neighbour_that_is_not_known_counts_as_high_as_the_pixel():
    heights = np.full((3, 3), 10.0)
    heights[:, 2] = np.nan
    assert slope_degrees(heights, np.array([10.0]), np.array([10.0])) == 0
    heights[1, 1] = np.nan
    assert np.isnan(slope_degrees(heights, np.array([10.0]), np.array([10.0])))


@pytest.mark.parametrize(("unit", "refused"), [("ft", True), ("metre", False), ("", False)])
@pytest.mark.parametrize("product", ["DEM", "SLOPE"])
def test_heights_that_say_they_are_in_feet_are_refused(tmp_path, product, unit, refused):
    path = projected_model(tmp_path / "model")
    with rasterio.open(path, "r+") as raster:
        raster.units = (unit,)
    arguments = PRODUCTS[product], path, AREA, tmp_path / "aligned.tif", tmp_path / "work"
    if not refused:
        assert align_product(*arguments).covered_share == 1
        return
    with pytest.raises(SourceError, match=r"dem\.tif: declares its values in ft, where .* metres"):
        align_product(*arguments)
