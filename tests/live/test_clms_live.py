"""One small request to the real CLMS, for those who hold a key: CLMS_KEY=key.json pytest tests/live

It looks the product up, requests a box of a few kilometres, waits at most half an hour and
checks what is delivered. It costs one task of the account.
"""

import os
from pathlib import Path

import pytest
from shapely import box

from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.clms.steps import fetch, hand_in
from lccs_inputs.commands.offers_lock import refresh
from lccs_inputs.config.sections.services import ClmsSettings
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not os.environ.get("CLMS_KEY"), reason="needs a key: set CLMS_KEY"),
]


def test_water_and_wetness_of_the_shore_is_delivered(tmp_path: Path):
    settings = ClmsSettings(cache=str(tmp_path), deadline_hours=0.5).model_dump()
    with ClmsSession(settings["url"], None) as session:
        lock, _ = refresh(session, [("WAW", 2018)], Lock())
    grid = Grid.around((970_000, 6_590_000, 973_000, 6_593_000), "EPSG:2154", 10)
    area = Area(box(*grid.bounds), grid)
    request = ProductRequest.by_bbox(lock.entry("WAW", 2018), area.bounds_lonlat())
    hand_in(request, settings, tmp_path / "request.json", "live test")
    fetch(request, settings, area, tmp_path / "delivery.zip", "live test")
    assert (tmp_path / "delivery.zip").stat().st_size > 0
