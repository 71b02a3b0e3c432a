"""From the items of a catalogue to a frozen scene list: which scenes are chosen, and why."""

import logging
from collections.abc import Sequence
from datetime import date

import pystac
from tqdm import tqdm

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import default_collections, preset_of
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.filters import filtered, nothing_found, nothing_left
from lccs_inputs.imagery.identity import (
    sensing_time,
)
from lccs_inputs.imagery.requests import SceneRequest
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.imagery.stac.item_facts import read_item
from lccs_inputs.imagery.stac.items import find_items

logger = logging.getLogger(__name__)


def search_scenes(request: SceneRequest) -> SceneList:
    """Search a catalogue and choose the scenes of a scene set.

    Filters run in this order, each counting what it removed: platform, tier (Landsat), orbit pass
    (where asked for), cloud (optical), saturation (where asked for), duplicate. Of several
    processings of one granule the earlier collection wins, then the newest processing baseline,
    then the newest item.

    Raises:
        SourceError: the catalogue cannot be searched, nothing was found, nothing is left, or a
            chosen scene lacks an asset.
    """
    try:
        found, scenes, removed = _choose(request)
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


def _choose(request: SceneRequest) -> tuple[int, list[Scene], dict[str, int]]:
    """How many items were found, the scenes chosen, and how many each filter removed."""
    sensor = SENSORS[request.sensor]
    collections = tuple(request.collections) or default_collections(request.catalogue, sensor.name)
    items = _found(request, collections)
    if not items:
        raise SourceError(nothing_found(request, collections))
    chosen, removed = filtered(items, request, sensor, collections)
    if not chosen:
        raise SourceError(nothing_left(request, len(items), removed))
    scenes = [read_item(item, sensor, request.mask, request.boa_offset) for item in chosen]
    return len(items), scenes, removed


def _found(request: SceneRequest, collections: Sequence[str]) -> list[pystac.Item]:
    """The items of the request, each once, in order of sensing time, then id."""
    start, end = date.fromisoformat(request.start), date.fromisoformat(request.end)
    found = find_items(request.catalogue, collections, request.bounds, start, end)
    progress = tqdm(
        found, desc=f"{request.source} {request.edition}: search", unit=" items", mininterval=1
    )
    items = {(item.collection_id, item.id): item for item in progress}
    return sorted(items.values(), key=lambda item: (sensing_time(item), item.id))
