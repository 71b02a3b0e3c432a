"""Reading from a store that wants keys: our requests against one that checks signatures."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from rasterio.windows import Window

from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.cdse.store import ObjectStore as Store
from lccs_inputs.errors import SourceError, UnreadableError
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.rasters.reading import gdal_env
from standins.imagery import scene, write_asset
from standins.object_store import ObjectStore

VALUES = np.random.default_rng(5).integers(0, 60000, (700, 700)).astype(np.uint16)
FAR_CORNER = Window(600, 600, 100, 100)
ACCESS, SECRET = "ACCESS0123456789", "SECRET-abc/def+ghi"
HREF = "s3://eodata/S2A 1+2.SAFE/red.tif"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("lccs_inputs.imagery.composite.fetching._FIRST_DELAY", 0.01)
    for name, value in zip(PAIR_VARIABLES, (ACCESS, SECRET), strict=True):
        monkeypatch.setenv(name, value)
    path = tmp_path / HREF.removeprefix("s3://")
    write_asset(path, VALUES, "EPSG:32631", (700000, 5200000), 10)
    return tmp_path


def read(server, href=HREF, connections=4):
    store = Store.of({"key": None, "url": server.url}, connections)
    fetching = Fetching(connections, server.folder / "block.tif")
    with gdal_env(), AssetReader(str, fetching, store) as reader:
        return reader.asset(scene("S2A_1", {"red": Asset(href)}), "red").read(FAR_CORNER)


def served(folder, fault=lambda _: None, **keys):
    return ObjectStore(folder, keys or {ACCESS: SECRET}, fault)


def test_an_object_is_read_with_the_keys_of_the_user(folder):
    with served(folder) as server:
        assert np.array_equal(read(server), VALUES[600:, 600:])
    assert "HEAD" not in server.methods


def test_keys_for_other_stores_are_not_sent_to_this_one(folder, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone else's")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token")
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")
    monkeypatch.setenv("AWS_S3_ENDPOINT", "127.0.0.1:1")
    with served(folder) as server:
        assert np.array_equal(read(server), VALUES[600:, 600:])


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"OTHER": SECRET}, "InvalidAccessKeyId"),
        ({ACCESS: "another secret"}, "SignatureDoesNotMatch"),
    ],
)
def test_keys_that_are_refused_are_told_with_the_remedy(folder, keys, code):
    told = rf"asset 'red': .* refused the S3 keys of CDSE_S3_ACCESS_KEY .*\({code}\): .*accounts"
    with served(folder, **keys) as server, pytest.raises(SourceError, match=told) as caught:
        read(server)
    assert not isinstance(caught.value, UnreadableError)  # no reason to go on without the scene
    assert SECRET not in str(caught.value) and ACCESS not in str(caught.value)


def test_keys_that_have_expired_are_told(folder):
    with served(folder) as server, pytest.raises(SourceError, match="expired"):
        server.expired.add(ACCESS)
        read(server)


@pytest.mark.parametrize("fault", [429, 503, 500, "truncate"])
@pytest.mark.parametrize("at", [1, 2])
def test_a_passing_fault_is_tried_again(folder, fault, at):
    with served(folder, lambda number: fault if at <= number <= 3 else None) as server:
        assert np.array_equal(read(server), VALUES[600:, 600:])


def test_a_store_that_stays_busy_is_no_fault_of_the_scene(folder):
    with (
        served(folder, lambda _: 503) as server,
        pytest.raises(SourceError, match=r"SlowDown.*run again") as caught,
    ):
        read(server)
    assert not isinstance(caught.value, UnreadableError)
    assert "xml" not in str(caught.value)


def test_an_object_that_is_gone_is_left_out_like_a_file(folder):
    with served(folder) as server, pytest.raises(UnreadableError, match=r"\(NoSuchKey\)$"):
        read(server, "s3://eodata/gone.tif")
    assert len(server.requests) <= 3


def test_a_job_has_no_more_connections_than_it_may(folder):
    hrefs = [f"s3://eodata/{number}.tif" for number in range(6)]
    for href in hrefs:
        write_asset(
            folder / href.removeprefix("s3://"), VALUES, "EPSG:32631", (700000, 5200000), 10
        )
    with served(folder) as server, ThreadPoolExecutor(6) as pool:
        server.delay = 0.05
        store = Store.of({"key": None, "url": server.url}, 2)
        with AssetReader(str, Fetching(6, folder / "block.tif"), store) as reader:

            def look(href):
                with gdal_env():
                    return reader.asset(scene(href, {"red": Asset(href)}), "red").read(FAR_CORNER)

            found = list(pool.map(look, hrefs))
    assert all(np.array_equal(values, VALUES[600:, 600:]) for values in found)
    assert server.most_at_once == 2


def test_secrets_reach_no_log_however_much_gdal_says(folder, caplog, monkeypatch):
    monkeypatch.setenv("CPL_DEBUG", "ON")
    caplog.set_level(logging.DEBUG)
    with served(folder, lambda _: 403) as server, pytest.raises(SourceError):
        read(server)
    assert SECRET not in caplog.text and ACCESS not in caplog.text
