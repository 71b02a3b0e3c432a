"""Small patches of a noisy landscape, from file to file, at two sizes: time, memory, equality.

GDAL's sieve over the whole raster, in memory, is set beside it. Exits 1 unless both give the
same pixels, or if four times the area takes more than 1.3 times the memory.
"""

import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil
import rasterio
from rasterio.features import sieve
from scipy.ndimage import gaussian_filter

from lccs_inputs.patches.limits import PatchLimits
from lccs_inputs.patches.sieve import remove_patches
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.rasters.writing import create_raster

PIECE, SIDES, LEAST = 2048, (4096, 8192), 25
LIMITS = PatchLimits(LEAST, LEAST, 8)
LARGEST_GROWTH = 1.3


def make(path: Path, side: int) -> None:
    """Hills in noise, in pieces that differ."""
    rng = np.random.default_rng(1)
    grid = Grid("EPSG:2154", (10, 10), (0, 0, side * 10, side * 10))
    with create_raster(path, grid, ["codes"], "uint8", 255) as raster:
        for piece in grid.pieces(PIECE):
            hills = gaussian_filter(rng.standard_normal((PIECE, PIECE), np.float32), 8)
            noise = rng.standard_normal(hills.shape, np.float32) * 0.4
            codes = (hills / hills.std() + noise > 0.3).astype(np.uint8)
            raster.write(codes, 1, window=piece.window)


def clean(source: Path, target: Path) -> tuple[float, float]:
    """(CPU seconds, peak MiB), in a process of its own."""
    started = time.process_time()
    with gdal_env(), rasterio.open(source) as raster:
        side = raster.width
        grid = Grid("EPSG:2154", (10, 10), (0, 0, side * 10, side * 10))
        with create_raster(target, grid, ["codes"], "uint8", 255) as result:
            remove_patches(
                lambda window: raster.read(1, window=window),
                lambda window, codes: result.write(codes, 1, window=window),
                raster.shape,
                LIMITS,
                task=f"{side}²",
            )
    return time.process_time() - started, peak_memory()


def clean_whole(source: Path, target: Path) -> tuple[float, float, bool]:
    """GDAL's sieve: (CPU seconds, peak MiB before looking at ours, same pixels as ours)."""
    with rasterio.open(source) as raster:
        codes = raster.read(1)
    started = time.process_time()
    sieved = sieve(codes, LEAST, mask=codes != 255, connectivity=8)
    cost = time.process_time() - started
    peak = peak_memory()
    with rasterio.open(target) as raster:
        same = bool((raster.read(1) == sieved).all())
    return cost, peak, same


def peak_memory() -> float:
    """MiB of this process at its most."""
    status = Path(f"/proc/{psutil.Process().pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def main() -> int:
    peaks, right = [], True
    print("patches below 25 px        Mpx/s   peak MiB")
    for side in SIDES:
        with tempfile.TemporaryDirectory() as name:
            source, target = Path(name) / "source.tif", Path(name) / "target.tif"
            with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
                pool.apply(make, (source, side))
                ours, peak = pool.apply(clean, (source, target))
                usual, usual_peak, same = pool.apply(clean_whole, (source, target))
        print(f"windows, {side}² px     {side**2 / 1e6 / ours:9.1f} {peak:10.0f}")
        print(f"GDAL, {side}² px        {side**2 / 1e6 / usual:9.1f} {usual_peak:10.0f}")
        peaks.append(peak)
        right = right and same
    print(f"{peaks[1] / peaks[0]:.2f} times the memory (at most {LARGEST_GROWTH})")
    return 0 if right and peaks[1] <= LARGEST_GROWTH * peaks[0] else 1


if __name__ == "__main__":
    sys.exit(main())
