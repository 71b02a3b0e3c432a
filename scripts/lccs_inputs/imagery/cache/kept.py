"""A sparse file that stays: jobs, runs and users add to it, and believe only what they checked."""

import os
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from lccs_inputs.imagery.cache.index import Index, Piece, cut, merged
from lccs_inputs.imagery.cache.ranges import Range, joined, without
from lccs_inputs.imagery.cache.sparse import SparseFile, StaleError
from lccs_inputs.sharing import FULL, locked, make_folder, share, usable
from lccs_inputs.traffic import note_kept

KEY = "composing.cache"
"""The config key that names the folder of what is kept."""


class FullError(Exception):
    """There is no room to keep anything more."""


class KeptFile(SparseFile):
    """What is there of a file; from one thread at a time, in any number of processes.

    Args:
        entry: the folder of the asset.
        name: of the file among those of the asset.
        grown: told how many bytes are about to be added.

    Everything that is done to it raises an InputError where the folder may not be used, and a
    FullError where there is no room.
    """

    def __init__(self, entry: Path, name: str, grown: Callable[[int], None]) -> None:
        super().__init__(None)
        self._entry, self._name, self._grown = entry, name, grown
        self._place = entry / f"{name}.index"
        self._kept: Index | None = None
        self._unchecked: list[Piece] = []
        self._broken: set[Piece] = set()
        with _used(entry):
            if found := Index.read(self._place):
                with suppress(FileNotFoundError):  # it is being removed
                    self._take(found)
                with suppress(FileNotFoundError, PermissionError):  # of another user, it is left
                    os.utime(entry)  # what was not used for longest goes first

    @property
    def version(self) -> str:
        """What changes with the bytes, as far as it is known; "" while nothing is there."""
        return self._kept.version if self._kept else ""

    def missing(self, ranges: Sequence[Range]) -> list[Range]:
        left = super().missing(ranges)
        with _used(self._entry):
            self._check([each for each in self._unchecked if _meet(each, left)])
        return list(without(left, self._have))

    def _check(self, pieces: Iterable[Piece]) -> None:
        for start, end, checksum in pieces:
            self._unchecked.remove((start, end, checksum))
            if zlib.crc32(self.read(start, end - start)) == checksum:
                super().add([(start, end)])
                note_kept()
            else:
                self._broken.add((start, end, checksum))

    def expect(self, size: int, version: str) -> None:
        if self._kept is None:
            with _used(self._entry), lock_of(self._entry):
                found = Index.read(self._place)
                self._take(found if found and _is_of(found, size, version, self._entry) else
                           self._begun(size, version))  # fmt: skip
        elif (self._kept.size, self._kept.version) != (size, version):
            self.drop()
            raise StaleError

    def write(self, offset: int, data: bytes) -> None:
        with _used(self._entry):
            self._grown(len(data))
            self._write(offset, data)

    def add(self, came: Iterable[Range]) -> None:
        """Count some ranges among those that are there, for others too."""
        whole = joined((start, min(end, self.size)) for start, end in came if start < end)
        if not whole:
            return
        super().add(whole)
        pieces = [
            (start, end, zlib.crc32(self.read(start, end - start)))
            for each in whole
            for start, end in cut(each)
        ]
        self._broken.difference_update(pieces)  # they are mended
        with _used(self._entry), lock_of(self._entry):
            found = Index.read(self._place)
            if self._kept and found and found.data == self._kept.data:  # else it was removed
                there = [each for each in found.pieces if each not in self._broken]
                replace(found, pieces=merged([*pieces, *there])).write(self._place)

    def drop(self) -> None:
        """Forget what is kept."""
        with _used(self._entry), lock_of(self._entry):
            found = Index.read(self._place)
            if self._kept and found and found.data == self._kept.data:
                self._place.unlink()
                (self._entry / found.data).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; what is in it stays."""
        self._close()

    def _begun(self, size: int, version: str) -> Index:
        """A beginning, in place of what others, of another version, have left; under the lock."""
        make_folder(self._entry)
        for other in self._entry.glob(f"{self._name}.*.data"):
            other.unlink()
        index = Index(f"{self._name}.{uuid.uuid4().hex}.data", size, version)
        path = self._entry / index.data
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        share(path)
        index.write(self._place)
        return index

    def _take(self, index: Index) -> None:
        self._open(self._entry / index.data)
        self._kept, self._unchecked = index, list(index.pieces)
        self._grow(index.size)


def lock_of(entry: Path) -> FileLock:
    """What is held while an entry, or one of its neighbours, is changed or removed."""
    return locked(entry.parent / "entries")


@contextmanager
def _used(entry: Path) -> Iterator[None]:
    """Tell what is wrong with the folder apart from what is wrong with what is read."""
    with usable(entry.parents[1], KEY):
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                raise FullError(error.strerror) from None
            error.filename = error.filename or str(entry)
            raise


def _is_of(index: Index, size: int, version: str, entry: Path) -> bool:
    return (index.size, index.version) == (size, version) and (entry / index.data).exists()


def _meet(piece: Piece, ranges: Iterable[Range]) -> bool:
    return any(start < piece[1] and piece[0] < end for start, end in ranges)
