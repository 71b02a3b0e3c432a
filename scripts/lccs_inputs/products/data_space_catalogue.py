"""The tiles of an edition of a product, in the catalogue of the Copernicus Data Space."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import PurePosixPath

import pystac

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import Product
from lccs_inputs.imagery.identity import footprint
from lccs_inputs.imagery.stac.items import find_items, find_one, read_items
from lccs_inputs.products.locked import REFRESH, Box, LockedTiles, Tile, widest


def find_tiles(
    product: Product, year: int, collection: str, bounds: Box, catalogue: str
) -> list[Tile]:
    """The tiles of an edition that may touch a box, by name; of each the newest version.

    Args:
        catalogue: address of the STAC API (config key cdse.catalogue).

    Raises:
        SourceError: the catalogue cannot be searched, or an item is not one of the product.
    """
    newest: dict[str, Tile] = {}
    for item in find_items(catalogue, [collection], bounds, *_span(year)):
        tile = tile_of(item, product, year)
        if tile.version >= newest.get(tile.place, tile).version:
            newest[tile.place] = tile
    return sorted(newest.values(), key=lambda tile: tile.name)


def find_tile(
    product: Product, year: int, collection: str, bounds: Box, catalogue: str
) -> Tile | None:
    """Some tile of an edition near a box, or none; asked with little patience.

    Raises:
        SourceError: as `find_tiles`.
    """
    item = find_one(catalogue, [collection], bounds, *_span(year))
    return tile_of(item, product, year) if item else None


def pin(
    product: Product, year: int, collection: str, boxes: Iterable[Box], catalogue: str
) -> LockedTiles:
    """Look an edition up in some boxes.

    Raises:
        SourceError: as `find_tiles`.
    """
    within, found = widest(boxes), dict[str, Tile]()
    for box in within:
        for tile in find_tiles(product, year, collection, box, catalogue):
            found[tile.name] = tile
    tiles = tuple(tile for _, tile in sorted(found.items()))
    return LockedTiles(product.name, year, collection, within, tiles)


def verify(
    tiles: Sequence[Tile], product: Product, year: int, collection: str, catalogue: str
) -> None:
    """Make sure that tiles are what they were when they were locked.

    Each is asked for by its id; nothing is searched.

    Raises:
        SourceError: some are gone or have changed, or the catalogue cannot be read.
    """
    there = read_items(catalogue, collection, [tile.item for tile in tiles])
    said = [drift for tile in tiles if (drift := _drift(tile, there.get(tile.item), product, year))]
    if said:
        raise SourceError(
            f"{product.name} {year}: since the lock file was made, the Copernicus Data Space "
            f"{', '.join(said)}; {REFRESH}"
        )


def _drift(locked: Tile, item: pystac.Item | None, product: Product, year: int) -> str:
    if item is None:
        return f"has removed {locked.name}"
    now = tile_of(item, product, year)
    if now.href != locked.href:
        return f"has moved {locked.href} to {now.href}"
    if now.state != locked.state:
        return f"has changed {locked.name} ({locked.state or 'unknown'} -> {now.state})"
    return ""


def tile_of(item: pystac.Item, product: Product, year: int) -> Tile:
    """The raster of an item that is the product itself, not the confidence in it.

    Raises:
        SourceError: it has none, or several.
    """
    stated = {PurePosixPath(asset.href).name: asset for asset in item.assets.values()}
    named = re.compile(rf"\w*_{product.name}_S?{year}_\w+\.tiff?", re.IGNORECASE)
    found = [asset for name, asset in stated.items() if named.fullmatch(name)]
    if len(found) != 1:
        raise SourceError(
            f"{item.collection_id}/{item.id} has {len(found)} rasters of {product.name} {year}, "
            f"not one: it has {', '.join(sorted(stated)) or 'no file'}"
        )
    return Tile(item.id, found[0].href, _bounds(item), _state(item, found[0]))


def _bounds(item: pystac.Item) -> Box:
    """The box around an item; all the world of one that does not say where it lies."""
    outline = footprint(item)
    return (-180.0, -90.0, 180.0, 90.0) if outline.is_empty else outline.bounds


def _state(item: pystac.Item, asset: pystac.Asset) -> str:
    size, checksum = (asset.extra_fields.get(f"file:{key}") for key in ("size", "checksum"))
    if size or checksum:
        stated = (f"{size} bytes" if size else "", f"checksum {checksum}" if checksum else "")
        return ", ".join(filter(None, stated))
    updated = item.properties.get("updated")
    return f"updated {updated}" if updated else ""


def _span(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)
