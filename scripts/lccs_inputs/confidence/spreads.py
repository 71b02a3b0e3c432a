"""How much what is compared spreads within an area, on either side of its threshold.

The unit of a distance is the standard deviation from the mean of those values for which the
comparison comes out the same: how much the values of one class vary. Of at most half a million
pixels, in squares evenly over the area: a unit need not be exact, only the same in every run.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.confidence.margins import Spread
from lccs_inputs.expressions import (
    AreaStatistics,
    Node,
    Operation,
    canonical,
    evaluate,
    halo,
    names,
)
from lccs_inputs.expressions.evaluation import COMPARE
from lccs_inputs.expressions.nodes import walk
from lccs_inputs.layers.sources import SourceReader
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Block
from lccs_inputs.rasters.reading import padded

_SIDE = 256
"""Of a square, px."""
_SQUARES = 8
_DISTANT = ("<", "<=", ">", ">=")
_LEAST = 1e-6
"""The smallest spread: what is always the same is far from everything else."""


@dataclass(frozen=True)
class _Sums:
    """Count, sum and sum of squares of some values."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "_Sums":
        return cls(values.size, float(values.sum()), float((values**2).sum()))

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.count + other.count, self.total + other.total, self.squares + other.squares
        )

    @property
    def spread(self) -> float | None:
        """The standard deviation; None of less than two values."""
        if self.count < 2:
            return None
        return math.sqrt(max(self.squares / self.count - (self.total / self.count) ** 2, 0.0))


def distant_comparisons(nodes: Iterable[Node], coded: Iterable[str]) -> list[Operation]:
    """The comparisons that have a distance, each once: of more or less, and not of codes.

    Args:
        coded: leaves whose numbers are codes.
    """
    codes = {*coded}
    found = {
        part
        for node in nodes
        for part in walk(node)
        if isinstance(part, Operation) and part.operator in _DISTANT and names(part)
    }
    return sorted((part for part in found if not codes & {*names(part)}), key=canonical)


def measure_spreads(
    comparisons: Iterable[Operation],
    reader: SourceReader,
    statistics: Mapping[str, AreaStatistics],
    area: Area,
) -> dict[Node, Spread]:
    """The spread of what is compared, for which the comparison does not hold and does.

    Where there are not two pixels of one side, it has the spread of the other; without any, or
    where all of a side are the same, it is next to nothing.

    Raises:
        SourceError: a source cannot be read.
    """
    sums = {node: (_Sums(), _Sums()) for node in comparisons}
    wanted = sorted({name for node in sums for name in names(node)})
    margin = max(map(halo, sums), default=0)
    for square, inside in _squares(area):
        around = padded(square, margin, area.grid)
        values = reader.read(around, wanted)
        top, left = square.row_off - around.row_off, square.col_off - around.col_off
        inner = slice(top, top + square.height), slice(left, left + square.width)
        for node, (without, with_it) in sums.items():
            first, second = (evaluate(side, values, statistics) for side in node.operands)
            known = inside & (first.valid & second.valid)[inner]
            holds = COMPARE[node.operator](first.data, second.data)[inner]
            difference = (first.data - second.data)[inner]
            sums[node] = (
                without + _Sums.of(difference[known & ~holds]),
                with_it + _Sums.of(difference[known & holds]),
            )
    return {node: _pair(*(side.spread for side in sides)) for node, sides in sums.items()}


def _pair(without: float | None, with_it: float | None) -> Spread:
    known = [each for each in (without, with_it) if each is not None]
    other = known[0] if known else _LEAST
    first, second = (other if each is None else each for each in (without, with_it))
    return max(first, _LEAST), max(second, _LEAST)


def _squares(area: Area) -> Iterator[tuple[Window, NDArray[np.bool_]]]:
    """Squares evenly over the area, each with the mask of the area within it."""
    pieces = [*area.grid.pieces(_SIDE)]
    found = [*_inside(area, pieces[:: max(1, len(pieces) // (4 * _SQUARES))])]
    found = found or [*_inside(area, pieces)]
    yield from found[:: max(1, len(found) // _SQUARES)][:_SQUARES]


def _inside(area: Area, pieces: Iterable[Block]) -> Iterator[tuple[Window, NDArray[np.bool_]]]:
    for piece in pieces:
        inside = area.mask(area.block_grid(piece))
        if inside.any():
            yield piece.window, inside


def spreads_text(spreads: Mapping[Node, Spread]) -> str:
    """For the tags of a map: JSON, comparison → the two spreads."""
    said = {
        canonical(node): [float(f"{each:.4g}") for each in pair] for node, pair in spreads.items()
    }
    return json.dumps(said)
