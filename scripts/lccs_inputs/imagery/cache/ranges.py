"""Ranges of bytes: what is asked for, and what is there."""

from collections.abc import Iterable, Iterator

Range = tuple[int, int]
"""First byte and end."""


def joined(ranges: Iterable[Range], gap: int = 0) -> list[Range]:
    """The ranges in order, those that meet, or lie no more than `gap` apart, as one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1] + gap:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def without(ranges: Iterable[Range], have: Iterable[Range]) -> Iterator[Range]:
    """What of the ranges is not among those that are there, both in order and apart."""
    for start, end in ranges:
        at = start
        for first, last in have:
            if last > at and first < end:
                if first > at:
                    yield at, first
                at = last
        if at < end:
            yield at, end
