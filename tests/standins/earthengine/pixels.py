"""Pixels on demand: grids, projections, and the cache of one request.

Nothing is computed until a grid is asked for, and then only the bands asked for. Sampling is the
project's own `gather`: the source pixel that holds each target pixel's centre, exactly.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from lccs_inputs.rasters.gather import Gatherer, Lattice
from lccs_inputs.rasters.grid import Grid

_CACHE_BYTES = 192 * 2**20
_METRES_PER_DEGREE = 111319.49079327358


class Pixels(NamedTuple):
    """Values of a band and where they are valid; both (height, width)."""

    values: NDArray[Any]
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class Projection:
    """A CRS and the pixel lattice of a band in it."""

    crs: str
    transform: Affine

    @cached_property
    def metres(self) -> float:
        """Metres per unit of the CRS, as `nominalScale` counts them."""
        axis = CRS.from_user_input(self.crs).axis_info[0]
        if axis.unit_name == "degree":
            return _METRES_PER_DEGREE
        return float(axis.unit_conversion_factor)

    @property
    def scale(self) -> float:
        """Nominal pixel size, m."""
        return abs(self.transform.a) * self.metres

    def at_scale(self, metres: float) -> "Projection":
        size = metres / self.metres
        return Projection(self.crs, Affine(size, 0, 0, 0, -size, 0))


COMPOSITE = Projection("EPSG:4326", Affine(1, 0, 0, 0, 1, 0))
"""The default projection of composites and constants: one degree."""


@dataclass(frozen=True)
class Target:
    """The pixels one request, or part of it, asks for; rows run as the transform says."""

    crs: str
    transform: Affine
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.height, self.width

    @property
    def projection(self) -> Projection:
        return Projection(self.crs, self.transform)

    def part(self, col: int, row: int, width: int, height: int) -> "Target":
        """A window; it may reach beyond this target."""
        corner = self.transform @ Affine.translation(col, row)
        return Target(self.crs, corner, width, height)

    def grown(self, pixels: int) -> "Target":
        return self.part(-pixels, -pixels, self.width + 2 * pixels, self.height + 2 * pixels)

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates of the pixel centres, (height, width) each."""
        cols, rows = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        t = self.transform
        return t.a * cols + t.b * rows + t.c, t.d * cols + t.e * rows + t.f

    def anchored(self) -> Grid | None:
        """The same pixels as a grid of the project; None where they are not on its lattice."""
        t = self.transform
        if t.b or t.d or t.a <= 0 or t.a != -t.e:
            return None
        left, top = t.c / t.a, t.f / t.a
        if max(abs(left - round(left)), abs(top - round(top))) > 1e-9:
            return None
        right, bottom = t.c + self.width * t.a, t.f - self.height * t.a
        return Grid(self.crs, (t.a, t.a), (t.c, bottom, right, t.f))


@lru_cache(maxsize=12)
def lattice(target: Target, crs: str, phase: tuple[float, float, float, float]) -> Lattice:
    """The source pixel under each centre of `target`, on the unbounded lattice of `phase`."""
    a, e, left, top = phase
    source = Grid.from_transform(crs, Affine(a, 0, left, 0, -e, -top), 1, 1)
    grid = target.anchored()
    if grid is not None:
        return Gatherer(grid).lattice(source)
    xs, ys = target.centres()
    if CRS.from_user_input(target.crs) != CRS.from_user_input(crs):
        xs, ys = Transformer.from_crs(target.crs, crs, always_xy=True).transform(xs, ys)
    with np.errstate(invalid="ignore"):
        cols, rows = np.floor((xs - left) / a), np.floor((-ys - top) / e)
    lost = ~(np.isfinite(cols) & np.isfinite(rows))
    cols[lost] = rows[lost] = -(2**30)
    return Lattice(cols.astype(np.int32), rows.astype(np.int32))


def nowhere(target: Target, dtype: Any) -> Pixels:
    return Pixels(np.zeros(target.shape, dtype), np.zeros(target.shape, bool))


Compute = Callable[[Target], Pixels]


@dataclass(frozen=True, eq=False)
class Band:
    """One band of an image: how to compute its pixels on any target.

    Attributes:
        dtype: of the values it gives.
        projection: its default projection, and the native one where it is read from a file.
    """

    name: str
    dtype: np.dtype[Any]
    projection: Projection
    compute: Compute
    native: "Raster | None" = None

    def pixels(self, target: Target) -> Pixels:
        """The pixels on `target`, from the cache of the request where they are there."""
        return _cache().get(self, target)

    def named(self, name: str) -> "Band":
        # Shares the cache entry of the original: the same pixels under another name.
        return replace(self, name=name, compute=self.pixels)


@dataclass
class _Cache:
    """Pixels already computed for the request at hand, the oldest dropped first."""

    kept: "OrderedDict[tuple[int, Target], tuple[Band, Pixels]]" = field(
        default_factory=OrderedDict
    )
    bytes: int = 0

    def get(self, band: Band, target: Target) -> Pixels:
        key = (id(band), target)
        if key in self.kept:
            self.kept.move_to_end(key)
            return self.kept[key][1]
        values, mask = band.compute(target)
        pixels = Pixels(values.astype(band.dtype, copy=False), mask)
        self.kept[key] = (band, pixels)
        self.bytes += values.nbytes + mask.nbytes
        while self.bytes > _CACHE_BYTES and len(self.kept) > 1:
            _, (_, old) = self.kept.popitem(last=False)
            self.bytes -= old.values.nbytes + old.mask.nbytes
        return pixels


_local = threading.local()


def _cache() -> _Cache:
    cache: _Cache | None = getattr(_local, "cache", None)
    return cache or _Cache()


@contextmanager
def request_cache() -> Iterator[None]:
    """Keep what is computed on this thread until the block ends."""
    _local.cache = _Cache()
    try:
        yield
    finally:
        _local.cache = None


@dataclass(frozen=True)
class Raster:
    """One band of a file, as Earth Engine serves it.

    Attributes:
        path: what rasterio opens.
        nodata: the stored value that is masked, beside what the file declares.
        convert: stored values → served values.
    """

    path: str
    index: int = 1
    nodata: float | None = None
    convert: Callable[[NDArray[Any]], NDArray[Any]] | None = None

    @cached_property
    def facts(self) -> tuple[Grid, np.dtype[Any], tuple[float, ...]]:
        """Its grid, the type of the values served, and the stored values that are masked."""
        with rasterio.open(self.path) as raster:
            grid = Grid.from_transform(
                _crs_text(raster.crs), raster.transform, raster.width, raster.height
            )
            stored = np.dtype(raster.dtypes[self.index - 1])
            missing = {raster.nodatavals[self.index - 1], self.nodata} - {None}
        served = stored if self.convert is None else self.convert(np.ones((1, 1), stored)).dtype
        return grid, served, tuple(sorted(missing))

    @property
    def projection(self) -> Projection:
        grid = self.facts[0]
        return Projection(grid.crs, grid.transform)

    def band(self, name: str) -> Band:
        return Band(name, self.facts[1], self.projection, self.nearest, self)

    def nearest(self, target: Target) -> Pixels:
        """Pixel-centre nearest, masked outside the file and where it holds no data."""
        grid, dtype, _ = self.facts
        pixels = lattice(target, grid.crs, grid.phase).pixels(grid)
        if pixels is None:
            return nowhere(target, dtype)
        window = pixels.window
        values, valid = self._read(window.col_off, window.row_off, window.width, window.height)
        return Pixels(pixels.take(values, 0), pixels.take(valid, False))

    def bilinear(self, target: Target) -> Pixels:
        """Weighted by distance from the four nearest centres; masked ones do not count."""
        grid, dtype, _ = self.facts
        kind = np.float32 if dtype == np.float32 else np.float64
        xs, ys = target.centres()
        if target.crs != grid.crs:
            xs, ys = Transformer.from_crs(target.crs, grid.crs, always_xy=True).transform(xs, ys)
        t = grid.transform
        cols, rows = (xs - t.c) / t.a - 0.5, (ys - t.f) / t.e - 0.5
        left, top = np.floor(cols).astype(int), np.floor(rows).astype(int)
        values, valid = self._read(0, 0, grid.width, grid.height)
        total, weight = np.zeros(target.shape), np.zeros(target.shape)
        for down in (0, 1):
            for right in (0, 1):
                col, row = left + right, top + down
                inside = (col >= 0) & (col < grid.width) & (row >= 0) & (row < grid.height)
                at = np.where(inside, row, 0), np.where(inside, col, 0)
                share = (1 - abs(cols - col)) * (1 - abs(rows - row)) * (inside & valid[at])
                total += share * values[at]
                weight += share
        mask = weight > 0
        return Pixels(np.divide(total, weight, out=total, where=mask).astype(kind), mask)

    def _read(
        self, col: int, row: int, width: int, height: int
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        window = rasterio.windows.Window(col, row, width, height)
        with rasterio.open(self.path) as raster:
            stored = raster.read(self.index, window=window)
        valid = ~np.isin(stored, self.facts[2])
        if stored.dtype.kind == "f":
            valid &= np.isfinite(stored)
        if self.convert is not None:
            stored = self.convert(stored)
        return stored, valid


def _crs_text(crs: rasterio.crs.CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.to_wkt())


def write_geotiff(path: Path, bands: list[Band], target: Target) -> None:
    """Compute bands and write them; masked pixels become the type's lowest value, or −inf."""
    dtype = np.result_type(*(band.dtype for band in bands))
    nodata = float("-inf") if dtype.kind == "f" else float(np.iinfo(dtype).min)
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=target.width,
        height=target.height,
        count=len(bands),
        dtype=dtype,
        crs=target.crs,
        transform=target.transform,
        nodata=nodata,
        compress="deflate",
        zlevel=1,
    ) as raster:
        raster.descriptions = tuple(band.name for band in bands)
        for strip, row in strips(target):
            window = rasterio.windows.Window(0, row, strip.width, strip.height)
            with request_cache():
                for number, band in enumerate(bands, start=1):
                    values, mask = band.pixels(strip)
                    stored = np.where(mask, values.astype(dtype), dtype.type(nodata))
                    raster.write(stored, number, window=window)


def strips(target: Target, pixels: int = 2**18) -> Iterator[tuple[Target, int]]:
    """Parts of a target small enough to hold all that an expression needs, and their first row."""
    rows = max(1, pixels // target.width)
    for row in range(0, target.height, rows):
        yield target.part(0, row, target.width, min(rows, target.height - row)), row


def shards(target: Target, side: int) -> Iterator[tuple[str, Target]]:
    """The files of an export: what is appended to the name of each, and its pixels."""
    if not side:
        yield "", target
        return
    for row in range(0, target.height, side):
        for col in range(0, target.width, side):
            size = min(side, target.width - col), min(side, target.height - row)
            yield f"-{row:010d}-{col:010d}", target.part(col, row, *size)
