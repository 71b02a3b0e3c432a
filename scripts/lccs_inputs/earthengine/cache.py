"""Tiles that were computed before, by what was asked: no quota is spent on them again.

The folder lies outside `results/`: deleting results, refactoring, or a second clone that shares it
costs nothing. A tile is a GeoTIFF of its own, written whole or not at all, so an interrupted job
goes on where it stopped.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from lccs_inputs.files import fingerprint, write_text
from lccs_inputs.rasters.grid import Grid, lattice_index
from lccs_inputs.rasters.reading import is_on_grid
from lccs_inputs.rasters.writing import create_raster

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

    def discard(self, grid: Grid) -> None:
        """Forget a tile and what is noted of it."""
        self.path(grid).unlink(missing_ok=True)
        self.unmark(grid)

    def key(self, grid: Grid) -> str:
        """What a tile is called wherever the cache lies: a hash of what it holds and where."""
        return fingerprint(self.path(grid).relative_to(self._folder.parent).as_posix())

    def note(self, grid: Grid) -> dict[str, Any]:
        """What is noted of a tile that needs the batch path; empty if nothing is."""
        try:
            found: dict[str, Any] = json.loads(self._marker(grid).read_text())
        except FileNotFoundError:
            return {}
        return found

    def mark_for_batch(self, grid: Grid, facts: Mapping[str, Any]) -> Path:
        """Note that a tile needs the batch path, in place of what was noted; where it is."""
        marker = self._marker(grid)
        document = {**facts, "grid": grid.to_dict(), "bands": list(self._bands)}
        write_text(marker, json.dumps(document, indent=1) + "\n")
        return marker

    def unmark(self, grid: Grid) -> None:
        """Take the note away: the tile is there."""
        self._marker(grid).unlink(missing_ok=True)

    def _marker(self, grid: Grid) -> Path:
        return self.path(grid).with_suffix(".batch.json")
