"""Where a batch export of a tile goes, and how its pixels come back from there."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import ee
import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader, MemoryFile

from lccs_inputs.earthengine.errors import SpoiledError, TooMuchError, status_of
from lccs_inputs.earthengine.pixels import Piece, PixelReader, Values, joined
from lccs_inputs.earthengine.settings import BatchSettings
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.stores import CloudStorage, Drive, Store
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.earthengine import ASSET, DRIVE
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env


class Destination(Protocol):
    """Results are known by the name of their export; what asks for them raises SourceError.

    Attributes:
        appears_whole: whether a result that is there is complete, whatever became of its task.
    """

    appears_whole: bool

    @property
    def where(self) -> str:
        """The place in words; another place is another export."""

    def prepare(self) -> None:
        """Make the place ready for exports."""

    def request(self, name: str, piece: Piece) -> dict[str, Any]:
        """What starts the export of a piece on exactly its grid."""

    def holds(self, name: str) -> bool:
        """Whether there is something of that name."""

    def values(self, name: str, piece: Piece) -> Values:
        """The pixels of a result, (bands, height, width); SpoiledError if they are not right."""

    def discard(self, name: str) -> None:
        """Remove a result; nothing happens where there is none."""


def destination(session: Session, reader: PixelReader, settings: BatchSettings) -> Destination:
    """Where the settings want exports to go; nothing is sent yet."""
    if settings.to == ASSET:
        root = settings.asset_root or f"projects/{session.project}/assets/lccs-inputs"
        return AssetFolder(session, reader, root.rstrip("/"))
    if settings.to == DRIVE:
        return ExportedFiles(Drive(session, settings.folder))
    return ExportedFiles(CloudStorage(session, settings.bucket or ""))


class AssetFolder:
    """A folder of assets: results are read by interactive requests, which then compute nothing."""

    appears_whole = True

    def __init__(self, session: Session, reader: PixelReader, root: str) -> None:
        self._session, self._reader, self.where = session, reader, root

    def prepare(self) -> None:
        """Make the folder, and those it lies in below the project's own."""
        base, _, path = self.where.partition("/assets/")
        folder = f"{base}/assets"
        for part in path.split("/") if path else []:
            folder = f"{folder}/{part}"
            if not self._exists(folder):
                self._make(folder)

    def request(self, name: str, piece: Piece) -> dict[str, Any]:
        to_asset, options = ee.batch.Export.image.toAsset, _options(piece.grid)
        return dict(to_asset(piece.image, name, self._asset(name), **options).config or {})

    def holds(self, name: str) -> bool:
        return self._exists(self._asset(name))

    def values(self, name: str, piece: Piece) -> Values:
        return self._read(ee.Image(self._asset(name)), piece)

    def discard(self, name: str) -> None:
        asset = self._asset(name)
        if self._exists(asset):
            self._session.persist(lambda: ee.data.deleteAsset(asset))

    def _read(self, image: Any, piece: Piece) -> Values:
        try:
            return self._reader.read(image, piece)
        except TooMuchError as error:
            if piece.is_single:
                raise SourceError(f"{piece.name}: {error}") from error
        return joined(piece, lambda quarter: self._read(image, quarter))

    def _asset(self, name: str) -> str:
        return f"{self.where}/{name}"

    def _exists(self, asset: str) -> bool:
        try:
            self._session.persist(lambda: ee.data.getAsset(asset))
        except SourceError as error:
            if status_of(error) != 404:
                raise
            return False
        return True

    def _make(self, folder: str) -> None:
        try:
            self._session.persist(lambda: ee.data.createAsset({"type": "FOLDER"}, folder))
        except SourceError:
            if not self._exists(folder):  # another job may have made it in the meantime
                raise


class ExportedFiles:
    """GeoTIFFs in a store: one of a tile, or several where the service cut it up."""

    appears_whole = False

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def where(self) -> str:
        return self._store.where

    def prepare(self) -> None:
        """Nothing to do: a bucket is the user's, a folder of Drive appears by itself."""

    def request(self, name: str, piece: Piece) -> dict[str, Any]:
        return dict(self._store.task(piece.image, name, _options(piece.grid)).config or {})

    def holds(self, name: str) -> bool:
        return bool(self._store.files(name))

    def values(self, name: str, piece: Piece) -> Values:
        contents = [self._store.read(file) for file in self._store.files(name)]
        return mosaic(contents, piece.grid, piece.ids, piece.export.dtype)

    def discard(self, name: str) -> None:
        for file in self._store.files(name):
            self._store.delete(file)


def _options(grid: Grid) -> Mapping[str, Any]:
    """The options by which every kind of export is exactly on a grid."""
    return {
        "crs": grid.crs if grid.crs.upper().startswith("EPSG:") else grid.wkt,
        "crsTransform": list(grid.transform)[:6],
        "dimensions": f"{grid.width}x{grid.height}",
        "maxPixels": grid.width * grid.height,
    }


def mosaic(files: Sequence[bytes], grid: Grid, bands: Sequence[str], dtype: str) -> Values:
    """The pixels of GeoTIFFs that together cover a grid, (bands, height, width).

    Raises:
        SpoiledError: they do not, or hold something else; says what.
    """
    whole = np.zeros((len(bands), *grid.shape), dtype)
    seen = np.zeros(grid.shape, bool)
    for content in files:
        with gdal_env(), MemoryFile(content) as memory:
            try:
                with memory.open(driver="GTiff") as raster:
                    _place(raster, grid, tuple(bands), whole, seen)
            except RasterioError as error:
                raise SpoiledError(f"a file cannot be read: {error}") from error
    if not seen.all():
        raise SpoiledError(f"{len(files)} files, without {(~seen).sum()} pixels")
    return whole


def _place(
    raster: DatasetReader,
    grid: Grid,
    bands: tuple[str, ...],
    whole: Values,
    seen: NDArray[np.bool_],
) -> None:
    named = raster.descriptions in (bands, (None,) * len(bands))
    if not named or set(raster.dtypes) != {str(whole.dtype)}:
        raise SpoiledError(f"bands {raster.descriptions} of {raster.dtypes}")
    col, row = (round(each) for each in ~grid.transform @ (raster.transform.c, raster.transform.f))
    inside = col >= 0 and col + raster.width <= grid.width
    inside = inside and row >= 0 and row + raster.height <= grid.height
    # A millionth of a pixel is a difference.
    aligned = inside and raster.transform.almost_equals(
        grid.subgrid(col, row, raster.width, raster.height).transform, 1e-6 * grid.resolution
    )
    if not aligned:
        raise SpoiledError(f"pixels at {tuple(raster.transform)[:6]}, off the tile")
    window = np.s_[row : row + raster.height, col : col + raster.width]
    whole[:, *window] = raster.read()
    seen[window] = True
