"""Composing a block from 12, 30, 75, 150 and 300 scenes in two UTM zones: CPU and memory.

CPU seconds, the medians of alternating runs, each in a process of its own, set against
- reading each native block once, in one thread, and the statistics alone;
- the six bands alone, for expressions over observations;
- the usual way: odc-stac, xarray and dask. Loading is measured on the same block and twelve scenes,
  for it is linear in them; its statistics on a corner of 512 × 512 px.

Six scenes are made, and stand in turn for as many as are asked for.
"""

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from composite_inputs import compose, make_scenes, mpx, read_once, repeated
from figures import Cost, Figures, alone, cost
from usual_way import MISSING, loading, summarising

from lccs_inputs.facts.sensors import CLEAR_COUNT, NDVI_STATISTICS, OPTICAL_BANDS
from lccs_inputs.imagery.composite.order_statistics import summarise
from lccs_inputs.imagery.scenes import Scene

SIDE, DEFAULT_SIDE, CORNER, FEW = 2048, 4096, 512, 12
ROUNDS = {FEW: 3, 30: 3, 75: 2, 150: 1}
"""How often each number of scenes is composed."""
PEAKS = {FEW: DEFAULT_SIDE, 30: DEFAULT_SIDE, 75: DEFAULT_SIDE, 300: SIDE}
"""The side of the block in which the memory of each number of scenes is measured."""
WET = "(max(green, 0) - max(nir, 0)) / (max(green, 0) + max(nir, 0)) > 0"
ALONE = (*OPTICAL_BANDS, CLEAR_COUNT)
MORE = (*OPTICAL_BANDS, f"months({WET})", f"share({WET})", CLEAR_COUNT)
SWITZERLAND = 35_000 * 22_000 / 1e6  # Mpx
STATISTIC_PIXELS = 2**18


def statistics_cost(count: int) -> float:
    """CPU-s/Mpx of the medians of six bands and all statistics of NDVI, from observations."""
    rng = np.random.default_rng(1)
    keys = rng.integers(1, 10000, (count, STATISTIC_PIXELS), np.uint16)
    keys[rng.random(keys.shape, np.float32) < 0.5] = 0
    started = time.process_time()
    for _ in OPTICAL_BANDS:
        summarise(list(keys), ["median"], STATISTIC_PIXELS)
    summarise(list(keys), NDVI_STATISTICS, STATISTIC_PIXELS)
    return (time.process_time() - started) / STATISTIC_PIXELS * 1e6


def against_reading_once(figures: Figures, made: Sequence[Scene], target: Path) -> dict[int, float]:
    """CPU-s/Mpx of each number of scenes: the median of its runs."""
    ours, floors = defaultdict[int, list[float]](list), defaultdict[int, list[float]](list)
    for turn in range(max(ROUNDS.values())):
        once = cost(read_once, repeated(made, FEW), SIDE).cpu / mpx(SIDE) / FEW
        for count, rounds in ROUNDS.items():
            if turn < rounds:
                spent = cost(compose, repeated(made, count), SIDE, target)
                ours[count].append(spent.cpu / mpx(SIDE))
                floors[count].append(1.5 * once * count + alone(statistics_cost, count))
    for count in ROUNDS:
        work = f"{count} scenes, against 1.5 × reading once + statistics"
        figures.ratio(work, ours[count], floors[count], 1, "CPU-s/Mpx")
    for count in [count for count in ROUNDS if count != FEW]:
        each = [spent / count for spent in ours[count]]
        few = [spent / FEW for spent in ours[FEW][: len(each)]]
        figures.ratio(
            f"a scene of {count}, against one of {FEW}", each, few, 1.15, "CPU-s/(scene·Mpx)"
        )
    return {count: float(np.median(spent)) for count, spent in ours.items()}


def against_usual_way(figures: Figures, made: Sequence[Scene], ours: dict[int, float]) -> None:
    counts = [count for count in ROUNDS if count <= 75]
    if MISSING:
        for count in counts:
            figures.not_measured(f"{count} scenes, against odc-stac, xarray and dask", MISSING)
        return
    loaded = alone(loading, repeated(made, FEW), SIDE) / mpx(SIDE) / FEW
    for count in counts:
        summarised = alone(summarising, repeated(made, count), CORNER) / mpx(CORNER)
        usual = loaded * count + summarised
        work = f"{count} scenes, against odc-stac, xarray and dask"
        figures.ratio(work, [ours[count]], [usual], 0.1, "CPU-s/Mpx")


def over_observations(figures: Figures, made: Sequence[Scene], target: Path) -> None:
    """What share and months of an index add to the six bands alone."""
    scenes = repeated(made, 30)
    costs = [
        [
            cost(compose, scenes, SIDE, target, 1, 8, bands).cpu / mpx(SIDE)
            for bands in (MORE, ALONE)
        ]
        for _ in range(ROUNDS[30])
    ]
    ours, alone_costs = zip(*costs, strict=True)
    work = "30 scenes with share and months of NDWI, against without"
    figures.ratio(work, ours, alone_costs, 1.5, "CPU-s/Mpx")


def peaks(figures: Figures, made: Sequence[Scene], target: Path) -> dict[int, Cost]:
    """Peak memory with two threads, as a job of the workflow has."""
    costs = {
        count: cost(compose, repeated(made, count), side, target, 2)
        for count, side in PEAKS.items()
    }
    for count, side in PEAKS.items():
        work = f"peak memory, {count} scenes, block of {side}², 2 threads"
        figures.at_most(work, costs[count].peak / 1024, 1.0, "GiB")
    return costs


def main() -> int:
    figures = Figures(f"Composing, block of {SIDE}², local")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = make_scenes(folder, DEFAULT_SIDE)
        ours = against_reading_once(figures, made, folder / "block.tif")
        against_usual_way(figures, made, ours)
        over_observations(figures, made, folder / "block.tif")
        large = peaks(figures, made, folder / "block.tif")
        spent = large[30].cpu / mpx(DEFAULT_SIDE)
        figures.ratio(
            f"30 scenes, block of {DEFAULT_SIDE}², against {SIDE}²",
            [spent], [ours[30]], 1.15, "CPU-s/Mpx",
        )  # fmt: skip
        figures.at_most(
            f"Switzerland, 30 scenes, by blocks of {DEFAULT_SIDE}²",
            spent * SWITZERLAND, 3000, "CPU-s",
        )  # fmt: skip
        return figures.end()


if __name__ == "__main__":
    sys.exit(main())
