"""The codes of a layer, window by window.

Strip by strip, so that what is worked on stays in the cache; and what is read from one raster of 16
bits, or from two of 8, is looked up in a table of all that they can hold. The table is made by the
evaluation itself, so that nothing depends on which of them a pixel went through.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.errors import InputError
from lccs_inputs.expressions import (
    AreaStatistics,
    Name,
    Node,
    Type,
    Value,
    evaluate,
    halo,
    names,
    replace_children,
)
from lccs_inputs.facts.lccs import CODE_NODATA, known_codes
from lccs_inputs.layers.sources import SourceReader

_STRIP = 32  # rows
_BITS = 16  # of an index into a table

Rasters = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class _Table:
    """What a part of an expression is, for all that the rasters it reads can hold.

    Attributes:
        names: one of a type of 8 or 16 bits, or two of 8.
        entries: uint8, by what they hold.
    """

    names: tuple[str, ...]
    entries: NDArray[np.uint8]

    def of(self, stored: Rasters) -> NDArray[np.uint8]:
        first, *others = (_unsigned(stored[name]) for name in self.names)
        for other in others:
            first = np.left_shift(first, 8, dtype=np.uint16) | other
        return np.take(self.entries, first)


class LayerCodes:
    """Makes the codes of a layer: uint8, nodata where an expression is nodata, and outside.

    Args:
        layer: its name, for messages.
        node: the resolved expression.
        reader: of its names, opened.
        statistics: the whole-area statistics that `node` uses, by name.
    """

    def __init__(
        self,
        layer: str,
        node: Node,
        reader: SourceReader,
        statistics: Mapping[str, AreaStatistics],
    ) -> None:
        self._layer, self._node, self._reader, self._statistics = layer, node, reader, statistics
        self._conditions: dict[str, _Table] = {}
        self._table = self._whole_table()
        self._rest = node if self._table else self._with_tables(node)

    def of(self, window: Window, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """The codes of a window.

        Args:
            inside: True in the area; shape of the window.

        Raises:
            InputError: a value does not round to 0–254.
            SourceError: a source cannot be read.
        """
        if not names(self._node) or halo(self._node):
            return self._evaluated(window, inside)
        stored = self._reader.stored(window)
        codes = np.empty(inside.shape, np.uint8)
        for top in range(0, len(codes), _STRIP):
            strip = slice(top, top + _STRIP)
            part = {name: pixels[strip] for name, pixels in stored.items()}
            try:
                codes[strip] = self._of_strip(part, inside[strip])
            except InputError:  # told of the whole window
                return self._evaluated(window, inside)
        return codes

    def _evaluated(self, window: Window, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
        value = self._reader.evaluate(self._node, window, self._statistics)
        return codes_of(value, inside, self._layer)

    def _of_strip(self, stored: Rasters, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
        if self._table:
            return known_codes(self._table.of(stored), inside)
        values = {name: self._reader.value_of(name, pixels) for name, pixels in stored.items()}
        for name, table in self._conditions.items():
            entries = table.of(stored)
            values[name] = Value((entries & 1).view(bool), (entries >> 1).view(bool))
        value = evaluate(self._rest, values, self._statistics)
        return codes_of(value, inside, self._layer)

    def _whole_table(self) -> _Table | None:
        if not self._fits(self._node):
            return None
        value = self._of_all(self._node)
        try:
            entries = codes_of(value, np.ones(value.valid.shape, bool), self._layer)
        except InputError:  # of what may not be there at all
            return None
        return _Table(names(self._node), entries.ravel())

    def _with_tables(self, node: Node) -> Node:
        """An expression whose conditions are names of tables, the largest that fit one."""
        if node.type is Type.CONDITION and self._fits(node) and self._compares(node):
            value, name = self._of_all(node), f"table {len(self._conditions)}"
            entries = np.left_shift(value.valid, 1, dtype=np.uint8)
            entries |= value.data
            self._conditions[name] = _Table(names(node), entries.ravel())
            return Name(name, Type.CONDITION)
        return replace_children(node, self._with_tables)

    def _fits(self, node: Node) -> bool:
        bits = [self._reader.bits(name) for name in names(node)]
        return 0 < sum(bits) <= _BITS and 0 not in bits and not halo(node)

    def _compares(self, node: Node) -> bool:
        """Whether there are numbers in it: yes and no are joined faster than looked up."""
        return not all(self._reader.is_condition(name) for name in names(node))

    def _of_all(self, node: Node) -> Value:
        """The value of an expression for all that its rasters can hold, in the order of a table."""
        every = (np.arange(2 ** self._reader.bits(name)) for name in names(node))
        values = {
            name: self._reader.value_of(name, numbers.astype(self._reader.dtype(name)))
            for name, numbers in zip(names(node), np.meshgrid(*every, indexing="ij"), strict=True)
        }
        return evaluate(node, values, self._statistics)


def _unsigned(pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels.view(f"u{pixels.itemsize}")


def codes_of(value: Value, inside: NDArray[np.bool_], layer: str) -> NDArray[np.uint8]:
    """The stored form of a value: whole numbers, nodata where not valid or outside the area.

    Raises:
        InputError: a value does not round to 0–254.
    """
    known = inside & value.valid
    numbers = np.broadcast_to(np.rint(value.data.astype(np.float64)), inside.shape)
    wrong = known & ((numbers < 0) | (numbers >= CODE_NODATA))
    if wrong.any():
        example = np.broadcast_to(value.data, inside.shape)[wrong][0]
        raise InputError(
            f"layers.{layer}: the expression gives {example:g} ({wrong.sum()} px like it), and "
            f"a layer holds whole numbers from 0 to {CODE_NODATA - 1}; scale it or limit its range"
        )
    return known_codes(np.where(known, numbers, 0).astype(np.uint8), known)
