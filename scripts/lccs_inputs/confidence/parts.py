"""What speaks for the codes of layers, strip by strip: the parts of their score."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.confidence.conditions import Conditions
from lccs_inputs.confidence.margins import NONE, Margin, Margins, Spread
from lccs_inputs.confidence.question import LayerParts
from lccs_inputs.confidence.score import STEPS, Bytes, Parts, everywhere
from lccs_inputs.confidence.tables import Either, Lazy, Tables, with_numbers
from lccs_inputs.expressions import (
    AreaStatistics,
    Node,
    Stored,
    Value,
    replace_children,
)
from lccs_inputs.expressions.focals import Focals
from lccs_inputs.facts.lccs import CODE_NODATA, LAYER_PREFIX, Descriptor, Kind, known_codes
from lccs_inputs.layers.lookups import Lookup, Rasters
from lccs_inputs.layers.sources import SourceReader

_MOST = CODE_NODATA - 1
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns from a pixel to a neighbour: each pair once, which counts for both."""
_HALF = 16
"""How many numbers half a byte holds."""
_ALIKE = 10
"""Measures are alike that differ by no more than this part of what there can be."""

Mask = NDArray[np.bool_]


class PartsOfLayers:
    """The parts of the scores of layers.

    Args:
        layers: in an order in which each comes after those that it is made from.
        reader: of all their names, of the finished layers and clear counts, opened.
    """

    def __init__(
        self,
        layers: Sequence[LayerParts],
        table: Mapping[str, Descriptor],
        reader: SourceReader,
        spreads: Mapping[Node, Spread],
        statistics: Mapping[str, AreaStatistics],
    ) -> None:
        self._layers, self._table, self._reader = layers, table, reader
        self._statistics = statistics
        self._focals, self._known = Focals({}), dict[Node, Node]()
        numbered = {with_numbers(node, statistics): pair for node, pair in spreads.items()}
        self._spreads = {self._focals.apart(node): pair for node, pair in numbered.items()}
        self._conditions = Conditions(self._spreads, statistics)
        self._tables = Tables(reader, numbered, statistics)
        self._nodes = {each.layer: self._prepared(each.node) for each in layers}
        self._methods = {
            each.layer: [self._method(each.layer, node) for node in each.method_nodes]
            for each in layers
        }

    def _prepared(self, node: Node) -> Node:
        looked_up = self._tables.within(with_numbers(node, self._statistics))
        return self._shared(self._conditions.apart(self._focals.apart(looked_up)))

    def _shared(self, node: Node) -> Node:
        """A node whose equal parts, of all that is prepared, are the same objects."""
        return self._known.setdefault(node, replace_children(node, self._shared))

    def _method(self, layer: str, node: Node) -> Node | Lookup:
        is_condition = self._table[layer].kind is Kind.BINARY
        codes = None if is_condition else self._tables.codes(with_numbers(node, self._statistics))
        return codes or self._prepared(node)

    def focal_values(self, window: Window) -> dict[str, Value]:
        """What the focal functions of the layers come to in a window, by their text.

        Raises:
            SourceError: a file cannot be read.
        """
        return {
            name: self._reader.evaluate(focal, window, self._statistics)
            for name, focal in self._focals.found.items()
        }

    def of_strip(
        self, stored: Rasters, focal: Mapping[str, Value], around: Mapping[str, Bytes]
    ) -> dict[str, Parts]:
        """The parts of each layer in some rows of a window, by its name.

        Args:
            stored: what the rasters hold there, by name.
            focal: what focal functions come to there.
            around: the codes of the finished layers there and one pixel further on each side.
        """

        def value_of(name: str) -> Value | Stored:
            return focal[name] if name in focal else self._reader.value_of(name, stored[name])

        values = Lazy([*sorted(stored), *focal], value_of)
        lookups = self._tables.lookups
        tables = Lazy([*lookups], lambda name: lookups[name].of(stored))
        known = self._conditions.margins(values)
        margins = Margins(values, Either(known, tables), self._spreads, self._statistics)
        found = {}
        for layer in self._layers:
            name = layer.layer
            found[name], size = self._parts(layer, margins, stored, around[name])
            if self._table[name].kind is Kind.BINARY:
                known[LAYER_PREFIX + name] = _with_sign(size, stored[LAYER_PREFIX + name])
        return found

    def _parts(
        self, layer: LayerParts, margins: Margins, stored: Rasters, around: Bytes
    ) -> tuple[Parts, Margin]:
        descriptor, codes = self._table[layer.layer], stored[LAYER_PREFIX + layer.layer]
        is_condition = descriptor.kind is Kind.BINARY
        node = self._nodes[layer.layer]
        size = np.abs(margins.of(node)) if is_condition else margins.decided(node)
        size = np.broadcast_to(size, codes.shape)
        told = self._told(layer.layer, codes, margins, stored)
        parts = Parts(
            _agreement(told, codes.shape, own=layer.has_deciding),
            known_codes(size.view(np.uint8), (size != NONE) & (size != 0)),
            support(around, likeness(descriptor)),
            _fewest([stored[name] for name in layer.looks], codes.shape),
            everywhere(CODE_NODATA if layer.age is None else min(layer.age, _MOST), codes.shape),
        )
        return parts, size

    def _told(
        self, layer: str, codes: Bytes, margins: Margins, stored: Rasters
    ) -> Iterator[tuple[Mask, Mask]]:
        """Of each method of a layer, where it knows the pixel, and where it says what that does."""
        descriptor = self._table[layer]
        alike, sign = likeness(descriptor), _sign(codes)
        for method in self._methods[layer]:
            if isinstance(method, Lookup) or descriptor.kind is not Kind.BINARY:
                made = method.of(stored) if isinstance(method, Lookup) else margins.codes(method)
                yield made != CODE_NODATA, alike(made, codes)
            else:
                margin = margins.of(method)
                yield margin != 0, margin * sign > 0


Likeness = Callable[[Any, Any], Mask]
"""Whether codes are as good as the same."""


def likeness(descriptor: Descriptor) -> Likeness:
    if not descriptor.kind.is_continuous:
        return np.equal
    lowest, highest = descriptor.limits
    apart = (highest - lowest) / _ALIKE

    def alike(first: Bytes, second: Bytes) -> NDArray[np.bool_]:
        near: NDArray[np.bool_] = np.abs(first.astype(np.int16) - second) <= apart
        near &= (first == CODE_NODATA) == (second == CODE_NODATA)
        return near

    return alike


def _with_sign(size: Margin, codes: Bytes) -> Margin:
    """The margin of a finished layer, whose small patches may have been removed."""
    return size * _sign(codes)


def _sign(codes: Bytes) -> Margin:
    """Of yes and no 1 and -1, of all else 0."""
    sign: Margin = np.equal(codes, 1).view(np.int8) - np.equal(codes, 0).view(np.int8)
    return sign


def _agreement(told: Iterator[tuple[Mask, Mask]], shape: tuple[int, ...], *, own: bool) -> Bytes:
    """Steps of (1 + methods that agree) / (2 + methods that know the pixel), without the one that
    decided it, which may be among them (`own`)."""
    agree, known = np.full((2, *shape), 0 if own else 1, np.uint8)
    for is_known, agrees in told:
        known += is_known
        agree += agrees
    return _looked_up(_AGREEMENTS, known, agree)


def support(around: Bytes, alike: Likeness = np.equal) -> Bytes:
    """Steps of the share of the 3 × 3 pixels with data whose codes are as that of the middle.

    What it says where the middle has no data means nothing.

    Args:
        around: codes, of one pixel more on each side than the result.
    """
    height, width = around.shape[0] - 2, around.shape[1] - 2
    known = (around != CODE_NODATA).view(np.uint8)
    known = known[:-2] + known[1:-1] + known[2:]
    known = known[:, :-2] + known[:, 1:-1] + known[:, 2:]
    same = np.ones((height, width), np.uint8)
    for down, right in _NEIGHBOURS:
        left, over = max(right, 0), max(-right, 0)
        pair = alike(
            around[1 - down : height + 1, 1 - left : width + 1 + over],
            around[1 : height + 1 + down, 1 - over : width + 1 + left],
        )
        same += pair[down:, left : left + width]
        same += pair[:height, over : over + width]
    return _looked_up(_SUPPORTS, known, same)


def _looked_up(table: Bytes, known: Bytes, found: Bytes) -> Bytes:
    """Steps by how many are known and how many of them are found: `table[known, found]`.

    Both are looked up as one byte, as long as no more are known than half of it holds.
    """
    if known.max() >= _HALF:
        return table[known, found]
    both = known * np.uint8(_HALF)
    both |= found
    looked_up = both.tobytes().translate(table[:_HALF, :_HALF].tobytes())
    return np.frombuffer(looked_up, np.uint8).reshape(found.shape)


def _fewest(counts: Sequence[NDArray[Any]], shape: tuple[int, ...]) -> Bytes:
    """The least of clear counts; nodata where none is looked at, 0 where one has no data."""
    if not counts:
        return everywhere(CODE_NODATA, shape)
    least: NDArray[Any] = np.clip(reduce(np.minimum, counts), 0, _MOST)
    return least.astype(np.uint8)


def worst(parts: Sequence[Parts], counts: Sequence[NDArray[np.bool_]], around: Bytes) -> Parts:
    """The parts of what is decided from layers: of each the worst of those that count.

    Args:
        counts: whether each layer counts at a pixel.
        around: the codes of what is decided, of one pixel more on each side.
    """

    def least(name: str) -> Bytes:
        known = (
            known_codes(getattr(part, name), each) for part, each in zip(parts, counts, strict=True)
        )
        found: Bytes = reduce(np.minimum, known)
        return found

    # the nodata of an age is less than any, that of the others more
    ages = (
        (part.age + np.uint8(1)) * each.view(np.uint8)
        for part, each in zip(parts, counts, strict=True)
    )
    oldest: Bytes = reduce(np.maximum, ages)
    return Parts(
        least("agreement"), least("distance"), support(around), least("looks"), oldest - np.uint8(1)
    )


def _agreement_table() -> Bytes:
    known, agree = np.indices((256, 256))
    others, agreeing = np.maximum(known - 1, 0), np.maximum(agree - 1, 0)
    steps: Bytes = np.rint(STEPS * (1 + agreeing) / (2 + others)).clip(0, STEPS).astype(np.uint8)
    return steps


def _support_table() -> Bytes:
    known, same = np.indices((_HALF, _HALF))
    steps: Bytes = np.rint(STEPS * same / np.maximum(known, 1)).clip(0, STEPS).astype(np.uint8)
    return steps


_AGREEMENTS = _agreement_table()
_SUPPORTS = _support_table()
"""By how many are known and how many are found, steps."""
