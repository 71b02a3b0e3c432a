"""One scene's observations of a window, as the keys that `order_statistics` sorts.

A key is a uint16, 0 where nothing was observed. Optical bands are whole numbers in the sensor's
own encoding (scenes with another offset are shifted to it first); radar is decibels × 100. An
observation counts where the bands that decide are valid and no mask removes it, whatever other
bands are asked for; another band that has no value there is missing by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import (
    DECIBEL_SCALE,
    LAST_CLASS,
    REFLECTANCE_SCALE,
    Mask,
    MaskKind,
    Sensor,
)
from lccs_inputs.imagery.composite.reading import AssetReader, OpenAsset
from lccs_inputs.imagery.scenes import Scene
from lccs_inputs.rasters.gather import Gatherer, Pixels
from lccs_inputs.rasters.grid import Grid

RADAR_ZERO = 32768
"""Key of 0 dB."""
NDVI_STEPS = round(1 / REFLECTANCE_SCALE)
"""Keys from NDVI 0 to 1."""
NDVI_ZERO = NDVI_STEPS + 1
"""Key of NDVI 0; −1 is 1 and +1 is 20001."""

_TOP = 65535
_OPTICAL_NODATA = 0  # of Sentinel-2 L2A and Landsat C2 L2, whose files do not always declare it

Keys = NDArray[np.uint16]
Valid = NDArray[np.bool_]


@dataclass(frozen=True)
class Encoding:
    """How keys of a sensor's bands are stored: stored = slope × key + zero."""

    slope: float
    zero: float

    @classmethod
    def of(cls, sensor: Sensor) -> "Encoding":
        if sensor.is_radar:
            return cls(1.0, -RADAR_ZERO)
        # Rounded, so that 1e-4 / 1e-4 is 1 and keys that are whole stay whole.
        slope = round(sensor.scale / REFLECTANCE_SCALE, 9)
        return cls(slope, round(sensor.offset / REFLECTANCE_SCALE, 9))


@dataclass(frozen=True)
class Observations:
    """Of one scene in one window.

    Attributes:
        keys: uint16, 0 = not observed, shape (bands, height, width). Whether a pixel was observed
            at all, the bands of `Sensor.validity_bands` say, all alike.
        clipped: observations that did not fit a key and were clipped to it.
    """

    keys: Keys
    clipped: int


class WindowReader:
    """Reads scenes onto one window; what scenes of one native grid share is computed once.

    Scenes may be read from several threads, each scene from one at a time.
    """

    def __init__(self, reader: AssetReader, sensor: Sensor, mask: Mask | None, grid: Grid) -> None:
        self._reader = reader
        self._sensor = sensor
        self._masks = [choice for choice in (mask, sensor.saturation) if choice is not None]
        self._gatherer = Gatherer(grid)
        self._pixels: dict[Grid, Pixels | None] = {}
        self._lock = Lock()

    def observe(self, scene: Scene, inside: Valid) -> Observations | None:
        """The observations of a scene; None if it has none here.

        Args:
            inside: True where pixels are wanted, shape of the window.

        Raises:
            SourceError: an asset is missing, unreadable, or encoded otherwise than its sensor.
        """
        clear = self._unmasked(scene, inside)
        if clear is None or not clear.any():
            return None  # the bands need not be read
        sensor = self._sensor
        keys = np.zeros((len(sensor.bands), *inside.shape), np.uint16)
        clipped = 0
        for band in sorted(sensor.bands, key=lambda name: name not in sensor.validity_bands):
            asset = self._reader.asset(scene, band)
            taken = self._take(asset)
            decides = band in sensor.validity_bands
            if taken is None and decides:
                return None
            if taken is None:
                continue
            values, covered = taken
            valid = clear & covered & _is_observed(values, asset, scene)
            if sensor.is_radar:
                row = _decibel_keys(values, valid, scene.units)
            else:
                row, beyond = _shifted_keys(values, _shift(asset, sensor))
                clipped += int(np.count_nonzero(beyond & valid))
            keys[sensor.bands.index(band)] = row * valid
            if decides:
                clear = valid
        if not clear.any():
            return None
        keys *= clear
        return Observations(keys, clipped)

    def observe_pass(self, scenes: Sequence[Scene], inside: Valid) -> Observations | None:
        """The observations of the granules of one pass: where several are clear, the first."""
        seen = [each for scene in scenes if (each := self.observe(scene, inside)) is not None]
        if len(seen) < 2:
            return seen[0] if seen else None
        decisive = self._sensor.bands.index(self._sensor.validity_bands[0])
        keys = seen[0].keys
        for further in seen[1:]:
            unseen = keys[decisive] == 0
            keys[:, unseen] = further.keys[:, unseen]
        return Observations(keys, sum(each.clipped for each in seen))

    def _unmasked(self, scene: Scene, inside: Valid) -> Valid | None:
        """True where no mask removes the scene; None if a mask does not reach into the window."""
        clear = inside
        for mask in self._masks:
            taken = self._take(self._reader.asset(scene, mask.asset))
            if taken is None:
                return None
            flags, covered = taken
            clear = clear & covered & ~is_masked(mask, flags)
        return clear

    def _take(self, asset: OpenAsset) -> tuple[NDArray[Any], Valid] | None:
        """(stored values, covered) on the window; None if the asset does not reach into it."""
        pixels = self._pixels_of(asset.grid)
        if pixels is None:
            return None
        native = asset.read(pixels.window)
        if native.dtype.kind not in ("f" if self._sensor.is_radar else "iu"):
            raise SourceError(
                f"{asset.label}: holds {native.dtype} numbers, which is not how "
                f"{self._sensor.name} is encoded"
            )
        values = pixels.take(native, 0)
        covered = np.ones(values.shape, bool) if pixels.outside is None else ~pixels.outside
        return values, covered

    def _pixels_of(self, source: Grid) -> Pixels | None:
        with self._lock:  # computed once, not once per reading thread
            if source not in self._pixels:
                self._pixels[source] = self._gatherer.lattice(source).pixels(source)
            return self._pixels[source]


def ndvi_keys(red: Keys, nir: Keys, encoding: Encoding) -> Keys:
    """NDVI of keys of red and near infrared: whole 10⁻⁴ above `NDVI_ZERO`; 0 = none.

    Negative reflectance counts as 0, and 0/0 is no observation of NDVI.
    """
    seen = red != 0
    red_value = np.maximum(red * encoding.slope + encoding.zero, 0)
    nir_value = np.maximum(nir * encoding.slope + encoding.zero, 0)
    total = red_value + nir_value
    seen &= total > 0
    # × 10⁴ before dividing: Sentinel-2's are whole numbers then, and a tie at .5 is a tie.
    steps = (nir_value - red_value) * NDVI_STEPS
    np.divide(steps, total, out=steps, where=seen)
    keys: Keys = (np.rint(steps) + NDVI_ZERO).astype(np.uint16)
    keys[~seen] = 0
    return keys


def is_masked(mask: Mask, flags: NDArray[Any]) -> Valid:
    """True where a mask removes the pixel; a class that nobody has described is not clear."""
    codes = np.arange(_TOP + 1)
    if mask.kind is MaskKind.BITS:
        removed = (codes & sum(1 << bit for bit in mask.values)) != 0
    else:
        removed = np.isin(codes, mask.values) | (codes > LAST_CLASS[mask.asset])
    result: Valid = removed[flags.astype(np.uint16)]
    return result


def _is_observed(values: NDArray[Any], asset: OpenAsset, scene: Scene) -> Valid:
    """True where a stored value is an observation: not nodata and, of power, any at all."""
    observed: Valid = values != (_OPTICAL_NODATA if asset.nodata is None else asset.nodata)
    if values.dtype.kind == "f":
        observed &= np.isfinite(values)
        if scene.units != "db":
            observed &= values > 0
    return observed


def _shift(asset: OpenAsset, sensor: Sensor) -> int:
    """What to add to stored numbers to bring them to the encoding of the sensor."""
    scale, offset = asset.asset.scale, asset.asset.offset
    if abs(scale / sensor.scale - 1) > 1e-6:
        raise SourceError(
            f"{asset.label}: its scale is {scale:g}, that of {sensor.name} is {sensor.scale:g}"
        )
    shift = (offset - sensor.offset) / sensor.scale
    if abs(shift - round(shift)) > 1e-3:
        raise SourceError(
            f"{asset.label}: its offset {offset:g} is not a whole number of steps of {scale:g} "
            f"from the {sensor.offset:g} of {sensor.name}"
        )
    return round(shift)


def _shifted_keys(values: NDArray[Any], shift: int) -> tuple[Keys, Valid]:
    """Stored whole numbers + shift, clipped to 1–65535; and where they were clipped."""
    numbers = values.astype(np.int32) + np.int32(shift)
    beyond = (numbers < 1) | (numbers > _TOP)
    return np.clip(numbers, 1, _TOP).astype(np.uint16), beyond


def _decibel_keys(values: NDArray[Any], valid: Valid, units: str) -> Keys:
    """Decibels × 100 above `RADAR_ZERO`, of linear power or as they are; any where not valid."""
    if units == "db":
        decibels = np.where(valid, values, 0).astype(np.float64)
    else:
        decibels = 10 * np.log10(values, out=np.zeros(values.shape), where=valid)
    hundredths = np.rint(decibels / DECIBEL_SCALE) + RADAR_ZERO
    keys: Keys = np.clip(hundredths, 1, _TOP).astype(np.uint16)
    return keys
