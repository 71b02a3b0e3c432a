"""How often intervals of areas hold the truth: samples drawn of the sample's own landscape."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.accuracy.estimators import Share, Strata

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
_LEAST_MET = 2  # points of each class of the map, for random points to be stratified afterwards


@dataclass(frozen=True)
class Coverage:
    """Of samples of one design.

    Attributes:
        held: of each class, the share of the samples whose interval holds its true area.
        expected: points of each class; `least`, the fewest that any stratum is expected to have of
            it or of the others.
    """

    held: Floats
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
    return Coverage(_held(found, pixels).mean(0), expected.sum(0), least)


def at_random(pixels: NDArray[np.int64], points: int, samples: int) -> Coverage:
    """Anywhere; stratified afterwards by the classes of the map where each has points enough, as
    `make accuracy` does."""
    rng, shape = np.random.default_rng(2018), (samples, *pixels.shape)
    drawn = rng.multinomial(points, (pixels / pixels.sum()).ravel(), samples).reshape(shape)
    of_map = drawn.sum(2, dtype=float)
    enough = of_map.min(1) >= _LEAST_MET
    held = np.empty((samples, len(pixels)), bool)
    if enough.any():
        strata = Strata(of_map[enough][:, None, :], pixels.sum(1).astype(float))
        held[enough] = _held(strata.share(drawn[enough].swapaxes(1, 2).astype(float)), pixels)
    if not enough.all():
        met = drawn[~enough].sum(1, dtype=float)
        one = Strata(np.array([float(points)]), np.ones(1))
        held[~enough] = _held(one.share(met[..., None]), pixels)
    truth = pixels.sum(0) / pixels.sum()
    return Coverage(held.mean(0), points * truth, points * np.minimum(truth, 1 - truth))


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
