"""Fetch one delivery from the result host: whole and sound, or not at all.

The host may answer 403 or 404 before a file is ready and after it has expired, and it breaks off.
So bytes go to a hidden `.part` file that a later attempt, or a later run, continues; only what
has the announced size and unpacks without fault is renamed to the target.
"""

import contextlib
import glob
import hashlib
import logging
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import requests
from filelock import Timeout
from tqdm import tqdm

from lccs_inputs.clms.keyless import (
    ATTEMPTS,
    Expired,
    KeylessSession,
    NotReady,
    RetryableError,
    check_status,
    pause,
)
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.headers import whole_number
from lccs_inputs.products.archives import find_rasters
from lccs_inputs.rasters.archived import DAMAGED_ZIP
from lccs_inputs.redaction import redact
from lccs_inputs.sharing import locked, share

__all__ = ["Expired", "NotReady", "download"]

_CHUNK = 1 << 20  # bytes

_log = logging.getLogger(__name__)


class UnsafeError(SourceError):
    """An archive is not to be unpacked, however often it is fetched."""


def download(
    url: str,
    target: Path,
    *,
    size: int | None,
    user_agent: str,
    attempts: int = ATTEMPTS,
    sleep: Callable[[float], None] = time.sleep,
) -> Path:
    """Fetch the zip at `url` to `target`, unless `target` is there already.

    Processes that want the same target wait for one another: one fetches, the others find it
    done. What breaks off is continued where the host serves ranges, else begun anew.

    Args:
        url: as the API gives it; its query string is kept out of every message.
        target: a path ending in `.zip`; appears by rename.
        size: bytes, as the API announces it; None if it does not.
        user_agent: of our own: the host turns away those of common libraries.
        attempts: how many in a row may gain nothing before it fails.
        sleep: waits a number of seconds.

    Raises:
        NotReady: still refused (403) after the last attempt; ask for the status again later.
        Expired: gone (410), or still not found (404) after the last attempt.
        SourceError: any other answer, or a file that is not the archive announced.
        InputError: it could not be written (a full disk, most often).
    """
    with _alone(target), KeylessSession(user_agent) as session:
        if not target.exists():
            transfer = _Transfer(url, target, size, session)
            try:
                _persist(transfer, attempts, sleep)
            except OSError as error:
                raise InputError(
                    f"{target}: could not be written ({error.strerror or error}); free some disk "
                    "space, or set clms.cache to a folder with room"
                ) from None
    return target


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Hold the lock of `target`, which is freed when its process ends, however it does."""
    lock = locked(target.with_name(f".{target.name}"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _log.info("%s: another process is fetching it; waiting for it", target.name)
        lock.acquire(poll_interval=1)
    try:
        yield
    finally:
        lock.release()


def _persist(transfer: "_Transfer", attempts: int, sleep: Callable[[float], None]) -> None:
    """Try until the archive is in place; an attempt that gained bytes counts as the first."""
    failures, most = 0, transfer.have
    for tried in count(1):
        try:
            transfer.receive()
            transfer.finish()
            return
        except SourceError as error:
            failures = 1 if transfer.have > most else failures + 1
            most = max(most, transfer.have)
            if failures >= attempts or not isinstance(error, RetryableError | NotReady):
                raise transfer.failure(error, tried) from None
            wait = pause(failures, error)
            _log.warning("%s: %s; again in %.0f s", transfer.label, error, wait)
        sleep(wait)


class _Transfer:
    """The bytes of one URL on their way to one target."""

    def __init__(self, url: str, target: Path, size: int | None, session: KeylessSession) -> None:
        self._url, self._target, self._size = url, target, size
        self.label = f"{target.name} from {urlsplit(redact(url)).netloc}"
        # Named by its URL: the bytes of an earlier delivery, since replaced, are not continued.
        name = hashlib.sha256(url.encode()).hexdigest()[:8]
        self._part = target.with_name(f".{target.stem}.u{name}.part{target.suffix}")
        for other in target.parent.glob(f".{glob.escape(target.stem)}.u*.part{target.suffix}"):
            if other != self._part:
                other.unlink()
        self._session = session
        self._validator: str | None = None

    @property
    def have(self) -> int:
        """Bytes kept so far."""
        return self._part.stat().st_size if self._part.exists() else 0

    def receive(self) -> None:
        """One request: append to the part, or begin it anew where the host has no ranges."""
        if self._size is not None and self.have > self._size:
            self._part.unlink()
        have = self.have
        if have and have == self._size:
            return
        headers = {"Accept-Encoding": "identity"}  # so that bytes can be counted and continued
        if have:
            headers["Range"] = f"bytes={have}-"
            if self._validator:
                headers["If-Range"] = self._validator
        with self._session.ask(self._url, headers=headers) as response:
            if response.status_code in {206, 416} and _first_byte(response) != have:
                self._part.unlink(missing_ok=True)
                raise RetryableError("it does not continue where the part ends")
            if response.status_code == 416:  # nothing follows what is here: it is whole
                return
            check_status(response)
            self._store(response, have if response.status_code == 206 else 0)

    def _store(self, response: requests.Response, have: int) -> None:
        length = whole_number(response.headers.get("Content-Length", ""))
        total = None if length is None else have + length
        if "text/html" in response.headers.get("Content-Type", ""):
            raise RetryableError("a web page instead of the archive")
        if self._size is not None and total is not None and total != self._size:
            raise RetryableError(f"{total} bytes, where CLMS announced {self._size}")
        etag = response.headers.get("ETag", "")
        self._validator = etag if etag.startswith('"') else response.headers.get("Last-Modified")
        self._require_room((total or self._size or 0) - have)
        with (
            tqdm(
                total=total or self._size,
                initial=have,
                desc=f"Fetching {self._target.name}",
                unit="B",
                unit_scale=True,
                mininterval=1,
            ) as progress,
            self._part.open("ab" if have else "wb") as file,
        ):
            if not have:
                share(self._part)
            # What came is kept: `iter_content` drops a chunk that breaks off.
            while chunk := response.raw.read1(_CHUNK):
                file.write(chunk)
                progress.update(len(chunk))

    def _require_room(self, needed: int) -> None:
        free = shutil.disk_usage(self._target.parent).free
        if needed > free:
            raise InputError(
                f"{self._target}: needs {needed / 1e9:.3g} GB where {free / 1e9:.3g} GB are free; "
                "free some disk space, or set clms.cache to a folder with room"
            )

    def finish(self) -> None:
        """Verify the part and rename it to the target; a part that is no good is dropped."""
        if self._size is not None and self.have < self._size:
            raise RetryableError(f"it ended after {self.have} of {self._size} bytes")
        try:
            self._verify()
        except SourceError as error:
            self._part.unlink()
            if isinstance(error, UnsafeError):
                raise
            reason = str(error).removeprefix(f"{self._part}: ").split("; ")[0]
            raise RetryableError(f"what was sent {reason}") from None
        os.replace(self._part, self._target)  # noqa: PTH105 - the atomic form, by name

    def _verify(self) -> None:
        """Check every member of the zip, and of the zips within, for its CRC and its name.

        Raises:
            SourceError: it is no zip, is damaged, holds no GeoTIFF, or a member points outside.
        """
        work = self._target.with_name(f".{self._target.stem}.unpacked")
        shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
        try:
            find_rasters(self._part, work)  # reads the rasters and the zips within to their end
            for archive in [self._part, *sorted(work.glob("*.zip"))]:
                _verify_members(archive)
        except (*DAMAGED_ZIP, RuntimeError) as error:
            raise SourceError(f"{self._part}: is damaged ({error})") from None
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def failure(self, error: SourceError, tried: int) -> SourceError:
        """What to raise after the last attempt, which ended in `error`."""
        problem = f"{self.label}: {error}" + (f", after {tried} attempts" if tried > 1 else "")
        if isinstance(error, Expired) or (isinstance(error, NotReady) and error.status == 404):
            return Expired(f"{problem}: the link is dead; request the product again")
        if isinstance(error, NotReady):
            return NotReady(f"{problem}: it may not be ready yet; run again later", error.status)
        if isinstance(error, UnsafeError):
            return UnsafeError(f"{problem}; nothing of it was unpacked: ask CLMS about it")
        return SourceError(f"{problem}; run again later")


def _first_byte(response: requests.Response) -> int:
    """Where a partial answer begins or, where there is nothing to send, ends; -1 if unreadable."""
    span, _, total = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    first = whole_number(total if span == "*" else span.partition("-")[0])
    return -1 if first is None else first


def _verify_members(archive: Path) -> None:
    """Refuse names that point outside, and read what `find_rasters` has not."""
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            path = PurePosixPath(member.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts:
                raise UnsafeError(
                    f"what was sent holds {member.filename!r}, which points outside it"
                )
            if path.suffix.lower() not in {".tif", ".tiff", ".zip"}:
                with members.open(member) as stream:
                    while stream.read(_CHUNK):
                        pass
