"""What reading some pixels of an asset takes, told before they are read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window


@dataclass(frozen=True)
class Weight:
    """What an asset takes of a network: to open it, and then for some of its pixels."""

    opening_requests: int
    opening_bytes: int
    requests: int
    bytes: int


@dataclass(frozen=True)
class Gdal:
    """How GDAL reads a remote file.

    Attributes:
        opening: requests to open it.
        piece: bytes that it asks for at least.
    """

    opening: int
    piece: int

    def weight(self, data: int, size: int, windows: int) -> Weight:
        """What it takes to open a file of `size` bytes, and to read so many windows of it.

        Args:
            data: bytes of what holds the windows.
        """
        first = min(size, self.piece)
        rest = min(size - first, ceil(data / self.piece) * self.piece)
        return Weight(self.opening, first, windows if rest else 0, rest)


OVER_HTTP = Gdal(opening=3, piece=2**14)
"""It asks for the size, twice, and for the first bytes."""


def blocks_under(
    window: Window, block: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows and the columns of the blocks of a raster that hold some of its pixels.

    Args:
        block: height and width of a block, px.
    """
    (top, bottom), (left, right) = window.toranges()
    rows = np.arange(top // block[0], (bottom - 1) // block[0] + 1)
    return rows, np.arange(left // block[1], (right - 1) // block[1] + 1)


def pixels_decoded(windows: Iterable[Window], block: tuple[int, int]) -> int:
    """Pixels of the blocks that hold some windows: a block is decoded whole."""
    sides = (blocks_under(window, block) for window in windows)
    return sum(rows.size * cols.size for rows, cols in sides) * block[0] * block[1]


def stored_bytes(
    dataset: rasterio.DatasetReader, band: int, windows: Sequence[Window], size: int
) -> int | None:
    """Bytes of the blocks of a band that hold some windows; None where it is not known.

    A TIFF says it. Of others it is their share of the file, of `size` bytes; 0 where that is not
    known.
    """
    block = dataset.block_shapes[band - 1]
    if dataset.driver == "GTiff":
        places = (place for window in windows for place in product(*blocks_under(window, block)))
        told = (
            dataset.get_tag_item(f"BLOCK_SIZE_{col}_{row}", "TIFF", bidx=band)
            for row, col in places
        )
        return sum(int(each) for each in told if each)
    whole = pixels_decoded([Window(0, 0, dataset.width, dataset.height)], block)
    return round(size * pixels_decoded(windows, block) / whole) if size else None
