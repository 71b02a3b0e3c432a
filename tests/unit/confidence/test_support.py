"""Support: how many of the 3 × 3 pixels with data have the code of the middle."""

from dataclasses import replace

import numpy as np
import pytest

from lccs_inputs.confidence.parts import likeness, support
from lccs_inputs.facts.lccs import DESCRIPTORS

NODATA = 255
LIFEFORM, MONTHS = DESCRIPTORS["lifeform_veg_cat"], DESCRIPTORS["waterper_wat_cin"]
ANY = replace(MONTHS, limits=(0, 254))


def counted(around: np.ndarray, row: int, col: int, apart: float) -> int:
    middle = int(around[row + 1, col + 1])
    there = [int(code) for code in around[row : row + 3, col : col + 3].flat if code != NODATA]
    return round(100 * sum(abs(code - middle) <= apart for code in there) / len(there))


@pytest.mark.parametrize(
    ("descriptor", "codes", "apart"),
    [(LIFEFORM, range(4), 0), (MONTHS, range(13), 1.2), (ANY, range(225, 255), 25.4)],
)
def test_neighbours_with_data_count_that_are_as_good_as_the_same(
    descriptor, codes: range, apart: float
) -> None:
    random = np.random.default_rng(2)
    around = random.choice([*codes, NODATA], (9, 14)).astype(np.uint8)
    found = support(around, likeness(descriptor))
    known = np.argwhere(around[1:-1, 1:-1] != NODATA)
    assert len(known) > 50
    for row, col in known:
        assert found[row, col] == counted(around, row, col, apart), (row, col)
