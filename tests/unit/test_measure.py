"""Elevation, slope and heights on the grid, against planes whose values are known."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Geod, Transformer
from shapely import box

from lccs_inputs.errors import SourceError
from lccs_inputs.grid import Area, Grid
from lccs_inputs.products import PRODUCTS
from lccs_inputs.products.align import align_product
from lccs_inputs.products.slope import pixel_metres, slope_degrees

WEST, NORTH = 983_040.0, 6_594_560.0
GRID = Grid("EPSG:2154", 10, (WEST, NORTH - 1200, WEST + 1500, NORTH))
AREA = Area(box(*GRID.bounds), GRID)
SECOND = 1 / 3600
EAST, SOUTH = 0.25, 0.12  # metres of rise for a metre towards the east, and towards the south


def write(path: Path, heights: np.ndarray, crs: str, transform: Affine, **options) -> Path:
    profile = {"driver": "GTiff", "count": 1, "crs": crs, "transform": transform}
    rows, cols = heights.shape
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
        "EPSG:4326", SECOND, (6, latitude - 0.5 * SECOND, 6 + SECOND, latitude + 0.5 * SECOND)
    )
    (width,), (height,) = pixel_metres(grid)
    geod = Geod(ellps="WGS84")
    middle, half = 6 + SECOND / 2, SECOND / 2
    assert width == pytest.approx(geod.inv(6, latitude, 6 + SECOND, latitude)[2], rel=1e-6)
    expected = geod.inv(middle, latitude - half, middle, latitude + half)[2]
    assert height == pytest.approx(expected, rel=1e-6)


def test_a_neighbour_that_is_not_known_counts_as_high_as_the_pixel():
    heights = np.full((3, 3), 10.0)
    heights[:, 2] = np.nan
    assert slope_degrees(heights, np.array([10.0]), np.array([10.0])) == 0
    heights[1, 1] = np.nan
    assert np.isnan(slope_degrees(heights, np.array([10.0]), np.array([10.0])))
