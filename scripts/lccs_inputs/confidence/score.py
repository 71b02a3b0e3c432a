"""The score of a pixel, from its parts; docs/confidence.md says why it is so.

    wrong = 1 - S × Φ(distance) × 0.99 ** age,  where S = 1 - (1 - support)²
    odds  = wrong / (1 - wrong) × (1 - agreement) / agreement × (1 + 1 / looks)
    score = 1 / (1 + odds)

It is computed of the parts as they are stored, so that who reads the parts comes to the score.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.lccs import CODE_NODATA, known_codes

STEPS = 100
"""Of the score, the agreement and the support, from 0 to 1."""
DISTANCE_STEPS = 32
"""How many make one spread."""
FARTHEST = 126
"""The largest distance that is told, in steps; all that is as far or farther."""
CHANGE = 0.01
"""Share of the land that is taken to change its class in a year; default, unvalidated."""
BANDS: Mapping[str, float] = {
    "score": 1 / STEPS,
    "agreement": 1 / STEPS,
    "distance": 1 / DISTANCE_STEPS,
    "support": 1 / STEPS,
    "looks": 1.0,
    "age": 1.0,
}
"""The bands of a map of confidence, in order → their scale: value = stored × scale."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Parts:
    """What speaks for the codes of some pixels, as it is stored; `CODE_NODATA` where it does not
    apply: no threshold decides, no imagery is looked at, no map has an age.

    Attributes:
        agreement: steps of (1 + methods that agree) / (2 + other methods): 50 without any.
        distance: steps of a spread, `FARTHEST` at most.
        support: steps of the share of the 3 × 3 pixels with data that have the same code.
        looks: clear observations, 254 at most.
        age: years from the map that decides to the period, 254 at most.
    """

    agreement: Bytes
    distance: Bytes
    support: Bytes
    looks: Bytes
    age: Bytes

    def score(self, known: NDArray[np.bool_]) -> Bytes:
        """Steps of the score, nodata where not `known`."""
        at, age = self.support.astype(np.uint16) << 8 | self.distance, _everywhere(self.age)
        if age is None:
            odds = _aged(np.take(_WRONG, at), np.take(_UNCHANGED, self.age))
        else:
            odds = np.take(_wrong_at(age), at)
        odds *= _looked_up(_DISAGREEMENT, self.agreement)
        odds *= _looked_up(_FEW_LOOKS, self.looks)
        odds += 1
        steps = np.rint(STEPS / odds).astype(np.uint8)
        return known_codes(steps, known)

    def bands(self, known: NDArray[np.bool_]) -> list[Bytes]:
        """All of `BANDS`, nodata where not `known`."""
        parts = (self.agreement, self.distance, self.support, self.looks, self.age)
        return [self.score(known), *(known_codes(part, known) for part in parts)]


def _everywhere(part: Bytes) -> int | None:
    """What a part is, where that is the same everywhere."""
    first = part.flat[0]
    return int(first) if (part == first).all() else None


def _looked_up(table: NDArray[np.float32], part: Bytes) -> Any:
    one = _everywhere(part)
    return np.take(table, part) if one is None else table[one]


def _aged(wrong: NDArray[np.float32], unchanged: Any) -> NDArray[np.float32]:
    """Odds once it may have changed since, too."""
    right = unchanged / (1 + wrong)
    odds: NDArray[np.float32] = (1 - right) / right
    return odds


@cache
def _wrong_at(age: int) -> NDArray[np.float32]:
    return _WRONG if age == CODE_NODATA else _aged(_WRONG, _UNCHANGED[age])


def _right(support: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """How likely neither a mixed pixel nor noise makes the code wrong."""
    normal = np.array([(1 + math.erf(each / math.sqrt(2))) / 2 for each in distance])
    likely: NDArray[np.float64] = (1 - (1 - support) ** 2) * normal
    return likely


def _wrong_table() -> NDArray[np.float32]:
    """The odds that one of them does, by 256 × support + distance as they are stored."""
    support = np.minimum(np.arange(256) / STEPS, 1)[:, None]
    distance = np.arange(256) / DISTANCE_STEPS
    distance[CODE_NODATA] = np.inf
    right = np.maximum(_right(support, distance), 1e-6)
    return ((1 - right) / right).astype(np.float32).ravel()


def _disagreement_table() -> NDArray[np.float32]:
    agreement = np.clip(np.arange(256), 1, STEPS - 1) / STEPS
    agreement[CODE_NODATA] = 0.5
    return ((1 - agreement) / agreement).astype(np.float32)


def _few_looks_table() -> NDArray[np.float32]:
    factor = 1 + 1 / np.maximum(np.arange(256), 1)
    factor[CODE_NODATA] = 1
    return factor.astype(np.float32)


def _unchanged_table() -> NDArray[np.float32]:
    unchanged = (1 - CHANGE) ** np.arange(256)
    unchanged[CODE_NODATA] = 1
    return unchanged.astype(np.float32)


_WRONG = _wrong_table()
_DISAGREEMENT = _disagreement_table()
_FEW_LOOKS = _few_looks_table()
_UNCHANGED = _unchanged_table()
