"""Where pixels lie, and what is computed from those around: projections, slope, focal filters."""

from dataclasses import replace
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from lccs_inputs.rasters.grid import Grid
from standins.earthengine.elements import EarthEngineError, Image, crs_name
from standins.earthengine.pixel_math import DOUBLE, FLOAT
from standins.earthengine.pixels import Band, Pixels, Projection, Target, lattice
from standins.earthengine.reducers import Output, Stack, simple
from standins.earthengine.registry import function

Values = NDArray[Any]


@function("Image.projection")
def _projection(image: Image) -> Projection:
    found = {band.projection for band in image.bands}
    if len(found) != 1:
        raise EarthEngineError(
            "Image.projection: The bands of the specified image contains different projections. "
            "Use Image.select to pick a single band."
        )
    return found.pop()


def lattice_of(crs: Any, transform: list[float] | None, scale: float | None) -> Projection:
    """The lattice that crs, crsTransform and scale name."""
    base = crs if isinstance(crs, Projection) else Projection(crs_name(crs), Affine.identity())
    if transform is not None:
        return Projection(base.crs, Affine(*transform[:6]))
    return base if scale is None else base.at_scale(scale)


@function("Image.setDefaultProjection")
def _set_projection(image: Image, crs: Any, transform: list[float] | None, scale: Any) -> Image:
    projection = lattice_of(crs, transform, scale)
    return image.with_bands(
        [replace(band, projection=projection, native=None) for band in image.bands]
    )


@function("Image.reproject")
def _reproject(image: Image, crs: Any, transform: list[float] | None, scale: Any) -> Image:
    """Computed on the pixels of that lattice, whatever is asked for; then nearest."""
    projection = lattice_of(crs, transform, scale)
    t = projection.transform

    def band(source: Band) -> Band:
        def pull(target: Target) -> Pixels:
            if target.crs == projection.crs and _on_lattice(target, t):
                return source.pixels(target)
            return _sampled(source, projection, target)

        return Band(source.name, source.dtype, projection, pull)

    return image.with_bands([band(source) for source in image.bands])


def _on_lattice(target: Target, t: Affine) -> bool:
    own = target.transform
    col, row = ~t @ (own.c, own.f)
    aligned = max(abs(col - round(col)), abs(row - round(row))) < 1e-6
    return aligned and (own.a, own.b, own.d, own.e) == (t.a, t.b, t.d, t.e)


def _sampled(source: Band, projection: Projection, target: Target) -> Pixels:
    grid = Grid.from_transform(projection.crs, projection.transform, 2**30, 2**30)
    found = lattice(target, grid.crs, grid.phase)
    cols, rows = found.cols - grid.origin[0], found.rows - grid.origin[1]
    left, top = int(cols.min()), int(rows.min())
    width, height = int(cols.max()) - left + 1, int(rows.max()) - top + 1
    if width * height > 2**26:
        raise EarthEngineError("Reprojection output too large.")
    whole = Target(projection.crs, projection.transform, 1, 1).part(left, top, width, height)
    values, mask = source.pixels(whole)
    at = rows - top, cols - left
    return Pixels(values[at], mask[at])


@function("Image.resample")
def _resample(image: Image, mode: str) -> Image:
    """Of bands read from files only: elsewhere it has nothing to interpolate, as on composites."""
    if mode not in ("bilinear",):
        raise EarthEngineError(f"the stand-in does not resample by '{mode}'")

    def band(source: Band) -> Band:
        if source.native is None:
            return source
        dtype = FLOAT if source.dtype == FLOAT else DOUBLE
        return Band(source.name, dtype, source.projection, source.native.bilinear, source.native)

    return image.with_bands([band(source) for source in image.bands])


def _metres(target: Target) -> tuple[Values, Values]:
    """Width and height of each row's pixels on the ground, m, shape (height, 1)."""
    projection = target.projection
    rows = np.arange(target.height)[:, None] + 0.5
    across = np.full(rows.shape, abs(target.transform.a) * projection.metres)
    if projection.metres != 1:
        latitude = target.transform.f + rows * target.transform.e
        across = across * np.cos(np.radians(latitude))
    return across, np.full(rows.shape, abs(target.transform.e) * projection.metres)


@function("Terrain.slope")
def _slope(image: Image) -> Image:
    """Degrees, by the four neighbours on the grid asked for; masked beside missing heights."""
    source = image.bands[0]

    def pull(target: Target) -> Pixels:
        heights, mask = source.pixels(target.grown(1))
        across, down = _metres(target)
        east = (heights[1:-1, 2:].astype(float) - heights[1:-1, :-2]) / (2 * across)
        south = (heights[2:, 1:-1].astype(float) - heights[:-2, 1:-1]) / (2 * down)
        seen = mask[1:-1, 2:] & mask[1:-1, :-2] & mask[2:, 1:-1] & mask[:-2, 1:-1]
        slope = np.degrees(np.arctan(np.hypot(east, south)))
        return Pixels(slope.astype(np.float32), seen & mask[1:-1, 1:-1])

    return image.computed([Band("slope", FLOAT, source.projection, pull)])


def _register_focal(name: str, statistic: str) -> None:
    @function(f"Image.focal_{name}", f"Image.focal{name.capitalize()}")
    def focal(
        image: Image, radius: float, kernel: str, units: str, iterations: int, custom: Any, *_: Any
    ) -> Image:
        if custom is not None or kernel not in ("circle", "square"):
            raise EarthEngineError("the stand-in has circle and square kernels only")
        output = simple(statistic).outputs[0]
        for _turn in range(int(iterations)):
            bands = [_focal_band(b, output, radius, kernel, units) for b in image.bands]
            image = image.computed(bands)
        return image


def _focal_band(source: Band, output: Output, radius: float, kernel: str, units: str) -> Band:
    def pull(target: Target) -> Pixels:
        size = abs(target.transform.a) * target.projection.metres
        pixels = radius if units == "pixels" else radius / size
        reach = int(np.floor(pixels))
        around = source.pixels(target.grown(reach))
        steps = range(-reach, reach + 1)
        moves = [
            (x, y) for y in steps for x in steps if kernel == "square" or np.hypot(x, y) <= pixels
        ]
        cut = [
            (
                slice(reach + y, reach + y + target.height),
                slice(reach + x, reach + x + target.width),
            )
            for x, y in moves
        ]
        stack = Stack(
            np.array([around.values[at] for at in cut]), np.array([around.mask[at] for at in cut])
        )
        values, mask = output.summary(stack)
        # As the service does by default: only where there was a value.
        return Pixels(values, mask & around.mask[reach : reach + target.height,
                                                 reach : reach + target.width])  # fmt: skip

    return Band(source.name, output.dtype(source.dtype), source.projection, pull)


for _name in ("median", "mean", "min", "max", "mode"):
    _register_focal(_name, _name)
