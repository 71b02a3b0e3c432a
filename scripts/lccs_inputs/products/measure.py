"""Put a measured quantity (elevation, slope, canopy height) on the grid of an area.

It is interpolated between native pixels, or averaged onto coarser ones, and stored in whole steps
of the product's scale. Windows are anchored, as those of the other products.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import Product
from lccs_inputs.products.coverage import Coverage, OutsideAreaError, aligned_tags
from lccs_inputs.products.slope import pixel_metres, slope_degrees
from lccs_inputs.products.tiles import MEASURE_TYPES, Mosaic, read_mosaic
from lccs_inputs.products.windows import (
    TOLERANCE,
    WARP_MIB,
    interpolation,
    whole_window,
    window_side,
)
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.rasters.writing import create_raster

_Declared = TypeVar("_Declared")
_Scaling = tuple[float, float]  # a quantity is stored × the first + the second

_NOWHERE = -32768.0  # nodata of quantities that declare none: no height is so low
_ROWS = 512  # of a strip that slope is computed by
_MARGIN = 4  # native px around the area: interpolation and slope look at neighbours


def align_measure(
    product: Product,
    path: Path,
    area: Area,
    target: Path,
    work: Path,
    *,
    rasters: Sequence[Path],
    optional: bool = False,
) -> Coverage:
    """Write a product of kind MEASURE to `target`; see `align.align_product`.

    Raises:
        SourceError: the delivery cannot be read, or holds a value out of the product's limits.
        OutsideAreaError: none of it lies in the area.
    """
    mosaic = read_mosaic(rasters, path, MEASURE_TYPES)
    with gdal_env():
        stored = work / f"{product.name}.vrt"
        build_vrt(stored, mosaic.paths, mosaic.grid, nodata=_nodata(product, path, mosaic))
        scaling = _only(mosaic.scalings, path, "scales or offsets")
        native = stored
        if product.of_elevation:
            native, scaling = _sloped(stored, mosaic, scaling, area, work), (1.0, 0.0)
        with (
            rasterio.open(native) as source,
            create_raster(
                target, area.grid, [product.name], product.dtype, product.nodata,
                scales=[product.scale],
            ) as raster,
        ):  # fmt: skip
            coverage = _warp(product, path, (source, scaling), mosaic.grid, area, raster)
            if not coverage.covered and not optional:
                raise OutsideAreaError(
                    f"{path}: no part of it lies in the area; give the {product.title} that "
                    "covers it"
                )
            resampling = interpolation(area.grid, mosaic.grid)
            raster.update_tags(**aligned_tags(product, path, resampling, coverage))
    return coverage


def _nodata(product: Product, path: Path, mosaic: Mosaic) -> float:
    if mosaic.declared_nodata:
        return _only(mosaic.declared_nodata, path, "nodata values")
    return product.nodata if mosaic.dtype.startswith("uint") else _NOWHERE


def _only(found: Sequence[_Declared], path: Path, what: str) -> _Declared:
    """What all tiles declare that declare anything."""
    if len(found) > 1:
        raise SourceError(
            f"{path}: its tiles declare different {what} ({', '.join(map(str, found))}); rewrite "
            "them with one"
        )
    return found[0]


def _warp(
    product: Product,
    path: Path,
    stored: tuple[Any, _Scaling],
    native: Grid,
    area: Area,
    raster: Any,
) -> Coverage:
    """Write every window of the area; values are rounded half to even to whole steps."""
    source, (scale, offset) = stored
    side = window_side(area.grid, native)
    pixels = known = 0
    for piece in tqdm(
        list(area.grid.pieces(side)), desc=f"Aligning {product.name}", unit="window", mininterval=1
    ):
        inside = area.mask(area.block_grid(piece))
        if not inside.any():
            continue
        square, rows, cols = whole_window(area.grid, piece, side)
        warped = _warped(path, source, square, native)[rows, cols]
        valid = inside & (warped != np.float32(_NOWHERE))
        values = warped.astype(np.float64) * scale + offset
        _check(product, path, values[valid])
        steps = np.rint(values / product.scale)
        written = np.where(valid, steps, product.nodata).astype(product.dtype)
        raster.write(written, 1, window=piece.window)
        pixels += int(inside.sum())
        known += int(valid.sum())
    return Coverage(pixels, known, known)


def _warped(path: Path, source: Any, square: Grid, native: Grid) -> NDArray[np.float32]:
    try:
        with WarpedVRT(
            source,
            crs=square.crs,
            transform=square.transform,
            width=square.width,
            height=square.height,
            nodata=_NOWHERE,
            dtype="float32",
            resampling=interpolation(square, native),
            tolerance=TOLERANCE,
            warp_mem_limit=WARP_MIB,
        ) as warped:
            values: NDArray[np.float32] = warped.read(1)
            return values
    except rasterio.errors.RasterioIOError as error:
        raise SourceError(f"{path}: cannot be read whole ({error}); fetch it again") from error


def _check(product: Product, path: Path, values: NDArray[np.float64]) -> None:
    lowest, highest = product.limits
    if values.size and not (lowest <= values.min() and values.max() <= highest):
        raise SourceError(
            f"{path}: holds {values.min():g} to {values.max():g}, where {product.title} "
            f"({product.name}) is {lowest:g} to {highest:g} {product.unit}; is it another product, "
            "or is its nodata not declared?"
        )


def _sloped(elevation: Path, mosaic: Mosaic, scaling: _Scaling, area: Area, work: Path) -> Path:
    """Slope, degrees, of the native pixels around the area, strip by strip."""
    target = work / "slope.tif"
    window = _around(area, mosaic.grid)
    grid = mosaic.grid.subgrid(window.col_off, window.row_off, window.width, window.height)
    width, height = pixel_metres(grid)
    with (
        rasterio.open(elevation) as source,
        create_raster(target, grid, ["slope"], "float32", _NOWHERE) as raster,
    ):
        for row in range(0, grid.height, _ROWS):
            rows = slice(row, min(row + _ROWS, grid.height))
            heights = _bordered(source, window, rows) * scaling[0] + scaling[1]
            slope = slope_degrees(heights, width[rows], height[rows])
            strip = Window(0, row, grid.width, slope.shape[0])
            raster.write(np.where(np.isnan(slope), _NOWHERE, slope), 1, window=strip)
    return target


def _around(area: Area, native: Grid) -> Window:
    """The native pixels of the area and a margin, as far as there are any; at least one."""
    bounds = transform_bounds(area.grid.crs, native.crs, *area.grid.bounds, densify_pts=51)
    left, top = ~native.transform @ (bounds[0], bounds[3])
    right, bottom = ~native.transform @ (bounds[2], bounds[1])
    first_col = min(max(0, int(left) - _MARGIN), native.width - 1)
    first_row = min(max(0, int(top) - _MARGIN), native.height - 1)
    last_col = max(first_col + 1, min(native.width, int(right) + 1 + _MARGIN))
    last_row = max(first_row + 1, min(native.height, int(bottom) + 1 + _MARGIN))
    return Window(first_col, first_row, last_col - first_col, last_row - first_row)


def _bordered(source: Any, window: Window, rows: slice) -> NDArray[np.float64]:
    """Heights of a strip with a border of one pixel, which reads on where the model does."""
    strip = Window(
        window.col_off - 1,
        window.row_off + rows.start - 1,
        window.width + 2,
        rows.stop - rows.start + 2,
    )
    heights = source.read(1, window=strip, boundless=True, fill_value=source.nodata)
    return np.where(heights == source.nodata, np.nan, heights.astype(np.float64))
