"""Verdicts on the scenes of open data, from their own numbers: are they whole, and in which units?

Every asset is opened once, and a few thousand pixels of it are looked at. From processing baseline
04.00 on, numbers of Sentinel-2 carry +1000 (ESA, Sentinel-2 Products Specification Document 15.0);
catalogues that have removed it do not always say so, and the other way round. Dark pixels tell.
Backscatter of Sentinel-1 comes as power or as decibels, and seldom says which.
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.errors import SourceError, UnreadableError
from lccs_inputs.facts.sensors import SENSORS, Sensor
from lccs_inputs.imagery.cache.folder import ImageryCache
from lccs_inputs.imagery.composite.encodings import fractions, misfit
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.observations import is_masked, is_of_kind
from lccs_inputs.imagery.composite.opening import is_remote
from lccs_inputs.imagery.composite.reading import AssetReader, Preview
from lccs_inputs.imagery.freezing import UNREADABLE, Look, Unfit
from lccs_inputs.imagery.places import Extent, around
from lccs_inputs.imagery.requests import FreezeRequest, boa_offset_of
from lccs_inputs.imagery.scenes import Asset, Scene, SceneList
from lccs_inputs.imagery.stac.signing import signer
from lccs_inputs.rasters.grid import Grid

ENCODING, OFFSET, UNITS = "encoding", "offset", "units"
"""The filters of scenes whose numbers contradict what is said of them."""

SIDE = 256
"""px of a look at an asset: dark pixels are patches of water, shadow and forest."""

_AT_ONCE = 8  # scenes, where looking is mostly waiting
_BOA_OFFSET = -0.1
_TOO_DARK = -0.01  # reflectance in red: no surface, beyond noise over deep water and shadow
_TOO_DARK_SHARE = 0.05
_DARK = 0.1  # reflectance: some pixel of some band of a scene is below it, but over snow and sand
_ENOUGH = 1000  # clear pixels, to say that a scene has no dark one at all
_REFLECTANCE = (-0.2, 3.0)  # snow on steep slopes comes out above 1; fill of 16 bits beyond
_FILL_SHARE = 0.001  # of the pixels of a look: from here on numbers beyond that are no noise
_NO_ECHO = -80  # decibels; fill is below it, noise far above
_DECIBELS, _POWER = 0.5, 0.05  # share of negative numbers: from here on decibels, below it power

_log = logging.getLogger(__name__)


def look_at(
    found: SceneList,
    looks: Sequence[Look],
    request: FreezeRequest,
    area: Grid,
    store: ObjectStore | None = None,
    cache: ImageryCache | None = None,
) -> list[Look]:
    """Look at the scenes that are not left out yet.

    Args:
        area: the box whose pixels are looked at.
        store: what scenes are read from with keys.
        cache: what was read of remote scenes before; no verdict hangs on what is in it.

    Raises:
        SourceError: the network fails, or the numbers of a scene contradict the config.
    """
    sensor = SENSORS[found.sensor]
    with (
        TemporaryDirectory(prefix="looks-") as folder,
        AssetReader(
            signer(found.sign), Fetching(_AT_ONCE, Path(folder) / "look.tif"), store, cache
        ) as reader,
    ):

        def look(at: Look) -> Look:
            if isinstance(at, Unfit):
                return at
            try:
                placed, seen = _placed(at, sensor, reader), _previews(at, reader, area)
                scalings = {name: reader.asset(at, name).scaling for name in at.assets}
                if problem := _misread(placed, found.source, sensor, request, seen, scalings):
                    return Unfit(placed, ENCODING, problem)
                return _judged(placed, found.source, sensor, request, seen, scalings)
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
    return replace(scene, extent=around(map(Extent.of, grids)))


def _previews(scene: Scene, reader: AssetReader, area: Grid) -> Mapping[str, Preview]:
    """A look at every asset of a scene: each must be there."""
    return {name: reader.asset(scene, name).preview(area, SIDE) for name in scene.assets}


def _misread(
    scene: Scene,
    source: str,
    sensor: Sensor,
    request: FreezeRequest,
    seen: Mapping[str, Preview],
    scalings: Mapping[str, tuple[float, float]],
) -> str | None:
    """Why the numbers of a scene cannot be read as those of its sensor, in words."""
    for name, asset in scene.assets.items():
        values = seen[name]
        if not is_of_kind(values.dtype, name, asset, sensor):
            said = f"its {name} holds {values.dtype} numbers, unlike that of {sensor.name}"
            is_band = name in sensor.bands and not sensor.is_radar
            return said + (fractions(values.compressed(), source) if is_band else "")
        if problem := _contradicted(name, asset, source, sensor, request, scalings[name]):
            return problem
    return None if sensor.is_radar else _filled(scene, source, sensor, seen)


def _contradicted(
    name: str,
    asset: Asset,
    source: str,
    sensor: Sensor,
    request: FreezeRequest,
    declared: tuple[float, float],
) -> str | None:
    """What a file declares otherwise than it is read, in words; the config has the last one."""
    scale, offset = declared
    if scale == 1 and offset == 0:
        return None
    wrong = "scale" not in request.stated and abs(scale / asset.scale - 1) > 1e-6
    # Of Sentinel-2, dark pixels tell who is right about the offset.
    asked = sensor.name != "sentinel2" and "offset" not in request.stated
    if not wrong and not (asked and abs(offset - asset.offset) > 1e-6):
        return None
    return (
        f"the file of its {name} declares a scale of {scale:g} and an offset of {offset:g}, its "
        f"item, or {sensor.name} itself, {asset.scale:g} and {asset.offset:g}; say which it is in "
        f"scenes.{source}: `scale` and `offset`"
    )


def _filled(scene: Scene, source: str, sensor: Sensor, seen: Mapping[str, Preview]) -> str | None:
    """What shows that a band holds fill that nobody declares, in words."""
    lowest, highest = _REFLECTANCE
    clear = _clear(sensor, seen)
    for name in sensor.bands if clear.any() else ():
        values = _reflectance(scene, name, seen[name])[clear]
        beyond = (values < lowest) | (values > highest)
        if beyond.mean() >= _FILL_SHARE:
            fill = seen[name].data[clear][beyond][0]
            return (
                f"{beyond.mean():.1%} of its clear pixels in {name} are such as {fill}, a "
                f"reflectance of {values[beyond][0]:.3g}: "
                f"is its nodata not declared? Then add to scenes.{source}: `nodata: {fill}`"
            )
    return None


def _judged(
    scene: Scene,
    source: str,
    sensor: Sensor,
    request: FreezeRequest,
    seen: Mapping[str, Preview],
    scalings: Mapping[str, tuple[float, float]],
) -> Look:
    if sensor.is_radar:
        return _in_units(scene, source, sensor, request.units, seen)
    if sensor.name == "sentinel2":
        claimed = scene.baseline >= "04.00" or any(scalings[name][1] for name in sensor.bands)
        judged = _with_offset(scene, source, sensor, request, claimed, seen)
    else:
        judged = scene
    if isinstance(judged, Unfit) or "scale" in request.stated:
        return judged
    clear = _clear(sensor, seen)
    if not clear.any():
        return judged
    numbers = {name: seen[name].data[clear] for name in sensor.bands}
    problem = misfit(numbers, judged.assets, source)
    return Unfit(judged, ENCODING, problem) if problem else judged


def _in_units(
    scene: Scene, source: str, sensor: Sensor, said: str, seen: Mapping[str, Preview]
) -> Look:
    """Power is never below 0, decibels nearly always are; fill that nobody declares is neither."""
    values = seen[sensor.bands[0]].compressed()
    values = values[np.isfinite(values) & (values != 0)]
    lowest = values.min(initial=0)
    fill = (values == lowest) & (lowest < _NO_ECHO)
    if fill.all():
        return replace(scene, units=said or "power")  # nothing of it lies in the area
    filled, values = float(fill.mean()), values[~fill]
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
    if (said or shown) == "db" and filled >= _FILL_SHARE:
        reason = (
            f"{filled:.1%} of its decibels are {lowest:g}: is its nodata not declared? Then add to "
            f"scenes.{source}: `nodata: {lowest:g}`"
        )
        return Unfit(scene, ENCODING, reason)
    return replace(scene, units=said or shown)


def _with_offset(
    scene: Scene,
    source: str,
    sensor: Sensor,
    request: FreezeRequest,
    claimed: bool,
    seen: Mapping[str, Preview],
) -> Look:
    """The scene with the offset that its dark pixels show, where they contradict its item.

    Args:
        claimed: the baseline or a file says that there is, or was, one.
    """
    clear = _clear(sensor, seen)
    bands = {name: _reflectance(scene, name, seen[name]) for name in sensor.bands}
    if not clear.any():
        return scene
    pending = scene.assets["red"].offset != 0
    stated = "offset" in request.stated
    known = stated or boa_offset_of(request.boa_offset, scene.collection) != "auto"
    too_dark = float(np.mean(bands["red"][clear] < _TOO_DARK))
    if pending and too_dark > _TOO_DARK_SHARE:
        if known:
            key, remedy = ("offset", "0") if stated else ("boa_offset", "`applied`")
            raise SourceError(
                f"scenes.{source}.{key}: with the offset of {scene.assets['red'].offset:g}, "
                f"{too_dark:.0%} of the clear pixels of {scene.id} are below {_TOO_DARK} in red; "
                f"set it to {remedy}, or leave it to auto"
            )
        _log.warning("scene %s: its numbers have lost the offset of -0.1 already", scene.id)
        return _offset(scene, sensor, 0.0)
    darkest = min(float(band[clear].min()) for band in bands.values())
    doubted = not pending and not known and int(clear.sum()) >= _ENOUGH
    if doubted and claimed and darkest >= _DARK:
        return Unfit(
            scene, OFFSET,
            f"it says that no offset is to be applied, but no clear pixel is below {_DARK} in any "
            f"band; say in scenes.{source}.boa_offset whether it is",
        )  # fmt: skip
    return scene


def _clear(sensor: Sensor, seen: Mapping[str, Preview]) -> NDArray[np.bool_]:
    """True where the scene saw the ground of the area, as far as a mask it comes with says.

    Nowhere where one of its assets does not reach into the area.
    """
    if any(not each.size for each in seen.values()):
        return np.zeros((0, 0), bool)
    clear = np.ones(seen["red"].shape, bool)
    for name in sensor.bands:
        clear &= ~np.ma.getmaskarray(seen[name])
    for mask in sensor.masks.values():
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
