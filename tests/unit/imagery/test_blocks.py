"""Blocks keep the bands they have, and say what was asked of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SCENE_NODATA, SENSORS
from lccs_inputs.imagery.block_tags import remove_strangers
from lccs_inputs.imagery.blocks import fill_block
from lccs_inputs.imagery.engine import Services
from lccs_inputs.imagery.places import Extent
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.imagery.stac.engine import StacEngine
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from service_settings import services
from standins.imagery import scene_list, sentinel2_scene

S2 = SENSORS["sentinel2"]
GRID = Grid("EPSG:32632", (10, 10), (320_000, 5_140_480, 320_640, 5_141_760), 128)
AREA = Area(box(*GRID.bounds), GRID)
(BLOCK,) = AREA.blocks()
FEW = ("red", "ndvi_max", "clear_count")
MORE = ("blue", "red", "ndvi_max", "clear_count")


class Recorder(StacEngine):
    """Writes for each band a number of its own, and remembers what it was asked for."""

    def __init__(self, clipped: int = 1) -> None:
        self.asked: list[tuple[tuple[str, ...], list[str]]] = []
        self.clipped = clipped

    def compose(
        self, request: BlockRequest, scenes: SceneList, area: Area, target: Path,
        services: Services, slots: int, threads: int,
    ) -> None:  # fmt: skip
        bands = tuple(request.bands)
        self.asked.append((bands, [scene.id for scene in scenes.scenes]))
        tags = {"request": request.fingerprint, "clipped": str(self.clipped * len(bands))}
        with create_raster(
            target, area.block_grid(area.block(request.block)), bands, "int16", SCENE_NODATA,
            scales=S2.scales_of(bands), tags=tags,
        ) as raster:  # fmt: skip
            for at, band in enumerate(bands, start=1):
                values = np.arange(GRID.width * GRID.height).reshape(GRID.shape) % 9000
                raster.write(values + len(band), at)


def asked(bands: Sequence[str] = FEW, fingerprint: str = "one") -> BlockRequest:
    mask = S2.masks["scl"]
    return BlockRequest("sentinel2", mask, BLOCK.name, bands=bands, fingerprint=fingerprint)


def fill(engine: StacEngine, target: Path, request: BlockRequest, *scenes: Scene) -> None:
    fill_block(
        engine, request, scene_list(*scenes, sensor="sentinel2"), AREA, target, services(), 0, 1
    )


def told(path: Path) -> tuple[object, ...]:
    with rasterio.open(path) as raster:
        return raster.profile, raster.descriptions, raster.scales, raster.tags(), *raster.read()


def same(one: Path, other: Path) -> bool:
    return all(np.array_equal(*pair) for pair in zip(told(one), told(other), strict=True))


def test_a_block_that_is_asked_for_more_gets_the_bands_it_lacks_and_keeps_the_others(
    tmp_path: Path,
) -> None:
    engine, target = Recorder(), tmp_path / "block.tif"
    fill(engine, target, asked())
    fill(engine, target, asked(MORE))
    assert [bands for bands, _ in engine.asked] == [FEW, ("blue",)]
    fill(engine, tmp_path / "at_once.tif", asked(MORE))
    assert same(target, tmp_path / "at_once.tif")
    before = target.stat().st_mtime_ns
    fill(engine, target, asked(MORE))
    assert len(engine.asked) == 3
    assert target.stat().st_mtime_ns == before
    assert {path.name for path in tmp_path.iterdir()} == {"block.tif", "at_once.tif"}


def test_bands_that_are_not_wanted_any_more_go_without_composing(tmp_path: Path) -> None:
    engine, target = Recorder(clipped=0), tmp_path / "block.tif"
    fill(engine, target, asked(MORE))
    fill(engine, target, asked())
    assert len(engine.asked) == 1
    fill(engine, tmp_path / "at_once.tif", asked())
    assert same(target, tmp_path / "at_once.tif")


def test_where_it_is_not_known_which_band_was_clipped_the_block_is_composed(tmp_path: Path) -> None:
    engine, target = Recorder(clipped=1), tmp_path / "block.tif"
    fill(engine, target, asked(MORE))
    fill(engine, target, asked())
    assert [bands for bands, _ in engine.asked] == [MORE, FEW]


def spoil(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


@pytest.mark.parametrize(
    "change",
    [lambda path: path.unlink(), spoil, lambda path: path.write_bytes(b"no raster")],
    ids=["is gone", "is cut short", "is none"],
)
def test_a_block_that_cannot_be_kept_is_composed_whole(tmp_path: Path, change) -> None:
    engine, target = Recorder(), tmp_path / "block.tif"
    fill(engine, target, asked())
    change(target)
    fill(engine, target, asked(MORE))
    assert [bands for bands, _ in engine.asked] == [FEW, MORE]


def test_nothing_is_kept_of_the_answer_to_another_request(tmp_path: Path) -> None:
    engine, target = Recorder(), tmp_path / "block.tif"
    fill(engine, target, asked())
    fill(engine, target, asked(MORE, fingerprint="other"))
    assert [bands for bands, _ in engine.asked] == [FEW, MORE]


def test_an_engine_is_handed_the_scenes_that_touch_the_block(tmp_path: Path) -> None:
    here = Extent("EPSG:32632", (300_000, 5_090_220, 409_800, 5_200_020))
    away = Extent("EPSG:32632", (399_960, 5_090_220, 509_760, 5_200_020))
    named = {"here": here, "away": away, "unknown": None}
    scenes = [
        Scene(name, "c", "2018-07-01T10:00:00Z", "", "", "", {}, extent=extent)
        for name, extent in named.items()
    ]
    engine = Recorder()
    fill(engine, tmp_path / "block.tif", asked(), *scenes)
    assert engine.asked == [(FEW, ["here", "unknown"])]


def test_a_block_without_scenes_is_nodata_with_a_count_of_0(tmp_path: Path) -> None:
    away = Extent("EPSG:32632", (399_960, 5_090_220, 509_760, 5_200_020))
    lone = Scene("away", "c", "2018-07-01T10:00:00Z", "", "", "", {}, extent=away)
    fill(StacEngine(), tmp_path / "block.tif", asked(), lone)
    with rasterio.open(tmp_path / "block.tif") as raster:
        red, maximum, count = raster.read()
    assert (red == SCENE_NODATA).all()
    assert (maximum == SCENE_NODATA).all()
    assert (count == 0).all()


def test_real_scenes_grow_band_by_band_into_what_is_made_at_once(tmp_path: Path) -> None:
    """In every order; the masks, and red and near infrared, decide in each."""
    corner = (319_900, 5_141_700)
    scenes = [
        sentinel2_scene(tmp_path / "scenes", f"s{n}", "EPSG:32632", corner, 150, n) for n in (1, 2)
    ]
    at_once, grown = tmp_path / "at_once.tif", tmp_path / "grown.tif"
    every = S2.in_order([*S2.scene_set_bands, "share(green > nir)", "months(red > 0.1)"])
    fill(StacEngine(), at_once, asked(every), *scenes)
    there: list[str] = []
    for band in sorted(every):
        there.append(band)
        fill(StacEngine(), grown, asked(S2.in_order(there)), *scenes)
    assert same(grown, at_once)


def test_blocks_of_other_requests_or_bands_are_removed(tmp_path: Path) -> None:
    engine, blocks = Recorder(), [tmp_path / f"E{at}N0.tif" for at in range(4)]
    requests = [asked(), asked(), asked(fingerprint="other"), asked(MORE)]
    for path, request in zip(blocks, requests, strict=True):
        fill(engine, path, request)
    expected = dict.fromkeys((path.stem for path in blocks), "one")
    with pytest.raises(SourceError, match="2 such blocks were removed"):
        remove_strangers(blocks, expected, ("red",))
    assert [path.exists() for path in blocks] == [True, True, False, False]
    remove_strangers(blocks[:2], expected, ("red",))
    with pytest.raises(SourceError, match="2 such blocks were removed"):
        remove_strangers(blocks[:2], expected, ("nir",))
