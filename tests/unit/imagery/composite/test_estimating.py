"""What a pilot tells of a composite is what a server then counts."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from shapely import box

from lccs_inputs.costs import NOTHING, Cost
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.composite.estimating import Means, estimate_blocks
from lccs_inputs.imagery.composite.summary_speed import summary_seconds
from lccs_inputs.imagery.coverage import Coverage
from lccs_inputs.imagery.engine import Ahead
from lccs_inputs.imagery.places import Extent
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from standins.file_server import FileServer
from standins.imagery import scene_list, sentinel2_scene

S2 = SENSORS["sentinel2"]
CRS, SIZE = "EPSG:32631", 1100
GRID = Grid(CRS, (10, 10), (700200, 5191000, 712000, 5199500), 512)
AREA = Area(box(*GRID.bounds).buffer(-900), GRID)
BANDS = ("red", "swir16", "clear_count")
MEANS = Means(cores=2, threads=2, connections=4)


def granule(folder: Path, number: int) -> Scene:
    """A scene without a cloud, each 2 km east of the one before: the last ones leave the area."""
    corner = 700_000 + 2_000 * number, 5_200_000
    made = sentinel2_scene(folder, f"s{number}", CRS, corner, SIZE, number, block=128)
    with rasterio.open(made.assets["scl"].href, "r+") as raster:
        raster.write(np.full(raster.shape, 4, np.uint8), 1)
    for asset in made.assets.values():
        whole = Path(asset.href).rename(f"{asset.href}.whole")
        rasterio.shutil.copy(whole, asset.href, driver="COG", BLOCKSIZE="128", COMPRESS="DEFLATE")
    east, south = corner[0] + SIZE * 10, corner[1] - SIZE * 10
    return replace(made, extent=Extent(CRS, (corner[0], south, east, corner[1])))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


@pytest.fixture(scope="module")
def granules(folder: Path) -> list[Scene]:
    return [granule(folder, number) for number in range(5)]


@dataclass
class Archive:
    """A server, and the scenes that it has."""

    server: FileServer
    scenes: SceneList

    @property
    def requests(self) -> int:
        return len(self.server.requests)


@pytest.fixture
def archive(folder: Path, granules: Sequence[Scene]):
    with FileServer(folder) as server:
        yield Archive(server, scene_list(*(served(each, folder, server.url) for each in granules)))


def served(each: Scene, folder: Path, url: str) -> Scene:
    assets = {
        name: replace(asset, href=asset.href.replace(str(folder), url))
        for name, asset in each.assets.items()
    }
    return replace(each, assets=assets)


def ahead(scenes: SceneList, *, frozen: bool = True) -> Ahead:
    asked = [
        BlockRequest("sentinel2", S2.masks["scl"], block.name, bands=BANDS)
        for block in AREA.blocks()
    ]
    return Ahead(scenes, frozen, asked)


def compose(scenes: SceneList, target: Path) -> None:
    for block in AREA.blocks():
        grid = AREA.block_grid(block)
        compose_block(
            scenes.touching(grid), S2, S2.masks["scl"], grid, AREA, target, BANDS, connections=4
        )


def test_what_all_scenes_are_opened_for_is_counted_to_the_byte(archive: Archive, tmp_path: Path):
    told = estimate_blocks(ahead(archive.scenes), AREA, 5, MEANS)
    pilot, sent = archive.requests, archive.server.sent
    compose(archive.scenes, tmp_path / "block.tif")
    came, asked = archive.server.sent - sent, archive.requests - pilot
    assert 0.9 * told.bytes <= came <= told.bytes
    assert 0.9 * told.requests <= asked <= told.requests


@pytest.mark.parametrize("pilot", [1, 3])
def test_a_few_scenes_tell_of_the_others_that_cover_other_parts(
    archive: Archive, tmp_path: Path, pilot: int
):
    told = estimate_blocks(ahead(archive.scenes), AREA, pilot, MEANS)
    assert archive.server.sent < told.bytes * pilot / 5, "it reads a part of its scenes"
    whole = estimate_blocks(ahead(archive.scenes), AREA, 5, MEANS)
    assert told.bytes == pytest.approx(whole.bytes, rel=0.25)
    assert told.requests == pytest.approx(whole.requests, rel=0.15)
    (note,) = told.notes
    assert note.startswith(f"from {pilot} of 5 scenes")


LOOK = """
import json, sys
from pathlib import Path
from lccs_inputs.imagery.composite.verdicts import look_at
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from scene_requests import freeze_request
found = SceneList.read(Path(sys.argv[1]))
with gdal_env():
    look_at(found, found.scenes, freeze_request(), Grid.from_dict(json.loads(sys.argv[2])))
"""


@pytest.mark.parametrize("number", [0, 4])
def test_looks_before_the_list_is_frozen_are_told_too(
    archive: Archive, tmp_path: Path, number: int
):
    """Of one scene, in a process of its own: GDAL forgets what it has where it looks at many, and
    keeps the size of its pieces as long as a process lives."""
    one = replace(archive.scenes, scenes=[archive.scenes.scenes[number]])
    frozen = estimate_blocks(ahead(one), AREA, 1, MEANS)
    told = estimate_blocks(ahead(one, frozen=False), AREA, 1, MEANS)
    pilot, sent = archive.requests, archive.server.sent
    one.write(tmp_path / "items.json")
    words = [tmp_path / "items.json", json.dumps(AREA.grid.to_dict())]
    there = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", LOOK, *words], env=there, check=True)
    asked, came = archive.requests - pilot, archive.server.sent - sent
    assert told.requests - frozen.requests == pytest.approx(asked, rel=0.45)
    assert told.bytes - frozen.bytes == pytest.approx(came, rel=0.35)


@pytest.mark.parametrize(("listed", "most"), [("YES", 1), ("NO", 2)])
def test_of_jpeg_2000_it_is_counted_where_tiles_are_listed_and_else_told_roughly(
    granules, tmp_path: Path, listed: str, most: float
):
    scene = granules[0]
    assets = {}
    for name, asset in scene.assets.items():
        path = tmp_path / f"{name}.jp2"
        rasterio.shutil.copy(
            asset.href, path, driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES",
            BLOCKXSIZE="128", BLOCKYSIZE="128", TLM=listed,
        )  # fmt: skip
        assets[name] = replace(asset, href=str(path))
    with FileServer(tmp_path) as server:
        there = served(replace(scene, assets=assets), tmp_path, server.url)
        told = estimate_blocks(ahead(scene_list(there)), AREA, 1, MEANS)
        pilot, sent = len(server.requests), server.sent
        compose(scene_list(there), tmp_path / "block.tif")
        came, asked = server.sent - sent, len(server.requests) - pilot
    assert 0.9 * told.bytes <= came <= told.bytes * most
    assert asked <= told.requests <= asked * 5
    if listed == "YES":
        assert asked >= 0.9 * told.requests


def test_files_on_a_disk_ask_no_network_for_anything(granules):
    told = estimate_blocks(ahead(scene_list(*granules)), AREA, 3, MEANS)
    assert (told.requests, told.bytes) == (0, 0)
    assert told.core_hours > 0
    assert told.hours == pytest.approx(told.core_hours / 2), "two cores, and nothing to wait for"


def test_work_grows_with_the_cores_that_are_not_there(granules):
    one = estimate_blocks(ahead(scene_list(*granules)), AREA, 3, Means(1, 2, 4))
    assert one.hours == pytest.approx(one.core_hours)


def test_nothing_to_be_composed_costs_nothing(granules):
    nothing = replace(ahead(scene_list(*granules)), blocks=[])
    assert estimate_blocks(nothing, AREA, 3, MEANS) == NOTHING


def test_without_a_pilot_nothing_is_opened_and_nothing_told(archive: Archive):
    told = estimate_blocks(ahead(archive.scenes), AREA, 0, MEANS)
    assert archive.requests == 0
    assert told == Cost(kept=0, eecu_hours=0, notes=told.notes)
    assert "without a pilot" in told.notes[0]


def test_a_scene_that_cannot_be_read_is_left_to_the_run(archive: Archive):
    first, *others = archive.scenes.scenes
    gone = {name: replace(asset, href=f"{asset.href}.no") for name, asset in first.assets.items()}
    broken = replace(first, assets=gone)
    told = estimate_blocks(ahead(scene_list(broken, *others)), AREA, 5, MEANS)
    whole = estimate_blocks(ahead(archive.scenes), AREA, 5, MEANS)
    assert told.notes[0].startswith("from 4 of 5 scenes")
    assert told.bytes == pytest.approx(whole.bytes, rel=0.2)
    nothing = estimate_blocks(ahead(scene_list(broken)), AREA, 1, MEANS)
    assert nothing.requests is nothing.core_hours is None
    assert nothing.notes == ["none of the scenes of the pilot can be read"]


# --- what covers what


def test_scenes_count_by_what_they_cover_of_the_area(granules):
    whole = granules[0]
    half = replace(whole, id="half", extent=Extent(CRS, (700000, 5190000, 706100, 5200000)))
    away = replace(whole, id="away", extent=Extent(CRS, (800000, 5190000, 806100, 5200000)))
    anywhere = replace(whole, id="anywhere", extent=None)
    coverage = Coverage(ahead(scene_list(whole, half, away, anywhere)), AREA)
    pixels = AREA.geometry.area / 100
    assert coverage.pixels == pytest.approx(pixels)
    assert [each.id for each in coverage.scenes] == ["s0", "half", "anywhere"]
    assert coverage.pixels_of([half]) == pytest.approx(pixels / 2)
    assert coverage.pixels_of([anywhere]) == pytest.approx(pixels)


def test_only_blocks_that_are_left_count(granules):
    left = replace(ahead(scene_list(*granules)), blocks=ahead(scene_list(*granules)).blocks[:1])
    coverage = Coverage(left, AREA)
    block = AREA.block_grid(AREA.block(left.blocks[0].block))
    assert coverage.pixels == pytest.approx(AREA.mask(block).sum(), rel=0.02)
    assert coverage.reads == len(left.scenes.touching(block).scenes)


# --- how fast observations are summarised


def test_more_observations_and_more_bands_take_longer():
    few, many = (summary_seconds(S2, BANDS, count) for count in (3, 40))
    more = summary_seconds(S2, (*BANDS, "green", "blue", "ndvi_p90"), 40)
    assert 0 < few < many < more
    assert summary_seconds(S2, BANDS, 0) == 0
