"""Products from Earth Engine: exported on their own pixels, like a file that is delivered.

What happens to a delivery afterwards (codes checked, resampling by kind, slope taken of elevation)
then happens to it too, so that where a product came from does not show.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ee
import numpy as np
from affine import Affine
from pyproj import CRS

from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.export import ExportSettings, fetched_tiles, kept_tiles
from lccs_inputs.earthengine.graphs import Image
from lccs_inputs.earthengine.pixels import Export
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.tiles import Tile, plan_tiles
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.earthengine import PRODUCT_OFFERS, PRODUCT_RECIPE, ProductOffer
from lccs_inputs.facts.products import Product, ProductKind
from lccs_inputs.products.windows import reach
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.lonlat import LONLAT, unwrapped_east
from lccs_inputs.rasters.writing import create_raster

_BESIDE = 0.01  # degrees around the area that images are looked for in: more than the margin
_MOST = 5000  # images; the service lists no more at a time
_NO_HEIGHT = -32768.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProductExport:
    """What is asked of Earth Engine for a product over an area, and where it goes.

    Attributes:
        images: ids of those it is made of.
    """

    export: Export
    native: Area
    tiles: Sequence[Tile]
    images: Sequence[str]


def export_product(
    session: Session,
    product: Product,
    edition: str,
    area: Area,
    target: Path,
    settings: ExportSettings,
    *,
    optional: bool = False,
) -> None:
    """Write the native pixels of a product over an area, and a margin, as a tiled GeoTIFF.

    Codes are kept, nodata is the product's; elevation and other measures are float32 in their
    unit, nodata −32768. Of a collection the last image that knows a pixel counts.

    Args:
        optional: other methods stand in where the product has nothing: then the file is empty.

    Raises:
        SourceError: Earth Engine has no image there, or did not give a tile.
        InputError: a file could not be written whole.
    """
    planned = plan_product(session, product, edition, area)
    if planned is None and not optional:
        raise nothing_there(product, edition)
    if planned is None:
        _log.warning("%s %s: no image over the area, nodata throughout", product.title, edition)
        with create_raster(target, area.grid, [product.name], *_stored(product)):
            return
    cache = fetched_tiles(session, planned.export, planned.tiles, settings)
    _assemble(cache, planned, target)


def nothing_there(product: Product, edition: str) -> SourceError:
    """What is told where there is no image, and no other method stands in."""
    return SourceError(
        f"Earth Engine has no image of {product.title} {edition} over the area; name another "
        "product, or a second method in the layer's `use`"
    )


def plan_product(
    session: Session, product: Product, edition: str, area: Area
) -> ProductExport | None:
    """What would be exported; None where no image touches the area."""
    offer = PRODUCT_OFFERS[product.name]
    images = _images(session, offer, edition, area)
    if not images:
        return None
    dtype, nodata = _stored(product)
    lattices = {image["id"]: _first_pixel(image, offer.band) for image in images}
    oblong = [image for image, grid in lattices.items() if not grid.is_square]
    image = product_image(product, list(lattices), oblong)
    request = {
        "recipe": PRODUCT_RECIPE,
        "product": product.name,
        "images": [[image["id"], image.get("version")] for image in images],
        "band": offer.band,
    }
    export = Export(
        name=f"{product.title} {edition}",
        bands=(product.name,),
        dtype=dtype,
        nodata=nodata,
        image=lambda *_: image,
        request=lambda _: request,
    )
    native = _native_area(area, list(lattices.values()))
    tiles = plan_tiles(native.grid, native, 1, np.dtype(dtype).itemsize)
    return ProductExport(export, native, tiles, list(lattices))


def _stored(product: Product) -> tuple[str, float]:
    """Type and nodata of the file: as a publisher would deliver it."""
    if product.kind is ProductKind.MEASURE:
        return "float32", _NO_HEIGHT
    return product.dtype, product.nodata


def _images(
    session: Session, offer: ProductOffer, edition: str, area: Area
) -> list[dict[str, Any]]:
    """The images that touch the area, as the service describes them, in its order."""
    asset = offer.assets[edition]
    if not offer.is_collection:
        return [session.compute_value(ee.Image(asset).select([offer.band]))]
    west, south, east, north = area.bounds_lonlat()
    east = unwrapped_east(west, east)
    around = [west - _BESIDE, south - _BESIDE, east + _BESIDE, north + _BESIDE]
    box = ee.Geometry.Rectangle(around, LONLAT, False)
    images = ee.ImageCollection(asset).filterBounds(box).select([offer.band])
    if edition.isdigit():
        images = images.filterDate(f"{edition}-01-01", f"{int(edition) + 1}-01-01")
    found: list[dict[str, Any]] = session.compute_value(images.toList(_MOST))
    return found


def product_image(product: Product, images: Sequence[str], oblong: Sequence[str] = ()) -> Image:
    """One band of the images, unmasked to nodata and cast: as `graphs.scene_set_image`.

    Args:
        oblong: those of the images whose pixels are oblong. A measure is interpolated between
            them: repeated on square pixels they would be steps, and slope wrong by half. Below it
            lies the image as it is, for a rim that cannot be interpolated.
    """
    offer = PRODUCT_OFFERS[product.name]
    each = [_band(ee.Image(image), offer) for image in images]
    if product.kind is ProductKind.MEASURE:
        each += [_band(ee.Image(image), offer).resample("bilinear") for image in oblong]
    one = each[0] if len(each) == 1 else ee.ImageCollection(each).mosaic()
    dtype, nodata = _stored(product)
    cast = {"uint8": "toUint8", "uint16": "toUint16", "float32": "toFloat"}[dtype]
    return getattr(one.rename([product.name]).unmask(nodata, False), cast)()


def _band(image: Image, offer: ProductOffer) -> Image:
    band = image.select([offer.band])
    if not offer.inside:
        return band
    return band.unmask(0, False).updateMask(image.select([offer.inside]).mask())


def _first_pixel(image: dict[str, Any], band: str) -> Grid:
    """The grid of the first pixel of an image: its CRS, lattice and pixel size."""
    facts = next(each for each in image["bands"] if each["id"] == band)
    a, _, left, _, e, top = facts["crs_transform"]
    return Grid.from_transform(facts["crs"], Affine(abs(a), 0, left, 0, -abs(e), top), 1, 1)


def _native_area(area: Area, lattices: Sequence[Grid]) -> Area:
    """The area and a margin on the pixel lattice of the finest image.

    Pixels are square here, of the shorter side where those of the images are oblong, as the
    Copernicus elevation model's are beyond 50 degrees.

    Raises:
        SourceError: the images are in degrees, and the area lies on both sides of 180.
    """
    finest = min(lattices, key=lambda each: (min(each.pixel), not each.is_square))
    if area.crosses_antimeridian and CRS.from_user_input(finest.crs).is_geographic:
        raise SourceError(
            "the area crosses 180 degrees, where pixels in degrees do not adjoin, so Earth Engine "
            "cannot export them in one piece; give the product as files"
        )
    resolution, left, top = min(finest.pixel), finest.bounds[0], finest.bounds[3]
    outline = area.geometry_in(finest.crs)
    outline = outline.buffer(reach(area.grid, finest) * resolution)
    xmin, ymin, xmax, ymax = outline.bounds
    west, east = math.floor((xmin - left) / resolution), math.ceil((xmax - left) / resolution)
    south, north = math.floor((ymin - top) / resolution), math.ceil((ymax - top) / resolution)
    bounds = (
        left + west * resolution,
        top + south * resolution,
        left + east * resolution,
        top + north * resolution,
    )
    return Area(
        outline, replace(area.grid, crs=finest.crs, pixel=(resolution, resolution), bounds=bounds)
    )


def _assemble(cache: TileCache, planned: ProductExport, target: Path) -> None:
    export = planned.export
    with create_raster(
        target, planned.native.grid, export.bands, export.dtype, export.nodata,
        tags={"ORIGIN": f"Google Earth Engine: {', '.join(planned.images)}"[:1000]},
    ) as raster:  # fmt: skip
        for _, window, values in kept_tiles(cache, planned.tiles, target):
            raster.write(values, window=window)
