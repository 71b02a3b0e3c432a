"""Put a product on the grid of an area: clip, reproject and align in one windowed pass.

Classes take exactly the native pixel under each pixel centre, and percentages are interpolated
exactly between finer ones (see `rasters.resampling`); onto coarser pixels they are averaged. What
is nodata takes no part.
Overlapping areas agree pixel for pixel: what is exact is so in any window, and those of an average
are anchored at the origin of the CRS.
"""

import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS, Product, ProductKind
from lccs_inputs.products.archives import find_rasters
from lccs_inputs.products.coverage import Coverage, OutsideAreaError, aligned_tags
from lccs_inputs.products.measure import align_measure
from lccs_inputs.products.tiles import Mosaic, facing, read_mosaic
from lccs_inputs.products.windows import (
    coarsening,
    interpolation,
    warp_options,
    whole_window,
    window_side,
    work_windows,
)
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.rasters.positions import STEP, Positions
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.rasters.resampling import Native, bilinear, nearest
from lccs_inputs.rasters.synthetic import SYNTHETIC, is_synthetic_file
from lccs_inputs.rasters.writing import create_raster

_log = logging.getLogger(__name__)

Codes = NDArray[Any]

_EXACT_CACHE = 4 * 2**20
"""Bytes that GDAL keeps where windows are whole tiles: none that are written have to wait in it."""


def align_product(
    product: Product,
    path: Path,
    area: Area,
    target: Path,
    work: Path,
    *,
    rasters: Sequence[Path] = (),
    optional: bool = False,
) -> Coverage:
    """Write `product`, delivered at `path`, to `target` on the grid of `area`.

    Classes are exact nearest, and percentages exact `bilinear`, whatever the window, which is more
    than a warp within 0.01 px gives. Measures are warped, within 0.01 native px, and so are
    percentages by `average` onto pixels coarser than the native ones. Every nodata code is made
    the product's one nodata first. The shares of `Coverage` are kept in the tags COVERED_SHARE and
    CLASSIFIED_SHARE.

    Args:
        path: a GeoTIFF, a folder or a zip (see `find_rasters`).
        target: `product.dtype`, one band, native codes, nodata `product.nodata`, also outside
            the area.
        work: scratch folder; may be deleted afterwards.
        rasters: what `find_rasters` gave for `path` and `work`, where that was asked before:
            it reads a whole zip to check it.
        optional: other methods stand in where the product says nothing, so that it may lie
            outside the area; all is nodata then.

    Raises:
        SourceError: the delivery cannot be read, is not one product, holds a code the product
            does not have, or none of it lies in the area.
    """
    place = align_measure if product.kind is ProductKind.MEASURE else _align_codes
    rasters = rasters or find_rasters(path, work)
    if any(map(is_synthetic_file, rasters)):
        product = replace(product, title=f"{product.title} (synthetic)", source=SYNTHETIC)
    coverage = place(product, path, area, target, work, rasters=rasters, optional=optional)
    if missing := coverage.missing:
        _log.warning(
            "%s: does not cover %.3g %% of the area (%d of %d px), which is nodata there",
            *(path, 100 * missing / coverage.area, missing, coverage.area),
        )
    return coverage


def _align_codes(
    product: Product,
    path: Path,
    area: Area,
    target: Path,
    work: Path,
    *,
    rasters: Sequence[Path],
    optional: bool,
) -> Coverage:
    mosaic = facing(read_mosaic(rasters, path, product.kind), area, path)
    exact = _resampling(product, area.grid, mosaic.grid) is not Resampling.average
    with (
        gdal_env(**{"GDAL_CACHEMAX": _EXACT_CACHE} if exact else {}),
        _open_delivery(product, path, mosaic, work) as delivery,
        create_raster(target, area.grid, [product.name], product.dtype, product.nodata) as raster,
    ):
        coverage = _cover(delivery, area, raster, optional)
        tags = aligned_tags(product, path, delivery.resampling(area.grid), coverage)
        raster.update_tags(**delivery.origin, **tags)
    return coverage


def inspect_product(
    product: Product,
    path: Path,
    mosaic: Mosaic,
    area: Area,
    work: Path,
    *,
    optional: bool = False,
) -> Coverage:
    """Check the codes of a delivery within `area`, as `align_product` does, writing nothing.

    Args:
        mosaic: the tiles of the delivery at `path`.
        work: scratch folder; may be deleted afterwards.
        optional: it may lie outside the area.

    Raises:
        OutsideAreaError: none of it lies in the area.
        SourceError: it holds a code the product does not have.
    """
    with gdal_env(), _open_delivery(product, path, mosaic, work) as delivery:
        return _cover(delivery, area, None, optional)


class _Delivery:
    """An opened product: its codes as they are stored, checked, and under which pixels they lie."""

    def __init__(
        self, product: Product, path: Path, mosaic: Mosaic, raster: Any, unmixed: Any
    ) -> None:
        self.product, self.path, self.mosaic = product, path, mosaic
        self._raster, self._unmixed = raster, unmixed
        known = [*product.valid_codes, *product.nodata_codes, product.nodata]
        self._unexpected = np.ones(2**16, bool)
        self._unexpected[known] = False
        self._least, self._most = _longest_run(product.valid_codes)
        self._further = [code for code in product.nodata_codes if code != product.nodata]

    def under(self, grid: Grid) -> tuple[Positions, Native, bool]:
        """The native codes under a grid: none where the map does not reach.

        Also whether it is known that each is one that says something.
        """
        source = self.mosaic.grid
        positions = Positions(grid, source)
        # A margin, so that what a warp of the same pixels mixes in is validated too.
        window = positions.footprint(source, ceil(coarsening(grid, source)) + 1)
        (col, row), nodata = source.origin, self.product.nodata
        if window is None:
            nothing = np.full((1, 1), nodata, self.product.dtype)
            return positions, Native(nothing, col, row, nodata), False
        pixels, valid = self._read(window)
        native = Native(pixels, col + window.col_off, row + window.row_off, nodata)
        return positions, native, valid and positions.within(native.col, native.row, pixels.shape)

    def _read(self, window: Window) -> tuple[NDArray[Any], bool]:
        """Native codes, and whether all are of the most valid ones that follow each other."""
        try:
            stored: NDArray[Any] = self._raster.read(1, window=window)
        except rasterio.errors.RasterioIOError as error:
            raise SourceError(
                f"{self.path}: cannot be read whole ({error}); fetch it again"
            ) from error
        for void in _voids(self.product, self.mosaic):
            stored[np.isnan(stored) if np.isnan(void) else stored == void] = self.product.nodata
        native = stored
        if stored.dtype not in (np.uint8, np.uint16):
            with np.errstate(invalid="ignore"):  # a number that no code can be
                native = stored.astype(np.uint16)
        valid = True
        for top in range(0, len(native), STEP):  # strips that stay in the cache
            strip = slice(top, top + STEP)
            if native is not stored and (native[strip] != stored[strip]).any():
                self._refuse(stored, native)
            part = native[strip]
            others = part[part - native.dtype.type(self._least) > self._most - self._least]
            valid &= not others.size
            if np.take(self._unexpected, others).any():
                self._refuse(stored, native)
        return native, valid

    def _refuse(self, stored: NDArray[Any], native: NDArray[Any]) -> None:
        unexpected = stored[(native != stored) | self._unexpected[native]]
        raise SourceError(
            f"{self.path}: holds code {unexpected.min()!s}, which {self.product.title} "
            f"({self.product.name}) does not have; is it another product or edition?"
        )

    def heeded(self, native: NDArray[Any]) -> Codes:
        """Codes with every nodata code made the one nodata; in place."""
        for code in self._further:
            without = native == code
            if without.any():
                native[without] = self.product.nodata
        return native

    @property
    def origin(self) -> dict[str, str]:
        """The tag ORIGIN of what did not come as the publisher packs it; else nothing."""
        origin = self._raster.tags().get("ORIGIN")
        return {"ORIGIN": origin} if origin else {}

    def resampling(self, grid: Grid) -> Resampling:
        return _resampling(self.product, grid, self.mosaic.grid)

    def warp(self, grid: Grid) -> Codes:
        """Percentages on `grid`, which has to be a whole anchored window."""
        try:
            options = warp_options(grid, self.mosaic.grid)
            with WarpedVRT(self._unmixed, nodata=self.product.nodata, **options) as warped:
                values: Codes = warped.read(1)
                return values
        except rasterio.errors.RasterioIOError as error:
            raise SourceError(
                f"{self.path}: cannot be read whole ({error}); fetch it again"
            ) from error


def _resampling(product: Product, grid: Grid, native: Grid) -> Resampling:
    if product.kind is ProductKind.CLASSES:
        return Resampling.nearest
    return interpolation(grid, native)


def _longest_run(codes: Iterable[int]) -> tuple[int, int]:
    """The first and the last of the most codes without a gap: one comparison tells them."""
    runs: list[tuple[int, int]] = []
    for code in sorted({*codes}):
        first = runs[-1][0] if runs and runs[-1][1] == code - 1 else code
        runs.append((first, code))
    return max(runs, key=lambda run: run[1] - run[0])


@contextmanager
def _open_delivery(product: Product, path: Path, mosaic: Mosaic, work: Path) -> Iterator[_Delivery]:
    _heed_nodata(product, path, mosaic)
    stored, unmixed = work / f"{product.name}.vrt", work / f"{product.name}_unmixed.vrt"
    lay = partial(
        build_vrt,
        sources=mosaic.paths,
        grid=mosaic.grid,
        nodata=product.nodata,
        dtype=str(np.promote_types(mosaic.dtype, product.dtype)),
        places=mosaic.places,
    )
    lay(stored)
    others = {*product.nodata_codes, *_voids(product, mosaic)} - {product.nodata}
    lay(unmixed, lut={int(code): product.nodata for code in others if float(code).is_integer()})
    with rasterio.open(stored) as raster, rasterio.open(unmixed) as clean:
        yield _Delivery(product, path, mosaic, raster, clean)


def _heed_nodata(product: Product, path: Path, mosaic: Mosaic) -> None:
    """Tell where a tile declares as its nodata what is a code of the product too.

    A publisher's legend is known, and counts; what its owner says of a map is one word against
    the other.
    """
    clash = [f"{code:g}" for code in mosaic.declared_nodata if code in product.valid_codes]
    if not clash:
        return
    told = f"{path}: declares {', '.join(clash)} as its nodata"
    if product.name not in PRODUCTS:
        raise SourceError(
            f"{told}, which {product.title} ({product.name}) has as a code too; take it out of "
            "`codes`, or unset it in the file (gdal_edit.py -unsetnodata)"
        )
    _log.warning(
        "%s, which is a code of %s (%s) and is taken as that; if pixels without data are to be "
        "nodata, write them as %d",
        *(told, product.title, product.name, product.nodata),
    )


def _voids(product: Product, mosaic: Mosaic) -> list[float]:
    """What the tiles hold that says nothing, beside the nodata codes of the product."""
    said = {*product.valid_codes, *product.nodata_codes}
    voids = [code for code in mosaic.declared_nodata if code not in said]
    return [*voids, math.nan] if np.dtype(mosaic.dtype).kind == "f" else voids


def _cover(delivery: _Delivery, area: Area, raster: Any | None, optional: bool = False) -> Coverage:
    """Read all that lies in the area, and write it to `raster` if there is one."""
    product, resampling = delivery.product, delivery.resampling(area.grid)
    pixels = covered = classified = 0
    windows = list(work_windows(area.grid, delivery.mosaic.grid, resampling))
    doing = "Checking" if raster is None else "Aligning"
    for window in tqdm(windows, desc=f"{doing} {product.name}", unit="window", mininterval=1):
        grid = area.grid.window(window)
        inside = area.mask(grid)
        if not inside.any():
            continue
        positions, native, valid = delivery.under(grid)
        pixels, whole = pixels + _count(inside), inside.all()
        if valid and resampling is Resampling.bilinear:  # that there is a nearest code is known
            covered, classified = covered + _count(inside), classified + _count(inside)
            codes = bilinear(positions, native) if raster is not None else inside
        else:
            codes = nearest(positions, native)
            if not whole:
                codes[~inside] = product.nodata
            covered += _count(codes != product.nodata)
            codes = delivery.heeded(codes)
            classified += _count(codes != product.nodata)
            if raster is not None:
                codes = _values(delivery, area.grid, window, codes, positions, native)
        if raster is not None:
            if not whole:
                codes[~inside] = product.nodata
            raster.write(codes.astype(product.dtype, copy=False), 1, window=window)
    if not covered and not optional:
        raise OutsideAreaError(
            f"{delivery.path}: no part of it lies in the area; give the {product.title} that "
            "covers it"
        )
    return Coverage(pixels, covered, classified)


def _count(chosen: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(chosen))


def _values(
    delivery: _Delivery,
    grid: Grid,
    window: Window,
    codes: Codes,
    positions: Positions,
    native: Native,
) -> Codes:
    """What is written of a window whose nearest codes are given."""
    match delivery.resampling(grid):
        case Resampling.nearest:
            return codes
        case Resampling.bilinear:
            return bilinear(positions, replace(native, pixels=delivery.heeded(native.pixels)))
    side = window_side(grid, delivery.mosaic.grid)
    square, rows, cols = whole_window(grid, window, side)
    return delivery.warp(square)[rows, cols]
