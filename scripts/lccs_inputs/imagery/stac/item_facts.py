"""What one STAC item says of its scene, however its catalogue puts it."""

import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pystac

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS, USERS_BASELINE, Sensor
from lccs_inputs.imagery.identity import baseline_of, level_of, platform_of, scene_of
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.imagery.stac.signing import unsigned

OFFSET_BASELINE = (4, 0)
"""Sentinel-2 processing baseline from which numbers carry the BOA offset (25 January 2022)."""


_FILL = {"scl": 0.0, "qa_pixel": 1.0}  # nodata of mask assets whose item does not say it

_UNREADABLE_RADAR = ("SLC", "OCN", "RAW")  # products that hold no backscatter on a map

_PICTURES = {"visual", "overview", "thumbnail"}  # roles and keys of what is made to be looked at

_SAY = "say in `bands` of the scene set which is meant"

_Found = tuple[pystac.Asset, int]
"""An asset, and which band of it."""

_FILES = {".tif", ".tiff", ".jp2"}  # endings of keys that are file names: USGS's own items


def read_item(
    item: pystac.Item,
    sensor: Sensor,
    mask: str = "none",
    boa_offset: str = "auto",
    bands: Mapping[str, str] | None = None,
    stated: Mapping[str, float] | None = None,
) -> Scene:
    """Read one STAC item as a scene of `sensor`.

    Assets are the sensor's bands, the asset of `mask`, and whatever else flags bad pixels
    (Landsat's `qa_radsat`). An asset is found where `bands` says (see `SceneRequest`), else by its
    key, else by what its bands are said to be.
    Scale, offset and nodata of the bands are those of `stated`, what the config says; else what the
    item says of the band (`raster:bands`, or STAC 1.1 `bands`), else the sensor's; Sentinel-2's
    offset: see `_sentinel2_offset`. Nodata is None where neither says it: the file may.

    Raises:
        SourceError: the item is of another sensor or level, or lacks an asset; names the item.
    """
    _refuse_unfit(item, sensor)
    where = bands or {}
    found = {
        name: _stated_band(item, where[name]) if name in where else _find_band(item, name, sensor)
        for name in sensor.read_with(mask)
    }
    assets = {
        name: _read_asset(item, name, found[name], sensor, boa_offset, stated or {})
        for name in found
    }
    return scene_of(item, assets, [found[name][0] for name in sensor.validity_bands])


def lacking(
    item: pystac.Item, sensor: Sensor, mask: str = "none", bands: Mapping[str, str] | None = None
) -> list[str]:
    """The bands and masks of a sensor of which it cannot be told which asset holds them."""
    found = []
    for name in sensor.read_with(mask):
        if name not in (bands or {}):
            try:
                _find_band(item, name, sensor)
            except SourceError:
                found.append(name)
    return found


def _refuse_unfit(item: pystac.Item, sensor: Sensor) -> None:
    """Refuse what cannot be read as a scene of `sensor`, even if its assets have the right names.

    Raises:
        SourceError: its platform, level or product is another than the sensor's.
    """
    platform, level = platform_of(item), level_of(item)
    product = str(item.properties.get("sar:product_type") or "").upper()
    if platform and platform not in sensor.platforms:
        said = item.properties.get("platform") or platform
        raise SourceError(f"{item.id} is of {said}, not of {sensor.platforms[0]} or a successor")
    if not sensor.is_radar and level and not level.startswith("2"):
        raise SourceError(f"{item.id} is Level-{level}: {sensor.name} needs Level-2")
    # A terrain-corrected product can call itself GRD, which it was made from; one that comes with
    # the tables to calibrate it has still to be calibrated.
    raw = product == "GRD" and any("calibration" in key.lower() for key in item.assets)
    if sensor.is_radar and (raw or product in _UNREADABLE_RADAR):
        raise SourceError(f"{item.id} is {product}: {sensor.name} needs terrain-corrected RTC")


def _read_asset(
    item: pystac.Item,
    name: str,
    found: _Found,
    sensor: Sensor,
    boa_offset: str,
    stated: Mapping[str, float],
) -> Asset:
    asset, band = found
    if not asset.href:
        raise SourceError(f"{item.id}: the href of its asset for {name} is missing")
    facts = _raster_facts(asset, band)
    if name not in sensor.bands:
        nodata = _number(facts.get("nodata", _FILL.get(name)))
        return Asset(_href(asset), nodata=nodata, band=band)
    if sensor.name == "sentinel2" and "offset" not in stated:
        facts["offset"] = _sentinel2_offset(item, facts, boa_offset)
    said = {**facts, **stated}
    scale = _finite(item, name, "scale", said.get("scale", sensor.scale))
    usual = abs(scale / sensor.scale - 1) <= 1e-6  # the offset of a sensor goes with its scale
    usual_offset = sensor.usual_offset if usual else 0.0
    offset = _finite(item, name, "offset", said.get("offset", usual_offset))
    return Asset(_href(asset), scale, offset, _number(said.get("nodata")), band)


def _stated_band(item: pystac.Item, stated: str) -> _Found:
    """The asset that the config names, and which band of the file; 0 where it does not say.

    Raises:
        SourceError: the item has no such asset, or says that it has fewer bands.
    """
    key, _, number = stated.rpartition(":")
    key, band = (key, int(number)) if key and number.isdecimal() else (stated, 0)
    if key not in item.assets:
        raise SourceError(f"{item.id} has no asset {key}, which `bands` names")
    described = len(_bands(item.assets[key]))
    if band > described > 0:
        raise SourceError(f"{item.id}: its asset {key} has {described} bands, not {stated}")
    return item.assets[key], band or min(described, 1)


def _find_band(item: pystac.Item, name: str, sensor: Sensor) -> _Found:
    """The asset that holds a band (or mask) of a sensor, and which band of the file it is.

    Keys may end like file names (`SR_B4.TIF`). Without such a key it is the asset whose bands
    include it, the one of the finest pixels where there are several.

    Raises:
        SourceError: there is none, or it cannot be told which it is.
    """
    names = (name, *sensor.assets[name])
    files = {Path(key).stem: key for key in item.assets if Path(key).suffix.lower() in _FILES}
    keys = files | {key: key for key in item.assets}
    key = next((keys[spelt] for spelt in sensor.assets[name] if spelt in keys), None)
    key = key or _holding(item, name, sensor)
    return item.assets[key], _band_of(item, key, names)


def _holding(item: pystac.Item, name: str, sensor: Sensor) -> str:
    """The key of the asset whose bands are said to include a band of a sensor.

    Raises:
        SourceError: there is none, or more than one of the same pixel size.
    """
    pixels = {
        key: float(asset.extra_fields.get("gsd") or "inf")
        for key, asset in item.assets.items()
        if _PICTURES.isdisjoint({re.split("[_-]", key)[0], *(asset.roles or [])})
        and _bands_named(_bands(asset), (name, *sensor.assets[name]))
    }
    finest = [key for key, pixel in pixels.items() if pixel == min(pixels.values())]
    if not finest:
        raise SourceError(_lacking(item, name, sensor))
    if len(finest) > 1:
        raise SourceError(
            f"{item.id} has several assets for {name}: {' and '.join(finest)}; {_SAY}"
        )
    return finest[0]


def _lacking(item: pystac.Item, name: str, sensor: Sensor) -> str:
    spelt = f"no asset {' or '.join(sensor.assets[name])}"
    polarisations = list(item.properties.get("sar:polarizations") or [])
    if sensor.is_radar and len(polarisations) == 1:
        return f"{item.id} is single-polarised ({polarisations[0]}): it has {spelt}"
    return f"{item.id} of {item.collection_id} has {spelt}"


def _band_of(item: pystac.Item, key: str, names: Sequence[str]) -> int:
    """Which band of an asset, from 1, has one of `names`; 0, the only one, where none is described.

    Raises:
        SourceError: none of several has, more than one has, or the only one is another.
    """
    bands = _bands(item.assets[key])
    found = _bands_named(bands, names)
    if len(found) == 1:
        return found[0] + 1
    if len(bands) > 1:
        raise SourceError(f"{item.id}: the bands of its asset {key} cannot be told apart; {_SAY}")
    colour = bands and bands[0].get("eo:common_name", bands[0].get("common_name"))
    if colour:
        raise SourceError(f"{item.id}: its asset {key} says that it is {colour}, not {names[0]}")
    return len(bands)


def _bands_named(bands: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[int]:
    """Which of the bands, from 0, have the first of `names` that any has."""
    spelt = [
        {str(band.get(key)).lower() for key in ("name", "common_name", "eo:common_name")}
        for band in bands
    ]
    matches = ([i for i, own in enumerate(spelt) if name.lower() in own] for name in names)
    return next((found for found in matches if found), [])


def _bands(asset: pystac.Asset) -> list[dict[str, Any]]:
    """What an item says of each band of an asset: STAC 1.1 `bands`, `eo:bands`, `raster:bands`.

    Lists that differ in length say nothing: which band is which cannot be told.
    """
    lists = [asset.extra_fields.get(key) for key in ("eo:bands", "raster:bands", "bands")]
    stated = [bands for bands in lists if bands]
    most = max(map(len, stated), default=0)
    if any(len(bands) != most for bands in stated):
        return [{}] * most
    return [
        {key: value for facts in band for key, value in facts.items()}
        for band in zip(*stated, strict=True)
    ]


def _raster_facts(asset: pystac.Asset, band: int) -> dict[str, Any]:
    """`scale`, `offset` and `nodata` of a band of an asset, wherever the item states them.

    STAC 1.1 puts them on the asset or in `bands`, prefixed by `raster:` except for nodata; the
    raster extension 1.x in `raster:bands`.
    """
    facts = {}
    bands = _bands(asset)
    for place in (asset.extra_fields, bands[band - 1] if bands else {}):
        for name in ("scale", "offset", "nodata"):
            prefixed = place.get(f"raster:{name}")
            value = place.get(name) if prefixed is None else prefixed
            if value is not None:
                facts[name] = value
    return facts


def _finite(item: pystac.Item, name: str, fact: str, value: float | str) -> float:
    """The scale or offset of a band, as a number.

    Raises:
        SourceError: no pixel would have a value by it.
        ValueError: it is no number.
    """
    number = float(value)
    if not math.isfinite(number) or (fact == "scale" and not number):
        raise SourceError(
            f"{item.id}: its asset for {name} says that its {fact} is {value}; say what it is by "
            f"`{fact}` of the scene set"
        )
    return number


def _number(value: float | str | None) -> float | None:
    """Nodata as a number; None for NaN and the like: what is not finite is never observed.

    Raises:
        ValueError: it is none.
    """
    words = {"nan", "inf", "-inf", "none", "null", ""}
    return None if value is None or str(value).lower() in words else float(value)


def _sentinel2_offset(item: pystac.Item, facts: Mapping[str, Any], boa_offset: str) -> float:
    """The offset still to be added to a Sentinel-2 band, reflectance.

    In order: the config's `boa_offset`; `earthsearch:boa_offset_applied: true` (`sentinel:` in
    version 0), which wins over a contradicting `offset: -0.1` (Earth Search keeps ESA's offset
    beside numbers it has already shifted); the item's own offset; the processing baseline.
    Composing checks the outcome on dark pixels, since catalogues are known to err.

    Raises:
        SourceError: none of these tells, the baseline being that of a user's own correction.
    """
    pending = SENSORS["sentinel2"].offset
    if boa_offset != "auto":
        return 0.0 if boa_offset == "applied" else pending
    flags = ("earthsearch:boa_offset_applied", "sentinel:boa_offset_applied")
    if any(item.properties.get(flag) is True for flag in flags):
        return 0.0
    if "offset" in facts:
        return float(facts["offset"])
    baseline = baseline_of(item)
    if baseline == tuple(map(int, USERS_BASELINE.split("."))):
        raise SourceError(
            f"{item.id}: its baseline {USERS_BASELINE}, which is what Sen2Cor writes for its "
            "users, does not say whether the offset is in its numbers; say so by `boa_offset` of "
            "the scene set"
        )
    return pending if baseline >= OFFSET_BASELINE else 0.0


def _href(asset: pystac.Asset) -> str:
    """Where the asset is: unsigned; local paths relative to the working directory if below it.

    A run folder can then be moved together with its catalogue.
    """
    href = asset.get_absolute_href() or asset.href
    parts = urlparse(href)
    if parts.scheme == "file":
        href = unquote(parts.path)
    elif parts.scheme:
        return unsigned(href)
    path = Path(os.path.normpath(href))
    return (path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path).as_posix()
