"""One request for pixels, and whether its answer is what was asked for."""

import io
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ee
import numpy as np
from numpy.typing import NDArray

from lccs_inputs.earthengine.errors import SpoiledError, StoppedError
from lccs_inputs.earthengine.names import band_id
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.slots import Slots
from lccs_inputs.earthengine.tiles import Tile, pixel_grid
from lccs_inputs.rasters.grid import Grid

_CHECKS = 3  # answers that are not what was asked for, before giving up

Values = NDArray[Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Export:
    """An image to fetch, tile by tile.

    Attributes:
        name: what progress and messages call it.
        bands, dtype, nodata: of it.
        image: some of its bands over a grid, in their order, each called by its `band_id`;
            unmasked to `nodata` and cast to `dtype` on the server.
        request: all that decides its pixels over a grid, JSON-like: their place in the cache.
        doubt: what is wrong with the values over a grid, by band; "" if nothing. Not all bands
            need be there.
        nothing: the values of bands over a grid where nothing need be asked, (bands, height,
            width); None where it has to be.
    """

    name: str
    bands: Sequence[str]
    dtype: str
    nodata: float
    image: Callable[[Grid, Sequence[str]], ee.Image]
    request: Callable[[Grid], Mapping[str, Any]]
    doubt: Callable[[Grid, Mapping[str, Values]], str] = lambda *_: ""
    nothing: Callable[[Grid, Sequence[str]], Values | None] = lambda *_: None


@dataclass(frozen=True)
class Piece:
    """What one request asks for: some bands of an export, on a tile."""

    export: Export
    tile: Tile
    bands: tuple[str, ...]

    @property
    def grid(self) -> Grid:
        return self.tile.grid

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.export.name}, tile {self.tile.name}"

    @property
    def ids(self) -> tuple[str, ...]:
        """What its bands are called in the image."""
        return tuple(map(band_id, self.bands))

    @property
    def is_single(self) -> bool:
        """Whether it is one pixel, which cannot be cut."""
        return max(self.grid.shape) < 2

    @cached_property
    def image(self) -> ee.Image:
        return self.export.image(self.grid, self.bands)

    def of(self, bands: tuple[str, ...]) -> "Piece":
        """Some of its bands."""
        return Piece(self.export, self.tile, bands)

    def quarters(self) -> Iterator["Piece"]:
        """The same bands of each quarter of the tile."""
        for quarter in self.tile.quarters():
            yield Piece(self.export, quarter, self.bands)

    def doubt(self, values: Values, beside: Mapping[str, Values]) -> str:
        """What is wrong with its values, given other bands that are known already."""
        own = dict(zip(self.bands, values, strict=True))
        return self.export.doubt(self.grid, {**beside, **own})


class PixelReader:
    """Asks for pixels in the slots of the job; safe to share between threads.

    Args:
        known: the bands of a tile that are there already, to be checked against.
        stop: set when the job is to end: nothing is asked for any more.
    """

    def __init__(
        self,
        session: Session,
        known: Callable[[Piece], Mapping[str, Values]],
        slots: Slots,
        stop: threading.Event,
    ) -> None:
        self._session, self._known, self._slots, self._stop = session, known, slots, stop

    def read(self, image: ee.Image, piece: Piece) -> Values:
        """One request; a wrong answer is asked for again. Shape (bands, height, width).

        Args:
            image: that of the piece, or a copy of its pixels that is stored somewhere.

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
                answer = self._session.compute_pixels(_request(image, piece), self._stop)
                self._slots.note(self._session.restricted)
            values, doubt = self._values(answer, piece)
            if values is not None:
                return values
            _log.warning("%s: %s", piece.name, doubt)
        raise SpoiledError(
            doubt,
            f"{piece.name}: Earth Engine answered {_CHECKS} times with something else than asked "
            f"for ({doubt}); run again later",
        )

    def _values(self, answer: Any, piece: Piece) -> tuple[Values | None, str]:
        """The bands of an answer, shape (bands, height, width), or what is wrong with it."""
        record, grid = _decoded(answer), piece.grid
        if record is None:
            return None, "no array"
        expected = np.dtype([(band, np.dtype(piece.export.dtype)) for band in piece.ids])
        if record.shape != grid.shape or record.dtype != expected:
            return None, f"{record.dtype} of shape {record.shape}, not {expected} of {grid.shape}"
        values = np.stack([record[band] for band in piece.ids])
        doubt = piece.doubt(values, self._known(piece))
        return (None, doubt) if doubt else (values, "")


def _request(image: ee.Image, piece: Piece) -> dict[str, Any]:
    return {
        "expression": image,
        "fileFormat": "NPY",
        "grid": pixel_grid(piece.grid),
        "bandIds": list(piece.ids),
    }


def _decoded(answer: Any) -> Values | None:
    try:
        record: Values = np.load(io.BytesIO(answer))
    except (ValueError, EOFError, TypeError):
        return None
    return record


def joined(piece: Piece, read: Callable[[Piece], Values]) -> Values:
    """The values of a piece from those of its quarters."""
    parts = [(quarter, read(quarter)) for quarter in piece.quarters()]
    first = parts[0][1]
    whole = np.empty((len(first), *piece.grid.shape), first.dtype)
    for quarter, values in parts:
        col, row = (
            quarter.tile.col_off - piece.tile.col_off, quarter.tile.row_off - piece.tile.row_off,
        )  # fmt: skip
        height, width = quarter.grid.shape
        whole[:, row : row + height, col : col + width] = values
    return whole
