"""The reference points of the sample: drawn from its truth, some wrong on purpose."""

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.facts.class_table import meaning_of
from lccs_inputs.sample import LABEL_ERRORS, REFERENCE_LAYERS, REFERENCE_POINTS
from lccs_inputs.sample.landscape import Landscape
from lccs_inputs.sample.reference import write_reference
from lccs_inputs.sample.truth import make_truth

BOUNDS = (969_500, 6_590_500, 973_500, 6_594_500)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("truth")
    make_truth(Landscape(2018), BOUNDS, 50, folder)
    return {name: folder / f"{name}.tif" for name in REFERENCE_LAYERS}


def test_points_say_the_truth_but_for_those_that_say_that_they_do_not(
    truth: dict[str, Path], tmp_path: Path
) -> None:
    target = tmp_path / "reference.csv"
    write_reference(truth, 2018, target)
    with target.open(newline="") as text:
        rows = [*csv.DictReader(text)]
    with rasterio.open(truth["level3"]) as raster:
        at = [(float(row["x"]), float(row["y"])) for row in rows]
        true = np.array([each[0] for each in raster.sample(at)])
    right = np.array([row["label"] == "right" for row in rows])
    said = np.array([meaning_of(row["class"])["level3"] for row in rows])
    assert len(rows) == REFERENCE_POINTS
    assert (said[right] == true[right]).all()
    assert (said[~right] != true[~right]).mean() > 0.5, "others of one level 3 are errors too"
    assert abs((~right).mean() - LABEL_ERRORS) < 3 * np.sqrt(LABEL_ERRORS / REFERENCE_POINTS)
    again = tmp_path / "again.csv"
    write_reference(truth, 2018, again)
    assert again.read_bytes() == target.read_bytes()
