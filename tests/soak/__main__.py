"""`make soak`: run after run, each under kills, failures of disk and network, and damage.

Every run is of a project in which each rule has work and each service is asked. It is begun again,
as a user would, until it is done, and has to end in the bytes of a run that nothing happened to.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from lccs_inputs.sample.generate import generate_sample
from small_disk import small_disk
from soak.harm import Ballast, Killer, NoNetwork
from soak.world import every_service
from workflow.harness import (
    SAMPLE_BOUNDS,
    Project,
    kill_everything,
    new_project,
    remove_stale_lock,
    start,
)  # fmt: skip

TARGETS = ("all", "report", "images", "change", "confidence", "accuracy", "zarr")
TELLING = {"report.html", "ro-crate-metadata.json", "provenance.json"}
"""Files that say when they were made, and how long that took."""
BESIDE = {"benchmarks", "logs", "checksums", "checksums.txt"}
"""What follows from the others, or from when they were made."""
_DISK = "size=2g"
_ROUNDS = 200  # more starts than a run can need, if it gets on at all


class Soak:
    """Runs of one config under one seed, and what was done to them."""

    def __init__(self, folder: Path, seed: int, config: dict[str, Any], disk: Path) -> None:
        self.folder, self.config, self.disk = folder, config, disk
        self.draw = random.Random(seed)
        self.kills, self.in_a_row, self.harm = (Counter[str]() for _ in range(3))
        self.durations: dict[str, float] = {}

    def undisturbed(self) -> dict[str, bytes]:
        project = new_project(self.folder / "undisturbed", self.config)
        project.run(*TARGETS)
        return made(project)

    def disturbed(self, name: str) -> dict[str, bytes]:
        """What a run has made in the end, however often it had to be begun.

        Raises:
            RuntimeError: it does not end, or something other than what was done to it ended it.
        """
        project = new_project(self.disk / name, self.config)
        for _ in range(_ROUNDS):
            if self._begin(project):
                return made(project)
        raise RuntimeError(f"{name} was begun {_ROUNDS} times, and is not done")

    def _begin(self, project: Project) -> bool:
        """One start, until it is killed or has ended; whether the run is done."""
        refused = remove_stale_lock(project)
        if refused.returncode:
            raise RuntimeError(refused.stderr)
        run = start(project, "--retries", "5", "--keep-going", *TARGETS)
        with Killer(run, self.draw, self.durations, self.kills, self.in_a_row):
            for failing in (NoNetwork(), Ballast(self.disk), nullcontext()):
                self._wait(run)
                with failing:
                    self.harm[type(failing).__name__] += run.poll() is None
                    self._wait(run, most=2)
        if run.poll() is None and self.draw.random() < 0.9:
            kill_everything(run)
            self.kills["whole runs"] += 1
        return run.wait() == 0

    def _wait(self, run: Any, most: float = 15) -> None:
        end = time.monotonic() + self.draw.uniform(0, most)
        while run.poll() is None and time.monotonic() < end:
            time.sleep(0.05)


def made(project: Project) -> dict[str, bytes]:
    """The results of a project, but for what tells of the run."""
    results = project.folder / "results"
    files = (path.relative_to(results) for path in results.rglob("*") if path.is_file())
    return {
        str(path): (results / path).read_bytes()
        for path in files
        if path.parts[0] not in BESIDE and path.name not in TELLING
    }


def different(expected: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    return sorted(name for name in expected | found if expected.get(name) != found.get(name))


def soak(folder: Path, seed: int, kills: int, seconds: float) -> int:
    """The exit status: 0 where all runs ended in the same bytes."""
    sample, end = folder / "sample", time.monotonic() + seconds
    generate_sample(sample, 10, 2018, bounds=SAMPLE_BOUNDS)
    with every_service(sample, folder) as config, disk_of_its_own(folder) as disk:
        tried = Soak(folder, seed, config, disk)
        expected = tried.undisturbed()
        number = wrong = 0
        with tqdm(total=kills, desc="Killing", unit="kill") as shown:
            while tried.kills.total() < kills and (not number or time.monotonic() < end):
                number += 1
                differ = different(expected, tried.disturbed(f"run{number}"))
                wrong += bool(differ)
                print(f"run {number}: {len(differ)} files differ {differ[:5]}", flush=True)
                shutil.rmtree(disk / f"run{number}")
                shown.update(tried.kills.total() - shown.n)
    tell(tried, number, wrong)
    return int(bool(wrong))


@contextmanager
def disk_of_its_own(folder: Path) -> Iterator[Path]:
    """A disk that can be filled, where one may be made; else none is."""
    with ExitStack() as mounted:
        try:
            yield mounted.enter_context(small_disk(folder / "disk", _DISK))
        except pytest.skip.Exception as reason:
            print(f"the disk is never full: {reason}")
            yield folder / "disk"


def tell(tried: Soak, runs: int, wrong: int) -> None:
    for name, count in tried.kills.most_common():
        print(f"{count:6} kills of {name}")
    print(f"{runs} runs, {tried.kills.total()} kills, {dict(tried.harm)}; {wrong} ended otherwise")


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="of jobs and of runs, at least")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="then no further run")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return soak(Path(folder), asked.seed, asked.kills, 60 * asked.minutes)


if __name__ == "__main__":
    sys.exit(main())
