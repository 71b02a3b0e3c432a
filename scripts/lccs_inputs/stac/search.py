"""From the items of a catalogue to a frozen scene list: which scenes are chosen, and why."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pystac
from tqdm import tqdm

from lccs_inputs.errors import SourceError
from lccs_inputs.scenes import Scene, SceneList
from lccs_inputs.sensors import SENSORS, Sensor
from lccs_inputs.stac.catalogues import default_collections, preset_of
from lccs_inputs.stac.item_facts import (
    baseline_of,
    footprint,
    normalise_platform,
    platform_of,
    read_item,
    sensing_time,
    tile_of,
    updated_of,
)
from lccs_inputs.stac.items import find_items

_SAME_TIME = timedelta(minutes=10)  # processings of one granule time it from other marks
_SAME_PLACE = 0.5  # share of the smaller footprint; neighbours along the orbit overlap far less
_RELAX = {
    "platform": "allow more `platforms`",
    "tier": "set `tier1_only: false`",
    "orbit_pass": "set `orbit_pass: both`",
    "cloud": "raise `cloud_max`",
    "saturation": "raise `saturated_max`",
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SceneRequest:
    """What a scene set asks of its catalogue, for one edition.

    Attributes:
        source: the scene set's name in the config, `scenes.<source>`.
        sensor: a key of `SENSORS`.
        catalogue: preset name, STAC API URL, or path of a static catalogue.
        start, end: inclusive dates, UTC, ISO 8601.
        mask: a key of the sensor's masks, or "none".
        collections: in order of preference; empty for the usual ones.
        sign: one of `catalogues.SIGNERS`; empty for what the preset needs.
        cloud_max: percent of the scene; scenes that do not say their cloud cover are kept.
        platforms: accepted platforms, any spelling; empty for those of the sensor.
        tier1_only: Landsat: only the scenes of the best geometric quality.
        saturated_max: percent of the scene; None for no limit. Sentinel-2 only.
        boa_offset: whether Sentinel-2 numbers have lost the offset of baseline 04.00: `auto`
            as the item says, `applied` (offset 0), `pending` (offset −0.1).
        orbit_pass: `ascending`, `descending` or `both`. Sentinel-1 only.
    """

    source: str
    edition: str
    sensor: str
    catalogue: str
    start: str
    end: str
    mask: str
    collections: Sequence[str] = ()
    sign: str = ""
    cloud_max: float = 100
    platforms: Sequence[str] = ()
    tier1_only: bool = True
    saturated_max: float | None = None
    boa_offset: str = "auto"
    orbit_pass: str = "both"


def search_scenes(
    request: SceneRequest, area_bounds_lonlat: tuple[float, float, float, float]
) -> SceneList:
    """Search a catalogue and choose the scenes of a scene set.

    Filters run in this order, each counting what it removed: platform, tier (Landsat), orbit pass
    (where asked for), cloud (optical), saturation (where asked for), duplicate. Of several
    processings of one granule the earlier collection wins, then the newest processing baseline,
    then the newest item.

    Args:
        area_bounds_lonlat: west, south, east, north of the area, degrees (EPSG:4326).

    Raises:
        SourceError: the catalogue cannot be searched, nothing was found, nothing is left, or a
            chosen scene lacks an asset.
    """
    try:
        found, scenes, removed = _choose(request, area_bounds_lonlat)
    except SourceError as error:
        raise SourceError(f"scenes.{request.source}: {error}") from error
    logger.info(
        "scenes.%s: found %d, removed %s, kept %d", request.source, found, removed, len(scenes)
    )
    preset = preset_of(request.catalogue)
    return SceneList(
        source=request.source,
        edition=request.edition,
        sensor=request.sensor,
        start=request.start,
        end=request.end,
        catalogue=request.catalogue,
        sign=request.sign or (preset.sign if preset else ""),
        found=found,
        removed=removed,
        scenes=scenes,
    )


def _choose(
    request: SceneRequest, bounds: tuple[float, float, float, float]
) -> tuple[int, list[Scene], dict[str, int]]:
    """How many items were found, the scenes chosen, and how many each filter removed."""
    sensor = SENSORS[request.sensor]
    collections = tuple(request.collections) or default_collections(request.catalogue, sensor.name)
    items = _found(request, collections, bounds)
    if not items:
        raise SourceError(nothing_found(request, collections, bounds))
    chosen, removed = filtered(items, request, sensor, collections)
    if not chosen:
        raise SourceError(nothing_left(request, len(items), removed))
    scenes = [read_item(item, sensor, request.mask, request.boa_offset) for item in chosen]
    return len(items), scenes, removed


def _found(
    request: SceneRequest,
    collections: Sequence[str],
    bounds: tuple[float, float, float, float],
) -> list[pystac.Item]:
    """The items of the request, each once, in order of sensing time, then id."""
    start, end = date.fromisoformat(request.start), date.fromisoformat(request.end)
    found = find_items(request.catalogue, collections, bounds, start, end)
    progress = tqdm(
        found, desc=f"{request.source} {request.edition}: search", unit=" items", mininterval=1
    )
    items = {(item.collection_id, item.id): item for item in progress}
    return sorted(items.values(), key=lambda item: (sensing_time(item), item.id))


def filtered(
    items: Sequence[pystac.Item],
    request: SceneRequest,
    sensor: Sensor,
    collections: Sequence[str],
) -> tuple[list[pystac.Item], dict[str, int]]:
    """The items left, in order, and how many each filter removed."""
    left, removed = list(items), {}
    for name, keep in _filters(request, sensor).items():
        before = len(left)
        left = [item for item in left if keep(item)]
        removed[name] = before - len(left)
    unique = _without_duplicates(left, collections)
    return unique, removed | {"duplicate": len(left) - len(unique)}


def _filters(request: SceneRequest, sensor: Sensor) -> Mapping[str, Callable[[pystac.Item], bool]]:
    """Filter name → whether it keeps an item, in the order they run."""
    platforms = {normalise_platform(name) for name in request.platforms or sensor.platforms}
    filters: dict[str, Callable[[pystac.Item], bool]] = {
        "platform": lambda item: platform_of(item) in platforms
    }
    if sensor.name == "landsat" and request.tier1_only:
        filters["tier"] = lambda item: item.properties.get("landsat:collection_category") == "T1"
    if request.orbit_pass != "both":
        filters["orbit_pass"] = lambda item: (
            item.properties.get("sat:orbit_state", "").lower() == request.orbit_pass
        )
    if not sensor.is_radar:
        filters["cloud"] = _at_most("eo:cloud_cover", request.cloud_max)
    if request.saturated_max is not None:
        filters["saturation"] = _at_most(
            "s2:saturated_defective_pixel_percentage", request.saturated_max
        )
    return filters


def _at_most(name: str, limit: float) -> Callable[[pystac.Item], bool]:
    def keep(item: pystac.Item) -> bool:
        value = item.properties.get(name)
        return value is None or float(value) <= limit

    return keep


def _without_duplicates(
    items: Sequence[pystac.Item], collections: Sequence[str]
) -> list[pystac.Item]:
    """One item per granule, the best processing of it, in the order of `items`."""

    def preference(item: pystac.Item) -> tuple[int, tuple[int, ...], str, str]:
        rank = collections.index(item.collection_id) if item.collection_id in collections else 0
        return -rank, baseline_of(item), updated_of(item), item.id

    kept: dict[tuple[str, str], list[pystac.Item]] = {}
    for item in sorted(items, key=preference, reverse=True):
        group = kept.setdefault((tile_of(item), platform_of(item)), [])
        if not any(_is_same_granule(item, other) for other in group):
            group.append(item)
    chosen = {id(item) for group in kept.values() for item in group}
    return [item for item in items if id(item) in chosen]


def _is_same_granule(one: pystac.Item, other: pystac.Item) -> bool:
    """Same time and same ground: the halves of a tile cut between datastrips are two scenes."""
    if abs(sensing_time(one) - sensing_time(other)) > _SAME_TIME:
        return False
    first, second = footprint(one), footprint(other)
    smaller = min(first.area, second.area)
    return bool(first.intersection(second).area >= _SAME_PLACE * smaller)


def nothing_found(
    request: SceneRequest,
    collections: Sequence[str],
    bounds: tuple[float, float, float, float],
) -> str:
    corners = ", ".join(f"{value:.4f}" for value in bounds)
    return (
        f"no {request.sensor} scene of {' or '.join(collections)} in "
        f"{request.catalogue} for the area ({corners}) between {request.start} and "
        f"{request.end}: is the area outside the imagery?"
    )


def nothing_left(request: SceneRequest, found: int, removed: Mapping[str, int]) -> str:
    culprits = [name for name, count in removed.items() if count]
    counts = ", ".join(f"{name} {removed[name]}" for name in culprits)
    advice = " or ".join(_RELAX[name] for name in culprits)
    return (
        f"the filters removed all {found} {request.sensor} scenes found "
        f"between {request.start} and {request.end} ({counts}); {advice}, or widen the period"
    )
