"""Why maps say what they say where reference data say something else."""

import csv
import json
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

Explains = Callable[[Sequence[Spot]], Iterator[PixelAnswer]]


def explain_errors(errors: Path, explains: Explains, target: Path) -> None:
    """Write each line of a table of errors with the explanation of its pixel, as JSON.

    `text` is for people, as `explain.text` has it, `answer` for programs; they are there of the
    first `MOST` points of each confusion.

    Args:
        errors: `errors.csv`.
        explains: what is told of pixels, in their order.

    Raises:
        SourceError: a pixel cannot be explained.
        InputError: the file could not be written whole.
    """
    rows = [*_first(errors)]
    spots = sorted({_spot(row) for row in rows}, key=lambda spot: (spot.row, spot.column))
    answers = dict(zip(spots, explains(spots), strict=True))
    told = [{**row, **_said(answers[_spot(row)], row["target"])} for row in rows]
    write_text(target, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _first(errors: Path) -> Iterator[dict[str, str]]:
    """The first lines of each confusion."""
    met: Counter[tuple[str, ...]] = Counter()
    with errors.open(newline="") as text:
        for row in csv.DictReader(text):
            pair = row["source"], row["target"], row["map"], row["reference"]
            met[pair] += 1
            if met[pair] <= MOST:
                yield row


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
