"""Where small patches go: the chain of biggest neighbours that ends in one big enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.lccs import CODE_NODATA
from lccs_inputs.patches.labelling import Integers, Labels
from lccs_inputs.patches.open_patches import OpenPatches
from lccs_inputs.patches.views import View

_NOWHERE = 2
"""The end of a chain that reaches no patch big enough; the others end in a code, 0 or 1."""
_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class _Neighbours:
    """The biggest neighbour of each patch of a window that is too small.

    Attributes:
        patch: its label; itself without any, and for patches that are big enough.
        size: px; 0 without any.
        place: where it is met first, see `Contacts`.
    """

    patch: Integers
    size: Integers
    place: Integers


class Chains:
    """Finds the end of the chain of each small patch, window by window.

    The target of a patch is the number of an open patch that is too small, from where the table
    leads on, or an end: the count of those patches + 0 or 1 (the code to take) or + 2 (none).

    Args:
        patches: the table of open patches, all windows measured.
        least: least size of a patch of each code, px.
        width: columns of the raster.
        scratch: an empty file for the pixels of the small patches of each window.
    """

    def __init__(
        self, patches: OpenPatches, least: Integers, width: int, scratch: IO[bytes]
    ) -> None:
        count = patches.sizes.size
        self._patches, self._least, self._width, self._ends = patches, least, width, count
        self._targets = scratch
        self._size = np.zeros(count, np.int64)
        self._place = np.full(count, _LAST)
        self._target = np.arange(count + _NOWHERE + 1)
        self._target[:count] = count + _NOWHERE

    def concerns(self, view: View) -> bool:
        """Whether there is a small patch in a window."""
        return bool(self._patches.busy[view.number])

    def add(self, view: View, labels: Labels) -> None:
        """Follow the chains of a window, and tell the table how those that leave it go on."""
        joined = self._patches.of(view, labels)
        is_open, sizes = joined >= 0, labels.sizes(view.top, view.left)
        sizes[is_open] = self._patches.sizes[joined[is_open]]
        small = sizes < self._least[labels.codes]
        neighbours = _biggest_neighbours(labels, sizes, small)
        ends = np.where(small | (labels.codes == CODE_NODATA), _NOWHERE, labels.codes)
        onward = np.where(small & is_open, joined, ends.astype(np.int64) + self._ends)
        target = onward[_follow(np.where(is_open, np.arange(labels.count), neighbours.patch))]
        at, patch = labels.pixels(small, view.top, view.left)
        for part in (at, target[patch].astype(np.int32)):
            np.save(self._targets, part)
        asked = np.flatnonzero(small & is_open & (neighbours.size > 0))
        self._lead(
            joined[asked],
            neighbours.size[asked],
            self._in_raster(neighbours.place[asked], view),
            target[neighbours.patch[asked]],
        )

    def _lead(self, patch: Integers, size: Integers, place: Integers, target: Integers) -> None:
        """Lead open patches on to the biggest neighbour met so far, the first of several as big."""
        order = np.lexsort((place, -size, patch))
        order = order[np.diff(patch[order], prepend=-1) > 0]
        patch, size, place, target = (part[order] for part in (patch, size, place, target))
        bigger, as_big = size > self._size[patch], size == self._size[patch]
        better = bigger | as_big & (place < self._place[patch])
        patch = patch[better]
        self._size[patch], self._place[patch] = size[better], place[better]
        self._target[patch] = target[better]

    def finish(self) -> None:
        """Lead every open patch to its end, once every window of concern is added."""
        ended = _follow(self._target)
        self._target = np.where(ended < self._ends, self._ends + _NOWHERE, ended)
        self._targets.seek(0)

    def repaint(self, codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A window in which small patches have their code; those of concern in their order."""
        at = np.load(self._targets)
        end = self._target[np.load(self._targets)] - self._ends
        ended = end != _NOWHERE
        painted = codes.copy()
        painted.ravel()[at[ended]] = end[ended]
        return painted

    def _in_raster(self, place: Integers, view: View) -> Integers:
        """Places of a window as those of the raster, in the same order."""
        at, direction = np.divmod(place, 4)
        row, col = np.divmod(at, view.around.width)
        row, col = row + view.around.row_off, col + view.around.col_off
        return np.asarray((row * self._width + col) * 4 + direction)


def _biggest_neighbours(labels: Labels, sizes: Integers, small: NDArray[np.bool_]) -> _Neighbours:
    contacts = labels.contacts()
    size, place = np.zeros(labels.count, np.int64), np.full(labels.count, _LAST)
    patch = np.concatenate([contacts.patch, contacts.other])
    other = np.concatenate([contacts.other, contacts.patch])
    where = np.concatenate([contacts.place, contacts.place])
    patch, other, where = _only(small[patch], patch, other, where)
    reach = sizes[other]
    np.maximum.at(size, patch, reach)
    patch, other, where = _only(reach == size[patch], patch, other, where)
    np.minimum.at(place, patch, where)
    first = where == place[patch]
    biggest = np.arange(labels.count)
    biggest[patch[first]] = other[first]
    return _Neighbours(biggest, size, place)


def _only(keep: NDArray[np.bool_], *arrays: NDArray[Any]) -> Iterator[NDArray[Any]]:
    kept = np.flatnonzero(keep)
    return (array[kept] for array in arrays)


def _follow(step: Integers) -> Integers:
    """Where each chain of steps ends, an end being what leads to itself.

    Chains in a circle have no end; what is given for them lies in the circle.
    """
    for _ in range(step.size.bit_length()):
        further = step[step]
        if np.array_equal(further, step):
            break
        step = further
    return step
