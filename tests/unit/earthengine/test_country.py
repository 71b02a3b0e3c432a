"""What a country asks of Earth Engine: of each tile, the images that touch it and no other."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
from shapely import MultiPolygon, box

from lccs_inputs.earthengine.export import export_block, scene_set_export, scene_set_tiles
from lccs_inputs.earthengine.signin import Account, Session, sign_in
from lccs_inputs.facts.sensors import SCENE_NODATA, SENSORS
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from service_settings import export_settings
from standins.earthengine import EarthEngineStandIn
from switzerland import COLLECTION, SWITZERLAND, listed, scene, seen_from, year

S2 = SENSORS["sentinel2"]
PLACES = [(2_497_000, 1_115_000), (2_600_000, 1_196_000), (2_827_000, 1_165_000)]
"""Geneva, Bern, Val Müstair."""
AREA = Area(
    MultiPolygon([box(x - 5000, y - 5000, x + 5000, y + 5000) for x, y in PLACES]), SWITZERLAND.grid
)
BANDS = ("red", "clear_count")


class Asked:
    """Answers every request with nothing seen, and keeps what it named."""

    def __init__(self) -> None:
        self.requests: dict[tuple[float, float], tuple[set[str], set[int], int]] = {}

    def __call__(self, request: dict[str, Any]) -> bytes:
        text = json.dumps(ee.serializer.encode(request["expression"]))
        images = re.findall(rf"{COLLECTION}/([^\"]+)", text)
        most = {int(number) for number in re.findall(r'"maxRaw": {"constantValue": (\d+)', text)}
        at = request["grid"]["affineTransform"]
        self.requests[at["translateX"], at["translateY"]] = {*images}, most, len(images)
        size = request["grid"]["dimensions"]
        answer = np.zeros((size["height"], size["width"]), [(b, np.int16) for b in BANDS])
        answer["red"] = SCENE_NODATA
        content = io.BytesIO()
        np.save(content, answer)
        return content.getvalue()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The real client, with the algorithms of the service."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "catalog.json").write_text('{"links": []}')
    with EarthEngineStandIn(folder / "catalog.json", folder=folder) as service:
        yield sign_in(Account("stand-in-project", url=service.url))
    ee.Reset()


def grids() -> dict[tuple[float, float], Grid]:
    tiles = [
        tile.grid
        for block in AREA.blocks()
        for tile in scene_set_tiles(AREA.block_grid(block), AREA, S2)
    ]
    return {(grid.bounds[0], grid.bounds[3]): grid for grid in tiles}


def test_a_tile_names_the_images_that_touch_it_and_a_new_one_elsewhere_asks_for_nothing(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked()
    monkeypatch.setattr(ee.data, "computePixels", asked)

    def export(scenes: SceneList) -> None:
        for block in AREA.blocks():
            export_block(
                session, scenes, S2, None, AREA.block_grid(block), AREA, tmp_path / "block.tif",
                export_settings(2, tmp_path / "cache"), BANDS,
            )  # fmt: skip

    whole, places = year(), grids()
    export(whole)
    assert asked.requests.keys() == places.keys()
    assert len(whole.scenes) == 2000
    for corner, (images, most, number) in asked.requests.items():
        touching = [each for each in whole.scenes if each.tile in seen_from(places[corner])]
        assert images == {each.id for each in touching}
        assert number == len(touching), "each is named once"
        assert most == {len({each.observation for each in touching})}

    asked.requests.clear()
    new = scene("32TPS", 65, datetime(2018, 12, 30, 10, 20, 21, tzinfo=UTC))
    export(listed([*whole.scenes, new]))
    east = {corner for corner, grid in places.items() if "32TPS" in seen_from(grid)}
    assert asked.requests.keys() == east
    assert 0 < len(east) < len(places) / 2


def test_where_no_scene_is_nothing_is_asked(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ee.data, "computePixels", None)
    east = listed([each for each in year(200).scenes if each.tile == "32TPS"])
    (block, *_), target = AREA.blocks(), tmp_path / "block.tif"
    grid = AREA.block_grid(block)
    export_block(session, east, S2, None, grid, AREA, target, export_settings(1, tmp_path), BANDS)
    export = scene_set_export(east, S2, None, BANDS)
    nothing = export.nothing(grid, BANDS)
    assert nothing is not None
    assert (nothing[0] == SCENE_NODATA).all()
    assert (nothing[1] == 0).all()
