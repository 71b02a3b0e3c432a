"""Which errors a score finds, whether it is as often right as it says, and how it comes to be."""

import numpy as np
import pytest

from lccs_inputs.confidence.reliability import (
    Calibration,
    cross_validated,
    curve,
    flagged_for,
    found,
    reliability_error,
)


def test_the_errors_among_the_lowest_scores_are_counted() -> None:
    score = np.array([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    wrong = np.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 1], bool)
    assert found(score, wrong, 0.2) == 0.5
    assert found(score, wrong, 0.4) == 0.75
    assert flagged_for(score, wrong, 0.75) == pytest.approx(0.4)
    assert found(np.full(10, 7), wrong, 0.3) == pytest.approx(0.3), "ties find as chance does"


def test_a_score_is_off_by_what_it_says_less_what_is_so() -> None:
    said = np.repeat([0.95, 0.55], [100, 50])
    right = np.arange(150) % 2 == 0
    right[:100] = np.arange(100) < 90
    assert [(s, pytest.approx(r), n) for s, r, n in curve(said, right)] == [
        (pytest.approx(0.55), 0.5, 50), (pytest.approx(0.95), 0.9, 100),
    ]  # fmt: skip
    assert reliability_error(said, right) == pytest.approx(0.05)


def pooled(shares: list[float], counts: list[int]) -> list[float]:
    """The pool-adjacent-violators algorithm as Barlow et al. 1972 tell it."""
    blocks: list[list[float]] = []
    for share, count in zip(shares, counts, strict=True):
        blocks.append([share, count, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n, k), (b, m, j) = blocks[-2:]
            blocks[-2:] = [[(a * n + b * m) / (n + m), n + m, k + j]]
    return [share for share, _, repeats in blocks for _ in range(int(repeats))]


def test_a_calibration_grows_with_the_score_and_is_the_share_that_is_right() -> None:
    random = np.random.default_rng(5)
    steps = random.choice([5, 20, 40, 60, 80, 95], 600)
    right = random.random(600) < np.interp(steps, [5, 40, 60, 95], [0.2, 0.6, 0.5, 0.99])
    scores, counts = np.unique(steps, return_counts=True)
    shares = [float(right[steps == score].mean()) for score in scores]
    expected = pooled(shares, counts.tolist())
    calibration = Calibration.of(steps, right)
    assert calibration.probability(scores) == pytest.approx(expected)
    assert len(calibration.table) == 101
    assert np.all(np.diff(calibration.table) >= 0)
    assert calibration.table[0] == calibration.table[5]
    assert calibration.table[30] == pytest.approx((expected[1] + expected[2]) / 2)


def test_a_stratified_sample_calibrates_as_the_whole_does() -> None:
    random = np.random.default_rng(8)
    size, rare = 400_000, 0.05
    of_rare = random.random(size) < rare
    steps = np.where(of_rare, random.integers(20, 80, size), random.integers(40, 101, size))
    likely = np.where(of_rare, steps / 160, 0.6 + steps / 260)
    right = random.random(size) < likely
    drawn = np.concatenate(
        [random.choice(np.flatnonzero(each), 4000) for each in (of_rare, ~of_rare)]
    )
    weights = np.repeat([of_rare.mean(), 1 - of_rare.mean()], 4000) * 2

    def off(calibration: Calibration) -> float:
        return reliability_error(calibration.probability(steps), right)

    assert off(Calibration.of(steps[drawn], right[drawn])) > 0.05, "as if drawn evenly"
    assert off(Calibration.of(steps[drawn], right[drawn], weights)) < 0.01
    held_out = cross_validated(steps[drawn], right[drawn], weights)
    assert reliability_error(held_out, right[drawn], weights) < 0.01
    assert np.average(held_out, weights=weights) == pytest.approx(right.mean(), abs=0.01)


def test_a_point_counts_as_often_as_its_weight_says() -> None:
    random = np.random.default_rng(9)
    steps, right = random.integers(0, 101, 300), random.random(300) < 0.6
    times = random.integers(1, 5, 300)
    often = [np.repeat(each, times) for each in (steps, right)]
    weights = times.astype(float)
    assert Calibration.of(steps, right, weights).table == pytest.approx(
        Calibration.of(*often).table
    )
    said = steps / 100
    assert reliability_error(said, right, weights) == pytest.approx(
        reliability_error(np.repeat(said, times), often[1])
    )


def test_no_point_calibrates_itself() -> None:
    random = np.random.default_rng(6)
    steps = random.integers(0, 101, 4000)
    right = random.random(4000) < (steps / 100) ** 2  # too sure of itself
    before = reliability_error(steps / 100, right)
    after = reliability_error(cross_validated(steps, right), right)
    assert before > 0.1
    assert after < 0.02
    alone = np.arange(20) % 10 == 3
    flipped = cross_validated(np.arange(20) * 5, alone)
    seen = Calibration.of((np.arange(20) * 5)[~alone], alone[~alone])
    assert flipped[alone].tolist() == seen.probability((np.arange(20) * 5)[alone]).tolist()
