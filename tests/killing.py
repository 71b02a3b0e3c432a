"""Processes that are killed at random moments, and in the end let go on."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_PATIENCE = 120.0  # seconds, for the last run
_HOME = Path(__file__).parents[1]


def run_under_kills(
    code: str, clones: Sequence[Sequence[object]], *, rounds: int, longest: float
) -> None:
    """Run some code side by side, in a Python of its own each; insist that all end well.

    In each round every process is killed, by SIGKILL, at a moment of its own; one that has ended
    by then has. Then all run once more, to their end. What the moments are drawn from is printed.

    Args:
        code: reads its arguments from `sys.argv`.
        clones: the arguments of each process.
        longest: seconds that a process lives at most before it is killed.
    """
    seed = int(os.environ.get("KILLING_SEED") or int.from_bytes(os.urandom(4)))
    print(f"KILLING_SEED={seed}")
    moments = random.Random(seed)
    for _ in range(rounds):
        jobs = [_started(code, arguments) for arguments in clones]
        passed = 0.0
        for moment, job in sorted(
            ((moments.uniform(0, longest), job) for job in jobs), key=lambda each: each[0]
        ):
            with suppress(subprocess.TimeoutExpired):
                job.wait(moment - passed)
            passed = moment
            job.kill()
        ended = {job.wait() for job in jobs}
        assert ended <= {0, -signal.SIGKILL}, (seed, ended)
    jobs = [_started(code, arguments) for arguments in clones]
    assert [job.wait(_PATIENCE) for job in jobs] == [0] * len(jobs), seed


def _started(code: str, arguments: Sequence[object]) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([str(_HOME / "scripts"), str(_HOME / "tests")])
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths})
