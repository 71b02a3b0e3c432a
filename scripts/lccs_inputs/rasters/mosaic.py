"""Virtual mosaics of rasters that share a pixel lattice."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import rasterio
import rasterio.shutil
from rasterio.enums import ColorInterp, MaskFlags

from lccs_inputs.errors import InputError
from lccs_inputs.facts.sensors import TRUE_COLOUR
from lccs_inputs.files import write_text
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import grid_text

_VRT_TYPES = {
    "uint8": "Byte",
    "int8": "Int8",
    "int16": "Int16",
    "uint16": "UInt16",
    "int32": "Int32",
    "uint32": "UInt32",
    "int64": "Int64",
    "uint64": "UInt64",
    "float32": "Float32",
    "float64": "Float64",
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
    is_masked: bool


def build_vrt(
    target: Path,
    sources: Sequence[Path],
    grid: Grid,
    lut: Mapping[int, int] | None = None,
    nodata: float | None = None,
    *,
    dtype: str | None = None,
    places: Sequence[Grid] | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write a virtual mosaic of rasters that share bands, dtype, CRS and pixel lattice.

    Paths are relative to the VRT, so that a results folder can be moved; those inside an archive
    (/vsizip/…) are kept as they are. Pixels that no source covers are nodata, and so are those
    that a source masks, by a mask or an alpha band; an alpha band is no band of the mosaic. Bands
    called red, green and blue are said to be such and come first: some programs take them by what
    they are, others the first three.

    Args:
        grid: extent of the mosaic; each source must lie on its pixel lattice.
        lut: source value → mosaic value, for the values that change (e.g. {254: 255}).
        nodata: taken as the nodata of every source, whatever it declares.
        dtype: of the mosaic; has to hold what the sources hold, and `nodata`. That of the first
            source where it is not given.
        places: where each source lies, if not where it says it does.
        tags: dataset tags, beside those of the first source or in their place.

    Raises:
        InputError: `sources` is empty, one of them lies off the pixel lattice of `grid`, or one
            has a mask and there is no nodata, or an alpha band that does not count.
    """
    if not sources:
        raise InputError(f"{target}: there is nothing to mosaic")
    tiles = [
        _place(source, grid, nodata, places[at] if places else None)
        for at, source in enumerate(sources)
    ]
    tiles = [
        _unmasked(tile, target.with_name(f"{target.stem}_{at}.vrt"), grid, dtype)
        if tile.is_masked
        else tile
        for at, tile in enumerate(tiles)
    ]
    root = _dataset(target, sources[0], grid, nodata, dtype, tags)
    for index, band in enumerate(root.findall("VRTRasterBand"), start=1):
        for tile in tiles:
            _add_source(band, target, tile, index, lut)
    _true_colours_first(root)
    _write(root, target)


def _unmasked(tile: _Tile, target: Path, grid: Grid, dtype: str | None) -> _Tile:
    """A tile whose masked pixels are its nodata, as `target`.

    GDAL looks at the mask of a source or at its nodata, not at both: this one looks at the mask.
    """
    if tile.nodata is None:
        raise InputError(
            f"{tile.path}: has a mask and declares no nodata that masked pixels could become; "
            "give it one (gdal_translate -a_nodata)"
        )
    own = grid.subgrid(tile.col_off, tile.row_off, tile.width, tile.height)
    root = _dataset(target, tile.path, own, tile.nodata, dtype)
    for index, band in enumerate(root.findall("VRTRasterBand"), start=1):
        source = _add_source(band, target, replace(tile, col_off=0, row_off=0, nodata=None), index)
        ElementTree.SubElement(source, "UseMaskBand").text = "true"
    _write(root, target)
    return replace(tile, path=target, is_masked=False)


def _dataset(
    target: Path,
    first: Path,
    grid: Grid,
    nodata: float | None,
    dtype: str | None,
    own: Mapping[str, str] | None = None,
) -> ElementTree.Element:
    """A virtual raster on `grid` with the bands and tags of `first`, and no sources yet."""
    root = ElementTree.Element(
        "VRTDataset", rasterXSize=str(grid.width), rasterYSize=str(grid.height)
    )
    ElementTree.SubElement(root, "SRS").text = grid.wkt
    ElementTree.SubElement(root, "GeoTransform").text = ", ".join(
        repr(float(value)) for value in grid.transform.to_gdal()
    )
    with rasterio.open(first) as raster:
        bands = [
            facts
            for *facts, meaning in zip(
                raster.dtypes,
                raster.descriptions,
                raster.scales,
                raster.nodatavals,
                raster.colorinterp,
                strict=True,
            )
            if meaning is not ColorInterp.alpha
        ]
        tags = {key: text for key, text in raster.tags().items() if key != "AREA_OR_POINT"}
        tags |= own or {}
    _add_tags(root, tags)
    for index, (kind, name, scale, declared) in enumerate(bands, start=1):
        fill = declared if nodata is None else nodata
        band = ElementTree.SubElement(
            root, "VRTRasterBand", dataType=_VRT_TYPES[dtype or kind], band=str(index)
        )
        if name:
            ElementTree.SubElement(band, "Description").text = name
        if fill is not None:
            ElementTree.SubElement(band, "NoDataValue").text = f"{fill:.17g}"
        if scale != 1:
            ElementTree.SubElement(band, "Scale").text = repr(scale)
    return root


def _true_colours_first(root: ElementTree.Element) -> None:
    bands = {band: band.findtext("Description", "") for band in root.findall("VRTRasterBand")}
    if not {*TRUE_COLOUR} <= {*bands.values()}:
        return
    for band, name in bands.items():
        if name in TRUE_COLOUR:
            ElementTree.SubElement(band, "ColorInterp").text = name.capitalize()
        root.remove(band)
    others = [name for name in bands.values() if name not in TRUE_COLOUR]
    order = [*TRUE_COLOUR, *others]
    for number, band in enumerate(sorted(bands, key=lambda b: order.index(bands[b])), start=1):
        band.set("band", str(number))
        root.append(band)


def _add_tags(root: ElementTree.Element, tags: Mapping[str, str]) -> None:
    if tags:
        metadata = ElementTree.SubElement(root, "Metadata")
        for key in sorted(tags):
            ElementTree.SubElement(metadata, "MDI", key=key).text = tags[key]


def _write(root: ElementTree.Element, target: Path) -> None:
    ElementTree.indent(root)
    write_text(target, ElementTree.tostring(root, encoding="unicode") + "\n")


def _place(source: Path, grid: Grid, nodata: float | None, place: Grid | None) -> _Tile:
    with rasterio.open(source) as raster:
        t = place.transform if place else raster.transform
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
        return _Tile(source, round(col), round(row), *size, declared, _is_masked(raster))


def _is_masked(raster: rasterio.DatasetReader) -> bool:
    """Whether a mask, internal or beside the file, or an alpha band says what is valid."""
    masked = MaskFlags.per_dataset in raster.mask_flag_enums[0]
    if ColorInterp.alpha in raster.colorinterp and not masked:
        raise InputError(
            f"{raster.name}: has an alpha band that GDAL passes over, as it does beside a declared "
            "nodata and in types but uint8 and uint16; make it a mask (gdal_translate -b 1 -mask 2)"
        )
    return masked


def _add_source(
    band: ElementTree.Element,
    target: Path,
    tile: _Tile,
    index: int,
    lut: Mapping[int, int] | None = None,
) -> ElementTree.Element:
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
        ElementTree.SubElement(element, "NODATA").text = f"{tile.nodata:.17g}"
    if lut:
        ElementTree.SubElement(element, "LUT").text = _lut_text(lut)
    return element


def _lut_text(lut: Mapping[int, int]) -> str:
    """GDAL interpolates between LUT entries: spell out the neighbours so that others stay."""
    entries = {0: 0, 65535: 65535}
    for value in lut:
        for neighbour in (value - 1, value + 1):
            entries[neighbour] = neighbour
    entries.update(lut)
    return ",".join(f"{key}:{entries[key]}" for key in sorted(entries))
