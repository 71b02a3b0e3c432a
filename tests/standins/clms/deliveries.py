"""Archives as CLMS packs them, holding real GeoTIFFs in EPSG:3035.

Three layouts: a prepackaged file is a zip in a zip, with DATA/ and Symbology/; a clip of an EEA
data set is one raster under folders named like it; a clip of a series is one raster under the
title and the date.
"""

import io
import math
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds

from standins.clms.catalogue import Layer
from standins.clms.faults import Fault

Bounds = tuple[float, float, float, float]
"""West, south, east, north in EPSG:3035, m."""
Codes = NDArray[np.uint8] | NDArray[np.uint16]
RasterSource = Callable[[str, Bounds], Codes]
"""Short name of a product, bounds on the 10 m lattice → its codes, north up, one per 10 m."""

SIDE_LIMIT = 5_000  # px; the stand-in keeps archives in memory
_TILE = 100_000.0  # m
_PERCENT = tuple(range(101))
CODES: Mapping[str, tuple[int, ...]] = {
    "WAW": (0, 1, 2, 3, 4, 253, 254, 255),
    "IMD": (*_PERCENT, 254, 255),
    "TCD": (*_PERCENT, 254, 255),
    "DLT": (0, 1, 2, 254, 255),
    "FTY": (0, 1, 2, 254, 255),
    "GRA": (0, 1, 254, 255),
    "HER": (0, 1, 255),
    "CTY": (
        *(0, 1110, 1120, 1130, 1140, 1150, 1210, 1220, 1310, 1320, 1410, 1420, 1430, 1440),
        *(2100, 2200, 2310, 2320, 3100, 3200, 65535),
    ),
    "CLCPLUS": (*range(1, 12), 253, 254, 255),
}
"""Every code a product may hold, those of nodata last; a confidence layer holds percentages."""
_UNNAMED_LAEA = (
    "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m +no_defs"
)


@dataclass(frozen=True)
class Clip:
    """One raster to deliver.

    Attributes:
        layer: what it holds.
        bounds: on the lattice of its pixels.
        place: NUTS code, or "bbox_<i>" with the item's place in the request; "" if prepackaged.
        title, date: of the data set and its edition (YYYYMMDD), for the layout of series.
    """

    layer: Layer
    bounds: Bounds
    place: str = ""
    title: str = ""
    date: str = ""


def pattern(product: str, bounds: Bounds) -> Codes:
    """The default raster source: every code of the product, in squares of 30 m.

    A pixel's code depends on where it lies alone, so that clips agree wherever they overlap.
    """
    west, south, east, north = bounds
    codes = np.array(codes_of(product), "uint16" if product == "CTY" else "uint8")
    columns = np.arange(round(west / 10), round(east / 10)) // 3
    rows = np.arange(round(-north / 10), round(-south / 10)) // 3
    chosen: Codes = codes[(columns[None, :] + 7 * rows[:, None]) % len(codes)]
    return chosen


def codes_of(product: str) -> tuple[int, ...]:
    return (*_PERCENT, 255) if product.endswith("CL") else CODES[product]


def lattice_bounds(bounds: Bounds, step: float) -> Bounds:
    """`bounds` grown outward to multiples of `step`."""
    west, south, east, north = bounds
    return (
        math.floor(west / step) * step,
        math.floor(south / step) * step,
        math.ceil(east / step) * step,
        math.ceil(north / step) * step,
    )


def box_bounds(box: list[float], step: float) -> Bounds:
    """Of [W, N, E, S] in degrees: the EPSG:3035 lattice box around it."""
    west, north, east, south = box
    around = transform_bounds("EPSG:4326", "EPSG:3035", west, south, east, north)
    return lattice_bounds(around, step)


def pack(clips: list[Clip], source: RasterSource, fault: Fault | None = None) -> bytes:
    """The outer zip with every clip, spoilt by `fault`."""
    kind = fault.kind if fault else ""
    if kind == "html":
        return b"<!DOCTYPE html><html><body>403 Forbidden</body></html>"
    if kind == "empty_file":
        return b""
    members: dict[str, bytes] = {}
    for clip in clips if kind != "empty_zip" else []:
        members |= _members(clip, source, kind)
    if kind == "traversal":
        members["../../escaped.tif"] = next(iter(members.values()))
    if kind == "no_raster":
        members = {"Results/readme.txt": b"Nothing was found for your area."}
    archive = _zip(members)
    first = next(iter(members), "")
    spoilt = kind == "bad_crc" or (kind == "inner_bad_crc" and not first.endswith(".zip"))
    return _spoilt(archive, first) if spoilt else archive


def _members(clip: Clip, source: RasterSource, kind: str) -> dict[str, bytes]:
    layer = _wrong_layer(clip.layer, kind)
    if not clip.place:
        return {f"Results/{layer.file}.zip": _prepackaged(clip, layer, source, kind)}
    wanted = [layer]
    if kind == "two_products":
        wanted.append(_wrong_layer(clip.layer, "wrong_product"))
    return {_member(each, clip): _raster(each, clip.bounds, source, kind) for each in wanted}


def _member(layer: Layer, clip: Clip) -> str:
    """Path in the zip of a raster that holds `layer` in answer to `clip`."""
    if not layer.file:
        return f"{clip.title}/{clip.date}/CLMS_HRLVLCC_{layer.product}_{clip.place}.tif"
    folder = clip.layer.file
    return f"Results/{folder}/{folder}/{layer.file}.tif"


def _prepackaged(clip: Clip, layer: Layer, source: RasterSource, kind: str) -> bytes:
    members = {f"{layer.file}/Symbology/{layer.product}.clr": b"0 240 240 240 0\n"}
    for west, south, east, north in _tiles(clip.bounds):
        square = f"E{int(west // _TILE)}N{int(south // _TILE)}"
        stem = "_".join(
            square if part in {"fr", "ch", "it"} else part for part in layer.file.split("_")
        )
        raster = _raster(layer, (west, south, east, north), source, kind)
        members[f"{layer.file}/DATA/{stem}.tif"] = raster
    inner = _zip(members)
    return _spoilt(inner, next(reversed(members))) if kind == "inner_bad_crc" else inner


def _tiles(bounds: Bounds) -> Iterator[Bounds]:
    """`bounds` cut along the 100 km lattice."""
    west, south, east, north = bounds
    for left, right in pairwise(_cuts(west, east)):
        for low, high in pairwise(_cuts(south, north)):
            yield left, low, right, high


def _cuts(start: float, end: float) -> list[float]:
    inside = range(math.floor(start / _TILE) + 1, math.ceil(end / _TILE))
    return [start, *(number * _TILE for number in inside), end]


def _wrong_layer(layer: Layer, kind: str) -> Layer:
    """What is delivered instead of `layer` where the fault is a mix-up."""
    if kind == "confidence":
        product = f"{layer.product}CL"
    elif kind == "wrong_product":
        product = "DLT" if layer.product != "DLT" else "TCD"
    else:
        return layer
    file = layer.file.replace(layer.product, product)
    return Layer(product, layer.year, layer.resolution, file)


def _raster(layer: Layer, bounds: Bounds, source: RasterSource, kind: str) -> bytes:
    """One GeoTIFF of `layer` over `bounds`."""
    step = 20 if kind == "wrong_size" else layer.resolution
    if kind == "no_overlap":
        west, south, east, north = bounds
        bounds = (west + 300_000, south + 300_000, east + 300_000, north + 300_000)
    codes = source(layer.product, lattice_bounds(bounds, step))[:: step // 10, :: step // 10]
    if kind == "wrong_code":
        codes = codes.copy()
        codes[codes.shape[0] // 2, codes.shape[1] // 2] = 199
    crs = "EPSG:3035"
    if kind == "wrong_crs":
        crs = "EPSG:3857"
    elif layer.year is None:
        crs = _UNNAMED_LAEA  # EPSG:3035 under another name, as FME writes it
    return geotiff(codes, lattice_bounds(bounds, step), step, crs)


def geotiff(codes: Codes, bounds: Bounds, step: float, crs: str = "EPSG:3035") -> bytes:
    """A GeoTIFF in memory, nodata tagged as "outside"."""
    profile = {
        "driver": "GTiff",
        "count": 1,
        "dtype": str(codes.dtype),
        "height": codes.shape[0],
        "width": codes.shape[1],
        "crs": crs,
        "transform": from_origin(bounds[0], bounds[3], step, step),
        "nodata": int(np.iinfo(codes.dtype).max),
        "compress": "lzw",
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as raster:
            raster.write(codes, 1)
        return bytes(memory.read())


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return buffer.getvalue()


def _spoilt(archive: bytes, member: str) -> bytes:
    """`archive` with one byte of a member's content changed; its size stays."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        info = opened.getinfo(member)
    place = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    return archive[:place] + bytes([archive[place] ^ 0xFF]) + archive[place + 1 :]
