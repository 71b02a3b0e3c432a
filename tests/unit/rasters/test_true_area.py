"""The ground that pixels are, held against geodesic polygons."""

import numpy as np
import pytest
from pyproj import CRS, Geod, Proj
from shapely import box, get_coordinates, segmentize

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.true_area import true_hectares

SWITZERLAND_IN_LAMBERT_93 = (940_000.0, 6_540_000.0, 1_290_000.0, 6_760_000.0)


def on_the_ground(bounds: tuple[float, float, float, float], crs: str) -> float:
    """Hectares within a box of a CRS, by the geodesic polygon around it."""
    known = CRS.from_user_input(crs)
    geod = known.get_geod()
    assert isinstance(geod, Geod)
    side = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 2000
    x, y = get_coordinates(segmentize(box(*bounds), side)).T
    lon, lat = Proj(known)(x, y, inverse=True)
    area, _ = geod.polygon_area_perimeter(lon, lat)
    return abs(area) / 1e4


@pytest.mark.parametrize(
    ("crs", "left", "top"),
    [
        ("EPSG:2154", 967_800, 6_597_780),
        ("EPSG:2154", 700_000, 7_050_000),
        ("EPSG:32631", 120_000, 5_500_000),
        ("EPSG:3035", 4_100_000, 2_600_000),
        ("EPSG:3857", 700_000, 5_800_000),
    ],
)
def test_a_pixel_is_as_large_as_the_geodesic_polygon_around_it(
    crs: str, left: float, top: float
) -> None:
    grid = Grid(crs, (100, 100), (left, top - 30_000, left + 40_000, top))
    found = true_hectares(grid)
    assert found.shape == grid.shape
    for row, col in ((0, 0), (299, 399), (150, 17), (127, 128)):
        x, y = left + 100 * col, top - 100 * row
        expected = on_the_ground((x, y - 100, x + 100, y), crs)
        assert found[row, col] == pytest.approx(expected, rel=2e-7)


def test_lambert_93_makes_switzerland_almost_two_thousandths_too_small() -> None:
    left, bottom, right, top = SWITZERLAND_IN_LAMBERT_93
    grid = Grid("EPSG:2154", (200, 200), (left, bottom, right, top))
    total = true_hectares(grid).sum()
    assert total == pytest.approx(on_the_ground(SWITZERLAND_IN_LAMBERT_93, "EPSG:2154"), rel=3e-7)
    plain = (right - left) * (top - bottom) / 1e4
    assert 1.7e-3 < total / plain - 1 < 1.95e-3


def test_a_window_has_the_ground_of_the_whole() -> None:
    grid = Grid("EPSG:2154", (20, 20), (967_800, 6_585_300, 992_180, 6_597_780))
    window = grid.subgrid(300, 77, 500, 301)
    assert np.allclose(
        true_hectares(window), true_hectares(grid)[77:378, 300:800], rtol=5e-9, atol=0
    )


def test_what_the_crs_does_not_show_has_no_area() -> None:
    grid = Grid("EPSG:3035", (1e6, 1e6), (-8e6, -10e6, 20e6, 16e6))
    found = true_hectares(grid)
    assert np.isnan(found[0, 0])
