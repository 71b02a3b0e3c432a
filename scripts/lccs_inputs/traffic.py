"""What a job asks over the network and what comes, counted where all clients pass.

That is `http.client`, below every client in Python, and GDAL, which counts for itself; ranges of a
file that GDAL asks for together are one request to it.
"""

import ctypes
import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import rasterio._base

from lccs_inputs.files import write_text
from lccs_inputs.offline import refused

_GDAL = ctypes.CDLL(rasterio._base.__file__)
_GDAL.VSINetworkStatsGetAsSerializedJSON.restype = ctypes.c_void_p
_GDAL.VSIFree.argtypes = [ctypes.c_void_p]
_COUNTS = b"CPL_VSIL_NETWORK_STATS_ENABLED"


@dataclass
class Traffic:
    """What went over the network.

    Attributes:
        requests: sent, whatever was answered, those that were repeated too.
        bytes: of the bodies of answers, as they came.
        from_cache: whether all that was wanted was kept from before, so that nothing was asked
            for, but to sign in or to learn what is wanted.
    """

    requests: int = 0
    bytes: int = 0
    from_cache: bool = False


_now = Traffic()
_kept_all = False
_lock = threading.Lock()


def note_kept(*, all_of_it: bool = False) -> None:
    """Note that something need not be asked for: it was kept from before.

    Args:
        all_of_it: it is known that nothing else is wanted, whatever is asked beside.
    """
    global _kept_all
    _now.from_cache, _kept_all = True, _kept_all or all_of_it


@contextmanager
def counted() -> Iterator[Traffic]:
    """Count what goes over the network within; the counts are there in the end."""
    global _now, _kept_all
    traffic, _kept_all = (_now := Traffic()), False
    usual, HTTPConnection.response_class = HTTPConnection.response_class, _Answer
    _GDAL.VSINetworkStatsReset()
    _GDAL.CPLSetConfigOption(_COUNTS, b"YES")
    try:
        yield traffic
    finally:
        HTTPConnection.response_class = usual
        _GDAL.CPLSetConfigOption(_COUNTS, None)
        _add_those_of_gdal()
        traffic.from_cache &= _kept_all or not traffic.requests


@contextmanager
def noted(target: Path) -> Iterator[None]:
    """Write what went over the network within, once that is done, as JSON.

    Raises:
        OfflineError: it was asked where there is none.
    """
    with refused(), counted() as traffic:
        yield
    write_text(target, json.dumps(asdict(traffic)) + "\n")


class _Meter(io.BufferedReader):
    """Reads an answer; its head, read by lines, is not counted."""

    def read(self, size: int | None = -1, /) -> bytes:
        return _came(super().read(size))

    def read1(self, size: int = -1, /) -> bytes:
        return _came(super().read1(size))

    def readinto(self, buffer: Any, /) -> int:
        size = super().readinto(buffer)
        _add(size=size)
        return size


class _Answer(HTTPResponse):
    """Counts the request that it is the answer to, and then its body."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: io.BufferedReader = _Meter(self.fp.detach())
        _add(requests=1)


def _came(data: bytes) -> bytes:
    _add(size=len(data))
    return data


def _add(requests: int = 0, size: int = 0) -> None:
    with _lock:
        _now.requests += requests
        _now.bytes += size


def _add_those_of_gdal() -> None:
    text = _GDAL.VSINetworkStatsGetAsSerializedJSON(None)
    for each in json.loads(ctypes.string_at(text))["methods"].values():
        _add(each["count"], each.get("downloaded_bytes", 0))
    _GDAL.VSIFree(text)
