"""The score of a pixel, from its parts; docs/confidence.md says why it is so.

    wrong = 1 - S × Φ(distance) × 0.99 ** age,  where S = 1 - (1 - support)²
    odds  = wrong / (1 - wrong) × (1 - agreement) / agreement × (1 + 1 / looks)
    score = 1 / (1 + odds)

It is computed of the parts as they are stored, so that who reads the parts comes to the score.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.images import PALETTES, Image
from lccs_inputs.facts.lccs import CODE_NODATA, Descriptor, known_codes

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
"""What a map of confidence tells of a pixel, in order → its scale: value = stored × scale. All are
bands of that of level 3."""
BANDS_OF_LAYERS = [*BANDS][:4]
"""Those of a layer: its age is the same everywhere, its looks are bands of scene sets already."""

Bytes = NDArray[np.uint8]

_take = partial(np.take, mode="wrap")
"""Of a table of all that an index can be: that it is within is not looked at."""


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
        return known_codes(self._steps(), known)

    def _steps(self) -> Bytes:
        age, looks = _everywhere(self.age), _everywhere(self.looks)
        at = _pair(self.support, self.distance)
        if age is None:
            odds = _aged(_take(_WRONG, at), _take(_UNCHANGED, self.age))
        else:
            odds = _take(_wrong_at(age), at)
        if looks is None:
            odds *= _take(_DOUBT, _pair(self.agreement, self.looks))
        else:
            odds *= _take(_DOUBT[looks::256], self.agreement)
        odds += 1
        np.divide(STEPS, odds, out=odds)
        return np.rint(odds, out=odds).astype(np.uint8)

    def put(self, names: Sequence[str], known: NDArray[np.bool_], bands: Bytes) -> None:
        """Write some of `BANDS` into an array, (bands, rows, columns), nodata where not `known`."""
        unknown = None if known.all() else known_codes(np.zeros(known.shape, np.uint8), known)
        for name, band in zip(names, bands, strict=True):
            part = self._steps() if name == "score" else getattr(self, name)
            if unknown is None:
                band[:] = part
            else:
                np.bitwise_or(part, unknown, out=band)  # CODE_NODATA has every bit


def score_image(name: str, of: Descriptor) -> Image:
    """How the scores of a map are drawn: from 0 to 1."""
    return Image(name, f"Confidence: {of.title}", "1", (0, 1), PALETTES["viridis"], STEPS)


def everywhere(value: int, shape: tuple[int, ...]) -> Bytes:
    """A part that is the same everywhere, and known to be."""
    return np.broadcast_to(np.uint8(value), shape)


def _everywhere(part: Bytes) -> int | None:
    """What a part is, where that is the same everywhere."""
    first = part.flat[0]
    return int(first) if not any(part.strides) or (part == first).all() else None


def _pair(first: Bytes, second: Bytes) -> NDArray[np.uint16]:
    """256 × one + the other."""
    pair = np.left_shift(first, 8, dtype=np.uint16)
    pair |= second
    return pair


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
_DOUBT = np.multiply.outer(_disagreement_table(), _few_looks_table()).ravel()
"""By 256 × agreement + looks as they are stored."""
_UNCHANGED = _unchanged_table()
