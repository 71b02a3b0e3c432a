"""The tables of accuracy: JSON with all of it, CSV of maps, of classes, of matrices, of errors."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lccs_inputs.accuracy.assess import Assessment
from lccs_inputs.layers.tables import csv_text
from lccs_inputs.reference.data import Points

OVERALL_COLUMNS = (
    "source", "target", "title", "method", "points",
    "overall", "overall_error", "overall_half", "overall_low", "overall_high",
)  # fmt: skip
CLASS_COLUMNS = (
    "source", "target", "code", "name", "map_points", "reference_points",
    "users", "users_error", "users_half", "users_low", "users_high",
    "producers", "producers_error", "producers_half", "producers_low", "producers_high", "f1",
    "mapped_ha", "area_ha", "area_error_ha", "area_half_ha", "area_low_ha", "area_high_ha",
)  # fmt: skip
"""`half` is the plus-minus of 95 %, `error` a standard error, `low` to `high` the interval."""
MATRIX_COLUMNS = ("source", "target", "map", "reference", "points", "share")

_DIGITS = 6


def document(
    found: Sequence[Assessment], points: Mapping[str, Points], *, synthetic: bool
) -> dict[str, Any]:
    """All that is told of accuracy, as plain values.

    `references` has the points of each by what became of them, and `assessments`, for each of these
    and each map: `method`, `overall`, `classes` as in the table of them, `matrix` in points and in
    shares of the area (rows are the map's), `confusions`, the most of the area first, `read_as`,
    the codes that are read as what they are part of, `notes`.
    """
    return {
        "synthetic": synthetic,
        "references": {
            name: {"points": dict(each.counts), "notes": list(each.notes)}
            for name, each in points.items()
        },
        "assessments": [_assessment(each) for each in found],
    }


def text_of(told: Mapping[str, Any]) -> str:
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _assessment(found: Assessment) -> dict[str, Any]:
    overall = found.matrix.overall
    return {
        "source": found.source,
        "target": found.target,
        "title": found.descriptor.title,
        "method": found.method,
        "points": found.points,
        "without_map": found.without_map,
        "hectares": _number(found.hectares * found.matrix.shares.sum(), 4),
        "overall": {
            "value": _number(overall.value),
            "error": _number(overall.error),
            "half": _number(overall.half),
            "low": _number(overall.low),
            "high": _number(overall.high),
        },
        "classes": [
            dict(zip(CLASS_COLUMNS[2:], row[2:], strict=True)) for row in class_rows(found)
        ],
        "matrix": {
            "codes": list(found.codes),
            "points": found.counts.tolist(),
            "shares": [[_number(cell) for cell in row] for row in found.matrix.shares.tolist()],
        },
        "confusions": [
            {"map": mapped, "reference": true, "share": _number(share), "points": count}
            for mapped, true, share, count in found.confusions
        ],
        "read_as": {str(part): code for part, code in found.whole.items()},
        "notes": list(found.notes),
    }


def overall_table(found: Sequence[Assessment], *, synthetic: bool) -> str:
    """A line for each map: what is right of all."""
    return table(OVERALL_COLUMNS, map(_overall_row, found), synthetic=synthetic)


def _overall_row(found: Assessment) -> tuple[Any, ...]:
    overall = found.matrix.overall
    figures = overall.value, overall.error, overall.half, overall.low, overall.high
    said = found.descriptor.title, found.method, found.points
    return *_names(found), *said, *map(_number, figures)


def class_table(found: Sequence[Assessment], *, synthetic: bool) -> str:
    """A line for each class of each map."""
    rows = [row for each in found for row in class_rows(each)]
    return table(CLASS_COLUMNS, rows, synthetic=synthetic)


def class_rows(found: Assessment) -> Iterator[tuple[Any, ...]]:
    """The cells of each class, in the order of `CLASS_COLUMNS`; None where there is no figure."""
    matrix, areas, counts = found.matrix, found.areas, found.counts
    users, producers = matrix.users, matrix.producers
    for at, code in enumerate(found.codes):
        accuracies = (
            users.value, users.error, users.half, users.low, users.high,
            producers.value, producers.error, producers.half, producers.low, producers.high,
            matrix.f1,
        )  # fmt: skip
        ground = (areas.value, areas.error, areas.half, areas.low, areas.high)
        yield (
            found.source, found.target, code, found.name_of(code),
            int(counts[at].sum()), int(counts[:, at].sum()),
            *(_number(each[at]) for each in accuracies),
            _number(found.mapped[at], 4), *(_number(each[at], 4) for each in ground),
        )  # fmt: skip


def matrix_table(found: Sequence[Assessment], *, synthetic: bool) -> str:
    """A line for each pair of classes that points are of: points, and the share of the area."""
    rows = [
        (*_names(each), each.codes[i], each.codes[j], int(count), _number(each.matrix.shares[i, j]))
        for each in found
        for (i, j), count in np.ndenumerate(each.counts)
        if count
    ]
    return table(MATRIX_COLUMNS, rows, synthetic=synthetic)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, synthetic: bool) -> str:
    """A table as CSV; of what is made up, a last column says so."""
    if not synthetic:
        return csv_text(columns, rows)
    return csv_text([*columns, "note"], ([*row, "synthetic"] for row in rows))


def _names(found: Assessment) -> tuple[str, str]:
    return found.source, found.target


def _number(value: Any, digits: int = _DIGITS) -> float | None:
    return round(float(value), digits) if math.isfinite(float(value)) else None
