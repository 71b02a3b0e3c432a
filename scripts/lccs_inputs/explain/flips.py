"""The smallest change of one operand that makes a code another.

What rasters store are whole numbers of 8 or 16 bits, so that all of them are tried at once: the
answer is exact, whatever the expression. What a focal function gives is no such number; there the
nearest of many numbers is found, and the edge beside it by halving.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.explain.answer import Flip
from lccs_inputs.explain.pixel import Values, physical, plain
from lccs_inputs.expressions import Stored, Value
from lccs_inputs.layers.sources import SourceReader

_TRIED = 4097
"""Numbers that are tried of what is not stored."""
_HALVINGS = 60

CodesIf = Callable[[Values], NDArray[np.uint8]]
"""The codes of as many pixels as the values have, of which some may be the same for all."""


@dataclass(frozen=True)
class Candidate:
    """What an operand can be.

    Attributes:
        values: all of it, shape (n,).
        numbers: the same in physical units.
        span: from the lowest to the highest; 0 of codes and conditions.
        exhaustive: whether there is nothing between them.
    """

    values: Value | Stored
    numbers: NDArray[np.float64]
    span: float
    exhaustive: bool


def stored_candidates(
    reader: SourceReader, name: str, limits: Sequence[float] | None, codes: Iterable[int]
) -> Candidate:
    """All that the raster of a name can hold, but for nodata.

    Args:
        limits: the lowest and the highest value, where they are known.
        codes: those of the product; empty where it has none.
    """
    kind = np.iinfo(reader.dtype(name))
    every = np.arange(kind.min, kind.max + 1).astype(reader.dtype(name))
    if reader.is_condition(name):
        every = every[(every == 0) | (every == 1)]
    values = reader.value_of(name, every)
    numbers = physical(values)
    kept = values.valid
    if limits is not None:
        kept = kept & (numbers >= limits[0]) & (numbers <= limits[1])
    named = [*codes]
    if named:
        kept = kept & np.isin(numbers, named)
    no_numbers = bool(named) or reader.is_condition(name)
    kept_numbers = numbers[kept]
    span = 0.0 if no_numbers or not kept_numbers.size else float(np.ptp(kept_numbers))
    return Candidate(reader.value_of(name, every[kept]), kept_numbers, span, exhaustive=True)


def number_candidates(limits: Sequence[float]) -> Candidate:
    """Numbers evenly from the lowest to the highest."""
    numbers = np.linspace(limits[0], limits[1], _TRIED)
    values, span = Value(numbers, np.ones(numbers.shape, bool)), float(np.ptp(numbers))
    return Candidate(values, numbers, span, exhaustive=False)


def flips(
    values: Values,
    candidates: Mapping[str, Candidate],
    codes_if: CodesIf,
    meanings: Callable[[int], str],
) -> tuple[Flip, ...]:
    """The smallest change of each operand that makes the code another, the smallest share first.

    Args:
        values: of every name, arrays of one.
        candidates: what each operand that may change can be.
    """
    now = int(codes_if(values).ravel()[0])
    found = [
        flip
        for name, candidate in candidates.items()
        if (flip := _flip(values, name, candidate, codes_if, now, meanings)) is not None
    ]
    return tuple(sorted(found, key=lambda flip: flip.share))


def _flip(
    values: Values,
    name: str,
    candidate: Candidate,
    codes_if: CodesIf,
    now: int,
    meanings: Callable[[int], str],
) -> Flip | None:
    """Where an operand has no value there is no change of it to tell."""
    value = plain(_as_value(values[name]))
    if value is None:
        return None
    codes = codes_if({**values, name: candidate.values}).ravel()
    other = np.flatnonzero(codes != now)
    if not other.size:
        return None
    at = other[np.argmin(np.abs(candidate.numbers[other] - value))] if candidate.span else other[0]
    to, code = float(candidate.numbers[at]), int(codes[at])
    if not candidate.exhaustive:
        to = _edge(values, name, codes_if, (float(value), to), now)
    if not candidate.span:
        reached = bool(to) if isinstance(value, bool) else to
        return Flip(name, value, reached, 0.0, 1.0, code, meanings(code))
    change = to - value
    return Flip(name, value, to, change, abs(change) / candidate.span, code, meanings(code))


def _edge(
    values: Values, name: str, codes_if: CodesIf, ends: tuple[float, float], now: int
) -> float:
    """The number nearest to the first that makes the code another, by halving."""
    same, other = ends
    for _ in range(_HALVINGS):
        middle = (same + other) / 2
        tried = Value(np.array([middle]), np.array([True]))
        if int(codes_if({**values, name: tried}).ravel()[0]) == now:
            same = middle
        else:
            other = middle
    return other


def _as_value(value: Value | Stored) -> Value:
    return value if isinstance(value, Value) else value.physical
