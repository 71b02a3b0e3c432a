"""The estimators give the figures of the papers, and intervals that hold."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from interval_coverage import (
    CLASSES,
    LAYERS,
    SAMPLE,
    Coverage,
    Floats,
    at_random,
    equal,
    in_one_stratum,
    layers,
    part_coverage,
    proportional,
    stratified,
)
from lccs_inputs.accuracy.estimators import Matrix, Strata

OLOFSSON = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
MAPPED = np.array([200_000.0, 150_000.0, 3_200_000.0, 6_450_000.0])  # px of 30 m
HECTARES = MAPPED.sum() * 0.09

STEHMAN = {
    "A": ("AAAAAAABBB", "AAAAACBABC"),
    "B": ("ABBBBBBBBB", "ABBBBBAABB"),
    "C": ("BBCCCCCCBB", "CCCCCDDBBA"),
    "D": ("DDDDDDDDDD", "DDDDDDDCCB"),
}


def olofsson() -> Matrix:
    points = OLOFSSON.sum(1).astype(float)
    counts = np.zeros((4, 4, 4), np.int64)
    counts[range(4), range(4)] = OLOFSSON
    return Matrix(counts, Strata(points, MAPPED))


def stehman() -> Matrix:
    counts = np.zeros((4, 4, 4), np.int64)
    for stratum, (mapped, true) in enumerate(STEHMAN.values()):
        for i, j in zip(mapped, true, strict=True):
            counts[stratum, "ABCD".index(i), "ABCD".index(j)] += 1
    sizes = np.array([40_000.0, 30_000.0, 20_000.0, 10_000.0])
    return Matrix(counts, Strata(np.full(4, 10.0), sizes, finite=True))


def rounded(values: object, digits: int) -> list[float]:
    return np.round(np.asarray(values, float), digits).tolist()


def test_strata_of_the_map_give_the_figures_of_olofsson_and_others() -> None:
    matrix = olofsson()
    assert rounded(matrix.users.value, 4) == [0.88, 0.7333, 0.9273, 0.9631]
    assert rounded(matrix.users.half, 4) == [0.0740, 0.1008, 0.0397, 0.0205]
    assert rounded(matrix.producers.value, 4) == [0.7487, 0.8472, 0.9345, 0.9616]
    assert rounded(matrix.producers.half, 4) == [0.2133, 0.2544, 0.0343, 0.0184]
    assert rounded(HECTARES * matrix.areas.value, 0) == [21158, 11686, 285770, 581386]
    assert rounded(HECTARES * matrix.areas.half, 0) == [6158, 3756, 15510, 16282]
    assert (round(float(matrix.overall.value), 4), round(float(matrix.overall.half), 4)) == (
        0.9465,
        0.0185,
    )


def test_other_strata_give_the_figures_of_stehman() -> None:
    matrix = stehman()
    areas = matrix.areas
    assert rounded([areas.value[0], areas.error[0]], 4) == [0.35, 0.0822]
    assert rounded([areas.value[2], areas.error[2]], 4) == [0.20, 0.0643]
    assert rounded([matrix.overall.value, matrix.overall.error], 4) == [0.63, 0.0846]
    assert rounded([matrix.users.value[1], matrix.users.error[1]], 4) == [0.5745, 0.1248]
    assert rounded([matrix.producers.value[1], matrix.producers.error[1]], 4) == [0.7941, 0.1165]
    assert rounded(matrix.shares[1, 2], 4) == 0.08


def test_the_shares_of_a_matrix_are_of_the_whole_area() -> None:
    for matrix in (olofsson(), stehman()):
        assert matrix.shares.sum() == pytest.approx(1)
        assert matrix.areas.value.sum() == pytest.approx(1)
        assert np.diag(matrix.shares).sum() == pytest.approx(float(matrix.overall.value))
        users, producers = matrix.users.value, matrix.producers.value
        assert matrix.f1 == pytest.approx(2 * users * producers / (users + producers))


def test_a_class_that_is_not_met_has_no_accuracy_and_an_area_that_may_still_be_there() -> None:
    counts = np.zeros((1, 2, 2), np.int64)
    counts[0, 0, 0] = 30
    matrix = Matrix(counts, Strata(np.array([30.0]), np.array([1.0])))
    assert np.isnan(matrix.users.value[1])
    assert np.isnan(matrix.producers.error[1])
    assert np.isnan(matrix.f1[1])
    assert matrix.areas.half[1] == 0
    assert (matrix.areas.low[1], round(float(matrix.areas.high[1]), 3)) == (0, 0.116)
    assert round(float(matrix.overall.low), 3) == 0.884


def test_one_point_in_a_stratum_has_no_standard_error() -> None:
    strata = Strata(np.array([1.0, 20.0]), np.array([1.0, 3.0]))
    share = strata.share(np.array([1.0, 4.0]))
    assert np.isnan(share.error)
    assert 0 < share.low < share.value < share.high <= 1


def test_the_interval_of_what_only_some_points_tell_holds_95_of_100() -> None:
    rng = np.random.default_rng(16)
    points, weights = np.array([150.0, 60.0]), np.array([0.8, 0.2])
    told, right = np.array([0.7, 0.4]), np.array([0.9, 0.75])
    among = rng.binomial(points.astype(int), told, (10_000, 2))
    found = Strata(points, weights).share_among(
        rng.binomial(among, right).astype(float), among.astype(float)
    )
    truth = (weights * told * right).sum() / (weights * told).sum()
    held = ((found.low <= truth) & (truth <= found.high)).mean()
    assert 0.94 <= held <= 0.97
    assert found.value.mean() == pytest.approx(truth, abs=0.002)
    assert found.error.mean() == pytest.approx(found.value.std(), rel=0.05)


@pytest.fixture(scope="module")
def of_layers() -> dict[str, Coverage]:
    return dict(layers(10_000))


@pytest.mark.parametrize("layer", LAYERS)
def test_95_percent_intervals_of_layers_hold_the_true_area_in_95_of_100_samples(
    layer: str, of_layers: dict[str, Coverage]
) -> None:
    found = [each for said, each in of_layers.items() if said.startswith(layer)]
    assert len(found) == 6
    judged = []
    for each in found:
        assert (each.held >= 0.94).all(), (
            "of two strata an interval is not too narrow, however few points"
        )
        judged += each.held[each.least >= 5].tolist()
    assert judged
    assert all(0.94 <= held <= 0.96 for held in judged), judged


def test_95_percent_intervals_of_level_3_hold_the_true_area_in_95_of_100_samples() -> None:
    held = stratified(SAMPLE, proportional(SAMPLE, 20_000), 10_000).held
    assert ((held >= 0.94) & (held <= 0.96)).all(), held
    held = stratified(SAMPLE, equal(SAMPLE, 350), 10_000).held
    assert (held >= 0.94).all(), held


def test_with_five_points_in_the_smallest_stratum_an_interval_is_rather_too_wide() -> None:
    share = proportional(SAMPLE, 2_200)
    assert share.min() == pytest.approx(5, abs=0.2)
    held = stratified(SAMPLE, share, 10_000).held
    assert ((held >= 0.94) & (held <= 0.99)).all(), held


@pytest.mark.parametrize(
    ("few", "many", "least"), [(0.05, 5, 0.923), (5, 15, 0.923), (15, 30, 0.934), (30, 100, 0.938)]
)
def test_in_one_stratum_intervals_hold_95_of_100_on_average_and_of_rare_classes_fewer(
    few: float, many: float, least: float
) -> None:
    for points in (200, 1000):
        shares = np.linspace(few, many, 300)[:, None] / points
        met = np.arange(points + 1.0)
        found = Strata(np.array([float(points)]), np.ones(1)).share(met[:, None])
        holds = (found.low <= shares) & (shares <= found.high)
        held = (binom.pmf(met, points, shares) * holds).sum(1)
        assert held.min() >= least
        assert 0.945 <= held.mean() <= (0.96 if few >= 5 else 0.97)


def test_overall_accuracy_of_a_layer_that_is_nearly_right_holds_91_of_100() -> None:
    of_map, aquatic = SAMPLE.sum(1), np.isin(range(7), [2, 3, 6])
    points = np.maximum(np.round(1050 * of_map / of_map.sum()), 5)
    right = np.where(aquatic, SAMPLE[:, aquatic].sum(1), SAMPLE[:, ~aquatic].sum(1))
    drawn = np.random.default_rng(2018).binomial(points.astype(int), right / of_map, (10_000, 7))
    found = Strata(points, of_map.astype(float)).share(drawn.astype(float))
    truth = right.sum() / of_map.sum()
    assert 0.90 <= ((found.low <= truth) & (truth <= found.high)).mean() <= 0.93


@pytest.mark.parametrize(("share", "points"), [(proportional, 500), (equal, 350), (equal, 2100)])
def test_users_and_producers_accuracy_hold_nine_of_ten_also_of_rare_classes(
    share: Callable[..., Floats], points: int
) -> None:
    """By ± in as few as one of twenty."""
    of_users, of_producers, by_errors = part_coverage(SAMPLE, share(SAMPLE, points), 1000)
    assert of_users.min() >= 0.94 and of_producers.min() >= 0.88, (of_users, of_producers)
    assert by_errors.min() < 0.3


def test_where_nothing_is_wrong_or_right_there_is_an_interval() -> None:
    strata = Strata(np.array([10.0, 20.0]), np.array([600.0, 400.0]))
    found = strata.part(np.array([[10.0, 0], [0, 0], [1, 0]]), np.array([[0.0, 0], [0, 4], [0, 0]]))
    assert found.value.tolist() == [1, 0, 1]
    assert (found.low[0], found.high[0]) == (pytest.approx(0.83, abs=0.1), 1)
    assert found.low[1] == 0 < found.high[1] < 0.9
    assert 0 < found.low[2] < 0.8
    assert np.isnan(strata.part(np.zeros(2), np.zeros(2)).value)


@pytest.mark.parametrize("points", [100, 280, 1000])
def test_random_samples_hold_the_true_area_of_a_class_that_few_points_are_of_too(
    points: int,
) -> None:
    found = at_random(SAMPLE, points, 10_000)
    assert found.expected[2] < 3, "A23"
    assert (found.held >= 0.95).all(), found.held


def test_by_strata_afterwards_intervals_of_most_classes_are_less_than_half_as_wide() -> None:
    afterwards, alone = at_random(SAMPLE, 897, 1000), in_one_stratum(SAMPLE, 897, 1000)
    width = dict(zip(CLASSES, afterwards.width / alone.width, strict=True))
    assert max(width[each] for each in ("A11", "A12", "B15", "B16", "B20")) < 0.5
    assert max(width.values()) == width["A23"] < 1.4, "of 2 points"
