"""Which scene a STAC item is: when it was sensed, where, by which platform, in which processing."""

from datetime import UTC, datetime

import pystac
from shapely import Polygon, box, make_valid
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from lccs_inputs.errors import SourceError


def normalise_platform(name: str) -> str:
    """ "Sentinel-2B", "LANDSAT_8" and "landsat-8" alike, as `Sensor.platforms` spells them."""
    return "".join(character for character in name.lower() if character.isalnum())


def platform_of(item: pystac.Item) -> str:
    return normalise_platform(str(item.properties.get("platform") or ""))


def baseline_of(item: pystac.Item) -> tuple[int, ...]:
    """Sentinel-2 processing baseline, "05.09" → (5, 9); empty, before all, where not said."""
    parts = str(item.properties.get("s2:processing_baseline") or "").split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def updated_of(item: pystac.Item) -> str:
    """When the item last changed, as far as it says; Planetary Computer says when it was made."""
    names = ("updated", "created", "s2:generation_time")
    return next((str(item.properties[name]) for name in names if item.properties.get(name)), "")


def tile_of(item: pystac.Item) -> str:
    """The unit a granule is cut by: MGRS tile "32TMS", WRS path and row "028030", or orbit.

    Empty where the item names none: footprints alone then tell duplicates.
    """
    properties = item.properties
    if properties.get("landsat:wrs_path"):
        path, row = properties["landsat:wrs_path"], properties.get("landsat:wrs_row", 0)
        return f"{int(path):03d}{int(row):03d}"
    parts = ("mgrs:utm_zone", "mgrs:latitude_band", "mgrs:grid_square")
    square = "".join(str(properties.get(part, "")) for part in parts)
    tile = properties.get("grid:code") or properties.get("s2:mgrs_tile") or square
    if tile:
        return str(tile).removeprefix("MGRS-").zfill(5)
    if "sat:relative_orbit" in properties:
        return f"{properties.get('sat:orbit_state', 'orbit')}-{properties['sat:relative_orbit']}"
    return ""


def sensing_time(item: pystac.Item) -> datetime:
    """When a scene was sensed, UTC; the start of its interval where it has no single instant."""
    moment = item.datetime or item.common_metadata.start_datetime
    if moment is None:
        raise SourceError(f"{item.id} does not say when it was sensed (`datetime`)")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def footprint(item: pystac.Item) -> BaseGeometry:
    """The outline of a scene in degrees; its box where it has no geometry, empty without both."""
    if item.geometry:
        outline: BaseGeometry = shape(item.geometry)
        return outline if outline.is_valid else make_valid(outline)
    if item.bbox:
        half = len(item.bbox) // 2  # 2, or 3 with heights
        return box(item.bbox[0], item.bbox[1], item.bbox[half], item.bbox[half + 1])
    return Polygon()
