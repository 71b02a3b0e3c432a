"""Writing rasters: one profile, atomic appearance, windows, virtual mosaics, COGs."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.windows import Window

from lccs_inputs.errors import InputError
from lccs_inputs.facts.lccs import CODE_NODATA, Category
from lccs_inputs.files import atomic_path, scratch_path, write_text
from lccs_inputs.rasters.cog import is_encoded_like, join_cog
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.overviews import write_overviews
from lccs_inputs.rasters.reading import gdal_env, verify_readable

TILE = 512
"""Internal tile size of every raster written, px."""


_TILED = {
    "driver": "GTiff",
    "tiled": True,
    "blockxsize": TILE,
    "blockysize": TILE,
    "interleave": "band",
    "bigtiff": "if_safer",
}
_QUICK = {"compress": "zstd", "zstd_level": 1}


def profile(grid: Grid, count: int, dtype: str, nodata: float | None) -> dict[str, Any]:
    """The creation profile of an intermediate raster: tiled, band-interleaved, ZSTD level 1."""
    return _on_grid(grid, count, dtype, nodata) | _QUICK


def _on_grid(grid: Grid, count: int, dtype: str, nodata: float | None) -> dict[str, Any]:
    return {
        **_TILED,
        "width": grid.width,
        "height": grid.height,
        "count": count,
        "dtype": dtype,
        "nodata": nodata,
        "crs": grid.crs,
        "transform": grid.transform,
    }


@contextlib.contextmanager
def create_raster(
    target: Path,
    grid: Grid,
    bands: Sequence[str],
    dtype: str,
    nodata: float | None,
    *,
    scales: Sequence[float] | None = None,
    tags: Mapping[str, str] | None = None,
    lzw: bool = False,
    threads: int = 1,
) -> Iterator[rasterio.io.DatasetWriter]:
    """Open `target` for windowed writing on `grid`; it appears only when complete and readable.

    Args:
        bands: one description per band.
        scales: physical value = stored value × scale, per band (written as GDAL band scale).
        tags: dataset tags.
        lzw: compressed by LZW, for readers that may not know ZSTD.
        threads: that encode, and decode what was written; the bytes do not depend on how many.

    Raises:
        InputError: the file could not be written whole (a full disk, most often).
    """
    form = profile(grid, len(bands), dtype, nodata)
    if lzw:
        form = _on_grid(grid, len(bands), dtype, nodata) | {"compress": "lzw"}
    if threads > 1:
        form["num_threads"] = threads
    with atomic_path(target) as temporary, _errors_naming(target):
        with rasterio.open(temporary, "w", **form) as raster:
            raster.descriptions = tuple(bands)
            if scales is not None:
                raster.scales = tuple(scales)
            raster.update_tags(**(tags or {}))
            yield raster
        verify_readable(temporary, threads)


@contextlib.contextmanager
def _errors_naming(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, CPLE_BaseError) as error:  # rasterio.shutil lets GDAL's own errors through
        reason = error.__cause__ or error  # rasterio's own text is "see previous exception"
        raise InputError(
            f"{target}: could not be written whole ({reason}); is the disk full?"
        ) from error


@contextlib.contextmanager
def create_cog(
    target: Path,
    grid: Grid,
    bands: Sequence[str],
    dtype: str,
    nodata: float | None,
    *,
    overview_resampling: str = "mode",
    legend: Mapping[int, Category] | None = None,
    scales: Sequence[float] | None = None,
    true_colours: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Iterator[rasterio.io.DatasetWriter]:
    """Open a raster for windowed writing that becomes the COG `target` once it is complete.

    Args:
        bands: one description per band.
        legend: code → name and colour of band 1, a uint8 band. The colours are written to the
            file, the names to `target`.aux.xml, where GDAL looks for them; an empty legend
            writes one without names, None writes none.
        scales: physical value = stored value × scale, per band.
        true_colours: whether its three bands are red, green and blue.
        tags: dataset tags.

    Raises:
        InputError: a file could not be written whole (a full disk, most often).
    """
    published = _published(len(bands) > 1 or dtype != "uint8")
    form = _on_grid(grid, len(bands), dtype, nodata) | published
    form |= {"photometric": "rgb"} if true_colours else {}
    with ExitStack() as stack:
        whole = stack.enter_context(scratch_path(target, "whole"))
        with _errors_naming(target), rasterio.open(whole, "w", **form) as raster:
            raster.descriptions = tuple(bands)
            raster.update_tags(**(tags or {}))
            if scales is not None:
                raster.scales = tuple(scales)
            if legend:
                raster.write_colormap(1, _colours(legend))
            yield raster
        with atomic_path(target) as temporary, _errors_naming(target):
            halves = _scratch_paths(stack, target, "overview")
            levels = _levels(whole, overview_resampling, published, halves)
            join_cog(temporary, whole, [[level] for level in levels])
        _write_category_names(target, legend)


class HalvedWriter:
    """A raster and its first overview, each pixel of which is the first of four, under way."""

    def __init__(self, whole: rasterio.io.DatasetWriter, half: rasterio.io.DatasetWriter) -> None:
        self._whole, self._half = whole, half

    def write(self, bands: NDArray[Any], window: Window) -> None:
        """Write all bands of a window of the raster."""
        self._whole.write(bands, window=window)
        top, left = window.row_off % 2, window.col_off % 2
        halved = bands[:, top::2, left::2]
        place = (window.row_off + top) // 2, (window.col_off + left) // 2
        if halved.size:
            self._half.write(halved, window=Window(place[1], place[0], *halved.shape[:0:-1]))


@contextlib.contextmanager
def create_quick_cog(
    target: Path,
    grid: Grid,
    bands: Sequence[str],
    dtype: str,
    nodata: float | None,
    *,
    scales: Sequence[float],
    tags: Mapping[str, str],
) -> Iterator[HalvedWriter]:
    """Open a raster of many bands for windowed writing that becomes the COG `target`.

    It takes a third of the time of `create_cog`: ZSTD, for readers that know it, and overviews by
    the nearest pixel, the first of which is written along with it. So its tiles are not decoded;
    that all of them are there, none cut short, is seen where they are copied.

    Windows should be of whole tiles of both, `2 * TILE` px.

    Args:
        scales: physical value = stored value × scale, per band.

    Raises:
        InputError: a file could not be written whole (a full disk, most often).
    """
    form = _on_grid(grid, len(bands), dtype, nodata) | _QUICK
    small = dict(zip(("height", "width"), (-(-side // 2) for side in grid.shape), strict=True))
    with ExitStack() as stack:
        whole = stack.enter_context(scratch_path(target, "whole"))
        halves = _scratch_paths(stack, target, "overview")
        half = next(halves)
        with (
            _errors_naming(target),
            rasterio.open(whole, "w", **form) as raster,
            rasterio.open(half, "w", **form | small) as first,
        ):
            raster.descriptions, raster.scales = tuple(bands), tuple(scales)
            raster.update_tags(**tags)
            yield HalvedWriter(raster, first)
        with atomic_path(target) as temporary, _errors_naming(target):
            levels = [whole]
            if max(grid.shape) > TILE:
                levels += _levels(half, "nearest", _TILED | _QUICK, halves)
            join_cog(temporary, whole, [[level] for level in levels])


def create_map(
    target: Path,
    grid: Grid,
    name: str,
    legend: Mapping[int, Category],
    tags: Mapping[str, str],
) -> AbstractContextManager[rasterio.io.DatasetWriter]:
    """Open a map of codes for writing: one band, uint8, nodata 255, otherwise as `create_cog`."""
    return create_cog(target, grid, [name], "uint8", CODE_NODATA, legend=legend, tags=tags)


def _published(predictor: bool) -> dict[str, Any]:
    """How the tiles of what is published are encoded.

    DEFLATE, which every reader of TIFF knows, at level 5: a third to a half of the time of level 6
    for files 4 % larger.

    Args:
        predictor: whether neighbours are told by their difference: quantities get smaller by it,
            codes larger; percentages do without, so that the stack can take their tiles.
    """
    return _TILED | {"compress": "deflate", "zlevel": 5, "predictor": 2 if predictor else 1}


def _scratch_paths(stack: ExitStack, target: Path, role: str) -> Iterator[Path]:
    return (stack.enter_context(scratch_path(target, f"{role}{n}")) for n in count(1))


def _levels(
    raster: Path, resampling: str, form: Mapping[str, Any], halves: Iterator[Path]
) -> list[Path]:
    """A raster and its overviews, all tiles of which can be decoded."""
    levels = write_overviews(raster, resampling, TILE, form, halves)
    verify_readable(levels[-1])  # the others were read to make the next
    return levels


def _colours(legend: Mapping[int, Category]) -> dict[int, tuple[int, ...]]:
    table = {code: (*bytes.fromhex(entry.colour[1:]), 255) for code, entry in legend.items()}
    return table | {CODE_NODATA: (0, 0, 0, 0)}


def _write_category_names(target: Path, legend: Mapping[int, Category] | None) -> None:
    """Write the names of the codes as GDAL's PAM does; what an earlier file left is removed."""
    sidecar = target.with_name(target.name + ".aux.xml")
    if legend is None:
        sidecar.unlink(missing_ok=True)
        return
    root = ElementTree.Element("PAMDataset")
    band = ElementTree.SubElement(root, "PAMRasterBand", band="1")
    names = ElementTree.SubElement(band, "CategoryNames")
    for code in range(max(legend, default=-1) + 1):
        name = legend[code].name if code in legend else ""
        ElementTree.SubElement(names, "Category").text = name
    ElementTree.indent(root)
    write_text(sidecar, ElementTree.tostring(root, encoding="unicode") + "\n")


def write_stack(
    target: Path,
    bands: Mapping[str, Path],
    grid: Grid,
    nodata: int,
    *,
    tags: Mapping[str, str],
    band_tags: Mapping[str, Mapping[str, str]],
    threads: int = 1,
) -> None:
    """Write the first bands of rasters of bytes on `grid` as one COG, band after band.

    Tiles that are encoded as they would be here are copied as they are. Overviews take the nearest
    pixel, so that every band of an overview pixel is of the same place.

    Args:
        bands: description of each band → its raster.
        nodata: that all of them declare.
        tags: dataset tags.
        band_tags: the tags of each band, by its description.
        threads: that work, each on its own bands; the bytes do not depend on how many.

    Raises:
        InputError: a raster cannot be read, or the file could not be written whole.
    """
    published = _published(False)
    form = _on_grid(grid, len(bands), "uint8", nodata) | published | {"sparse_ok": True}
    with ExitStack() as stack, atomic_path(target) as temporary, _errors_naming(target):
        empty = stack.enter_context(scratch_path(target, "empty"))
        with rasterio.open(empty, "w", **form) as raster:
            raster.descriptions = tuple(bands)
            raster.update_tags(**tags)
            for index, name in enumerate(bands, start=1):
                raster.update_tags(index, **band_tags[name])
        scratch = {name: _scratch_paths(stack, target, name) for name in bands}

        def levels_of(name: str) -> list[Path]:
            with gdal_env():  # of a thread
                whole = bands[name]
                if not is_encoded_like(whole, empty):
                    whole = next(scratch[name])
                    rasterio.shutil.copy(bands[name], whole, **published)
                return _levels(whole, "nearest", published, scratch[name])

        with ThreadPoolExecutor(threads) as pool:
            levels = [*pool.map(levels_of, bands)]
        join_cog(temporary, empty, [*zip(*levels, strict=True)])
