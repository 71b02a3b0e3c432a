"""Writing rasters: one profile, atomic appearance, windows, virtual mosaics, COGs."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.io import DatasetWriter

from lccs_inputs.errors import InputError
from lccs_inputs.facts.lccs import CODE_NODATA, Category
from lccs_inputs.files import atomic_path, scratch_path, write_text
from lccs_inputs.rasters.cog import Level, join_cog
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.overviews import (
    HalvedWriter,
    as_colours,
    half_of,
    overviews_of,
    write_overviews,
)
from lccs_inputs.rasters.reading import verify_readable
from lccs_inputs.sidecars import forget_sidecar, names_text, sidecar_of

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
_QUARTER = 4


def profile(grid: Grid, count: int, dtype: str, nodata: float | None) -> dict[str, Any]:
    """The creation profile of an intermediate raster: tiled, band-interleaved, ZSTD level 1."""
    return on_grid(grid, count, dtype, nodata) | _QUICK


def on_grid(grid: Grid, count: int, dtype: str, nodata: float | None) -> dict[str, Any]:
    return {
        **_TILED,
        **as_colours(count),
        "width": grid.width,
        "height": grid.height,
        "count": count,
        "dtype": dtype,
        "nodata": nodata,
        "crs": grid.crs,
        "transform": grid.transform,
    }


def _encoding_in(threads: int) -> dict[str, Any]:
    return {"num_threads": threads} if threads > 1 else {}


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
        form = on_grid(grid, len(bands), dtype, nodata) | {"compress": "lzw"}
    form |= _encoding_in(threads)
    with atomic_raster(target) as temporary, errors_naming(target):
        with rasterio.open(temporary, "w", **form) as raster:
            raster.descriptions = tuple(bands)
            if scales is not None:
                raster.scales = tuple(scales)
            raster.update_tags(**(tags or {}))
            yield raster
        verify_readable(temporary, threads)


@contextlib.contextmanager
def atomic_raster(target: Path) -> Iterator[Path]:
    """As `atomic_path`; what GDAL noted of the raster that was there before goes with it."""
    with atomic_path(target) as temporary:
        yield temporary
        forget_sidecar(target)


@contextlib.contextmanager
def errors_naming(target: Path) -> Iterator[None]:
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
    nearest: Path | None = None,
    threads: int = 1,
) -> Iterator[HalvedWriter]:
    """Open a raster for windowed writing that becomes the COG `target` once it is complete.

    Args:
        bands: one description per band.
        legend: code → name and colour of band 1, a uint8 band. The colours are written to the
            file, the names to `target`.aux.xml, where GDAL looks for them; an empty legend
            writes one without names, None writes none.
        scales: physical value = stored value × scale, per band.
        true_colours: whether its three bands are red, green and blue.
        tags: dataset tags.
        nearest: becomes its overviews by the nearest pixel, as a COG of their own; the raster
            itself has those of `overview_resampling`.
        threads: where more than one, that encode beside the one that writes; the bytes do not
            depend on how many.

    Raises:
        InputError: a file could not be written whole (a full disk, most often).
    """
    codec = published(len(bands) > 1 or dtype != "uint8") | _encoding_in(threads)
    form = on_grid(grid, len(bands), dtype, nodata) | codec
    form |= as_colours(len(bands), colours=true_colours)
    with _with_overviews(target, form, codec, overview_resampling, nearest) as (raster, writer):
        _describe(raster, bands, scales, tags)
        if legend:
            raster.write_colormap(1, _colours(legend))
        yield writer
    if legend is not None:
        _write_category_names(target, legend)


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

    It takes a half of the time of `create_cog`: ZSTD, for readers that know it, and overviews by
    the nearest pixel, the first of which is a quarter as wide.

    Args:
        scales: physical value = stored value × scale, per band.

    Raises:
        InputError: a file could not be written whole (a full disk, most often).
    """
    form = on_grid(grid, len(bands), dtype, nodata) | _QUICK
    codec = _TILED | _QUICK
    with _with_overviews(target, form, codec, "nearest", step=_QUARTER) as (raster, writer):
        _describe(raster, bands, scales, tags)
        yield writer


def _describe(
    raster: DatasetWriter,
    bands: Sequence[str],
    scales: Sequence[float] | None,
    tags: Mapping[str, str] | None,
) -> None:
    raster.descriptions = tuple(bands)
    if scales is not None:
        raster.scales = tuple(scales)
    raster.update_tags(**(tags or {}))


@contextlib.contextmanager
def _with_overviews(
    target: Path,
    form: Mapping[str, Any],
    codec: Mapping[str, Any],
    resampling: str,
    nearest: Path | None = None,
    step: int = 2,
) -> Iterator[tuple[DatasetWriter, HalvedWriter]]:
    """The raster that becomes the COG `target`, and what its pixels are to be written by.

    The first overview is written along with it, so that its tiles are not decoded for that; that
    all of them are there, none cut short, is seen where they are copied.

    Args:
        form: of the raster.
        codec: driver, tiles and codec of the overviews, which are those of the raster.
        resampling: of the overviews.
        nearest: as of `create_cog`.
        step: as of `HalvedWriter`.
    """
    wanted = {target: resampling} | ({nearest: "nearest"} if nearest else {})
    with ExitStack() as stack:
        whole = stack.enter_context(scratch_path(target, "whole"))
        paths = {path: scratch_paths(stack, path, "overview") for path in wanted}
        halves = {path: next(further) for path, further in paths.items()}
        with errors_naming(target), ExitStack() as opened:
            raster = opened.enter_context(rasterio.open(whole, "w", **form))
            small = {**codec, **half_of(raster, step)}
            written = [
                (opened.enter_context(rasterio.open(halves[path], "w", **small)), made_by)
                for path, made_by in wanted.items()
            ]
            yield raster, HalvedWriter(raster, written, step)
        with errors_naming(target):
            for path, made_by in wanted.items():
                levels = whole_levels(halves[path], made_by, codec, paths[path])
                if path == target:
                    levels = [whole, *(levels if overviews_of(raster.shape, TILE) else [])]
                with atomic_raster(path) as temporary:
                    join_cog(temporary, levels[0], [[Level(level)] for level in levels])


def create_map(
    target: Path,
    grid: Grid,
    name: str,
    legend: Mapping[int, Category],
    tags: Mapping[str, str],
    threads: int = 1,
) -> AbstractContextManager[HalvedWriter]:
    """Open a map of codes for writing: one band, uint8, nodata 255, otherwise as `create_cog`."""
    return create_cog(
        target, grid, [name], "uint8", CODE_NODATA, legend=legend, tags=tags, threads=threads
    )


def published(predictor: bool) -> dict[str, Any]:
    """How the tiles of what is published are encoded.

    DEFLATE, which every reader of TIFF knows, at level 5: a third to a half of the time of level 6
    for files 4 % larger.

    Args:
        predictor: whether neighbours are told by their difference: quantities get smaller by it,
            codes larger; percentages do without, so that the stack can take their tiles.
    """
    return _TILED | {"compress": "deflate", "zlevel": 5, "predictor": 2 if predictor else 1}


def scratch_paths(stack: ExitStack, target: Path, role: str) -> Iterator[Path]:
    return (stack.enter_context(scratch_path(target, f"{role}{n}")) for n in count(1))


def whole_levels(
    raster: Path, resampling: str, form: Mapping[str, Any], halves: Iterator[Path]
) -> list[Path]:
    """A raster and its overviews, all tiles of which can be decoded."""
    levels = write_overviews(raster, resampling, TILE, form, halves)
    verify_readable(levels[-1])  # the others were read to make the next
    return levels


def _colours(legend: Mapping[int, Category]) -> dict[int, tuple[int, ...]]:
    table = {code: (*bytes.fromhex(entry.colour[1:]), 255) for code, entry in legend.items()}
    return table | {CODE_NODATA: (0, 0, 0, 0)}


def _write_category_names(target: Path, legend: Mapping[int, Category]) -> None:
    """Write the names of the codes as GDAL's PAM does."""
    codes = range(max(legend, default=-1) + 1)
    names = [legend[code].name if code in legend else "" for code in codes]
    write_text(sidecar_of(target), names_text(names))
