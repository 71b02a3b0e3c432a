"""Whether the numbers of an optical scene are reflectance as they are read, else what they are.

Vegetation tells: wherever it grows, near infrared is bright. A guess changes no pixel; it becomes
the line of config that says it, for the user to add.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.imagery.scenes import Asset

_COMMON = ((1.0, 0.0), (1e-2, 0.0), (1e-3, 0.0), (1e-4, 0.0), (2.75e-5, -0.2))
"""Scale and offset that reflectance is kept in: itself, percent, × 1000, × 10,000, USGS."""
_NDVI = 0.4  # from here on a pixel is vegetation
_ENOUGH = (100, 0.05)  # such pixels, and their share of the clear ones, to tell by
_VEGETATION = (0.1, 1.0)  # near infrared of the brightest tenth, in any season
_TENTH = (0.01, 0.06)  # the same of numbers ten times too small; below it is noise over water
_BRIGHTEST = (0.05, 1.6)  # the best band of a scene that shows any land
_NOTHING = 0.01  # and from here on down of what is not reflectance at all
_TOO_DARK = (-0.05, 0.5)  # reflectance in red, and the share below it: not over water either

Numbers = Mapping[str, NDArray[Any]]


def misfit(numbers: Numbers, assets: Mapping[str, Asset], source: str) -> str | None:
    """Why numbers are no reflectance in the encoding of their assets, in words, and what to say.

    Args:
        numbers: stored numbers of the clear pixels of each band, shape (pixels,).
    """
    found = _reflectance(numbers, {name: (a.scale, a.offset) for name, a in assets.items()})
    dark, best, vegetation = _too_dark(found), _brightest(found), _vegetation(found)
    tenth = vegetation is not None and _TENTH[0] < vegetation < _TENTH[1]
    if not (dark or best < _NOTHING or tenth):
        return None
    said = assets["red"]
    shown = (
        f"{_share_dark(found):.0%} of its clear pixels are below {_TOO_DARK[0]} in red"
        if dark
        else f"its vegetation reaches {vegetation:.3f} in near infrared"
        if tenth
        else f"its clear pixels reach {best:.4f} in no band more"
    )
    return (
        f"with a scale of {said.scale:g} and an offset of {said.offset:g}, {shown}, which is no "
        f"reflectance of land; {_lines(_guess(numbers), source)}"
    )


def fractions(values: NDArray[Any], source: str) -> str:
    """What to say of a band that holds fractions, not whole numbers."""
    known = values[np.isfinite(values)]
    if known.size and _BRIGHTEST[0] / 10 < np.percentile(known, 99) <= _BRIGHTEST[1]:
        return f"; {_lines((1.0, 0.0), source)}"
    return (
        f"; store whole numbers, or say in scenes.{source} what `scale` turns them to reflectance"
    )


def _guess(numbers: Numbers) -> tuple[float, float] | None:
    """The first common encoding in which the numbers are reflectance of land; None if none is."""
    return next((each for each in _COMMON if _is_land(numbers, each)), None)


def _is_land(numbers: Numbers, encoding: tuple[float, float]) -> bool:
    found = _reflectance(numbers, dict.fromkeys(numbers, encoding))
    vegetation = _vegetation(found)
    green = vegetation is None or _VEGETATION[0] <= vegetation <= _VEGETATION[1]
    return green and not _too_dark(found) and _BRIGHTEST[0] <= _brightest(found) <= _BRIGHTEST[1]


def _lines(encoding: tuple[float, float] | None, source: str) -> str:
    if encoding is None:
        return f"say in scenes.{source} what turns them to reflectance: `scale: …` and `offset: …`"
    scale, offset = encoding
    return (
        f"if that is what they are, add to scenes.{source}: `scale: {_plain(scale)}` and "
        f"`offset: {offset:g}`"
    )


def _plain(number: float) -> str:
    """As YAML reads it: 1e-05 is a text there."""
    return np.format_float_positional(number, trim="-")


def _reflectance(numbers: Numbers, encodings: Mapping[str, tuple[float, float]]) -> Numbers:
    return {
        name: values * encodings[name][0] + encodings[name][1] for name, values in numbers.items()
    }


def _share_dark(found: Numbers) -> float:
    return float(np.mean(found["red"] < _TOO_DARK[0]))


def _too_dark(found: Numbers) -> bool:
    return _share_dark(found) > _TOO_DARK[1]


def _brightest(found: Numbers) -> float:
    return max(float(np.percentile(values, 99)) for values in found.values())


def _vegetation(found: Numbers) -> float | None:
    """Near infrared of the brightest tenth of the vegetation; None where too little grows."""
    red, nir = found["red"], found["nir"]
    total = nir + red
    grows = (nir - red >= _NDVI * total) & (total > 0)
    least, share = _ENOUGH
    if grows.sum() < max(least, share * grows.size):
        return None
    return float(np.percentile(nir[grows], 90))
