"""What one STAC item says of its scene, however its catalogue puts it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pystac
from pystac.utils import datetime_to_str

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS, Sensor
from lccs_inputs.imagery.identity import baseline_of, platform_of, sensing_time, tile_of, updated_of
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.imagery.stac.signing import unsigned

OFFSET_BASELINE = (4, 0)
"""Sentinel-2 processing baseline from which numbers carry the BOA offset (25 January 2022)."""


_FILL = {"scl": 0.0, "qa_pixel": 1.0}  # nodata of mask assets whose item does not say it


def read_item(
    item: pystac.Item, sensor: Sensor, mask: str = "none", boa_offset: str = "auto"
) -> Scene:
    """Read one STAC item as a scene of `sensor`.

    Assets are the sensor's bands, the asset of `mask`, and whatever else flags bad pixels
    (Landsat's `qa_radsat`). Scale, offset and nodata are what the item says (`raster:bands`, or
    STAC 1.1 `bands`), else the sensor's. Sentinel-2's offset: see `_sentinel2_offset`. Radar
    nodata is 0 unless the item says otherwise: a power of 0 or less has no decibels.

    Raises:
        SourceError: the item lacks an asset; names both.
    """
    unused = {option.asset for name, option in sensor.masks.items() if name != mask}
    assets = {
        name: _read_asset(item, name, sensor, boa_offset)
        for name in sensor.assets
        if name not in unused
    }
    return Scene(
        id=item.id,
        collection=item.collection_id or "",
        datetime=datetime_to_str(sensing_time(item)),
        tile=tile_of(item),
        platform=platform_of(item),
        updated=updated_of(item),
        assets=assets,
    )


def _read_asset(item: pystac.Item, name: str, sensor: Sensor, boa_offset: str) -> Asset:
    spellings = sensor.assets[name]
    asset = next((item.assets[key] for key in spellings if key in item.assets), None)
    if asset is None:
        raise SourceError(
            f"{item.id} of {item.collection_id} has no asset {' or '.join(spellings)}; choose "
            f"another catalogue or collection for {sensor.name}"
        )
    facts = _raster_facts(asset)
    if name not in sensor.bands:
        return Asset(_href(asset), nodata=_number(facts.get("nodata", _FILL.get(name))))
    if sensor.name == "sentinel2":
        offset = _sentinel2_offset(item, facts, boa_offset)
    else:
        offset = float(facts.get("offset", sensor.offset))
    scale = float(facts.get("scale", sensor.scale))
    return Asset(_href(asset), scale, offset, _number(facts.get("nodata", 0)))


def _raster_facts(asset: pystac.Asset) -> dict[str, Any]:
    """`scale`, `offset` and `nodata` of an asset's first band, wherever the item states them.

    STAC 1.1 puts them on the asset or in `bands`, prefixed by `raster:` except for nodata; the
    raster extension 1.x in `raster:bands`.
    """
    fields, facts = asset.extra_fields, {}
    bands = [(fields.get(key) or [{}])[0] for key in ("bands", "raster:bands")]
    for place in (fields, *bands):
        for name in ("scale", "offset", "nodata"):
            prefixed = place.get(f"raster:{name}")
            value = place.get(name) if prefixed is None else prefixed
            if value is not None:
                facts[name] = value
    return facts


def _number(value: float | str | None) -> float | None:
    """Nodata as a number; None for NaN and the like: what is not finite is never observed."""
    return None if value is None or str(value).lower() in {"nan", "inf", "-inf"} else float(value)


def _sentinel2_offset(item: pystac.Item, facts: Mapping[str, Any], boa_offset: str) -> float:
    """The offset still to be added to a Sentinel-2 band, reflectance.

    In order: the config's `boa_offset`; `earthsearch:boa_offset_applied: true`, which wins over a
    contradicting `offset: -0.1` (Earth Search keeps ESA's offset beside numbers it has already
    shifted); the item's own offset; the processing baseline. Composing checks the outcome on
    dark pixels, since catalogues are known to err.
    """
    pending = SENSORS["sentinel2"].offset
    if boa_offset != "auto":
        return 0.0 if boa_offset == "applied" else pending
    if item.properties.get("earthsearch:boa_offset_applied") is True:
        return 0.0
    if "offset" in facts:
        return float(facts["offset"])
    return pending if baseline_of(item) >= OFFSET_BASELINE else 0.0


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
