"""Small rasters on a small grid, for tests that need files rather than a landscape."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from shapely import box
from shapely.geometry.base import BaseGeometry

from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster

NODATA = 255


def grid_of(width: int, height: int, left: float = 900_000, top: float = 6_500_000) -> Grid:
    """A 10 m grid in EPSG:2154 of a given size, px."""
    return Grid("EPSG:2154", (10, 10), (left, top - 10 * height, left + 10 * width, top))


def area_of(grid: Grid, geometry: BaseGeometry | None = None) -> Area:
    """The whole grid as an area, or only `geometry`."""
    return Area(geometry or box(*grid.bounds), grid)


def write_codes(path: Path, grid: Grid, codes: ArrayLike, **options: Any) -> Path:
    """A one-band raster of uint8 codes, nodata 255."""
    with create_raster(path, grid, [path.stem], "uint8", NODATA, **options) as raster:
        raster.write(np.broadcast_to(np.asarray(codes, np.uint8), grid.shape), 1)
    return path


def write_layers(folder: Path, grid: Grid, layers: Mapping[str, ArrayLike]) -> dict[str, Path]:
    """One file of codes per layer name."""
    return {
        name: write_codes(folder / f"{name}.tif", grid, codes) for name, codes in layers.items()
    }
