"""Rows of numbers, one for each observation: in memory while a budget lasts, then on a disk.

A block can have more observations than memory; decoding them twice costs more than a disk. The
scratch file has no name, so nothing is left of it, however the job ends. The places that rows leave
in it are taken by others: to write over them costs a fraction of making the file longer.
"""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from lccs_inputs.errors import InputError


class Room:
    """What a job may keep in memory, in bytes, and the folder for what does not fit.

    A context manager that ends the rows that are left.
    """

    def __init__(self, budget: int, folder: Path) -> None:
        self._left = budget
        self.folder = folder
        self._lock = Lock()
        self._all: list[Rows] = []
        self._file: IO[bytes] | None = None
        self._end = 0  # of the file
        self._unused = defaultdict[int, list[int]](list)

    def rows(self, width: int, dtype: DTypeLike) -> "Rows":
        """Room for rows of `width` numbers."""
        made = Rows(self, width, np.dtype(dtype))
        self._all.append(made)
        return made

    def take(self, size: int, *, anyway: bool = False) -> bool:
        """Whether `size` bytes are left; if so, or if they are needed anyway, they are taken."""
        with self._lock:
            fits = anyway or size <= self._left
            self._left -= size * fits
            return fits

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Without `size` bytes, whether they are left or not, for what does not lie in rows."""
        self.take(size, anyway=True)
        yield
        self.give_back(size)

    def give_back(self, size: int) -> None:
        with self._lock:
            self._left += size

    @property
    def file(self) -> int:
        """The descriptor of the scratch file."""
        with self._lock:
            self._file = self._file or self._scratch()
            return self._file.fileno()

    def place(self, size: int) -> int:
        """The offset of `size` bytes in the scratch file that nothing else is in."""
        with self._lock:
            if self._unused[size]:
                return self._unused[size].pop()
            self._end += size
            return self._end - size

    def leave(self, size: int, offsets: Iterable[int]) -> None:
        """Give places of `size` bytes back."""
        with self._lock:
            self._unused[size] += offsets

    def _scratch(self) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for rows in self._all:
            rows.end()
        if self._file is not None:
            self._file.close()


class Rows:
    """Rows of one width, by key, in the order in which they were first written.

    Written by one thread; read by any number, once written.
    """

    def __init__(self, room: Room, width: int, dtype: np.dtype[Any]) -> None:
        self._room, self._width, self._dtype = room, width, dtype
        self._near: dict[Any, NDArray[Any]] = {}
        self._far: dict[Any, int] = {}  # the offset of each in the scratch file
        self.keys: list[Any] = []

    def write(self, key: Any, values: NDArray[Any], start: int = 0) -> None:
        """Write a row, or the part of it that begins at `start`; a whole row is not to be changed.

        Raises:
            InputError: the disk is full.
        """
        if key not in self:
            self._place(key)
        if key in self._near and values.size == self._width:
            self._near[key] = values
            return
        if key in self._near:
            self._near[key][start : start + values.size] = values
            return
        data = np.ascontiguousarray(values, self._dtype).data.cast("B")
        offset = self._far[key] + start * self._dtype.itemsize
        try:
            while data:
                written = os.pwrite(self._room.file, data, offset)
                data, offset = data[written:], offset + written
        except OSError as error:
            raise InputError(
                f"{self._room.folder}: scratch space for a block ran out ({error}); free some, or "
                "raise composing.memory"
            ) from error

    def replace(self, key: Any, values: NDArray[Any] | None) -> None:
        """Write a row anew, or forget it."""
        if values is not None:
            self.write(key, values)
        elif key in self:
            self.keys.remove(key)

    def __contains__(self, key: Any) -> bool:
        return key in self.keys

    def read(self, key: Any, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """A row that was written, or part of it; not to be changed."""
        if key in self._near:
            return self._near[key][start:stop]
        values = np.empty((self._width if stop is None else min(stop, self._width)) - start,
                          self._dtype)  # fmt: skip
        data, offset = values.data.cast("B"), self._far[key] + start * self._dtype.itemsize
        while data:
            got = os.preadv(self._room.file, [data], offset)
            data, offset = data[got:], offset + got
        return values

    def end(self) -> None:
        """Forget all rows, and give back what they took."""
        self._room.give_back(self._size * len(self._near))
        self._room.leave(self._size, self._far.values())
        self._near, self._far, self.keys = {}, {}, []

    @property
    def _size(self) -> int:
        return self._width * self._dtype.itemsize

    def _place(self, key: Any) -> None:
        self.keys.append(key)
        if self._room.take(self._size):
            self._near[key] = np.empty(self._width, self._dtype)
            return
        self._far[key] = self._room.place(self._size)
