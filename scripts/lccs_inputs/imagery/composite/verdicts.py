"""Verdicts on the scenes of open data, from their own numbers: are they whole, and in which units?

Every asset is opened once, and a few thousand pixels of it are looked at. From processing baseline
04.00 on, numbers of Sentinel-2 carry +1000 (ESA, Sentinel-2 Products Specification Document 15.0);
catalogues that have removed it do not always say so, and the other way round. Dark pixels tell.
Backscatter of Sentinel-1 comes as power or as decibels, and seldom says which.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lccs_inputs.errors import SourceError, UnreadableError
from lccs_inputs.facts.sensors import SENSORS, Sensor
from lccs_inputs.imagery.composite.observations import is_masked
from lccs_inputs.imagery.composite.reading import AssetReader, Preview, is_remote
from lccs_inputs.imagery.freezing import UNREADABLE, Look, Unfit
from lccs_inputs.imagery.places import Extent
from lccs_inputs.imagery.requests import FreezeRequest, boa_offset_of
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.imagery.stac.signing import signer
from lccs_inputs.rasters.grid import Grid

OFFSET, UNITS = "offset", "units"
"""The filters of scenes whose numbers contradict what is said of them."""

_SIDE = 256  # px of a look at an asset: dark pixels are patches of water, shadow and forest
_AT_ONCE = 8  # scenes, where looking is mostly waiting
_BOA_OFFSET = -0.1
_TOO_DARK = -0.01  # reflectance in red: no surface, beyond noise over deep water and shadow
_TOO_DARK_SHARE = 0.05
_DARK = 0.1  # reflectance: some pixel of some band of a scene is below it, but over snow and sand
_ENOUGH = 1000  # clear pixels, to say that a scene has no dark one at all
_DECIBELS, _POWER = 0.5, 0.05  # share of negative numbers: from here on decibels, below it power

_log = logging.getLogger(__name__)


def look_at(
    found: SceneList, looks: Sequence[Look], request: FreezeRequest, area: Grid
) -> list[Look]:
    """Look at the scenes that are not left out yet.

    Args:
        area: the box whose pixels are looked at.

    Raises:
        SourceError: the network fails, or the numbers of a scene contradict the config.
    """
    sensor = SENSORS[found.sensor]
    with AssetReader(signer(found.sign)) as reader:

        def look(at: Look) -> Look:
            if isinstance(at, Unfit):
                return at
            try:
                placed = _placed(at, sensor, reader)
                return _judged(placed, found.source, sensor, request, _previews(at, reader, area))
            except UnreadableError as error:
                return Unfit(at, UNREADABLE, str(error))
            finally:
                reader.close(at)

        # What is on disk waits for nothing.
        remote = any(is_remote(a.href) for s in found.scenes for a in s.assets.values())
        with ThreadPoolExecutor(_AT_ONCE if remote else 1) as pool:
            task = f"{found.source} {found.edition}: look"
            return list(tqdm(pool.map(look, looks), task, len(looks), unit="scene", mininterval=1))


def _placed(scene: Scene, sensor: Sensor, reader: AssetReader) -> Scene:
    """The scene where its files say that it lies: they are open, and items err."""
    grids = (reader.asset(scene, band).grid for band in sensor.validity_bands)
    extents: Iterator[Extent | None] = map(Extent.of, grids)
    return replace(scene, extent=reduce(lambda one, other: one and one.joined(other), extents))


def _previews(scene: Scene, reader: AssetReader, area: Grid) -> Mapping[str, Preview]:
    """A look at every asset of a scene: each must be there."""
    return {name: reader.asset(scene, name).preview(area, _SIDE) for name in scene.assets}


def _judged(
    scene: Scene,
    source: str,
    sensor: Sensor,
    request: FreezeRequest,
    seen: Mapping[str, Preview],
) -> Look:
    if sensor.is_radar:
        return _in_units(scene, source, sensor, request.units, seen)
    if sensor.name == "sentinel2":
        known = boa_offset_of(request.boa_offset, scene.collection) != "auto"
        return _with_offset(scene, source, sensor, known, seen)
    return scene


def _in_units(
    scene: Scene, source: str, sensor: Sensor, said: str, seen: Mapping[str, Preview]
) -> Look:
    """Power is never below 0, decibels nearly always are."""
    values = seen[sensor.bands[0]].compressed()
    values = values[np.isfinite(values) & (values != 0)]
    if not values.size:
        return replace(scene, units=said or "power")  # nothing of it lies in the area
    negative = float(np.mean(values < 0))
    shown = "db" if negative >= _DECIBELS else "power" if negative <= _POWER else ""
    if not shown and not said:
        reason = f"{negative:.0%} of its numbers are negative: neither power nor decibels"
        return Unfit(scene, UNITS, reason)
    if said and shown and said != shown:
        raise SourceError(
            f"scenes.{source}.units: {said}, but {negative:.0%} of the numbers of {scene.id} are "
            f"negative, which is {shown}; set `units: {shown}`, or remove the key"
        )
    return replace(scene, units=said or shown)


def _with_offset(
    scene: Scene, source: str, sensor: Sensor, known: bool, seen: Mapping[str, Preview]
) -> Look:
    """The scene with the offset that its dark pixels show, where they contradict its item."""
    clear = _clear(sensor, seen)
    bands = {name: _reflectance(scene, name, seen[name]) for name in sensor.bands}
    if not clear.any():
        return scene
    pending = scene.assets["red"].offset != 0
    too_dark = float(np.mean(bands["red"][clear] < _TOO_DARK))
    if pending and too_dark > _TOO_DARK_SHARE:
        if known:
            raise SourceError(
                f"scenes.{source}.boa_offset: with the offset of -0.1, {too_dark:.0%} of the clear "
                f"pixels of {scene.id} are below {_TOO_DARK} in red; set it to `applied`, or leave "
                "it to auto"
            )
        _log.warning("scene %s: its numbers have lost the offset of -0.1 already", scene.id)
        return _offset(scene, sensor, 0.0)
    darkest = min(float(band[clear].min()) for band in bands.values())
    doubted = not pending and not known and int(clear.sum()) >= _ENOUGH
    if doubted and scene.baseline >= "04.00" and darkest >= _DARK:
        return Unfit(
            scene, OFFSET,
            f"it says that its offset is applied, but no clear pixel is below {_DARK} in any band; "
            f"say in scenes.{source}.boa_offset whether it is",
        )  # fmt: skip
    return scene


def _clear(sensor: Sensor, seen: Mapping[str, Preview]) -> NDArray[np.bool_]:
    """True where the scene saw the ground of the area, as far as its own mask says."""
    clear = np.ones(seen["red"].shape, bool)
    for name in sensor.bands:
        clear &= ~np.ma.getmaskarray(seen[name])
    mask = sensor.masks[sensor.default_mask]
    if mask.asset in seen:
        clear &= ~is_masked(mask, seen[mask.asset].data)
    return clear


def _reflectance(scene: Scene, name: str, values: Preview) -> NDArray[np.float64]:
    asset = scene.assets[name]
    found: NDArray[np.float64] = values.data * asset.scale + asset.offset
    return found


def _offset(scene: Scene, sensor: Sensor, offset: float) -> Scene:
    assets = {
        name: replace(asset, offset=offset) if name in sensor.bands else asset
        for name, asset in scene.assets.items()
    }
    return replace(scene, assets=assets)
