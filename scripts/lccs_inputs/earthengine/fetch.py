"""Fetching the tiles of an image from Earth Engine into the cache: one request each.

Requests run concurrently in the slots of the job. What is too much for one request is asked for in
quarters, and what is too much even so is exported in batch; each answer is checked before it is
kept.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from tqdm import tqdm

from lccs_inputs.earthengine.batch import BatchPath
from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.destinations import destination
from lccs_inputs.earthengine.errors import BatchOnlyError, StoppedError, TooMuchError
from lccs_inputs.earthengine.pixels import Export, PixelReader, Values, joined
from lccs_inputs.earthengine.settings import BatchSettings
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.slots import Slots
from lccs_inputs.earthengine.tiles import Tile

_SPLITS = 2  # times a tile is cut in four before it is left to the batch path

_log = logging.getLogger(__name__)


class TileFetcher:
    """Fetches tiles of one export; several at a time.

    Args:
        batch: how what is too much for interactive requests is had; None if not at all.
    """

    def __init__(
        self,
        session: Session,
        export: Export,
        cache: TileCache,
        slots: Slots,
        batch: BatchSettings | None,
    ) -> None:
        self._export, self._cache = export, cache
        self._stop = threading.Event()
        self._reader = PixelReader(session, export, slots, self._stop)
        self._batch: BatchPath | None = None
        if batch is not None:
            place = destination(session, export, self._reader, batch)
            self._batch = BatchPath(session, export, cache, place, batch)

    def fetch(self, tiles: Sequence[Tile], threads: int) -> None:
        """See to it that the cache holds every tile; to be called once.

        Raises:
            SourceError: one could not be had; those that were are kept.
            InputError: the cache could not be written.
        """
        missing = [tile for tile in tiles if not self._is_kept(tile)]
        _log.info("%s: %d tiles, %d to ask for", self._export.name, len(tiles), len(missing))
        with tqdm(desc=self._export.name, total=len(tiles), unit="tile", mininterval=1) as bar:
            bar.update(len(tiles) - len(missing))
            self._ask_for(missing, threads, bar.update)
            if self._batch is not None:
                for tile in self._batch.collect():
                    _discard_parts(self._cache, tile, _SPLITS)
                    bar.update()

    def _is_kept(self, tile: Tile) -> bool:
        if self._cache.read(tile.grid) is None:
            return False
        if self._batch is not None:
            self._batch.tidy(tile)
        return True

    def _ask_for(self, tiles: Sequence[Tile], threads: int, tell: Callable[[], object]) -> None:
        def work(tile: Tile) -> None:  # without the values: results would be kept
            if self._take(tile):
                tell()

        with ThreadPoolExecutor(max(1, min(threads, len(tiles)))) as pool:
            running = [pool.submit(work, tile) for tile in tiles]
            try:
                wait(running, return_when=FIRST_EXCEPTION)
            finally:
                if not all(each.done() for each in running):  # one failed, or an interrupt
                    self._stop.set()
                pool.shutdown(cancel_futures=True)
        errors = [each.exception() for each in running if not each.cancelled()]
        for error in errors:
            if error is not None and not isinstance(error, StoppedError):
                raise error

    def _take(self, tile: Tile) -> bool:
        """Whether the tile is in the cache now; it is left to the batch path otherwise."""
        known = self._cache.note(tile.grid).get("reason")
        if self._batch is not None and known:
            self._batch.start(tile, known)
            return False
        try:
            self._fetch(tile, _SPLITS)
        except TooMuchError as error:
            self._leave(tile, str(error).rstrip("."))
            return False
        self._cache.unmark(tile.grid)
        return True

    def _fetch(self, tile: Tile, splits: int) -> Values:
        """The values of a tile, which is then in the cache; TooMuchError if even parts fail."""
        kept = self._cache.read(tile.grid)
        if kept is not None:
            return kept
        try:
            values = self._reader.read(self._export.image, tile)
        except TooMuchError as error:
            if not splits or max(tile.grid.shape) < 2:
                raise
            _log.warning("%s, tile %s: %s; asked for in quarters", self._export.name, tile.name,
                         error)  # fmt: skip
            values = joined(tile, lambda quarter: self._fetch(quarter, splits - 1))
        self._cache.write(tile.grid, values)
        _discard_parts(self._cache, tile, 1)
        return values

    def _leave(self, tile: Tile, reason: str) -> None:
        subject = f"{self._export.name}, tile {tile.name}: too much for interactive requests"
        if self._batch is not None:
            _log.warning("%s, even in parts (%s); exported in batch", subject, reason)
            self._batch.start(tile, reason)
            return
        marker = self._cache.mark_for_batch(tile.grid, {"reason": reason})
        raise BatchOnlyError(
            f"{subject}, even in parts ({reason}); noted in {marker} for the batch path "
            "(earthengine.batch); or shorten the period, or lower cloud_max"
        )


def _discard_parts(cache: TileCache, tile: Tile, depth: int) -> None:
    """Remove the quarters of a tile that is whole now, and theirs."""
    if depth and max(tile.grid.shape) > 1:
        for quarter in tile.quarters():
            cache.discard(quarter.grid)
            _discard_parts(cache, quarter, depth - 1)
