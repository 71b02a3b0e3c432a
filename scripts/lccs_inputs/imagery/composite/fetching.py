"""The bytes of a remote file that are needed, each asked for once, in a sparse copy on disk.

GDAL would ask for the size first, and for all again after a failure. Here the first answer says
the size, and what has arrived stays: a connection that stalls is taken up where it stopped. The
address is signed anew for every request, since a signature can expire.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from lccs_inputs.cdse.store import ObjectStore, code_of
from lccs_inputs.files import temporary_path
from lccs_inputs.headers import seconds_to_wait, whole_number
from lccs_inputs.hosts import silence
from lccs_inputs.imagery.cache.kept import KeptFile
from lccs_inputs.imagery.cache.ranges import Range, joined
from lccs_inputs.imagery.cache.sparse import SparseFile
from lccs_inputs.sessions import Session

_HEADER = 32768  # bytes; the directories of nearly every Cloud Optimized GeoTIFF
_PIECE = 2**18  # bytes written at a time, at most
_TIMEOUTS = (20.0, 20.0)  # seconds, to connect and between two packets: a slow line is no fault
_ATTEMPTS = 4  # without a byte arriving
_FIRST_DELAY = 1.0  # seconds, doubled after each failed attempt
_LONGEST_WAIT = 300.0  # seconds that a server can ask for

GAP = 65536
"""Bytes: what lies between two ranges is cheaper than a request, if it is no more."""

Address = Callable[[], str]
"""Gives the URL of a file, signed anew."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Answer:
    """What came of a request: the bytes from `first` until `reached`, of a file of `size`.

    `reason` is why there are no more, "" if they are all.

    `wait` is how long the server asks to wait, seconds.

    `is_refused` is whether it takes no such keys.
    """

    status: int
    first: int
    reached: int
    size: int
    reason: str
    wait: float = 0.0
    is_refused: bool = False

    @property
    def is_final(self) -> bool:
        """Whether it would be the same another time."""
        return self.status == requests.codes.not_found or self.is_refused


class FetchError(Exception):
    """Bytes did not come.

    `status` is that of the last answer, 0 if there was none; `came` is what did come.
    """

    def __init__(self, reason: str, status: int, attempts: int, came: Range) -> None:
        super().__init__(reason)
        self.status, self.attempts, self.came = status, attempts, came


class Fetcher:
    """Asks servers for ranges of files, from any number of threads; all wait when one is to."""

    def __init__(self, connections: int) -> None:
        self._session = Session()
        adapter = HTTPAdapter(pool_connections=connections, pool_maxsize=connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._session.headers["Accept-Encoding"] = "identity"
        self._not_before = 0.0

    def fetch(
        self,
        address: Address,
        start: int,
        end: int,
        file: SparseFile,
        store: ObjectStore | None = None,
    ) -> Range:
        """Write the bytes from `start` to `end`, as far as there are any, to a file.

        Args:
            store: whose keys the server wants.

        Returns:
            what was written, which is all where the server knows no ranges.

        Raises:
            FetchError: they did not come after all attempts.
            StaleError: what comes is not of the same file.
        """
        at, failed = start, 0
        while True:
            time.sleep(max(0.0, self._not_before - time.monotonic()))
            reached = at
            answer = self._ask(address(), at, end, file, store)
            at = answer.reached
            if not answer.reason:
                return min(start, answer.first), at
            failed = 1 if at > reached else failed + 1
            if failed == _ATTEMPTS or answer.is_final:
                raise FetchError(answer.reason, answer.status, failed, (start, at))
            _log.warning("attempt %d failed (%s)", failed, answer.reason)
            delay = _FIRST_DELAY * 2 ** (failed - 1)
            if answer.wait > _LONGEST_WAIT:
                reason = f"{answer.reason}, asks to wait {answer.wait:.0f} s"
                raise FetchError(reason, answer.status, failed, (start, at))
            self._not_before = max(self._not_before, time.monotonic() + answer.wait)
            time.sleep(0 if answer.wait else delay)

    def _ask(
        self, url: str, at: int, end: int, file: SparseFile, store: ObjectStore | None
    ) -> _Answer:
        """Ask once; what comes is written, whatever happens then."""
        status, size, first = 0, 0, at
        headers = {"Range": f"bytes={at}-{end - 1}"}
        try:
            with (
                store.turns if store else nullcontext(),
                self._session.get(
                    url,
                    headers=headers,
                    auth=store,
                    stream=True,
                    timeout=_TIMEOUTS,
                    allow_redirects=store is None,  # what is signed is for the store alone
                ) as answer,
            ):
                status = answer.status_code
                if status not in (requests.codes.ok, requests.codes.partial_content):
                    wait = (
                        seconds_to_wait(answer.headers.get("Retry-After", ""), time.time()) or 0.0
                    )
                    said = code_of(answer.content) if store else ""
                    reason = said or f"HTTP response code: {status}"
                    refused = bool(store and store.refusal(reason))
                    return _Answer(status, at, at, 0, reason, wait, refused)
                size = _size(answer)
                if not size:
                    return _Answer(status, at, at, 0, "it does not say how large the file is")
                file.expect(size, _version(answer))
                if status != requests.codes.partial_content:
                    at = first = 0  # the server knows no ranges, and sends all
                elif _first(answer) != at:
                    return _Answer(status, at, at, size, "other bytes came than were asked for")
                while piece := answer.raw.read1(_PIECE):  # what has come, however little
                    file.write(at, piece)
                    at += len(piece)
        except requests.RequestException as error:
            return _Answer(status, first, at, size, silence(error))
        except HTTPError:
            return _Answer(status, first, at, size, "connection was cut")
        return _Answer(
            status, first, at, size, "" if at >= min(end, size) else "connection was cut"
        )


class SparseCopy:
    """What is there of a remote file, and the way to the rest of it.

    From one thread at a time.

    Attributes:
        asked: how many requests that took so far.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        address: Address,
        file: SparseFile,
        store: ObjectStore | None = None,
    ) -> None:
        self._fetcher, self._address, self._file, self._store = fetcher, address, file, store
        self.asked = 0
        try:
            self.fetch([(0, _HEADER)])
        except BaseException:
            file.close()
            raise

    @property
    def path(self) -> Path:
        """A file of the size of the remote one, with the bytes that were asked for."""
        assert self._file.path is not None  # something has come
        return self._file.path

    def read(self, offset: int, size: int) -> bytes:
        """Some bytes, fetched if they are not there yet."""
        self.fetch([(offset, offset + size)])
        return self._file.read(offset, size)

    def fetch(self, ranges: Iterable[Range]) -> None:
        """Fetch what is not there yet, in as few requests as that takes.

        Raises:
            FetchError: it did not come.
            StaleError: what comes is not of the file that is there.
        """
        for start, end in self.lacking(ranges):
            self.asked += 1
            try:
                came = self._fetcher.fetch(self._address, start, end, self._file, self._store)
            except FetchError as error:
                self._file.add([error.came])
                raise
            self._file.add([came])

    def lacking(self, ranges: Iterable[Range]) -> list[Range]:
        """What would be asked for, each with a request, to have some ranges."""
        return joined(self._file.missing([*ranges]), GAP)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self._file.size

    @property
    def received(self) -> int:
        """Bytes that are there."""
        return self._file.received

    def close(self) -> None:
        self._file.close()


class Fetching:
    """Makes the sparse copies of a job."""

    def __init__(self, connections: int, target: Path) -> None:
        self._fetcher, self._target = Fetcher(connections), target
        self._numbers = count()

    def copy(
        self, address: Address, kept: KeptFile | None = None, store: ObjectStore | None = None
    ) -> SparseCopy:
        """A copy of a remote file: what is kept of it, or one beside the target of the job."""
        path = temporary_path(self._target, f"{next(self._numbers)}.fetched")
        return SparseCopy(self._fetcher, address, kept or SparseFile(path), store)


def redact(text: str) -> str:
    """Remove the query strings of URLs: they hold signatures."""
    return re.sub(r"\?[^\s?'\"(),]*=[^\s'\"(),]*", "", text)


def _size(answer: requests.Response) -> int:
    """The size of the file of which an answer holds a part; 0 where it does not say."""
    _, slash, size = answer.headers.get("Content-Range", "").rpartition("/")
    said = size if slash else answer.headers.get("Content-Length", "")
    return whole_number(said) or 0


def _first(answer: requests.Response) -> int:
    """The first byte that a partial answer holds; -1 where it does not say."""
    said = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    first = whole_number(said)
    return -1 if first is None else first


def _version(answer: requests.Response) -> str:
    """What changes with the file, as far as the server says: "" if it says nothing."""
    return answer.headers.get("ETag") or answer.headers.get("Last-Modified", "")
