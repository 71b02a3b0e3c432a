"""Tiles: anchored, within the limits of a request, none for what the area leaves out."""

import numpy as np
import pytest
from shapely import Point, box

from lccs_inputs.earthengine.tiles import REQUEST_BYTES, pixel_grid, plan_tiles, tile_side
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.rasters.area import Area, resolve_area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.sample import EVIAN

S2 = SENSORS["sentinel2"]
BANDS = len(S2.scene_set_bands)


def tiles_of(area, bands=BANDS, itemsize=2):
    return [
        tile
        for block in area.blocks()
        for tile in plan_tiles(area.block_grid(block), area, bands, itemsize)
    ]


def test_the_evian_box_takes_no_more_than_12_requests_of_sentinel_2():
    area = resolve_area("evian", {"bbox": EVIAN}, "EPSG:2154", 10, 4096)
    assert len(tiles_of(area)) == 6


@pytest.mark.parametrize(("bands", "itemsize"), [(BANDS, 2), (3, 2), (1, 1), (16, 8), (100, 4)])
def test_a_tile_with_its_masks_fits_a_request(bands, itemsize):
    side = tile_side(bands, itemsize)
    assert side * side * bands * (itemsize + 1) <= REQUEST_BYTES
    assert tile_side(BANDS, 2) == 1024


def test_tiles_cover_a_block_once():
    area = resolve_area("evian", {"bbox": EVIAN}, "EPSG:2154", 10, 4096)
    block = area.blocks()[0]
    seen = np.zeros((block.height, block.width), int)
    for tile in plan_tiles(area.block_grid(block), area, BANDS, 2):
        height, width = tile.grid.shape
        seen[tile.row_off : tile.row_off + height, tile.col_off : tile.col_off + width] += 1
    assert (seen == 1).all()


def test_areas_that_overlap_ask_for_the_same_inner_tiles():
    def bounds(left):
        grid = Grid("EPSG:2154", (10, 10), (left, 6560000, left + 60000, 6600000), 4096)
        return {tile.grid.bounds for tile in tiles_of(Area(box(*grid.bounds), grid))}

    full = {each for each in bounds(940000) if each[2] - each[0] == 10240}
    assert full & bounds(951300)


def test_what_the_area_leaves_out_is_not_asked_for():
    grid = Grid("EPSG:2154", (10, 10), (940000, 6560000, 1000000, 6600000), 4096)
    whole = tiles_of(Area(box(*grid.bounds), grid))
    corner = tiles_of(Area(Point(945000, 6565000).buffer(900), grid))
    assert len(corner) == 1 < len(whole)


def test_quarters_cover_their_tile_and_share_its_lattice():
    grid = Grid("EPSG:2154", (10, 10), (940000, 6560000, 940070, 6560050), 4096)
    (tile,) = tiles_of(Area(box(*grid.bounds), grid))
    quarters = list(tile.quarters())
    assert sum(each.grid.width * each.grid.height for each in quarters) == 35
    assert {each.grid.shape for each in quarters} == {(3, 4), (3, 3), (2, 4), (2, 3)}
    (single,) = tiles_of(Area(box(940000, 6560000, 940010, 6560010), grid.subgrid(0, 4, 1, 1)))
    assert len(list(single.quarters())) == 1


def test_the_grid_asked_for_is_the_exact_one():
    grid = Grid("EPSG:2154", (10, 10), (940000, 6560000, 940070, 6560050), 4096)
    asked = pixel_grid(grid)
    assert asked["crsCode"] == "EPSG:2154"
    assert asked["dimensions"] == {"width": 7, "height": 5}
    corner = [asked["affineTransform"][key] for key in ("translateX", "translateY")]
    scales = [asked["affineTransform"][key] for key in ("scaleX", "scaleY", "shearX", "shearY")]
    assert (corner, scales) == ([940000, 6560050], [10, -10, 0, 0])
