"""A product from the Copernicus Data Space: of each of its tiles the part around an area.

What is written is a delivery like any other, a zip of tiles under the publisher's names, in the
publisher's numbers; whether it is what was wanted is asked where deliveries are.
"""

import logging
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import rasterio
from rasterio.errors import WindowError
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds, transform
from tqdm import tqdm

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import Product
from lccs_inputs.files import ZIP_TIME, atomic_path, fingerprint, put, scratch_folder
from lccs_inputs.imagery.cache.folder import ImageryCache
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.file_facts import Facts
from lccs_inputs.imagery.composite.reading import OpenAsset
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.products.archives import is_whole_zip
from lccs_inputs.products.data_space_catalogue import find_tile, find_tiles, verify
from lccs_inputs.products.locked import REFRESH, Box, Tile
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import WINDOW, gdal_env, tiled, whole_pixels
from lccs_inputs.rasters.writing import create_raster
from lccs_inputs.sharing import usable
from lccs_inputs.traffic import note_kept

_KEY = "cdse.cache"
_RECIPE = 1
"""Version of how tiles are cut: what is kept of another is cut anew."""
_MARGIN = 4  # px
_CHUNK = 1 << 20  # bytes
_FEW = 64  # px a side, of what is looked at

_log = logging.getLogger(__name__)


def export_product(
    product: Product,
    year: int,
    collection: str,
    area: Area,
    target: Path,
    catalogue: str,
    store: ObjectStore,
    cache: Path,
    *,
    tiles: Sequence[Tile] | None = None,
    optional: bool = False,
    imagery: ImageryCache | None = None,
) -> None:
    """Write what the tiles of a product hold around `area` to a zip.

    What was cut before of the same tiles, for an area on the same grid, is in the cache; then
    nothing is read.

    Args:
        collection: of the catalogue.
        target: a zip of GeoTIFFs (EPSG:3035, the tiles' own pixels, type and nodata), each named
            as its tile is; of several versions of a tile the newest.
        catalogue: address of the STAC API (config key cdse.catalogue).
        cache: folder that areas, periods and clones share (config key cdse.cache).
        tiles: as the lock file has them; None where it has not, and they are searched.
        optional: other methods stand in where the product has nothing: then it may hold nothing.
        imagery: what was read of tiles before, for whatever area.

    Raises:
        SourceError: the product is not there, has no tile here, has changed since it was locked,
            or cannot be read.
        InputError: the cache may not be used.
    """
    pinned = tiles is not None
    if tiles is None:
        tiles = find_tiles(product, year, collection, area.bounds_lonlat(), catalogue)
        _log.info("%s %d is not in the lock file: the newest %d tiles are taken; to pin them, %s",
                  product.name, year, len(tiles), REFRESH)  # fmt: skip
    if not tiles and not optional:
        raise nothing_here(product, year, pinned=pinned)
    with usable(cache, _KEY):
        archive = kept_archive(cache, product, year, area, tiles)
        if is_whole_zip(archive):
            note_kept(all_of_it=True)
        else:
            if pinned:
                verify(tiles, product, year, collection, catalogue)
            _cut(tiles, product, year, area, archive, target.parent, store, imagery)
        put(archive, target)


def nothing_here(product: Product, year: int, *, pinned: bool) -> SourceError:
    """What is told where there is no tile, and no other method stands in.

    Args:
        pinned: whether the lock file says so.
    """
    return SourceError(
        f"{product.name} {year}: the {'lock file' if pinned else 'Copernicus Data Space'} has "
        "no tile of it for this area; choose another year, or write clms or the path of a file "
        f"for this edition{f', or {REFRESH}' if pinned else ''}"
    )


def kept_archive(
    cache: Path, product: Product, year: int, area: Area, tiles: Sequence[Tile]
) -> Path:
    """Where the cache has what is cut of some tiles."""
    stated = [[tile.href, tile.state] for tile in tiles]
    asked = [_RECIPE, product.name, year, area.grid.to_dict(), stated]
    return cache / "archives" / f"{fingerprint(asked)}.zip"


def _cut(
    tiles: Sequence[Tile],
    product: Product,
    year: int,
    area: Area,
    archive: Path,
    beside: Path,
    store: ObjectStore,
    imagery: ImageryCache | None,
) -> None:
    """Read what of tiles lies around an area, and pack it.

    Args:
        beside: folder for what is unpacked meanwhile.
    """
    with scratch_folder(beside) as folder, gdal_env():
        parts = [
            part
            for tile in tqdm(tiles, desc=f"{product.name} {year}", unit="tile", mininterval=1)
            if (
                part := _part(
                    opened(tile, product, store, folder, imagery), area, folder / tile.name
                )
            )
        ]
        if not parts:
            parts = [_nothing(product, year, area, folder)]
        with atomic_path(archive) as path:
            _pack(parts, path)


def look_at_one(
    product: Product,
    year: int,
    collection: str,
    bounds: Box,
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
    tile = find_tile(product, year, collection, bounds, catalogue)
    if tile is None:
        raise SourceError(
            f"the Copernicus Data Space has no {product.name} {year} of the area; choose another "
            "year"
        )
    with TemporaryDirectory(prefix="look-") as folder:
        source = opened(tile, product, store, Path(folder))
        try:
            source.read(Window(0, 0, min(_FEW, source.grid.width), min(_FEW, source.grid.height)))
        finally:
            source.close()
    return tile.name


def _part(source: OpenAsset, area: Area, target: Path) -> Path | None:
    """Copy what of a tile lies around an area; None where it does not reach there."""
    try:
        window = window_around(area, source.grid)
        return window and _copy(source, window, target)
    finally:
        source.close()


def opened(
    tile: Tile,
    product: Product,
    store: ObjectStore,
    folder: Path,
    imagery: ImageryCache | None = None,
) -> OpenAsset:
    """A tile of the store; close it.

    Args:
        folder: for what comes of it, where it is not kept.
        imagery: what was read of it before.
    """
    asset = Asset(tile.href, nodata=product.nodata, band=1)
    scene = Scene(tile.name, "", "", tile.place, "", tile.state, {product.name: asset})
    return OpenAsset(scene, product.name, str, Fetching(1, folder / tile.name), store, imagery)


def window_around(area: Area, source: Grid) -> Window | None:
    """The whole pixels of a raster that an area needs, with those that interpolation looks at."""
    whole = Window(0, 0, source.width, source.height)
    try:
        found = from_bounds(*bounds_around(area, source), source.transform).intersection(whole)
    except WindowError:
        return None
    return whole_pixels(found)


def bounds_around(area: Area, source: Grid) -> tuple[float, float, float, float]:
    """The bounds of what an area needs, in the CRS of a raster."""
    bounds = transform_bounds(area.grid.crs, source.crs, *area.grid.bounds, densify_pts=51)
    (width, height), (west, south, east, north) = source.pixel, bounds
    return (west - _MARGIN * width, south - _MARGIN * height,
            east + _MARGIN * width, north + _MARGIN * height)  # fmt: skip


def _copy(source: OpenAsset, window: Window, target: Path) -> Path:
    """Write a window of a tile as a raster that says of itself what the tile says."""
    with rasterio.open(target, "w", **_profile(source.facts, window, target.name)) as raster:
        for to in tiled((window.height, window.width), WINDOW):
            part = Window(window.col_off + to.col_off, window.row_off + to.row_off,
                          to.width, to.height)  # fmt: skip
            raster.write(source.stored(part), 1, window=to)
    return target


def _profile(tile: Facts, window: Window, name: str) -> dict[str, Any]:
    if tile.count != 1 or tile.valid is not None:
        raise SourceError(f"{name} has several bands, or a mask: it is no tile as the publisher "
                          "makes them")  # fmt: skip
    return {
        "driver": "GTiff", "dtype": tile.dtype, "nodata": tile.nodata, "crs": tile.grid.crs,
        "count": 1, "width": window.width, "height": window.height,
        "transform": transform(window, tile.grid.transform), "tiled": True, "blockxsize": 512,
        "blockysize": 512, "compress": "deflate", "zlevel": 6, "predictor": 2,
    }  # fmt: skip


def _nothing(product: Product, year: int, area: Area, folder: Path) -> Path:
    """A raster of the area that says that nothing is known."""
    target = folder / f"{product.name}_{year}_{area.grid.resolution:03.0f}m_none.tif"
    with create_raster(target, area.grid, [product.name], product.dtype, product.nodata):
        return target


def _pack(rasters: Sequence[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for raster in rasters:
            member = zipfile.ZipInfo(raster.name, ZIP_TIME)
            member.file_size = raster.stat().st_size  # one beyond 2 GiB has another header
            with raster.open("rb") as source, archive.open(member, "w") as copy:
                shutil.copyfileobj(source, copy, _CHUNK)
