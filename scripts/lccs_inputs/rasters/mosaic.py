"""Virtual mosaics of rasters that share a pixel lattice."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import rasterio
import rasterio.shutil

from lccs_inputs.errors import InputError
from lccs_inputs.files import write_text
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import grid_text

_VRT_TYPES = {
    "uint8": "Byte",
    "int16": "Int16",
    "uint16": "UInt16",
    "int32": "Int32",
    "float32": "Float32",
}


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
        t = raster.transform
        col, row = ~grid.transform @ (t.c, t.f)
        sides = zip((t.a, -t.e), grid.pixel, strict=True)
        same_pixels = all(math.isclose(*pair, rel_tol=1e-9) for pair in sides)
        if not same_pixels or max(abs(col - round(col)), abs(row - round(row))) > 1e-3:
            raise InputError(
                f"{source}: is {grid_text(raster.shape, t)}, off the pixel lattice "
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
