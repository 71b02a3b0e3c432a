"""Overviews of a raster, each half the size of the one before: what is seen when zoomed out.

An overview pixel stands for the 2 × 2 pixels it covers, as GDAL has it, at a tenth of the cost:
`nearest` is the first of them; `mode` the one that is there most often, of several the one that is
so first; `average` their mean, halves rounded up. Nodata takes no part in the latter two.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.io import DatasetReader, DatasetWriter
from rasterio.windows import Window

from lccs_inputs.rasters.reading import tiled

_WINDOW = 2048  # px, even
_STRIP = 64  # rows, even: what is worked on stays in the cache

Pixels = NDArray[Any]
_Mask = NDArray[np.bool_]
_Reduce = Callable[[Pixels, Any], Pixels]


class HalvedWriter:
    """A raster under way, and the first of its overviews, written along with it.

    What is left out of it is nodata in all of them, or 0.

    Args:
        whole: the raster.
        halves: rasters of half its size, and how each is made: nearest, mode or average.
        step: 2; of overviews that are all by the nearest pixel also more, for what is not a half of
            its size but a third or less.
    """

    def __init__(
        self,
        whole: DatasetWriter,
        halves: Sequence[tuple[DatasetWriter, str]] = (),
        step: int = 2,
    ) -> None:
        self._whole, self._halves, self._step = whole, halves, step

    def update_tags(self, **tags: str) -> None:
        """Add tags to those of the raster."""
        self._whole.update_tags(**tags)

    def write(
        self, pixels: Pixels, band: int | None = None, *, window: Window | None = None
    ) -> None:
        """Write a window of a band, or of all, each of its pixels once.

        Windows should be of whole tiles of the raster and of its overviews.

        Args:
            pixels: shape (rows, columns) of a band, (bands, rows, columns) of all.
            window: where; all of the raster by default.

        Raises:
            ValueError: it begins or ends within the pixels that an overview pixel stands for, of
                which it takes more than the first.
        """
        self._whole.write(pixels, band, window=window)
        place = window or Window(0, 0, self._whole.width, self._whole.height)
        for half, resampling in self._halves:
            halved = self._halved(pixels, resampling, place)
            if halved.size:
                left, top = (-(-side // self._step) for side in (place.col_off, place.row_off))
                at = Window(left, top, *halved.shape[:-3:-1])
                half.write(halved, band, window=at)

    def _halved(self, pixels: Pixels, resampling: str, place: Window) -> Pixels:
        if resampling == "nearest":
            top, left = -place.row_off % self._step, -place.col_off % self._step
            return pixels[..., top :: self._step, left :: self._step]
        bottom, right = place.row_off + place.height, place.col_off + place.width
        if (
            place.row_off % 2
            or place.col_off % 2
            or (bottom % 2 and bottom < self._whole.height)
            or (right % 2 and right < self._whole.width)
        ):
            raise ValueError(f"{place} cuts what a pixel of an overview by {resampling} stands for")
        reduce, nodata = _REDUCE[resampling], self._whole.nodata
        if pixels.ndim == 2:
            return _reduced(pixels, reduce, nodata)
        return np.stack([_reduced(band, reduce, nodata) for band in pixels])


def overviews_of(shape: tuple[int, int], smallest: int) -> int:
    """How many overviews a raster has, as `write_overviews` makes them."""
    count, side = 0, max(shape)
    while side > smallest:
        count, side = count + 1, -(-side // 2)
    return count


def write_overviews(
    raster: Path, resampling: str, smallest: int, form: Mapping[str, Any], paths: Iterator[Path]
) -> list[Path]:
    """Write the overviews of a raster, all of which is decoded by it.

    Args:
        raster: of mode uint8, of average uint8, int16 or float32.
        resampling: nearest, mode or average.
        smallest: the last overview is not larger than this on either side, px.
        form: driver, tiles and codec of the files.
        paths: where to write them, one after the other.

    Returns:
        The raster, then its overviews.
    """
    levels = [raster]
    while max(_shape(levels[-1])) > smallest:
        half = next(paths)
        _halve(levels[-1], half, _REDUCE[resampling], form)
        levels.append(half)
    return levels


def _shape(path: Path) -> tuple[int, int]:
    with rasterio.open(path) as raster:
        shape: tuple[int, int] = raster.shape
        return shape


def _halve(source: Path, target: Path, reduce: _Reduce, form: Mapping[str, Any]) -> None:
    with (
        rasterio.open(source) as raster,
        rasterio.open(target, "w", **{**form, **half_of(raster)}) as half,
    ):
        for band in raster.indexes:
            for window in tiled(raster.shape, _WINDOW):
                reduced = _reduced(raster.read(band, window=window), reduce, raster.nodata)
                place = Window(
                    window.col_off // 2, window.row_off // 2, reduced.shape[1], reduced.shape[0]
                )
                half.write(reduced, band, window=place)


def _reduced(pixels: Pixels, reduce: _Reduce, nodata: float | None) -> Pixels:
    height, width = (-(-side // 2) for side in pixels.shape)
    reduced = np.empty((height, width), pixels.dtype)
    for top in range(0, len(pixels), _STRIP):
        strip = pixels[top : top + _STRIP]
        reduced[top // 2 : (top + _STRIP) // 2] = reduce(strip, nodata)
    return reduced


def as_colours(count: int, *, colours: bool = False) -> dict[str, str]:
    """How GDAL is told whether several bands are colours: it takes three or four of bytes for such,
    the fourth for what hides the others."""
    return {"photometric": "rgb" if colours else "minisblack"} if count > 1 else {}


def half_of(raster: DatasetReader | DatasetWriter, step: int = 2) -> dict[str, Any]:
    """What its first overview has of a raster: all but how its tiles are encoded."""
    height, width = (-(-side // step) for side in raster.shape)
    return {
        **as_colours(raster.count, colours=raster.colorinterp[0] == ColorInterp.red),
        "count": raster.count,
        "dtype": raster.dtypes[0],
        "nodata": raster.nodata,
        "crs": raster.crs,
        "transform": raster.transform @ Affine.scale(step),
        "height": height,
        "width": width,
    }


def _quarters(pixels: Pixels, nodata: float | None) -> list[Pixels]:
    """The four pixels under each overview pixel, by rows; beyond the edge is nodata."""
    odd = [(0, side % 2) for side in pixels.shape]
    if any(side[1] for side in odd):
        beyond: Mapping[str, Any] = (
            {"mode": "edge"} if nodata is None else {"constant_values": nodata}
        )
        pixels = np.pad(pixels, odd, **beyond)
    return [np.ascontiguousarray(pixels[row::2, col::2]) for row in (0, 1) for col in (0, 1)]


def _first(pixels: Pixels, _nodata: Any) -> Pixels:
    return pixels[::2, ::2]


def _there(four: list[Pixels], nodata: Any) -> list[_Mask]:
    if nodata is None:
        return [np.ones(pixels.shape, bool) for pixels in four]
    return [np.not_equal(pixels, nodata) for pixels in four]


def _most_frequent(pixels: Pixels, nodata: Any) -> Pixels:
    """The code that is there twice first; where none is twice, the first that is there."""
    four = _quarters(pixels, nodata)
    there = _there(four, nodata)
    found, open_, none = four[0].copy(), np.ones(four[0].shape, bool), ~there[0]
    for at, other in enumerate(four[1:], start=1):
        twice = other == four[0]
        for before in four[1:at]:
            twice |= other == before
        twice &= there[at]
        twice &= open_
        alone = there[at] & none
        _put(found, other, twice | alone)
        open_ ^= twice
        none ^= alone
    return found


_SUMS: Mapping[str, Any] = {"uint8": np.uint16, "int16": np.int32, "float32": np.float64}
"""Type of pixels → one that holds the sum of four."""


def _mean(pixels: Pixels, nodata: Any) -> Pixels:
    four = _quarters(pixels, nodata)
    kind = four[0].dtype
    count, total = np.zeros(four[0].shape, np.uint16), np.zeros(four[0].shape, _SUMS[kind.name])
    for each, there in zip(four, _there(four, nodata), strict=True):
        count += there
        total += each * there
    some = np.maximum(count, 1)
    mean = total / some if kind.kind == "f" else (total + count // 2) // some
    averaged: Pixels = np.where(count > 0, mean, 0 if nodata is None else nodata)
    return averaged.astype(kind)


def _put(target: Pixels, pixels: Pixels, where: _Mask) -> None:
    """`target[where] = pixels[where]`, by bits: no branch for each pixel."""
    change = target ^ pixels
    change &= np.negative(where.view(np.uint8))
    np.bitwise_xor(target, change, out=target)


_REDUCE: Mapping[str, _Reduce] = {"nearest": _first, "mode": _most_frequent, "average": _mean}
