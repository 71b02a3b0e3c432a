"""A product from the Copernicus Data Space: of each of its tiles the part around an area.

What is written is a delivery like any other, a zip of tiles under the publisher's names, in the
publisher's numbers; whether it is what was wanted is asked where deliveries are.
"""

import logging
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import ceil, floor
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import pystac
import rasterio
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.errors import WindowError
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds
from tqdm import tqdm

from lccs_inputs.cdse.store import ObjectStore, address
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import Product
from lccs_inputs.files import atomic_path
from lccs_inputs.imagery.composite.reading import OpenAsset
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.imagery.stac.items import find_items, find_one
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import WINDOW, gdal_env, tiled
from lccs_inputs.rasters.writing import create_raster

_VERSION = re.compile(r"_(E\d+N\d+)_\d+_V(\d+)_R(\d+)", re.IGNORECASE)
"""In the name of a tile: its place, version and revision."""
_WHENEVER = (1980, 1, 1, 0, 0, 0)
"""The time of every member of a zip: the same input gives the same bytes."""

_MARGIN = 4  # px
_FEW = 64  # px a side, of what is looked at

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Tile:
    """A tile as the catalogue has it."""

    name: str
    href: str
    collection: str

    @property
    def place(self) -> str:
        found = _VERSION.search(self.name)
        return found[1].upper() if found else self.name

    @property
    def version(self) -> tuple[int, int]:
        found = _VERSION.search(self.name)
        return (int(found[2]), int(found[3])) if found else (0, 0)


def export_product(
    product: Product,
    year: int,
    collection: str,
    area: Area,
    target: Path,
    catalogue: str,
    store: ObjectStore,
    *,
    optional: bool = False,
) -> None:
    """Write what the tiles of a product hold around `area` to a zip.

    Args:
        collection: of the catalogue.
        target: a zip of GeoTIFFs (EPSG:3035, the tiles' own pixels, type and nodata), each named
            as its tile is; of several versions of a tile the newest.
        catalogue: address of the STAC API (config key cdse.catalogue).
        optional: other methods stand in where the product has nothing: then it may hold nothing.

    Raises:
        SourceError: the product is not there, has no tile here, or cannot be read.
    """
    tiles = list(_tiles(product, year, collection, area, catalogue))
    if not tiles and not optional:
        raise SourceError(
            f"{product.name} {year}: the Copernicus Data Space has no tile of it for this area; "
            "choose another year, or write clms or the path of a file for this edition"
        )
    with TemporaryDirectory(dir=target.parent, prefix=".unpacked-") as folder, gdal_env():
        parts = [
            part
            for tile in tqdm(tiles, desc=f"{product.name} {year}", unit="tile", mininterval=1)
            if (part := _part(tile, product, area, Path(folder), store))
        ]
        if not parts:
            parts = [_nothing(product, year, area, Path(folder))]
        with atomic_path(target) as path:
            _pack(parts, path)


def look_at_one(
    product: Product,
    year: int,
    collection: str,
    bounds: tuple[float, float, float, float],
    catalogue: str,
    store: ObjectStore,
) -> str:
    """Read a few pixels of one tile of a product; the name of the tile.

    Args:
        bounds: west, south, east, north of an area, degrees.
        catalogue: as for `export_product`; likewise the others.

    Raises:
        SourceError: there is none, or it cannot be read.
    """
    item = find_one(catalogue, [collection], bounds, date(year, 1, 1), date(year, 12, 31))
    if item is None:
        raise SourceError(
            f"the Copernicus Data Space has no {product.name} {year} of the area; choose another "
            "year"
        )
    tile = _tile(item, product, year)
    source = _opened(tile, product, store)
    try:
        source.read(Window(0, 0, min(_FEW, source.grid.width), min(_FEW, source.grid.height)))
    finally:
        source.close()
    return tile.name


def _tiles(
    product: Product, year: int, collection: str, area: Area, catalogue: str
) -> Iterator[_Tile]:
    """The tiles of an edition that may touch an area, by name; of each the newest version."""
    span = date(year, 1, 1), date(year, 12, 31)
    newest: dict[str, _Tile] = {}
    for item in find_items(catalogue, [collection], area.bounds_lonlat(), *span):
        tile = _tile(item, product, year)
        if tile.version >= newest.get(tile.place, tile).version:
            newest[tile.place] = tile
    _log.info("%s %d: %d tiles", product.name, year, len(newest))
    return iter(sorted(newest.values(), key=lambda tile: tile.name))


def _tile(item: pystac.Item, product: Product, year: int) -> _Tile:
    """The raster of an item that is the product itself, not the confidence in it.

    Raises:
        SourceError: it has none, or several.
    """
    stated = {PurePosixPath(asset.href).name: asset.href for asset in item.assets.values()}
    named = re.compile(rf"\w*_{product.name}_S?{year}_\w+\.tiff?", re.IGNORECASE)
    found = {name: href for name, href in stated.items() if named.fullmatch(name)}
    if len(found) != 1:
        raise SourceError(
            f"{item.collection_id}/{item.id} has {len(found)} rasters of {product.name} {year}, "
            f"not one: it has {', '.join(sorted(stated)) or 'no file'}"
        )
    ((name, href),) = found.items()
    return _Tile(name, href, item.collection_id or "")


def _part(
    tile: _Tile, product: Product, area: Area, folder: Path, store: ObjectStore
) -> Path | None:
    """Copy what of a tile lies around an area; None where it does not reach there."""
    source = _opened(tile, product, store)
    try:
        window = _around(area, source.grid)
        return window and _copy(source, window, folder / tile.name)
    finally:
        source.close()


def _opened(tile: _Tile, product: Product, store: ObjectStore) -> OpenAsset:
    asset = Asset(tile.href, nodata=product.nodata, band=1)
    scene = Scene(tile.name, tile.collection, "", tile.place, "", "", {product.name: asset})
    return OpenAsset(scene, product.name, address, store=store)


def _around(area: Area, source: Grid) -> Window | None:
    """The whole pixels of a raster that an area needs, with those that interpolation looks at."""
    bounds = transform_bounds(area.grid.crs, source.crs, *area.grid.bounds, densify_pts=51)
    (width, height), (west, south, east, north) = source.pixel, bounds
    padded = (west - _MARGIN * width, south - _MARGIN * height,
              east + _MARGIN * width, north + _MARGIN * height)  # fmt: skip
    whole = Window(0, 0, source.width, source.height)
    try:
        found = from_bounds(*padded, source.transform).intersection(whole)
    except WindowError:
        return None
    (top, bottom), (left, right) = found.toranges()
    rows, cols = (floor(top), ceil(bottom)), (floor(left), ceil(right))
    return Window.from_slices(rows, cols)


def _copy(source: OpenAsset, window: Window, target: Path) -> Path:
    """Write a window of a tile as a raster that says of itself what the tile says."""
    profile = source.attempt(lambda data: _profile(data, window))
    with rasterio.open(target, "w", **profile) as raster:
        for to in tiled((window.height, window.width), WINDOW):
            part = Window(window.col_off + to.col_off, window.row_off + to.row_off,
                          to.width, to.height)  # fmt: skip
            raster.write(source.attempt(partial(_read, window=part)), window=to)
    return target


def _profile(tile: rasterio.DatasetReader, window: Window) -> dict[str, Any]:
    if tile.count != 1 or MaskFlags.per_dataset in tile.mask_flag_enums[0]:
        raise SourceError(f"{PurePosixPath(tile.name).name} has several bands, or a mask: it is no "
                          "tile as the publisher makes them")  # fmt: skip
    return {
        "driver": "GTiff", "dtype": tile.dtypes[0], "nodata": tile.nodata, "crs": tile.crs,
        "count": 1, "width": window.width, "height": window.height,
        "transform": tile.window_transform(window), "tiled": True, "blockxsize": 512,
        "blockysize": 512, "compress": "deflate", "zlevel": 6, "predictor": 2,
    }  # fmt: skip


def _read(tile: rasterio.DatasetReader, window: Window) -> NDArray[Any]:
    values: NDArray[Any] = tile.read(window=window)
    return values


def _nothing(product: Product, year: int, area: Area, folder: Path) -> Path:
    """A raster of the area that says that nothing is known."""
    target = folder / f"{product.name}_{year}_{area.grid.resolution:03.0f}m_none.tif"
    with create_raster(target, area.grid, [product.name], product.dtype, product.nodata):
        return target


def _pack(rasters: Sequence[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for raster in rasters:
            archive.writestr(zipfile.ZipInfo(raster.name, _WHENEVER), raster.read_bytes())
