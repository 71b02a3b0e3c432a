"""Focal functions: what a square of pixels about each pixel says of it.

Nodata and what lies beyond the edge of the array take no part, and a pixel that is nodata itself
stays so. Every result is a fixed sequence of operations on the pixels of its own square, never a
running sum: it is the same, bit for bit, wherever the array was cut out of a larger one.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lccs_inputs.expressions.values import Value

_CHUNK = 2**19  # values sorted at a time: 4 MiB, whatever the side of the square


def focal_mean(value: Value, side: int) -> Value:
    """The mean over squares of `side` × `side` pixels (odd); nodata where it is not finite."""
    if not value.data.ndim:  # the same everywhere
        return value
    with np.errstate(all="ignore"):
        total = _box_sum(np.where(value.valid, value.data, 0.0), side)
        return _finite(total / np.maximum(_box_count(value, side), 1), value.valid)


def focal_median(value: Value, side: int) -> Value:
    """The median over squares of `side` × `side` pixels (odd).

    Of an even number of values the mean of the middle two; nodata where that is not finite.
    """
    if not value.data.ndim:
        return value
    # nodata sorts behind every value, so the first `count` of a sorted square are its values
    padded = np.pad(np.where(value.valid, value.data, np.inf), side // 2, constant_values=np.inf)
    squares = sliding_window_view(padded, (side, side))
    count = np.maximum(_box_count(value, side), 1)
    height, width = value.data.shape
    median = np.empty((height, width))
    rows = max(1, _CHUNK // (width * side**2))
    for top in range(0, height, rows):
        part = slice(top, top + rows)
        ranked = squares[part].copy().reshape(-1, side**2)
        ranked.sort(axis=1)
        median[part] = _middle(ranked, count[part].ravel()).reshape(-1, width)
    return _finite(median, value.valid)


def _middle(ranked: NDArray[np.float64], count: NDArray[np.int16]) -> NDArray[np.float64]:
    """The median of the first `count` values of each sorted row."""
    rows = np.arange(len(ranked))
    with np.errstate(over="ignore"):
        middle: NDArray[np.float64] = (
            ranked[rows, (count - 1) // 2] + ranked[rows, count // 2]
        ) / 2
    return middle


def _finite(data: NDArray[np.float64], valid: NDArray[np.bool_]) -> Value:
    finite = np.isfinite(data)
    return Value(np.where(finite, data, 0.0), valid & finite)


def _box_count(value: Value, side: int) -> NDArray[np.int16]:
    """How many pixels of each square have data."""
    return _box_sum(value.valid.astype(np.int16), side)


def _box_sum(array: NDArray[Any], side: int) -> NDArray[Any]:
    """The sum over each square: of its rows, then of its columns, from the top left."""
    height, width = array.shape
    padded = np.pad(array, side // 2)
    columns = padded[:height].copy()
    for row in range(1, side):
        columns += padded[row : row + height]
    total = columns[:, :width].copy()
    for column in range(1, side):
        total += columns[:, column : column + width]
    return total
