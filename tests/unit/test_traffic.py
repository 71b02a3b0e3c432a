"""What goes over the network is counted as the server counts it, whoever asks."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from lccs_inputs.traffic import counted, note_kept, noted
from standins.file_server import FileServer

SIZE = 300_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "file.bin").write_bytes(bytes(SIZE))
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[FileServer]:
    with FileServer(folder) as running:
        yield running


def test_clients_in_python_are_counted_with_what_they_do_not_read(server: FileServer):
    url = f"{server.url}/file.bin"
    with counted() as traffic:
        requests.get(url, timeout=9)
        requests.get(url, headers={"Range": "bytes=10-19"}, timeout=9)
        requests.head(url, timeout=9)
        requests.get(f"{server.url}/none", timeout=9)
        urllib.request.urlopen(url, timeout=9).read()
    assert (traffic.requests, traffic.bytes) == (5, 2 * SIZE + 10)
    assert server.traffic == {"requests": 5, "bytes": 2 * SIZE + 10}
    requests.get(url, timeout=9)
    assert traffic.requests == 5


def test_what_is_asked_again_by_itself_counts_each_time(folder: Path):
    faults = {1: 503, 2: 503}
    with FileServer(folder, faults.get) as server, counted() as traffic, requests.Session() as ask:
        ask.mount(server.url, HTTPAdapter(max_retries=Retry(3, status_forcelist=(503,))))
        assert len(ask.get(f"{server.url}/file.bin", timeout=9).content) == SIZE
    assert (traffic.requests, traffic.bytes) == (3, SIZE)


def test_gdal_is_counted(server: FileServer, folder: Path):
    values = np.random.default_rng(1).integers(0, 255, (1, 700, 700), np.uint8)
    profile = {"driver": "GTiff", "width": 700, "height": 700, "count": 1, "dtype": "uint8"}
    with rasterio.open(folder / "map.tif", "w", **profile) as raster:
        raster.write(values)
    with counted() as traffic, rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        with rasterio.open(f"/vsicurl/{server.url}/map.tif") as raster:
            assert (raster.read() == values).all()
        requests.get(f"{server.url}/file.bin", timeout=9)
    assert traffic.bytes > values.size + SIZE
    assert server.traffic == {"requests": traffic.requests, "bytes": traffic.bytes}


def test_a_file_says_what_was_asked_and_what_was_kept_from_before(
    server: FileServer, tmp_path: Path
):
    note = tmp_path / "notes/job.json"
    with noted(note):
        note_kept()
    assert json.loads(note.read_text()) == {"requests": 0, "bytes": 0, "from_cache": True}
    with noted(note):
        note_kept()
        requests.get(f"{server.url}/file.bin", timeout=9)
    assert json.loads(note.read_text()) == {"requests": 1, "bytes": SIZE, "from_cache": False}
    with noted(note):
        note_kept(all_of_it=True)
        requests.get(f"{server.url}/file.bin", timeout=9)
    assert json.loads(note.read_text()) == {"requests": 1, "bytes": SIZE, "from_cache": True}
    with noted(note):
        pass
    assert json.loads(note.read_text()) == {"requests": 0, "bytes": 0, "from_cache": False}


def test_of_a_job_that_fails_nothing_is_noted(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), noted(tmp_path / "job.json"):
        _ = 1 / 0
    assert [*tmp_path.iterdir()] == []
