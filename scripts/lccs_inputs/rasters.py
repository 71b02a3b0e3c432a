"""Writing rasters: one profile, atomic appearance, windows, virtual mosaics, COGs."""

import contextlib
import glob
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import psutil
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.grid import Area, Grid
from lccs_inputs.lccs import Category

CODE_NODATA = 255
"""Nodata of uint8 categories and percentages."""
SCENE_NODATA = -32768
"""Nodata of int16 scene bands; never 0, since valid reflectance can be 0 or less."""
TILE = 512
"""Internal tile size of every raster written, px."""
WINDOW = 2048
"""Side of the anchored squares that an area is worked on in, px."""

_CACHE_MIB = 256  # GDAL's default of 5 % of RAM is 25 GB per process on a large node
_VRT_TYPES = {
    "uint8": "Byte",
    "int16": "Int16",
    "uint16": "UInt16",
    "int32": "Int32",
    "float32": "Float32",
}


def gdal_env(**options: Any) -> rasterio.Env:
    """A GDAL environment with a bounded block cache, for every job that touches a raster."""
    return rasterio.Env(GDAL_CACHEMAX=_CACHE_MIB, **options)


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` only if the body succeeds.

    The name is unique per process and keeps the suffix, so that GDAL picks the right driver.
    Whatever the process, or an earlier one that was killed, leaves beside it is removed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(target)
    temporary = _temporary(target, "part")
    try:
        yield temporary
        os.replace(temporary, target)  # noqa: PTH105 - the atomic form, by name
    finally:
        for leftover in target.parent.glob(glob.escape(temporary.name) + "*"):
            leftover.unlink(missing_ok=True)


def _temporary(target: Path, role: str) -> Path:
    return target.with_name(f".{target.stem}.{os.getpid()}.{role}{target.suffix}")


def _remove_leftovers(target: Path) -> None:
    """Remove the temporaries for `target` whose process is gone: it was killed.

    A process of another host looks gone too, but no two jobs of a run write one target.
    """
    prefix = f".{target.stem}."
    for path in target.parent.glob(glob.escape(prefix) + "*"):
        process = path.name.removeprefix(prefix).split(".")[0]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            path.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write `text` to `target` atomically, leaving it untouched where it already says so."""
    if target.exists() and target.read_text() == text:
        return
    with atomic_path(target) as temporary:
        temporary.write_text(text)


def profile(grid: Grid, count: int, dtype: str, nodata: float | None) -> dict[str, Any]:
    """The creation profile of an intermediate raster: tiled, band-interleaved, ZSTD level 1."""
    return {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": count,
        "dtype": dtype,
        "nodata": nodata,
        "crs": grid.crs,
        "transform": grid.transform,
        "tiled": True,
        "blockxsize": TILE,
        "blockysize": TILE,
        "interleave": "band",
        "compress": "zstd",
        "zstd_level": 1,
        "bigtiff": "if_safer",
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
) -> Iterator[rasterio.io.DatasetWriter]:
    """Open `target` for windowed writing on `grid`; it appears only when complete and readable.

    Args:
        bands: one description per band.
        scales: physical value = stored value × scale, per band (written as GDAL band scale).
        tags: dataset tags.

    Raises:
        InputError: the file could not be written whole (a full disk, most often).
    """
    with atomic_path(target) as temporary, _errors_naming(target):
        with rasterio.open(temporary, "w", **profile(grid, len(bands), dtype, nodata)) as raster:
            raster.descriptions = tuple(bands)
            if scales is not None:
                raster.scales = tuple(scales)
            raster.update_tags(**(tags or {}))
            yield raster
        verify_readable(temporary)


@contextlib.contextmanager
def scratch_path(target: Path, role: str) -> Iterator[Path]:
    """Yield a path beside `target` for what comes before it; the file is removed in the end.

    What a killed process leaves there goes when `target` is written the next time.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = _temporary(target, role)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _errors_naming(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, CPLE_BaseError) as error:  # rasterio.shutil lets GDAL's own errors through
        reason = error.__cause__ or error  # rasterio's own text is "see previous exception"
        raise InputError(
            f"{target}: could not be written whole ({reason}); is the disk full?"
        ) from error


def verify_readable(path: Path) -> None:
    """Decode every block once: GDAL can report a failed write only by leaving a short file.

    Raises:
        rasterio.errors.RasterioIOError: a block cannot be read back.
    """
    with rasterio.open(path) as raster:
        for band in raster.indexes:
            for _, window in raster.block_windows(band):
                raster.read(band, window=window)


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
    tags: Mapping[str, str] | None = None,
) -> Iterator[rasterio.io.DatasetWriter]:
    """Open a raster for windowed writing that becomes the COG `target` once it is complete.

    Args:
        bands: one description per band.
        legend: code → name and colour of band 1, a uint8 band. The colours are written to the
            file, the names to `target`.aux.xml, where GDAL looks for them; an empty legend
            writes one without names, None writes none.
        tags: dataset tags.

    Raises:
        InputError: a file could not be written whole (a full disk, most often).
    """
    with scratch_path(target, "whole") as whole:
        with (
            _errors_naming(target),
            rasterio.open(whole, "w", **profile(grid, len(bands), dtype, nodata)) as raster,
        ):
            raster.descriptions = tuple(bands)
            raster.update_tags(**(tags or {}))
            if legend:
                raster.write_colormap(1, _colours(legend))
            yield raster
        write_cog(whole, target, overview_resampling)
        _write_category_names(target, legend)


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


def write_cog(source: Path, target: Path, overview_resampling: str = "mode") -> None:
    """Copy `source` to a Cloud Optimized GeoTIFF with overviews; `target` appears whole or not."""
    with atomic_path(target) as temporary, _errors_naming(target):
        rasterio.shutil.copy(
            source,
            temporary,
            driver="COG",
            compress="deflate",
            blocksize=TILE,
            overview_resampling=overview_resampling,
            bigtiff="if_safer",
        )
        verify_readable(temporary)


def area_windows(area: Area, task: str) -> Iterator[tuple[Window, NDArray[np.bool_]]]:
    """The windows that work on an area streams over, each with the mask of the area within it.

    They are the squares of the anchored 2048 px lattice, clipped to the grid; those that hold no
    pixel of the area are left out. Writers start from nodata, so that what is left out stays so.

    Args:
        task: what the progress bar is named.
    """
    pieces = list(area.grid.pieces(WINDOW))
    for piece in tqdm(pieces, desc=task, unit="window", mininterval=1):
        inside = area.mask(area.block_grid(piece))
        if inside.any():
            yield Window(piece.col_off, piece.row_off, piece.width, piece.height), inside


def padded(window: Window, margin: int, grid: Grid) -> Window:
    """A window with `margin` more px on each side, as far as the grid goes."""
    left, top = max(0, window.col_off - margin), max(0, window.row_off - margin)
    right = min(grid.width, window.col_off + window.width + margin)
    bottom = min(grid.height, window.row_off + window.height + margin)
    return Window(left, top, right - left, bottom - top)


def open_on_grid(path: Path, grid: Grid) -> rasterio.DatasetReader:
    """Open a raster that must lie exactly on `grid`.

    Raises:
        SourceError: it cannot be opened, or its size, origin or pixel size differ.
    """
    try:
        raster = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise SourceError(f"{path}: cannot be opened as a raster ({error})") from error
    if is_on_grid(raster, grid):
        return raster
    found = grid_text(raster.shape, raster.transform)
    raster.close()
    expected = grid_text(grid.shape, grid.transform)
    raise SourceError(f"{path}: is {found}, not on the grid of the area ({expected})")


def is_on_grid(raster: rasterio.DatasetReader, grid: Grid) -> bool:
    """Whether a raster has exactly the size, origin and pixel size of `grid`.

    A transform written to a file keeps its digits: a millionth of a pixel is a difference.
    """
    tolerance = 1e-6 * grid.resolution
    return bool(
        raster.shape == grid.shape and raster.transform.almost_equals(grid.transform, tolerance)
    )


def grid_text(shape: tuple[int, int], transform: Affine) -> str:
    """A pixel lattice in words: its size, origin and pixel size."""
    pixel = f"{transform.a:.10g} × {-transform.e:.10g}"
    return f"{shape[1]} × {shape[0]} px of {pixel} from ({transform.c:.10g}, {transform.f:.10g})"


def read_masked(
    raster: rasterio.DatasetReader, band: int, window: Window
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Read one band window as (stored values, valid), by comparison with the declared nodata."""
    values = raster.read(band, window=window)
    nodata = raster.nodatavals[band - 1]
    valid = np.ones(values.shape, bool) if nodata is None else values != nodata
    return values, valid


@dataclass(frozen=True)
class _Tile:
    """A source of a mosaic and where it lies in it, px."""

    path: Path
    col_off: int
    row_off: int
    width: int
    height: int
    nodata: float | None


def build_vrt(
    target: Path,
    sources: Sequence[Path],
    grid: Grid,
    lut: Mapping[int, int] | None = None,
    nodata: float | None = None,
) -> None:
    """Write a virtual mosaic of rasters that share bands, dtype, CRS and pixel lattice.

    Paths are relative to the VRT, so that a results folder can be moved; those inside an archive
    (/vsizip/…) are kept as they are. Pixels that no source covers are nodata.

    Args:
        grid: extent of the mosaic; each source must lie on its pixel lattice.
        lut: source value → mosaic value, for the values that change (e.g. {254: 255}).
        nodata: taken as the nodata of every source, whatever it declares.

    Raises:
        InputError: `sources` is empty, or one of them lies off the pixel lattice of `grid`.
    """
    if not sources:
        raise InputError(f"{target}: there is nothing to mosaic")
    root = ElementTree.Element(
        "VRTDataset", rasterXSize=str(grid.width), rasterYSize=str(grid.height)
    )
    ElementTree.SubElement(root, "SRS").text = grid.wkt
    ElementTree.SubElement(root, "GeoTransform").text = ", ".join(
        repr(float(value)) for value in grid.transform.to_gdal()
    )
    with rasterio.open(sources[0]) as first:
        bands = list(
            zip(first.dtypes, first.descriptions, first.scales, first.nodatavals, strict=True)
        )
        tags = {key: text for key, text in first.tags().items() if key != "AREA_OR_POINT"}
    if tags:
        metadata = ElementTree.SubElement(root, "Metadata")
        for key in sorted(tags):
            ElementTree.SubElement(metadata, "MDI", key=key).text = tags[key]
    tiles = [_place(source, grid, nodata) for source in sources]
    for index, (dtype, name, scale, declared) in enumerate(bands, start=1):
        fill = declared if nodata is None else nodata
        band = ElementTree.SubElement(
            root, "VRTRasterBand", dataType=_VRT_TYPES[dtype], band=str(index)
        )
        if name:
            ElementTree.SubElement(band, "Description").text = name
        if fill is not None:
            ElementTree.SubElement(band, "NoDataValue").text = f"{fill:.10g}"
        if scale != 1:
            ElementTree.SubElement(band, "Scale").text = repr(scale)
        for tile in tiles:
            _add_source(band, target, tile, index, lut)
    ElementTree.indent(root)
    write_text(target, ElementTree.tostring(root, encoding="unicode") + "\n")


def _place(source: Path, grid: Grid, nodata: float | None) -> _Tile:
    with rasterio.open(source) as raster:
        col, row = ~grid.transform @ (raster.transform.c, raster.transform.f)
        same_pixels = math.isclose(raster.transform.a, grid.resolution, rel_tol=1e-9)
        if not same_pixels or max(abs(col - round(col)), abs(row - round(row))) > 1e-3:
            raise InputError(
                f"{source}: is {grid_text(raster.shape, raster.transform)}, off the pixel lattice "
                f"of the mosaic ({grid_text(grid.shape, grid.transform)})"
            )
        size = (raster.width, raster.height)
        declared = raster.nodata if nodata is None else nodata
        return _Tile(source, round(col), round(row), *size, declared)


def _add_source(
    band: ElementTree.Element,
    target: Path,
    tile: _Tile,
    index: int,
    lut: Mapping[int, int] | None,
) -> None:
    element = ElementTree.SubElement(band, "ComplexSource")
    in_archive = str(tile.path).startswith("/vsi")
    name = (
        tile.path if in_archive else os.path.relpath(tile.path.resolve(), target.parent.resolve())
    )
    ElementTree.SubElement(
        element, "SourceFilename", relativeToVRT="0" if in_archive else "1"
    ).text = str(name)
    ElementTree.SubElement(element, "SourceBand").text = str(index)
    for tag, col, row in (("SrcRect", 0, 0), ("DstRect", tile.col_off, tile.row_off)):
        numbers = {"xOff": col, "yOff": row, "xSize": tile.width, "ySize": tile.height}
        ElementTree.SubElement(element, tag, {key: str(n) for key, n in numbers.items()})
    if tile.nodata is not None:
        ElementTree.SubElement(element, "NODATA").text = f"{tile.nodata:.10g}"
    if lut:
        ElementTree.SubElement(element, "LUT").text = _lut_text(lut)


def _lut_text(lut: Mapping[int, int]) -> str:
    """GDAL interpolates between LUT entries: spell out the neighbours so that others stay."""
    entries = {0: 0, 65535: 65535}
    for value in lut:
        for neighbour in (value - 1, value + 1):
            entries[neighbour] = neighbour
    entries.update(lut)
    return ",".join(f"{key}:{entries[key]}" for key in sorted(entries))
