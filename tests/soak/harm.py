"""What happens to a run at random moments: its jobs or all of it are killed, disk and network fail."""

import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil

from standins.loopback import network_down
from workflow.harness import kill_everything

_LOOK = 0.03  # seconds between looks at the jobs
_SCRIPT = re.compile(r"\.snakemake/scripts/tmp\w+\.(\w+)\.py$")


class Killer(threading.Thread):
    """Kills jobs of a run, each at a moment drawn from as long as such a job is known to take.

    Attributes:
        kills: of each script, in this run and those before.
    """

    def __init__(
        self, run: "subprocess.Popen[bytes]", draw: random.Random, longest: dict[str, float],
        kills: Counter[str], share: float,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True)
        self.run_, self.draw, self.longest, self.kills, self.share = run, draw, longest, kills, share
        self._end = threading.Event()
        self._due: dict[psutil.Process, tuple[str, float, float]] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()

    def run(self) -> None:
        while not self._end.wait(_LOOK):
            with suppress(psutil.Error):
                self._look()

    def _look(self) -> None:
        now = time.monotonic()
        there = dict(jobs_of(psutil.Process(self.run_.pid)))
        for process in self._due.keys() - there.keys():
            script, since, _ = self._due.pop(process)
            self.longest[script] = max(self.longest.get(script, 0.5), now - since)
        for process, script in there.items():
            if process not in self._due:
                spared = self.draw.random() >= self.share
                after = self.draw.uniform(0, self.longest.get(script, 2.0))
                self._due[process] = script, now, float("inf") if spared else now + after
            script, _, moment = self._due[process]
            if now >= moment:
                process.send_signal(signal.SIGKILL)
                del self._due[process]
                self.kills[script] += 1


def jobs_of(run: psutil.Process) -> Iterator[tuple[psutil.Process, str]]:
    """The processes below a run that are scripts of rules, with the names of the scripts."""
    for process in run.children(recursive=True):
        with suppress(psutil.Error):
            for word in process.cmdline():
                if found := _SCRIPT.search(word):
                    yield process, found[1]


class Ballast:
    """A file that fills a disk while it is entered."""

    def __init__(self, disk: Path) -> None:
        self.file = disk / "ballast"

    def __enter__(self) -> None:
        with suppress(OSError), self.file.open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(2**20))

    def __exit__(self, *_: object) -> None:
        self.file.unlink(missing_ok=True)


class NoNetwork:
    """No stand-in answers while it is entered."""

    def __enter__(self) -> None:
        network_down.set()

    def __exit__(self, *_: object) -> None:
        network_down.clear()


def damage(file: Path, draw: random.Random) -> str:
    """Change bytes of a file, or cut it short, its time kept or not; what was done."""
    content = bytearray(file.read_bytes())
    kind = draw.choice(["emptied", "cut short", "one bit changed"])
    if kind == "one bit changed":
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    else:
        del content[0 if kind == "emptied" else draw.randrange(len(content)) :]
    file.write_bytes(content)
    return kind
