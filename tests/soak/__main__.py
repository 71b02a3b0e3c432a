"""`make soak`: run after run, each under kills, failures of disk and network, and damage.

Every run is of a project in which rules have work and services are asked. It is begun again, as a
user would, until it is done, and has to end in the bytes of a run that nothing happened to.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest
from tqdm import tqdm

from small_disk import small_disk
from soak.harm import Kills
from soak.runs import Soak, different, undisturbed
from soak.world import World, worlds
from workflow.harness import REPO

_DISK = "size=600m"  # a project takes a tenth of it
_ORDER = ("services", "sample", "services", "services")  # the second has two rules
_TOO_MANY = 5  # runs that ended otherwise, after which there are no further ones


@dataclass
class Ended:
    """How many runs have, and how many of them not in the same bytes."""

    runs: int = 0
    otherwise: int = 0


def soak(tried: Soak, there: Mapping[str, World], folder: Path, minutes: float) -> Ended:
    """Run after run of each world in turn.

    Args:
        minutes: of harm, after which what was begun is let go on to its end.
    """
    expected = {name: undisturbed(there[name], folder / name) for name in set(_ORDER)}
    tried.kills.end, ended = time.monotonic() + 60 * minutes, Ended()
    for name in cycle(_ORDER):
        ended.runs += 1
        project = tried.disk / f"{name}{ended.runs}"
        fault = _fault(tried, there[name], project, expected[name])
        if fault:
            ended.otherwise += 1
            fault += f"; kept: {shutil.move(project, tempfile.mkdtemp(prefix='soak-kept-'))}"
        shutil.rmtree(project, ignore_errors=True)
        tqdm.write(f"{tried.kills.of.total():5} {project.name}: {fault or 'the same bytes'}")
        if tried.kills.over or ended.otherwise == _TOO_MANY:
            break
    return ended


def _fault(tried: Soak, world: World, project: Path, expected: Mapping[str, bytes]) -> str:
    """What is wrong with the end of a run; "" if it ended in the expected bytes."""
    try:
        differ = different(expected, tried.disturbed(world, project))
    except RuntimeError as error:
        return str(error)
    return f"{len(differ)} files differ: {differ[:5]}" if differ else ""


@contextmanager
def disk_of_its_own(folder: Path) -> Iterator[Path]:
    """A disk that can be filled, where one may be made; else none is."""
    with ExitStack() as mounted:
        try:
            yield mounted.enter_context(small_disk(folder / "disk", _DISK))
        except pytest.skip.Exception as reason:
            print(f"the disk is never full: {reason}")
            yield folder / "disk"


def tell(tried: Soak, ended: Ended) -> None:
    """What was done, by rule and kind, and what was never killed."""
    for name, count in [*tried.kills.of.most_common(), *tried.harm.most_common()]:
        print(f"{count:6} {name}")
    rules = {script.stem for script in (REPO / "scripts").glob("*.py")}
    print(f"never killed: {', '.join(sorted(rules - tried.kills.of.keys())) or 'no rule'}")
    print(f"{ended.runs} runs, {tried.kills.of.total()} kills; {ended.otherwise} ended otherwise")


def main() -> int:
    """The exit status: 0 where all runs ended in the same bytes."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="of jobs and of runs, at least")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of harm, at most")
    parser.add_argument("--seed", type=int, required=True)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as name,
        tqdm(total=asked.kills, desc="Killing", unit="kill", mininterval=5) as shown,
        worlds(folder := Path(name)) as there,
        disk_of_its_own(folder) as disk,
    ):
        tried = Soak(draw, disk, Kills(asked.kills, shown))
        ended = soak(tried, there, folder, asked.minutes)
    tell(tried, ended)
    return int(bool(ended.otherwise))


if __name__ == "__main__":
    sys.exit(main())
