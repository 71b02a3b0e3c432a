"""Sentinel-1 RTC-like scenes: linear gamma naught with speckle."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.sample.acquisitions import SENTINEL1, Sentinel1
from lccs_inputs.sample.imaging import Bounds, native_grid, write_band
from lccs_inputs.sample.landscape import OPEN_WATER, Landscape
from lccs_inputs.sample.noise import Grain
from lccs_inputs.sample.spectra import backscatter_table

BANDS = ("vv", "vh")
NODATA = -32768.0

_LOOKS = 4.3  # equivalent number of looks of the interferometric wide mode
_CRS = "EPSG:32632"
_KEPT_BITS = np.uint32(0xFFF80000)  # 4 of 23 bits of the mantissa: 0.26 dB, and it compresses
_SHADOWED = 0.72  # metres down for a metre away from the radar: the ray passes above
_SHADOW = 0.02  # of the power: what is left is noise
_BORDER = 2  # px of nodata that terrain correction leaves at the rim


def make_sentinel1(
    landscape: Landscape, bounds: Bounds, resolution: float, folder: Path
) -> Iterator[tuple[Sentinel1, Grid]]:
    """Write every scene of `acquisitions.SENTINEL1` into `folder/<id>/<band>.tif`.

    Pixels are three times `resolution`, to stay small.

    Yields:
        each scene once written, and its grid.
    """
    view = landscape.view(native_grid(_CRS, 3 * resolution, bounds))
    grain, table, grid = Grain(landscape.seed), backscatter_table(), view.grid
    rise_east = view.place.sample(landscape.terrain.rise_east)
    water = np.isin(view.classes, OPEN_WATER)
    for scene in SENTINEL1:
        seen = np.where(water, np.float32(10 ** (scene.wind / 10)), np.float32(1))
        # The radar looks east or west, and does not see slopes that fall away from it.
        away = -rise_east if scene.is_ascending else rise_east
        seen = np.where(away > _SHADOWED, np.float32(_SHADOW), seen)
        for band, name in enumerate(BANDS):
            speckle = grain.speckle(_LOOKS, *grid.origin, grid.width, grid.height, scene.id, name)
            power = _shortened(table[band][view.cover] * seen * speckle)
            power[:_BORDER], power[-_BORDER:] = NODATA, NODATA
            power[:, :_BORDER], power[:, -_BORDER:] = NODATA, NODATA
            write_band(folder / scene.id / f"{name}.tif", power, grid, NODATA)
        yield scene, grid


def _shortened(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Drop the bits of the mantissa that no radar resolves."""
    return (np.maximum(power, 1e-5).view(np.uint32) & _KEPT_BITS).view(np.float32)
