"""A host whose name does not exist is told within seconds, once and whole."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from lccs_inputs import hosts
from lccs_inputs.clms.keyless import KeylessSession
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.errors import SourceError
from lccs_inputs.hosts import require_host
from lccs_inputs.imagery.composite.reading import OpenAsset
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.imagery.stac.items import find_items

GONE = "no-such-host.invalid"
URL = f"https://{GONE}/api"


@pytest.fixture(autouse=True)
def lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names that were looked up; nothing is known of any before, and no proxy is in the way."""
    asked: list[str] = []

    def look_up(host: str, *_: Any) -> list[Any]:
        asked.append(host)
        if host == GONE:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if host == "busy.invalid" and asked.count(host) == 1:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if host == "silent.invalid":
            threading.Event().wait(30)
        return []

    monkeypatch.setattr(hosts.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(hosts, "_answers", {})
    monkeypatch.setattr(hosts, "getproxies", dict)
    return iter([asked]).__next__()


def refusal(url: str) -> str:
    with pytest.raises(SourceError) as caught:
        require_host(url)
    return str(caught.value)


def test_a_name_that_does_not_exist_is_told_and_looked_up_once(lookups: list[str]) -> None:
    expected = (
        f"the host {GONE} cannot be found (Name or service not known); check the address, and that "
        "this machine is on the network"
    )
    assert [refusal(URL) for _ in range(3)] == [expected] * 3
    assert lookups == [GONE]


def test_a_resolver_that_keeps_silent_is_not_waited_for_any_longer_than_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosts, "_PATIENCE", 0.2)
    assert "silent.invalid cannot be found (no answer in 0.2 s)" in refusal("http://silent.invalid")


def test_a_failure_that_passes_is_none(monkeypatch: pytest.MonkeyPatch, lookups: list[str]) -> None:
    monkeypatch.setattr(hosts, "_PAUSE", 0.01)
    require_host("https://busy.invalid/")
    assert lookups == ["busy.invalid"] * 2


@pytest.mark.parametrize("url", ["s3://bucket/key", "file:///a.tif", "results/a.tif"])
def test_what_is_no_web_address_is_not_looked_up(url: str, lookups: list[str]) -> None:
    require_host(url)
    assert lookups == []


def test_behind_a_proxy_names_are_its_matter(
    monkeypatch: pytest.MonkeyPatch, lookups: list[str]
) -> None:
    monkeypatch.setattr(hosts, "getproxies", lambda: {"https": "http://proxy:3128"})
    monkeypatch.setattr(hosts, "proxy_bypass", lambda host: host == "inside.invalid")
    require_host(URL)
    require_host("https://inside.invalid")
    assert lookups == ["inside.invalid"]


def _search() -> None:
    days = date(2018, 5, 1), date(2018, 10, 31)
    next(find_items(URL, ["sentinel-2-l2a"], (6, 46, 7, 47), *days))


def _ask_clms() -> None:
    with ClmsSession(f"https://{GONE}", None) as session:
        session.get("@search")


def _ask_a_file_host() -> None:
    with KeylessSession("test").ask(URL):
        pass


def _read_an_asset() -> None:
    asset = Asset(f"https://{GONE}/red.tif", 1e-4, 0.0, None)
    scene = Scene("one", "c", "2018-07-01T10:00:00Z", "31TGM", "sentinel2a", "", {"red": asset})
    _ = OpenAsset(scene, "red", lambda href: href).grid


@pytest.mark.parametrize("ask", [_search, _ask_clms, _ask_a_file_host, _read_an_asset])
def test_whoever_asks_a_host_that_is_not_there_says_so_at_once(
    ask: Any, lookups: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with pytest.raises(SourceError, match=f"the host {GONE} cannot be found"):
        ask()
    assert (lookups, slept) == ([GONE], [])
