"""Writing rasters: one profile, atomic appearance, windows, virtual mosaics, COGs."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import rasterio
import rasterio.shutil
from rasterio._err import CPLE_BaseError

from lccs_inputs.errors import InputError
from lccs_inputs.facts.lccs import CODE_NODATA, Category
from lccs_inputs.files import atomic_path, scratch_path, write_text
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.overviews import with_overviews
from lccs_inputs.rasters.reading import verify_readable

TILE = 512
"""Internal tile size of every raster written, px."""


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
    lzw: bool = False,
) -> Iterator[rasterio.io.DatasetWriter]:
    """Open `target` for windowed writing on `grid`; it appears only when complete and readable.

    Args:
        bands: one description per band.
        scales: physical value = stored value × scale, per band (written as GDAL band scale).
        tags: dataset tags.
        lzw: compressed by LZW, for readers that may not know ZSTD.

    Raises:
        InputError: the file could not be written whole (a full disk, most often).
    """
    form = profile(grid, len(bands), dtype, nodata)
    if lzw:
        form |= {"compress": "lzw"}
        del form["zstd_level"]
    with atomic_path(target) as temporary, _errors_naming(target):
        with rasterio.open(temporary, "w", **form) as raster:
            raster.descriptions = tuple(bands)
            if scales is not None:
                raster.scales = tuple(scales)
            raster.update_tags(**(tags or {}))
            yield raster
        verify_readable(temporary)


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
    scale: float | None = None,
    true_colours: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Iterator[rasterio.io.DatasetWriter]:
    """Open a raster for windowed writing that becomes the COG `target` once it is complete.

    Args:
        bands: one description per band.
        legend: code → name and colour of band 1, a uint8 band. The colours are written to the
            file, the names to `target`.aux.xml, where GDAL looks for them; an empty legend
            writes one without names, None writes none.
        scale: physical value = stored value × scale, of every band.
        true_colours: whether its three bands are red, green and blue.
        tags: dataset tags.

    Raises:
        InputError: a file could not be written whole (a full disk, most often).
    """
    form = profile(grid, len(bands), dtype, nodata)
    form |= {"photometric": "rgb"} if true_colours else {}
    with scratch_path(target, "whole") as whole:
        with _errors_naming(target), rasterio.open(whole, "w", **form) as raster:
            raster.descriptions = tuple(bands)
            raster.update_tags(**(tags or {}))
            if scale is not None:
                raster.scales = (scale,) * len(bands)
            if legend:
                raster.write_colormap(1, _colours(legend))
            yield raster
        write_cog(
            whole,
            target,
            overview_resampling,
            predictor=len(bands) > 1 or overview_resampling == "average",
        )
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


def write_cog(
    source: Path,
    target: Path,
    overview_resampling: str = "mode",
    *,
    predictor: bool = False,
    threads: int = 1,
) -> None:
    """Copy `source` to a Cloud Optimized GeoTIFF with overviews; `target` appears whole or not.

    DEFLATE, which every reader of TIFF knows, at level 5: a third to a half of the time of level 6
    for files 4 % larger.

    Args:
        predictor: whether neighbours are told by their difference: quantities, and bands that are
            written pixel by pixel, get smaller by it; codes larger.
        threads: that encode; the bytes do not depend on how many.
    """
    with (
        atomic_path(target) as temporary,
        _errors_naming(target),
        with_overviews(source, overview_resampling, TILE) as whole,
    ):
        rasterio.shutil.copy(
            whole,
            temporary,
            driver="COG",
            compress="deflate",
            level=5,
            predictor="standard" if predictor else "no",
            blocksize=TILE,
            overviews="force_use_existing",
            bigtiff="if_safer",
            num_threads=threads,
        )
        verify_readable(temporary)
