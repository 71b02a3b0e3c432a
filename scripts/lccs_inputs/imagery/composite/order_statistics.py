"""Masked order statistics of a stack of observations, from one sort; the median alone from less.

`np.nanmedian` costs some forty times as much. A sorting network is a fixed list of
compare-exchange steps; on rows of a stack each step is one `np.minimum` and one `np.maximum`, which
NumPy runs on whole vectors. Observations are uint16 keys with 0 for "missing": subtracting 1 wraps
0 to 65535, so that missing observations sort behind all others and no mask has to be carried.
Once sorted, the median, every percentile and the extremes are look-ups. For the median alone those
missing sort before and behind by turns, so that it lies in the same middle rows at every pixel:
only the steps that these hang on are taken, a quarter fewer, and nothing is looked up.

Source of the network: Batcher's odd-even merge sort, Knuth, The Art of Computer Programming 3,
5.2.2, Algorithm M (any number of inputs).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

_KEYS = 5 * 2**20  # summarised at a time, by each thread, as far as a cache goes
_CHUNKS = 2**14, 2**17  # pixels, the fewest and the most: fewer, and threads wait for each other

Keys = NDArray[np.uint16]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class SortedObservations:
    """The observations of each pixel in ascending order, missing ones (0) last.

    Every statistic has the shape of `count`, is exact to the last bit of float64, and is NaN where
    there is no observation.

    Attributes:
        keys: uint16, shape (scenes, pixels).
        count: observations that are not missing, shape (pixels,).
    """

    keys: Keys
    count: Integers

    def minimum(self) -> Floats:
        return self._where_observed(self.keys[0].astype(np.float64))

    def maximum(self) -> Floats:
        return self._percentile(100)

    def median(self) -> Floats:
        return self._percentile(50)

    def percentile(self, percent: int) -> Floats:
        """Interpolated linearly between order statistics, as NumPy's method "linear" does."""
        if not 0 <= percent <= 100:
            raise ValueError(f"a percentile lies between 0 and 100, not at {percent}")
        return self._percentile(percent)

    def _percentile(self, percent: int) -> Floats:
        # Looked up by the count of a pixel, of which there are few.
        last = np.maximum(np.arange(len(self.keys) + 1) - 1, 0)
        rank, remainder = np.divmod(last * percent, 100)
        low = self._ranked(rank)
        if not remainder.any():
            return self._where_observed(low.astype(np.float64))
        high = self._ranked(np.minimum(rank + 1, last))
        # Whole numbers until the last step: no rounding, so a tie at .5 is a tie.
        high -= low
        high *= remainder.astype(np.int32)[self.count]
        low *= 100
        low += high
        return self._where_observed(low / 100)

    def mean(self) -> Floats:
        return self._where_observed(self._sum / np.maximum(self.count, 1))

    def stddev(self) -> Floats:
        """Population standard deviation."""
        squares = np.zeros(self.count.shape, np.int64)
        for row in self.keys:
            wide = row.astype(np.uint32)
            wide *= wide
            squares += wide
        spread = self.count * squares - self._sum * self._sum
        return self._where_observed(np.sqrt(spread) / np.maximum(self.count, 1))

    @cached_property
    def _sum(self) -> Integers:
        # 32 bits hold the sum of 65,536 keys, and take half the time of 64.
        total: Integers = self.keys.sum(axis=0, dtype=np.uint32).astype(np.int64)
        return total

    def _ranked(self, rank: Integers) -> NDArray[np.int32]:
        """The keys at a rank for each count, which is below each count but 0."""
        pixels = self.keys.shape[1]
        places = (rank * pixels)[self.count]
        places += np.arange(pixels)
        ranked: NDArray[np.int32] = self.keys.ravel().take(places).astype(np.int32)
        return ranked

    def _where_observed(self, values: Floats) -> Floats:
        values[self.count == 0] = np.nan
        return values


def sort_observations(keys: Sequence[Keys] | Keys) -> SortedObservations:
    """Sort each pixel's observations.

    Args:
        keys: uint16, 0 = missing, shape (scenes, pixels), one scene at least; left as they are.
    """
    rows = [row - np.uint16(1) for row in keys]
    spare, count = np.empty_like(rows[0]), np.zeros(rows[0].shape, np.min_scalar_type(len(rows)))
    for row in keys:
        count += (row != 0).view(np.uint8)
    for first, second in _network(len(rows)):
        np.minimum(rows[first], rows[second], out=spare)
        np.maximum(rows[first], rows[second], out=rows[second])
        rows[first], spare = spare, rows[first]
    ordered = np.array(rows, np.uint16)
    ordered += np.uint16(1)
    return SortedObservations(ordered, count.astype(np.int64))


def pixels_at_a_time(rows: int) -> int:
    """As many as are best summarised together, of so many observations.

    Between calls of NumPy threads wait for Python's lock, and longer than a short call takes: of
    32,768 pixels of 30 observations, two threads take longer than one. More than a cache holds
    take longer again.
    """
    fewest, most = _CHUNKS
    return int(np.clip(2 ** int(np.log2(_KEYS / max(rows, 1))), fewest, most))


def summarise(rows: Sequence[Keys], statistics: Sequence[str], pixels: int) -> Floats:
    """Statistics of each pixel's observations, in the order asked for.

    Args:
        rows: one per scene, uint16, 0 = missing, shape (pixels,).
        statistics: of "mean", "median", "max", "min", "stddev" and "p<0-100>".

    Returns:
        float64, shape (statistics, pixels); NaN where a pixel has no observation.
    """
    result = np.full((len(statistics), pixels), np.nan)
    if not rows:
        return result
    step = pixels_at_a_time(len(rows))
    for start in range(0, pixels, step):
        chunk = slice(start, start + step)
        seen = [row[chunk] for row in rows]
        # What a scene did not see here at all, under a cloud or beyond its edge, is not sorted.
        seen = [row for row in seen if row.max()] or seen[:1]
        if list(statistics) == ["median"]:
            result[0, chunk] = _median(seen)
            continue
        observations = sort_observations(seen)
        for values, name in zip(result, statistics, strict=True):
            values[chunk] = _statistic(observations, name)
    return result


def _median(keys: Sequence[Keys]) -> Floats:
    """The median of each pixel's observations, as `SortedObservations.median` has it.

    Args:
        keys: as of `sort_observations`.
    """
    # Of those that are missing the first is lowest, which 0 is, the second highest, and so on.
    rows, is_odd = [], np.zeros(keys[0].shape, bool)
    for row in keys:
        missing = row == 0
        rows.append(row - (missing & is_odd))
        is_odd ^= missing
    first, last = _middle(len(rows))
    spare = np.empty_like(rows[0])
    for low, high, is_low_needed, is_high_needed in _selection(len(rows)):
        if is_low_needed and is_high_needed:
            np.minimum(rows[low], rows[high], out=spare)
            np.maximum(rows[low], rows[high], out=rows[high])
            rows[low], spare = spare, rows[low]
        elif is_low_needed:
            np.minimum(rows[low], rows[high], out=rows[low])
        else:
            np.maximum(rows[low], rows[high], out=rows[high])
    lower, upper = rows[first], rows[last]
    # An odd number of observations has one in the middle: on which side turns with the missing.
    if len(rows) % 2:
        np.copyto(upper, lower, where=~is_odd)
    else:
        np.copyto(lower, upper, where=is_odd)
    median: Floats = (lower.astype(np.float64) + upper) / 2
    median[lower == 0] = np.nan  # only where nothing was observed
    return median


def _statistic(observations: SortedObservations, name: str) -> Floats:
    match name:
        case "mean":
            return observations.mean()
        case "median":
            return observations.median()
        case "max":
            return observations.maximum()
        case "min":
            return observations.minimum()
        case "stddev":
            return observations.stddev()
    return observations.percentile(int(name.removeprefix("p")))


def _middle(size: int) -> tuple[int, int]:
    """The two rows, of so many sorted ones, that lie in the middle of those that were observed."""
    return (size - 1) // 2, min((size + 1) // 2, size - 1)


@cache
def _selection(size: int) -> tuple[tuple[int, int, bool, bool], ...]:
    """The steps that put the middle rows where sorting would; which of their results is needed."""
    needed, steps = {*_middle(size)}, []
    for low, high in reversed(_network(size)):
        if low in needed or high in needed:
            steps.append((low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(steps))


@cache
def _network(size: int) -> tuple[tuple[int, int], ...]:
    """The compare-exchange steps that sort `size` rows."""
    return tuple(_merge_exchange(size))


def _merge_exchange(size: int) -> Iterator[tuple[int, int]]:
    """Knuth's Algorithm M; the names p, q, r, d are his."""
    top = 1 << max(size - 1, 0).bit_length() >> 1
    p = top
    while p > 0:
        q, r, d = top, 0, p
        while d > 0:
            yield from ((i, i + d) for i in range(size - d) if i & p == r)
            d, q, r = q - p, q >> 1, p
        p >>= 1
