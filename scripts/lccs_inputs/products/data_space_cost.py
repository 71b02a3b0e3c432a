"""What a product of the Copernicus Data Space will take: tiles are like those that are opened."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from rasterio.windows import Window

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.costs import HOUR, NOTHING, Cost, spread, total
from lccs_inputs.facts.products import Product
from lccs_inputs.imagery.composite.reading import OpenAsset
from lccs_inputs.products.data_space import (
    bounds_around,
    kept_archive,
    nothing_here,
    opened,
    window_around,
)
from lccs_inputs.products.data_space_catalogue import find_tiles
from lccs_inputs.products.locked import Tile
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import WINDOW, gdal_env

_SAMPLE = 512  # px a side, of what is read to tell the time


@dataclass(frozen=True)
class _Weighed:
    """What a tile holds of an area.

    Attributes:
        pixels, bytes: of the area in the tile.
        whole: pixels of all of the area, were there tiles everywhere.
        sampled, seconds: pixels of a part that was read, and how long that took.
    """

    pixels: float
    bytes: int | None
    whole: float
    sampled: float
    seconds: float


def export_cost(
    product: Product,
    year: int,
    collection: str,
    area: Area,
    catalogue: str,
    store: ObjectStore,
    cache: Path,
    pilot: int,
    *,
    tiles: Sequence[Tile] | None = None,
    optional: bool = False,
) -> Cost:
    """What `data_space.export_product` will take, with the same arguments.

    Args:
        pilot: how many tiles are opened, and a part of each read.

    Raises:
        SourceError: the catalogue cannot be searched, or has no tile that is needed, or one cannot
            be read.
    """
    pinned = tiles is not None
    if tiles is None:
        tiles = find_tiles(product, year, collection, area.bounds_lonlat(), catalogue)
    if not tiles and not optional:
        raise nothing_here(product, year, pinned=pinned)
    if not tiles:
        return replace(NOTHING, notes=["the Copernicus Data Space has no tile of it here"])
    if kept_archive(cache, product, year, area, tiles).exists():
        return replace(NOTHING, notes=["it is in the cache"])
    with TemporaryDirectory(prefix="pilot-") as folder, gdal_env():
        looks = [
            _weighed(opened(tile, product, store, Path(folder)), area)
            for tile in spread(tiles, pilot)
        ]
    seen = sum(each.pixels for each in looks)
    if not seen:
        return Cost(core_hours=0, eecu_hours=0, notes=["nothing is measured without a pilot"])
    whole, size = max(each.whole for each in looks), total(each.bytes for each in looks)
    came = None if size is None else size / seen * whole
    taken = sum(each.seconds for each in looks) / sum(each.sampled for each in looks)
    return Cost(
        requests=len(tiles) + ceil(whole / WINDOW**2),
        bytes=came,
        kept=came,
        core_hours=0,
        eecu_hours=0,
        hours=taken * whole / HOUR,
        notes=[f"from {len(looks)} of {len(tiles)} tiles; what the cache has of them is spared"],
    )


def _weighed(source: OpenAsset, area: Area) -> _Weighed:
    try:
        west, south, east, north = bounds_around(area, source.grid)
        width, height = source.grid.pixel
        whole = (east - west) / width * (north - south) / height
        window = window_around(area, source.grid)
        if window is None:
            return _Weighed(0, 0, whole, 0, 0)
        weight = source.weigh([window])
        part = Window(window.col_off, window.row_off,
                      min(window.width, _SAMPLE), min(window.height, _SAMPLE))  # fmt: skip
        started = time.monotonic()
        source.read(part)
        seconds = time.monotonic() - started
    finally:
        source.close()
    came = None if weight is None else weight.opening_bytes + weight.bytes
    return _Weighed(window.width * window.height, came, whole, part.width * part.height, seconds)
