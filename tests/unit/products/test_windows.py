"""The windows products are put on the grid by."""

from dataclasses import replace

import pytest
from rasterio.enums import Resampling

from lccs_inputs.products.windows import work_windows
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import TILE

GRID = Grid("EPSG:2154", (10, 10), (700_130, 6_500_070, 731_130, 6_525_070), 4096)
"""3,100 × 2,500 px, no tile of which begins on the lattice of windows."""


@pytest.mark.parametrize("resampling", [Resampling.nearest, Resampling.bilinear])
def test_what_is_exact_is_worked_on_by_whole_tiles(resampling: Resampling) -> None:
    found = list(work_windows(GRID, replace(GRID, crs="EPSG:3035"), resampling))
    assert sum(each.width * each.height for each in found) == GRID.width * GRID.height
    for each in found:
        assert each.col_off % TILE == each.row_off % TILE == 0
        assert each.width % TILE == 0 or each.col_off + each.width == GRID.width
        assert each.height % TILE == 0 or each.row_off + each.height == GRID.height


def test_an_average_is_worked_on_by_windows_of_the_lattice() -> None:
    found = list(work_windows(GRID, replace(GRID, crs="EPSG:3035"), Resampling.average))
    assert sum(each.width * each.height for each in found) == GRID.width * GRID.height
    left, top = round(GRID.bounds[0] / 10), round(GRID.bounds[3] / 10)
    assert all((left + each.col_off) % 2048 == 0 for each in found if each.col_off)
    assert all((top - each.row_off) % 2048 == 0 for each in found if each.row_off)
