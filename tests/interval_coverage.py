"""How often intervals of areas hold the truth: samples drawn of the sample's own landscape."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.accuracy.assess import poststrata
from lccs_inputs.accuracy.estimators import Matrix, Share, Strata

Floats = NDArray[np.float64]

CLASSES = ("A11", "A12", "A23", "A24", "B15", "B16", "B20")
SAMPLE = np.array(
    [
        [93730, 2675, 50, 6, 318, 0, 45],
        [4252, 355341, 84, 52, 676, 487, 215],
        [12, 33, 1472, 33, 0, 0, 6],
        [70, 126, 85, 6083, 0, 0, 282],
        [488, 820, 4, 0, 30274, 0, 32],
        [98, 582, 1, 0, 313, 26201, 420],
        [12, 12, 1, 20, 10, 92, 152195],
    ]
)
"""Pixels of the sample by level 3 of the default map, in rows, and of the truth."""

LEAST = 5
"""Points that a sample by strata has of each, and that criteria speak of."""


@dataclass(frozen=True)
class Coverage:
    """Of samples of one design.

    Attributes:
        held: of each class, the share of the samples whose interval holds its true area.
        width: of these intervals on average, share of the area.
        expected: points of each class; `least`, the fewest that any stratum is expected to have of
            it or of the others.
    """

    held: Floats
    width: Floats
    expected: Floats
    least: Floats


def merged(classes: list[int]) -> NDArray[np.int64]:
    """The sample as a map of some classes and of all others."""
    of = np.isin(range(len(SAMPLE)), classes)
    return np.array([[SAMPLE[np.ix_(i, j)].sum() for j in (of, ~of)] for i in (of, ~of)])


LAYERS = {
    "vegetat_veg_cat": merged([0, 1, 2, 3]),
    "aquatic_wat_cat": merged([2, 3, 6]),
    "cultman_agr_cat": merged([0, 2]),
    "artific_urb_cat": merged([4]),
}


def proportional(pixels: NDArray[np.int64], points: int) -> Floats:
    shares: Floats = pixels.sum(1) / pixels.sum()
    return points * shares


def equal(pixels: NDArray[np.int64], points: int) -> Floats:
    return np.full(len(pixels), points / len(pixels))


def stratified(pixels: NDArray[np.int64], share: Floats, samples: int) -> Coverage:
    """By the classes of the map, `share` points of each, `LEAST` at least."""
    points = np.maximum(np.round(share), LEAST)
    parts = pixels / pixels.sum(1, keepdims=True)
    rng = np.random.default_rng(2018)
    drawn = np.stack(
        [rng.multinomial(int(n), part, samples) for n, part in zip(points, parts, strict=True)], -1
    )
    found = Strata(points, pixels.sum(1).astype(float)).share(drawn.astype(float))
    expected = points[:, None] * parts
    least = (points[:, None] * np.minimum(parts, 1 - parts)).min(0)
    width = (found.high - found.low).mean(0)
    return Coverage(_held(found, pixels).mean(0), width, expected.sum(0), least)


def at_random(pixels: NDArray[np.int64], points: int, samples: int) -> Coverage:
    """Anywhere; stratified afterwards by the classes of the map as `make accuracy` does."""
    drawn = _anywhere(pixels, points, samples)
    afterwards = np.array(
        [poststrata(each, pixels.sum(1).tolist()) for each in drawn.sum(2).tolist()]
    )
    return _random(pixels, points, drawn, afterwards)


def in_one_stratum(pixels: NDArray[np.int64], points: int, samples: int) -> Coverage:
    """The same points without strata."""
    drawn = _anywhere(pixels, points, samples)
    return _random(pixels, points, drawn, np.zeros(drawn.shape[:2], np.int64))


def _anywhere(pixels: NDArray[np.int64], points: int, samples: int) -> NDArray[np.int64]:
    """Points, (samples, classes of the map, classes of the truth)."""
    rng, shares = np.random.default_rng(2018), pixels / pixels.sum()
    return rng.multinomial(points, shares.ravel(), samples).reshape(samples, *pixels.shape)


def _random(
    pixels: NDArray[np.int64], points: int, drawn: NDArray[np.int64], strata: NDArray[np.int64]
) -> Coverage:
    """Of samples with a stratum of each class of the map, (samples, classes)."""
    held, width = np.empty((2, len(drawn), len(pixels)))
    for of in np.unique(strata, axis=0):
        those = (strata == of).all(1)
        together = np.equal.outer(np.arange(of.max() + 1), of).astype(float)  # strata, classes
        found = np.einsum("sm,nmr->nrs", together, drawn[those].astype(float))
        share = Strata(found.sum(1)[:, None, :], together @ pixels.sum(1)).share(found)
        held[those], width[those] = _held(share, pixels), share.high - share.low
    truth = pixels.sum(0) / pixels.sum()
    least = points * np.minimum(truth, 1 - truth)
    return Coverage(held.mean(0), width.mean(0), points * truth, least)


def part_coverage(
    pixels: NDArray[np.int64], share: Floats, samples: int
) -> tuple[Floats, Floats, Floats]:
    """Of samples by strata as `stratified`: of each class, the share whose intervals of user's
    accuracy, of producer's accuracy, and whose ± of the latter hold the truth; of those that have
    a figure."""
    points = np.maximum(np.round(share), LEAST).astype(int)
    rng = np.random.default_rng(2018)
    parts = pixels / pixels.sum(1, keepdims=True)
    strata = Strata(points.astype(float), pixels.sum(1).astype(float))
    truth = [np.diag(pixels) / pixels.sum(axis) for axis in (1, 0)]
    held: list[list[Floats]] = [[], [], []]
    for _ in range(samples):
        counts = np.zeros((len(pixels), *pixels.shape), np.int64)
        at = np.arange(len(pixels))
        counts[at, at] = rng.multinomial(points, parts)
        matrix = Matrix(counts, strata)
        for whose, found in enumerate((matrix.users, matrix.producers)):
            inside = (found.low <= truth[whose]) & (truth[whose] <= found.high)
            held[whose].append(np.where(np.isnan(found.value), np.nan, inside))
        near = np.abs(found.value - truth[1]) <= found.half
        held[2].append(np.where(np.isnan(found.value), np.nan, near))
    users, producers, by_errors = (np.nanmean(each, axis=0) for each in held)
    return users, producers, by_errors


def layers(samples: int) -> Iterator[tuple[str, Coverage]]:
    """Layers of two codes, stratified by these, at several sizes: what it is, what it comes to."""
    for layer, pixels in LAYERS.items():
        for points in (500, 2000, 20_000):
            for share in (proportional, equal):
                said = f"{layer}, {points} points, {share.__name__}"
                yield said, stratified(pixels, share(pixels, points), samples)


def _held(found: Share, pixels: NDArray[np.int64]) -> NDArray[np.bool_]:
    truth = pixels.sum(0) / pixels.sum()
    held: NDArray[np.bool_] = (found.low <= truth) & (truth <= found.high)
    return held
