"""What benches share: the cost of a call, and rows that say ours, what it is set against, targets.

Rows are those of a Markdown table, as docs/benchmarks.md holds them.
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import psutil

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """Of a call in a process of its own: CPU and wall seconds, and the most memory, MiB."""

    cpu: float
    wall: float
    peak: float


def alone(function: Callable[..., Result], *arguments: Any) -> Result:
    """What a function gives, in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def cost(action: Callable[..., None], *arguments: Any) -> Cost:
    """The cost of a call, in a process of its own."""
    return alone(_measured, action, *arguments)


def _measured(action: Callable[..., None], *arguments: Any) -> Cost:
    wall, cpu = time.monotonic(), time.process_time()
    action(*arguments)
    return Cost(time.process_time() - cpu, time.monotonic() - wall, peak_memory())


def peak_memory() -> float:
    """MiB of this process at its most."""
    status = Path(f"/proc/{psutil.Process().pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


class Figures:
    """The rows of a bench, printed as they are known."""

    def __init__(self, title: str) -> None:
        os.environ.setdefault("TQDM_DISABLE", "1")
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as jobs of the workflow have it
        self._missed: list[str] = []
        print(f"\n| {title} | Ours | Set against | Ratio | At most |\n|---|---:|---:|---:|---:|")

    def ratio(
        self, work: str, ours: Sequence[float], others: Sequence[float], limit: float, unit: str
    ) -> None:
        """A row of the medians of alternating runs; the ratio is the median of their ratios."""
        ratio = median(one / other for one, other in zip(ours, others, strict=True))
        self._row(work, f"{median(ours):.3g} {unit}", f"{median(others):.3g} {unit}", ratio, limit)

    def at_most(self, work: str, ours: float, limit: float, unit: str) -> None:
        """A row of a figure that is set against a limit alone."""
        self._row(work, f"{ours:.4g} {unit}", f"{limit:.4g} {unit}", ours / limit, 1)

    def not_measured(self, work: str, why: str) -> None:
        print(f"| {work} | not measured: {why} | | | |", flush=True)

    def end(self) -> int:
        """Say which targets were missed; 1 if any was."""
        print(f"\nmissed: {'; '.join(self._missed) or 'nothing'}", flush=True)
        return int(bool(self._missed))

    def _row(self, work: str, ours: str, others: str, ratio: float, limit: float) -> None:
        shown = f"**{ratio:.2f}**" if ratio > limit else f"{ratio:.2f}"
        print(f"| {work} | {ours} | {others} | {shown} | {limit:g} |", flush=True)
        if ratio > limit:
            self._missed.append(work)
