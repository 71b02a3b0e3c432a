"""Of a country's scenes a block opens those that touch it, and of those what it is asked for."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import rasterio
from affine import Affine
from shapely import box

from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.blocks import fill_block
from lccs_inputs.imagery.composite import opening
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import Asset, Scene, SceneList
from lccs_inputs.imagery.stac.engine import StacEngine
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from service_settings import services
from switzerland import SIDE, TILES, listed, seen_from, year

S2 = SENSORS["sentinel2"]
READ = {"scl", "red", "nir", "blue"}
"""What blue takes: its mask, the bands that decide, and itself."""

PLACES = {"Geneva": (2_500_000, 1_118_000), "Bern": (2_600_000, 1_199_000)}


def with_files(folder: Path, scenes: SceneList) -> SceneList:
    """The scenes, each with a name of its own for every file of its tile."""
    for tile, (left, top) in TILES.items():
        for name in S2.assets:
            pixel, nodata = (20, 4) if name == "scl" else (10, 0)
            kind = "uint8" if name == "scl" else "uint16"
            # Its nodata everywhere, of few bytes: 4, a clear class, or 0, no reflectance.
            with rasterio.open(
                folder / f"{tile}_{name}.tif", "w", driver="GTiff", sparse_ok=True, tiled=True,
                width=SIDE // pixel, height=SIDE // pixel, count=1, dtype=kind, nodata=nodata,
                crs=f"EPSG:326{tile[:2]}", transform=Affine(pixel, 0, left, 0, -pixel, top),
            ):  # fmt: skip
                pass
    return listed([placed(folder, each) for each in scenes.scenes])


def placed(folder: Path, scene: Scene) -> Scene:
    assets = {}
    for name in S2.assets:
        link = folder / f"{scene.id}_{name}.tif"
        link.symlink_to(folder / f"{scene.tile}_{name}.tif")
        assets[name] = Asset(str(link), 1e-4, -0.1, 99 if name == "scl" else 0)
    return replace(scene, assets=assets)


@pytest.mark.parametrize("place", PLACES)
def test_a_block_opens_the_files_of_the_scenes_that_touch_it_and_each_once(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = PLACES[place]
    grid = Grid("EPSG:2056", (10, 10), (x, y, x + 640, y + 640), 4096)
    area, scenes = Area(box(*grid.bounds), grid), with_files(tmp_path, year())
    opened: Counter[str] = Counter()
    usual = opening.open_foreign

    def counted(path: object, *arguments: object, **options: object) -> object:
        opened[Path(str(path)).name] += 1
        return usual(path, *arguments, **options)

    monkeypatch.setattr(opening, "open_foreign", counted)
    (block,) = area.blocks()
    request = BlockRequest("sentinel2", S2.masks["scl"], block.name, bands=("blue", "clear_count"))
    target = tmp_path / "block.tif"
    fill_block(StacEngine(), request, scenes, area, target, services(), 0, 1)
    monkeypatch.undo()
    touching = [each.id for each in scenes.scenes if each.tile in seen_from(grid)]
    ids = {each.id for each in scenes.scenes}
    found = {name for name in opened if name.rpartition("_")[0] in ids}
    assert len(scenes.scenes) == 2000
    assert 0 < len(touching) < 700
    assert {name.rsplit("_", 1)[0] for name in found} == {*touching}
    assert {name.rsplit("_", 1)[1] for name in found} <= {f"{name}.tif" for name in READ}
    assert {opened[name] for name in found} == {1}
