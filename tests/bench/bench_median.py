"""The masked median: our sorting network against np.nanmedian and np.sort, 30 scenes, half masked.

Prints CPU seconds per million pixels of a band, and how long two threads take. Exits 1 unless the
network is at least 20 times as fast as np.nanmedian and agrees with it exactly, and two threads are
faster than one.
"""

import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lccs_inputs.facts.sensors import NDVI_STATISTICS
from lccs_inputs.imagery.composite.order_statistics import (
    Floats,
    Keys,
    pixels_at_a_time,
    summarise,
)

SCENES, PIXELS = 30, 512 * 512
TARGET_RATIO = 20


def masked_stack() -> Keys:
    """Reflectance-like keys; whole patches of 64 px are missing, as under clouds."""
    rng = np.random.default_rng(1)
    keys = rng.integers(1, 10000, (SCENES, PIXELS)).astype(np.uint16)
    keys *= np.repeat(rng.random((SCENES, PIXELS // 64)) < 0.5, 64, axis=1)
    return keys


def by_nanmedian(keys: Keys) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        median: Floats = np.nanmedian(np.where(keys == 0, np.nan, keys), axis=0)
    return median


def by_full_sort(keys: Keys) -> Floats:
    ordered = np.sort(keys - np.uint16(1), axis=0)
    last = np.maximum(np.count_nonzero(keys, axis=0) - 1, 0)
    low, high = (np.take_along_axis(ordered, at[None], 0)[0] for at in (last // 2, (last + 1) // 2))
    median = (low.astype(np.float64) + high) / 2 + 1
    median[~keys.any(axis=0)] = np.nan
    return median


def seconds(action: Callable[[], Floats], repeats: int) -> tuple[float, Floats]:
    """Best CPU time of a few runs, per million pixels, and the last result."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        result = action()
        times.append(time.process_time() - started)
    return min(times) * 1e6 / PIXELS, result


def wall(keys: Keys, threads: int) -> float:
    """Best seconds of a few runs of so many threads, as a block is summarised."""
    step, times = pixels_at_a_time(len(keys)), []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(5):
            started = time.perf_counter()
            slabs = (keys[:, start : start + step] for start in range(0, keys.shape[1], step))
            list(pool.map(lambda slab: summarise(list(slab), ["median"], slab.shape[1]), slabs))
            times.append(time.perf_counter() - started)
    return min(times)


def main() -> int:
    keys = masked_stack()
    usual, expected = seconds(lambda: by_nanmedian(keys), 1)
    rows = [("np.nanmedian", usual, expected)]
    rows.append(("np.sort along scenes", *seconds(lambda: by_full_sort(keys), 3)))
    rows.append(
        ("sorting network", *seconds(lambda: summarise(list(keys), ["median"], PIXELS)[0], 5))
    )
    everything, _ = seconds(lambda: summarise(list(keys), NDVI_STATISTICS, PIXELS), 3)
    print(f"masked median of {SCENES} scenes     CPU-s/Mpx   times as fast")
    for name, cost, result in rows:
        exact = "" if np.array_equal(result, expected, equal_nan=True) else "   DIFFERS"
        print(f"{name:30} {cost:10.3f} {usual / cost:15.1f}{exact}")
    print(f"{'network, all 9 statistics':30} {everything:10.3f}")
    wide = np.tile(keys, 16)
    of_two = wall(wide, 2) / wall(wide, 1)
    print(f"{'network, 2 threads against 1':30} {of_two:10.2f} of the seconds")
    ours, median = rows[-1][1:]
    agrees = np.array_equal(median, expected, equal_nan=True)
    return 0 if agrees and usual / ours >= TARGET_RATIO and of_two < 1 else 1


if __name__ == "__main__":
    sys.exit(main())
