"""Fetching the tiles of an image from Earth Engine into the cache: one request each.

A request asks for all the bands of its tile that the cache lacks, and for no other. Requests run
concurrently in the slots of the job. What is too much for one request is asked for in
quarters, and what is too much even so is exported in batch; each answer is checked before it is
kept.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import numpy as np
from tqdm import tqdm

from lccs_inputs.earthengine.batch import BatchPath
from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.destinations import destination
from lccs_inputs.earthengine.errors import BatchOnlyError, StoppedError, TooMuchError
from lccs_inputs.earthengine.pixels import Export, Piece, PixelReader, Values, joined
from lccs_inputs.earthengine.settings import BatchSettings
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.slots import Slots
from lccs_inputs.earthengine.tiles import Tile, most_bands
from lccs_inputs.traffic import note_kept

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
        self._reader = PixelReader(session, cache.beside, slots, self._stop)
        self._batch: BatchPath | None = None
        if batch is not None:
            place = destination(session, self._reader, batch)
            self._batch = BatchPath(session, export.name, cache, place, batch)

    def fetch(self, tiles: Sequence[Tile], threads: int) -> None:
        """See to it that the cache holds every tile; to be called once.

        Raises:
            SourceError: one could not be had; those that were are kept.
            InputError: the cache could not be written.
        """
        missing = [piece for tile in tiles if (piece := self._missing(tile)).bands]
        if len(missing) < len(tiles):
            note_kept(all_of_it=not missing)
        _log.info("%s: %d tiles, %d to ask for", self._export.name, len(tiles), len(missing))
        with tqdm(desc=self._export.name, total=len(tiles), unit="tile", mininterval=1) as bar:
            bar.update(len(tiles) - len(missing))
            self._ask_for(missing, threads, bar.update)
            if self._batch is not None:
                for piece in self._batch.collect():
                    _discard_parts(self._cache, piece.tile, _SPLITS)
                    bar.update()

    def _missing(self, tile: Tile) -> Piece:
        """What has to be asked for of a tile."""
        piece = Piece(self._export, tile, self._cache.missing(tile.grid))
        if self._batch is not None and not piece.bands:
            self._batch.tidy(tile)
        return piece

    def _ask_for(self, pieces: Sequence[Piece], threads: int, tell: Callable[[], object]) -> None:
        def work(piece: Piece) -> None:  # without the values: results would be kept
            try:
                if self._take(piece):
                    tell()
            except BaseException:
                self._stop.set()  # here, so that this thread asks for no other piece meanwhile
                raise

        with ThreadPoolExecutor(max(1, min(threads, len(pieces)))) as pool:
            running = [pool.submit(work, piece) for piece in pieces]
            try:
                wait(running, return_when=FIRST_EXCEPTION)
            except BaseException:  # an interrupt
                self._stop.set()
                raise
            finally:
                pool.shutdown(cancel_futures=True)
        errors = [each.exception() for each in running if not each.cancelled()]
        for error in errors:
            if error is not None and not isinstance(error, StoppedError):
                raise error

    def _take(self, piece: Piece) -> bool:
        """Whether the piece is in the cache now; it is left to the batch path otherwise."""
        known = self._cache.note(piece.grid).get("reason")
        if self._batch is not None and known:
            self._batch.start(piece, known)
            return False
        try:
            self._fetch(piece, _SPLITS)
        except TooMuchError as error:
            self._leave(piece, str(error).rstrip("."))
            return False
        self._cache.unmark(piece.grid)
        return True

    def _fetch(self, piece: Piece, splits: int) -> Values:
        """The values of a piece, which is then in the cache; TooMuchError if even parts fail."""
        kept = self._cache.read(piece.grid, piece.bands)
        if kept is not None:
            return kept
        values = self._export.nothing(piece.grid, piece.bands)
        if values is None:
            values = self._asked(piece, splits)
        self._cache.write(piece.grid, piece.bands, values)
        _discard_parts(self._cache, piece.tile, 1)
        return values

    def _asked(self, piece: Piece, splits: int) -> Values:
        most = most_bands(piece.grid, np.dtype(piece.export.dtype).itemsize)
        if len(piece.bands) > most:  # more than all bands of a sensor: some are of expressions
            parts = (piece.bands[at : at + most] for at in range(0, len(piece.bands), most))
            return np.concatenate([self._fetch(piece.of(part), splits) for part in parts])
        try:
            return self._reader.read(piece.image, piece)
        except TooMuchError as error:
            if not splits or piece.is_single:
                raise
            _log.warning("%s: %s; asked for in quarters", piece.name, error)
            return joined(piece, lambda quarter: self._fetch(quarter, splits - 1))

    def _leave(self, piece: Piece, reason: str) -> None:
        subject = f"{piece.name}: too much for interactive requests"
        if self._batch is not None:
            _log.warning("%s, even in parts (%s); exported in batch", subject, reason)
            self._batch.start(piece, reason)
            return
        marker = self._cache.mark_for_batch(piece, {"reason": reason})
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
