"""Native pixels onto a grid, against transforming every pixel centre by itself in float64."""

from dataclasses import replace

import numpy as np
import pytest
from pyproj import Transformer

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.positions import Positions
from lccs_inputs.rasters.resampling import Native, bilinear, nearest

LEFT, BOTTOM, FILL = 967_810, 6_585_300, 255
TARGET = Grid("EPSG:2154", (10, 10), (LEFT, BOTTOM, LEFT + 2000, BOTTOM + 1500))
SOURCES = {
    "LAEA, 10 m": ("EPSG:3035", 10.0),
    "UTM 32N, 30 m": ("EPSG:32632", 30.0),
    "degrees": ("EPSG:4326", 1e-4),
    "the same lattice": ("EPSG:2154", 10.0),
    "half a pixel off": ("EPSG:2154", 20.0),
}


def places(grid, source):
    """Column and row of each pixel centre in px of `source`, each transformed by itself."""
    xs = grid.bounds[0] + (np.arange(grid.width) + 0.5) * grid.pixel[0]
    ys = grid.bounds[3] - (np.arange(grid.height) + 0.5) * grid.pixel[1]
    east, north = Transformer.from_crs(grid.crs, source.crs, always_xy=True).transform(
        *np.meshgrid(xs, ys)
    )
    west, _, _, top = source.bounds
    return (east - west) / source.pixel[0], (top - north) / source.pixel[1]


def around(name, smaller=0):
    """A source over the target, from its lower left quarter on where it is to be smaller."""
    crs, pixel = SOURCES[name]
    transformer = Transformer.from_crs("EPSG:2154", crs, always_xy=True)
    bounds = transformer.transform_bounds(*TARGET.bounds)
    grid = Grid.around(bounds, crs, pixel)
    return grid.subgrid(
        grid.width // 4 * smaller - 3 * (not smaller), -3, grid.width // (1 + smaller) + 6,
        grid.height + 6,
    )  # fmt: skip


def percent(grid, gaps):
    pixels = np.random.default_rng(7).integers(0, 101, grid.shape).astype(np.uint8)
    if gaps:
        pixels[np.random.default_rng(8).random(grid.shape) < gaps] = FILL
    return Native(pixels, *grid.origin, FILL)


def expected_between(native, col, row):
    height, width = native.pixels.shape
    framed = np.pad(native.pixels, 2, constant_values=FILL).astype(float)
    left, top = np.floor(col - 0.5).astype(int), np.floor(row - 0.5).astype(int)
    right, down = col - 0.5 - left, row - 0.5 - top
    total, weights = np.zeros(col.shape), np.zeros(col.shape)
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        value = framed[np.clip(top + dy, -2, height) + 2, np.clip(left + dx, -2, width) + 2]
        weight = (down if dy else 1 - down) * (right if dx else 1 - right) * (value != FILL)
        total, weights = total + weight * value, weights + weight
    own = framed[
        np.clip(np.floor(row), -2, height).astype(int) + 2,
        np.clip(np.floor(col), -2, width).astype(int) + 2,
    ]
    return np.where(own == FILL, FILL, total / np.maximum(weights, 1e-12))


@pytest.mark.parametrize("gaps", [0, 0.2, 0.9])
@pytest.mark.parametrize("smaller", [0, 1])
@pytest.mark.parametrize("name", SOURCES)
def test_what_lies_between_four_pixels_is_that_of_the_exact_transform(name, smaller, gaps):
    source = around(name, smaller)
    native = percent(source, gaps)
    exact = expected_between(native, *places(TARGET, source))
    found = bilinear(Positions(TARGET, source), native)
    halves = np.abs(exact - np.floor(exact) - 0.5) < 1e-6  # rounded either way
    assert np.array_equal(found[~halves], np.floor(exact + 0.5)[~halves])
    assert np.abs(found - exact)[halves].max(initial=0) < 0.5 + 1e-5
    assert (found != FILL).any()
    assert (found == FILL).any() == bool(gaps or smaller)


@pytest.mark.parametrize("name", SOURCES)
def test_a_block_is_interpolated_as_the_whole_is(name):
    source = around(name)
    native = percent(source, 0.1)
    whole = bilinear(Positions(TARGET, source), native)
    for piece in TARGET.pieces(97):
        part = TARGET.subgrid(piece.col_off, piece.row_off, piece.width, piece.height)
        cut = whole[piece.row_off :, piece.col_off :][: piece.height, : piece.width]
        assert np.array_equal(bilinear(Positions(part, source), native), cut)


@pytest.mark.parametrize("smaller", [0, 1])
@pytest.mark.parametrize("name", SOURCES)
def test_the_nearest_pixel_is_the_one_under_the_centre(name, smaller):
    source = around(name, smaller)
    native = percent(source, 0)
    col, row = (np.floor(place).astype(int) for place in places(TARGET, source))
    inside = (col >= 0) & (row >= 0) & (col < source.width) & (row < source.height)
    taken = native.pixels[np.where(inside, row, 0), np.where(inside, col, 0)]
    found = nearest(Positions(TARGET, source), native)
    assert np.array_equal(found, np.where(inside, taken, FILL))


@pytest.mark.parametrize("name", SOURCES)
def test_the_pixels_of_a_footprint_are_all_that_is_needed(name):
    source = around(name)
    native, positions = percent(source, 0), Positions(TARGET, source)
    window = positions.footprint(source, 2)
    rows = slice(window.row_off, window.row_off + window.height)
    cols = slice(window.col_off, window.col_off + window.width)
    col, row = source.origin
    part = replace(
        native, pixels=native.pixels[rows, cols], col=col + window.col_off, row=row + window.row_off
    )
    assert np.array_equal(nearest(positions, part), nearest(positions, native))
    assert np.array_equal(bilinear(positions, part), bilinear(positions, native))


def test_where_a_crs_cannot_reach_there_is_nothing():
    world = Grid("EPSG:4326", (1, 1), (-180, -90, 180, 90))
    source = Grid("EPSG:32631", (100_000, 100_000), (0, 4_000_000, 1_000_000, 6_000_000))
    native, positions = percent(source, 0), Positions(world, source)
    assert not np.isfinite(positions.error)
    with np.errstate(invalid="ignore"):
        found_at = (np.where(np.isfinite(p), p, -9) for p in places(world, source))
        exact = expected_between(native, *found_at)
    found = bilinear(positions, native)
    assert np.abs(found - exact).max() <= 0.5 + 1e-9
    window = positions.footprint(source, 0)
    assert window is not None
    assert (window.width, window.height) == (source.width, source.height)
