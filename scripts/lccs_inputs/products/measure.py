"""Put a measured quantity (elevation, slope, canopy height) on the grid of an area.

It is interpolated between native pixels, or averaged onto coarser ones, and stored in whole steps
of the product's scale. Windows are anchored, as those of the other products.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS, Product
from lccs_inputs.products.coverage import Coverage, OutsideAreaError, aligned_tags
from lccs_inputs.products.slope import pixel_metres, slope_degrees
from lccs_inputs.products.tiles import Mosaic, facing, read_mosaic
from lccs_inputs.products.windows import (
    interpolation,
    reach,
    warp_options,
    whole_window,
    window_side,
)
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Block, Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.rasters.reading import area_windows, gdal_env
from lccs_inputs.rasters.writing import create_raster

_Declared = TypeVar("_Declared")

_METRES = ("m", "metre", "metres", "meter", "meters")
_NOWHERE = -32768.0  # nodata of quantities that declare none: no height is so low


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
    mosaic = facing(read_mosaic(rasters, path, product.kind), area, path)
    with gdal_env():
        native = _native(product, path, mosaic, area, work)
        with (
            rasterio.open(native) as source,
            create_raster(
                target, area.grid, [product.name], product.dtype, product.nodata,
                scales=[product.scale],
            ) as raster,
        ):  # fmt: skip
            coverage = _warp(product, source, mosaic.grid, area, raster)
            if not coverage.covered and not optional:
                raise OutsideAreaError(
                    f"{path}: no part of it lies in the area; give the {product.title} that "
                    "covers it"
                )
            resampling = interpolation(area.grid, mosaic.grid)
            raster.update_tags(**aligned_tags(product, path, resampling, coverage))
    return coverage


def _native(product: Product, path: Path, mosaic: Mosaic, area: Area, work: Path) -> Path:
    """The quantity on the native pixels around the area, in its unit, float32; its path.

    All that says nothing is made one nodata: what the tiles declare or mask, and NaN. What is left
    is held against the limits before anything is derived from it: of wrong heights there would be
    slopes like any other.
    """
    stored, target = work / f"{product.name}.vrt", work / f"{product.name}_native.tif"
    nodata = _nodata(product, path, mosaic)
    _heed_units(product, path, mosaic)
    scale, offset = _only(mosaic.scalings, path, "scales or offsets")
    build_vrt(
        stored, mosaic.paths, mosaic.grid, nodata=nodata, dtype="float64", places=mosaic.places
    )
    read = PRODUCTS["DEM"] if product.of_elevation else product
    near, corner = _around(area, mosaic.grid)
    width, height = pixel_metres(near.grid)
    with (
        rasterio.open(stored) as source,
        create_raster(target, near.grid, [product.name], "float32", np.nan) as raster,
    ):
        for window, inside in area_windows(near, f"Reading {product.name}"):
            values = _bordered(path, source, corner, window)
            values = np.where(values == nodata, np.nan, values * scale + offset)
            _check(read, path, values[1:-1, 1:-1][inside])
            if product.of_elevation:
                rows = slice(window.row_off, window.row_off + window.height)
                values = slope_degrees(values, width[rows], height[rows])
            else:
                values = values[1:-1, 1:-1]
            raster.write(values.astype(np.float32), 1, window=window)
    # What GDAL makes of a warp turns on how far its source reaches: as far for every area.
    whole = work / f"{product.name}_native.vrt"
    build_vrt(whole, [target], mosaic.grid)
    return whole


def _nodata(product: Product, path: Path, mosaic: Mosaic) -> float:
    """What says nothing in the tiles, as they store it."""
    if mosaic.declared_nodata:
        declared = _only(mosaic.declared_nodata, path, "nodata values")
        return float(np.float32(declared)) if mosaic.dtype == "float32" else declared
    return product.nodata if mosaic.dtype.startswith("uint") else _NOWHERE


def _heed_units(product: Product, path: Path, mosaic: Mosaic) -> None:
    """Tell where tiles say that they hold feet, or anything but the metres that are expected."""
    unit = PRODUCTS["DEM"].unit if product.of_elevation else product.unit
    strange = [said for said in mosaic.units if said.lower() not in _METRES]
    if unit == "m" and strange:
        raise SourceError(
            f"{path}: declares its values in {', '.join(strange)}, where {product.title} "
            f"({product.name}) is made of metres; convert them first (gdal_calc.py)"
        )


def _only(found: Sequence[_Declared], path: Path, what: str) -> _Declared:
    """What all tiles declare that declare anything."""
    if len(found) > 1:
        raise SourceError(
            f"{path}: its tiles declare different {what} ({', '.join(map(str, found))}); rewrite "
            "them with one"
        )
    return found[0]


def _warp(product: Product, source: Any, native: Grid, area: Area, raster: Any) -> Coverage:
    """Write every window of the area; values are rounded half to even to whole steps."""
    side = window_side(area.grid, native)
    pixels = known = 0
    for piece in tqdm(
        list(area.grid.pieces(side)), desc=f"Aligning {product.name}", unit="window", mininterval=1
    ):
        inside = area.mask(area.block_grid(piece))
        if not inside.any():
            continue
        square, rows, cols = whole_window(area.grid, piece.window, side)
        warped = _warped(source, square, native)[rows, cols]
        valid = inside & ~np.isnan(warped)
        steps = np.rint(warped.astype(np.float64) / product.scale)
        written = np.where(valid, steps, product.nodata).astype(product.dtype)
        raster.write(written, 1, window=piece.window)
        pixels += int(inside.sum())
        known += int(valid.sum())
    return Coverage(pixels, known, known)


def _warped(source: Any, square: Grid, native: Grid) -> NDArray[np.float32]:
    with WarpedVRT(source, nodata=np.nan, **warp_options(square, native)) as warped:
        values: NDArray[np.float32] = warped.read(1)
        return values


def _check(product: Product, path: Path, values: NDArray[np.float64]) -> None:
    values, (lowest, highest) = values[~np.isnan(values)], product.limits
    if values.size and not (lowest <= values.min() and values.max() <= highest):
        raise SourceError(
            f"{path}: holds {values.min():g} to {values.max():g}, where {product.title} "
            f"({product.name}) is {lowest:g} to {highest:g} {product.unit}; is it another product, "
            "or is its nodata not declared?"
        )


def _around(area: Area, native: Grid) -> tuple[Area, Block]:
    """The area and a margin on the native pixels, as far as there are any, and where those begin.

    There is at least one pixel, wherever the area lies.
    """
    outline = area.geometry_in(native.crs)
    outline = outline.buffer(reach(area.grid, native) * max(native.pixel))
    west, south, east, north = outline.bounds
    left, top = (math.floor(at) for at in ~native.transform @ (west, north))
    right, bottom = (math.ceil(at) for at in ~native.transform @ (east, south))
    first_col, first_row = min(max(0, left), native.width - 1), min(max(0, top), native.height - 1)
    width = max(1, min(native.width, right) - first_col)
    height = max(1, min(native.height, bottom) - first_row)
    grid = native.subgrid(first_col, first_row, width, height)
    return Area(outline, grid), Block("", first_col, first_row, width, height)


def _bordered(path: Path, source: Any, corner: Block, window: Window) -> NDArray[np.float64]:
    """Values of a window, with a border of one pixel which reads on where the source does."""
    col, row = corner.col_off + window.col_off, corner.row_off + window.row_off
    left, top = max(0, col - 1), max(0, row - 1)
    right = min(source.width, col + window.width + 1)
    bottom = min(source.height, row + window.height + 1)
    values = np.full((window.height + 2, window.width + 2), np.nan)
    there = slice(top - row + 1, bottom - row + 1), slice(left - col + 1, right - col + 1)
    try:
        values[there] = source.read(1, window=Window(left, top, right - left, bottom - top))
    except rasterio.errors.RasterioIOError as error:
        raise SourceError(f"{path}: cannot be read whole ({error}); fetch it again") from error
    return values
