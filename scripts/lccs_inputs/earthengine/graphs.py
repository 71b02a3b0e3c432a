"""What is asked of Earth Engine: expression graphs that compute a scene set as `composite` does.

The graphs are pure: equal arguments give equal expressions, kept in `tests/snapshots`. Each step
mirrors `composite.observations` and `composite.compose`: an observation counts where the bands
that decide are valid and no mask removes it, the granules of a pass are one, expressions over
observations are evaluated pass by pass, and results are rounded half to even.
Two things remain Earth Engine's: how it interpolates percentiles, and that it reads pyramids where
asked coarser than native.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import ee

from lccs_inputs.earthengine.names import band_id
from lccs_inputs.earthengine.over_observations import PROPERTIES, OverObservations, rounded
from lccs_inputs.facts.earthengine import CLOUD_SCORE_COLLECTION, OFFERS, Offer
from lccs_inputs.facts.sensors import (
    CLEAR_COUNT,
    LAST_CLASS,
    SCENE_NODATA,
    CloudScore,
    Mask,
    MaskKind,
    SceneMask,
    Sensor,
)
from lccs_inputs.imagery.observables import bands_read, observables
from lccs_inputs.imagery.scenes import Scene

_LARGEST = 32767

Image = Any
"""An `ee.Image`: the client makes its methods at run time, so they have no types."""


def scene_set_image(
    passes: Sequence[Sequence[Scene]],
    sensor: Sensor,
    mask: SceneMask,
    bands: Sequence[str] = (),
) -> Image:
    """The bands of a scene set as one int16 image; `band_id` says what they are called in it.

    Nothing is masked in it: what no scene saw clearly is −32768 with a clear count of 0,
    wherever the scenes end. Stored numbers that do not fit are clipped to ±32767.

    Args:
        passes: the scenes of each observation, the first of them on top; their `collection` and
            `id` (`system:index`) name the images. At least one.
        mask: the sensor's cloud mask, or Cloud Score+ for Sentinel-2; None keeps every
            observation.
        bands: those that are wanted; empty for all of `Sensor.scene_set_bands`. Nothing else is
            computed, and whatever is, is computed alike.
    """
    asked, offer = tuple(bands) or sensor.scene_set_bands, OFFERS[sensor.name]
    wanted, steps = observables(asked, sensor), round(1 / sensor.scale_of_bands)
    over = OverObservations(wanted, steps, passes)
    observed = _observations(passes, sensor, mask, asked, over)
    parts = []
    if medians := [band for band in sensor.bands if band in asked]:
        found = _over(observed, medians, ee.Reducer.median(maxRaw=len(passes))).rename(medians)
        # Radar observations are in stored numbers already.
        parts.append(found if sensor.is_radar else _rescaled(found, offer))
    results = over.results(observed)
    parts += [results[band].rename([band_id(band)]) for band in asked if band in results]
    if parts:
        stored = _beside(parts)
        parts = [rounded(stored).clamp(-_LARGEST, _LARGEST).unmask(SCENE_NODATA, False)]
    if CLEAR_COUNT in asked:
        count = observed.select(sensor.validity_bands[0]).count().rename(CLEAR_COUNT)
        parts.append(count.unmask(0, False))
    return _beside(parts).toInt16()


def _beside(images: Sequence[Image]) -> Image:
    return reduce(lambda one, other: one.addBands(other), images)


def _observations(
    passes: Sequence[Sequence[Scene]], sensor: Sensor, mask: SceneMask, asked: Sequence[str],
    over: OverObservations,
) -> Any:  # fmt: skip
    """A collection with an image for each pass, of the bands that are asked for or decide."""
    read = bands_read(asked, sensor)

    def granule(image: Image) -> Image:
        return _bands(image, sensor, mask, read)

    def complete(bands: Image, first: Image) -> Image:
        found = over.observed(lambda name: _stored(bands, name, sensor), first)
        whole = _beside([bands, *found])
        if not over.needs_days:
            return whole
        return ee.Image(whole.copyProperties(first, list(PROPERTIES)))

    groups = [[_load(scene, mask) for scene in reversed(scenes)] for scenes in passes]
    if over.needs_days:
        groups = [
            [over.dated(image, scenes) for image in group]
            for group, scenes in zip(groups, passes, strict=True)
        ]
    if all(len(group) == 1 for group in groups):
        images = [image for group in groups for image in group]
        return ee.ImageCollection(images).map(lambda image: complete(granule(image), image))

    def overpass(group: Any) -> Image:  # the last of a mosaic is on top
        images = ee.List(group)
        whole = ee.ImageCollection(images).map(granule).mosaic()
        return complete(whole, ee.Image(images.get(0)))

    return ee.ImageCollection(ee.List(groups).map(overpass))


def _load(scene: Scene, mask: SceneMask) -> Image:
    """One image by its id: were it gone, the request would fail, not skip it."""
    image = ee.Image(f"{scene.collection}/{scene.id}")
    if isinstance(mask, CloudScore):
        score = ee.Image(f"{CLOUD_SCORE_COLLECTION}/{scene.id}").select([mask.band])
        return image.addBands(score)
    return image


def _bands(image: Image, sensor: Sensor, mask: SceneMask, read: Sequence[str]) -> Image:
    """Bands of one granule, those that decide among them, masked, by canonical name."""
    image, offer = ee.Image(image), OFFERS[sensor.name]
    bands = image.select([offer.bands[band] for band in read], list(read))
    decisive = bands.select(list(sensor.validity_bands)).mask()
    bands = bands.updateMask(decisive.reduce(ee.Reducer.min()))
    for each in (mask, sensor.saturation):
        if each is not None:
            bands = bands.updateMask(_kept(image, each, offer))
    return rounded(_rescaled(bands, offer)).toInt16() if sensor.is_radar else bands


def _kept(image: Image, mask: Mask | CloudScore, offer: Offer) -> Image:
    """1 where a mask leaves the pixel, 0 where it removes it."""
    if isinstance(mask, CloudScore):
        return image.select([mask.band]).gte(mask.least)
    flags = image.select([offer.bands[mask.asset]])
    if mask.kind is MaskKind.BITS:
        return flags.bitwiseAnd(sum(1 << bit for bit in mask.values)).eq(0)
    known = list(range(LAST_CLASS[mask.asset] + 1))
    return flags.remap(known, [int(code not in mask.values) for code in known], 0)


def _stored(bands: Image, name: str, sensor: Sensor) -> Image:
    """A band of an observation in stored numbers, not yet whole."""
    found = bands.select([name]).toDouble()
    return found if sensor.is_radar else _rescaled(found, OFFERS[sensor.name])


def _over(collection: Any, bands: Sequence[str], reducer: Any) -> Image:
    return collection.select(list(bands)).reduce(reducer)


def _rescaled(image: Image, offer: Offer) -> Image:
    """Numbers as Earth Engine holds them → stored numbers, not yet whole."""
    if (offer.slope, offer.zero) == (1, 0):
        return image
    scaled = image.multiply(offer.slope)
    return scaled.add(offer.zero) if offer.zero else scaled
