"""Reducing an image over a region, and the lattice an image is exported on.

A pixel counts where its centre lies in the region: the fractions of pixels that weighted reducers
see at its rim are not reproduced.
"""

import math
from typing import Any

import numpy as np
from affine import Affine

from standins.earthengine.elements import EarthEngineError, Geometry, Image
from standins.earthengine.masks import inside
from standins.earthengine.neighbours import lattice_of
from standins.earthengine.pixels import Projection, Target, request_cache, strips
from standins.earthengine.reducers import Reducer, Stack, reduce_values
from standins.earthengine.registry import function

_SLACK = 1e-3  # px; a region that went through degrees and back is off by less


def lattice_over(projection: Projection, region: Geometry) -> Target:
    """The pixels of a lattice that hold a region."""
    t = projection.transform
    left, bottom, right, top = region.to(projection.crs).bounds
    corners = [~t @ (x, y) for x in (left, right) for y in (bottom, top)]
    cols, rows = zip(*corners, strict=True)
    first = math.floor(min(cols) + _SLACK), math.floor(min(rows) + _SLACK)
    size = (
        max(1, math.ceil(max(cols) - _SLACK) - first[0]),
        max(1, math.ceil(max(rows) - _SLACK) - first[1]),
    )
    return Target(projection.crs, t @ Affine.translation(*first), *size)


def native_target(image: Image) -> Target:
    """The pixels an image has of itself: its own lattice over its footprint.

    Raises:
        EarthEngineError: it has no bands, or no end.
    """
    if not image.bands:
        raise EarthEngineError("Image has no bands.")
    if image.geometry is None:
        raise EarthEngineError("Unable to export unbounded image.")
    native = image.bands[0].native
    if native is not None:
        grid = native.facts[0]
        return Target(grid.crs, grid.transform, grid.width, grid.height)
    return lattice_over(image.bands[0].projection, image.geometry)


@function("Image.reduceRegion")
def _reduce_region(
    image: Image,
    reducer: Reducer,
    geometry: Geometry | None,
    scale: float | None,
    crs: Any,
    transform: list[float] | None,
    coarser: bool,
    most: float,
    _: float,
) -> dict[str, Any]:
    region = geometry or image.geometry
    if region is None:
        raise EarthEngineError("Image.reduceRegion: Provide 'geometry' for an unbounded image.")
    projection = lattice_of(crs or image.bands[0].projection, transform, scale)
    target = lattice_over(projection, region)
    while coarser and target.width * target.height > most:
        projection = projection.at_scale(projection.scale * 2)
        target = lattice_over(projection, region)
    if target.width * target.height > most:
        raise EarthEngineError(
            "Image.reduceRegion: Too many pixels in the region. Found "
            f"{target.width * target.height}, but maxPixels allows only {most:.0f}.\nEnsure that "
            "you are not aggregating at a higher resolution than you intended; that is the most "
            "frequent cause of this error. If not, then you may set the 'maxPixels' argument to "
            "a limit suitable for your computation; set 'bestEffort' to true to aggregate at "
            "whatever scale results in 'maxPixels' total pixels; or both."
        )
    return _summarise(image, reducer, region, target)


def _summarise(image: Image, reducer: Reducer, region: Geometry, target: Target) -> dict[str, Any]:
    values: list[list[Any]] = [[] for _ in image.bands]
    for strip, _ in strips(target):
        within = inside(region, strip)
        if not within.any():
            continue
        with request_cache():
            for column, band in zip(values, image.bands, strict=True):
                pixels = band.pixels(strip)
                column.append(pixels.values[pixels.mask & within])
    results: dict[str, Any] = {}
    for band, parts in zip(image.bands, values, strict=True):
        found = np.concatenate([np.zeros(0, band.dtype), *parts])
        results |= _of_band(band.name, reducer, found)
    return results


def _of_band(name: str, reducer: Reducer, values: Any) -> dict[str, Any]:
    if reducer.collect:
        return {name: reduce_values(reducer, [(value,) for value in values.tolist()])}
    single = len(reducer.outputs) == 1
    column = values[:, None]
    stack = Stack(column, np.ones(column.shape, bool))
    return {
        name if single else f"{name}_{output.name}": (
            float(output.summary(stack)[0][0]) if values.size else None
        )
        for output in reducer.outputs
    }
