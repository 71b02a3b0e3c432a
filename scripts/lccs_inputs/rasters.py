"""Writing rasters: one profile, atomic appearance, windows, virtual mosaics, COGs."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.errors import InputError
from lccs_inputs.grid import Grid

CODE_NODATA = 255
"""Nodata of uint8 categories and percentages."""
SCENE_NODATA = -32768
"""Nodata of int16 scene bands; never 0, since valid reflectance can be 0 or less."""
TILE = 512
"""Internal tile size of every raster written, px."""

_CACHE_MIB = 256  # GDAL's default of 5 % of RAM is 25 GB per process on a large node
_VRT_TYPES = {"uint8": "Byte", "int16": "Int16", "uint16": "UInt16", "float32": "Float32"}


def gdal_env(**options: Any) -> rasterio.Env:
    """A GDAL environment with a bounded block cache, for every job that touches a raster."""
    return rasterio.Env(GDAL_CACHEMAX=_CACHE_MIB, **options)


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` only if the body succeeds.

    The name is unique per process and keeps the suffix, so that GDAL picks the right driver.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)  # noqa: PTH105 - the atomic form, by name
    finally:
        for leftover in (temporary, temporary.with_name(temporary.name + ".aux.xml")):
            leftover.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write `text` to `target` atomically, leaving it untouched where it already says so."""
    if target.exists() and target.read_text() == text:
        return
    with atomic_path(target) as temporary:
        temporary.write_text(text)


def profile(grid: Grid, count: int, dtype: str, nodata: float) -> dict[str, Any]:
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
    nodata: float,
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
    with atomic_path(target) as temporary:
        try:
            with rasterio.open(
                temporary, "w", **profile(grid, len(bands), dtype, nodata)
            ) as raster:
                raster.descriptions = tuple(bands)
                if scales is not None:
                    raster.scales = tuple(scales)
                raster.update_tags(**(tags or {}))
                yield raster
            verify_readable(temporary)
        except (rasterio.errors.RasterioIOError, OSError) as error:
            raise InputError(
                f"{target}: could not be written whole ({error}); is the disk full?"
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


def write_cog(source: Path, target: Path, overview_resampling: str = "mode") -> None:
    """Copy `source` to a Cloud Optimized GeoTIFF with overviews; `target` appears whole or not."""
    with atomic_path(target) as temporary:
        try:
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
        except (rasterio.errors.RasterioIOError, OSError) as error:
            raise InputError(
                f"{target}: could not be written whole ({error}); is the disk full?"
            ) from error


def read_masked(
    raster: rasterio.DatasetReader, band: int, window: Window
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Read one band window as (stored values, valid), by comparison with the declared nodata."""
    values = raster.read(band, window=window)
    nodata = raster.nodatavals[band - 1]
    valid = np.ones(values.shape, bool) if nodata is None else values != nodata
    return values, valid


def build_vrt(
    target: Path,
    sources: Sequence[Path],
    grid: Grid,
    lut: Mapping[int, int] | None = None,
) -> None:
    """Write a virtual mosaic of rasters that share bands, dtype, CRS and pixel lattice.

    Paths are relative to the VRT, so that a results folder can be moved. Pixels that no source
    covers are nodata.

    Args:
        grid: extent of the mosaic; each source must lie on its pixel lattice.
        lut: source value → mosaic value, for the values that change (e.g. {254: 255}).

    Raises:
        InputError: `sources` is empty.
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
        description = list(zip(first.dtypes, first.descriptions, first.scales, strict=True))
        nodata, dtype_tags = first.nodata, first.tags()
    if dtype_tags:
        metadata = ElementTree.SubElement(root, "Metadata")
        for key in sorted(dtype_tags.keys() - {"AREA_OR_POINT"}):
            ElementTree.SubElement(metadata, "MDI", key=key).text = dtype_tags[key]
    for index, (dtype, name, scale) in enumerate(description, start=1):
        band = ElementTree.SubElement(
            root, "VRTRasterBand", dataType=_VRT_TYPES[dtype], band=str(index)
        )
        if name:
            ElementTree.SubElement(band, "Description").text = name
        if nodata is not None:
            ElementTree.SubElement(band, "NoDataValue").text = f"{nodata:g}"
        if scale != 1:
            ElementTree.SubElement(band, "Scale").text = repr(scale)
        for source in sources:
            _add_source(band, target, source, index, grid, lut)
    ElementTree.indent(root)
    write_text(target, ElementTree.tostring(root, encoding="unicode") + "\n")


def _add_source(
    band: ElementTree.Element,
    target: Path,
    source: Path,
    index: int,
    grid: Grid,
    lut: Mapping[int, int] | None,
) -> None:
    with rasterio.open(source) as raster:
        width, height = raster.width, raster.height
        col, row = ~grid.transform @ (raster.transform.c, raster.transform.f)
        nodata = raster.nodata
    element = ElementTree.SubElement(band, "ComplexSource")
    relative = os.path.relpath(source.resolve(), target.parent.resolve())
    ElementTree.SubElement(element, "SourceFilename", relativeToVRT="1").text = relative
    ElementTree.SubElement(element, "SourceBand").text = str(index)
    size = {"xSize": str(width), "ySize": str(height)}
    ElementTree.SubElement(element, "SrcRect", xOff="0", yOff="0", **size)
    ElementTree.SubElement(element, "DstRect", xOff=str(round(col)), yOff=str(round(row)), **size)
    if nodata is not None:
        ElementTree.SubElement(element, "NODATA").text = f"{nodata:g}"
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
