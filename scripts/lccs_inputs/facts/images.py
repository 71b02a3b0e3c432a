"""Continuous images: how each is called, between which values it is drawn, and in which colours.

Ranges and palettes are the visualisation parameters of the notebook (Giuliani, Planque, Chognard
2025, Living Earth - L3+ Layers) wherever it has some. Its EVI is of raw numbers and drawn from 0
to 3; ours is of reflectance, whose EVI ends near 1. What the notebook does not draw has ranges of
our own choice: default, unvalidated. Nothing but pictures hangs on them, and true colours.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from lccs_inputs.facts.sensors import CLEAR_COUNT, SCENE_NODATA, TRUE_COLOUR

_VEGETATION = (
    "#ffffff", "#ce7e45", "#df923d", "#f1b555", "#fcd163", "#99b718", "#74a901", "#66a000",
    "#529400", "#3e8601", "#207401", "#056201", "#004c00", "#023b01", "#012e01", "#011d01",
    "#011301",
)  # fmt: skip
PALETTES: Mapping[str, tuple[str, ...]] = {
    "vegetation": _VEGETATION,
    "water": ("#ffffff", "#0000ff"),
    "built_up": ("#ffffff", "#ff0000"),
    "grey": ("#000000", "#ffffff"),
    # matplotlib's (van der Walt & Smith 2015), at nine places
    "viridis": (
        "#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30",
        "#fde725",
    ),
}  # fmt: skip
"""Colours from the lowest value drawn to the highest, evenly spaced; between them linear. The first
three are the notebook's, and grey is what Earth Engine draws without a palette."""
DEFAULT_PALETTE = "viridis"

TRUE_COLOUR_NAME = "true_colour"
TRUE_COLOUR_LIMITS: Mapping[str, tuple[float, float]] = {
    "sentinel2": (0, 0.18),  # 0 to 1800
    "landsat": (-0.0075, 0.185),  # 7000 to 14000
}
"""Sensor → the reflectance that is black and the one that is full colour: the notebook's."""

TRUE_COLOUR_NODATA = 0
TRUE_COLOUR_BYTES = (1, 255)
"""The bytes of what is black and of what is full colour in an image of true colours."""

NOTEBOOK_IMAGES = (TRUE_COLOUR_NAME, "ndvi", "evi", "fvc", "ndwi", "ndbi")
"""What the notebook draws of both its sensors."""
NOTEBOOK_STATISTICS = ("ndvi_mean", "ndvi_median", "ndvi_max", "ndvi_min", "ndvi_stddev")
"""What it computes beside these of Sentinel-2."""


@dataclass(frozen=True)
class Display:
    """How a quantity is called and drawn.

    Attributes:
        limits: the values that have the first and the last colour; what lies beyond has them too.
        palette: of `PALETTES`.
    """

    title: str
    limits: tuple[float, float]
    palette: str
    unit: str = "1"


_DISPLAYS: Mapping[str, Display] = {
    "ndvi": Display("NDVI", (0, 1), "vegetation"),
    "evi": Display("EVI", (0, 1), "vegetation"),
    "fvc": Display("Fractional vegetation cover", (0, 1), "vegetation"),
    "ndwi": Display("NDWI", (-0.05, 0.05), "water"),
    "mndwi": Display("MNDWI", (-0.05, 0.05), "water"),
    "ndbi": Display("NDBI", (0, 0.1), "built_up"),
    "ndbi_swir22": Display("NDBI with SWIR 2", (0, 0.1), "built_up"),
    **{band: Display(band.capitalize(), (0, 0.18), "grey") for band in TRUE_COLOUR},
    "nir": Display("Near infrared", (0, 0.5), "grey"),
    "swir16": Display("SWIR 1", (0, 0.5), "grey"),
    "swir22": Display("SWIR 2", (0, 0.5), "grey"),
    "vv": Display("Backscatter VV", (-20, 0), "grey", "dB"),
    "vh": Display("Backscatter VH", (-28, -8), "grey", "dB"),
    "smooth_vv": Display("Backscatter VV, smoothed", (-20, 0), "grey", "dB"),
    "smooth_vh": Display("Backscatter VH, smoothed", (-28, -8), "grey", "dB"),
    CLEAR_COUNT: Display("Clear observations", (0, 30), "viridis", "observations"),
}

_STATISTICS = {
    "mean": "mean",
    "median": "median",
    "max": "maximum",
    "min": "minimum",
    "stddev": "standard deviation",
    "amplitude": "amplitude",
}
_SPREAD = (0, 0.3)
"""What the notebook draws of the standard deviation of NDVI, without a palette."""
_STATISTIC = re.compile(rf"(\w+)_({'|'.join(_STATISTICS)}|p\d+)")


def display_of(name: str) -> Display | None:
    """How a band or a derived source is drawn, whatever its scene set; None where nothing says.

    A statistic, such as `ndvi_p90`, is drawn as what it is the statistic of.
    """
    word = name.rpartition(".")[2]
    match = _STATISTIC.fullmatch(word)
    if word in _DISPLAYS or match is None or match[1] not in _DISPLAYS:
        return _DISPLAYS.get(word)
    of, statistic = _DISPLAYS[match[1]], match[2]
    title = f"{of.title}, {_STATISTICS.get(statistic) or f'percentile {statistic[1:]}'}"
    if statistic == "stddev":
        return Display(title, _SPREAD, "grey", of.unit)
    return Display(title, of.limits, of.palette, of.unit)


_FLOAT_NODATA = -3.4028234663852886e38
"""The lowest float32: comparing with it is exact, which it is not with NaN."""
_DIGITS = 4  # after the point, at most: reflectance and indices are composited in as many


def steps_of(low: float, high: float) -> int | None:
    """How many stored numbers make one unit, as fine as int16 holds the values from `low` to
    `high`; None where it holds them in no whole steps."""
    for digits in range(_DIGITS, -1, -1):
        if max(abs(low), abs(high)) * 10**digits <= -SCENE_NODATA - 1:
            return int(10**digits)
    return None


@dataclass(frozen=True)
class Image:
    """A continuous image: how it is called, stored and drawn.

    Attributes:
        limits: the values that are drawn in the first and the last colour.
        palette: #rrggbb, from low to high; none of an image in true colours.
        steps: stored numbers to a unit, of int16; None is float32, or uint8 of true colours.
    """

    name: str
    title: str
    unit: str
    limits: tuple[float, float]
    palette: tuple[str, ...]
    steps: int | None

    @property
    def is_true_colour(self) -> bool:
        return not self.palette

    @property
    def dtype(self) -> str:
        if self.is_true_colour:
            return "uint8"
        return "int16" if self.steps else "float32"

    @property
    def nodata(self) -> float:
        if self.is_true_colour:
            return TRUE_COLOUR_NODATA
        return SCENE_NODATA if self.steps else _FLOAT_NODATA

    @property
    def as_stored(self) -> Self:
        """The same without what only pictures hang on."""
        if self.is_true_colour:
            return self
        return replace(self, limits=(0, 1), palette=PALETTES["grey"])

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self) | {"limits": list(self.limits), "palette": list(self.palette)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Undo `to_dict`."""
        lowest, highest = document["limits"]
        own = {"limits": (lowest, highest), "palette": tuple(document["palette"])}
        return cls(**{**document, **own})
