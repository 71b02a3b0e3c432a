"""Why maps say what they say at points of reference data."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from lccs_inputs.explain.answer import PixelAnswer
from lccs_inputs.explain.level3 import layers_of
from lccs_inputs.explain.places import Spot
from lccs_inputs.explain.text import text_of
from lccs_inputs.facts.lccs import LEVEL3_MAP
from lccs_inputs.files import write_text

MOST = 100
"""Points of a confusion that are explained, the first of the table of errors."""
MOST_IN_ALL = 2000
"""Points that are explained of a table: where confusions are many, the fewer of each."""
_CONFUSION = ["source", "target", "map", "reference"]
"""What lines of a table have that are of one confusion."""

_TYPES = defaultdict[str, str](
    lambda: "str", map="int64", reference="int64", row="int64", col="int64",
    lon="float64", lat="float64", x="float64", y="float64", mixed="bool",
)  # fmt: skip
"""Of the columns of a table."""

Row = Mapping[str, Any]
Explains = Callable[[Sequence[Spot], Sequence[Collection[str]]], Iterator[PixelAnswer]]


def explain_points(tables: Mapping[Path, Path], explains: Explains) -> None:
    """Write lines of tables of points, each with the explanation of its pixel, as JSON.

    `lines` are the first of each confusion: `MOST` of them, or as many as leave `MOST_IN_ALL` of
    the table. In each, `text` is for people, as `explain.text` has it, `answer` for programs.
    `points` says how many the table has, `explained` how many of them are here, and `left_out` the
    confusions of which some are not, with the same two of each.

    Args:
        tables: `errors.csv` and `right.csv`, each → where its lines go.
        explains: what is told of pixels, in their order, of some maps each.

    Raises:
        SourceError: a pixel cannot be explained.
        InputError: a file could not be written whole.
    """
    told = {table: _chosen(table) for table in tables}
    maps: dict[Spot, set[str]] = {}
    for _, rows in told.values():
        for row in rows:
            maps.setdefault(_spot(row), set()).add(row["target"])
    spots = sorted(maps, key=lambda spot: (spot.row, spot.column))
    answers = dict(zip(spots, explains(spots, [maps[spot] for spot in spots]), strict=True))
    for table, target in tables.items():
        counts, rows = told[table]
        lines = ({**row, **_said(answers[_spot(row)], row["target"])} for row in rows)
        write_text(target, _document(counts, lines))


def _document(counts: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> str:
    """As JSON, a line of the file for each of the table: so it is written fast."""
    head = json.dumps(counts, ensure_ascii=False)
    said = ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    return f'{head[:-1]}, "lines": [\n{said}\n]}}\n'


def _chosen(table: Path) -> tuple[dict[str, Any], list[Row]]:
    """How many points of a table are explained, and the first lines of each confusion."""
    points = pd.read_csv(table, dtype=_TYPES, keep_default_na=False)
    confusions = points.groupby(_CONFUSION, sort=False)
    counts = confusions.size()
    most = next(
        each for each in range(MOST, 0, -1)
        if each == 1 or counts.clip(upper=each).sum() <= MOST_IN_ALL
    )  # fmt: skip
    first = points[confusions.cumcount() < most]
    rows: list[Row] = first.to_dict("records")  # type: ignore[assignment]
    left_out = counts[counts > most].rename("points").reset_index().assign(explained=most)
    told = {"points": len(points), "explained": len(rows)}
    return {**told, "left_out": left_out.to_dict("records")}, rows


def _spot(row: Row) -> Spot:
    return Spot(row["row"], row["col"])


def _said(answer: PixelAnswer, target: str) -> dict[str, Any]:
    """What is told of a pixel that has to do with one map."""
    wanted = layers_of(target)
    about = replace(
        answer,
        layers=tuple(each for each in answer.layers if each.layer in wanted),
        level3=answer.level3 if target == LEVEL3_MAP.name else None,
    )
    return {"text": text_of(about), "answer": about.to_dict()}
