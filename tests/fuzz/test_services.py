"""What services answer, with parts of it changed: the real clients, over HTTP."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import ee
import numpy as np
import pytest
from hypothesis import example, given
from rasterio.windows import Window
from shapely import box

from fuzz.odd import draws, odd_bytes, odd_document, of_a_thousand, told
from fuzz.test_files import archive
from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.cdse.store import ObjectStore as Store
from lccs_inputs.clms.downloading import download
from lccs_inputs.clms.image_service import export_product
from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.clms.status import read_tasks
from lccs_inputs.commands.offers_lock import refresh
from lccs_inputs.earthengine import search as earthengine
from lccs_inputs.earthengine.signin import Account, sign_in
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.imagery.stac.search import search_scenes
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from scene_requests import scene_request
from standins import loopback
from standins.clms import ClmsStandIn
from standins.clms.tasks import Archive
from standins.earthengine import EarthEngineStandIn
from standins.imagery import scene, write_asset
from standins.object_store import ObjectStore
from standins.stac_api import StacApi
from standins.stac_items import make_item

ITEMS = [make_item(f"S2A_{day}", f"2018-06-{day}T10:30:00Z") for day in (11, 21)]
BOUNDS = (6.5, 46.3, 6.6, 46.4)


ODD_HEADERS = (
    "", " ", "-1", "0", "1e3", "\xb2", "9" * 30, "9" * 5000, "bytes */7", "bytes 9-3/x",
    "bytes 0-0/1", "Sun, 06 Nov 1994 08:49:37 -0000", "Fri, 31 Dec 9999 23:59:59 GMT",
    "Sat, 32 Foo 2026 99:99", "text/html", "http://[", "/", "a;b=" + "c" * 3000,
)  # fmt: skip
MORE_HEADERS = ("Retry-After", "Location", "ETag", "Content-Range", "Content-Encoding")


@contextmanager
def odd_answers(draw: random.Random) -> Iterator[None]:
    """Every answer of every stand-in is changed before it is sent."""
    send, send_header = loopback._Handler._send, loopback._Handler.send_header

    def send_odd(handler: Any, answer: loopback.Answer) -> None:
        if draw.random() < 0.7:
            answer.body = odd_body(answer, draw)
        if draw.random() < 0.1:
            answer.status = draw.choice([200, 204, 206, 302, 400, 403, 404, 416, 418, 429, 503])
            answer.headers = {**answer.headers, draw.choice(MORE_HEADERS): ""}
        send(handler, answer)

    def send_odd_header(handler: Any, name: str, value: str) -> None:
        if value == "" or draw.random() < 0.03:
            handler.close_connection = True  # who believes it does not wait for more
            value = draw.choice(ODD_HEADERS)
        send_header(handler, name, value)

    with (
        mock.patch.object(loopback._Handler, "_send", send_odd),
        mock.patch.object(loopback._Handler, "send_header", send_odd_header),
    ):
        yield


def odd_body(answer: loopback.Answer, draw: random.Random) -> bytes:
    if "json" in answer.headers.get("Content-Type", "") and draw.random() < 0.9:
        return json.dumps(odd_document(json.loads(answer.body), draw)).encode()
    return odd_bytes(answer.body, draw)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with mock.patch("time.sleep"), loopback.limits_end_in_silence():
        yield


@pytest.fixture
def catalogue() -> Iterator[StacApi]:
    with StacApi(ITEMS) as api:
        yield api


@of_a_thousand(10)
@given(draw=draws)
def test_scenes_of_a_catalogue_are_listed_or_it_is_told(
    catalogue: StacApi, draw: random.Random
) -> None:
    asked = scene_request("sentinel2", catalogue.url, "2018-06-01", "2018-06-30", "scl", BOUNDS)
    with odd_answers(draw):
        told(lambda: search_scenes(asked).text)


@of_a_thousand(108)
@given(draw=draws)
def test_items_of_a_saved_search_are_listed_or_it_is_told(
    tmp_path: Path, draw: random.Random
) -> None:
    found = {"type": "FeatureCollection", "features": ITEMS}
    (saved := tmp_path / "saved.json").write_text(json.dumps(odd_document(found, draw)))
    asked = scene_request("sentinel2", str(saved), "2018-06-01", "2018-06-30", "scl", BOUNDS)
    told(lambda: search_scenes(asked).text)


@of_a_thousand(10)
@given(draw=draws)
@example(draw=random.Random(77_104_489_377_579))  # a redirect to more than a message may quote
def test_products_of_clms_are_locked_or_it_is_told(clms: ClmsStandIn, draw: random.Random) -> None:
    with ClmsSession(clms.url, None, sleep=lambda _: None) as session, odd_answers(draw):
        told(lambda: refresh(session, [("IMD", 2018)], Lock()))


TASKS = {
    "123": {"Status": "Finished_ok", "FileSize": 123, "DownloadURL": "https://x/y.zip",
            "RegistrationDateTime": "2026-01-01T00:00:00", "FinalizationDateTime": None,
            "Message": "", "Datasets": [{"DatasetID": "a"}]},
    "124": {"Status": "In_progress"},
}  # fmt: skip


@of_a_thousand(90)
@given(draws)
def test_tasks_of_clms_are_read_or_it_is_told(draw: random.Random) -> None:
    told(lambda: read_tasks(odd_document(TASKS, draw)))


DELIVERED = "clmsdatadownload/results/4050.zip"


@of_a_thousand(10)
@given(draw=draws)
def test_a_delivery_of_clms_is_fetched_or_it_is_told(
    clms: ClmsStandIn, draw: random.Random
) -> None:
    content = archive()
    clms.tasks.archives["4050.zip"] = Archive(content, clms.clock.now())
    url, size = f"{clms.result_url}/{DELIVERED}", draw.choice([None, len(content)])
    said = {"user_agent": "lccs-inputs/0 (tests)", "sleep": lambda _: None}
    with TemporaryDirectory() as folder, odd_answers(draw):
        told(lambda: download(url, Path(folder, "0f3a.zip"), size=size, **said))


@of_a_thousand(2)
@given(draw=draws)
def test_a_map_of_the_image_service_is_exported_or_it_is_told(
    clms: ClmsStandIn, tmp_path: Path, draw: random.Random
) -> None:
    bounds = (974_000, 6_592_000, 974_300, 6_592_300)
    area = Area(box(*bounds), Grid.around(bounds, "EPSG:2154", 10))
    said = {"base_url": clms.image_url, "user_agent": "tests", "sleep": lambda _: None}
    with odd_answers(draw):
        told(lambda: export_product(PRODUCTS["DLT"], 2018, area, tmp_path / "map.tif", **said))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    for name in PAIR_VARIABLES:
        monkeypatch.setenv(name, "KEY0123456789")
    monkeypatch.setattr("lccs_inputs.imagery.composite.fetching._FIRST_DELAY", 0)
    values = np.arange(300 * 300, dtype=np.uint16).reshape(300, 300)
    write_asset(tmp_path / "eodata/red.tif", values, "EPSG:32631", (700000, 5200000), 10)
    with ObjectStore(tmp_path, {"KEY0123456789": "KEY0123456789"}) as running:
        yield running


@of_a_thousand(10)
@given(draw=draws)
@example(draw=random.Random(38124855))  # no HTTP, but half an image: more than a message may quote
@example(draw=random.Random(394916))  # a width said twice, which GDAL tells when asked for colours
def test_an_object_of_a_store_is_read_or_it_is_told(
    store: ObjectStore, tmp_path: Path, draw: random.Random
) -> None:
    asked = scene("S2A_1", {"red": Asset("s3://eodata/red.tif")})

    def read() -> object:
        fetching = Fetching(2, tmp_path / "block.tif")
        keys = Store.of({"key": None, "url": store.url}, 2)
        with gdal_env(), AssetReader(str, fetching, keys) as reader:
            return reader.asset(asked, "red").read(Window(200, 200, 50, 50))

    with odd_answers(draw):
        told(read)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EarthEngineStandIn]:
    (tmp_path / "catalog.json").write_text('{"links": []}')
    with EarthEngineStandIn(tmp_path / "catalog.json", folder=tmp_path) as running:
        yield running
    ee.Reset()


@of_a_thousand(10)
@given(draw=draws)
@example(draw=random.Random(1440))  # a refusal whose reasons are an empty text
def test_scenes_of_earth_engine_are_listed_or_it_is_told(
    engine: EarthEngineStandIn, draw: random.Random
) -> None:
    session = sign_in(Account("stand-in-project", url=engine.url))
    asked = scene_request("sentinel2", "earthengine", "2018-06-01", "2018-06-30", "none", BOUNDS)
    with odd_answers(draw):
        told(lambda: earthengine.search_scenes(session, asked).text)
