"""Statistics of an expression over a whole area, summed over windows.

Windows are summed exactly, so the result is the same, bit for bit, however the area is cut:
counts, extremes and histogram are whole numbers or exact by nature, and the sum is kept as an
exact fraction (every float64 is one), rounded once when the mean is asked for.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.errors import InputError
from lccs_inputs.expressions import Node, canonical
from lccs_inputs.files import intact, write_text
from lccs_inputs.layers.sources import RasterBand, SourceReader
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows

BINS_PER_UNIT = 10_000
"""Bins are 1e-4 wide, the step in which indices are stored, and start at 0."""
_LINEAR = 2**20
"""Bins each side of 0 that are of that width: up to ±104.8576, all percentages among them."""
_MANTISSA_BITS = 12
"""Beyond, bins widen with the value: each power of two is cut into 2**12 (0.025 % or finer)."""
_SHIFT = 52 - _MANTISSA_BITS
_PART = 2**15  # values summed at a time
_FIRST_KEY = int(np.float64(_LINEAR / BINS_PER_UNIT).view(np.int64) >> _SHIFT)


@dataclass(frozen=True)
class Statistics:
    """Statistics of the valid values of an expression; `Statistics()` is those of no value.

    Attributes:
        count: number of values.
        minimum, maximum: exact; infinite where there is no value.
        total: exact sum.
        histogram: bin → number of values in it. Bin i of ±2**20 holds i/10⁴ ≤ value < (i+1)/10⁴;
            further bins are wider, so that no outlier can fill the memory.
        on_edges: every value is the lower edge of its bin (codes, percentages, stored bands), so
            that percentiles are exact.
    """

    count: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    total: Fraction = Fraction(0)
    histogram: Mapping[int, int] = field(default_factory=dict)
    on_edges: bool = True

    @classmethod
    def of(cls, data: NDArray[np.float64], valid: NDArray[np.bool_]) -> Self:
        """The statistics of the finite float64 values `data` where `valid` (same shape)."""
        values = data[valid] + 0.0  # turns -0.0 into 0.0: the extremes are written as text
        if not values.size:
            return cls()
        bins = _bins(values)
        lowest = int(bins.min())
        counts = np.bincount(bins - lowest)  # at most 10.5 million bins, whatever the values
        filled = np.flatnonzero(counts)
        return cls(
            count=values.size,
            minimum=float(values.min()),
            maximum=float(values.max()),
            total=_exact_sum(values),
            histogram=dict(zip((filled + lowest).tolist(), counts[filled].tolist(), strict=True)),
            on_edges=bool((_edges(bins) == values).all()),
        )

    def merge(self, other: Self) -> Self:
        """The statistics of both sets of values together; the order does not matter."""
        return type(self)(
            count=self.count + other.count,
            minimum=min(self.minimum, other.minimum),
            maximum=max(self.maximum, other.maximum),
            total=self.total + other.total,
            histogram=Counter(self.histogram) + Counter(other.histogram),
            on_edges=self.on_edges and other.on_edges,
        )

    @property
    def mean(self) -> float:
        """The mean, correctly rounded."""
        return float(self.total / self.count)

    @cached_property
    def _table(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(bins, counts), by bin."""
        bins = np.array(sorted(self.histogram), np.int64)
        return bins, np.array([self.histogram[int(index)] for index in bins], np.int64)

    def percentile(self, percent: float) -> float:
        """The value below which `percent` (0 to 100) of the values lie.

        As numpy.percentile (linear interpolation between order statistics) where `on_edges`;
        otherwise the values of a bin are taken as evenly spread over it, which is off by less
        than the width of a bin: 1e-4 up to ±104.8576.
        """
        rank = Fraction(percent) * (self.count - 1) / 100
        below = math.floor(rank)
        low = self._order_statistic(below)
        if rank == below:
            return low
        high = self._order_statistic(below + 1)
        return low + (high - low) * float(rank - below)

    def _order_statistic(self, rank: int) -> float:
        """The value of 0-based `rank` in ascending order."""
        if rank == self.count - 1:
            return self.maximum
        bins, counts = self._table
        cumulative = np.cumsum(counts)
        index = int(np.searchsorted(cumulative, rank, side="right"))
        low, high = (float(edge) for edge in _edges(bins[index] + np.arange(2)))
        if not self.on_edges:
            before = int(cumulative[index] - counts[index])
            low += (high - low) * ((rank - before) / int(counts[index]))
        return min(max(low, self.minimum), self.maximum)

    def otsu(self) -> float:
        """The threshold that parts the values into two classes, by Otsu (1979).

        It maximises the variance between the classes `value < threshold` and `value >=
        threshold`, over the edges of the bins; of several equal edges (an empty gap) the middle
        one. Where all values lie in one bin, its lower edge.

        Source: Otsu, N. (1979), A threshold selection method from gray-level histograms, IEEE
        Trans. Syst. Man Cybern. 9(1), 62-66, doi:10.1109/TSMC.1979.4310076.
        """
        bins, counts = self._table
        if bins.size == 1:
            return float(_edges(bins)[0])
        centres = (_edges(bins) + _edges(bins + 1)) / 2
        lower = np.cumsum(counts)[:-1].astype(np.float64)
        upper = self.count - lower
        mass = counts * centres
        lower_sum = np.cumsum(mass)[:-1]
        difference = (mass.sum() - lower_sum) / upper - lower_sum / lower
        with np.errstate(over="ignore"):
            split = int(np.argmax(lower * upper * difference**2))
        return float(_edges(np.array([(bins[split] + 1 + bins[split + 1]) // 2]))[0])

    def to_dict(self) -> dict[str, Any]:
        """As JSON; exact."""
        bins, counts = self._table
        return {
            "count": self.count,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "mean": self.mean,
            "total": str(self.total),
            "on_edges": self.on_edges,
            "histogram": np.stack([bins, counts], axis=1).tolist(),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            count=document["count"],
            minimum=document["minimum"],
            maximum=document["maximum"],
            total=Fraction(document["total"]),
            histogram=dict(document["histogram"]),
            on_edges=document["on_edges"],
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `compute_statistics` wrote.

        Raises:
            InputError: it has been damaged since.
        """
        with intact(path):
            return cls.from_dict(json.loads(path.read_text()))


def _bins(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each value, such that `_edges(bin) <= value < _edges(bin + 1)` exactly."""
    limit = _LINEAR / BINS_PER_UNIT
    bins = np.floor(np.clip(values, -limit, limit) * BINS_PER_UNIT).astype(np.int64)
    # the product is rounded, so it can miss an edge that the value lies on or beside
    bins += values >= _edges(bins + 1)
    bins -= values < _edges(bins)
    above, under = values >= limit, values < -limit
    if above.any():
        bins[above] = _wide_bins(values[above])
    if under.any():  # mirrored; the next smaller number, for a bin still holds its lower edge
        bins[under] = -1 - _wide_bins(np.nextafter(-values[under], 0))
    return bins


def _wide_bins(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Bins from ±2**20 on: the leading bits of a positive float64 grow with its value."""
    keys: NDArray[np.int64] = (values.view(np.int64) >> _SHIFT) - _FIRST_KEY + _LINEAR
    return keys


def _edges(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """The lower edge of each bin; the division is correctly rounded, so 4000 gives exactly 0.4."""
    edges: NDArray[np.float64] = bins / BINS_PER_UNIT
    far = np.abs(bins) > _LINEAR
    if far.any():
        bits = (np.abs(bins[far]) - _LINEAR + _FIRST_KEY) << _SHIFT
        wide = np.minimum(bits.view(np.float64), np.finfo(np.float64).max)
        edges[far] = np.sign(bins[far]) * wide
    return edges


def _exact_sum(values: NDArray[np.float64]) -> Fraction:
    """The sum of finite values, without rounding; in parts that stay in the cache."""
    parts = (values[start : start + _PART] for start in range(0, values.size, _PART))
    return sum(map(_exact_sum_of_part, parts), Fraction(0))


def _exact_sum_of_part(values: NDArray[np.float64]) -> Fraction:
    """The sum of at most 2**26 finite values, without rounding.

    Each value is a whole number of 53 bits times a power of two. The whole numbers are summed by
    power, in two halves small enough that float64 sums them exactly.
    """
    fractions, exponents = np.frexp(values)
    whole = (fractions * 2.0**53).astype(np.int64)
    lowest = int(exponents.min())
    high = np.bincount(exponents - lowest, weights=whole >> 26)
    low = np.bincount(exponents - lowest, weights=whole & (2**26 - 1))
    return sum(
        (
            Fraction((int(high[power]) << 26) + int(low[power]))
            * Fraction(2) ** (power + lowest - 53)
            for power in np.flatnonzero((high != 0) | (low != 0)).tolist()
        ),
        Fraction(0),
    )


def compute_statistics(
    argument: Node, sources: Mapping[str, RasterBand], area: Area, target: Path
) -> None:
    """Write the statistics of an expression over the valid pixels of an area, as JSON.

    Args:
        argument: the argument of area statistics (resolved, without area statistics of its own).
        sources: where each of `names(argument)` is stored.
        target: `{statistic_name(argument)}.json`; read it back with `Statistics.read`.

    Raises:
        InputError: no pixel of the area has data, or a source cannot be read.
    """
    total = Statistics()
    text = canonical(argument)
    with SourceReader(sources, area.grid) as reader:
        for window, inside in area_windows(area, "area statistics"):
            value = reader.evaluate(argument, window, {})
            valid = np.broadcast_to(value.valid, inside.shape) & inside
            total = total.merge(Statistics.of(np.broadcast_to(value.data, inside.shape), valid))
    if not total.count:
        raise InputError(
            f"{target}: the area statistics of `{text}` have no pixel with data to go by; are the "
            "scenes of the period all cloud, or does the product not cover the area?"
        )
    document = {"expression": text} | total.to_dict()
    write_text(target, json.dumps(document) + "\n")


def read_statistics(files: Mapping[str, Path]) -> dict[str, Statistics]:
    """The statistics that jobs wrote, by name."""
    return {name: Statistics.read(path) for name, path in files.items()}
