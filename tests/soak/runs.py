"""A run that is harmed in every way, and begun again until it is done; what it has made."""

import random
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from subprocess import Popen

from soak.damage import flip, flip_cached, shorten, spoil_sums
from soak.harm import WHOLE, Ballast, Killer, Kills, NoNetwork
from soak.world import World
from workflow.harness import Project, kill_everything, new_project, remove_stale_lock, start

TELLING = {"report.html", "ro-crate-metadata.json", "provenance.json"}
"""Files that say when they were made, and how long that took."""
BESIDE = {"benchmarks", "logs", "checksums", "checksums.txt"}
"""What follows from the others, or from when they were made."""
_ROUNDS = 200  # more starts than a run can need, if it gets on at all


class Soak:
    """What is done to runs, under one seed.

    Attributes:
        harm: how often what was done to them, beside kills.
    """

    def __init__(self, draw: random.Random, disk: Path, kills: Kills) -> None:
        self.draw, self.disk, self.kills = draw, disk, kills
        self.harm = Counter[str]()

    def disturbed(self, world: World, folder: Path) -> dict[str, bytes]:
        """What a run has made in the end, however often it had to be begun.

        What it had made when it was done is damaged, and made anew, before that is looked at.
        """
        project = new_project(folder, world.config)
        self._finish(project, world)
        for damage in (shorten, flip, shorten, flip):
            if not self.kills.over:
                damage(project, self.draw, self.harm)
                self._finish(project, world)
        return made(project)

    def _finish(self, project: Project, world: World) -> None:
        """Begin a run, again and again, until it is done.

        Raises:
            RuntimeError: it does not end, or something other than what was done to it ended it.
        """
        for _ in range(_ROUNDS):
            if self._begin(project, world):
                return
            if not self.kills.over and self.draw.random() < 0.7:
                damage = self.draw.choice([shorten, flip, flip_cached, spoil_sums])
                damage(project, self.draw, self.harm)
        raise RuntimeError(f"it was begun {_ROUNDS} times, and is not done")

    def _begin(self, project: Project, world: World) -> bool:
        """One start, until it is killed or has ended; whether the run is done."""
        refused = remove_stale_lock(project)
        if refused.returncode:
            raise RuntimeError(refused.stderr)
        spared = self.kills.over
        run = start(project, "--cores", "4", "--retries", "5", "--keep-going", *world.targets)
        if not spared:
            self._harm(run)
        if run.wait() and spared:
            raise RuntimeError("it does not end well, though nothing more is done to it")
        return run.returncode == 0

    def _harm(self, run: "Popen[bytes]") -> None:
        """Kill its jobs, cut off network and disk for a while, and in most cases kill all of it."""
        with Killer(run, self.draw, self.kills):
            for failing in (NoNetwork(), Ballast(self.disk), nullcontext()):
                self._wait(run)
                with failing:
                    self.harm[type(failing).__name__] += run.poll() is None
                    self._wait(run, most=2)
        if run.poll() is None and not self.kills.over and self.draw.random() < 0.9:
            kill_everything(run)
            self.kills.count(WHOLE)

    def _wait(self, run: "Popen[bytes]", most: float = 15) -> None:
        end = time.monotonic() + self.draw.uniform(0, most)
        while run.poll() is None and time.monotonic() < end and not self.kills.over:
            time.sleep(0.05)


def undisturbed(world: World, folder: Path) -> dict[str, bytes]:
    """What a run makes that nothing happens to."""
    project = new_project(folder, world.config)
    project.run(*world.targets)
    return made(project)


def made(project: Project) -> dict[str, bytes]:
    """The results of a project, but for what tells of the run and what was put aside."""
    results = project.folder / "results"
    files = (path.relative_to(results) for path in results.rglob("*") if path.is_file())
    return {
        str(path): (results / path).read_bytes()
        for path in files
        if path.parts[0] not in BESIDE and path.name not in TELLING and path.suffix != ".damaged"
    }


def different(expected: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    """The names of the files that one of them lacks, or has with other bytes."""
    return sorted(name for name in expected | found if expected.get(name) != found.get(name))
