"""What is asked of Earth Engine: expression graphs that compute a scene set as `composite` does.

The graphs are pure: equal arguments give equal expressions, kept in `tests/snapshots`. Each step
mirrors `composite.observations` and `composite.compose`: an observation counts where the bands
that decide are valid and no mask removes it, the granules of a pass are one, NDVI is taken pass by
pass in whole 10⁻⁴ from reflectance with negatives set to 0, and results are rounded half to even.
Two things remain Earth Engine's: how it interpolates percentiles, and that it reads pyramids where
asked coarser than native.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import ee

from lccs_inputs.facts.earthengine import CLOUD_SCORE_COLLECTION, OFFERS, Offer
from lccs_inputs.facts.sensors import (
    CLEAR_COUNT,
    LAST_CLASS,
    REFLECTANCE_SCALE,
    SCENE_NODATA,
    CloudScore,
    Mask,
    MaskKind,
    SceneMask,
    Sensor,
)
from lccs_inputs.imagery.scenes import Scene

_LARGEST = 32767
_NDVI_STEPS = round(1 / REFLECTANCE_SCALE)

Image = Any
"""An `ee.Image`: the client makes its methods at run time, so they have no types."""


def scene_set_image(
    passes: Sequence[Sequence[Scene]],
    sensor: Sensor,
    mask: SceneMask,
    bands: Sequence[str] = (),
) -> Image:
    """The bands of a scene set, `Sensor.scene_set_bands`, as one int16 image.

    Nothing is masked in it: what no scene saw clearly is −32768 with a clear count of 0,
    wherever the scenes end. Stored numbers that do not fit are clipped to ±32767.

    Args:
        passes: the scenes of each observation, the first of them on top; their `collection` and
            `id` (`system:index`) name the images. At least one.
        mask: the sensor's cloud mask, or Cloud Score+ for Sentinel-2; None keeps every
            observation.
        bands: those that are wanted, in the order of the sensor; empty for all. Nothing else is
            computed, and whatever is, is computed alike.
    """
    asked = tuple(bands) or sensor.scene_set_bands
    observed, offer = _observations(passes, sensor, mask, asked), OFFERS[sensor.name]
    parts = []
    if medians := [band for band in sensor.bands if band in asked]:
        found = _over(observed, medians, ee.Reducer.median(maxRaw=len(passes))).rename(medians)
        # Radar observations are in stored numbers already; so is NDVI.
        parts.append(found if sensor.is_radar else _rescaled(found, offer))
    if statistics := [band for band in sensor.ndvi_bands if band in asked]:
        names = [band.removeprefix("ndvi_") for band in statistics]
        parts.append(_over(observed, ["ndvi"], _reducer(names, len(passes))).rename(statistics))
    if parts:
        stored = _beside(parts)
        parts = [_rounded(stored).clamp(-_LARGEST, _LARGEST).unmask(SCENE_NODATA, False)]
    if CLEAR_COUNT in asked:
        count = observed.select(sensor.validity_bands[0]).count().rename(CLEAR_COUNT)
        parts.append(count.unmask(0, False))
    return _beside(parts).toInt16()


def _beside(images: Sequence[Image]) -> Image:
    return reduce(lambda one, other: one.addBands(other), images)


def _observations(
    passes: Sequence[Sequence[Scene]], sensor: Sensor, mask: SceneMask, asked: Sequence[str]
) -> Any:
    """A collection with an image for each pass, of the bands that are asked for or decide."""
    has_ndvi = any(band in asked for band in sensor.ndvi_bands)
    read = [band for band in sensor.bands if band in asked or band in sensor.validity_bands]

    def granule(image: Image) -> Image:
        return _bands(image, sensor, mask, read)

    def complete(bands: Image) -> Image:
        return bands.addBands(_ndvi(bands, OFFERS[sensor.name])) if has_ndvi else bands

    groups = [[_load(scene, mask) for scene in reversed(scenes)] for scenes in passes]
    if all(len(group) == 1 for group in groups):
        images = [image for group in groups for image in group]
        return ee.ImageCollection(images).map(lambda image: complete(granule(image)))

    def overpass(group: Any) -> Image:  # the last of a mosaic is on top
        return complete(ee.ImageCollection(ee.List(group)).map(granule).mosaic())

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
    return _rounded(_rescaled(bands, offer)).toInt16() if sensor.is_radar else bands


def _kept(image: Image, mask: Mask | CloudScore, offer: Offer) -> Image:
    """1 where a mask leaves the pixel, 0 where it removes it."""
    if isinstance(mask, CloudScore):
        return image.select([mask.band]).gte(mask.least)
    flags = image.select([offer.bands[mask.asset]])
    if mask.kind is MaskKind.BITS:
        return flags.bitwiseAnd(sum(1 << bit for bit in mask.values)).eq(0)
    known = list(range(LAST_CLASS[mask.asset] + 1))
    return flags.remap(known, [int(code not in mask.values) for code in known], 0)


def _ndvi(bands: Image, offer: Offer) -> Image:
    """NDVI in whole 10⁻⁴; masked where both reflectances are 0 or less.

    Not `normalizedDifference`, which masks negative reflectance.
    """
    values = _rescaled(bands.select(["red", "nir"]).toDouble(), offer).max(0)
    red, nir = values.select("red"), values.select("nir")
    total = nir.add(red)
    steps = nir.subtract(red).multiply(_NDVI_STEPS).divide(total)
    return _rounded(steps).updateMask(total.gt(0)).toInt16().rename("ndvi")


def _reducer(names: Sequence[str], raw: int) -> Any:
    """Some of `NDVI_STATISTICS` in one pass, in their order.

    `maxRaw` as large as the stack: no median or percentile comes from a histogram. `stdDev` is
    that of the population.
    """
    by_name = {
        "mean": ee.Reducer.mean(),
        "median": ee.Reducer.median(maxRaw=raw),
        "max": ee.Reducer.max(),
        "min": ee.Reducer.min(),
        "stddev": ee.Reducer.stdDev(),
    }
    reducers = [by_name[name] for name in names if name in by_name]
    if percents := [int(name[1:]) for name in names if name[1:].isdigit()]:
        reducers.append(ee.Reducer.percentile(percents, maxRaw=raw))
    return reduce(lambda one, other: one.combine(other, sharedInputs=True), reducers)


def _over(collection: Any, bands: Sequence[str], reducer: Any) -> Image:
    return collection.select(list(bands)).reduce(reducer)


def _rescaled(image: Image, offer: Offer) -> Image:
    """Numbers as Earth Engine holds them → stored numbers, not yet whole."""
    if (offer.slope, offer.zero) == (1, 0):
        return image
    scaled = image.multiply(offer.slope)
    return scaled.add(offer.zero) if offer.zero else scaled


def _rounded(image: Image) -> Image:
    """Round half to even, as NumPy does; how `Image.round` treats a half is not documented."""
    floor = image.floor()
    rest = image.subtract(floor)
    up = rest.gt(0.5).Or(rest.eq(0.5).And(floor.mod(2).neq(0)))
    return floor.add(up)
