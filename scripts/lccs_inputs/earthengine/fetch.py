"""Fetching the tiles of an image from Earth Engine into the cache: one request each.

Requests run concurrently in the slots of the job. What is too much for one request is asked for in
quarters; each answer is checked before it is kept.
"""

import io
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import ee
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.errors import StoppedError, TooMuchError
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.slots import Slots
from lccs_inputs.earthengine.tiles import Tile, pixel_grid
from lccs_inputs.errors import SourceError
from lccs_inputs.grid import Grid

_SPLITS = 2  # times a tile is cut in four before it is left to the batch path
_CHECKS = 3  # answers that are not what was asked for, before giving up

Values = NDArray[Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Export:
    """An image to fetch.

    Attributes:
        name: what progress and messages call it.
        image: unmasked to `nodata` and cast to `dtype` on the server, its bands as `bands`.
        request: all that decides its pixels, JSON-like: its place in the cache.
        doubt: what is wrong with the values of a tile, (bands, height, width); "" if nothing.
    """

    name: str
    image: ee.Image
    bands: Sequence[str]
    dtype: str
    nodata: float
    request: Mapping[str, Any]
    doubt: Callable[[Values], str] = lambda _: ""


class TileFetcher:
    """Fetches tiles of one export; several at a time."""

    def __init__(self, session: Session, export: Export, cache: TileCache, slots: Slots) -> None:
        self._session, self._export, self._cache, self._slots = session, export, cache, slots
        self._stop = threading.Event()

    def fetch(self, tiles: Sequence[Tile], threads: int) -> None:
        """See to it that the cache holds every tile; to be called once.

        Raises:
            SourceError: one could not be had; those that were are kept.
            InputError: the cache could not be written.
        """
        missing = [tile for tile in tiles if self._cache.read(tile.grid) is None]
        _log.info("%s: %d tiles, %d to ask for", self._export.name, len(tiles), len(missing))
        bar = tqdm(desc=self._export.name, total=len(tiles), unit="tile", mininterval=1)
        bar.update(len(tiles) - len(missing))

        def work(tile: Tile) -> None:  # without the values: results would be kept
            self._fetch(tile, _SPLITS)
            bar.update()

        with bar, ThreadPoolExecutor(max(1, min(threads, len(missing)))) as pool:
            running = [pool.submit(work, tile) for tile in missing]
            try:
                wait(running, return_when=FIRST_EXCEPTION)
            finally:  # all are done, one has failed, or the job is interrupted
                self._stop.set()
                pool.shutdown(cancel_futures=True)
        errors = [each.exception() for each in running if not each.cancelled()]
        for error in errors:
            if error is not None and not isinstance(error, StoppedError):
                raise error

    def _fetch(self, tile: Tile, splits: int) -> Values:
        """The values of a tile, which is then in the cache."""
        kept = self._cache.read(tile.grid)
        if kept is not None:
            return kept
        try:
            values = self._ask(tile)
        except TooMuchError as error:
            if not splits or max(tile.grid.shape) < 2:
                raise self._too_much(tile, str(error)) from error
            _log.warning("%s, tile %s: %s; asked for in quarters", self._export.name, tile.name,
                         error)  # fmt: skip
            values = self._in_quarters(tile, splits - 1)
        self._cache.write(tile.grid, values)
        for quarter in tile.quarters():
            self._cache.discard(quarter.grid)
        return values

    def _in_quarters(self, tile: Tile, splits: int) -> Values:
        shape = (len(self._export.bands), *tile.grid.shape)
        whole = np.full(shape, self._export.nodata, self._export.dtype)
        for quarter in tile.quarters():
            col, row = quarter.col_off - tile.col_off, quarter.row_off - tile.row_off
            height, width = quarter.grid.shape
            whole[:, row : row + height, col : col + width] = self._fetch(quarter, splits)
        return whole

    def _ask(self, tile: Tile) -> Values:
        """One request, and what is wrong with its answer; a wrong answer is asked for again."""
        doubt = ""
        for _ in range(_CHECKS):
            with self._slots:
                if self._stop.is_set():
                    raise StoppedError
                answer = self._session.compute_pixels(self._request(tile.grid), self._stop)
                self._slots.note(self._session.restricted)
            values, doubt = self._values(answer, tile.grid)
            if values is not None:
                return values
            _log.warning("%s, tile %s: %s", self._export.name, tile.name, doubt)
        raise SourceError(
            f"{self._export.name}, tile {tile.name}: Earth Engine answered {_CHECKS} times with "
            f"something else than asked for ({doubt}); run again later"
        )

    def _request(self, grid: Grid) -> dict[str, Any]:
        return {
            "expression": self._export.image,
            "fileFormat": "NPY",
            "grid": pixel_grid(grid),
            "bandIds": list(self._export.bands),
        }

    def _values(self, answer: Any, grid: Grid) -> tuple[Values | None, str]:
        """The bands of an answer, shape (bands, height, width), or what is wrong with it."""
        record = _decoded(answer)
        if record is None:
            return None, "no array"
        expected = np.dtype([(band, np.dtype(self._export.dtype)) for band in self._export.bands])
        if record.shape != grid.shape or record.dtype != expected:
            return None, f"{record.dtype} of shape {record.shape}, not {expected} of {grid.shape}"
        values = np.stack([record[band] for band in self._export.bands])
        doubt = self._export.doubt(values)
        return (None, doubt) if doubt else (values, "")

    def _too_much(self, tile: Tile, reason: str) -> SourceError:
        marker = self._cache.mark_for_batch(tile.grid, reason)
        return SourceError(
            f"{self._export.name}, tile {tile.name}: too much for interactive requests, even in "
            f"parts ({reason.rstrip('.')}); noted in {marker} for the batch path; or shorten the "
            "period, or lower cloud_max"
        )


def _decoded(answer: Any) -> Values | None:
    try:
        record: Values = np.load(io.BytesIO(answer))
    except (ValueError, EOFError, TypeError):
        return None
    return record
