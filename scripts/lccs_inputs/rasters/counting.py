"""How much of an area has which code: pixels, and hectares of true ground."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows, open_on_grid, read_masked
from lccs_inputs.rasters.true_area import hectares_within


@dataclass
class Counts:
    """Pixels and hectares of an area, all of them and by the codes a band has there."""

    all_pixels: int = 0
    all_hectares: float = 0.0
    pixels: dict[int, int] = field(default_factory=dict)
    hectares: dict[int, float] = field(default_factory=dict)

    @property
    def missing_pixels(self) -> int:
        """Those that are nodata."""
        return self.all_pixels - sum(self.pixels.values())

    @property
    def missing_hectares(self) -> float:
        return self.all_hectares - sum(self.hectares.values()) if self.missing_pixels else 0.0

    @property
    def mean(self) -> float:
        """Of the codes as numbers, over the pixels that have one."""
        known = sum(self.pixels.values())
        return sum(code * count for code, count in self.pixels.items()) / known

    @property
    def median(self) -> float:
        """Likewise; between the two in the middle, where they are two."""
        codes = np.array(sorted(self.pixels))
        ends = np.cumsum([self.pixels[code] for code in codes.tolist()])
        middle = np.searchsorted(ends, [(ends[-1] + 1) // 2, ends[-1] // 2 + 1])
        return float(codes[middle].mean())

    def add(self, codes: NDArray[np.integer], hectares: NDArray[np.float64]) -> None:
        """Count pixels that have a code, 0 or more.

        Args:
            hectares: the ground of each.
        """
        pixels, ground = np.bincount(codes), np.bincount(codes, hectares)
        for code in np.flatnonzero(pixels).tolist():
            self.pixels[code] = self.pixels.get(code, 0) + int(pixels[code])
            self.hectares[code] = self.hectares.get(code, 0.0) + float(ground[code])


def count_codes(bands: Mapping[str, tuple[Path, int]], area: Area) -> dict[str, Counts]:
    """Count the codes of some bands, window by window.

    Args:
        bands: name → raster on the grid of the area, and which band of it; integers, 0 or more.

    Raises:
        SourceError: a raster cannot be opened or is not exactly on the grid.
    """
    counts = {name: Counts() for name in bands}
    with ExitStack() as stack:
        rasters = {
            name: (stack.enter_context(open_on_grid(path, area.grid)), band)
            for name, (path, band) in bands.items()
        }
        for window, inside in area_windows(area, "count"):
            hectares = hectares_within(area.grid, window)
            pixels, ground = int(np.count_nonzero(inside)), float(hectares[inside].sum())
            for name, (raster, band) in rasters.items():
                codes, valid = read_masked(raster, band, window)
                known = inside & valid
                counts[name].all_pixels += pixels
                counts[name].all_hectares += ground
                counts[name].add(codes[known], hectares[known])
    return counts
