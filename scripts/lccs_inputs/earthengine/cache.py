"""Tiles that were computed before, by what was asked: no quota is spent on them again.

The folder lies outside `results/`: deleting results, refactoring, or a second clone that shares it
costs nothing. A tile is a GeoTIFF of its own, written whole or not at all, so an interrupted job
goes on where it stopped.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from lccs_inputs.fingerprint import fingerprint
from lccs_inputs.grid import Grid, lattice_index
from lccs_inputs.rasters import create_raster, is_on_grid, write_text

CACHE = Path(".cache/earthengine")
"""Where tiles are kept unless the config says otherwise."""

_log = logging.getLogger(__name__)


class TileCache:
    """The tiles of one export.

    Args:
        folder: shared by all exports.
        request: all that decides the pixels, but the grid: JSON-like.
        bands, dtype, nodata: of every tile.
    """

    def __init__(
        self, folder: Path, request: Any, bands: Sequence[str], dtype: str, nodata: float
    ) -> None:
        self._folder = folder / "tiles" / fingerprint([request, list(bands), dtype, nodata])
        self._bands, self._dtype, self._nodata = tuple(bands), dtype, nodata

    def path(self, grid: Grid) -> Path:
        """Named after the corner of the tile, in pixels of the lattice, and its size."""
        col, row = (lattice_index(grid.bounds[i], grid.resolution) for i in (0, 3))
        crs = fingerprint(grid.crs)[:6]
        lattice = f"{crs}_{grid.resolution:g}"
        return self._folder / lattice / f"{col}_{row}_{grid.width}x{grid.height}.tif"

    def read(self, grid: Grid) -> NDArray[Any] | None:
        """The tile, shape (bands, height, width); None if it is not there, or not whole."""
        path = self.path(grid)
        if not path.exists():
            return None
        try:
            with rasterio.open(path) as raster:
                kinds = (raster.descriptions, set(raster.dtypes))
                if kinds == (self._bands, {self._dtype}) and is_on_grid(raster, grid):
                    values: NDArray[Any] = raster.read()
                    return values
        except RasterioError as error:
            _log.warning("%s is damaged and asked for again (%s)", path, error)
        return None

    def write(self, grid: Grid, values: NDArray[Any]) -> None:
        """Keep a tile, shape (bands, height, width).

        Raises:
            InputError: it could not be written whole.
        """
        path = self.path(grid)
        with create_raster(path, grid, self._bands, self._dtype, self._nodata) as raster:
            raster.write(values)
        self.marker(grid).unlink(missing_ok=True)

    def discard(self, grid: Grid) -> None:
        self.path(grid).unlink(missing_ok=True)

    def marker(self, grid: Grid) -> Path:
        """Where it is noted that a tile is too much for an interactive request."""
        return self.path(grid).with_suffix(".batch.json")

    def mark_for_batch(self, grid: Grid, reason: str) -> Path:
        """Note that a tile needs the batch path; `write` takes the note away again."""
        document = {"reason": reason, "grid": grid.to_dict(), "bands": list(self._bands)}
        write_text(self.marker(grid), json.dumps(document, indent=1) + "\n")
        return self.marker(grid)
