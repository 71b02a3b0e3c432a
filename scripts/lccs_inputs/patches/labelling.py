"""The patches within one window: connected pixels of one code, and which of them touch."""

from collections.abc import Iterator
from dataclasses import dataclass

import cc3d
import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.lccs import CODE_NODATA

Integers = NDArray[np.int64]
_Meetings = tuple[NDArray[np.int32], int, NDArray[np.int32]]

_ALL = slice(None)


@dataclass(frozen=True)
class Contacts:
    """Where patches touch, neither of which is nodata.

    Attributes:
        patch, other: two patches, by label.
        place: where they touch, in the order GDAL's sieve meets them: 4 × the flat index of the
            later of two pixels in the window + the direction the other one lies in (0 above, 1
            and 2 above to the left and right, 3 left).
    """

    patch: NDArray[np.int32]
    other: NDArray[np.int32]
    place: NDArray[np.int32]


class Labels:
    """The patches of a window, labelled from 1; 0 is nodata. They follow from the codes alone.

    Attributes:
        count: labels in use, 0 among them.
        codes: the code of each label, uint8.

    Args:
        window: codes, uint8, shape (rows, columns): 1, 0 and nodata 255.
        connectivity: 4 (sides) or 8 (sides and corners) connect pixels.
    """

    def __init__(self, window: NDArray[np.uint8], connectivity: int) -> None:
        self._window, self._corners = window, connectivity == 8
        self._labels: NDArray[np.int32] = cc3d.connected_components(
            np.add(window, 1, dtype=np.uint8),  # nodata becomes 0, which is no patch
            connectivity=8 if self._corners else 4,
            out_dtype=np.uint32,
        ).view(np.int32)
        self._begins = _begins(window)
        first = _where(self._begins)
        labels = self._labels.ravel()[first]
        self.count = int(labels.max(initial=0)) + 1
        self.codes = np.full(self.count, CODE_NODATA, np.uint8)
        self.codes[labels] = window.ravel()[first]

    def sizes(self, top: int, left: int) -> Integers:
        """Pixels of each label, those in the first `top` rows and `left` columns left out."""
        begins = self._begins[top:, left:].copy()
        begins[:, :1] = True
        first = np.flatnonzero(begins)
        row, column = np.divmod(first, begins.shape[1])
        lengths = np.diff(first, append=begins.size)  # of runs, which are far fewer than pixels
        labels = self._labels[row + top, column + left]
        return np.bincount(labels, lengths, self.count).astype(np.int64)

    def along(self, row: int | slice, column: int | slice) -> NDArray[np.int32]:
        """The label of each pixel of a row or a column."""
        return self._labels[row, column]

    def at_edge(self) -> NDArray[np.bool_]:
        """Whether each label touches the edge of the window."""
        edge = np.zeros(self.count, bool)
        for row, column in ((0, _ALL), (-1, _ALL), (_ALL, 0), (_ALL, -1)):
            edge[self.along(row, column)] = True
        return edge

    def pixels(
        self, chosen: NDArray[np.bool_], top: int, left: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Flat indices of the pixels of chosen labels, and the label of each.

        The first `top` rows and `left` columns are left out, and not counted.
        """
        inner = np.ascontiguousarray(self._labels[top:, left:]).ravel()
        at = _where(np.take(chosen, inner))
        return at, inner[at]

    def contacts(self) -> Contacts:
        """Where patches touch: each pair at least once, its first place among them."""
        labels = self._labels.ravel()
        parts = []
        for later, back, place in self._meetings():
            patch, other = labels[later], labels[later - back]
            known = (patch != 0) & (other != 0)
            parts.append((patch[known], other[known], place[known]))
        return Contacts(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def _meetings(self) -> Iterator[_Meetings]:
        """Where pixels of different codes meet: the later, how far before is the other, the place.

        Of two runs of a code, one above the other, only the first meeting counts: it is where
        either begins.
        """
        window, width, begins = self._window, self._window.shape[1], self._begins
        below, above = begins[1:], begins[:-1]
        later = _where((below | above) & (window[1:] != window[:-1])) + width
        if not self._corners:
            yield later, width, later * 4
        else:  # a run that began further left met the other at a corner, one pixel before
            corner = ~begins.ravel()[later]
            yield later, width, (later - corner) * 4 + 2 * corner
            yield from self._corner_meetings(below & above)
        later = _where(begins)
        later = later[later % width > 0]
        yield later, 1, later * 4 + 3

    def _corner_meetings(self, both: NDArray[np.bool_]) -> Iterator[_Meetings]:
        """Where pixels meet at a corner, a run beginning below another that begins.

        Without nodata the two patches have met by their sides before.
        """
        if not (self._labels == 0).any():
            return
        codes, width = self._window.ravel(), self._window.shape[1]
        at = _where(both) + width
        at = at[at % width > 0]
        for later, back, direction in ((at, width + 1, 1), (at - 1, width - 1, 2)):
            found = later[codes[later] != codes[later - back]]
            yield found, back, found * 4 + direction


def _begins(window: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a run of one code begins, along the rows."""
    begins = np.ones(window.shape, bool)
    np.not_equal(window[:, 1:], window[:, :-1], out=begins[:, 1:])
    return begins


def _where(chosen: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Flat indices; those of a window fit into 32 bits four times, which halves what is moved."""
    return np.flatnonzero(chosen).astype(np.int32)
