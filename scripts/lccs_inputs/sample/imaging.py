"""How light becomes pixels: mixing, relief, shadow, cloud and noise, and band files."""

from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.ndimage import correlate1d

from lccs_inputs.files import atomic_path
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import verify_readable
from lccs_inputs.rasters.synthetic import sample_tags
from lccs_inputs.sample.clouds import Sky
from lccs_inputs.sample.landscape import CODES, CRS, VARIANTS, Cover, View
from lccs_inputs.sample.noise import Field, Grain

Bounds = tuple[float, float, float, float]

_SPREAD = np.array([0.14, 0.72, 0.14], np.float32)  # of a pixel's light over its neighbours
_CLOUD = np.array([0.52, 0.52, 0.53, 0.56, 0.42, 0.30], np.float32)  # reflectance, by band
_TEXTURE = {Cover.BROADLEAVED: 0.06, Cover.NEEDLELEAVED: 0.08, Cover.BUILT: 0.1, Cover.ROCK: 0.08}
_SMOOTH = {Cover.LAKE: 0.01, Cover.RIVER: 0.02, Cover.SEA: 0.01}


def native_grid(
    crs: str, pixel: float, bounds: Bounds, phase: float = 0.0, unit: float | None = None
) -> Grid:
    """The part of a sensor's pixel grid that holds `bounds` (EPSG:2154) and 100 m around.

    Args:
        phase: where pixel edges lie, past a multiple of `pixel`.
        unit: edges of the part are multiples of this (so that bands of two pixel sizes share
            their corner); `pixel` if not given.
    """
    transformer = Transformer.from_crs(CRS, crs, always_xy=True)
    xmin, ymin, xmax, ymax = transformer.transform_bounds(*bounds, densify_pts=51)
    step = unit or pixel
    left, bottom = (np.floor((low - 100 - phase) / step) * step + phase for low in (xmin, ymin))
    right, top = (np.ceil((high + 100 - phase) / step) * step + phase for high in (xmax, ymax))
    corners = (float(left), float(bottom), float(right), float(top))
    return Grid(crs, (float(pixel), float(pixel)), corners)


def reflectance(
    view: View, table: NDArray[np.float32], band: int, sky: Sky, grain: Grain, key: str
) -> Field:
    """One band of one scene, shape (height, width).

    Args:
        table: reflectance by band and cover code (see `spectra.reflectance_table`).
        sky: the opacities over the pixels of `view`.
        key: names the scene: its noise is its own.
    """
    light: Field = table[band][view.cover]
    for axis in (0, 1):
        light = correlate1d(light, _SPREAD, axis=axis, mode="nearest")
    light *= view.relief * (1 + _texture()[view.cover] * view.grain)
    light *= 1 - 0.62 * sky.shade
    col, row = view.grid.origin
    light *= 1 + 0.006 * grain(col, row, view.grid.width, view.grid.height, key, band)
    light += np.float32(0.0006) * grain(col, row, view.grid.width, view.grid.height, band, key)
    veil = np.maximum(sky.cloud, sky.cirrus)
    light += veil * (_CLOUD[band] * (0.8 + 0.35 * sky.cloud) - light)
    return light


def in_steps(light: Field, step: float) -> Field:
    """Reflectance in whole steps, coarser where it is bright: what is below the noise is dropped.

    Args:
        step: the reflectance one step stands for; two or four are taken at once above 0.1 and 0.25.
    """
    coarser = np.where(light < 0.1, 1, np.where(light < 0.25, 2, 4)).astype(np.float32)
    steps: Field = np.rint(light / (coarser * np.float32(step))) * coarser
    return steps


def _texture() -> NDArray[np.float32]:
    """Amplitude of the grain by cover code."""
    amplitude = np.full(CODES, 0.03, np.float32)
    for kind, value in (_TEXTURE | _SMOOTH).items():
        amplitude[kind * VARIANTS : (kind + 1) * VARIANTS] = value
    return amplitude


def write_band(
    path: Path, pixels: NDArray[np.generic], grid: Grid, nodata: float | None = None
) -> None:
    """Write one band as a tiled GeoTIFF, atomically; `nodata` None declares none."""
    floating = pixels.dtype.kind == "f"
    with atomic_path(path) as temporary:
        with rasterio.open(
            temporary,
            "w",
            driver="GTiff",
            width=grid.width,
            height=grid.height,
            count=1,
            dtype=pixels.dtype,
            crs=grid.crs,
            transform=grid.transform,
            nodata=nodata,
            tiled=True,
            blockxsize=256,
            blockysize=256,
            compress="deflate",
            predictor=3 if floating else 2,
        ) as raster:
            raster.update_tags(**sample_tags(path.stem))
            raster.write(pixels, 1)
        verify_readable(temporary)
