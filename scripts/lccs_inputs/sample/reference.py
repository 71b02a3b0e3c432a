"""Reference points of the sample: its truth at random places, as by somebody who errs at times."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from lccs_inputs.facts.lccs import LEVEL3
from lccs_inputs.files import write_text
from lccs_inputs.layers.tables import csv_text
from lccs_inputs.sample import LABEL_ERRORS, REFERENCE_LAYERS, REFERENCE_POINTS, YEAR

_COLUMNS = ("id", "x", "y", "date", "class", "label")


def write_reference(truth: Mapping[str, Path], seed: int, target: Path) -> None:
    """Write a simple random sample of places with their class, CSV.

    `class` is LCCS as it is written; `label` says where it is wrong on purpose, in `LABEL_ERRORS`
    of the points: one of the other classes that the sample has.

    Args:
        truth: each of `REFERENCE_LAYERS` → its raster.
        seed: of places and errors.

    Raises:
        InputError: the file could not be written whole.
    """
    rng, count = np.random.default_rng([seed, 12]), REFERENCE_POINTS
    with rasterio.open(truth[REFERENCE_LAYERS[0]]) as raster:
        corner = raster.transform
        cols, rows = (rng.uniform(0, size, count) for size in (raster.width, raster.height))
    pixels = rows.astype(np.int64), cols.astype(np.int64)
    codes = zip(*(_read(truth[name])[pixels].tolist() for name in REFERENCE_LAYERS), strict=True)
    classes = [_text(*each) for each in codes]
    wrong = rng.random(count) < LABEL_ERRORS
    met = sorted({*classes})
    lines = []
    for at, (true, errs) in enumerate(zip(classes, wrong.tolist(), strict=True)):
        others = [name for name in met if name != true]
        said = others[int(rng.integers(len(others)))] if errs else true
        x, y = corner.c + cols[at] * corner.a, corner.f + rows[at] * corner.e
        label = "wrong on purpose" if errs else "right"
        lines.append((at, f"{x:.2f}", f"{y:.2f}", YEAR, said, label))
    write_text(target, csv_text(_COLUMNS, lines))


def _read(path: Path) -> NDArray[np.uint8]:
    with rasterio.open(path) as raster:
        codes: NDArray[np.uint8] = raster.read(1)
    return codes


def _text(level3: int, life_form: int, leaf_type: int) -> str:
    """A class as LCCS writes it."""
    parts = [LEVEL3[level3].name.split()[0]]
    if life_form:
        parts += [f"A{life_form}", *([f"D{leaf_type}"] if leaf_type else [])]
    return ".".join(parts)
