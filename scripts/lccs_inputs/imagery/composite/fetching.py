"""The bytes of a remote file that are needed, each asked for once, in a sparse copy on disk.

GDAL would ask for the size first, and for all again after a failure. Here the first answer says
the size, and what has arrived stays: a connection that stalls is taken up where it stopped. The
address is signed anew for every request, since a signature can expire.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter

from lccs_inputs.files import temporary_path

_HEADER = 32768  # bytes; the directories of nearly every Cloud Optimized GeoTIFF
_GAP = 65536  # bytes; what lies between two ranges is cheaper than a request, if it is no more
_PIECE = 2**14  # bytes written at a time; less is lost with a connection
_TIMEOUTS = (20.0, 20.0)  # seconds, to connect and between two packets: a slow line is no fault
_ATTEMPTS = 4  # without a byte arriving
_FIRST_DELAY = 1.0  # seconds, doubled after each failed attempt
_LONGEST_WAIT = 300.0  # seconds that a server can ask for

Address = Callable[[], str]
"""Gives the URL of a file, signed anew."""
Write = Callable[[int, bytes], None]
"""Takes an offset, and the bytes that are there."""
Range = tuple[int, int]
"""First byte and end."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Answer:
    """What came of a request: the bytes from `first` until `reached`, of a file of `size`.

    `reason` is why there are no more, "" if they are all.

    `wait` is how long the server asks to wait, seconds.
    """

    status: int
    first: int
    reached: int
    size: int
    reason: str
    wait: float = 0.0


class FetchError(Exception):
    """Bytes did not come; `status` is that of the last answer, 0 if there was none."""

    def __init__(self, reason: str, status: int, attempts: int) -> None:
        super().__init__(reason)
        self.status, self.attempts = status, attempts


class Fetcher:
    """Asks servers for ranges of files, from any number of threads; all wait when one is to."""

    def __init__(self, connections: int) -> None:
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=connections, pool_maxsize=connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._session.headers["Accept-Encoding"] = "identity"
        self._not_before = 0.0

    def fetch(self, address: Address, start: int, end: int, write: Write) -> tuple[Range, int]:
        """Hand the bytes from `start` to `end`, as far as the file goes, to `write`.

        Returns:
            what was handed over, which is all where the server knows no ranges; and the size of the
            file.

        Raises:
            FetchError: they did not come after all attempts.
        """
        at, failed = start, 0
        while True:
            time.sleep(max(0.0, self._not_before - time.monotonic()))
            reached = at
            answer = self._ask(address(), at, end, write)
            at = answer.reached
            if not answer.reason:
                return (min(start, answer.first), max(end, at)), answer.size
            failed = 1 if at > reached else failed + 1
            if failed == _ATTEMPTS or answer.status == requests.codes.not_found:
                raise FetchError(answer.reason, answer.status, failed)
            _log.warning("attempt %d failed (%s)", failed, answer.reason)
            delay = _FIRST_DELAY * 2 ** (failed - 1)
            if answer.wait > _LONGEST_WAIT:
                raise FetchError(
                    f"{answer.reason}, asks to wait {answer.wait:.0f} s", answer.status, failed
                )
            self._not_before = max(self._not_before, time.monotonic() + answer.wait)
            time.sleep(0 if answer.wait else delay)

    def _ask(self, url: str, at: int, end: int, write: Write) -> _Answer:
        """Ask once; what comes is written, whatever happens then."""
        status, size, first = 0, 0, at
        headers = {"Range": f"bytes={at}-{end - 1}"}
        try:
            with self._session.get(url, headers=headers, stream=True, timeout=_TIMEOUTS) as answer:
                status = answer.status_code
                if not answer.ok:
                    wait = _wait(answer.headers.get("Retry-After", ""))
                    return _Answer(status, at, at, 0, f"HTTP response code: {status}", wait)
                size = _size(answer)
                if status != requests.codes.partial_content:
                    at = first = 0  # the server knows no ranges, and sends all
                for piece in answer.iter_content(_PIECE):
                    write(at, piece)
                    at += len(piece)
        except requests.RequestException as error:
            return _Answer(status, first, at, size, f"connection failed: {redact(str(error))}")
        return _Answer(
            status, first, at, size, "" if at >= min(end, size) else "connection was cut"
        )


class SparseCopy:
    """A file of the size of a remote one, in which only the bytes that were asked for are written.

    From one thread at a time.

    Attributes:
        asked: how many requests that took so far.
    """

    def __init__(self, fetcher: Fetcher, address: Address, path: Path) -> None:
        self.path = path
        self._fetcher, self._address = fetcher, address
        self._have: list[Range] = []
        self._size = 0
        self.asked = 0
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self.fetch([(0, _HEADER)])

    def read(self, offset: int, size: int) -> bytes:
        """Some bytes, fetched if they are not there yet."""
        self.fetch([(offset, offset + size)])
        return os.pread(self._file, size, offset)

    def fetch(self, ranges: Iterable[Range]) -> None:
        """Fetch what is not there yet, in as few requests as that takes.

        Raises:
            FetchError: it did not come.
        """
        for start, end in self.lacking(ranges):
            self.asked += 1
            came, size = self._fetcher.fetch(self._address, start, end, self._write)
            if not self._size:
                self._size = size
                os.ftruncate(self._file, size)
            self._have = _joined([*self._have, came], 0)

    def lacking(self, ranges: Iterable[Range]) -> list[Range]:
        """What would be asked for, each with a request, to have some ranges."""
        return [
            (start, end)
            for start, end in _joined(_without(_joined(ranges, 0), self._have), _GAP)
            # A damaged file, as GDAL will say.
            if not self._size or start < self._size
        ]

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self._size

    @property
    def received(self) -> int:
        """Bytes that are there."""
        return sum(min(end, self._size) - start for start, end in self._have)

    def close(self) -> None:
        os.close(self._file)
        self.path.unlink(missing_ok=True)

    def _write(self, offset: int, data: bytes) -> None:
        os.pwrite(self._file, data, offset)


class Fetching:
    """Makes the sparse copies of a job, beside its target."""

    def __init__(self, connections: int, target: Path) -> None:
        self._fetcher, self._target = Fetcher(connections), target
        self._numbers = count()

    def copy(self, address: Address) -> SparseCopy:
        path = temporary_path(self._target, f"{next(self._numbers)}.fetched")
        return SparseCopy(self._fetcher, address, path)


def redact(text: str) -> str:
    """Remove the query strings of URLs: they hold signatures."""
    return re.sub(r"\?[^\s?'\"(),]*=[^\s'\"(),]*", "", text)


def _joined(ranges: Iterable[Range], gap: int) -> list[Range]:
    """The ranges in order, those that meet, or lie no more than `gap` apart, as one."""
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _without(ranges: Iterable[Range], have: Iterable[Range]) -> Iterator[Range]:
    """What of the ranges is not among those that are there, both in order and apart."""
    for start, end in ranges:
        at = start
        for first, last in have:
            if last > at and first < end:
                if first > at:
                    yield at, first
                at = last
        if at < end:
            yield at, end


def _size(answer: requests.Response) -> int:
    """The size of the file of which an answer holds a part."""
    _, slash, size = answer.headers.get("Content-Range", "").rpartition("/")
    return int(size if slash else answer.headers["Content-Length"])


def _wait(said: str) -> float:
    """Seconds that a server asks to wait, in `Retry-After`: a number of them, or a date."""
    if said.isdigit():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
