"""Masks, which are whole (0 or 1) here, and clipping."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely import box

from standins.earthengine.elements import Collection, EarthEngineError, Geometry, Image
from standins.earthengine.pixel_math import DOUBLE, cast, paired, union
from standins.earthengine.pixels import Band, Pixels, Target, nowhere
from standins.earthengine.registry import as_geometry, constant, function

DType = np.dtype[Any]


@function("Image.updateMask")
def _update_mask(image: Image, mask: Image) -> Image:
    def band(source: Band, allowed: Band) -> Band:
        def pull(target: Target) -> Pixels:
            clear = allowed.pixels(target)
            passed = clear.mask & (clear.values > 0)
            if not passed.any():
                return nowhere(target, source.dtype)
            pixels = source.pixels(target)
            return Pixels(pixels.values, pixels.mask & passed)

        return replace(source, compute=pull, native=None)

    return image.with_bands([band(one, other) for _, one, other in paired(image, mask)])


@function("Image.selfMask")
def _self_mask(image: Image) -> Image:
    return _update_mask(image, image)


@function("Image.mask")
def _mask(image: Image, mask: Image | None) -> Image:
    if mask is not None:
        return _replaced_mask(image, mask)

    def band(source: Band) -> Band:
        def pull(target: Target) -> Pixels:
            return Pixels(source.pixels(target).mask.astype(float), np.ones(target.shape, bool))

        return Band(source.name, DOUBLE, source.projection, pull)

    return image.computed([band(source) for source in image.bands])


def _replaced_mask(image: Image, mask: Image) -> Image:
    def band(source: Band, allowed: Band) -> Band:
        def pull(target: Target) -> Pixels:
            clear = allowed.pixels(target)
            return Pixels(source.pixels(target).values, clear.mask & (clear.values > 0))

        return replace(source, compute=pull, native=None)

    return image.with_bands([band(one, other) for _, one, other in paired(image, mask)])


@function("Image.unmask")
def _unmask(image: Image, value: Image | None, same_footprint: bool) -> Image:
    value = constant([0]) if value is None else value
    bound = image.geometry if same_footprint else None

    def band(source: Band, fill: Band) -> Band:
        dtype = source.dtype if _holds(source.dtype, fill) else union(source.dtype, fill.dtype)

        def pull(target: Target) -> Pixels:
            pixels, others = source.pixels(target), fill.pixels(target)
            filled = ~pixels.mask & others.mask
            if bound is not None:
                filled &= inside(bound, target)
            values = np.where(filled, cast(others.values, dtype), cast(pixels.values, dtype))
            return Pixels(values, pixels.mask | filled)

        return Band(source.name, dtype, source.projection, pull)

    bands = [band(one, other) for _, one, other in paired(image, value)]
    return replace(image.with_bands(bands), geometry=bound)


def _holds(dtype: DType, fill: Band) -> bool:
    return bool(np.can_cast(fill.dtype, dtype)) or (dtype.kind == "f" and fill.dtype.kind != "f")


def inside(geometry: Geometry, target: Target) -> NDArray[np.bool_]:
    """Where pixel centres lie in a geometry."""
    shape = geometry.to(target.crs)
    t = target.transform
    corners = [t @ (x, y) for x in (0, target.width) for y in (0, target.height)]
    xs, ys = zip(*corners, strict=True)
    if shape.contains(box(min(xs), min(ys), max(xs), max(ys))):
        return np.ones(target.shape, bool)
    if shape.is_empty:
        return np.zeros(target.shape, bool)
    burnt = rasterize([shape], out_shape=target.shape, transform=t, dtype="uint8")
    return burnt.astype(bool)


@function("Image.clip")
def _clip(image: Image, region: Any) -> Image:
    geometry = as_geometry(region)

    def band(source: Band) -> Band:
        def pull(target: Target) -> Pixels:
            within = inside(geometry, target)
            if not within.any():
                return nowhere(target, source.dtype)
            pixels = source.pixels(target)
            return Pixels(pixels.values, pixels.mask & within)

        return replace(source, compute=pull, native=None)

    bands = [band(source) for source in image.bands]
    return replace(image.with_bands(bands), geometry=_within(geometry, image.geometry))


def _within(geometry: Geometry, footprint: Geometry | None) -> Geometry:
    """The part of a geometry in a footprint; itself, in its own CRS, where that is all of it."""
    if footprint is None or footprint.lonlat.contains(geometry.lonlat):
        return geometry
    return Geometry(geometry.lonlat.intersection(footprint.lonlat))


@function("Image.clipToCollection")
def _clip_to_collection(image: Image, collection: Collection, *_: Any) -> Image:
    return _clip(image, collection)


@function("Image.clipToBoundsAndScale")
def clip_to_bounds(
    image: Image,
    geometry: Geometry | None,
    width: int | None,
    height: int | None,
    longest: int | None,
    scale: float | None,
) -> Image:
    """The bounds of the region in the image's CRS; `scale` sets the lattice, from the origin."""
    if width or height or longest:
        raise EarthEngineError("the stand-in exports by scale or crsTransform, not by dimensions")
    if scale is not None:
        bands = [
            replace(b, projection=b.projection.at_scale(scale), native=None) for b in image.bands
        ]
        image = image.with_bands(bands)
    if geometry is None:
        return image
    crs = image.bands[0].projection.crs
    return replace(image, geometry=Geometry(box(*geometry.to(crs).bounds), crs))
