"""The pixels of a block that lie in the area, and which native pixel lies under each.

They are kept in squares of 64 px, so that those that are near each other lie near each other in
memory, and so that it is soon told which native blocks are needed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.imagery.composite.rows import Room
from lccs_inputs.rasters.gather import Gatherer
from lccs_inputs.rasters.grid import Grid, LatticeOf
from lccs_inputs.rasters.positions import OUTSIDE

_SQUARE = 64  # px
_LOOKED_UP = 512  # rows of pixels looked up on a lattice at a time, whole squares
_DERIVED = 2**16  # pixels of which indices are derived at a time, so that they stay in the cache
_LINE = 32  # numbers; no fewer lie on a line of the cache
_DEEP = 512  # px; blocks of a few rows are read together until they are as high

Valid = NDArray[np.bool_]
Index = NDArray[np.int32]
Squares = NDArray[np.bool_]
Place = tuple[slice, slice]
"""Where a window of a raster lies in the frame."""


@dataclass(frozen=True)
class Native:
    """Where pixels lie on a native lattice.

    Attributes:
        left, top, width, height: the frame, the smallest rectangle of native pixels that holds them
            all; left and top on the unbounded lattice.
        index: into the flattened frame, int32, shape (pixels,); width × height is a place beyond
            it, of the centres that the native CRS cannot represent.
        boxes: first column, last column, first row, last row of each square within the frame,
            int32, shape (4, squares).
    """

    left: int
    top: int
    width: int
    height: int
    index: Index
    boxes: Index
    _reaches: dict[tuple[int, int], slice] = field(default_factory=dict, repr=False, compare=False)

    def frame(
        self, dtype: type[np.generic], filled: Sequence[Place] = ()
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Zeros, flat as `take` wants them, and as a view of shape (height, width).

        Args:
            filled: places apart from each other where there may be anything yet.
        """
        rest = self.width * self.height - sum(
            (rows.stop - rows.start) * (cols.stop - cols.start) for rows, cols in filled
        )
        flat = (np.zeros if rest else np.empty)(self.width * self.height + 1, dtype)
        flat[-1] = 0
        return flat, flat[:-1].reshape(self.height, self.width)

    def take(self, flat: NDArray[Any], part: slice) -> NDArray[Any]:
        """The numbers of a flat frame under some of the pixels."""
        # What is gathered from is brought near in one go: waiting for it row by row takes longer.
        flat[self._reach(part)].max()
        return np.take(flat, self.index[part], mode="clip")

    def _reach(self, part: slice) -> slice:
        """A number of each line of the cache that holds what lies under some of the pixels."""
        key = part.start, part.stop
        if key not in self._reaches:
            index = self.index[part]
            self._reaches[key] = slice(int(index.min()), int(index.max()) + 1, _LINE)
        return self._reaches[key]

    def coarser(self, left: int, top: int, times: int) -> "Native":
        """The same on a lattice whose pixels hold times × times of these.

        Args:
            left, top: where a pixel of that lattice begins; its left and top count from there.
        """
        left, top = self.left - left, self.top - top
        col, row = left // times, top // times
        width = (left + self.width - 1) // times + 1 - col if self.width else 0
        height = (top + self.height - 1) // times + 1 - row if self.height else 0
        index = np.empty_like(self.index)
        for start in range(0, index.size, _DERIVED):
            part = self.index[start : start + _DERIVED]
            rows, cols = np.divmod(part, np.int32(max(self.width, 1)))
            coarse = ((rows + top) // times - row) * width + (cols + left) // times - col
            coarse[part == self.width * self.height] = width * height
            index[start : start + _DERIVED] = coarse
        ends = self.boxes + np.repeat((left, top), 2).astype(np.int32)[:, None]
        boxes = ends // times - np.repeat((col, row), 2).astype(np.int32)[:, None]
        return Native(col, row, width, height, index, boxes)

    def windows(
        self, source: Grid, block: tuple[int, int], wanted: Squares
    ) -> Iterator[tuple[Window, Place]]:
        """What to read of a raster: runs of its own blocks, north to south, each block once.

        Args:
            block: height and width of its blocks.
            wanted: which squares are, shape (squares,).

        Yields:
            a window of the raster, and its place in the frame.
        """
        col, row = source.origin
        shift = self.left - col, self.top - row
        boxes = self.boxes[:, wanted] + np.repeat(shift, 2)[:, None]
        last = np.repeat((source.width - 1, source.height - 1), 2)[:, None]
        first_col, last_col, first_row, last_row = np.clip(boxes, 0, last)
        outside = (boxes[1] < 0) | (boxes[0] > last[0]) | (boxes[3] < 0) | (boxes[2] > last[3])
        needed = _needed(
            first_col[~outside] // block[1], last_col[~outside] // block[1],
            first_row[~outside] // block[0], last_row[~outside] // block[0],
            (-(-source.height // block[0]), -(-source.width // block[1])),
        )  # fmt: skip
        for run in _runs(needed, -(-_DEEP // block[0])):
            window = self._clipped(run, source, block, shift)
            if window is not None:
                yield window

    def _clipped(
        self,
        run: tuple[int, int, int, int],
        source: Grid,
        block: tuple[int, int],
        shift: tuple[int, int],
    ) -> tuple[Window, Place] | None:
        """A run of blocks as far as raster and frame go."""
        first_row, last_row, first_col, last_col = run
        left, top = max(first_col * block[1], shift[0]), max(first_row * block[0], shift[1])
        right = min((last_col + 1) * block[1], source.width, shift[0] + self.width)
        bottom = min((last_row + 1) * block[0], source.height, shift[1] + self.height)
        if right <= left or bottom <= top:
            return None
        rows = slice(top - shift[1], bottom - shift[1])
        return Window(left, top, right - left, bottom - top), (
            rows,
            slice(left - shift[0], right - shift[0]),
        )


def _needed(
    first_col: Index, last_col: Index, first_row: Index, last_row: Index, shape: tuple[int, int]
) -> Valid:
    """Which blocks the boxes touch, shape (rows of blocks, columns of blocks)."""
    edges = np.zeros((shape[0] + 1, shape[1] + 1), np.int64)
    np.add.at(edges, (first_row, first_col), 1)
    np.add.at(edges, (last_row + 1, last_col + 1), 1)
    np.add.at(edges, (first_row, last_col + 1), -1)
    np.add.at(edges, (last_row + 1, first_col), -1)
    needed: Valid = edges.cumsum(0).cumsum(1)[:-1, :-1] > 0
    return needed


def _runs(needed: Valid, deep: int) -> Iterator[tuple[int, int, int, int]]:
    """First and last row, first and last column, of runs of blocks that hold all that are needed.

    A run is one row of blocks, from its first to its last; equal ones are joined to `deep` rows.
    """
    previous: tuple[int, int, int, int] | None = None
    for row in np.flatnonzero(needed.any(1)):
        cols = np.flatnonzero(needed[row])
        first, last = int(cols[0]), int(cols[-1])
        if previous is not None:
            top, bottom, *sides = previous
            if sides == [first, last] and row == bottom + 1 and row - top < deep:
                previous = top, int(row), first, last
                continue
            yield previous
        previous = int(row), int(row), first, last
    if previous is not None:
        yield previous


class TargetPixels:
    """The pixels of a grid that lie in the area, square by square; from any number of threads.

    Attributes:
        grid: the block, or a piece of it.
        inside: True in the area, shape of the grid.
        count: how many they are.
    """

    def __init__(self, grid: Grid, inside: Valid, room: Room, finest: float) -> None:
        self.grid, self.inside, self._room, self._finest = grid, inside, room, finest
        self.count = int(np.count_nonzero(inside))
        counts = self._counts()
        self._strip_starts = np.append(_starts(counts.sum(1)), self.count)
        self._starts = _starts(counts[counts > 0])
        self._native: dict[LatticeOf, Native] = {}
        self._locks: dict[LatticeOf, Lock] = {}

    def squares(self, bits: NDArray[np.uint8]) -> Squares:
        """Which squares have a pixel whose bit is set, of those that lie in the area at all.

        Packed bits are looked at byte by byte: a square that shares one counts too.
        """
        first, end = self._starts // 8, np.append(self._starts[1:], self.count)
        any_of: Squares = np.bitwise_or.reduceat(bits, first) | bits[(end - 1) // 8] > 0
        return any_of

    def native(self, source: Grid) -> Native:
        """Where the pixels lie on the lattice of a raster; computed once for each lattice."""
        key = source.lattice
        with self._locks.setdefault(key, Lock()):  # two at a time, where there are two
            if key not in self._native:
                times = round(source.pixel[0] / self._finest)
                if times > 1 and source.pixel == (times * self._finest, times * self._finest):
                    self._native[key] = self._derived(source, times)
                else:
                    self._native[key] = self._placed(source)
                self._room.take(self._native[key].index.nbytes, anyway=True)
        return self._native[key]

    def _derived(self, source: Grid, times: int) -> Native:
        """From the lattice of the finest bands, whose pixels fit into those of the others."""
        fine = replace(source, pixel=(self._finest, self._finest))
        native = self.native(fine).coarser(*fine.origin, times)
        left, top = source.origin
        return replace(native, left=native.left + left, top=native.top + top)

    def strips(self, first: int = 0, last: int | None = None) -> Iterator[tuple[slice, slice]]:
        """The rows of squares that begin between two rows of pixels, `last` not included.

        Yields:
            the rows of pixels, and which pixels of the area lie in them.
        """
        begin = -(-first // _SQUARE) * _SQUARE
        for top in range(begin, self.grid.height if last is None else last, _SQUARE):
            start, stop = self._strip_starts[top // _SQUARE :][:2]
            yield slice(top, min(top + _SQUARE, self.grid.height)), slice(int(start), int(stop))

    def gathered(self, values: NDArray[Any], rows: slice) -> NDArray[Any]:
        """Numbers of the pixels of a row of squares, of those of all its rows of pixels."""
        inside, flat = self.inside[rows], _by_squares(values)
        return flat if inside.all() else flat[_by_squares(inside)]

    def spread(self, values: NDArray[Any], rows: slice, nodata: float) -> NDArray[Any]:
        """The reverse of `gathered`; nodata outside the area."""
        inside = self.inside[rows]
        if inside.all():
            return _by_rows(values, inside.shape)
        flat = np.full(inside.size, nodata, values.dtype)
        flat[_by_squares(inside)] = values
        return _by_rows(flat, inside.shape)

    def _counts(self) -> NDArray[np.intp]:
        """Pixels of each square, by rows and columns of squares."""
        rows, columns = (range(0, size, _SQUARE) for size in self.grid.shape)
        counts = np.add.reduceat(self.inside, rows, 0, np.intp)
        return np.add.reduceat(counts, columns, 1)

    def _placed(self, source: Grid) -> Native:
        cols, rows = np.empty(self.count, np.int32), np.empty(self.count, np.int32)
        for strip, part in self.strips():
            above = strip.start % _LOOKED_UP
            if above == 0:
                high = min(_LOOKED_UP, self.grid.height - strip.start)
                looked_up = self.grid.subgrid(0, strip.start, self.grid.width, high)
                lattice = Gatherer(looked_up).lattice(source)
            cols[part] = self.gathered(lattice.cols[above : above + _SQUARE], strip)
            rows[part] = self.gathered(lattice.rows[above : above + _SQUARE], strip)
        known = cols != OUTSIDE
        ends = [
            int(end(values, where=known, initial=-start))
            for values in (cols, rows)
            for end, start in ((np.min, OUTSIDE), (np.max, -OUTSIDE))
        ]
        left, width, top, height = ends[0], ends[1] + 1 - ends[0], ends[2], ends[3] + 1 - ends[2]
        if not known.any():
            left, width, top, height = 0, 0, 0, 0
        cols -= np.int32(left)
        rows -= np.int32(top)
        boxes = np.array([
            end.reduceat(values, self._starts)
            for values in (cols, rows) for end in (np.minimum, np.maximum)
        ])  # fmt: skip
        rows *= np.int32(width)
        rows += cols
        rows[~known] = width * height
        return Native(left, top, width, height, rows, boxes)


def _starts(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.concatenate([[0], np.cumsum(counts)[:-1]])


def _by_squares(rows: NDArray[Any]) -> NDArray[Any]:
    """The numbers of a row of squares, shape (height, width), square by square."""
    flat = np.empty(rows.size, rows.dtype)
    for of_flat, of_rows in _alike(flat, rows):
        of_flat[:] = of_rows
    return flat


def _by_rows(flat: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """The reverse of `_by_squares`."""
    rows = np.empty(shape, flat.dtype)
    for of_flat, of_rows in _alike(flat, rows):
        of_rows[:] = of_flat
    return rows


def _alike(flat: NDArray[Any], rows: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """The same numbers in both forms, each seen in one shape: whole squares, then what is left."""
    height, width = rows.shape
    whole = width - width % _SQUARE
    squares = flat[: height * whole].reshape(-1, height, _SQUARE)
    yield squares.swapaxes(0, 1), rows[:, :whole].reshape(height, -1, _SQUARE)
    yield flat[height * whole :].reshape(height, -1), rows[:, whole:]
