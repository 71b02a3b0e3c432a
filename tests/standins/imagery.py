"""Small synthetic scenes, written where and how a test wants them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from lccs_inputs.facts.sensors import OPTICAL_BANDS
from lccs_inputs.imagery.scenes import Asset, Scene, SceneList


def write_asset(
    path: Path,
    values: NDArray[Any],
    crs: str | None,
    corner: tuple[float, float],
    resolution: float,
    block: int = 256,
) -> str:
    """Write one single-band raster with its top-left corner at (x, y); returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=1,
        dtype=values.dtype,
        crs=crs,
        transform=Affine(resolution, 0, corner[0], 0, -resolution, corner[1]),
        tiled=True,
        blockxsize=block,
        blockysize=block,
        compress="deflate",
        zlevel=1,
    ) as raster:
        raster.write(values, 1)
    return str(path)


def scene(name: str, assets: Mapping[str, Asset], time: str = "2018-06-01T10:30:00Z") -> Scene:
    return Scene(name, "synthetic", time, "31TGM", "sentinel2a", "", assets)


def scene_list(*scenes: Scene, sensor: str = "sentinel2") -> SceneList:
    return SceneList(
        "s2", "2018", sensor, "2018-05-01", "2018-10-31", "here", "", len(scenes), {}, scenes
    )


def sentinel2_scene(
    folder: Path,
    name: str,
    crs: str,
    corner: tuple[float, float],
    size: int,
    seed: int,
    offset: float = 0.0,
    block: int = 256,
) -> Scene:
    """A scene of `size` × `size` 10 m pixels: smooth numbers, a nodata corner, blobs of cloud.

    Infrared bands and the scene classification have 20 m pixels. `offset` −0.1 writes numbers
    that carry the +1000 of processing baseline 04.00.
    """
    rng = np.random.default_rng(seed)
    assets = {}
    for band in OPTICAL_BANDS:
        coarse = 2 if band.startswith("swir") else 1
        values = _smooth(rng, size // coarse) * 4000 + rng.integers(0, 40, (size // coarse,) * 2)
        numbers = (values + (1 if offset == 0 else 1001)).astype(np.uint16)
        numbers[-size // coarse // 5 :, : size // coarse // 4] = 0
        path = folder / name / f"{band}.tif"
        href = write_asset(path, numbers, crs, corner, 10 * coarse, block)
        assets[band] = Asset(href, 1e-4, offset, 0)
    classes = np.full((size // 2,) * 2, 4, np.uint8)
    classes[_smooth(rng, size // 2) > 0.6] = 9
    classes[_smooth(rng, size // 2) > 0.75] = 3
    href = write_asset(folder / name / "scl.tif", classes, crs, corner, 20, block)
    return scene(name, assets | {"scl": Asset(href, nodata=0)})


def _smooth(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Blobs between 0 and 1, some 40 pixels across."""
    nodes = rng.random((size // 40 + 2,) * 2)
    at = np.arange(size) / 40
    left = at.astype(int)
    part = at - left
    lines = nodes[left] * (1 - part)[:, None] + nodes[left + 1] * part[:, None]
    blobs: NDArray[np.float64] = lines[:, left] * (1 - part) + lines[:, left + 1] * part
    return blobs
