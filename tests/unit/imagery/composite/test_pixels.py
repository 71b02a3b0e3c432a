"""Where the pixels of a block lie on native lattices."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from shapely import Point, box

from lccs_inputs.imagery.composite.pixels import TargetPixels
from lccs_inputs.imagery.composite.rows import Room
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid

GRID = Grid("EPSG:2154", (10, 10), (970000, 6590000, 971700, 6591400))


def pixels(folder, outline, finest):
    return TargetPixels(GRID, Area(outline, GRID).mask(GRID), Room(10**9, folder), finest)


@pytest.mark.parametrize("corner", [(300000, 5200020), (300010, 5200010), (300003.5, 5199991.25)])
@pytest.mark.parametrize("side", [20, 60])
@pytest.mark.parametrize("outline", [box(*GRID.bounds), Point(970900, 6590700).buffer(650)])
def test_a_coarse_lattice_derived_from_the_finest_is_the_one_looked_up(
    tmp_path, outline, side, corner
):
    left, top = corner
    raster = Grid("EPSG:32632", (side, side), (left, top - 300 * side, left + 300 * side, top))
    derived = pixels(tmp_path, outline, 10).native(raster)
    looked_up = pixels(tmp_path, outline, side).native(raster)
    for name in ("left", "top", "width", "height", "index", "boxes"):
        assert np.array_equal(getattr(derived, name), getattr(looked_up, name)), name


def test_pixels_that_a_native_crs_cannot_represent_stay_beyond_its_coarser_lattices(tmp_path):
    pole = Grid("EPSG:4326", (0.0001, 0.0001), (9, 89.998, 9.004, 90.002))
    inside = np.ones(pole.shape, bool)
    raster = Grid("EPSG:32632", (20, 20), (499000, 9995000, 501000, 9997000))
    derived, looked_up = (
        TargetPixels(pole, inside, Room(10**9, tmp_path), finest).native(raster)
        for finest in (10, 20)
    )
    beyond = looked_up.index == looked_up.width * looked_up.height
    assert beyond.any()
    assert not beyond.all()
    assert np.array_equal(derived.index == derived.width * derived.height, beyond)


def test_each_lattice_is_looked_up_once_and_two_of_them_side_by_side(tmp_path, monkeypatch):
    looked_up, both = [], Barrier(2, timeout=30)  # which breaks where one waits for the other
    placed = TargetPixels._placed

    def look_up(self, source):
        looked_up.append(source.crs)
        both.wait()
        return placed(self, source)

    monkeypatch.setattr(TargetPixels, "_placed", look_up)
    rasters = [
        Grid(crs, (side, side), (left, 5140000, left + 6000, 5200000))
        for crs, left in (("EPSG:32631", 720000), ("EPSG:32632", 300000))
        for side in (10, 20)
    ]
    target = pixels(tmp_path, box(*GRID.bounds), 10)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(target.native, rasters * 3))
    assert sorted(looked_up) == ["EPSG:32631", "EPSG:32632"]
    assert all(one is other for one, other in zip(found, found[:4] * 3, strict=True))
