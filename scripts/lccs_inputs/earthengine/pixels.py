"""One request for pixels, and whether its answer is what was asked for."""

import io
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ee
import numpy as np
from numpy.typing import NDArray

from lccs_inputs.earthengine.errors import SpoiledError, StoppedError
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.slots import Slots
from lccs_inputs.earthengine.tiles import Tile, pixel_grid
from lccs_inputs.rasters.grid import Grid

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


class PixelReader:
    """Asks for pixels of one export in the slots of the job; safe to share between threads.

    Args:
        stop: set when the job is to end: nothing is asked for any more.
    """

    def __init__(
        self, session: Session, export: Export, slots: Slots, stop: threading.Event
    ) -> None:
        self._session, self._export, self._slots, self._stop = session, export, slots, stop

    def read(self, image: ee.Image, tile: Tile) -> Values:
        """One request; a wrong answer is asked for again. Shape (bands, height, width).

        Args:
            image: that of the export, or a copy of its pixels that is stored somewhere.

        Raises:
            TooMuchError: a smaller request may work.
            StoppedError: the job is to end.
            SpoiledError: it answers with something else.
            SourceError: Earth Engine did not give the pixels; says why and what to do.
        """
        doubt = ""
        for _ in range(_CHECKS):
            with self._slots:
                if self._stop.is_set():
                    raise StoppedError
                answer = self._session.compute_pixels(self._request(image, tile.grid), self._stop)
                self._slots.note(self._session.restricted)
            values, doubt = self._values(answer, tile.grid)
            if values is not None:
                return values
            _log.warning("%s, tile %s: %s", self._export.name, tile.name, doubt)
        raise SpoiledError(
            doubt,
            f"{self._export.name}, tile {tile.name}: Earth Engine answered {_CHECKS} times with "
            f"something else than asked for ({doubt}); run again later",
        )

    def _request(self, image: ee.Image, grid: Grid) -> dict[str, Any]:
        return {
            "expression": image,
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


def _decoded(answer: Any) -> Values | None:
    try:
        record: Values = np.load(io.BytesIO(answer))
    except (ValueError, EOFError, TypeError):
        return None
    return record


def joined(tile: Tile, read: Callable[[Tile], Values]) -> Values:
    """The values of a tile from those of its quarters."""
    parts = [(quarter, read(quarter)) for quarter in tile.quarters()]
    first = parts[0][1]
    whole = np.empty((len(first), *tile.grid.shape), first.dtype)
    for quarter, values in parts:
        col, row = quarter.col_off - tile.col_off, quarter.row_off - tile.row_off
        height, width = quarter.grid.shape
        whole[:, row : row + height, col : col + width] = values
    return whole
