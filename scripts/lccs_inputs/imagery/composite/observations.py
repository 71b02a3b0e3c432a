"""The observations of a pass on the pixels of a block, as the keys that `order_statistics` sorts.

A key is a uint16, 0 where nothing was observed. Optical bands are whole numbers in the sensor's
own encoding (scenes with another offset are shifted to it first); radar is decibels × 100. An
observation counts where the bands that decide are valid and no mask removes it, whatever other
bands are asked for; another band that has no value there is missing by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
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
from lccs_inputs.imagery.composite.pixels import Native, Place, Squares, TargetPixels
from lccs_inputs.imagery.composite.reading import AssetReader, OpenAsset
from lccs_inputs.imagery.scenes import Asset, Scene

RADAR_ZERO = 32768
"""Key of 0 dB."""

_PART = 2**17  # pixels worked on at a time, whole bytes of bits, so that they stay in the cache
_TOP = 65535
_OPTICAL_NODATA = 0  # of Sentinel-2 L2A and Landsat C2 L2, whose files do not always declare it

Keys = NDArray[np.uint16]
Valid = NDArray[np.bool_]
Bits = NDArray[np.uint8]
Convert = Callable[[NDArray[Any], OpenAsset, Place], NDArray[Any]]


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
class Decided:
    """What the scenes of one pass saw, of the bands that decide.

    Attributes:
        rows: keys of each band of `Sensor.validity_bands`, shape (pixels,).
        taken: of each scene, the pixels whose observation it gives, packed; None for none.
        observed: the pixels that have one.
        clipped: of each band, the observations that did not fit a key and were clipped to it.
    """

    rows: Mapping[str, Keys]
    taken: Sequence[Bits | None]
    observed: Valid
    clipped: Mapping[str, int]


@dataclass(frozen=True)
class _Frame:
    """What an asset holds on its own grid, flat as `native.take` wants it.

    Attributes:
        beyond: True where it was clipped; None for nowhere.
    """

    native: Native
    flat: NDArray[Any]
    beyond: NDArray[Any] | None = None

    def take(self, part: slice) -> NDArray[Any]:
        """What lies under some of the pixels."""
        return self.native.take(self.flat, part)


class Observer:
    """Reads scenes onto the pixels of a block, from any number of threads."""

    def __init__(
        self, reader: AssetReader, sensor: Sensor, mask: Mask | None, pixels: TargetPixels
    ) -> None:
        self._reader = reader
        self._sensor = sensor
        self._masks = [choice for choice in (mask, sensor.saturation) if choice is not None]
        self._pixels = pixels

    def fetch_masks(self, scene: Scene) -> None:
        """Fetch what `unmasked` will read of a remote scene.

        Raises:
            SourceError: an asset is missing, or cannot be had after retries.
        """
        everywhere = np.full(-(-self._pixels.count // 8), 255, np.uint8)
        for mask in self._masks:
            self._fetch(scene, mask.asset, self._pixels.squares(everywhere))

    def fetch(self, scenes: Sequence[Scene], clear: Sequence[Bits | None], band: str) -> None:
        """Fetch what `decide` or `observe` will read of a band of remote scenes.

        Raises:
            SourceError: as `fetch_masks`.
        """
        for scene, bits in zip(scenes, clear, strict=True):
            if bits is not None:
                self._fetch(scene, band, self._pixels.squares(bits))

    def unmasked(self, scene: Scene) -> Bits | None:
        """The pixels at which no mask removes the scene, packed; None if there are none.

        Raises:
            SourceError: an asset is missing, unreadable, or encoded otherwise than its sensor.
        """
        clear = np.packbits(np.ones(self._pixels.count, bool))
        for mask in self._masks:
            lets_through = partial(_let_through, mask)
            frame = self._frame(
                scene, mask.asset, self._pixels.squares(clear), lets_through, np.bool_
            )
            for part, bits in self._parts_of(clear):
                clear[bits] &= np.packbits(frame.take(part))
            if not clear.any():
                return None
        return clear

    def decide(self, scenes: Sequence[Scene], unmasked: Sequence[Bits | None]) -> Decided:
        """The observations of the granules of one pass: where several are clear, the first.

        Raises:
            SourceError: as `unmasked`.
        """
        bands = self._sensor.validity_bands
        rows = {band: np.zeros(self._pixels.count, np.uint16) for band in bands}
        observed = np.zeros(-(-self._pixels.count // 8), np.uint8)
        taken: list[Bits | None] = []
        clipped = dict.fromkeys(bands, 0)
        for scene, bits in zip(scenes, unmasked, strict=True):
            taken.append(None)
            frames = None if bits is None else self._deciding(scene, bits & ~observed)
            if bits is None or frames is None:
                continue
            clear = self._narrow(bits & ~observed, frames, rows)
            if clear.any():
                taken[-1] = clear
            observed |= clear
            for band, frame in frames.items():
                clipped[band] += self._clipped(frame, clear)
        return Decided(rows, taken, _unpacked(observed, self._pixels.count), clipped)

    def observe(
        self, scenes: Sequence[Scene], taken: Sequence[Bits | None], band: str
    ) -> tuple[Keys, int]:
        """A further band of the observations of a pass, and how many of them were clipped.

        Raises:
            SourceError: as `unmasked`.
        """
        row, clipped = np.zeros(self._pixels.count, np.uint16), 0
        for scene, clear in zip(scenes, taken, strict=True):
            if clear is None:
                continue
            frame = self._keys(scene, band, self._pixels.squares(clear))
            for part, bits in self._parts_of(clear):
                keys = frame.take(part)
                keys *= _unpacked(clear[bits], keys.size)
                row[part] |= keys
            clipped += self._clipped(frame, clear)
        return row, clipped

    def _deciding(self, scene: Scene, clear: Bits) -> "Mapping[str, _Frame] | None":
        """The bands that decide, where some pixels are clear; None if one is empty."""
        wanted = self._pixels.squares(clear)
        frames: dict[str, _Frame] = {}
        for band in self._sensor.validity_bands if wanted.any() else ():
            frames[band] = self._keys(scene, band, wanted)
            if not frames[band].flat.any():
                return None
        return frames or None

    def _narrow(
        self, clear: Bits, frames: "Mapping[str, _Frame]", rows: Mapping[str, Keys]
    ) -> Bits:
        """Which of the pixels have a key in every frame; those are put into the rows."""
        narrowed = np.zeros_like(clear)
        for part, bits in self._parts_of(clear):
            keys = {band: frame.take(part) for band, frame in frames.items()}
            seen = _unpacked(clear[bits], part.stop - part.start)
            for each in keys.values():
                seen &= each != 0
            narrowed[bits] = np.packbits(seen)
            for band, row in rows.items():
                row[part] |= keys[band] * seen
        return narrowed

    def _keys(self, scene: Scene, band: str, wanted: Squares) -> "_Frame":
        """The keys of a band; and where they were clipped, if anywhere."""
        beyond: list[tuple[Place, Valid]] = []

        def as_keys(values: NDArray[Any], asset: OpenAsset, place: Place) -> Keys:
            keys, outside = _as_keys(values, asset, scene, self._sensor)
            if outside is not None:
                beyond.append((place, outside))
            return keys

        keys = self._frame(scene, band, wanted, as_keys, np.uint16)
        if not beyond:
            return keys
        flat, frame = keys.native.frame(np.bool_)
        for place, outside in beyond:
            frame[place] = outside
        return replace(keys, beyond=flat)

    def _frame(
        self, scene: Scene, name: str, wanted: Squares, convert: Convert, dtype: type[np.generic]
    ) -> "_Frame":
        """What an asset holds, converted, on its own grid; 0 where nothing.

        Args:
            wanted: the squares with pixels that matter; under others may be 0 too.
        """
        asset = self._reader.asset(scene, name)
        try:
            native = self._pixels.native(asset.grid)
            windows = list(native.windows(asset.grid, asset.block, wanted))
            flat, frame = native.frame(dtype, [place for _, place in windows])
            for window, place in windows:
                there = frame[place]
                values = asset.read(window, there if asset.dtype == there.dtype else None)
                self._verify(values, asset)
                converted = convert(values, asset, place)
                if converted is not there:
                    there[:] = converted
        finally:
            asset.close()
        return _Frame(native, flat)

    def _clipped(self, frame: "_Frame", clear: Bits) -> int:
        """How many of some pixels have a key that was clipped."""
        if frame.beyond is None:
            return 0
        return sum(
            int(
                np.count_nonzero(
                    frame.native.take(frame.beyond, part)
                    & _unpacked(clear[bits], part.stop - part.start)
                )
            )
            for part, bits in self._parts_of(clear)
        )

    def _fetch(self, scene: Scene, name: str, wanted: Squares) -> None:
        asset = self._reader.asset(scene, name)
        native = self._pixels.native(asset.grid)
        windows = native.windows(asset.grid, asset.block, wanted)
        asset.fetch(window for window, _ in windows)

    def _verify(self, values: NDArray[Any], asset: OpenAsset) -> None:
        if not is_of_kind(values.dtype, asset.name, asset.asset, self._sensor):
            raise SourceError(
                f"{asset.label}: holds {values.dtype} numbers, which is not how "
                f"{self._sensor.name} is encoded"
            )

    def _parts_of(self, clear: Bits) -> Iterator[tuple[slice, slice]]:
        """Pixels that are worked on at a time, where any is clear, and the bytes of their bits."""
        for start in range(0, self._pixels.count, _PART):
            stop = min(start + _PART, self._pixels.count)
            bits = slice(start // 8, -(-stop // 8))
            if clear[bits].any():
                yield slice(start, stop), bits


def _unpacked(bits: Bits, count: int) -> Valid:
    return np.unpackbits(bits, count=count).view(np.bool_)


def is_masked(mask: Mask, flags: NDArray[Any]) -> Valid:
    """True where a mask removes the pixel; a class that nobody has described is not clear."""
    removed: Valid = np.take(_removed_by(mask), flags.astype(np.uint16, copy=False))
    return removed


@cache
def _removed_by(mask: Mask) -> Valid:
    """Whether a mask removes each number of 16 bits."""
    codes = np.arange(_TOP + 1)
    if mask.kind is MaskKind.BITS:
        removed: Valid = (codes & sum(1 << bit for bit in mask.values)) != 0
    else:
        removed = np.isin(codes, mask.values) | (codes > LAST_CLASS[mask.asset])
    return removed


def is_of_kind(dtype: np.dtype[Any], name: str, asset: Asset, sensor: Sensor) -> bool:
    """Whether numbers of a type can be those of a band or mask of a sensor.

    Fractions are reflectance only where another scale is said than that of whole numbers.
    """
    if sensor.is_radar:
        return dtype.kind == "f"
    fractions = name in sensor.bands and asset.scale != sensor.scale
    return dtype.kind in ("iuf" if fractions else "iu")


def _let_through(mask: Mask, flags: NDArray[Any], _asset: OpenAsset, _place: Place) -> Valid:
    return ~is_masked(mask, flags)


def _as_keys(
    values: NDArray[Any], asset: OpenAsset, scene: Scene, sensor: Sensor
) -> tuple[Keys, Valid | None]:
    """Stored values as keys; and where they were clipped, None for nowhere."""
    if sensor.is_radar:
        observed = _is_observed(values, asset, scene)
        return _decibel_keys(values, observed, scene.units) * observed, None
    shift = _shift(asset.asset, sensor)
    if values.dtype == np.uint16 and shift == 0 and asset.nodata in (None, _OPTICAL_NODATA):
        return values, None  # keys already
    observed = _is_observed(values, asset, scene)
    if shift is None or values.dtype.kind == "f":
        keys, beyond = _recoded_keys(values, asset.asset, sensor, observed)
    elif values.dtype == np.uint16 and abs(shift) < _TOP:
        keys, beyond = values, _shift_keys(values, shift, observed)
    else:
        keys, beyond = _shifted_keys(values, shift, observed)
    keys *= observed
    return keys, beyond


def _is_observed(values: NDArray[Any], asset: OpenAsset, scene: Scene) -> Valid:
    """True where a stored value is an observation: not nodata and, of power, any at all."""
    observed: Valid = values != (_OPTICAL_NODATA if asset.nodata is None else asset.nodata)
    if values.dtype.kind == "f":
        observed &= np.isfinite(values)
        if scene.units != "db":
            observed &= values > 0
    return observed


def _shift(asset: Asset, sensor: Sensor) -> int | None:
    """What to add to stored numbers to bring them to the encoding of the sensor.

    None where that takes more than adding a whole number.
    """
    shift = (asset.offset - sensor.offset) / sensor.scale
    same = abs(asset.scale / sensor.scale - 1) <= 1e-6 and abs(shift - round(shift)) <= 1e-3
    return round(shift) if same else None


def _shift_keys(values: Keys, shift: int, observed: Valid) -> Valid | None:
    """Make numbers the same keys as `_shifted_keys`, where they are; as fast as that can be."""
    last = _TOP - shift if shift > 0 else 1 - shift
    beyond: Valid = (values > last if shift > 0 else values < last) & observed
    is_beyond = bool(beyond.any())
    if is_beyond:
        np.copyto(values, last, where=beyond)
    values += np.uint16(shift % (_TOP + 1))
    return beyond if is_beyond else None


def _shifted_keys(values: NDArray[Any], shift: int, observed: Valid) -> tuple[Keys, Valid | None]:
    """Stored whole numbers + shift, clipped to 1–65535; and where observed ones were clipped.

    Any where they are not observed.
    """
    numbers = values.astype(np.int32) + np.int32(shift)
    beyond = ((numbers < 1) | (numbers > _TOP)) & observed
    return np.clip(numbers, 1, _TOP).astype(np.uint16), beyond if beyond.any() else None


def _recoded_keys(
    values: NDArray[Any], asset: Asset, sensor: Sensor, observed: Valid
) -> tuple[Keys, Valid | None]:
    """Numbers of another encoding as the nearest keys, clipped to 1–65535; and where clipped."""
    slope = round(asset.scale / sensor.scale, 9)  # 10 of 1e-3 / 1e-4
    zero = round((asset.offset - sensor.offset) / sensor.scale, 6)
    numbers = np.rint(np.where(observed, values, 0) * slope + zero)
    beyond = ((numbers < 1) | (numbers > _TOP)) & observed
    return np.clip(numbers, 1, _TOP).astype(np.uint16), beyond if beyond.any() else None


def _decibel_keys(values: NDArray[Any], valid: Valid, units: str) -> Keys:
    """Decibels × 100 above `RADAR_ZERO`, of linear power or as they are; any where not valid."""
    if units == "db":
        decibels = np.where(valid, values, 0).astype(np.float64)
    else:
        decibels = 10 * np.log10(values, out=np.zeros(values.shape), where=valid)
    hundredths = np.rint(decibels / DECIBEL_SCALE) + RADAR_ZERO
    keys: Keys = np.clip(hundredths, 1, _TOP).astype(np.uint16)
    return keys
