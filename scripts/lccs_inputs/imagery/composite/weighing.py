"""What reading some pixels of an asset takes, told before they are read."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window


@dataclass(frozen=True)
class Weight:
    """What an asset takes of a network: to open it, and then for some of its pixels."""

    opening_requests: int
    opening_bytes: int
    requests: int
    bytes: int


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
