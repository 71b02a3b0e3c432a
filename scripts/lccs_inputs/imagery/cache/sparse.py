"""Files of the size of others, in which only what was asked for is written."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from lccs_inputs.errors import InputError
from lccs_inputs.imagery.cache.ranges import Range, joined, without


class StaleError(Exception):
    """What was begun with is no longer kept, or no longer what there is: begin anew without it."""


class SparseFile:
    """A file for one job; from one thread at a time.

    Attributes:
        path: where it is; None while nothing is known of it.
        size: of the whole, bytes; 0 while it is not known.
    """

    def __init__(self, path: Path | None) -> None:
        self.path: Path | None = None
        self.size = 0
        self._handle = -1
        self._have: list[Range] = []
        if path is not None:
            self._open(path, os.O_CREAT | os.O_TRUNC)

    def missing(self, ranges: Sequence[Range]) -> list[Range]:
        """What of some ranges is not there, in order."""
        last = self.size or max((end for _, end in ranges), default=0)
        within = [(start, min(end, last)) for start, end in ranges if start < last]
        return list(without(joined(within), self._have))

    def expect(self, size: int, version: str) -> None:
        """Hear what an answer says of the file before its bytes are written.

        Args:
            version: whatever changes with the bytes.

        Raises:
            StaleError: they are not those of what is there.
        """
        del version  # of one job: it may differ between the machines behind an address
        if self.size not in (0, size):
            raise StaleError
        self._grow(size)

    def write(self, offset: int, data: bytes) -> None:
        """Write some bytes, for use in the file itself once they are added.

        Raises:
            InputError: they cannot be written.
        """
        try:
            self._write(offset, data)
        except OSError as error:
            raise InputError(
                f"{self.path}: could not be written ({error.strerror}); free some disk space"
            ) from None

    def add(self, came: Iterable[Range]) -> None:
        """Count some ranges among those that are there."""
        self._have = joined([*self._have, *(each for each in came if each[0] < each[1])])

    @property
    def received(self) -> int:
        """Bytes that are there."""
        return sum(min(end, self.size) - start for start, end in self._have)

    def read(self, offset: int, size: int) -> bytes:
        """Some bytes that are there; fewer at the end of the file."""
        return os.pread(self._handle, max(0, min(size, self.size - offset)), offset)

    def close(self) -> None:
        """Close the file, and remove it."""
        self._close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _write(self, offset: int, data: bytes) -> None:
        left = memoryview(data)
        while left:  # a disk that is about to be full takes a part
            written = os.pwrite(self._handle, left, offset)
            left, offset = left[written:], offset + written

    def _open(self, path: Path, flags: int = 0) -> None:
        self.path, self._handle = path, os.open(path, os.O_RDWR | flags, 0o600)

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _grow(self, size: int) -> None:
        """See to it that the file has the size of the whole: it can have been cut short."""
        self.size = size
        if os.fstat(self._handle).st_size != size:
            os.ftruncate(self._handle, size)
