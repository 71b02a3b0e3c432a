"""Exact nearest-neighbour resampling: which source pixel lies under each target pixel centre.

GDAL's warper approximates the coordinate transform: 0.1–2 % of pixels come from a neighbour, and
which ones changes with the chunk that was read. Here each target pixel takes exactly the source
pixel that holds its centre, whatever the block it is computed in.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.rasters.grid import Grid, LatticeOf
from lccs_inputs.rasters.positions import Index, Positions


@dataclass(frozen=True)
class Lattice:
    """The source pixel under each target pixel centre, on the unbounded source lattice.

    Attributes:
        cols, rows: int32, shape (height, width) of the target grid.
    """

    cols: Index
    rows: Index

    def footprint(self, source: Grid) -> Window | None:
        """The smallest window of `source` that holds every pixel needed; None if there is none."""
        col, row = source.origin
        cols, rows = self.cols - col, self.rows - row
        inside = (cols >= 0) & (cols < source.width) & (rows >= 0) & (rows < source.height)
        if not inside.any():
            return None
        if not inside.all():
            cols, rows = cols[inside], rows[inside]
        left, top = int(cols.min()), int(rows.min())
        return Window(left, top, int(cols.max()) + 1 - left, int(rows.max()) + 1 - top)

    def pixels(self, source: Grid) -> "Pixels | None":
        """What to read of `source` and how to resample it; None if it holds no pixel needed."""
        window = self.footprint(source)
        return None if window is None else self._pixels(source, window)

    def take(self, native: NDArray[Any], window: Window, source: Grid, fill: float) -> NDArray[Any]:
        """Resample `native`, the pixels of `window` of `source`; `fill` where it has none.

        Args:
            native: shape (..., window height, window width).

        Returns:
            shape (..., height, width), dtype of `native`.
        """
        return self._pixels(source, window).take(native, fill)

    def _pixels(self, source: Grid, window: Window) -> "Pixels":
        col, row = source.origin
        cols = self.cols - (col + window.col_off)
        rows = self.rows - (row + window.row_off)
        outside = (cols < 0) | (cols >= window.width) | (rows < 0) | (rows >= window.height)
        index = rows * np.intp(window.width) + cols
        index[outside] = 0
        return Pixels(window, index, outside if outside.any() else None)


@dataclass(frozen=True)
class Pixels:
    """The pixels of one source raster under a target grid, shared by rasters of the same grid.

    Attributes:
        window: the window of the source raster to read.
        index: into the flattened window, shape (height, width) of the target grid.
        outside: True where the window has no pixel, same shape; None if it has all.
    """

    window: Window
    index: NDArray[np.intp]
    outside: NDArray[np.bool_] | None

    def take(self, native: NDArray[Any], fill: float) -> NDArray[Any]:
        """Resample `native`, shape (..., window height, window width); `fill` where outside."""
        flat = native.reshape(*native.shape[:-2], -1)
        taken = np.take(flat, self.index, axis=-1)
        if self.outside is not None:
            taken[..., self.outside] = fill
        return taken


class Gatherer:
    """Lattices of one target grid, computed once per source lattice and shared by its tiles."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._lattices: dict[LatticeOf, Lattice] = {}

    def lattice(self, source: Grid) -> Lattice:
        key = source.lattice
        if key not in self._lattices:
            self._lattices[key] = _exact_lattice(self.grid, source)
        return self._lattices[key]


def _exact_lattice(grid: Grid, source: Grid) -> Lattice:
    cols, rows = np.empty(grid.shape, np.int32), np.empty(grid.shape, np.int32)
    for strip, *found in Positions(grid, source).pixels():
        cols[strip], rows[strip] = found
    return Lattice(cols, rows)
