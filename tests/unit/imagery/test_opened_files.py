"""Of a country's scenes a block opens those that touch it, and of those what it is asked for."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import rasterio
from shapely import box

from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.blocks import fill_block
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

EMPTY = """<VRTDataset rasterXSize="{size}" rasterYSize="{size}">
<SRS>EPSG:326{zone}</SRS><GeoTransform>{left}, {pixel}, 0, {top}, 0, -{pixel}</GeoTransform>
<VRTRasterBand dataType="{kind}" band="1"><NoDataValue>{nodata}</NoDataValue></VRTRasterBand>
</VRTDataset>
"""
"""A raster that is its nodata everywhere, of no bytes: 4, a clear class, or 0, no reflectance."""


def with_files(folder: Path, scenes: SceneList) -> SceneList:
    """The scenes, each with a name of its own for every file of its tile."""
    for tile, (left, top) in TILES.items():
        for name in S2.assets:
            pixel, nodata = (20, 4) if name == "scl" else (10, 0)
            text = EMPTY.format(
                size=SIDE // pixel, pixel=pixel, zone=tile[:2], left=left, top=top, nodata=nodata,
                kind="Byte" if name == "scl" else "UInt16",
            )  # fmt: skip
            (folder / f"{tile}_{name}.vrt").write_text(text)
    return listed([placed(folder, each) for each in scenes.scenes])


def placed(folder: Path, scene: Scene) -> Scene:
    assets = {}
    for name in S2.assets:
        link = folder / f"{scene.id}_{name}.vrt"
        link.symlink_to(folder / f"{scene.tile}_{name}.vrt")
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
    usual = rasterio.open

    def counted(path: object, *arguments: object, **options: object) -> object:
        opened[Path(str(path)).name] += 1
        return usual(path, *arguments, **options)

    monkeypatch.setattr(rasterio, "open", counted)
    (block,) = area.blocks()
    request = BlockRequest("sentinel2", S2.masks["scl"], block.name, bands=("blue", "clear_count"))
    target = tmp_path / "block.tif"
    fill_block(StacEngine(), request, scenes, area, target, services(), 0, 1)
    monkeypatch.undo()
    touching = [each.id for each in scenes.scenes if each.tile in seen_from(grid)]
    found = {name for name in opened if name.endswith(".vrt")}
    assert len(scenes.scenes) == 2000
    assert 0 < len(touching) < 700
    assert {name.rsplit("_", 1)[0] for name in found} == {*touching}
    assert {name.rsplit("_", 1)[1] for name in found} <= {f"{name}.vrt" for name in READ}
    assert {opened[name] for name in found} == {1}
