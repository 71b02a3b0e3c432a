"""Where there is no network, whoever would ask it says so at once, and what to do."""

import http.client
import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httplib2
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from lccs_inputs.errors import OfflineError
from lccs_inputs.hosts import require_host
from lccs_inputs.imagery.composite.reading import OpenAsset
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.offline import OFFLINE
from lccs_inputs.traffic import noted
from standins.file_server import FileServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    (tmp_path / "file.bin").write_bytes(b"there")
    with FileServer(tmp_path) as running:
        yield running


def by_requests(url: str) -> bytes:
    with requests.Session() as session:  # as our clients do: again and again
        session.mount("http://", HTTPAdapter(max_retries=Retry(5, backoff_factor=60)))
        return session.get(url, timeout=9).content


def by_http_client(url: str) -> bytes:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    connection.request("GET", parts.path)
    return connection.getresponse().read()


def by_httplib2(url: str) -> bytes:
    content: bytes = httplib2.Http().request(url)[1]
    return content


def by_urllib(url: str) -> bytes:
    content: bytes = urllib.request.urlopen(url, timeout=9).read()
    return content


CLIENTS = (by_requests, by_http_client, by_httplib2, by_urllib)


@pytest.mark.parametrize("client", CLIENTS)
def test_no_client_sends_anything_where_there_is_no_network(
    client: Callable[[str], bytes],
    server: FileServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv(OFFLINE, "1")
    with pytest.raises(OfflineError) as caught, noted(tmp_path / "traffic.json"):
        client(f"{server.url}/file.bin")
    assert str(caught.value) == (
        "offline: 127.0.0.1 would have to be asked; run `make fetch` with this config first, where "
        "there is a network"
    )
    assert server.traffic["requests"] == 0
    assert not (tmp_path / "traffic.json").exists()


@pytest.mark.parametrize("client", CLIENTS)
def test_elsewhere_every_client_asks_and_after_the_job_too(
    client: Callable[[str], bytes],
    server: FileServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv(OFFLINE, "")
    with noted(tmp_path / "traffic.json"):
        assert client(f"{server.url}/file.bin") == b"there"
    assert json.loads((tmp_path / "traffic.json").read_text())["requests"] == 1
    monkeypatch.setenv(OFFLINE, "1")
    with pytest.raises(OfflineError), noted(tmp_path / "traffic.json"):
        client(f"{server.url}/file.bin")
    assert client(f"{server.url}/file.bin") == b"there"


def test_a_host_is_not_looked_up_where_there_is_no_network(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(OFFLINE, "1")
    with pytest.raises(OfflineError, match=r"offline: stac\.example would have to be asked"):
        require_host("https://stac.example/v1")


@pytest.mark.parametrize("address", ("https://host.example/b04.tif", "gs://bucket/b04.tif"))
def test_a_scene_that_is_not_there_is_not_taken_for_one_that_cannot_be_read(
    address: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(OFFLINE, "1")
    red = {"red": Asset(address)}
    scene = Scene("one", "c", "2018-07-01T10:00:00Z", "31TGM", "sentinel2a", "", red)
    with pytest.raises(OfflineError, match=r"would have to be asked; run `make fetch`"):
        _ = OpenAsset(scene, "red", lambda href: href).grid
