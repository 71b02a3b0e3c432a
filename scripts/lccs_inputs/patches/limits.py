"""The smallest patches that are kept."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

_log = logging.getLogger(__name__)

_HECTARE = 10_000
"""Square metres."""


@dataclass(frozen=True)
class PatchLimits:
    """The smallest patches that are kept.

    Attributes:
        ones, zeros: least size of a patch of 1 and of 0, px; 0 or 1 removes none.
        connectivity: 4 (sides) or 8 (sides and corners) connect pixels, of both codes alike.
    """

    ones: int
    zeros: int
    connectivity: int

    @classmethod
    def of_layer(cls, layer: str, settings: Mapping[str, Any], resolution: float) -> Self:
        """What the settings of a layer mean in pixels; warns of an area that removes nothing.

        Args:
            settings: `min_area_ha` and `fill_holes_ha`, hectares or None, and `connectivity`.
            resolution: pixel size, metres.
        """
        least = {}
        for key in ("min_area_ha", "fill_holes_ha"):
            area = settings[key]
            least[key] = least_pixels(area, resolution) if area is not None else 0
            if least[key] == 1:
                _log.warning(
                    "layers.%s.%s: %g ha is not more than one pixel of %g m and removes nothing",
                    *(layer, key, area, resolution),
                )
        return cls(least["min_area_ha"], least["fill_holes_ha"], settings["connectivity"])

    def __str__(self) -> str:
        """For the tags of a layer."""
        return (
            f"of 1 at least {self.ones} px, of 0 at least {self.zeros} px, "
            f"{self.connectivity}-connected"
        )

    @property
    def by_code(self) -> NDArray[np.int64]:
        """The least size of a patch of each of the 256 codes, px; nodata is never too small."""
        least = np.zeros(256, np.int64)
        least[:2] = self.zeros, self.ones
        return least


def least_pixels(hectares: float, resolution: float) -> int:
    """The least number of pixels that together are not less than an area.

    Exact in the decimals that both numbers are written with: 0.36 ha are 9 px of 20 m, not 10.

    Args:
        resolution: pixel size, metres.
    """
    return ceil(_exact(hectares) * _HECTARE / _exact(resolution) ** 2)


def _exact(number: float) -> Fraction:
    return Fraction(repr(number))
