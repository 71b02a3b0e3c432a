"""From the items of a catalogue to the candidates of a scene set."""

import logging
from collections.abc import Sequence
from datetime import date

import pystac
from tqdm import tqdm

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import default_collections, url_of
from lccs_inputs.facts.sensors import SENSORS, Sensor
from lccs_inputs.imagery.filters import filtered, nothing_found, nothing_left
from lccs_inputs.imagery.identity import sensing_time
from lccs_inputs.imagery.requests import SceneRequest, boa_offset_of
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.imagery.stac.asset_names import bands_line
from lccs_inputs.imagery.stac.item_facts import lacking, read_item
from lccs_inputs.imagery.stac.items import find_items, find_one
from lccs_inputs.redaction import redact

_MALFORMED = (ValueError, TypeError, KeyError, AttributeError)
"""What reading an item raises whose fields are not what STAC says."""

logger = logging.getLogger(__name__)


def search_scenes(request: SceneRequest, address: str = "") -> SceneList:
    """Search a catalogue for the scenes that a scene set may use; `freezing` chooses among them.

    Filters run in this order, each counting what it removed: platform, tier (Landsat), orbit pass
    (where asked for), cloud (optical), saturation (where asked for), incomplete. An item that
    does not say what a filter looks at is kept.

    Args:
        address: where the catalogue is, if its name does not tell.

    Raises:
        SourceError: the catalogue cannot be searched, nothing was found, or nothing is left.
    """
    try:
        candidates = _candidates(request, address)
    except SourceError as error:
        raise SourceError(f"scenes.{request.source}: {error}") from error
    logger.info(
        "scenes.%s: found %d, removed %s, candidates %d",
        *(request.source, candidates.found, candidates.removed, len(candidates.scenes)),
    )
    return candidates


def find_scene(request: SceneRequest, address: str = "") -> Scene:
    """Some scene that a search may find, whatever its filters say; asked with little patience.

    Args:
        address: as for `search_scenes`.

    Raises:
        SourceError: the catalogue cannot be searched, or has none.
    """
    catalogue, collections = address or request.catalogue, _collections(request)
    item = find_one(catalogue, collections, request.bounds, *_dates(request))
    if item is None:
        raise SourceError(
            f"{url_of(catalogue)} has no {' or '.join(collections)} of the area from "
            f"{request.start} to {request.end}; choose other dates, or another catalogue"
        )
    return read_item(item, SENSORS[request.sensor], request.mask, bands=request.bands)


def _collections(request: SceneRequest) -> tuple[str, ...]:
    return tuple(request.collections) or default_collections(request.catalogue, request.sensor)


def _dates(request: SceneRequest) -> tuple[date, date]:
    return date.fromisoformat(request.start), date.fromisoformat(request.end)


def _candidates(request: SceneRequest, address: str) -> SceneList:
    sensor, collections = SENSORS[request.sensor], _collections(request)
    items = _found(request, collections, address)
    if not items:
        raise SourceError(nothing_found(request, collections))
    chosen, removed = filtered(items, request, sensor)
    scenes, left_out = list[Scene](), dict[str, str]()
    for item in chosen:
        try:
            offset = boa_offset_of(request.boa_offset, item.collection_id or "")
            scene = read_item(item, sensor, request.mask, offset, request.bands, request.stated)
            scenes.append(scene)
        except (SourceError, *_MALFORMED) as error:
            told = error if isinstance(error, SourceError) else f"{item.id} is malformed ({error})"
            left_out[f"{item.collection_id}/{item.id}"] = f"incomplete: {told}"
            logger.warning("scenes.%s: left out, %s", request.source, told)
    removed["incomplete"] = len(left_out)
    if not scenes:
        told = nothing_left(request, len(items), removed)
        raise SourceError("; ".join([told, *_bands_to_say(chosen, request, sensor)]))
    return SceneList(
        source=request.source,
        edition=request.edition,
        sensor=request.sensor,
        start=request.start,
        end=request.end,
        catalogue=request.catalogue,
        sign=request.signed_by,
        found=len(items),
        removed=removed,
        scenes=scenes,
        collections=collections,
        left_out=left_out,
    )


def _bands_to_say(items: Sequence[pystac.Item], request: SceneRequest, sensor: Sensor) -> list[str]:
    """What the config can say of the assets of the first item, if their names are the trouble."""
    for item in items[:1]:
        names = lacking(item, sensor, request.mask, request.bands)
        said = [name for name in sensor.masks if not lacking(item, sensor, name, request.bands)]
        if names and said:
            return [
                f"{item.id} comes with another mask: "
                f"add to scenes.{request.source} `mask: {said[0]}`"
            ]
        if names:
            line = bands_line([*item.assets], names, sensor)
            return [
                f"{item.id} lacks them under any known name: add to scenes.{request.source} {line}"
            ]
    return []


def _found(request: SceneRequest, collections: Sequence[str], address: str) -> list[pystac.Item]:
    """The items of the request, each once, in order of sensing time, then id.

    Raises:
        SourceError: the catalogue cannot be searched, or gives one name to two scenes.
    """
    catalogue = address or request.catalogue
    found = find_items(catalogue, collections, request.bounds, *_dates(request))
    progress = tqdm(
        found, desc=f"{request.source} {request.edition}: search", unit=" items", mininterval=1
    )
    items: dict[tuple[str | None, str], pystac.Item] = {}
    for item in progress:
        other = items.setdefault((item.collection_id, item.id), item)
        if differing := sorted(_facts(other) ^ _facts(item)):
            raise SourceError(
                f"{catalogue} has two scenes of the name {item.collection_id}/{item.id}, as "
                f"{' and '.join(map(redact, differing[:2]))} tell; give each a name of its own, or "
                "remove one"
            )
    return sorted(items.values(), key=lambda item: (sensing_time(item), item.id))


def _facts(item: pystac.Item) -> set[str]:
    """When a scene was sensed and where its files are, signatures aside: an API may give one item
    twice, and so may a search that was saved."""
    named = (asset.get_absolute_href() or asset.href for asset in item.assets.values())
    return {sensing_time(item).isoformat(), *(href.partition("?")[0] for href in named)}
