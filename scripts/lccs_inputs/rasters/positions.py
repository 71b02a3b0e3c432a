"""Where the pixel centres of a grid lie on the lattice of a source, strip by strip.

The transform is evaluated at nodes and interpolated between them, with a bound on the error; whose
result could be another within that bound is transformed by itself. So what follows from positions
is exact at a small share of the cost, whatever the block it is computed in.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.windows import Window

from lccs_inputs.rasters.grid import Grid

STEP = 32
"""Spacing of the nodes, and rows of a strip: its arrays stay in the cache. Target px."""
FAR = 2.0**30
"""From here on, source px, a position is taken for one that the source CRS cannot represent."""
OUTSIDE = np.int32(-FAR)
"""Index of a centre that the source CRS cannot represent."""

_SAFETY = 4.0  # interpolation error is measured at cell centres, where it is about the largest
_FLOOR = 1e-6  # source px; covers rounding where the transform is affine

Index = NDArray[np.int32]
Places = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Between which four source pixels the centres of a strip lie.

    Attributes:
        strip: rows of the grid.
        cols, rows: the pixel whose centre lies before, to the left and above.
        right, down: how far behind it, 0 to 1, float32.
        error: bound on that of a position, source px.
    """

    strip: slice
    cols: Index
    rows: Index
    right: NDArray[np.float32]
    down: NDArray[np.float32]
    error: float


class Positions:
    """The positions of the pixel centres of `grid` on the lattice of `source`.

    In source px, on the unbounded lattice (see `Grid.origin`); rows grow southwards.

    Attributes:
        shape: of the grid.
        error: bound on the error of interpolated positions, source px; infinite where some cannot
            be represented, and all are transformed.
    """

    def __init__(self, grid: Grid, source: Grid) -> None:
        self.shape, self._phase = grid.shape, source.phase
        self._transformer = _transformer(grid.crs, source.crs)
        self._xs, self._ys = _centres(grid)
        with np.errstate(invalid="ignore"):  # infinite where the source CRS cannot represent
            self._nodes, self.error = self._coarse()
        if np.isfinite(self.error):
            self._lines = tuple(_across(nodes, grid.width) for nodes in self._nodes)

    def exact(self, rows: Places, cols: Places) -> tuple[Floats, Floats]:
        """(columns, rows) on the source lattice of single pixels, each transformed."""
        return self._transformed(self._xs[cols], self._ys[rows])

    def footprint(self, source: Grid, margin: int) -> Window | None:
        """A window of `source` that holds every pixel needed, and `margin` more on each side.

        None if there is none.
        """
        if np.isfinite(self.error):
            ends = [(nodes.min() - self.error, nodes.max() + self.error) for nodes in self._nodes]
        else:
            ends = self._reached()
        (left, right), (top, bottom) = (
            (max(0, math.floor(low) - at - margin), min(size, math.floor(high) - at + 1 + margin))
            for (low, high), at, size in zip(
                ends, source.origin, (source.width, source.height), strict=True
            )
        )
        if left >= right or top >= bottom:
            return None
        return Window(left, top, right - left, bottom - top)

    def within(self, col: int, row: int, shape: tuple[int, int]) -> bool:
        """Whether all positions lie on pixels of an array whose first is at (col, row)."""
        if not np.isfinite(self.error):
            return False
        return all(
            nodes.min() - self.error >= first and nodes.max() + self.error < first + size
            for nodes, first, size in zip(self._nodes, (col, row), shape[::-1], strict=True)
        )

    def _reached(self) -> list[tuple[float, float]]:
        """The least and greatest column, and row, of those that can be represented."""
        least, greatest = np.full(2, FAR), np.full(2, -FAR)
        for _, *places in self.pixels():
            for axis, place in enumerate(places):
                least[axis] = min(
                    least[axis], place.min(where=place != OUTSIDE, initial=int(FAR) - 1)
                )
                greatest[axis] = max(greatest[axis], place.max())
        return list(zip(least.tolist(), greatest.tolist(), strict=True))

    def strips(self) -> Iterator[tuple[slice, Floats, Floats]]:
        """(rows of the grid, columns, rows on the source lattice) of strips, within `error`."""
        for number, strip in enumerate(self._slices()):
            if np.isfinite(self.error):
                part = (np.arange(strip.stop - strip.start) / STEP)[:, None]
                cols, rows = (
                    lines[number] + part * (lines[number + 1] - lines[number])
                    for lines in self._lines
                )
            else:
                with np.errstate(invalid="ignore"):
                    cols, rows = self._transformed(*np.meshgrid(self._xs, self._ys[strip]))
            yield strip, cols, rows

    def pixels(self) -> Iterator[tuple[slice, Index, Index]]:
        """(rows of the grid, column, row of the source pixel under each centre), exactly.

        The arrays are used again for the next strip.
        """
        if not np.isfinite(self.error):
            for strip, *positions in self.strips():
                cols, rows = map(to_index, positions)
                yield strip, cols, rows
            return
        work = _Work(self.shape[1])
        for number, strip in enumerate(self._slices()):
            cols, rows = (
                work.cut(axis, lines[number], lines[number + 1], strip)
                for axis, lines in enumerate(self._lines)
            )
            doubtful = work.near_an_edge(strip, self.error)
            if doubtful.size:
                at_row, at_col = np.divmod(doubtful, self.shape[1])
                col, row = self.exact(at_row + strip.start, at_col)
                cols[at_row, at_col], rows[at_row, at_col] = to_index(col), to_index(row)
            yield strip, cols, rows

    def cells(self) -> Iterator["Cells"]:
        """Between which source pixels each centre lies, strip by strip; where `error` is finite.

        The arrays are used again for the next strip.
        """
        work = _Work(self.shape[1])
        for number, strip in enumerate(self._slices()):
            cols, rows = (
                work.cut(axis, lines[number] - 0.5, lines[number + 1] - 0.5, strip)
                for axis, lines in enumerate(self._lines)
            )
            right, down = work.fractions(strip)
            yield Cells(strip, cols, rows, right, down, self.error + work.rounding)

    def _slices(self) -> Iterator[slice]:
        height = self.shape[0]
        return (slice(top, min(top + STEP, height)) for top in range(0, height, STEP))

    def _transformed(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        a, e, left, top = self._phase
        east, north = self._transformer.transform(x, y)
        return (np.asarray(east) - left) / a, (-np.asarray(north) - top) / e

    def _coarse(self) -> tuple[tuple[Floats, Floats], float]:
        """Columns and rows at every node, and a bound on the error of interpolating them."""
        node_x, node_y = _nodes(self._xs), _nodes(self._ys)
        nodes = self._transformed(*np.meshgrid(node_x, node_y))
        middle = ((each[:-1] + each[1:]) / 2 for each in (node_x, node_y))
        true = self._transformed(*np.meshgrid(*middle))
        error = max(
            float(np.abs(_cell_means(each) - known).max())
            for each, known in zip(nodes, true, strict=True)
        )
        far = max(float(np.abs(each).max()) for each in nodes)
        known = np.isfinite(error) and far < FAR
        return nodes, error * _SAFETY + _FLOOR if known else np.inf


class _Work:
    """Cuts positions to pixels, in float32 relative to the pixel above: a third of the cost."""

    def __init__(self, width: int) -> None:
        self._part = (np.arange(STEP) / STEP).astype(np.float32)[:, None]
        self._fractions = np.empty((2, STEP, width), np.float32)
        self._whole = np.empty((STEP, width), np.float32)
        self._index = np.empty((2, STEP, width), np.int32)
        self._rounding = [0.0, 0.0]

    def cut(self, axis: int, above: Floats, below: Floats, strip: slice) -> Index:
        """The pixels of a strip between two lines of nodes; keeps how far in them they lie."""
        height = strip.stop - strip.start
        position, whole = self._fractions[axis, :height], self._whole[:height]
        index: Index = self._index[axis, :height]
        base = np.floor(np.minimum(above, below)) - 1  # so that all is positive: cutting is floor
        step = below - above
        np.multiply(step.astype(np.float32), self._part[:height], out=position)
        position += (above - base).astype(np.float32)
        np.trunc(position, out=whole)
        np.copyto(index, whole, casting="unsafe")
        index += base.astype(np.int32)
        position -= whole
        # of float32, in a product and a sum
        self._rounding[axis] = float(np.abs(step).max() + 2) * 2.0**-22
        return index

    @property
    def rounding(self) -> float:
        """Bound on what it adds to the error, source px."""
        return max(self._rounding)

    def fractions(self, strip: slice) -> NDArray[np.float32]:
        """How far in their pixels those lie that were cut last: 0 to 1, columns and rows."""
        return self._fractions[:, : strip.stop - strip.start]

    def near_an_edge(self, strip: slice, error: float) -> Places:
        """Flat indices of those that may lie in another pixel, all that were cut last."""
        distance = self.fractions(strip)
        distance -= np.float32(0.5)
        np.abs(distance, out=distance)
        farthest = np.maximum(distance[0], distance[1], out=distance[0])
        return np.flatnonzero(farthest >= np.float32(0.5 - error - self.rounding))


@cache
def _transformer(crs: str, source_crs: str) -> Transformer:
    """Made once: that takes as long as a fifth of a window."""
    return Transformer.from_crs(crs, source_crs, always_xy=True)


def _centres(grid: Grid) -> tuple[Floats, Floats]:
    """Coordinates of the pixel centres, by column and by row: shapes (width,) and (height,).

    They come from absolute pixel numbers, so that they do not depend on the block.
    """
    width, height = grid.pixel
    first_col, first_row = round(grid.bounds[0] / width, 6), round(grid.bounds[3] / height, 6)
    col_numbers = np.arange(grid.width, dtype=np.float64) + first_col
    row_numbers = first_row - np.arange(grid.height, dtype=np.float64)
    return (col_numbers + 0.5) * width, (row_numbers - 0.5) * height


def _nodes(positions: Floats) -> Floats:
    """Every 32nd position, then one past the end: at least two nodes, even for one pixel."""
    spacing = float(positions[1] - positions[0]) if len(positions) > 1 else 1.0
    count = -(-len(positions) // STEP) + 1
    nodes: Floats = positions[0] + np.arange(count) * (STEP * spacing)
    return nodes


def _cell_means(nodes: Floats) -> Floats:
    means: Floats = (nodes[:-1, :-1] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[1:, 1:]) / 4
    return means


def _across(nodes: Floats, width: int) -> Floats:
    """The nodes interpolated along rows: a line of `width` positions for each row of nodes."""
    part = np.arange(STEP) / STEP
    lines: Floats = nodes[:, :-1, None] + np.diff(nodes)[:, :, None] * part
    return lines.reshape(len(nodes), -1)[:, :width]


def to_index(position: Floats) -> Index:
    """The pixel that holds each position; `OUTSIDE` where that cannot be represented."""
    finite = np.isfinite(position) & (np.abs(position) < FAR)
    index = np.full(position.shape, OUTSIDE, np.int32)
    index[finite] = np.floor(position[finite]).astype(np.int32)
    return index
