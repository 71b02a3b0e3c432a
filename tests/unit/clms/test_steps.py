"""Handing in and fetching, as the jobs of a run do it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import box

from killing import run_under_kills
from lccs_inputs.clms.lock import Lock, LockedProduct
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.clms.steps import fetch, hand_in
from lccs_inputs.commands.offers_lock import refresh
from lccs_inputs.errors import SourceError
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from standins.clms import ClmsStandIn
from standins.clms.tasks import Pace

KEY = "products.imperviousness.request"


@pytest.fixture
def clms() -> Iterator[ClmsStandIn]:
    with ClmsStandIn(
        lambda name, b: np.full((round((b[3] - b[1]) / 10), round((b[2] - b[0]) / 10)), 7, "uint8")
    ) as running:
        yield running


@pytest.fixture
def area() -> Area:
    grid = Grid.around((970_000, 6_590_000, 970_400, 6_590_400), "EPSG:2154", 10)
    return Area(box(*grid.bounds), grid)


@pytest.fixture
def settings(clms: ClmsStandIn, tmp_path: Path) -> dict[str, Any]:
    return {
        "key": str(clms.key_file(tmp_path)),
        "url": clms.url,
        "cache": str(tmp_path / "cache"),
        "deadline_hours": 1,
        "poll_seconds": 0.05,
    }


@pytest.fixture
def product(clms: ClmsStandIn) -> LockedProduct:
    with ClmsSession(clms.url, None) as session:
        lock, _ = refresh(session, [("IMD", 2018)], Lock())
    return lock.entry("IMD", 2018)


@pytest.fixture
def request_(product: LockedProduct, area: Area) -> ProductRequest:
    return ProductRequest.by_bbox(product, area.bounds_lonlat())


def test_a_delivery_comes_through_and_the_request_says_no_task(
    request_: ProductRequest, settings: dict[str, Any], area: Area, tmp_path: Path
):
    hand_in(request_, settings, tmp_path / "request.json", KEY)
    fetch(request_, settings, area, tmp_path / "delivery.zip", KEY)
    assert (tmp_path / "delivery.zip").read_bytes()[:2] == b"PK"
    assert json.loads((tmp_path / "request.json").read_text()) == request_.document()


CLONE = """
import json
import sys
from pathlib import Path
from shapely import box
from lccs_inputs.clms import handing_in
from lccs_inputs.clms.lock import LockedProduct
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.steps import fetch, hand_in
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
handing_in._DOUBTFUL = (0.0, 0.2, 0.5, 1.0)
said, clone = json.loads(sys.argv[1]), Path(sys.argv[2])
grid = Grid.around(said["bounds"], "EPSG:2154", 10)
area = Area(box(*grid.bounds), grid)
request = ProductRequest.by_bbox(LockedProduct(**said["product"]), area.bounds_lonlat())
hand_in(request, said["settings"], clone / "request.json", "key")
fetch(request, said["settings"], area, clone / "delivery.zip", "key")
"""


def test_two_clones_at_once_under_kills_ask_once_and_have_the_same_delivery(
    clms: ClmsStandIn, product: LockedProduct, settings: dict[str, Any], area: Area, tmp_path: Path
):
    clms.tasks.pace = Pace(queue_seconds=0.2)
    said = {"bounds": area.grid.bounds, "product": asdict(product), "settings": settings}
    clones = [tmp_path / "one", tmp_path / "other"]
    given = json.dumps(said)
    run_under_kills(CLONE, [(given, clone) for clone in clones], rounds=3, longest=4)
    one, other = ((clone / "delivery.zip").read_bytes() for clone in clones)
    assert one == other and one[:2] == b"PK"
    assert len(clms.requests("POST @datarequest_post")) == 1
    (kept,) = (tmp_path / "cache/archives").glob("*.zip")
    assert kept.read_bytes() == one


def test_a_wrong_delivery_is_kept_aside_and_the_next_run_asks_anew(
    clms: ClmsStandIn, product: LockedProduct, request_: ProductRequest,
    settings: dict[str, Any], area: Area, tmp_path: Path,
):  # fmt: skip
    elsewhere = Area(box(0, 0, 400, 400), Grid.around((0, 0, 400, 400), "EPSG:3035", 10))
    hand_in(request_, settings, tmp_path / "request.json", KEY)
    with pytest.raises(SourceError, match="kept as"):
        fetch(request_, settings, elsewhere, tmp_path / "delivery.zip", KEY)
    assert not (tmp_path / "delivery.zip").exists()
    fetch(request_, settings, area, tmp_path / "delivery.zip", KEY)
    assert len(clms.requests("POST @datarequest_post")) == 2


def test_a_catalogue_that_moved_away_is_told_before_anything_is_posted(
    clms: ClmsStandIn, request_: ProductRequest, settings: dict[str, Any], tmp_path: Path
):
    clms.catalogue.retire("Imperviousness Density 2018")
    with pytest.raises(SourceError, match="make offers-lock"):
        hand_in(request_, settings, tmp_path / "request.json", KEY)
    assert not clms.requests("POST @datarequest_post")
