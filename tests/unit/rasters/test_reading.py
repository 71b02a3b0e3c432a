"""Windows of an area, and rasters that must lie on its grid."""

from pathlib import Path

import pytest
from rasterio.env import get_gdal_config
from shapely import box

from lccs_inputs.errors import SourceError
from lccs_inputs.rasters.reading import area_windows, gdal_env, open_on_grid
from small_rasters import area_of, grid_of, write_codes


@pytest.mark.parametrize("left", [0, 12_340])
def test_windows_are_whole_tiles_and_leave_out_what_lies_outside_the_area(left: int) -> None:
    grid = grid_of(6000, 100, left=left, top=100 * 2048 * 10)
    left_end = box(left, grid.bounds[1], left + 30_004, grid.bounds[3])
    seen = list(area_windows(area_of(grid, left_end), "test"))
    assert [(w.col_off, w.width, w.height) for w, _ in seen] == [(0, 2048, 100), (2048, 2048, 100)]
    assert seen[0][1].all()
    assert seen[1][1][0].sum() == 3000 - 2048


def test_a_raster_off_the_grid_is_refused_with_both_lattices(tmp_path: Path) -> None:
    path = write_codes(tmp_path / "a.tif", grid_of(8, 4, left=900_005), 1)
    with pytest.raises(SourceError) as raised:
        open_on_grid(path, grid_of(8, 4))
    assert "a.tif: is 8 × 4 px of 10 × 10 from (900005, 6500000)" in str(raised.value)
    assert "(8 × 4 px of 10 × 10 from (900000, 6500000))" in str(raised.value)
    with pytest.raises(SourceError, match=r"b\.tif: cannot be opened as a raster"):
        open_on_grid(tmp_path / "b.tif", grid_of(8, 4))


def test_gdal_keeps_32_mib_of_blocks() -> None:
    """In bytes, as `rasterio.Env` wants them: with 256 of them every read decodes its block."""
    with gdal_env():
        assert get_gdal_config("GDAL_CACHEMAX") == 32 * 2**20
