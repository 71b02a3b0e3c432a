"""How far a score can be relied on: which errors it finds, and how right it is about itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.confidence.score import STEPS

BINS = 10
_FOLDS = 10

Numbers = NDArray[np.float64]
Truth = NDArray[np.bool_]


def found(score: NDArray[Any], wrong: Truth, flagged: float) -> float:
    """The share of the errors among the pixels of the lowest scores.

    Args:
        flagged: the share of all pixels that is looked at, 0 to 1; of pixels with the same score
            as many as there is room for, taken evenly.
    """
    pixels, errors = _from_the_lowest(score, wrong)
    return float(np.interp(flagged, pixels, errors))


def flagged_for(score: NDArray[Any], wrong: Truth, share: float) -> float:
    """The share of all pixels that has to be looked at to find a share of the errors."""
    pixels, errors = _from_the_lowest(score, wrong)
    errors, first = np.unique(errors, return_index=True)
    return float(np.interp(share, errors, pixels[first]))


def _from_the_lowest(score: NDArray[Any], wrong: Truth) -> tuple[Numbers, Numbers]:
    """Shares of the pixels and of the errors up to each score, from 0 to 1."""
    _, place = np.unique(score, return_inverse=True)
    return _shares(np.bincount(place)), _shares(np.bincount(place, weights=wrong))


def _shares(counts: NDArray[Any]) -> Numbers:
    return np.concatenate([[0.0], np.cumsum(counts) / max(counts.sum(), 1)])


def curve(
    probability: Numbers, right: Truth, weights: Numbers | None = None
) -> Iterator[tuple[float, float, int]]:
    """What was said and what was so, in ten parts from 0 to 1: the mean probability, the share that
    is right, and of how many.

    Args:
        weights: how much each counts in the means; alike by default.
    """
    for here in _parts(probability):
        counts = None if weights is None else weights[here]
        said, so = (float(np.average(each[here], weights=counts)) for each in (probability, right))
        yield said, so, int(here.sum())


def reliability_error(probability: Numbers, right: Truth, weights: Numbers | None = None) -> float:
    """How far off what is said is on average, over the parts of `curve`, weighed by what is in
    them: the expected calibration error."""
    each = np.ones(right.size) if weights is None else weights
    sums = [float(each[here].sum()) for here in _parts(probability)]
    off = [abs(said - so) for said, so, _ in curve(probability, right, weights)]
    total = sum(size * far for size, far in zip(sums, off, strict=True))
    return total / max(sum(sums), 1e-9)


def _parts(probability: Numbers) -> Iterator[Truth]:
    """What is in each of ten parts from 0 to 1 that hold any."""
    part = np.minimum((probability * BINS).astype(int), BINS - 1)
    for number in np.unique(part):
        yield part == number


@dataclass(frozen=True)
class Calibration:
    """From a score to a probability, by points whose truth is known.

    Isotonic regression (Zadrozny and Elkan 2002, Transforming classifier scores into accurate
    multiclass probability estimates): the share that is right, made to grow with the score.

    Attributes:
        table: the probability by the steps of the score, `STEPS` + 1 of them.
    """

    table: tuple[float, ...]

    @classmethod
    def of(cls, steps: NDArray[Any], right: Truth, weights: Numbers | None = None) -> Self:
        """By some points.

        Args:
            steps: their scores as they are stored, one at least.
            weights: how much of the area each stands for, more than 0; alike by default.
        """
        from scipy.optimize import isotonic_regression  # noqa: PLC0415 - SciPy is slow to load

        scores, place = np.unique(steps, return_inverse=True)
        each = np.ones(len(right)) if weights is None else weights
        counts = np.bincount(place, weights=each)
        shares = np.bincount(place, weights=right * each) / counts
        fitted = isotonic_regression(shares, weights=counts).x
        return cls(tuple(np.interp(np.arange(STEPS + 1), scores, fitted).tolist()))

    def probability(self, steps: NDArray[Any]) -> Numbers:
        """Of scores as they are stored."""
        probability: Numbers = np.array(self.table)[steps]
        return probability


def cross_validated(steps: NDArray[Any], right: Truth, weights: Numbers | None = None) -> Numbers:
    """The probability of each point, by a calibration that has not seen it: every tenth point is
    held out in turn, in their order."""
    fold = np.arange(right.size) % _FOLDS
    probability = np.empty(right.size)
    for number in range(_FOLDS):
        held_out = fold == number
        if held_out.any() and not held_out.all():
            counts = None if weights is None else weights[~held_out]
            seen = Calibration.of(steps[~held_out], right[~held_out], counts)
            probability[held_out] = seen.probability(steps[held_out])
    return probability
