"""Which scenes touch a block: against pixel centres transformed one by one, and at odd places."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from pyproj import Transformer

from lccs_inputs.imagery.places import Extent, Places
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.grid import Grid
from switzerland import SWITZERLAND, listed, scene, seen_from, year

BLOCKS = {block.name: SWITZERLAND.block_grid(block) for block in SWITZERLAND.blocks()}


def tiles(scenes: SceneList) -> set[str]:
    return {each.tile for each in scenes.scenes}


@pytest.mark.parametrize(
    ("side", "step"), [(4096, 1), (1024, 7)], ids=["blocks", "some tiles of Earth Engine"]
)
def test_a_piece_of_switzerland_is_touched_by_the_scenes_it_sees_a_pixel_of(
    side: int, step: int
) -> None:
    whole, sizes = year(), []
    for piece in list(SWITZERLAND.grid.pieces(side))[::step]:
        grid = SWITZERLAND.block_grid(piece)
        expected = seen_from(grid)
        touching = whole.touching(grid)
        assert tiles(touching) == expected, piece.name
        assert touching.scenes == [each for each in whole.scenes if each.tile in expected]
        sizes.append(len(touching.scenes))
    assert len(whole.scenes) == 2000
    assert max(sizes) < 1300
    assert np.median(sizes) < 500


def test_a_scene_in_the_east_leaves_the_blocks_of_the_west_alone() -> None:
    before = year()
    moment = datetime(2018, 3, 3, 10, 10, 0, tzinfo=UTC)  # before its pass was seen elsewhere
    late = [scene("32TPT", 65, moment), scene("32TPT", 65, moment.replace(year=2019))]
    after = listed(sorted([*before.scenes, *late], key=lambda each: (each.datetime, each.id)))
    changed = {
        name
        for name, grid in BLOCKS.items()
        if before.touching(grid).fingerprint != after.touching(grid).fingerprint
    }
    assert changed == {name for name, grid in BLOCKS.items() if "32TPT" in seen_from(grid)}
    assert 0 < len(changed) < len(BLOCKS) / 4


def test_an_earlier_scene_of_the_same_pass_elsewhere_changes_no_fingerprint() -> None:
    """It gives the pass another name."""
    start = datetime(2018, 3, 3, 10, 20, 21, tzinfo=UTC)
    south, north = scene("32TNS", 65, start, 20), scene("32TNT", 65, start, 6)
    alone = listed([replace(south, observation=f"sentinel2a {south.datetime}")])
    both = listed([replace(each, observation=f"sentinel2a {north.datetime}")
                   for each in (north, south)])  # fmt: skip
    here = Grid("EPSG:32632", (10, 10), (540_000, 5_120_000, 541_000, 5_121_000))
    assert tiles(both.touching(here)) == {"32TNS"}
    assert both.touching(here).fingerprint == alone.touching(here).fingerprint


def test_a_country_is_sorted_into_its_blocks_in_no_time() -> None:
    """While Snakemake parses; it takes some tenths of a second."""
    fresh = replace(year(), scenes=[replace(each) for each in year().scenes])
    started = time.process_time()
    assert len({fresh.touching(grid).fingerprint for grid in BLOCKS.values()}) > 10
    assert time.process_time() - started < 10


def test_a_scene_that_does_not_say_where_it_lies_touches_everything() -> None:
    unplaced = replace(year().scenes[0], extent=None)
    for grid in BLOCKS.values():
        assert listed([unplaced]).touching(grid).scenes == [unplaced]


FIJI = Grid("EPSG:3460", (10, 10), (2_090_000, 3_900_000, 2_190_000, 4_000_000))
"""On both sides of 180 degrees."""
POLE = Grid("EPSG:3995", (100, 100), (-100_000, -100_000, 100_000, 100_000))
PARIS = Grid("EPSG:2154", (10, 10), (640_000, 6_850_000, 650_000, 6_860_000))


@pytest.mark.parametrize(
    ("grid", "extent", "touches"),
    [
        (FIJI, Extent("EPSG:32760", (799_980, 7_990_240, 909_780, 8_100_040)), True),
        (FIJI, Extent("EPSG:32701", (99_960, 7_990_240, 209_760, 8_100_040)), True),
        (FIJI, Extent("EPSG:32760", (500_040, 7_990_240, 609_780, 8_100_040)), False),
        (FIJI, Extent("EPSG:4326", (179.9, -18, 180, -16)), True),
        (FIJI, Extent("EPSG:4326", (-180, -18, -179.9, -16)), True),
        (FIJI, Extent("EPSG:4326", (179.9, -18, 180.1, -16)), True),
        (FIJI, Extent("EPSG:4326", (-10, -18, 10, -16)), False),
        (FIJI, Extent("EPSG:4326", (-180, -90, 180, 90)), True),
        (FIJI, Extent("EPSG:6933", (-17_367_530, -7_000_000, 17_367_530, 7_000_000)), True),
        (POLE, Extent("EPSG:4326", (20, 89.9, 21, 90)), True),
        (POLE, Extent("EPSG:3413", (-1000, -1000, 1000, 1000)), True),
        (POLE, Extent("EPSG:3413", (500_000, 500_000, 600_000, 600_000)), False),
        (PARIS, Extent("EPSG:4326", (-180, -90, 180, 90)), True),
        (PARIS, Extent("EPSG:3857", (0, 6_000_000, 1_000_000, 7_000_000)), True),
        (PARIS, Extent("EPSG:32632", (300_000, 5_000_000, 409_800, 5_109_800)), False),
    ],
)  # fmt: skip
def test_places_where_coordinates_jump_are_told_apart_or_kept(
    grid: Grid, extent: Extent, touches: bool
) -> None:
    assert bool(Places([extent]).touching(grid)) == touches


@pytest.mark.parametrize("resolution", [10, 500])
def test_no_scene_with_a_single_pixel_in_a_corner_is_left_out(resolution: float) -> None:
    """Corners, and the middles of edges, which are curved in the CRS of the scene."""
    side = 4096 * resolution
    grid = Grid("EPSG:3035", (resolution, resolution), (4e6, 2e6, 4e6 + side, 2e6 + side))
    move = Transformer.from_crs(grid.crs, "EPSG:32632", always_xy=True)
    half = resolution / 2
    for x in (grid.bounds[0] + half, 4e6 + side / 2, grid.bounds[2] - half):
        for y in (grid.bounds[1] + half, 2e6 + side / 2, grid.bounds[3] - half):
            if (x, y) == (4e6 + side / 2, 2e6 + side / 2):
                continue
            east, north = move.transform(x, y)
            outwards = np.sign([x - 4e6 - side / 2, y - 2e6 - side / 2])
            corner = np.array([east, north]) - outwards * 1e-3
            far = corner + outwards * 1e5 + (outwards == 0) * 1
            bounds = (*np.minimum(corner, far), *np.maximum(corner, far))
            assert Places([Extent("EPSG:32632", bounds)]).touching(grid) == [0], (x, y)
