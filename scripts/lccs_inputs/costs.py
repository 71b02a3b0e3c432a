"""What work costs, before it is done or after: what is not known is None, and added up to None."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

Item = TypeVar("Item")

HOUR = 3600.0
"""Seconds."""


@dataclass(frozen=True)
class Cost:
    """What a source asks of a service and of this machine, for one area and edition.

    Attributes:
        requests, bytes: over the network.
        kept: bytes that are kept beside the results: deliveries, tiles in a cache.
        core_hours: of this machine, all its cores together.
        eecu_hours: compute that a service counts, of Earth Engine's unit.
        hours: until it is there.
        notes: what is unknown and why, and what the rest is known from; a sentence each.
    """

    requests: float | None = None
    bytes: float | None = None
    kept: float | None = None
    core_hours: float | None = None
    eecu_hours: float | None = None
    hours: float | None = None
    notes: Sequence[str] = ()


_NUMBERS = [each.name for each in fields(Cost) if each.name != "notes"]

NOTHING = Cost(0, 0, 0, 0, 0, 0)
"""What is there already."""


def total(parts: Iterable[float | None]) -> float | None:
    """The sum; None where a part is not known."""
    found = list(parts)
    known = [each for each in found if each is not None]
    return sum(known) if len(known) == len(found) else None


def together(costs: Iterable[Cost]) -> Cost:
    """What several cost, one after the other."""
    parts = list(costs)
    notes = dict.fromkeys(note for each in parts for note in each.notes)
    sums = {name: total(getattr(each, name) for each in parts) for name in _NUMBERS}
    return Cost(**sums, notes=[*notes])


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """`count` of the items in equal steps, or all of them where there are fewer."""
    count = min(count, len(items))
    return [items[(2 * place + 1) * len(items) // (2 * count)] for place in range(count)]
