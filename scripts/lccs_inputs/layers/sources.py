"""Reading what expressions name: scene bands, products and finished layers, window by window."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.expressions import AreaStatistics, Node, Stored, Value, evaluate, halo
from lccs_inputs.facts.lccs import LAYER_PREFIX, Descriptor, Kind
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env, is_valid, open_on_grid, padded
from lccs_inputs.rasters.synthetic import inherited_tags


@dataclass(frozen=True)
class RasterBand:
    """Where the values of one leaf name of an expression are stored.

    Attributes:
        path: a raster exactly on the grid of the area.
        band: 1-based number of the band; None finds it by `description`.
        description: band description, such as "red" in the mosaic of a scene set.
        is_condition: the stored 0 and 1 are a condition (a finished binary layer), not numbers.
    """

    path: Path
    band: int | None
    description: str = ""
    is_condition: bool = False


def raster_bands(
    rasters: Mapping[str, Path], descriptors: Mapping[str, Descriptor]
) -> dict[str, RasterBand]:
    """Where the leaf names of a resolved expression are stored.

    Args:
        rasters: leaf name → raster. `layers.x` is a finished layer, a condition where it is
            binary; `s2.red` the band "red" of the mosaic of scene set s2; a name without a dot
            an aligned product.
        descriptors: of what kind each layer is, by name.
    """
    return {name: _raster_band(name, path, descriptors) for name, path in rasters.items()}


def _raster_band(name: str, path: Path, descriptors: Mapping[str, Descriptor]) -> RasterBand:
    if name.startswith(LAYER_PREFIX):
        descriptor = descriptors[name.removeprefix(LAYER_PREFIX)]
        return RasterBand(path, 1, is_condition=descriptor.kind is Kind.BINARY)
    if "." in name:
        return RasterBand(path, None, name.partition(".")[2])
    return RasterBand(path, 1)


class SourceReader:
    """The rasters behind the leaf names of an expression, opened once and read by windows.

    A context manager. A mosaic that several names share is opened once.

    Raises:
        SourceError: a file cannot be opened, is not on the grid, or has no band of that name.
    """

    def __init__(self, bands: Mapping[str, RasterBand], grid: Grid) -> None:
        self._bands, self._grid = bands, grid
        self._stack = ExitStack()
        self._rasters: dict[Path, rasterio.DatasetReader] = {}
        self._indices: dict[str, int] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(gdal_env())
            for name, band in self._bands.items():
                if band.path not in self._rasters:
                    raster = stack.enter_context(open_on_grid(band.path, self._grid))
                    self._rasters[band.path] = raster
                self._indices[name] = _band_index(self._rasters[band.path], name, band)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._rasters.clear()

    @property
    def inherited_tags(self) -> dict[str, str]:
        """The tags that what is made of these rasters has from them."""
        return inherited_tags(self._rasters.values())

    @property
    def names(self) -> list[str]:
        """The leaf names that it reads."""
        return [*self._bands]

    def read(self, window: Window, names: Iterable[str] | None = None) -> dict[str, Value | Stored]:
        """The values of every name in `window`, each of the shape of the window.

        Where the raster has a scale they are as stored, for ratios to be exact. Codes and
        percentages are numbers, finished binary layers conditions.

        Args:
            names: as of `stored`.

        Raises:
            SourceError: a file cannot be read.
        """
        stored = self.stored(window, names)
        return {name: self.value_of(name, pixels) for name, pixels in stored.items()}

    def stored(self, window: Window, names: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
        """What the rasters hold in `window`, by name, in their own types.

        Args:
            names: those that are read; by default all.

        Raises:
            SourceError: a file cannot be read.
        """
        wanted = self._bands if names is None else names
        return {name: self._stored(name, self._bands[name], window) for name in wanted}

    def evaluate(
        self, node: Node, window: Window, statistics: Mapping[str, AreaStatistics]
    ) -> Value:
        """The value of an expression in `window`, as it is in the whole raster, bit for bit.

        What its focal functions look at beyond the window is read too; beyond the grid there is
        nothing.

        Args:
            statistics: the whole-area statistics that `node` uses, by name.

        Returns:
            Arrays of the shape of the window, or of shape () for what is the same everywhere.

        Raises:
            SourceError: a file cannot be read.
        """
        around = padded(window, halo(node), self._grid)
        value = evaluate(node, self.read(around), statistics)
        if not value.data.ndim:
            return value
        top, left = window.row_off - around.row_off, window.col_off - around.col_off
        inner = slice(top, top + window.height), slice(left, left + window.width)
        return Value(value.data[inner], value.valid[inner])

    def _stored(self, name: str, band: RasterBand, window: Window) -> NDArray[Any]:
        try:
            stored: NDArray[Any] = self._rasters[band.path].read(self._indices[name], window=window)
        except rasterio.errors.RasterioIOError as error:
            raise SourceError(
                f"{band.path}: cannot be read ({error}); delete it and run again"
            ) from error
        return stored

    def value_of(self, name: str, stored: NDArray[Any]) -> Value | Stored:
        """What stored pixels of a name mean, of any shape; see `read`."""
        raster, index = self._rasters[self._bands[name].path], self._indices[name]
        valid = is_valid(stored, raster.nodatavals[index - 1])
        if self._bands[name].is_condition:
            return Value((stored == 1) & valid, valid)
        numbers, scale = _zeroed(stored, valid), raster.scales[index - 1]
        if scale == 1:
            return Value(numbers.astype(np.float64), valid)
        return Stored(numbers, valid, round(1 / scale))

    def dtype(self, name: str) -> np.dtype[Any]:
        """The type that a name is stored in."""
        raster = self._rasters[self._bands[name].path]
        dtype: np.dtype[Any] = np.dtype(raster.dtypes[self._indices[name] - 1])
        return dtype

    def bits(self, name: str) -> int:
        """Bits of the whole numbers a name is stored in; 0 of any other."""
        dtype = self.dtype(name)
        return dtype.itemsize * 8 if dtype.kind in "iu" else 0

    def is_condition(self, name: str) -> bool:
        return self._bands[name].is_condition


def _zeroed(stored: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[Any]:
    """Stored pixels, 0 where not valid."""
    if stored.dtype.kind == "f":  # of which nodata may be no number
        return np.where(valid, stored, 0)
    zeroed: NDArray[Any] = np.multiply(stored, valid, dtype=stored.dtype)
    return zeroed


def _band_index(raster: rasterio.DatasetReader, name: str, band: RasterBand) -> int:
    if band.band is not None:
        return band.band
    if band.description not in raster.descriptions:
        existing = ", ".join(text for text in raster.descriptions if text)
        raise SourceError(
            f"{band.path}: has no band {band.description!r} for {name} (it has {existing}); delete "
            "it and run again"
        )
    return int(raster.descriptions.index(band.description)) + 1
