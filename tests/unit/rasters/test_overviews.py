"""Overviews, pixel by pixel as they are described, and as GDAL makes them."""

from collections import Counter
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.rasters.overviews import write_overviews
from lccs_inputs.rasters.writing import create_raster, profile
from small_rasters import grid_of

NODATA = 255
RNG = np.random.default_rng(5)


def one_pixel(four, resampling):
    """What stands for up to four pixels, in the order of rows."""
    if resampling == "nearest":
        return four[0]
    known = [code for code in four if code != NODATA]
    if not known:
        return NODATA
    if resampling == "average":
        return int(sum(known) / len(known) + 0.5)
    seen = Counter()
    most = known[0]
    for code in known:
        seen[code] += 1
        if seen[code] > seen[most]:
            most = code
    return most


def halved(pixels, resampling):
    height, width = (-(-side // 2) for side in pixels.shape)
    return np.array([
        [
            one_pixel(pixels[2 * r : 2 * r + 2, 2 * c : 2 * c + 2].ravel().tolist(), resampling)
            for c in range(width)
        ]
        for r in range(height)
    ])  # fmt: skip


def write(path: Path, *bands: np.ndarray) -> Path:
    height, width = bands[0].shape
    names = [str(at) for at in range(len(bands))]
    with create_raster(path, grid_of(width, height), names, "uint8", NODATA) as raster:
        for at, band in enumerate(bands, start=1):
            raster.write(band, at)
    return path


def levels_of(path: Path, resampling: str, smallest: int, band: int = 1) -> list[np.ndarray]:
    form = profile(grid_of(1, 1), 1, "uint8", None)
    halves = (path.with_name(f"half{n}.tif") for n in count(1))
    whole, *levels = write_overviews(path, resampling, smallest, form, halves)
    assert whole == path
    found = []
    for level in levels:
        with rasterio.open(level) as overview:
            found.append(overview.read(band))
        level.unlink()
    return found


@pytest.mark.parametrize("resampling", ["nearest", "mode", "average"])
@pytest.mark.parametrize("shape", [(64, 48), (37, 61), (1, 9)])
def test_a_pixel_stands_for_the_four_it_covers(tmp_path, resampling, shape):
    pixels = RNG.choice(np.array([0, 1, 2, 97, NODATA], np.uint8), shape)
    first, *further = levels_of(write(tmp_path / "a.tif", pixels), resampling, 8)
    assert np.array_equal(first, halved(pixels, resampling))
    for level in further:
        assert np.array_equal(level, halved(first, resampling))
        first = level
    assert max(first.shape) <= 8


@pytest.mark.parametrize("resampling", ["nearest", "mode", "average"])
def test_they_are_those_of_gdal(tmp_path, resampling):
    pixels = RNG.choice(np.array([0, 1, 2, 97, NODATA], np.uint8), (512, 256))
    path = write(tmp_path / "a.tif", pixels)
    found = levels_of(path, resampling, 128)
    with rasterio.open(path, "r+") as raster:
        raster.build_overviews([2, 4], rasterio.enums.Resampling[resampling])
    for level, ours in enumerate(found):
        with rasterio.open(path, overview_level=level) as overview:
            assert np.array_equal(overview.read(1), ours)


def test_every_band_has_its_own_and_nothing_stays_behind(tmp_path):
    bands = [RNG.integers(0, 9, (40, 40)).astype(np.uint8) for _ in range(3)]
    path = write(tmp_path / "a.tif", *bands)
    for at, band in enumerate(bands, start=1):
        assert np.array_equal(levels_of(path, "mode", 20, at)[0], halved(band, "mode"))
    assert [file.name for file in tmp_path.iterdir()] == ["a.tif"]


@pytest.mark.parametrize(
    ("dtype", "nodata"), [("int16", -32768), ("float32", -3.4028234663852886e38)]
)
def test_quantities_below_0_and_of_a_fraction_are_averaged(tmp_path, dtype, nodata):
    pixels = RNG.choice(np.array([-30_000, -7, -2, 32_767, nodata]), (38, 41)).astype(dtype)
    if dtype == "float32":
        pixels = np.where(pixels == nodata, pixels, pixels / np.float32(16))
    path = tmp_path / "a.tif"
    with create_raster(path, grid_of(41, 38), ["a"], dtype, nodata) as raster:
        raster.write(pixels, 1)
    found = levels_of(path, "average", 21)[0]
    wide = np.pad(pixels.astype(float), ((0, 0), (0, 1)), constant_values=nodata)
    wide[wide == nodata] = np.nan
    four = wide.reshape(19, 2, 21, 2)
    known = ~np.isnan(four).all(axis=(1, 3))
    mean = np.nansum(four, axis=(1, 3)) / np.maximum((~np.isnan(four)).sum(axis=(1, 3)), 1)
    expected = np.floor(mean + 0.5) if dtype == "int16" else mean.astype(np.float32)
    assert 0 < known.mean() < 1
    assert np.array_equal(found[known], expected[known])
    assert (found[~known] == np.array(nodata, dtype)).all()
