"""Products on the grid, against values computed here from the coordinates alone."""

import logging
import shutil
import zipfile

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio.enums import ColorInterp
from scipy.ndimage import map_coordinates
from shapely import Polygon, box

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.products import PRODUCTS, ProductKind
from lccs_inputs.products.align import Coverage, _longest_run, align_product, inspect_product
from lccs_inputs.products.coverage import OutsideAreaError
from lccs_inputs.products.custom import custom_product
from lccs_inputs.products.tiles import read_mosaic
from lccs_inputs.rasters.area import Area, resolve_area
from lccs_inputs.rasters.grid import Grid

# A corner of the window lattice, so that small areas reach over four windows of 2048 px at 10 m.
CORNER = (983040.0, 6594560.0)
SIDE = 500  # px of the synthetic product
HALF = SIDE // 2
RNG = np.random.default_rng(2018)


def area_of(west=CORNER[0] - 900, south=CORNER[1] - 700, width=1800, height=1500, resolution=10.0):
    """All of a grid, so that no pixel is outside the area."""
    bounds = (west, south, west + width, south + height)
    grid = Grid.around(bounds, "EPSG:2154", resolution)
    return Area(box(*grid.bounds), grid)


def to_native(x, y):
    return Transformer.from_crs("EPSG:2154", "EPSG:3035", always_xy=True).transform(x, y)


def native_transform(pixel=10.0, side=SIDE):
    """A north-up lattice centred on CORNER, in EPSG:3035."""
    east, north = to_native(*CORNER)
    half = side // 2 * pixel
    return Affine(pixel, 0, east // 100 * 100 - half, 0, -pixel, north // 100 * 100 + half)


def centres(grid, shift=(0.0, 0.0)):
    cols, rows = np.arange(grid.width) + 0.5 + shift[0], np.arange(grid.height) + 0.5 + shift[1]
    xs = grid.bounds[0] + cols * grid.resolution
    ys = grid.bounds[3] - rows * grid.resolution
    return np.meshgrid(xs, ys)


def positions(grid, transform, shift=(0.0, 0.0)):
    """Column and row on the native lattice of each pixel centre, as real numbers."""
    x, y = to_native(*centres(grid, shift))
    return (x - transform.c) / transform.a, (y - transform.f) / transform.e


def exact_nearest(pixels, transform, grid, fill, shift=(0.0, 0.0)):
    col, row = (np.floor(place).astype(int) for place in positions(grid, transform, shift))
    inside = (col >= 0) & (row >= 0) & (col < pixels.shape[1]) & (row < pixels.shape[0])
    nearest = pixels[np.where(inside, row, 0), np.where(inside, col, 0)]
    return np.where(inside, nearest, fill)


@pytest.fixture
def product_file(tmp_path):
    """Write pixels as a GeoTIFF in EPSG:3035; returns its path."""

    def write(
        pixels, name="map.tif", transform=None, crs="EPSG:3035", nodata=None, valid=None, how=None
    ):
        path = tmp_path / "delivered" / name
        path.parent.mkdir(exist_ok=True)
        settings = {
            "driver": "GTiff",
            "width": pixels.shape[1],
            "height": pixels.shape[0],
            "count": 2 if how == "alpha" else 1,
            "dtype": pixels.dtype,
            "crs": crs,
            "transform": transform or native_transform(),
            "nodata": nodata,
            "tiled": True,
            "compress": "deflate",
        }
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=how == "internal"),
            rasterio.open(path, "w", **settings) as raster,
        ):
            if how == "alpha":
                raster.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
            raster.write(pixels, 1)
            if how == "alpha":
                raster.write(valid * np.uint8(255), 2)
            elif how:
                raster.write_mask(valid)
        return path

    return write


@pytest.fixture
def align(tmp_path):
    """Align a product; returns its pixels. The file stays at `tmp_path / "aligned.tif"`."""

    def run(name, path, area):
        target = tmp_path / "aligned.tif"
        align_product(PRODUCTS[name], path, area, target, tmp_path / "work")
        with rasterio.open(target) as raster:
            return raster.read(1)

    return run


def classes(codes, dtype=np.uint8):
    return RNG.choice(np.array(codes, dtype), (SIDE, SIDE))


def smooth_percent():
    """A field that varies slowly, so that interpolation is well defined to a unit."""
    row, col = np.mgrid[:SIDE, :SIDE] / 40
    return np.round(50 + 30 * np.sin(row) + 20 * np.cos(col * 1.3)).astype(np.uint8)


@pytest.mark.parametrize("resolution", [10.0, 20.0, 7.0, 100.0])
def test_classes_are_exactly_the_pixel_under_each_centre(product_file, align, resolution):
    pixels = classes([0, 1, 2])
    area = area_of(resolution=resolution)
    expected = exact_nearest(pixels, native_transform(), area.grid, 255)
    assert np.array_equal(align("DLT", product_file(pixels), area), expected)


@pytest.mark.parametrize("content", [b"", b"II*\0 cut short"])
def test_a_file_that_cannot_be_read_at_all_is_one_clear_sentence(tmp_path, align, content):
    path = tmp_path / "map.tif"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"map\.tif cannot be read as a GeoTIFF .* fetch"):
        align("DLT", path, area_of())


def test_tiles_join_without_a_seam(product_file, align):
    pixels, transform = classes([0, 1, 2]), native_transform()
    for name, rows, cols in (
        ("E40N25", slice(0, HALF - 10), slice(0, HALF + 10)),
        ("E41N25", slice(0, HALF - 10), slice(HALF + 10, SIDE)),
        ("E40N24", slice(HALF - 10, SIDE), slice(0, HALF + 10)),
        ("E41N24", slice(HALF - 10, SIDE), slice(HALF + 10, SIDE)),
    ):
        corner = transform @ Affine.translation(cols.start, rows.start)
        folder = product_file(pixels[rows, cols], f"DLT_2018_010m_{name}.tif", corner).parent
    area = area_of()
    expected = exact_nearest(pixels, transform, area.grid, 255)
    assert np.array_equal(align("DLT", folder, area), expected)


def test_national_files_fill_each_others_gaps(product_file, align):
    pixels = classes([0, 1, 2])
    border = np.arange(SIDE) < HALF
    product_file(np.where(border, pixels, 255).astype(np.uint8), "DLT_2018_010m_ch.tif")
    path = product_file(np.where(border, 255, pixels).astype(np.uint8), "DLT_2018_010m_fr.tif")
    area = area_of()
    expected = exact_nearest(pixels, native_transform(), area.grid, 255)
    assert np.array_equal(align("DLT", path.parent, area), expected)


def test_bilinear_percentages_are_those_of_an_exact_interpolation(product_file, align):
    pixels, area = smooth_percent(), area_of()
    col, row = (place - 0.5 for place in positions(area.grid, native_transform()))
    left, top = np.floor(col).astype(int), np.floor(row).astype(int)
    right, down = col - left, row - top
    expected = (
        pixels[top, left] * (1 - right) * (1 - down)
        + pixels[top, left + 1] * right * (1 - down)
        + pixels[top + 1, left] * (1 - right) * down
        + pixels[top + 1, left + 1] * right * down
    )
    aligned = align("TCD", product_file(pixels), area)
    assert np.abs(aligned - expected).max() < 0.6


def test_rough_percentages_are_interpolated_between_four_pixels_and_no_more(product_file, align):
    """Within rounding and a hundredth of a native pixel on each axis, of steps of up to 100.

    The map covers a whole window, from the size of which GDAL would guess how wide to look.
    """
    pixels = RNG.integers(0, 101, (2600, 2600), np.uint8)
    area = area_of(CORNER[0] + 9000, CORNER[1] - 12_000)
    east, north = to_native(CORNER[0] + 10_240, CORNER[1] - 10_240)
    transform = Affine(10, 0, east // 10 * 10 - 13_000, 0, -10, north // 10 * 10 + 13_000)
    col, row = (place - 0.5 for place in positions(area.grid, transform))
    expected = map_coordinates(pixels.astype(float), [row, col], order=1)
    aligned = align("TCD", product_file(pixels, transform=transform), area)
    assert np.abs(aligned - expected).max() < 0.5 + 2


def test_average_percentages_are_the_mean_over_each_coarse_pixel(product_file, align):
    pixels, area = smooth_percent(), area_of(resolution=30.0)
    shifts = (np.arange(8) + 0.5) / 8 - 0.5
    samples = [
        exact_nearest(pixels, native_transform(), area.grid, 0, (dx, dy)).astype(float)
        for dx in shifts
        for dy in shifts
    ]
    aligned = align("TCD", product_file(pixels), area)
    difference = aligned - np.mean(samples, axis=0)
    assert np.abs(difference).max() < 1.5
    assert abs(difference.mean()) < 0.05


@pytest.mark.parametrize("resolution", [10.0, 20.0])
@pytest.mark.parametrize("name", ["DLT", "IMD"])
def test_overlapping_areas_agree_pixel_for_pixel(product_file, align, name, resolution):
    codes = [0, 1, 2, 254, 255] if name == "DLT" else [0, 30, 97, 100, 254, 255]
    path = product_file(classes(codes))
    large = area_of(resolution=resolution)
    small = area_of(CORNER[0] - 340, CORNER[1] - 260, 800, 600, resolution)
    whole, part = align(name, path, large), align(name, path, small)
    col, row = (
        round((small.grid.bounds[0] - large.grid.bounds[0]) / resolution),
        round((large.grid.bounds[3] - small.grid.bounds[3]) / resolution),
    )
    height, width = small.grid.shape
    assert np.array_equal(whole[row : row + height, col : col + width], part)


@pytest.mark.parametrize("resolution", [7.0, 10.0, 30.0])
def test_nodata_never_leaks_into_a_percentage(product_file, align, resolution):
    pixels = RNG.choice(np.array([40, 254, 255], np.uint8), (SIDE, SIDE), p=[0.8, 0.1, 0.1])
    aligned = align("TCD", product_file(pixels), area_of(resolution=resolution))
    assert set(np.unique(aligned)) <= {40, 255}
    assert (aligned == 40).mean() > 0.5


def test_every_nodata_code_becomes_the_one_nodata_and_the_sea_stays_water(product_file, align):
    pixels = classes([0, 1, 2, 3, 4, 253, 254, 255])
    area = area_of()
    expected = exact_nearest(pixels, native_transform(), area.grid, 255)
    expected[expected == 254] = 255
    aligned = align("WAW", product_file(pixels), area)
    assert np.array_equal(aligned, expected)
    assert 253 in aligned


def test_the_undocumented_grassland_code_becomes_nodata(product_file, align):
    assert set(np.unique(align("GRA", product_file(classes([1, 2])), area_of()))) == {1, 255}


def test_crop_codes_keep_their_type_and_a_declared_nodata_is_honoured(
    product_file, align, tmp_path
):
    path = product_file(classes([0, 211, 300, 65535], np.uint16), nodata=65535)
    assert set(np.unique(align("EUCROPMAP", path, area_of()))) == {0, 211, 300}
    with rasterio.open(tmp_path / "aligned.tif") as raster:
        assert raster.dtypes == ("uint16",)
        assert raster.nodata == 0


def test_signed_codes_are_read(product_file, align):
    path = product_file(classes([-32768, 211], np.int16), nodata=-32768)
    assert set(np.unique(align("EUCROPMAP", path, area_of()))) == {0, 211}


@pytest.mark.parametrize("resolution", [7.0, 30.0])
def test_signed_percentages_keep_their_nodata_out_of_what_is_interpolated(
    product_file, align, resolution
):
    pixels = RNG.choice(np.array([40, 254, -32768], np.int16), (SIDE, SIDE), p=[0.8, 0.1, 0.1])
    aligned = align("TCD", product_file(pixels, nodata=-32768), area_of(resolution=resolution))
    assert set(np.unique(aligned)) <= {40, 255}
    assert (aligned == 40).mean() > 0.5


@pytest.mark.parametrize("name", ["TCD", "DLT"])
def test_a_file_that_declares_a_valid_code_as_nodata_is_not_believed(product_file, align, name):
    path = product_file(np.zeros((SIDE, SIDE), np.uint8), nodata=0)
    assert set(np.unique(align(name, path, area_of()))) == {0}


@pytest.mark.parametrize("how", ["internal", "beside it", "alpha"])
@pytest.mark.parametrize("packed", [False, True])
def test_what_one_tile_masks_is_outside_the_map(product_file, align, tmp_path, how, packed):
    """Its neighbour has no mask; 0 lies under the mask, which is a code like any other."""
    pixels, transform = classes([0, 1, 2]), native_transform()
    valid = RNG.random((SIDE, SIDE)) < 0.7
    valid[:, HALF:] = True
    east = transform @ Affine.translation(HALF, 0)
    masked = np.where(valid, pixels, 0).astype(np.uint8)
    product_file(masked[:, :HALF], "west.tif", valid=valid[:, :HALF], how=how)
    path = product_file(pixels[:, HALF:], "east.tif", east).parent
    if packed:
        shutil.make_archive(str(tmp_path / "packed"), "zip", path)
        path = tmp_path / "packed.zip"
    area = area_of()
    aligned = align("DLT", path, area)
    expected = exact_nearest(np.where(valid, pixels, 255), transform, area.grid, 255)
    assert np.array_equal(aligned, expected)
    with rasterio.open(tmp_path / "aligned.tif") as raster:
        assert raster.tags()["COVERED_SHARE"] == f"{(expected != 255).mean():.6f}"


@pytest.mark.parametrize("resolution", [7.0, 10.0, 30.0])
@pytest.mark.parametrize("how", ["internal", "beside it", "alpha"])
def test_what_a_mask_hides_never_leaks_into_a_percentage(product_file, align, resolution, how):
    valid = np.ones((SIDE, SIDE), bool)
    valid[:, :HALF] = False
    path = product_file(np.where(valid, 40, 0).astype(np.uint8), valid=valid, how=how)
    area = area_of(resolution=resolution)
    aligned = align("IMD", path, area)
    assert set(np.unique(aligned)) == {40, 255}
    column, _ = positions(area.grid, native_transform())
    assert (aligned[column < HALF - 4] == 255).all()
    assert (aligned[column > HALF + 4] == 40).all()


@pytest.mark.parametrize(
    "dtype", ["int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_classes_are_read_in_whatever_type_their_codes_are_stored(product_file, align, dtype):
    pixels, area = classes([0, 1, 2]), area_of()
    lowest = np.finfo(dtype).min if dtype.startswith("f") else np.iinfo(dtype).min
    void = {"u": 77, "i": lowest}.get(dtype[0], lowest) if dtype != "int64" else -9999
    stored, hidden = pixels.astype(dtype), RNG.random((SIDE, SIDE)) < 0.2
    stored[hidden] = void
    aligned = align("DLT", product_file(stored, nodata=float(void)), area)
    expected = exact_nearest(np.where(hidden, 255, pixels), native_transform(), area.grid, 255)
    assert np.array_equal(aligned, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nan_says_nothing_whatever_is_declared(product_file, align, dtype):
    pixels, area = classes([0, 1, 2]), area_of()
    stored = pixels.astype(dtype)
    stored[: HALF - 100], stored[HALF - 100 : HALF - 50] = np.nan, -9999.9
    expected = np.where(np.arange(SIDE)[:, None] < HALF - 50, 255, pixels)
    expected = exact_nearest(expected, native_transform(), area.grid, 255)
    assert np.array_equal(align("DLT", product_file(stored, nodata=-9999.9), area), expected)
    stored[HALF - 100 : HALF - 50] = np.nan
    assert np.array_equal(align("DLT", product_file(stored), area), expected)


@pytest.mark.parametrize(
    ("dtype", "odd", "named"),
    [
        ("float32", 1.5, "1.5"),
        ("float64", np.inf, "inf"),
        ("int32", 2**16 + 1, "65537"),
        ("int64", -(2**40), "-1099511627776"),
        ("uint32", 2**32 - 1, "4294967295"),
    ],
)
def test_a_number_that_is_no_code_is_refused_and_named(product_file, align, dtype, odd, named):
    stored = np.ones((SIDE, SIDE), dtype)
    stored[HALF, HALF] = odd
    with pytest.raises(SourceError, match=f"holds code {named}, which"):
        align("DLT", product_file(stored), area_of())


def test_a_map_of_ones_own_whose_nodata_is_a_code_too_is_refused(product_file, tmp_path):
    mine = custom_product("mine", "Mine", ProductKind.CLASSES, codes={0: "water", 6: "built"})
    path = product_file(classes([0, 6]), nodata=0)
    with pytest.raises(SourceError, match=r"map.tif: declares 0 as its nodata, which Mine") as told:
        align_product(mine, path, area_of(), tmp_path / "a.tif", tmp_path / "work")
    assert "gdal_edit.py -unsetnodata" in str(told.value)
    share = custom_product("mine", "Mine", ProductKind.PERCENT, codes={})
    with pytest.raises(SourceError, match="declares 0 as its nodata"):
        align_product(share, path, area_of(), tmp_path / "a.tif", tmp_path / "work")


def test_a_nodata_that_is_a_code_of_a_known_product_is_told(product_file, align, caplog):
    align("DLT", product_file(classes([0, 1]), nodata=0), area_of())
    assert "map.tif: declares 0 as its nodata, which is a code of Dominant Leaf" in caplog.text


@pytest.mark.parametrize("name", ["DLT", "IMD"])
def test_each_tile_has_its_own_nodata_and_none_of_them_is_a_value(name, product_file, align):
    pixels, transform = classes([0, 1, 2]), native_transform()
    void = RNG.random((SIDE, SIDE)) < 0.3
    declared = np.where(np.arange(SIDE) < HALF, 201, 202)
    stored = np.where(void, declared, pixels).astype(np.uint8)
    product_file(stored[:, :HALF], "west.tif", nodata=201)
    east = transform @ Affine.translation(HALF, 0)
    path = product_file(stored[:, HALF:], "east.tif", east, nodata=202).parent
    area = area_of()
    aligned = align(name, path, area)
    nearest = exact_nearest(np.where(void, 255, pixels), transform, area.grid, 255)
    assert np.array_equal(aligned == 255, nearest == 255)
    if name == "DLT":
        assert np.array_equal(aligned, nearest)
    assert set(np.unique(aligned)) == {0, 1, 2, 255}


def test_a_nodata_larger_than_what_the_file_can_hold_fills_what_it_lacks(product_file, tmp_path):
    """Codes above 255 make the product uint16; this file of it holds small ones, in bytes."""
    codes = {0: "water", 255: "rock", 300: "ice"}
    mine = custom_product("mine", "Mine", ProductKind.CLASSES, codes=codes, nodata=65535)
    transform, pixels = native_transform(), classes([0, 255])
    path = product_file(pixels[:, : HALF - 40], "west.tif").parent
    product_file(pixels[:, HALF + 40 :], "east.tif", transform @ Affine.translation(HALF + 40, 0))
    area = area_of()
    align_product(mine, path, area, tmp_path / "a.tif", tmp_path / "work")
    gap = (np.arange(SIDE) >= HALF - 40) & (np.arange(SIDE) < HALF + 40)
    expected = exact_nearest(np.where(gap, 65535, pixels.astype(int)), transform, area.grid, 65535)
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert np.array_equal(raster.read(1), expected)
    assert set(np.unique(expected)) == {0, 255, 65535}


@pytest.mark.parametrize("height", [9.99875, 5.0, 20.0])
def test_oblong_pixels_are_taken_where_they_lie(product_file, align, height):
    square, area = native_transform(), area_of(height=1000)
    top = square.f - HALF * 10 + HALF * height
    transform, pixels = Affine(10, 0, square.c, 0, -height, top), classes([0, 1, 2])
    expected = exact_nearest(pixels, transform, area.grid, 255)
    assert np.array_equal(align("DLT", product_file(pixels, transform=transform), area), expected)


def test_percentages_of_oblong_pixels_are_interpolated_between_them(product_file, align):
    pixels, area, square = smooth_percent(), area_of(height=1000), native_transform()
    transform = Affine(12, 0, square.c - HALF * 2, 0, -20, square.f + HALF * 10)
    col, row = (place - 0.5 for place in positions(area.grid, transform))
    expected = map_coordinates(pixels.astype(float), [row, col], order=1)
    aligned = align("TCD", product_file(pixels, transform=transform), area)
    assert np.abs(aligned - expected).max() < 0.6


FIJI = (179.98, -17.02, -179.98, -16.99)
DEGREE = 1 / 12000  # ESA WorldCover


@pytest.mark.parametrize("whole", [False, True])
def test_an_area_across_180_degrees_is_taken_from_both_sides(product_file, align, whole):
    """Of two tiles at the ends of the world, or of one map that goes around it."""
    area = resolve_area("fiji", {"bbox": FIJI}, "EPSG:32760", 20, 4096)
    pixels = RNG.choice(np.array([10, 20, 80], np.uint8), (720, 720))
    if whole:
        world = np.zeros((60, 36_000), np.uint8)
        world[:, :360], world[:, -360:] = pixels[:60, 360:], pixels[:60, :360]
        side, top, pixels = 0.01, -16.8, pixels[:60]
        path = product_file(world, transform=Affine(side, 0, -180, 0, -side, top), crs="EPSG:4326")
    else:
        side, top = DEGREE, -16.98
        west = Affine(side, 0, 180 - 360 * side, 0, -side, top)
        east = Affine(side, 0, -180, 0, -side, top)
        product_file(pixels[:, :360], "E179.tif", west, "EPSG:4326")
        path = product_file(pixels[:, 360:], "W180.tif", east, "EPSG:4326").parent
    x, y = centres(area.grid)
    lon, lat = Transformer.from_crs(32760, 4326, always_xy=True).transform(x, y)
    col = np.floor((lon % 360 - 180) / side + 360).astype(int)
    row = np.floor((top - lat) / side).astype(int)
    expected = np.where(area.mask(area.grid), pixels[row, col], 0)
    assert (lon[area.mask(area.grid)] > 0).mean() == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(align("WORLDCOVER", path, area), expected)


def test_tiles_in_degrees_of_another_datum_are_refused_across_180_degrees(product_file, align):
    transform = Affine(DEGREE, 0, 179.97, 0, -DEGREE, -16.98)
    path = product_file(classes([10])[:400, :400], transform=transform, crs="EPSG:4167")
    area = resolve_area("fiji", {"bbox": FIJI}, "EPSG:32760", 20, 4096)
    with pytest.raises(SourceError, match="is in EPSG:4167, and the area crosses 180 degrees"):
        align("WORLDCOVER", path, area)


def test_outside_the_area_is_nodata(product_file, align):
    square = area_of()
    left, bottom, right, top = square.grid.bounds
    triangle = Area(Polygon([(left, bottom), (right, bottom), (left, top)]), square.grid)
    aligned = align("DLT", product_file(classes([1])), triangle)
    inside = triangle.mask(square.grid)
    assert (aligned[inside] == 1).all()
    assert (aligned[~inside] == 255).all()


def test_of_an_area_in_parts_what_lies_behind_windows_without_any_is_aligned_and_counted(
    product_file, align, tmp_path
):
    whole = area_of(west=CORNER[0] - 15_000, width=30_000, height=300)
    left, bottom, right, top = whole.grid.bounds
    parts = box(left, bottom, left + 300, top) | box(right - 300, bottom, right, top)
    area, pixels = Area(parts, whole.grid), classes([0, 1, 2])
    aligned = align("DLT", product_file(pixels, transform=native_transform(100)), area)
    inside = area.mask(area.grid)
    expected = exact_nearest(pixels, native_transform(100), area.grid, 255)
    assert np.array_equal(aligned, np.where(inside, expected, 255))
    assert set(aligned[:, :30].flat) == set(aligned[:, -30:].flat) == {0, 1, 2}
    with rasterio.open(tmp_path / "aligned.tif") as raster:
        assert raster.tags()["COVERED_SHARE"] == raster.tags()["CLASSIFIED_SHARE"] == "1.000000"


@pytest.mark.parametrize(("name", "void"), [("DLT", 254), ("IMD", 254), ("IMD", 40)])
def test_only_what_is_in_the_area_counts_as_covered_and_classified(
    product_file, tmp_path, name, void
):
    square = area_of()
    left, bottom, right, top = square.grid.bounds
    triangle = Area(Polygon([(left, bottom), (right, bottom), (left, top)]), square.grid)
    pixels = classes([1, void])
    path, target = product_file(pixels), tmp_path / "a.tif"
    coverage = align_product(PRODUCTS[name], path, triangle, target, tmp_path / "work")
    inside = triangle.mask(square.grid)
    said = exact_nearest(pixels, native_transform(), square.grid, 255) != 254
    assert coverage == Coverage(inside.sum(), inside.sum(), (inside & said).sum())


@pytest.mark.parametrize("name", ["DLT", "IMD"])
def test_a_product_that_does_not_cover_the_area_warns_with_the_share(
    product_file, align, tmp_path, caplog, name
):
    pixels = classes([1])
    path = product_file(np.where(np.arange(SIDE) < HALF, pixels, 255).astype(np.uint8))
    area = area_of(width=2000)
    with caplog.at_level(logging.WARNING):
        align(name, path, area)
    missing = (exact_nearest(pixels, native_transform(), area.grid, 255) == 1) & (
        exact_nearest(rasterio.open(path).read(1), native_transform(), area.grid, 255) == 255
    )
    assert f"does not cover {100 * missing.mean():.3g} % of the area" in caplog.text
    with rasterio.open(tmp_path / "aligned.tif") as raster:
        assert raster.tags()["COVERED_SHARE"] == f"{1 - missing.mean():.6f}"


def test_unclassifiable_pixels_are_covered_but_not_classified(product_file, tmp_path, caplog):
    path = product_file(classes([0, 1, 254]))
    area = area_of()
    coverage = align_product(PRODUCTS["DLT"], path, area, tmp_path / "a.tif", tmp_path / "work")
    stored = exact_nearest(rasterio.open(path).read(1), native_transform(), area.grid, 255)
    assert coverage == Coverage(stored.size, stored.size, int((stored != 254).sum()))
    assert not caplog.text


@pytest.mark.parametrize("name", ["DLT", "IMD"])
def test_a_product_elsewhere_is_refused_and_leaves_no_file(product_file, align, tmp_path, name):
    path = product_file(classes([1]))
    with pytest.raises(SourceError, match=r"no part of it lies in the area") as raised:
        align(name, path, area_of(west=CORNER[0] + 50_000))
    assert str(path) in str(raised.value)
    assert not list(tmp_path.glob("*aligned*"))


@pytest.mark.parametrize(
    ("name", "codes", "odd"), [("FTY", [0, 1, 2, 3], 3), ("IMD", [0, 100, 101], 101)]
)
def test_a_code_the_product_does_not_have_is_refused(product_file, align, name, codes, odd):
    with pytest.raises(SourceError, match=f"map.tif: holds code {odd}, which") as raised:
        align(name, product_file(classes(codes)), area_of())
    assert PRODUCTS[name].title in str(raised.value)


@pytest.mark.parametrize("odd", [0, 10, 11, 254])
@pytest.mark.parametrize("row", [0, 31, 32, 33, 99])
def test_one_pixel_of_an_unknown_code_is_found_wherever_it_lies(product_file, tmp_path, row, odd):
    """Looked at in strips: of a map all within the area, the first row and the last, and between;
    next to the known codes, which begin above 0, and far from them."""
    mine = custom_product(
        "mine", "Mine", ProductKind.CLASSES, codes=dict.fromkeys(range(1, 10), "known")
    )
    pixels = RNG.choice(np.arange(1, 10, dtype=np.uint8), (100, 100))
    pixels[row, 50] = odd
    path = product_file(pixels, transform=native_transform(side=100))
    with pytest.raises(SourceError, match=f"holds code {odd}, which"):
        align_product(mine, path, area_of(), tmp_path / "a.tif", tmp_path / "work")


@pytest.mark.parametrize("nodata_rows", [slice(0, HALF), slice(HALF, SIDE), slice(HALF, HALF + 9)])
def test_percentages_are_nodata_where_the_nearest_pixel_is_whatever_is_beside_it(
    product_file, tmp_path, nodata_rows
):
    pixels = np.full((SIDE, SIDE), 40, np.uint8)
    pixels[nodata_rows] = 254
    path, area = product_file(pixels), area_of()
    coverage = align_product(PRODUCTS["IMD"], path, area, tmp_path / "a.tif", tmp_path / "work")
    nearest = exact_nearest(pixels, native_transform(), area.grid, 255)
    with rasterio.open(tmp_path / "a.tif") as aligned:
        assert np.array_equal(aligned.read(1), np.where(nearest == 40, 40, 255))
    assert coverage == Coverage(nearest.size, nearest.size, int((nearest == 40).sum()))


def inspected(path, area, tmp_path, **said):
    mosaic = read_mosaic([path], path, ProductKind.CLASSES)
    (work := tmp_path / "inspected").mkdir()
    return inspect_product(PRODUCTS["DLT"], path, mosaic, area, work, **said)


def test_to_inspect_a_product_tells_what_aligning_it_would(product_file, tmp_path, capsys):
    path = product_file(classes([0, 1, 254, 255]))
    area = area_of(width=6000)
    found = inspected(path, area, tmp_path)
    assert "Checking DLT: 100%" in capsys.readouterr().err
    aligned = align_product(PRODUCTS["DLT"], path, area, tmp_path / "a.tif", tmp_path / "work")
    assert "Aligning DLT: 100%" in capsys.readouterr().err
    assert found == aligned
    assert 0 < found.classified < found.covered < found.area


def test_an_unknown_code_is_found_by_inspecting_a_product(product_file, tmp_path):
    with pytest.raises(SourceError, match=r"map\.tif: holds code 77, which Dominant Leaf"):
        inspected(product_file(classes([0, 77])), area_of(), tmp_path)


def test_a_product_elsewhere_is_told_by_inspecting_it_unless_others_stand_in(
    product_file, tmp_path
):
    path, elsewhere = product_file(classes([1])), area_of(west=CORNER[0] + 50_000)
    with pytest.raises(OutsideAreaError, match="no part of it lies in the area"):
        inspected(path, elsewhere, tmp_path)
    (tmp_path / "inspected").rename(tmp_path / "earlier")
    pixels = elsewhere.grid.width * elsewhere.grid.height
    assert inspected(path, elsewhere, tmp_path, optional=True) == Coverage(pixels, 0, 0)


@pytest.mark.parametrize(
    ("codes", "run"),
    [
        ([5], (5, 5)),
        ([0, 1, 2], (0, 2)),
        ([3, 1, 2, 2], (1, 3)),
        ([0, 2, 3, 4, 9, 10], (2, 4)),
        ([0, 1, 2, 3, 8, 9, 10], (0, 3)),
        ([1, 4, 5, 6, 7], (4, 7)),
    ],
)
def test_the_most_codes_without_a_gap_are_found(codes, run):
    assert _longest_run(codes) == run


def test_a_negative_code_is_named_as_it_is_stored(product_file, align):
    with pytest.raises(SourceError, match="holds code -7, which"):
        align("DLT", product_file(classes([-7, 1], np.int16)), area_of())


@pytest.mark.parametrize("name", ["DLT", "IMD"])
def test_a_geotiff_cut_short_is_refused(product_file, align, tmp_path, name):
    path = product_file(classes([0, 1, 2]))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 5])
    with pytest.raises(SourceError, match="fetch it again"):
        align(name, path, area_of())
    assert not list(tmp_path.glob("*aligned*"))


def test_tiles_off_each_others_lattice_are_refused(product_file, align):
    product_file(classes([1])[:, :200], "west.tif")
    shifted = native_transform() @ Affine.translation(240.4, 0)
    folder = product_file(classes([1])[:, :200], "east.tif", shifted).parent
    with pytest.raises(InputError, match="off the pixel lattice"):
        align("DLT", folder, area_of())


def test_the_crs_as_eea_servers_spell_it_changes_no_pixel(product_file, align):
    pixels = classes([0, 1, 2])
    plain = align("DLT", product_file(pixels), area_of())
    assert np.array_equal(
        plain, align("DLT", product_file(pixels, crs="IGNF:ETRS89LAEA"), area_of())
    )


def test_a_map_in_degrees_is_aligned_too(product_file, align):
    lon, lat = Transformer.from_crs(2154, 4326, always_xy=True).transform(*CORNER)
    transform = Affine(1e-4, 0, lon - 0.025, 0, -1e-4, lat + 0.025)
    pixels, area = classes([0, 1, 2]), area_of()
    x, y = Transformer.from_crs(2154, 4326, always_xy=True).transform(*centres(area.grid))
    cols = np.floor((x - transform.c) / transform.a).astype(int)
    rows = np.floor((y - transform.f) / transform.e).astype(int)
    aligned = align("DLT", product_file(pixels, transform=transform, crs="EPSG:4326"), area)
    assert np.array_equal(aligned, pixels[rows, cols])


def test_the_same_request_gives_the_same_bytes_and_names_no_folder(product_file, align, tmp_path):
    path, target = product_file(classes([0, 30, 254])), tmp_path / "aligned.tif"
    align("IMD", path, area_of())
    first = target.read_bytes()
    align("IMD", path, area_of())
    assert target.read_bytes() == first
    assert str(tmp_path).encode() not in first


@pytest.mark.parametrize(
    ("name", "archive"),
    [
        ("IMD", "IMD_2018_010m_eu_03035_v0_1.zip"),
        ("TCD", "TCD_2018_010m_eu_03035_v0_1.zip"),
        ("FTY", "FTY_2018_010m_eu_03035_v0_1.zip"),
        ("GRA", "GRA_2018_010m_eu_03035_v0_1.zip"),
        ("WAW", "general_raster.zip"),
    ],
)
def test_real_deliveries_are_aligned_whole(shared_data, align, name, archive):
    path = shared_data / "hrl_malta_2018" / archive
    area = resolve_area("malta", {"bbox": [14.40, 35.85, 14.52, 35.93]}, "EPSG:32633", 10, 4096)
    aligned = align(name, path, area)
    with rasterio.open(next(iter(_members(path)))) as raster:
        pixels, transform = raster.read(1), raster.transform
    to_laea = Transformer.from_crs("EPSG:32633", "EPSG:3035", always_xy=True)
    x, y = to_laea.transform(*centres(area.grid))
    cols = np.floor((x - transform.c) / transform.a).astype(int)
    rows = np.floor((y - transform.f) / transform.e).astype(int)
    expected = np.where(area.mask(area.grid), pixels[rows, cols], 255)
    if name in {"IMD", "TCD"}:
        known = (aligned != 255) & (expected != 255)
        assert ((aligned == 255) != (expected == 255)).mean() < 0.01
        assert abs(aligned[known].mean() - expected[known].mean()) < 0.1
    else:
        assert np.array_equal(aligned, expected)


def _members(archive):
    with zipfile.ZipFile(archive) as opened:
        for member in opened.namelist():
            if member.endswith(".tif"):
                yield f"/vsizip/{{{archive.resolve()}}}/{member}"
