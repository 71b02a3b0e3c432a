"""Sharing points out among the classes of a map, and what to expect of them.

What a sample will tell hangs on how right the map is, which nobody knows before: it is supposed, a
user's accuracy for each class, and errors of the other classes in proportion to their area
(Olofsson et al. 2014).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.accuracy.estimators import Z95

PROPORTIONAL, EQUAL, NEYMAN = "proportional", "equal", "neyman"
ALLOCATIONS = (PROPORTIONAL, EQUAL, NEYMAN)
LEAST = 5
"""Points of a class, at least."""

INNER, NEAR = 0.95, 0.7
"""User's accuracy that is supposed of pixels whose neighbours are of their class, and of others."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stratum:
    """A class of a map.

    Attributes:
        pixels, hectares: of the area.
        users: the user's accuracy that is supposed of it, 0 to 1.
    """

    code: int
    name: str
    pixels: int
    hectares: float
    users: float


@dataclass(frozen=True)
class Expected:
    """What to expect of a sample.

    Attributes:
        points: of each stratum.
        areas: plus-minus of the area of each class, hectares, 95 %.
        users: likewise of its user's accuracy, 0 to 1.
        overall: likewise of overall accuracy, 0 to 1.
    """

    points: Sequence[int]
    areas: Floats
    users: Floats
    overall: float


def allocate(strata: Sequence[Stratum], points: int, how: str) -> list[int]:
    """The points of each class: `LEAST` of each, as far as it has pixels, and the others as asked.

    Args:
        how: one of `ALLOCATIONS`: by area; the same of each; by area and what is supposed to vary
            within the class (Neyman).

    Raises:
        ValueError: the points are fewer than `LEAST` of each class come to, or more than there are
            pixels.
    """
    pixels = np.array([each.pixels for each in strata], np.int64)
    users = np.array([each.users for each in strata])
    shares = {
        PROPORTIONAL: pixels.astype(float),
        EQUAL: np.ones(len(strata)),
        NEYMAN: pixels * np.sqrt(users * (1 - users)),
    }[how]
    least = np.minimum(LEAST, pixels)
    if points < least.sum():
        raise ValueError(f"{points} points are fewer than {LEAST} of each class, {least.sum()}")
    if points > pixels.sum():
        raise ValueError(f"{points} points are more than the {pixels.sum()} pixels of the map")
    wanted = _within(np.maximum(shares, 1e-9), least, pixels, points)
    given = np.floor(wanted).astype(np.int64)
    largest = np.argsort(given - wanted, kind="stable")
    given[largest[: round(wanted.sum()) - int(given.sum())]] += 1
    return [int(count) for count in given]


def _within(
    shares: Floats, least: NDArray[np.int64], most: NDArray[np.int64], points: int
) -> Floats:
    """Points in proportion to shares, but for those that would have too few or too many."""

    def clipped(times: Floats) -> Floats:
        return np.clip(shares * times, least, most)

    # Between where a class comes to its least or its most, their sum is linear.
    turns = np.sort(np.concatenate([least / shares, most / shares]))
    sums = clipped(turns[:, None]).sum(1)
    return clipped(np.interp(points, sums, turns))


def expect(strata: Sequence[Stratum], points: Sequence[int]) -> Expected:
    """What to expect of some points of each class, if what is supposed of the map is so; as
    `make accuracy` will tell it of points drawn none twice."""
    hectares = np.array([each.hectares for each in strata])
    users = np.array([each.users for each in strata])
    weights, drawn = hectares / hectares.sum(), np.array(points, float)
    others = 1 - weights
    spread = np.where(others > 0, (1 - users) / np.where(others > 0, others, 1), 0)
    parts = spread[:, None] * weights
    np.fill_diagonal(parts, users)
    rest = 1 - drawn / np.array([each.pixels for each in strata])  # what is drawn is known
    variance = parts * (1 - parts) * (rest / drawn)[:, None]
    of_users = np.sqrt(np.diag(variance))
    areas = np.sqrt((weights[:, None] ** 2 * variance).sum(0))
    overall = np.sqrt((weights**2 * np.diag(variance)).sum())
    total = hectares.sum()
    return Expected(points, Z95 * areas * total, Z95 * of_users, float(Z95 * overall))


def shrunk(users: float, points: int) -> float:
    """The user's accuracy that some points tell of, drawn a little to the middle: 30 right of 30 do
    not say that all of the class is right (Jeffreys)."""
    return (users * points + 0.5) / (points + 1)


def supposed(
    codes: Sequence[int],
    near: Mapping[int, float],
    known: Mapping[int, float],
    said: Mapping[int, float],
    every: float | None,
) -> list[float]:
    """The user's accuracy that is supposed of each class: what is said of it or of all, else what
    earlier points told, else by how much of it is near a boundary of the map.

    Args:
        near: code → the share of its pixels that have a neighbour of another class.
        known, said: code → user's accuracy; `every` of all classes.
    """
    found = []
    for code in codes:
        by_boundary = NEAR * near[code] + INNER * (1 - near[code])
        found.append(said.get(code, every if every is not None else known.get(code, by_boundary)))
    return found
