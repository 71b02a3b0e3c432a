"""The codes of a layer, window by window.

Strip by strip, so that what is worked on stays in the cache; and what is read from one raster of 16
bits, or from two of 8, is looked up in a table of all that they can hold. The table is made by the
evaluation itself, so that nothing depends on which of them a pixel went through. So is what is made
of such tables and of a raster of 8 bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.errors import InputError
from lccs_inputs.expressions import (
    AreaStatistics,
    Name,
    Node,
    Stored,
    Type,
    Value,
    evaluate,
    halo,
    names,
    replace_children,
)
from lccs_inputs.facts.lccs import CODE_NODATA, known_codes
from lccs_inputs.layers.lookups import (
    Lookup,
    Rasters,
    compares_numbers,
    every_value,
    fits_a_lookup,
)
from lccs_inputs.layers.sources import SourceReader

STRIP = 32
"""Rows that are worked on at a time, so that they stay in the cache."""


@dataclass(frozen=True)
class _WithTables:
    """The names of an expression, of which some are those of tables.

    Attributes:
        tables: of conditions: bytes whose first bit says whether it holds, the second whether that
            is known.
    """

    reader: SourceReader
    tables: dict[str, Lookup] = field(default_factory=dict)

    def dtype(self, name: str) -> np.dtype[Any]:
        return np.dtype(np.uint8) if name in self.tables else self.reader.dtype(name)

    def bits(self, name: str) -> int:
        return 8 if name in self.tables else self.reader.bits(name)

    def value_of(self, name: str, stored: NDArray[Any]) -> Value | Stored:
        if name not in self.tables:
            return self.reader.value_of(name, stored)
        return Value((stored & 1).view(bool), (stored >> 1 & 1).view(bool))

    def looked_up(self, stored: Rasters) -> Rasters:
        """What rasters hold, and what tables say of it."""
        return {**stored, **{name: table.of(stored) for name, table in self.tables.items()}}


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
        self._sources = _WithTables(reader)
        self._rest, self._table = node, self._table_of(node)
        if not self._table:
            self._rest = self._with_tables(node)
            # Yes and no are joined faster than looked up.
            self._table = self._table_of(self._rest) if node.type is Type.NUMBER else None

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
        for top in range(0, len(codes), STRIP):
            strip = slice(top, top + STRIP)
            part = {name: pixels[strip] for name, pixels in stored.items()}
            try:
                codes[strip] = self.of_strip(part, inside[strip])
            except InputError:  # told of the whole window
                return self._evaluated(window, inside)
        return codes

    def _evaluated(self, window: Window, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
        value = self._reader.evaluate(self._node, window, self._statistics)
        return codes_of(value, inside, self._layer)

    def of_strip(self, stored: Rasters, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """The codes of a part of a window that is read already, where nothing looks at neighbours.

        Raises:
            InputError: a value does not round to 0–254.
        """
        held = self._sources.looked_up(stored)
        if self._table:
            return known_codes(self._table.of(held), inside)
        values = {name: self._sources.value_of(name, held[name]) for name in names(self._rest)}
        value = evaluate(self._rest, values, self._statistics)
        return codes_of(value, inside, self._layer)

    def _table_of(self, node: Node) -> Lookup | None:
        if not fits_a_lookup(node, self._sources):
            return None
        value = self._of_all(node)
        try:
            entries = codes_of(value, np.ones(value.valid.shape, bool), self._layer)
        except InputError:  # of what may not be there at all
            return None
        return Lookup(names(node), entries.ravel())

    def _with_tables(self, node: Node) -> Node:
        """An expression whose conditions are names of tables, the largest that fit one."""
        fits = fits_a_lookup(node, self._reader) and compares_numbers(node, self._reader)
        if node.type is Type.CONDITION and fits:
            value, name = self._of_all(node), f"table {len(self._sources.tables)}"
            entries = np.left_shift(value.valid, 1, dtype=np.uint8)
            entries |= value.data
            self._sources.tables[name] = Lookup(names(node), entries.ravel())
            return Name(name, Type.CONDITION)
        return replace_children(node, self._with_tables)

    def _of_all(self, node: Node) -> Value:
        """The value of an expression for all that its rasters can hold, in the order of a table."""
        return evaluate(node, every_value(node, self._sources), self._statistics)


def codes_of(value: Value, inside: NDArray[np.bool_], layer: str) -> NDArray[np.uint8]:
    """The stored form of a value: whole numbers, nodata where not valid or outside the area.

    Raises:
        InputError: a value does not round to 0–254.
    """
    known = inside & value.valid
    if value.data.dtype == bool:
        return known_codes(np.broadcast_to(value.data, inside.shape).view(np.uint8), known)
    numbers = np.broadcast_to(np.rint(value.data.astype(np.float64)), inside.shape)
    wrong = known & ((numbers < 0) | (numbers >= CODE_NODATA))
    if wrong.any():
        example = np.broadcast_to(value.data, inside.shape)[wrong][0]
        raise InputError(
            f"layers.{layer}: the expression gives {example:g} ({wrong.sum()} px like it), and "
            f"a layer holds whole numbers from 0 to {CODE_NODATA - 1}; scale it or limit its range"
        )
    return known_codes(np.where(known, numbers, 0).astype(np.uint8), known)


def codes_if_any(value: Value) -> NDArray[np.uint8]:
    """The same of what may not be there: nodata also where a value does not round to 0–254."""
    numbers = np.rint(np.where(value.valid, value.data, 0).astype(np.float64))
    known = value.valid & (numbers >= 0) & (numbers < CODE_NODATA)
    return known_codes(np.where(known, numbers, 0).astype(np.uint8), known)
