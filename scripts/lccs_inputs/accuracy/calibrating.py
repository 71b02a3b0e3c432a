"""From scores to probabilities, by the points of reference data of a period."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.accuracy.assess import agree, silence
from lccs_inputs.accuracy.errors import of_map
from lccs_inputs.accuracy.maps import look
from lccs_inputs.confidence.reliability import (
    Calibration,
    cross_validated,
    curve,
    reliability_error,
)
from lccs_inputs.confidence.score import STEPS
from lccs_inputs.facts.lccs import LEVEL3_MAP, Descriptor
from lccs_inputs.files import write_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.reference.data import NOT_SAID, WEIGHT, Status
from lccs_inputs.reference.store import read_table

LEAST = 50
"""Points from which on a map is calibrated."""


def write_calibration(
    scores: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    points: Path,
    area: Area,
    target: Path,
    *,
    asked: str,
) -> None:
    """Write what the scores of maps are worth by reference data, as JSON.

    Of each map that `LEAST` points say enough of (`assess.silence`): how many these are, how many
    are right, the reliability error of the score as it is and of the probability (cross-validated),
    `curve` of both, and `table`, the probability by the steps of the score, 0 to 100. Points count
    by how much of the area they stand for.

    Args:
        scores: `level3` or the name of a layer → its map of confidence.
        descriptors: what each layer holds, by name.
        points: the table of points with what the maps say (`reference.store`).
        asked: fingerprint of what was asked for that table: it stands in the file, for who reads it
            with another config or with other reference data.

    Raises:
        SourceError: a map cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    codes = [each for name in scores for each in (name, of_map(name))]
    table = read_table(points, ["status", "row", "col", WEIGHT, *codes])
    used = table[table.status == Status.USED]
    told = {name for name in scores if {name, of_map(name)} <= {*used.columns}}
    scored = {name: path for name, path in scores.items() if name in told}
    rows, cols = (used[at].to_numpy(np.int64) for at in ("row", "col"))
    seen, synthetic = look(scored, rows, cols, area)
    weights = used[WEIGHT].to_numpy(np.float64)
    maps = {}
    for name, found in seen.items():
        true, mapped = (used[each].to_numpy(np.int64) for each in (name, of_map(name)))
        known = (true != NOT_SAID) & (mapped != NOT_SAID) & (found.codes != NOT_SAID)
        known &= weights > 0
        silent = silence({**descriptors, LEVEL3_MAP.name: LEVEL3_MAP}[name], (mapped, true))
        if known.sum() >= LEAST and not silent:
            right = agree(name, mapped[known], true[known])
            maps[name] = _calibrated(found.codes[known], right, weights[known])
    document = {"synthetic": synthetic, "asked": asked, "maps": maps}
    write_text(target, json.dumps(document, indent=1) + "\n")


def _calibrated(
    steps: NDArray[np.int64], right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> dict[str, Any]:
    score, held_out = steps / STEPS, cross_validated(steps, right, weights)
    return {
        "points": int(right.size),
        "right": int(right.sum()),
        "reliability_error": round(reliability_error(score, right, weights), 4),
        "reliability_error_calibrated": round(reliability_error(held_out, right, weights), 4),
        "curve": _rounded(curve(score, right, weights)),
        "curve_calibrated": _rounded(curve(held_out, right, weights)),
        "table": [round(each, 4) for each in Calibration.of(steps, right, weights).table],
    }


def _rounded(parts: Iterator[tuple[float, float, int]]) -> list[list[float]]:
    return [[round(said, 4), round(so, 4), count] for said, so, count in parts]
