"""Exact nearest-neighbour resampling, against transforming every pixel centre by itself."""

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS, Transformer
from rasterio.windows import Window

from lccs_inputs.rasters.gather import Gatherer
from lccs_inputs.rasters.grid import Grid

LEFT, BOTTOM = 967810, 6585300
TARGET = Grid("EPSG:2154", (10, 10), (LEFT, BOTTOM, LEFT + 3000, BOTTOM + 2500))


def source(crs, corner, pixel, width, height):
    return Grid.from_transform(
        CRS(crs).to_wkt(), Affine(pixel, 0, corner[0], 0, -pixel, corner[1]), width, height
    )


SOURCES = {
    "UTM 31N, 10 m": source("EPSG:32631", (699960, 5200020), 10, 10980, 10980),
    "UTM 32N, 20 m": source("EPSG:32632", (199980, 5200020), 20, 5490, 5490),
    "UTM 32N, 30 m, half-pixel corner": source("EPSG:32632", (199995, 5200005), 30, 7000, 7000),
    "LAEA, 10 m": source("EPSG:3035", (4000000, 2600000), 10, 12000, 12000),
    "degrees, odd corner": source("EPSG:4326", (6.123456, 46.7), 1e-4 / 1.1, 20000, 20000),
    "LAEA, oblong": Grid.from_transform(
        "EPSG:3035", Affine(10, 0, 4000000, 0, -9.99875, 2600000), 12000, 12000
    ),
}


def by_pyproj(grid, native):
    """(columns, rows) of `native` under each pixel centre, each transformed on its own."""
    xs = grid.bounds[0] + (np.arange(grid.width) + 0.5) * grid.pixel[0]
    ys = grid.bounds[3] - (np.arange(grid.height) + 0.5) * grid.pixel[1]
    transformer = Transformer.from_crs(grid.crs, native.crs, always_xy=True)
    east, north = transformer.transform(*np.meshgrid(xs, ys))
    t = native.transform
    return np.floor((east - t.c) / t.a).astype(int), np.floor((north - t.f) / t.e).astype(int)


@pytest.mark.parametrize("name", SOURCES)
def test_every_pixel_takes_the_source_pixel_under_its_centre(name):
    native = SOURCES[name]
    lattice = Gatherer(TARGET).lattice(native)
    cols, rows = by_pyproj(TARGET, native)
    assert np.array_equal(lattice.cols - native.origin[0], cols)
    assert np.array_equal(lattice.rows - native.origin[1], rows)


def test_a_target_that_is_oblong_and_off_the_origin_takes_the_pixels_under_its_centres():
    target = Grid.from_transform(
        "EPSG:2154", Affine(10, 0, LEFT + 3, 0, -7.25, BOTTOM + 2501.5), 300, 250
    )
    native = SOURCES["UTM 31N, 10 m"]
    lattice = Gatherer(target).lattice(native)
    cols, rows = by_pyproj(target, native)
    assert np.array_equal(lattice.cols - native.origin[0], cols)
    assert np.array_equal(lattice.rows - native.origin[1], rows)


@pytest.mark.parametrize("name", SOURCES)
def test_a_block_gathers_what_the_whole_does(name):
    native = SOURCES[name]
    whole = Gatherer(TARGET).lattice(native)
    for piece in TARGET.pieces(97):
        part = TARGET.subgrid(piece.col_off, piece.row_off, piece.width, piece.height)
        lattice = Gatherer(part).lattice(native)
        cut = (
            slice(piece.row_off, piece.row_off + piece.height),
            slice(piece.col_off, piece.col_off + piece.width),
        )
        assert np.array_equal(lattice.cols, whole.cols[cut])
        assert np.array_equal(lattice.rows, whole.rows[cut])


def test_one_pixel_is_a_grid_too():
    native = SOURCES["UTM 31N, 10 m"]
    lattice = Gatherer(TARGET.subgrid(123, 45, 1, 1)).lattice(native)
    whole = Gatherer(TARGET).lattice(native)
    assert (lattice.cols[0, 0], lattice.rows[0, 0]) == (whole.cols[45, 123], whole.rows[45, 123])


def test_the_footprint_is_the_smallest_window_that_holds_every_pixel():
    native = SOURCES["UTM 32N, 20 m"]
    cols, rows = by_pyproj(TARGET, native)
    inside = (cols >= 0) & (rows >= 0)
    window = Gatherer(TARGET).lattice(native).footprint(native)
    assert (window.col_off, window.row_off) == (cols[inside].min(), rows[inside].min())
    assert window.col_off + window.width == cols[inside].max() + 1
    assert window.row_off + window.height == rows[inside].max() + 1


def test_pixels_beyond_the_source_are_filled():
    cols, rows = by_pyproj(TARGET, SOURCES["UTM 31N, 10 m"])
    middle_col, middle_row = int(cols.mean()), int(rows.mean())
    t = SOURCES["UTM 31N, 10 m"].transform
    corner = (t.c + middle_col * t.a, t.f + middle_row * t.e)
    native = source("EPSG:32631", corner, 10, 80, 60)
    lattice = Gatherer(TARGET).lattice(native)
    pixels = lattice.pixels(native)
    values = np.arange(60 * 80, dtype=np.int32).reshape(60, 80)
    cols, rows = cols - middle_col, rows - middle_row
    inside = (cols >= 0) & (cols < 80) & (rows >= 0) & (rows < 60)
    expected = np.where(inside, rows * 80 + cols, -9)
    assert (pixels.window.width, pixels.window.height) == (80, 60)
    assert np.array_equal(pixels.take(values, -9), expected)
    assert np.array_equal(lattice.take(values, Window(0, 0, 80, 60), native, -9), expected)


def test_a_window_within_the_source_is_taken_from_where_it_lies():
    native = SOURCES["UTM 32N, 20 m"]
    lattice = Gatherer(TARGET).lattice(native)
    needed = lattice.footprint(native)
    window = Window(needed.col_off + 3, needed.row_off + 2, needed.width - 7, needed.height - 5)
    values = np.arange(window.width * window.height).reshape(window.height, window.width)
    cols, rows = by_pyproj(TARGET, native)
    cols, rows = cols - window.col_off, rows - window.row_off
    inside = (cols >= 0) & (cols < window.width) & (rows >= 0) & (rows < window.height)
    expected = np.where(inside, rows * window.width + cols, -9)
    assert np.array_equal(lattice.take(values, window, native, -9), expected)


def test_several_bands_are_taken_at_once():
    native = SOURCES["UTM 31N, 10 m"]
    pixels = Gatherer(TARGET).lattice(native).pixels(native)
    shape = (3, int(pixels.window.height), int(pixels.window.width))
    values = np.random.default_rng(3).integers(0, 9999, shape).astype(np.uint16)
    taken = pixels.take(values, 0)
    assert taken.shape == (3, *TARGET.shape)
    assert all(np.array_equal(taken[i], pixels.take(values[i], 0)) for i in range(3))


def test_a_source_elsewhere_has_no_footprint():
    elsewhere = source("EPSG:32631", (300000, 4600000), 10, 100, 100)
    lattice = Gatherer(TARGET).lattice(elsewhere)
    assert lattice.footprint(elsewhere) is None
    assert lattice.pixels(elsewhere) is None


def test_centres_the_source_crs_cannot_represent_are_outside():
    world = Grid("EPSG:4326", (1, 1), (-180, -90, 180, 90))
    native = SOURCES["UTM 31N, 10 m"]
    transformer = Transformer.from_crs("EPSG:4326", native.crs, always_xy=True)
    xs, ys = np.meshgrid(np.arange(-179.5, 180), np.arange(89.5, -90, -1))
    assert not np.isfinite(transformer.transform(xs, ys)).all()
    big = source("EPSG:32631", (0, 6000000), 100000, 10, 20)
    lattice = Gatherer(world).lattice(big)
    with np.errstate(invalid="ignore"):
        cols, rows = by_pyproj(world, big)
    inside = (cols >= 0) & (cols < 10) & (rows >= 0) & (rows < 20)
    assert np.array_equal(~lattice.pixels(big).outside, inside)


def test_tiles_of_one_lattice_share_their_indices():
    gatherer = Gatherer(TARGET)
    west = source("EPSG:32631", (699960, 5200020), 10, 10980, 10980)
    east = source("EPSG:32631", (799980, 5200020), 10, 10980, 10980)
    assert gatherer.lattice(west) is gatherer.lattice(east)
    shifted = source("EPSG:32631", (699965, 5200020), 10, 10980, 10980)
    assert gatherer.lattice(west) is not gatherer.lattice(shifted)


@pytest.mark.parametrize(
    "transform",
    [
        Affine.rotation(10) @ Affine.scale(10, -10),
        Affine(10, 0, 700000, 0, 10, 5000000),  # south up
        Affine(-10, 0, 700000, 0, -10, 5000000),  # west and east exchanged
        Affine(10, 1, 700000, 0, -10, 5000000),
        Affine(10, 0, 700000, 1, -10, 5000000),
        Affine(0, 0, 700000, 0, -10, 5000000),
        Affine(10, 0, 700000, 0, 0, 5000000),
    ],
)
def test_a_raster_that_is_not_north_up_is_refused(transform):
    with pytest.raises(ValueError, match="not a north-up raster"):
        Grid.from_transform("EPSG:32631", transform, 10, 10)
