"""Overviews of a raster, each half the size of the one before: what is seen when zoomed out.

An overview pixel stands for the 2 × 2 pixels it covers, as GDAL has it, at a tenth of the cost:
`nearest` is the first of them; `mode` the one that is there most often, of several the one that is
so first; `average` their mean, halves rounded up. Nodata takes no part in the latter two.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.files import temporary_path
from lccs_inputs.rasters.reading import tiled

_WINDOW = 2048  # px, even
_FORM = {
    "driver": "GTiff",
    "tiled": True,
    "blockxsize": 512,
    "blockysize": 512,
    "interleave": "band",
    "compress": "zstd",
    "zstd_level": 1,
    "bigtiff": "if_safer",
}

Pixels = NDArray[Any]
_Mask = NDArray[np.bool_]
_Reduce = Callable[[list[Pixels], Any], Pixels]


@contextlib.contextmanager
def with_overviews(raster: Path, resampling: str, smallest: int) -> Iterator[Path]:
    """A virtual raster beside `raster` that has it and its overviews; all is removed in the end.

    Args:
        raster: a GTiff or a virtual raster; of mode uint8, of average uint8, int16 or float32.
        resampling: nearest, mode or average.
        smallest: the last overview is not larger than this on either side, px.
    """
    made: list[Path] = []
    try:
        levels = [raster]
        while max(_shape(levels[-1])) > smallest:
            made.append(temporary_path(raster, f"overview{len(levels)}").with_suffix(".tif"))
            _halve(levels[-1], made[-1], _REDUCE[resampling])
            levels.append(made[-1])
        virtual = temporary_path(raster, "with_overviews").with_suffix(".vrt")
        made.append(virtual)
        if raster.suffix == ".vrt":
            shutil.copyfile(raster, virtual)
        else:
            rasterio.shutil.copy(raster, virtual, driver="VRT")
        _name_levels(virtual, levels[1:])
        yield virtual
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def _shape(path: Path) -> tuple[int, int]:
    with rasterio.open(path) as raster:
        shape: tuple[int, int] = raster.shape
        return shape


def _name_levels(virtual: Path, levels: list[Path]) -> None:
    document = ElementTree.parse(virtual)
    for band in document.iterfind("VRTRasterBand"):
        for level in levels:
            overview = ElementTree.SubElement(band, "Overview")
            name = ElementTree.SubElement(overview, "SourceFilename", relativeToVRT="1")
            name.text = level.name
            ElementTree.SubElement(overview, "SourceBand").text = band.get("band")
    document.write(virtual)


def _halve(source: Path, target: Path, reduce: _Reduce) -> None:
    with rasterio.open(source) as raster:
        height, width = (-(-side // 2) for side in raster.shape)
        form = {**_FORM, **_what(raster), "height": height, "width": width}
        with rasterio.open(target, "w", **form) as half:
            for band in raster.indexes:
                for window in tiled(raster.shape, _WINDOW):
                    pixels = raster.read(band, window=window)
                    reduced = reduce(_quarters(pixels, raster.nodata), raster.nodata)
                    place = Window(
                        window.col_off // 2, window.row_off // 2, reduced.shape[1], reduced.shape[0]
                    )
                    half.write(reduced, band, window=place)


def _what(raster: rasterio.DatasetReader) -> dict[str, Any]:
    """What an overview has of what it shows."""
    return {
        "count": raster.count,
        "dtype": raster.dtypes[0],
        "nodata": raster.nodata,
        "crs": raster.crs,
        "transform": raster.transform @ Affine.scale(2),
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


def _first(four: list[Pixels], _nodata: Any) -> Pixels:
    return four[0]


def _there(four: list[Pixels], nodata: Any) -> list[_Mask]:
    if nodata is None:
        return [np.ones(pixels.shape, bool) for pixels in four]
    return [np.not_equal(pixels, nodata) for pixels in four]


def _most_frequent(four: list[Pixels], nodata: Any) -> Pixels:
    """The code that is there twice first; where none is twice, the first that is there."""
    there = _there(four, nodata)
    found, settled = four[0].copy(), np.zeros(four[0].shape, bool)
    for at, pixels in enumerate(four[1:], start=1):
        twice = np.logical_or.reduce([pixels == before for before in four[:at]])
        twice &= there[at]
        twice &= ~settled
        alone = there[at] & ~np.logical_or.reduce(there[:at])
        _put(found, pixels, twice | alone)
        settled |= twice
    return found


_SUMS: Mapping[str, Any] = {"uint8": np.uint16, "int16": np.int32, "float32": np.float64}
"""Type of pixels → one that holds the sum of four."""


def _mean(four: list[Pixels], nodata: Any) -> Pixels:
    kind = four[0].dtype
    count, total = np.zeros(four[0].shape, np.uint16), np.zeros(four[0].shape, _SUMS[kind.name])
    for pixels, there in zip(four, _there(four, nodata), strict=True):
        count += there
        total += pixels * there
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
