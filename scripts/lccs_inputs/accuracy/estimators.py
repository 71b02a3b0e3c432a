"""Estimators of accuracy and area from a stratified sample, with their errors.

All are ratios of sums over strata, as Stehman 2014 has them (International Journal of Remote
Sensing 35, 4923-4939); where strata are the classes of the map they are those of Olofsson et al.
2014 (Remote Sensing of Environment 148, 42-57). A simple random sample has one stratum.

The plus-minus of good practice, 1.96 standard errors, is too narrow where few points disagree, and
nothing where none does. So shares have an interval besides: Jeffreys' (Brown, Cai &
DasGupta 2001, Statistical Science 16, 101-133) in each stratum, and from those that of their
weighted sum (Zou & Donner 2008, Statistics in Medicine 27, 1693-1702). Of one stratum alone it is
modified as these have it, since of a class that is met once or never it is too narrow.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

Z95 = 1.96
"""Standard errors to either side of 95 %."""
_TAIL = 0.025
_JEFFREYS = 0.5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Estimates with their standard errors; not a number where there is none."""

    value: Floats
    error: Floats

    @property
    def half(self) -> Floats:
        """The plus-minus of 95 %, by the standard error."""
        return Z95 * self.error


@dataclass(frozen=True)
class Share(Estimate):
    """Shares, with an interval of 95 % that holds for rare classes too."""

    low: Floats
    high: Floats


@dataclass(frozen=True)
class Strata:
    """Strata and the points drawn of each.

    Attributes:
        points: (..., strata), 1 or more.
        sizes: (strata,), in any unit of area.
        finite: whether sizes are in the units that were drawn, pixels, so that what is drawn of a
            stratum tells of the rest only.
    """

    points: Floats
    sizes: Floats
    finite: bool = False

    @property
    def weights(self) -> Floats:
        weights: Floats = self.sizes / self.sizes.sum()
        return weights

    @property
    def _rest(self) -> Any:
        """The share of a stratum that was not drawn: the finite population correction."""
        return np.maximum(1 - self.points / self.sizes, 0) if self.finite else 1.0

    def share(self, found: Floats) -> Share:
        """The share of the area that is what was found in some of the points.

        Args:
            found: points of each stratum, (..., strata).
        """
        weights, part = self.weights, found / self.points
        value = (weights * part).sum(-1)
        error = self._error(part * (1 - part))
        limits = _modified if weights.size == 1 else _jeffreys
        low, high = limits(found, self.points)
        below, above = (
            np.sqrt((self._rest * (weights * (part - end)) ** 2).sum(-1)) for end in (low, high)
        )
        return Share(value, error, np.maximum(value - below, 0), np.minimum(value + above, 1))

    def ratio(self, found: Floats, among: Floats) -> Estimate:
        """The share of what was found in some points among others that hold all of those.

        Args:
            found, among: points of each stratum, (..., strata).
        """
        part, whole = found / self.points, among / self.points
        total = (self.weights * whole).sum(-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = (self.weights * part).sum(-1) / total
            at = value[..., None]
            mean = part - at * whole  # of a residual that is 1 - value, -value or 0
            spread = (1 - at) ** 2 * part + at**2 * (whole - part) - mean**2
            error = self._error(np.maximum(spread, 0)) / total
        return Estimate(value, np.where(np.isfinite(value), error, np.nan))

    def share_among(self, found: Floats, among: Floats) -> Share:
        """`ratio` with an interval: `share` where all points are among them, else that of Jeffreys
        for the effective number of points (Korn & Graubard 1998, Survey Methodology 24, 193-201).
        """
        if np.array_equal(np.broadcast_to(self.points, among.shape), among):
            return self.share(found)
        estimate = self.ratio(found, among)
        each = self.weights / self.points
        kish = (each * among).sum(-1) ** 2 / (each**2 * among).sum(-1)
        value = estimate.value
        with np.errstate(invalid="ignore", divide="ignore"):
            points = np.fmin(kish, value * (1 - value) / estimate.error**2)
        return Share(value, estimate.error, *_jeffreys(points * value, points))

    def part(self, found: Floats, others: Floats) -> Share:
        """The share of what was found in some points of that and of what was in others.

        Its interval is made of those of the two shares of the area (Zou & Donner 2008), so that it
        holds for rare classes too, also where the others lie in large strata that few points are
        of.

        Args:
            found, others: points of each stratum, (..., strata).
        """
        estimate, (one, rest) = self.ratio(found, found + others), map(self.share, (found, others))
        value = estimate.value

        def off(part: Floats, other: Floats) -> Floats:
            with np.errstate(invalid="ignore", divide="ignore"):
                return value - np.where(part + other > 0, part / (part + other), value)

        below = np.hypot(off(one.low, rest.value), off(one.value, rest.high))
        above = np.hypot(off(one.high, rest.value), off(one.value, rest.low))
        low, high = np.maximum(value - below, 0), np.minimum(value + above, 1)
        return Share(value, estimate.error, low, high)

    def _error(self, spread: Floats) -> Floats:
        """The standard error of a weighted sum of means.

        Args:
            spread: the mean squared deviation in each stratum, (..., strata).
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = self._rest * self.weights**2 * spread / (self.points - 1)
        error: Floats = np.sqrt(variance.sum(-1))
        return error


def _jeffreys(found: Floats, points: Floats) -> tuple[Floats, Floats]:
    """The ends of the interval of Jeffreys for what was found in some points."""
    right, wrong = found + _JEFFREYS, points - found + _JEFFREYS
    low = np.where(found == 0, 0, beta.ppf(_TAIL, right, wrong))
    high = np.where(found == points, 1, beta.ppf(1 - _TAIL, right, wrong))
    return low, high


def _modified(found: Floats, points: Floats) -> tuple[Floats, Floats]:
    """The same, wider where none, one, all or all but one of the points are found."""
    low, high = _jeffreys(found, points)
    least = _TAIL ** (1 / points)
    low = np.where(found == points, least, np.where(found <= 1, 0, low))
    high = np.where(found == 0, 1 - least, np.where(found >= points - 1, 1, high))
    return low, high


@dataclass(frozen=True)
class Matrix:
    """An error matrix by strata, and what it comes to.

    Attributes:
        counts: points, (strata, classes of the map, classes of the reference), the same classes;
            fewer than `strata.points` where some say nothing.
    """

    counts: NDArray[np.int64]
    strata: Strata

    @property
    def shares(self) -> Floats:
        """Of the area, (classes of the map, classes of the reference)."""
        parts = self.counts / self.strata.points[:, None, None]
        shares: Floats = np.tensordot(self.strata.weights, parts, 1)
        return shares

    @property
    def overall(self) -> Share:
        """Of the area that points tell of, what is right."""
        return self.strata.share_among(self._right.sum(-1), self.counts.sum((1, 2)).astype(float))

    @property
    def areas(self) -> Share:
        """Of each class of the reference."""
        return self.strata.share(self._of_reference.T)

    @property
    def users(self) -> Share:
        """Of what the map calls a class, what is."""
        return self.strata.part(self._right.T, (self.counts.sum(2) - self._right).T)

    @property
    def producers(self) -> Share:
        """Of what is a class, what the map calls so."""
        return self.strata.part(self._right.T, (self._of_reference - self._right).T)

    @property
    def f1(self) -> Floats:
        """The harmonic mean of user's and producer's accuracy."""
        shares = self.shares
        with np.errstate(invalid="ignore", divide="ignore"):
            f1: Floats = 2 * np.diag(shares) / (shares.sum(0) + shares.sum(1))
        return f1

    @property
    def _right(self) -> Floats:
        return np.diagonal(self.counts, axis1=1, axis2=2).astype(float)

    @property
    def _of_reference(self) -> Floats:
        of_reference: Floats = self.counts.sum(1).astype(float)
        return of_reference
