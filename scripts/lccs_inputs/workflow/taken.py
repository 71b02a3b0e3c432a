"""What jobs took: the files that Snakemake keeps of their time, and what they note beside."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lccs_inputs.files import intact
from lccs_inputs.traffic import Traffic


@dataclass(frozen=True)
class Taken:
    """What a job took the last time it ran.

    Attributes:
        made: what it made, where a rule has several jobs in a place; "" otherwise.
        traffic: over the network; None where it is not noted.
    """

    rule: str
    made: str
    seconds: float
    traffic: Traffic | None


def jobs_of(results: Path, rules: Iterable[str], *names: str) -> Iterator[Taken]:
    """The jobs of a place, as far as something is kept of them.

    Args:
        results: the folder of all results.
        names: what tells the place: area and period, or area, source and edition.
    """
    place = ".".join(names)
    for rule in rules:
        for file in sorted((results / "benchmarks" / rule).glob("*.tsv")):
            if file.stem == place or file.stem.startswith(f"{place}."):
                made = file.stem.removeprefix(place).removeprefix(".")
                yield Taken(rule, made, _seconds(file), _traffic(file.with_suffix(".json")))


def _seconds(file: Path) -> float:
    with file.open(newline="") as text:
        return sum(float(row["s"]) for row in csv.DictReader(text, delimiter="\t"))


def _traffic(file: Path) -> Traffic | None:
    if not file.exists():
        return None
    with intact(file):
        return Traffic(**json.loads(file.read_bytes()))
