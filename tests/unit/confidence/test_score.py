"""The score of a pixel is the formula of docs/confidence.md, of its parts as they are stored."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from lccs_inputs.confidence.score import BANDS, Parts

NONE = 255
SURE = {"agreement": 50, "distance": NONE, "support": 100, "looks": NONE, "age": NONE}


def parts(**changed: Any) -> Parts:
    said = {name: np.atleast_1d(each).astype("u1") for name, each in {**SURE, **changed}.items()}
    shape = np.broadcast_shapes(*(each.shape for each in said.values()))
    return Parts(**{name: np.broadcast_to(value, shape) for name, value in said.items()})


def score(**changed: Any) -> list[int]:
    made = parts(**changed)
    return made.score(np.ones(made.support.shape, bool)).tolist()


def test_a_pixel_that_nothing_speaks_against_is_sure() -> None:
    assert score() == [100]


@pytest.mark.parametrize(
    ("changed", "right"),
    [
        ({"support": 44}, 1 - 0.56**2),
        ({"distance": 32}, norm.cdf(1)),
        ({"distance": 8, "support": 67}, norm.cdf(0.25) * (1 - 0.33**2)),
        ({"support": 44, "age": 3}, (1 - 0.56**2) * 0.99**3),
        ({"support": 44, "age": 0}, 1 - 0.56**2),
    ],
)
def test_edges_noise_and_years_are_ways_to_be_wrong(changed: dict[str, int], right: float) -> None:
    assert score(**changed) == [round(100 * right)]


@pytest.mark.parametrize(
    ("changed", "factor"),
    [
        ({"agreement": 20}, 4),
        ({"agreement": 80}, 1 / 4),
        ({"looks": 1}, 2),
        ({"looks": 4}, 1.25),
        ({"looks": 4, "agreement": 25}, 1.25 * 3),
    ],
)
def test_disagreement_and_few_looks_multiply_the_odds_of_being_wrong(
    changed: dict[str, int], factor: float
) -> None:
    wrong = 0.56**2
    odds = wrong / (1 - wrong) * factor
    assert score(support=44, **changed) == [round(100 / (1 + odds))]


def test_what_is_not_known_has_no_part_at_all() -> None:
    made = parts(support=[100, 44])
    bands = np.zeros((len(BANDS), 2), np.uint8)
    made.put([*BANDS], np.array([False, True]), bands)
    assert bands[:, 0].tolist() == [255] * len(BANDS)
    assert bands[:, 1].tolist() == [69, 50, 255, 44, 255, 255]


def test_a_score_is_the_same_whatever_its_neighbours_are() -> None:
    random = np.random.default_rng(5)
    many = {name: random.integers(1, 60, 300).astype("u1") for name in SURE}
    for name in ("age", "looks", "agreement", "distance"):
        many[name][random.random(300) < 0.3] = NONE
    together = score(**many)
    assert len({*together}) > 20
    at = range(0, 300, 7)
    assert [together[i] for i in at] == [
        score(**{name: part[i] for name, part in many.items()})[0] for i in at
    ]
