"""What a layer holds: how many pixels of each code, and where some of the area are nodata.

It is noted as the layer is built, with the layer's hash: what follows it need not read the pixels
to learn it again, and reads them where the file is another by now.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.checksums import digest_of
from lccs_inputs.facts.lccs import CODE_NODATA
from lccs_inputs.files import intact, write_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows

_STRIP = 32  # rows, which stay in the cache
_FEW = 8  # codes; more are counted faster at once

Place = tuple[int, int]


@dataclass(frozen=True)
class Contents:
    """What the pixels of a layer within the area are: how many, and how many of each code."""

    pixels: int
    codes: Mapping[int | float, int]

    @property
    def valid_share(self) -> float:
        return sum(self.codes.values()) / self.pixels if self.pixels else 0.0


def read_contents(raster: rasterio.DatasetReader, area: Area, name: str) -> Contents:
    """What a raster on the grid of the area holds there.

    Raises:
        rasterio.errors.RasterioIOError: it cannot be read.
    """
    pixels, codes = 0, Counter[int | float]()
    for window, inside in area_windows(area, f"check {name}"):
        codes.update(_counted(raster.read(1, window=window), inside))
        pixels += int(np.count_nonzero(inside))
    known = ((code, count) for code, count in codes.items() if code != raster.nodata)
    return Contents(pixels, dict(sorted(known)))


def _counted(values: NDArray[Any], chosen: NDArray[np.bool_]) -> dict[int | float, int]:
    """How many of the chosen pixels have each value."""
    if values.dtype != np.uint8:  # which a layer should be
        found, counts = np.unique(values[chosen], return_counts=True)
    else:
        whole, of_all = chosen.all(), np.zeros(256, np.intp)
        for top in range(0, len(values), _STRIP):
            strip = slice(top, top + _STRIP)
            _count_bytes(values[strip] if whole else values[strip][chosen[strip]], of_all)
        found = np.flatnonzero(of_all)
        counts = of_all[found]
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _count_bytes(values: NDArray[np.uint8], counts: NDArray[np.intp]) -> None:
    """Add the values to the counts of all bytes; fast where few were met, and no other is."""
    met = np.flatnonzero(counts)
    if met.size <= _FEW:
        again = [np.count_nonzero(values == code) for code in met.astype(np.uint8)]
        if sum(again) == values.size:
            counts[met] += np.array(again, np.intp)  # also where there are none
            return
    counts += np.bincount(values.ravel(), minlength=256)


class Noting:
    """Notes what a layer holds as it is built."""

    def __init__(self) -> None:
        self._pixels, self._counts, self._gaps = 0, np.zeros(256, np.intp), list[Place]()

    def look(self, codes: NDArray[np.uint8], inside: NDArray[np.bool_], window: Window) -> None:
        """See where the area is nodata, which removing patches does not change.

        Args:
            codes: of a window of `area_windows`, nodata outside the area.
            inside: True in the area.
        """
        pixels = np.count_nonzero(inside)
        self._pixels += int(pixels)
        if np.count_nonzero(codes != CODE_NODATA) < pixels:
            self._gaps.append((window.row_off, window.col_off))

    def count(self, codes: NDArray[np.uint8]) -> None:
        """Count what is written, each pixel once."""
        for top in range(0, len(codes), _STRIP):
            _count_bytes(codes[top : top + _STRIP], self._counts)

    def write(self, target: Path, layer: Path, nearest: Path) -> None:
        """Write what was noted, of a layer and its overviews that are finished."""
        found = np.flatnonzero(self._counts[:CODE_NODATA])
        document = {
            "layer": digest_of(layer),
            "nearest": digest_of(nearest),
            "pixels": self._pixels,
            "codes": {str(code): int(self._counts[code]) for code in found},
            "gaps": self._gaps,
        }
        write_text(target, json.dumps(document, indent=1) + "\n")


@dataclass(frozen=True)
class Noted:
    """What was noted of a layer as it was built.

    Attributes:
        gaps: row and column of the windows of `area_windows` in which the area has nodata.
        nearest: its overviews by the nearest pixel, where they are as they were then.
    """

    contents: Contents
    gaps: frozenset[Place]
    nearest: Path | None

    @classmethod
    def of(cls, layer: Path, note: Path, nearest: Path | None = None) -> Self | None:
        """What is noted of a layer, if it is the file that was built.

        Args:
            nearest: where its overviews are, of who needs them.

        Raises:
            InputError: the note has been damaged since it was written.
        """
        with intact(note):
            said = json.loads(note.read_text())
            codes: dict[int | float, int] = {int(code): n for code, n in said["codes"].items()}
            contents = Contents(said["pixels"], codes)
            gaps = frozenset((row, column) for row, column in said["gaps"])
            hashes = said["layer"], said["nearest"]
        if hashes[0] != digest_of(layer):
            return None
        is_as_built = nearest is not None and hashes[1] == digest_of(nearest)
        return cls(contents, gaps, nearest if is_as_built else None)


def noted_of(
    layers: Mapping[str, Path], notes: Mapping[str, Path], nearest: Mapping[str, Path]
) -> dict[str, Noted]:
    """What was noted of those layers, by name, that are the files that were built.

    Args:
        notes: of each layer.
        nearest: the overviews of each.
    """
    found = {name: Noted.of(layers[name], notes[name], nearest[name]) for name in layers}
    return {name: noted for name, noted in found.items() if noted}
