"""Reading rasters: a bounded GDAL cache, exact grids, windows of an area."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from math import ceil, floor
from pathlib import Path
from typing import Any, Self

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.errors import SourceError
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid

WINDOW = 2048
"""Side of the squares that an area is worked on in, px; whole tiles of our rasters."""


_CACHE_BYTES = 32 * 2**20  # holds what a window needs; GDAL's own is 5 % of RAM, for each process


ONE_THREAD: Mapping[str, str] = {"GDAL_NUM_THREADS": "1"}
"""GDAL decodes JPEG 2000 in threads of its own, where an error is lost: what a file that was cut
short no longer has would be 0, as if nothing had been seen there."""


def gdal_env(**options: Any) -> rasterio.Env:
    """A GDAL environment with a bounded block cache, for every job that touches a raster."""
    return rasterio.Env(**{"GDAL_CACHEMAX": _CACHE_BYTES, **ONE_THREAD, **options})


def verify_readable(path: Path, threads: int = 1) -> None:
    """Decode every block once: GDAL can report a failed write only by leaving a short file.

    Raises:
        rasterio.errors.RasterioIOError: a block cannot be read back.
    """

    def verify(nth: int) -> None:
        with rasterio.open(path) as raster:
            for _, window in islice(raster.block_windows(1), nth, None, threads):
                raster.read(window=window)  # all bands: a block may hold the pixels of all

    def verify_apart(nth: int) -> None:
        with gdal_env():  # of a thread
            verify(nth)

    if threads == 1:  # by itself it has no memory of its own, and the cache that its caller chose
        verify(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(verify_apart, range(threads)))


def area_windows(area: Area, task: str) -> Iterator[tuple[Window, NDArray[np.bool_]]]:
    """The windows that work on an area streams over, each with the mask of the area within it.

    They are squares of 2048 px from the first pixel on, and so are whole tiles of our rasters,
    each of which is decoded and encoded once; those that hold no pixel of the area are left out.
    Writers start from nodata, so that what is left out stays so.

    Args:
        task: what the progress bar is named.
    """
    windows = list(tiled(area.grid.shape, WINDOW))
    for window in tqdm(windows, desc=task, unit="window", mininterval=1):
        inside = area.mask(area.grid.window(window))
        if inside.any():
            yield window, inside


def whole_pixels(window: Window) -> Window:
    """The pixels that a window touches."""
    (top, bottom), (left, right) = window.toranges()
    return Window.from_slices((floor(top), ceil(bottom)), (floor(left), ceil(right)))


def tiled(shape: tuple[int, int], side: int) -> Iterator[Window]:
    """The windows of `side` px squares that tile a raster, north to south, west to east."""
    height, width = shape
    for row in range(0, height, side):
        for col in range(0, width, side):
            yield Window(col, row, min(side, width - col), min(side, height - row))


def padded(window: Window, margin: int, grid: Grid) -> Window:
    """A window with `margin` more px on each side, as far as the grid goes."""
    left, top = max(0, window.col_off - margin), max(0, window.row_off - margin)
    right = min(grid.width, window.col_off + window.width + margin)
    bottom = min(grid.height, window.row_off + window.height + margin)
    return Window(left, top, right - left, bottom - top)


def open_on_grid(path: Path, grid: Grid) -> rasterio.DatasetReader:
    """Open a raster that must lie exactly on `grid`.

    Raises:
        SourceError: it cannot be opened, or its size, origin or pixel size differ.
    """
    try:
        raster = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise SourceError(f"{path}: cannot be opened as a raster ({error})") from error
    if is_on_grid(raster, grid):
        return raster
    found = grid_text(raster.shape, raster.transform)
    raster.close()
    expected = grid_text(grid.shape, grid.transform)
    raise SourceError(f"{path}: is {found}, not on the grid of the area ({expected})")


def is_on_grid(raster: rasterio.DatasetReader, grid: Grid) -> bool:
    """Whether a raster has exactly the size, origin and pixel size of `grid`.

    A transform written to a file keeps its digits: a millionth of a pixel is a difference.
    """
    tolerance = 1e-6 * min(grid.pixel)
    return bool(
        raster.shape == grid.shape and raster.transform.almost_equals(grid.transform, tolerance)
    )


def grid_text(shape: tuple[int, int], transform: Affine) -> str:
    """A pixel lattice in words: its size, origin and pixel size."""
    pixel = f"{transform.a:.10g} × {-transform.e:.10g}"
    return f"{shape[1]} × {shape[0]} px of {pixel} from ({transform.c:.10g}, {transform.f:.10g})"


def read_masked(
    raster: rasterio.DatasetReader, band: int, window: Window
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Read one band window as (stored values, valid), by comparison with the declared nodata."""
    values = raster.read(band, window=window)
    return values, is_valid(values, raster.nodatavals[band - 1])


def is_valid(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Where stored values are not the declared nodata."""
    if nodata is None:
        return np.ones(values.shape, bool)
    is_whole = values.dtype.kind in "iu" and float(nodata).is_integer()
    valid: NDArray[np.bool_] = values != (int(nodata) if is_whole else nodata)  # in their own type
    return valid


class OpenedOnGrid:
    """A context manager over rasters by name.

    Raises:
        SourceError: a file cannot be opened or is not exactly on `grid`.
    """

    def __init__(self, paths: Mapping[str, Path], grid: Grid) -> None:
        self._paths, self._grid = paths, grid
        self._stack = ExitStack()
        self._rasters: dict[str, rasterio.DatasetReader] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(gdal_env())
            for name, path in self._paths.items():
                self._rasters[name] = stack.enter_context(open_on_grid(path, self._grid))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._rasters.clear()
