"""Tables of what a part of an expression is, for all that the rasters it reads can hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.expressions import Node, Stored, Value, halo, names
from lccs_inputs.layers.sources import SourceReader

_BITS = 16  # of an index into a table

Rasters = Mapping[str, NDArray[Any]]


class Sources(Protocol):
    """What names of an expression are stored as: of a `SourceReader`, and of tables too."""

    def dtype(self, name: str) -> np.dtype[Any]: ...
    def bits(self, name: str) -> int: ...
    def value_of(self, name: str, stored: NDArray[Any]) -> Value | Stored: ...


@dataclass(frozen=True)
class Lookup:
    """What a part of an expression is, for all that the rasters it reads can hold.

    Attributes:
        names: one of a type of 8 or 16 bits, or two of 8.
        entries: by what they hold.
    """

    names: tuple[str, ...]
    entries: NDArray[Any]

    def of(self, stored: Rasters) -> NDArray[Any]:
        first, *others = (_unsigned(stored[name]) for name in self.names)
        for other in others:
            first = np.left_shift(first, 8, dtype=np.uint16) | other
        return np.take(self.entries, first, mode="wrap")  # all that it can be has an entry


def fits_a_lookup(node: Node, reader: Sources) -> bool:
    """Whether all that the rasters of an expression can hold is little enough for a table."""
    bits = [reader.bits(name) for name in names(node)]
    return 0 < sum(bits) <= _BITS and 0 not in bits and not halo(node)


def compares_numbers(node: Node, reader: SourceReader) -> bool:
    """Whether there are numbers in it: yes and no are joined faster than looked up."""
    return not all(reader.is_condition(name) for name in names(node))


def every_value(node: Node, reader: Sources) -> dict[str, Value | Stored]:
    """All that the rasters of an expression can hold, in the order of a table."""
    every = (np.arange(2 ** reader.bits(name)) for name in names(node))
    return {
        name: reader.value_of(name, numbers.astype(reader.dtype(name)))
        for name, numbers in zip(names(node), np.meshgrid(*every, indexing="ij"), strict=True)
    }


def _unsigned(pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels.view(f"u{pixels.itemsize}")
