"""Which scene a STAC item is: when it was sensed, where, by which platform, in which processing.

Catalogues put the same facts into different fields, or only into a name. Where an item says
nothing, so do these functions: they never guess.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pystac
from pystac.utils import datetime_to_str
from shapely import MultiPolygon, Polygon, make_valid, to_wkt
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.imagery.stated_extent import stated_extent
from lccs_inputs.rasters.lonlat import parts, wrapped

_PREFIXES = ("s2", "sentinel", "sentinel2", "s1", "eopf")
"""What catalogues write before the same name: `s2:product_uri`, `sentinel:product_id` ..."""

_CONSTELLATIONS = ("", "sentinel1", "sentinel2", "landsat")  # names that name no single platform

_SENTINEL = re.compile(r"S([12][A-Z])(?:_|$)")
_LANDSAT = re.compile(r"L[A-Z](\d\d?)(?:_|\d{13})")  # LC08_L2SP_..., or LC80140332018166LGN00
_MGRS = re.compile(r"(?:MGRS-)?T?(\d{1,2})([C-X][A-Z]{2})")
_WRS = re.compile(r"(?:WRS2-)?(\d{3})(\d{3})")
_TILE_NAMES = (
    re.compile(r"(?:^|[_.])T(\d\d)([C-X][A-Z]{2})(?:[_.]|$)"),
    re.compile(r"^S2[A-Z]_(\d\d?)([C-X][A-Z]{2})_"),
    re.compile(r"^L[A-Z]\d\d_L\d[A-Z]{2}_(\d{3})(\d{3})_"),
    re.compile(r"^L[A-Z]\d(\d{3})(\d{3})\d{7}"),
)
_BASELINE = re.compile(r"N?(\d\d?)\.(\d\d?)|N?(\d\d)(\d\d)")
_BASELINE_NAME = re.compile(r"_N(\d\d)(\d\d)_")
_TAKES = (
    re.compile(r"^GS2[A-Z]_(\d{8}T\d{6})_"),  # a datatake id itself, whatever its baseline
    re.compile(r"^S2[A-Z]_MSIL\d[AC]_(\d{8}T\d{6})_"),
    re.compile(r"^(\d{8}T\d{6})_\d{8}T\d{6}_T\d\d[C-X][A-Z]{2}$"),
    re.compile(r"^S1[A-Z]_\w\w_\w{4}_\w{4}_\d{8}T\d{6}_\d{8}T\d{6}_\d{6}_([0-9A-F]{6})(?:_|$)"),
)
_LEVEL = re.compile(r"(?:S2MSI_?|LEVEL-?)?L?([0-4])([AC]?)")
_LEVEL_NAMES = (
    re.compile(r"_(?:MSI)?L([12])([AC])(?:_|$)"),
    re.compile(r"^L[A-Z]\d\d_L([12])([AC]?)"),
)
_LEVEL_1_COLLECTION = re.compile(r"(?:landsat|sentinel|S2).*(?:[-_]|c2)L1(C?)$", re.IGNORECASE)


def normalise_platform(name: str) -> str:
    """ "Sentinel-2B", "S2B", "LANDSAT_8" and "landsat-8", as `Sensor.platforms` spells them."""
    plain = "".join(character for character in name.lower() if character.isalnum())
    return re.sub(r"^s(?=[12][a-z]$)", "sentinel", plain)


def platform_of(item: pystac.Item) -> str:
    """The platform, by its field or its name; empty where the item does not say which it is."""
    stated = item.properties.get("platform") or item.properties.get("eo:platform") or ""
    platform = normalise_platform(str(stated))
    if platform not in _CONSTELLATIONS:
        return platform
    for name in _names_of(item):
        if found := _SENTINEL.match(name):
            return normalise_platform(f"S{found[1]}")
        if found := _LANDSAT.match(name):
            return f"landsat{int(found[1])}"
    return ""


def baseline_of(item: pystac.Item) -> tuple[int, ...]:
    """Sentinel-2 processing baseline, "05.09" → (5, 9); empty, before all, where not said.

    A number that lost its zeros, 5.1 for "05.10", has two decimals all the same.
    """
    stated = [_property(item, "processing_baseline"), item.properties.get("processing:version")]
    for text in (str(value) for value in stated if value):
        if found := _BASELINE.fullmatch(text):
            major, minor = (part for part in found.groups() if part)
            return int(major), int(minor.ljust(2, "0"))
    names = (_BASELINE_NAME.search(name) for name in _names_of(item))
    found = next((match for match in names if match), None)
    return (int(found[1]), int(found[2])) if found else ()


def level_of(item: pystac.Item) -> str:
    """The processing level of an optical scene: "1C", "2A", or a digit; empty if not said."""
    properties = item.properties
    stated = (
        properties.get("processing:level"),
        properties.get("oseo:processingLevel"),
        _property(item, "product_type"),
        properties.get("product:type"),
        properties.get("eo:productType"),
        properties.get("landsat:correction"),
    )
    fields = (_LEVEL.match(str(value).upper()) for value in stated if value)
    names = (pattern.search(name) for name in _names_of(item) for pattern in _LEVEL_NAMES)
    found = next((match for match in (*fields, *names) if match), None)
    if found:
        return f"{found[1]}{found[2]}"
    collection = _LEVEL_1_COLLECTION.search(item.collection_id or "")
    return f"1{collection[1].upper()}" if collection else ""


def datatake_of(item: pystac.Item) -> str:
    """What names the datatake of a Sentinel scene, alike for all scenes of a pass of a platform.

    Of Sentinel-2 the start of the datatake, "20230815T100031", of Sentinel-1 its number, "077F7E":
    both stand in fields and in the names of products, so that catalogues can be mixed. Empty where
    neither says it, and for Landsat, which has none.
    """
    stated = str(_property(item, "datatake_id") or "")
    for name in (stated, *_names_of(item)):
        for pattern in _TAKES:
            if found := pattern.match(name):
                return found[1]
    return f"{int(stated):06X}" if stated.isdecimal() else stated  # Sentinel-1's, as a decimal


def updated_of(item: pystac.Item) -> str:
    """When the item last changed, as far as it says; Planetary Computer says when it was made."""
    names = ("updated", "created", "s2:generation_time")
    return next((str(item.properties[name]) for name in names if item.properties.get(name)), "")


def tile_of(item: pystac.Item) -> str:
    """The unit a granule is cut by: MGRS tile "32TMS", WRS path and row "028030", or orbit.

    Empty where the item names none: footprints alone then tell duplicates.
    """
    properties = item.properties
    for stated in _tiles_stated(item):
        if found := _MGRS.fullmatch(stated) or _WRS.fullmatch(stated):
            return f"{found[1].zfill(2)}{found[2]}"
        if stated:
            return stated
    for name in _names_of(item):
        for pattern in _TILE_NAMES:
            if found := pattern.search(name):
                return f"{found[1].zfill(2)}{found[2]}"
    if "sat:relative_orbit" in properties:
        return f"{properties.get('sat:orbit_state', 'orbit')}-{properties['sat:relative_orbit']}"
    return ""


def _tiles_stated(item: pystac.Item) -> Iterator[str]:
    """What the fields of an item say of its tile, as they say it; "" where one says nothing."""
    properties = item.properties
    for fields in (("landsat:wrs_path", "landsat:wrs_row"), ("eo:column", "eo:row")):
        numbers = [str(properties.get(field) or "") for field in fields]
        yield "".join(number.zfill(3) for number in numbers if number) if all(numbers) else ""
    for name in ("grid:code", "s2:mgrs_tile", "s2:tile", "sentinel:mgrs"):
        yield str(properties.get(name) or "")
    for prefix in ("mgrs", "sentinel"):
        parts = ("utm_zone", "latitude_band", "grid_square")
        values = [str(properties.get(f"{prefix}:{part}") or "") for part in parts]
        yield "".join(values) if all(values) else ""


def _names_of(item: pystac.Item) -> Iterator[str]:
    """The names an item goes by: its own, then those of the products it was made from."""
    yield item.id
    fields = ("product_uri", "product_id", "product_ids", "product_title", "product_identifier")
    for field in fields:
        value = _property(item, field) or []
        yield from map(str, value if isinstance(value, list | tuple) else (value,))


def _property(item: pystac.Item, name: str) -> Any:
    """A property, under whichever prefix the item has it; None where it has not."""
    values = (item.properties.get(f"{prefix}:{name}") for prefix in _PREFIXES)
    return next((value for value in values if value), None)


def sensing_time(item: pystac.Item) -> datetime:
    """When a scene was sensed, UTC; the start of its interval where it has no single instant."""
    try:
        moment = item.datetime or item.common_metadata.start_datetime
    except (TypeError, ValueError):  # it is no text, or no time
        moment = None
    if moment is None:
        raise SourceError(f"{item.id} does not say when it was sensed (`datetime`)")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def footprint(item: pystac.Item) -> BaseGeometry:
    """The outline of a scene in degrees; its box where it has no polygon, empty without both.

    Within -180 to 180, in parts where it crosses that, however the catalogue writes it.
    """
    outline = _polygon(item.geometry)
    if not outline.is_empty:
        return wrapped(outline if outline.is_valid else make_valid(outline, method="structure"))
    if item.bbox:
        half = len(item.bbox) // 2  # 2, or 3 with heights
        west, south, east, north = *item.bbox[:2], *item.bbox[half : half + 2]
        return wrapped(parts((west, south, east, north)))
    return Polygon()


def _polygon(geometry: dict[str, Any] | None) -> BaseGeometry:
    """A geometry of GeoJSON; empty where it is none, or no polygon."""
    try:
        outline: BaseGeometry = shape(geometry) if geometry else Polygon()
    except (ShapelyError, ValueError, TypeError, LookupError, AttributeError):
        return Polygon()
    return outline if isinstance(outline, Polygon | MultiPolygon) else Polygon()


def scene_of(
    item: pystac.Item, assets: Mapping[str, Asset], decisive: Sequence[pystac.Asset] = ()
) -> Scene:
    """The scene that an item is, with the rasters that were read of it.

    Args:
        decisive: the assets of the validity bands, which say where the scene lies; the item itself
            does where there are none.
    """
    outline = footprint(item)
    return Scene(
        id=item.id,
        collection=item.collection_id or "",
        datetime=datetime_to_str(sensing_time(item)),
        tile=tile_of(item),
        platform=platform_of(item),
        updated=updated_of(item),
        assets=assets,
        datatake=datatake_of(item),
        baseline=".".join(f"{part:02d}" for part in baseline_of(item)),
        footprint="" if outline.is_empty else to_wkt(outline, rounding_precision=6),
        extent=stated_extent(item, decisive),
    )
