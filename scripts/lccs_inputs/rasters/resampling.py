"""Native pixels onto a grid, exactly: the nearest one, or what lies between four of them.

Strip by strip, so that what is worked on stays in the cache. Both are those of a transform of each
pixel centre by itself, in float64, whatever the block they are computed in.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.rasters.positions import Floats, Index, Places, Positions, to_index

_FRAME = 2  # px; beyond, four neighbours are all of the frame
_STEEPEST = 200.0  # by how much a percentage changes with a position at most, per native px
_ROUNDING = 1e-9


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
    for strip, cols, rows in positions.strips():
        if np.isfinite(positions.error):
            found[strip] = _between(framed, cols, rows, strip, positions)
        else:
            found[strip] = _exactly(native, cols, rows)
    return found


def _between(
    framed: Native, cols: Floats, rows: Floats, strip: slice, positions: Positions
) -> NDArray[Any]:
    """What lies between four pixels; by itself where the position or one of them is doubtful."""
    height, width = framed.pixels.shape
    index, down = _cut(rows, framed.row, height)
    left, right = _cut(cols, framed.col, width)
    index *= width
    index += left
    flat = framed.pixels.ravel()
    four = [np.take(flat[start:], index) for start in (0, 1, width, width + 1)]
    upper, lower = (
        _mixed(one, other, right) for one, other in zip(four[::2], four[1::2], strict=True)
    )
    lower -= upper
    lower *= down
    lower += upper
    lower += 0.5
    whole = np.floor(lower)
    found = whole.astype(framed.pixels.dtype)
    lower -= whole
    lower -= 0.5
    doubtful = np.abs(lower, out=lower) >= 0.5 - _STEEPEST * positions.error - _ROUNDING
    there = [pixels != framed.fill for pixels in four]
    full = np.logical_and.reduce(there)
    if not full.all():
        some = np.logical_or.reduce(there)
        found[~some] = framed.fill
        doubtful = (doubtful | ~full) & some
    at = np.flatnonzero(doubtful)
    at_row, at_col = np.divmod(at, cols.shape[1])
    found[at_row, at_col] = _exactly(framed, *positions.exact(at_row + strip.start, at_col))
    return found


def _cut(place: Floats, first: int, size: int) -> tuple[Places, Floats]:
    """The pixel before each place, its centre being where it is, and how far behind it that is."""
    place = place - (first + 0.5)
    before = np.floor(place)
    place -= before
    return np.clip(before, 0, size - 2, out=before).astype(np.intp), place


def _mixed(one: NDArray[Any], other: NDArray[Any], part: Floats) -> Floats:
    """Float64 between two, `part` of the way from the one to the other."""
    start = one.astype(np.float64)
    step = other.astype(np.float64)
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
