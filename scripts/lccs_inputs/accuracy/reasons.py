"""Why maps say what they say at points of reference data."""

import csv
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lccs_inputs.explain.answer import PixelAnswer
from lccs_inputs.explain.places import Spot
from lccs_inputs.explain.text import text_of
from lccs_inputs.facts.lccs import ARTIFICIAL_WATER, LEVEL3_INPUTS, LEVEL3_MAP
from lccs_inputs.files import write_text

MOST = 100
"""Points of a confusion that are explained, the first of the table of errors."""
MOST_IN_ALL = 2000
"""Points that are explained of a table: where confusions are many, the fewer of each."""

_log = logging.getLogger(__name__)

Explains = Callable[[Sequence[Spot]], Iterator[PixelAnswer]]


def explain_points(tables: Mapping[Path, Path], explains: Explains) -> None:
    """Write lines of tables of points, each with the explanation of its pixel, as JSON.

    `text` is for people, as `explain.text` has it, `answer` for programs. There are the first lines
    of each confusion: `MOST` of them, or as many as leave `MOST_IN_ALL` of the table.

    Args:
        tables: `errors.csv` and `right.csv`, each → where its lines go.
        explains: what is told of pixels, in their order.

    Raises:
        SourceError: a pixel cannot be explained.
        InputError: a file could not be written whole.
    """
    rows = {table: [*_first(table)] for table in tables}
    every = {_spot(row) for lines in rows.values() for row in lines}
    spots = sorted(every, key=lambda spot: (spot.row, spot.column))
    answers = dict(zip(spots, explains(spots), strict=True))
    for table, target in tables.items():
        told = [{**row, **_said(answers[_spot(row)], row["target"])} for row in rows[table]]
        write_text(target, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _first(table: Path) -> Iterator[dict[str, str]]:
    """The first lines of each confusion."""
    counts = Counter(map(_confusion, _lines(table)))
    most = next(
        each for each in range(MOST, 0, -1)
        if each == 1 or sum(min(each, count) for count in counts.values()) <= MOST_IN_ALL
    )  # fmt: skip
    if any(count > most for count in counts.values()):
        _log.info("%s: the first %d points of each confusion are explained", table, most)
    met: Counter[tuple[str, ...]] = Counter()
    for row in _lines(table):
        met[_confusion(row)] += 1
        if met[_confusion(row)] <= most:
            yield row


def _lines(table: Path) -> Iterator[dict[str, str]]:
    with table.open(newline="") as text:
        yield from csv.DictReader(text)


def _confusion(row: Mapping[str, str]) -> tuple[str, ...]:
    return row["source"], row["target"], row["map"], row["reference"]


def _spot(row: Mapping[str, str]) -> Spot:
    return Spot(int(row["row"]), int(row["col"]))


def _said(answer: PixelAnswer, target: str) -> dict[str, Any]:
    """What is told of a pixel that has to do with one map."""
    of_level3 = target == LEVEL3_MAP.name
    wanted = {*LEVEL3_INPUTS, ARTIFICIAL_WATER} if of_level3 else {target}
    about = replace(
        answer,
        layers=tuple(each for each in answer.layers if each.layer in wanted),
        level3=answer.level3 if of_level3 else None,
    )
    return {"text": text_of(about), "answer": about.to_dict()}
