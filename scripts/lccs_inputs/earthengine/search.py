"""Freezing the scene list of a scene set from Earth Engine: the images, by `system:index`.

Image properties are put into the words of STAC, so that the filters, their order, their counts and
the choice among reprocessings are those of the open-data engine itself.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ee
import pystac
from pystac.utils import datetime_to_str
from shapely.geometry import shape
from tqdm import tqdm

from lccs_inputs.earthengine.signin import Session
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.earthengine import CATALOGUE, CLOUD_SCORE_COLLECTION, OFFERS, Offer
from lccs_inputs.facts.sensors import CLOUD_SCORE, SENSORS
from lccs_inputs.imagery.filters import filtered, nothing_found, nothing_left
from lccs_inputs.imagery.identity import scene_of, sensing_time
from lccs_inputs.imagery.requests import SceneRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.lonlat import LONLAT, unwrapped_east

_PAGE = 2000  # images per request; the service refuses more than 5000
_SYSTEM = {"index": "system:index", "time": "system:time_start"}
# Under names of their own: the service leaves system properties out of what it lists.
_BANDS = "bands"

logger = logging.getLogger(__name__)


def search_scenes(session: Session, request: SceneRequest) -> SceneList:
    """Search Earth Engine for the scenes that a scene set may use, as `stac.search` does.

    Radar is searched for interferometric wide swath images of all its polarisations only.

    Args:
        request: `catalogue`, `sign` and `boa_offset` mean nothing here; `collections` are image
            collections. With the mask `cloud_score`, images that have no score are removed.

    Raises:
        SourceError: Earth Engine cannot be asked, nothing was found, or nothing is left.
    """
    request = replace(request, catalogue=CATALOGUE)
    try:
        candidates = _candidates(session, request)
    except SourceError as error:
        raise SourceError(f"scenes.{request.source}: {error}") from error
    logger.info(
        "scenes.%s: found %d, removed %s, candidates %d",
        *(request.source, candidates.found, candidates.removed, len(candidates.scenes)),
    )
    return candidates


def _candidates(session: Session, request: SceneRequest) -> SceneList:
    sensor = SENSORS[request.sensor]
    collections = _collections(request, OFFERS[sensor.name])
    items = _found(session, request, collections)
    if not items:
        raise SourceError(nothing_found(request, collections))
    chosen, removed = filtered(items, request, sensor)
    if not chosen:
        raise SourceError(nothing_left(request, len(items), removed))
    if request.mask == CLOUD_SCORE:
        scored = _scored(session, chosen)
        removed["cloud_score"] = len(chosen) - len(scored)
        if not scored:
            raise SourceError(
                f"Cloud Score+ has no image for the {len(chosen)} scenes between {request.start} "
                f"and {request.end}; set `mask: scl`"
            )
        chosen = scored
    return SceneList(
        source=request.source,
        edition=request.edition,
        sensor=request.sensor,
        start=request.start,
        end=request.end,
        catalogue=CATALOGUE,
        sign="",
        found=len(items),
        removed=removed,
        scenes=[scene_of(item, {}, list(item.assets.values())) for item in chosen],
        collections=collections,
    )


def _collections(request: SceneRequest, offer: Offer) -> tuple[str, ...]:
    if request.collections:
        return tuple(request.collections)
    return offer.collections + (() if request.tier1_only else offer.lesser)


def _found(
    session: Session,
    request: SceneRequest,
    collections: Sequence[str],
) -> list[pystac.Item]:
    """The images of the request, in order of sensing time, then index."""
    offer, items = OFFERS[request.sensor], []
    decisive = [offer.bands[band] for band in SENSORS[request.sensor].validity_bands]
    task = f"{request.source} {request.edition}: search"
    for name in tqdm(collections, desc=task, unit="collection", mininterval=1):
        images = _images(name, request)
        offset, page = 0, _PAGE
        while page == _PAGE:
            features = session.compute_value(_page(images, offer, decisive, offset))
            items += _items(name, features, offer)
            offset, page = offset + _PAGE, len(features)
    return sorted(items, key=lambda item: (sensing_time(item), item.id))


def _images(name: str, request: SceneRequest) -> Any:
    """The images of a collection that touch the box and were sensed within the dates."""
    west, south, east, north = request.bounds
    box = ee.Geometry.Rectangle([west, south, unwrapped_east(west, east), north], LONLAT, False)
    end = date.fromisoformat(request.end) + timedelta(days=1)  # Earth Engine excludes it
    images = ee.ImageCollection(name).filterBounds(box).filterDate(request.start, str(end))
    sensor, offer = SENSORS[request.sensor], OFFERS[request.sensor]
    if not sensor.is_radar:
        return images
    images = images.filter(ee.Filter.eq("instrumentMode", "IW"))
    for band in sensor.bands:
        images = images.filter(
            ee.Filter.listContains("transmitterReceiverPolarisation", offer.bands[band])
        )
    return images


def _page(images: Any, offer: Offer, decisive: Sequence[str], offset: int) -> Any:
    """A list of features: the footprint of each image and the properties that are looked at.

    Where its pixels lie, which a footprint only outlines, is what the image says of its bands.
    """
    names = _SYSTEM | {name: name for name in offer.properties}

    def feature(image: Any) -> Any:
        image = ee.Image(image)
        described = ee.Dictionary(ee.Algorithms.Describe(image.select(list(decisive))))
        properties = {key: image.get(name) for key, name in names.items()}
        return ee.Feature(image.geometry(), {**properties, _BANDS: described.get("bands")})

    return images.toList(_PAGE, offset).map(feature)


def _items(name: str, features: Any, offer: Offer) -> list[pystac.Item]:
    try:
        return [
            _item(name, feature["properties"], feature["geometry"], offer) for feature in features
        ]
    except Exception as error:  # pystac and shapely raise whatever a malformed answer leads to
        raise SourceError(
            f"Earth Engine says of an image of {name} what cannot be read "
            f"({type(error).__name__}: {str(error)[:100]}); check earthengine.url, or try later"
        ) from error


def _item(name: str, properties: dict[str, Any], geometry: Any, offer: Offer) -> pystac.Item:
    """An image as the STAC item it would be; of assets only where the pixels of its bands lie."""
    words = {
        stac: _worded(stac, properties[own])
        for own, stac in offer.properties.items()
        if properties.get(own) is not None
    }
    footprint = shape(geometry)
    item = pystac.Item(
        id=properties["index"],
        geometry=geometry,
        bbox=list(footprint.bounds),
        datetime=_moment(properties["time"]),
        properties=words,
        collection=name,
    )
    for band in properties[_BANDS]:
        item.add_asset(band["id"], pystac.Asset("", extra_fields=_placed(band)))
    return item


def _placed(band: Mapping[str, Any]) -> dict[str, Any]:
    """Where the pixels of a band lie, as STAC writes it; nothing of a band without an end."""
    if not {"crs", "crs_transform", "dimensions"} <= band.keys():
        return {}
    width, height = band["dimensions"]
    return {
        "proj:code": band["crs"],
        "proj:transform": band["crs_transform"],
        "proj:shape": [height, width],
    }


def _worded(name: str, value: Any) -> Any:
    """The value of a property as STAC writes it."""
    if name == "updated":
        return datetime_to_str(_moment(value))
    if name == "platform" and len(value) == 1:
        return f"sentinel-1{value.lower()}"  # the collection is of Sentinel-1 only
    return value.lower() if name == "sat:orbit_state" else value


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _scored(session: Session, items: Sequence[pystac.Item]) -> list[pystac.Item]:
    """The items that Cloud Score+ has an image of."""
    names = [item.id for item in items]
    scores = ee.ImageCollection(CLOUD_SCORE_COLLECTION).filter(
        ee.Filter.inList("system:index", names)
    )
    known = set(session.compute_value(scores.aggregate_array("system:index")))
    return [item for item in items if item.id in known]
