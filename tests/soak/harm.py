"""What happens to a run at random moments: kills, a full disk, no network."""

import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Never, Self

import psutil
from tqdm import tqdm

from standins.loopback import network_down

WHOLE = "whole runs"
_LOOK = 0.05  # seconds between looks at the jobs
_IN_A_ROW = 3  # kills of a script, after which one job of it is let live
_SCRIPT = re.compile(r"\.snakemake/scripts/tmp\w+\.(\w+)\.py$")


class Kills:
    """How many there were, and when there are enough.

    Attributes:
        end: of all harm, by the monotonic clock.
        of: each script, and whole runs.
        in_a_row: those of a script since a job of it was let live.
        durations: seconds that a job of each script may take: those of the last that was let live.
    """

    def __init__(self, most: int, shown: "tqdm[Never]") -> None:
        self.end = float("inf")
        self.of, self.in_a_row = Counter[str](), Counter[str]()
        self.durations: dict[str, float] = {}
        self._most, self._shown = most, shown

    @property
    def over(self) -> bool:
        return self.of.total() >= self._most or time.monotonic() > self.end

    def count(self, name: str) -> None:
        self.of[name] += 1
        self._shown.update()


@dataclass(eq=False)
class Killer(threading.Thread):
    """Kills jobs of a run while it is entered, each at a moment within the time it may take."""

    family: "subprocess.Popen[bytes]"
    draw: random.Random
    kills: Kills

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._end = threading.Event()
        self._met: dict[psutil.Process, _Job | None] = {}  # None of one that was killed

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()

    def run(self) -> None:
        while not self._end.wait(_LOOK):
            with suppress(psutil.Error):
                self._look(time.monotonic())

    def _look(self, now: float) -> None:
        there = dict(jobs_of(psutil.Process(self.family.pid)))
        for process in self._met.keys() - there.keys():
            if job := self._met.pop(process):
                self.kills.durations[job.script] = now - job.since
                self.kills.in_a_row[job.script] = 0
        for process, script in there.items():
            if process not in self._met:
                self._met[process] = _Job(script, now, now + self._moment(script))
            if (job := self._met[process]) and now >= job.due and not self.kills.over:
                process.send_signal(signal.SIGKILL)
                self._met[process] = None
                self.kills.in_a_row[script] += 1
                self.kills.count(script)

    def _moment(self, script: str) -> float:
        """Seconds from its beginning to the kill of a job: most likely while it writes."""
        if self.kills.in_a_row[script] == _IN_A_ROW:
            return float("inf")
        return self.draw.triangular(0, 1.3, 0.9) * self.kills.durations.setdefault(script, 1.0)


@dataclass(frozen=True)
class _Job:
    """When it began, and when it is to be killed if it is still there."""

    script: str
    since: float
    due: float


def jobs_of(run: psutil.Process) -> Iterator[tuple[psutil.Process, str]]:
    """The processes below a run that are scripts of rules, with the names of the scripts."""
    for process in run.children(recursive=True):
        with suppress(psutil.Error):
            words = process.cmdline()  # of none that has ended; of a shell, the same last word
            if words and "python" in words[0] and (found := _SCRIPT.search(words[-1])):
                yield process, found[1]


class Ballast:
    """A file that fills a disk in memory while it is entered; nothing on another disk."""

    def __init__(self, disk: Path) -> None:
        self.file = disk / "ballast"

    def __enter__(self) -> None:
        with suppress(OSError), self.file.open("wb", buffering=0) as ballast:
            while self.file.parent.is_mount():
                ballast.write(bytes(2**20))

    def __exit__(self, *_: object) -> None:
        self.file.unlink(missing_ok=True)


class NoNetwork:
    """No stand-in answers while it is entered."""

    def __enter__(self) -> None:
        network_down.set()

    def __exit__(self, *_: object) -> None:
        network_down.clear()
