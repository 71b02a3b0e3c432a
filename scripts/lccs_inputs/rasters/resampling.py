"""Native pixels onto a grid, exactly: the nearest one, or what lies between four of them.

Strip by strip, so that what is worked on stays in the cache. Both are those of a transform of each
pixel centre by itself, in float64, whatever the block they are computed in.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.rasters.positions import Cells, Floats, Index, Positions, to_index

_FRAME = 2  # px; beyond, four neighbours are all of the frame
_STEEPEST = 200.0  # by how much a percentage changes with a position at most, per native px
_ROUNDING = 2e-4  # of float32, in sums and products of percentages


@dataclass(frozen=True)
class Native:
    """Pixels of a source, and where they lie.

    Attributes:
        pixels: shape (height, width).
        col, row: of the first of them on the unbounded lattice of the source.
        fill: what stands for those beyond.
    """

    pixels: NDArray[Any]
    col: int
    row: int
    fill: int

    def framed(self, width: int) -> "Native":
        """The same with `width` px of `fill` on each side."""
        pixels = np.pad(self.pixels, width, constant_values=self.fill)
        return replace(self, pixels=pixels, col=self.col - width, row=self.row - width)

    def four(self, cells: Cells) -> list[NDArray[Any]]:
        """The pixels around places: before and behind, above, then below; of the edge beyond it."""
        height, width = self.pixels.shape
        row = np.clip(cells.rows - np.int32(self.row), 0, height - 2)
        index = np.multiply(row, width, dtype=np.intp)
        index += np.clip(cells.cols - np.int32(self.col), 0, width - 2)
        flat = self.pixels.ravel()
        return [np.take(flat[start:], index) for start in (0, 1, width, width + 1)]

    def at(self, cols: Index, rows: Index) -> NDArray[Any]:
        """Pixels by their place on the lattice."""
        height, width = self.pixels.shape
        cols, rows = cols - np.int32(self.col), rows - np.int32(self.row)
        # as unsigned numbers those before the first are the largest
        beyond = (cols.view(np.uint32) >= width) | (rows.view(np.uint32) >= height)
        index = np.multiply(rows, width, dtype=np.intp)
        index += cols
        if not beyond.any():
            return np.take(self.pixels.ravel(), index)
        index[beyond] = 0
        found = np.take(self.pixels.ravel(), index)
        found[beyond] = self.fill
        return found


def nearest(positions: Positions, native: Native) -> NDArray[Any]:
    """The native pixel under each centre."""
    taken = np.empty(positions.shape, native.pixels.dtype)
    whole = positions.within(native.col, native.row, native.pixels.shape)
    flat, width = native.pixels.ravel(), native.pixels.shape[1]
    first = native.row * width + native.col
    for strip, cols, rows in positions.pixels():
        if whole:
            index = np.multiply(rows, width, dtype=np.intp)
            index += cols
            index -= first
            np.take(flat, index, out=taken[strip], mode="clip")  # which none needs: else it copies
        else:
            taken[strip] = native.at(cols, rows)
    return taken


def bilinear(positions: Positions, native: Native) -> NDArray[Any]:
    """Whole percent, 0 to 100, interpolated between the four native pixels around each centre.

    Those that are `native.fill` take no part, and a pixel is it where the one under its
    centre is. Halves are rounded up.
    """
    framed, found = native.framed(_FRAME), np.empty(positions.shape, native.pixels.dtype)
    if np.isfinite(positions.error):
        height, width = native.pixels.shape
        full = positions.within(native.col + 1, native.row + 1, (height - 2, width - 2))
        full = full and not (native.pixels == native.fill).any()
        for cells in positions.cells():
            found[cells.strip] = _between(framed, cells, positions, full)
    else:
        for strip, cols, rows in positions.strips():
            found[strip] = _exactly(native, cols, rows)
    return found


def _between(framed: Native, cells: Cells, positions: Positions, full: bool) -> NDArray[Any]:
    """What lies between four pixels; by itself where the position or one of them is doubtful.

    Args:
        full: it is known that none of the pixels is `fill`.
    """
    four = framed.four(cells)
    upper, lower = (
        _mixed(one, other, cells.right) for one, other in zip(four[::2], four[1::2], strict=True)
    )
    lower -= upper
    lower *= cells.down
    lower += upper
    lower += np.float32(0.5)
    found = lower.astype(framed.pixels.dtype)
    lower -= found
    lower -= np.float32(0.5)
    margin = np.subtract(np.float32(0.5 - _ROUNDING), np.abs(lower, out=lower), out=lower)
    doubtful = margin <= _STEEPEST * cells.error
    lacking = np.zeros_like(doubtful)
    if not full:
        there = [pixels != framed.fill for pixels in four]
        some = np.logical_or.reduce(there)
        found[~some] = framed.fill
        lacking = some & ~np.logical_and.reduce(there)
        doubtful = (doubtful & some) | lacking
    at = np.divmod(np.flatnonzero(doubtful), found.shape[1])
    close = margin[at] <= _slope(*(pixels[at] for pixels in four)) * cells.error
    for part in (cells.right[at], cells.down[at]):  # another cell, with a slope of its own
        close |= np.abs(part - 0.5) >= 0.5 - cells.error
    close |= lacking[at]
    row, col = at[0][close], at[1][close]
    found[row, col] = _exactly(framed, *positions.exact(row + cells.strip.start, col))
    return found


def _slope(*four: NDArray[Any]) -> NDArray[np.float64]:
    """By how much what lies between four pixels changes with a position at most, per px."""
    one, two, three, last = (pixels.astype(np.float64) for pixels in four)
    across = np.maximum(np.abs(two - one), np.abs(last - three))
    return across + np.maximum(np.abs(three - one), np.abs(last - two))


def _mixed(
    one: NDArray[Any], other: NDArray[Any], part: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Float32 between two, `part` of the way from the one to the other."""
    start = one.astype(np.float32)
    step = other.astype(np.float32)
    step -= start
    step *= part
    step += start
    return step


def _exactly(native: Native, cols: Floats, rows: Floats) -> NDArray[Any]:
    """What lies between the pixels there are of four, of positions that are exact."""
    own = native.at(to_index(cols), to_index(rows))
    left, top = to_index(cols - 0.5), to_index(rows - 0.5)
    right, down = cols - 0.5 - left, rows - 0.5 - top
    total, weights = np.zeros(cols.shape), np.zeros(cols.shape)
    for below, weight_down in ((0, 1 - down), (1, down)):
        for beside, weight in ((0, 1 - right), (1, right)):
            pixels = native.at(left + np.int32(beside), top + np.int32(below))
            part = np.where(pixels != native.fill, weight * weight_down, 0.0)
            total += part * pixels
            weights += part
    known = own != native.fill
    value = np.floor(total / np.where(known, weights, 1.0) + 0.5)
    return np.where(known, value, native.fill).astype(native.pixels.dtype)
