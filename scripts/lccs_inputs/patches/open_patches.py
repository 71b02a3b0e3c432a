"""The table of the patches that touch the edge of a window, joined across windows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lccs_inputs.patches.labelling import Integers, Labels
from lccs_inputs.patches.views import View


@dataclass(frozen=True)
class OpenPatches:
    """What is known of each patch that touches the edge of a window.

    Attributes:
        first: the number of the first open patch of each window.
        joined: the patch that each open patch of a window is a part of.
        sizes: pixels of each joined patch.
        codes: code of each joined patch.
        busy: whether there is a patch in a window that is too small.
    """

    first: Integers
    joined: NDArray[np.int32]
    sizes: Integers
    codes: NDArray[np.uint8]
    busy: NDArray[np.bool_]

    def of(self, view: View, labels: Labels) -> Integers:
        """The joined patch each patch of a window is a part of; -1 of those that are whole."""
        is_open = labels.at_edge()
        found = np.full(labels.count, -1)
        first = self.first[view.number]
        found[is_open] = self.joined[first : first + np.count_nonzero(is_open)]
        return found


class Measuring:
    """Fills the table, window by window in their order: west to east, north to south.

    Args:
        width: columns of the raster.
        least: least size of a patch of each code, px.
    """

    def __init__(self, width: int, least: Integers) -> None:
        self._least = least
        self._count = 0
        self._first: list[int] = []
        self._small: list[bool] = []
        self._sizes: list[Integers] = []
        self._codes: list[NDArray[np.uint8]] = []
        self._pairs: list[Integers] = []
        # the open patch of the pixels above, of those to the left, and of the last row done
        self._above, self._below = np.zeros(width, np.int64), np.zeros(width, np.int64)
        self._left = np.zeros(0, np.int64)

    def add(self, view: View, labels: Labels) -> None:
        """Count the patches of a window and join them with those before it."""
        is_open, sizes = labels.at_edge(), labels.sizes(view.top, view.left)
        self._first.append(self._count)
        self._small.append(bool((~is_open & (sizes < self._least[labels.codes])).any()))
        self._sizes.append(sizes[is_open])
        self._codes.append(labels.codes[is_open])
        self._join(view, labels, np.cumsum(is_open) - 1 + self._count)
        self._count += self._sizes[-1].size

    def _join(self, view: View, labels: Labels, numbers: Integers) -> None:
        """Tell which open patches are one, by the pixels before the window that it sees too."""
        west, east = view.window.col_off, view.window.col_off + view.window.width
        whole = slice(None)
        if west == 0:
            self._above, self._below = self._below, self._above
        if view.top:
            above = self._above[west - view.left : east]
            self._pair(above, numbers[labels.along(0, whole)])
        if view.left:
            self._pair(self._left, numbers[labels.along(slice(view.top, None), 0)])
        self._left = numbers[labels.along(slice(view.top, None), -1)]
        self._below[west:east] = numbers[labels.along(-1, slice(view.left, None))]

    def _pair(self, earlier: Integers, later: Integers) -> None:
        pairs = np.stack([earlier, later])
        new = np.ones(earlier.size, bool)
        new[1:] = (pairs[:, 1:] != pairs[:, :-1]).any(axis=0)
        self._pairs.append(pairs[:, new])

    def finish(self) -> OpenPatches:
        """The table, once every window is added."""
        one, other = np.concatenate([np.zeros((2, 0), np.int64), *self._pairs], axis=1)
        links = coo_array((np.ones(one.size, np.int8), (one, other)), (self._count,) * 2)
        count, joined = connected_components(links, directed=False)
        sizes, codes = np.zeros(count, np.int64), np.zeros(count, np.uint8)
        np.add.at(sizes, joined, np.concatenate(self._sizes))
        codes[joined] = np.concatenate(self._codes)
        small = (sizes < self._least[codes])[joined]
        touched = np.add.reduceat(small, self._first) > 0
        return OpenPatches(np.array(self._first), joined, sizes, codes, touched | self._small)
