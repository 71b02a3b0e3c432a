"""Tiles that were computed before, by what was asked: no quota is spent on them again.

The folder lies outside `results/`: deleting results, refactoring, or a second clone that shares it
costs nothing. Each band of a tile is a GeoTIFF of its own, written whole or not at all: an
interrupted job goes on where it stopped, and of a tile that is there in part only the rest is asked
for.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xxhash
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from lccs_inputs.earthengine.pixels import Export, Piece, Values
from lccs_inputs.files import fingerprint, write_text
from lccs_inputs.rasters.grid import Grid, lattice_index
from lccs_inputs.rasters.reading import is_on_grid
from lccs_inputs.rasters.writing import create_raster

_log = logging.getLogger(__name__)

_DIGEST = "digest"
"""The tag that says what the values of a band were when they came."""


class TileCache:
    """The tiles of one export.

    Args:
        folder: shared by all exports.
    """

    def __init__(self, folder: Path, export: Export) -> None:
        self._folder, self._export = folder / "tiles", export
        self._requests: dict[Grid, Mapping[str, Any]] = {}

    def path(self, grid: Grid, band: str) -> Path:
        """Of a band of a tile, named after its corner, in pixels of the lattice, and its size."""
        asked = [self._request(grid), [band], self._export.dtype, self._export.nodata]
        return self._folder / fingerprint(asked) / f"{_place(grid)}.tif"

    def missing(self, grid: Grid) -> tuple[str, ...]:
        """The bands of a tile that are not there, or not whole."""
        return tuple(band for band in self._export.bands if self.band(grid, band) is None)

    def has(self, grid: Grid) -> bool:
        """Whether there is a file of every band, whole or not."""
        return all(self.path(grid, band).exists() for band in self._export.bands)

    def band(self, grid: Grid, band: str) -> NDArray[Any] | None:
        """A band of a tile, shape (height, width); None if it is not there, or not whole."""
        path = self.path(grid, band)
        if not path.exists():
            return None
        try:
            with rasterio.open(path) as raster:
                kinds = (raster.descriptions, set(raster.dtypes))
                if kinds == ((band,), {self._export.dtype}) and is_on_grid(raster, grid):
                    values: NDArray[Any] = raster.read(1)
                    known = raster.tags().get(_DIGEST)
                    if known in (None, _digest(values)):  # none: of an earlier version
                        return values
                    _log.warning("%s is damaged and asked for again (its values changed)", path)
        except RasterioError as error:
            _log.warning("%s is damaged and asked for again (%s)", path, error)
        return None

    def read(self, grid: Grid, bands: Sequence[str] = ()) -> Values | None:
        """Bands of a tile, all if none is named, (bands, height, width); None unless all there."""
        found = [self.band(grid, band) for band in bands or self._export.bands]
        kept = [values for values in found if values is not None]
        return np.stack(kept) if len(kept) == len(found) else None

    def beside(self, piece: Piece) -> dict[str, Values]:
        """The bands of a tile that are there already, without those of a piece."""
        others = {band: self.band(piece.grid, band) for band in self._export.bands
                  if band not in piece.bands}  # fmt: skip
        return {band: values for band, values in others.items() if values is not None}

    def write(self, grid: Grid, bands: Sequence[str], values: Values) -> None:
        """Keep bands of a tile, shape (bands, height, width).

        Raises:
            InputError: they could not be written whole.
        """
        dtype, nodata = self._export.dtype, self._export.nodata
        for band, each in zip(bands, values, strict=True):
            stored = np.asarray(each, dtype)
            tags = {_DIGEST: _digest(stored)}
            path = self.path(grid, band)
            with create_raster(path, grid, [band], dtype, nodata, tags=tags) as raster:
                raster.write(stored, 1)

    def discard(self, grid: Grid) -> None:
        """Forget a tile and what is noted of it."""
        for band in self._export.bands:
            self.path(grid, band).unlink(missing_ok=True)
        self.unmark(grid)

    def key(self, grid: Grid, bands: Iterable[str]) -> str:
        """What bands of a tile are called wherever the cache lies: a hash of what and where."""
        paths = [self.path(grid, band).relative_to(self._folder).as_posix() for band in bands]
        return fingerprint(paths[0] if len(paths) == 1 else paths)

    def note(self, grid: Grid) -> dict[str, Any]:
        """What is noted of a tile that needs the batch path; empty if nothing is."""
        try:
            found: dict[str, Any] = json.loads(self._marker(grid).read_text())
        except FileNotFoundError:
            return {}
        return found

    def mark_for_batch(self, piece: Piece, facts: Mapping[str, Any]) -> Path:
        """Note that a tile needs the batch path, in place of what was noted; where it is."""
        marker = self._marker(piece.grid)
        document = {**facts, "grid": piece.grid.to_dict(), "bands": list(piece.bands)}
        write_text(marker, json.dumps(document, indent=1) + "\n")
        return marker

    def unmark(self, grid: Grid) -> None:
        """Take the note away: the tile is there."""
        self._marker(grid).unlink(missing_ok=True)

    def _marker(self, grid: Grid) -> Path:
        """Beside the bands, and whatever bands are asked for."""
        return self._folder / fingerprint(self._request(grid)) / f"{_place(grid)}.batch.json"

    def _request(self, grid: Grid) -> Mapping[str, Any]:
        if grid not in self._requests:
            self._requests[grid] = self._export.request(grid)
        return self._requests[grid]


def _digest(values: NDArray[Any]) -> str:
    """The XXH128 of the values of a band, in hexadecimal."""
    return str(xxhash.xxh3_128_hexdigest(np.ascontiguousarray(values).data))


def _place(grid: Grid) -> str:
    col, row = (lattice_index(grid.bounds[i], grid.resolution) for i in (0, 3))
    lattice = f"{fingerprint(grid.crs)[:6]}_{grid.resolution:g}"
    return f"{lattice}/{col}_{row}_{grid.width}x{grid.height}"
