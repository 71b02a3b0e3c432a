"""Which errors of level 3 confidence finds, and how right it is about itself: docs/confidence.md.

The whole sample at 20 m, as the default config maps it, of ten seeds (or as many as the first
argument says). Exits 1 where a target of docs/confidence.md is missed.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from lccs_inputs.confidence.reliability import (
    Calibration,
    curve,
    flagged_for,
    found,
    reliability_error,
)
from workflow.harness import new_project

SEEDS = range(2018, 2028)
FLAGGED, FOUND = 0.067, 0.729
"""What plain agreement flags, and which share of the errors that holds."""
MOST = 0.02
POINTS = 2000


class Map:
    """Level 3 of a seed: scores, and whether they are right, of all pixels that are known."""

    def __init__(self, folder: Path, seed: int) -> None:
        project = new_project(folder, {"sample": {"resolution": 20, "seed": seed}})
        project.run("confidence", "stack")
        period, sample = (
            folder / "results" / part for part in ("evian/periods/2018", "sample_data")
        )
        truth, level3, score = map(_read, (
            sample / "truth/level3.tif", period / "stack/level3.tif",
            period / "confidence/level3.tif",
        ))  # fmt: skip
        known = (level3 != 255) & (truth != 255)
        self.seed, self.steps = seed, score[known]
        self.right = (level3 == truth)[known]

    @property
    def score(self) -> NDArray[np.float64]:
        return self.steps / 100


def _read(path: Path) -> NDArray[Any]:
    with rasterio.open(path) as raster:
        codes: NDArray[Any] = raster.read(1)
        return codes


def rows(maps: list[Map]) -> Iterator[tuple[str, ...]]:
    """Of each seed: errors, found, lift, flagged, reliability, and once calibrated elsewhere."""
    random = np.random.default_rng(0)
    for one, other in zip(maps, [*maps[1:], maps[0]], strict=True):
        at = random.choice(other.right.size, POINTS, replace=False)
        calibrated = Calibration.of(other.steps[at], other.right[at]).probability(one.steps)
        held = found(one.steps, ~one.right, FLAGGED)
        yield (
            str(one.seed),
            f"{1 - one.right.mean():.2%}",
            f"{held:.1%}",
            f"{held / FLAGGED:.1f}",
            f"{flagged_for(one.steps, ~one.right, FOUND):.1%}",
            f"{reliability_error(one.score, one.right):.2%}",
            f"{reliability_error(calibrated, one.right):.2%}",
        )


HEAD = (
    "Seed", "Errors", f"Found in {FLAGGED:.1%}", "Lift", f"Flagged for {FOUND:.1%}",
    "Reliability error", "Calibrated on another seed",
)  # fmt: skip


def main() -> int:
    seeds = SEEDS[: int(sys.argv[1])] if len(sys.argv) > 1 else SEEDS
    maps = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            maps.append(Map(Path(folder), seed))
    print(f"| {' | '.join(HEAD)} |\n|---|{'---:|' * (len(HEAD) - 1)}")
    for row in rows(maps):
        print(f"| {' | '.join(row)} |")
    score, right = (np.concatenate([getattr(each, name) for each in maps]) for name in
                    ("score", "right"))  # fmt: skip
    print("\n| Score | Mean | Right | Pixels |\n|---|---:|---:|---:|")
    for said, so, count in curve(score, right):
        print(f"| {int(said * 10) / 10:.1f} | {said:.3f} | {so:.3f} | {count} |")
    held, error = found(score, ~right, FLAGGED), reliability_error(score, right)
    print(f"\nAll: {held:.1%} found, lift {held / FLAGGED:.1f}, reliability error {error:.2%}")
    return 0 if held > FOUND and error <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
