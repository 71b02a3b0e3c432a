"""What each cover reflects on each day, in the six optical bands, and scatters back to a radar.

A vegetated cover is a mixture of green leaves, straw (or bare twigs) and soil whose shares follow
the season: crops green and are harvested, meadows are mown, leaves fall. Values are rounded from
the range of published spectra (USGS Spectral Library Version 7, Kokaly et al. 2017; ECOSTRESS
library, Meerdink et al. 2019) as Sentinel-2 sees them, to two or three figures: believable, not
measured. Backscatter: C-band means by cover as in Ulaby & Dobson, Handbook of Radar Scattering
Statistics for Terrain, 1989.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.sample.landscape import CODES, VARIANTS, Cover

Spectrum = NDArray[np.float64]

# Blue, green, red, nir, swir16, swir22: reflectance.
_SOIL = np.array([0.080, 0.110, 0.150, 0.210, 0.290, 0.250])
_STRAW = np.array([0.090, 0.130, 0.170, 0.300, 0.340, 0.230])
_CROP = np.array([0.028, 0.060, 0.034, 0.420, 0.170, 0.080])
_RAPE_FLOWER = np.array([0.045, 0.140, 0.100, 0.430, 0.200, 0.090])
_GRASS = np.array([0.032, 0.070, 0.045, 0.360, 0.200, 0.105])
_DRY_GRASS = np.array([0.060, 0.095, 0.105, 0.240, 0.270, 0.170])
_BROADLEAF = np.array([0.024, 0.045, 0.027, 0.350, 0.165, 0.072])
_AUTUMN_LEAF = np.array([0.035, 0.065, 0.080, 0.270, 0.190, 0.100])
_TWIGS = np.array([0.045, 0.060, 0.075, 0.180, 0.190, 0.120])
_NEEDLE = np.array([0.019, 0.030, 0.021, 0.210, 0.092, 0.042])
_REED = np.array([0.028, 0.052, 0.042, 0.270, 0.115, 0.052])
_WET_MUD = np.array([0.045, 0.060, 0.068, 0.085, 0.070, 0.045])
_LAKE = np.array([0.040, 0.036, 0.018, 0.010, 0.005, 0.004])
_SHALLOW = np.array([0.055, 0.065, 0.040, 0.022, 0.010, 0.007])
_RIVER = np.array([0.055, 0.070, 0.060, 0.035, 0.018, 0.012])
_GRAVEL = np.array([0.120, 0.140, 0.155, 0.180, 0.200, 0.180])
_ROOFS = np.array([0.095, 0.112, 0.128, 0.165, 0.225, 0.205])
_ASPHALT = np.array([0.085, 0.095, 0.105, 0.125, 0.165, 0.155])
_FLOODED = np.array([0.060, 0.078, 0.066, 0.046, 0.022, 0.014])
_DEEP_SEA = np.array([0.030, 0.018, 0.000, 0.000, -0.001, -0.001])
_ICE = np.array([0.520, 0.500, 0.450, 0.320, 0.030, 0.020])
_SNOW = np.array([0.880, 0.870, 0.850, 0.780, 0.110, 0.090])
_HEATHER = np.array([0.026, 0.042, 0.044, 0.180, 0.150, 0.085])
_PANELS = np.array([0.055, 0.058, 0.062, 0.090, 0.110, 0.100])
_LIMESTONE = np.array([0.165, 0.195, 0.220, 0.255, 0.245, 0.215])

# vv, vh: decibels of gamma naught.
_BACKSCATTER = {
    Cover.LAKE: (-20.5, -27.5),
    Cover.RIVER: (-17.0, -24.0),
    Cover.WETLAND: (-10.5, -17.5),
    Cover.BROADLEAVED: (-8.8, -14.2),
    Cover.NEEDLELEAVED: (-9.6, -14.8),
    Cover.MEADOW: (-12.2, -19.0),
    Cover.WHEAT: (-12.8, -19.2),
    Cover.MAIZE: (-10.2, -16.4),
    Cover.RAPESEED: (-10.8, -15.8),
    Cover.SUNFLOWER: (-10.0, -16.0),
    Cover.VINEYARD: (-10.0, -16.8),
    Cover.BUILT: (-3.5, -10.5),
    Cover.ROAD: (-13.5, -21.0),
    Cover.ROCK: (-10.0, -17.8),
    Cover.SEA: (-19.5, -26.5),
    Cover.RICE: (-11.8, -18.2),
    Cover.GLACIER: (-11.0, -18.4),
    Cover.HEATH: (-12.0, -18.0),
    Cover.SOLAR_PARK: (-7.0, -14.5),
}


def reflectance_table(day: int) -> NDArray[np.float32]:
    """Reflectance on a day of the year, by cover code.

    Returns:
        shape (6, `CODES`): bands in the order of `sensors.OPTICAL_BANDS`, column class × `VARIANTS`
        + variant; 0 where no class has that code.
    """
    table = np.zeros((6, CODES), np.float32)
    for kind, spectrum in _SPECTRA.items():
        for variant in range(VARIANTS):
            table[:, kind * VARIANTS + variant] = spectrum(float(day), variant / (VARIANTS - 1))
    return table


def backscatter_table() -> NDArray[np.float32]:
    """Linear gamma naught by cover code, shape (2, `CODES`): vv, vh."""
    table = np.zeros((2, CODES), np.float32)
    for kind, (vv, vh) in _BACKSCATTER.items():
        for variant in range(VARIANTS):
            spread = 1.5 * (variant / (VARIANTS - 1) - 0.5)
            column = kind * VARIANTS + variant
            table[:, column] = 10 ** ((np.array([vv, vh]) + spread) / 10)
    return table


def _up(day: float, middle: float, length: float) -> float:
    """A logistic step from 0 to 1 about `middle`; about 90 % of it within `length` days."""
    return float(1 / (1 + np.exp(-(day - middle) / (length / 6))))


def _season(day: float, start: float, end: float, length: float = 35) -> float:
    return _up(day, start, length) * (1 - _up(day, end, length))


def _mix(ground: Spectrum, *parts: tuple[Spectrum, float]) -> Spectrum:
    """Covers laid over a ground, each with the share (0 to 1) it hides of what lies below."""
    for spectrum, share in parts:
        ground = ground * (1 - share) + spectrum * share
    return ground


def _lake(day: float, v: float) -> Spectrum:
    return _mix(_LAKE, (_SHALLOW, max(0.0, v * 15 - 12) / 3))


def _river(day: float, v: float) -> Spectrum:
    return _mix(_RIVER, (_GRAVEL, 0.25 * max(0.0, v - 0.75) * 4))


def _wetland(day: float, v: float) -> Spectrum:
    return _mix(_WET_MUD, (_REED, 0.25 + 0.65 * _season(day, 118 + 8 * v, 285)))


def _broadleaved(day: float, v: float) -> Spectrum:
    leaves = _season(day, 116 + 8 * v, 303 - 8 * v, 24)
    turned = _up(day, 282 - 6 * v, 24)
    foliage = _mix(_BROADLEAF, (_AUTUMN_LEAF, turned))
    return _mix(_TWIGS, (foliage, 0.15 + 0.8 * leaves)) * (0.93 + 0.14 * v)


def _needleleaved(day: float, v: float) -> Spectrum:
    return _mix(_SOIL, (_NEEDLE, 0.93 + 0.05 * _season(day, 140, 290))) * (0.92 + 0.16 * v)


def _meadow(day: float, v: float) -> Spectrum:
    """Mown twice or three times, regrown within a month; drier in late summer."""
    green = 0.55 + 0.38 * _season(day, 100, 310, 50)
    for cut in (142 + 14 * v, 196 + 18 * v, 256 + 12 * v):
        green *= 1 - 0.5 * _up(day, cut, 4) * (1 - _up(day, cut + 18, 24))
    return _mix(_SOIL, (_DRY_GRASS, 0.9), (_GRASS, green))


def _wheat(day: float, v: float) -> Spectrum:
    """Ripe in late June, cut in July; a catch crop follows on all but a few fields."""
    green = 0.92 * _season(day, 80, 172 + 12 * v)
    standing = 0.85 * _season(day, 165 + 12 * v, 198 + 14 * v, 12)
    stubble = 0.5 * _season(day, 198 + 14 * v, 262, 12)
    catch = 0.8 * _up(day, 232 + 10 * v, 30) * (v < 0.9)
    return _mix(_SOIL, (_STRAW, max(standing, stubble)), (_CROP, max(green, catch)))


def _maize(day: float, v: float) -> Spectrum:
    green = 0.9 * _season(day, 160 + 9 * v, 258 + 10 * v, 26)
    dry = 0.7 * _season(day, 256 + 10 * v, 276 + 14 * v, 14)
    return _mix(_SOIL, (_STRAW, max(dry, 0.25 * _up(day, 278 + 14 * v, 8))), (_CROP, green))


def _rapeseed(day: float, v: float) -> Spectrum:
    """In flower about 1 May, ripe in June, cut in early July, volunteers from late July."""
    green = 0.93 * _season(day, 70, 166 + 8 * v)
    flower = 0.8 * _season(day, 108 + 5 * v, 134 + 5 * v, 14)
    ripe = 0.8 * _season(day, 164 + 8 * v, 300, 16)
    again = 0.7 * _up(day, 214 + 12 * v, 30)
    standing = _mix(_CROP, (_RAPE_FLOWER, flower))
    return _mix(_SOIL, (_STRAW, ripe * 0.75), (standing, max(green, again)))


def _sunflower(day: float, v: float) -> Spectrum:
    green = 0.88 * _season(day, 155 + 8 * v, 244 + 10 * v, 28)
    dry = 0.6 * _season(day, 242 + 10 * v, 268 + 8 * v, 14)
    after = 0.5 * _up(day, 280, 20)
    return _mix(_SOIL, (_STRAW, dry), (_CROP, max(green, after)))


def _vineyard(day: float, v: float) -> Spectrum:
    """Rows of vines over half-grassed soil."""
    rows = (0.42 + 0.12 * v) * _season(day, 135, 288, 30)
    return _mix(_SOIL, (_DRY_GRASS, 0.3), (_GRASS, 0.22), (_CROP, rows))


def _built(day: float, v: float) -> Spectrum:
    """Roofs and streets with up to a fifth of gardens, densest at variant 0."""
    return _mix(_ROOFS, (_meadow(day, 0.5), 0.03 + 0.17 * v))


def _road(day: float, v: float) -> Spectrum:
    return _ASPHALT * (0.9 + 0.2 * v)


def _rock(day: float, v: float) -> Spectrum:
    """Limestone with lichen and tufts, barest at variant 0."""
    tufts = 0.3 * v * _season(day, 150, 285)
    return _mix(_LIMESTONE * (1.05 - 0.15 * v), (_DRY_GRASS, 0.2 * v), (_GRASS, tufts * 0.5))


def _sea(day: float, v: float) -> Spectrum:
    """Red and near infrared of deep water are nothing: what noise leaves of them is often below."""
    return _mix(_DEEP_SEA, (_LAKE, max(0.0, v * 15 - 12) / 3))


def _rice(day: float, v: float) -> Spectrum:
    """Flooded from late April, closed in July, ripe and dry in September."""
    flooded = 0.95 * _season(day, 112 + 4 * v, 250, 10)
    green = 0.92 * _season(day, 168 + 8 * v, 256 + 8 * v, 26)
    ripe = 0.75 * _season(day, 252 + 8 * v, 276 + 8 * v, 12)
    return _mix(_SOIL, (_FLOODED, flooded), (_STRAW, ripe), (_CROP, green))


def _glacier(day: float, v: float) -> Spectrum:
    """Ice, bare from July to September, the higher (variant 0) the less of it."""
    bare = (0.4 + 0.6 * v) * _season(day, 180 + 20 * (1 - v), 275)
    return _mix(_SNOW, (_ICE, bare))


def _heath(day: float, v: float) -> Spectrum:
    """Evergreen and dark."""
    return _mix(_SOIL, (_HEATHER, 0.85 + 0.1 * v))


def _solar_park(day: float, v: float) -> Spectrum:
    """Panels over grass that shows between their rows."""
    return _mix(_PANELS, (_meadow(day, 0.5), 0.28 + 0.1 * v))


_SPECTRA: dict[Cover, Callable[[float, float], Spectrum]] = {
    Cover.LAKE: _lake,
    Cover.RIVER: _river,
    Cover.WETLAND: _wetland,
    Cover.BROADLEAVED: _broadleaved,
    Cover.NEEDLELEAVED: _needleleaved,
    Cover.MEADOW: _meadow,
    Cover.WHEAT: _wheat,
    Cover.MAIZE: _maize,
    Cover.RAPESEED: _rapeseed,
    Cover.SUNFLOWER: _sunflower,
    Cover.VINEYARD: _vineyard,
    Cover.BUILT: _built,
    Cover.ROAD: _road,
    Cover.ROCK: _rock,
    Cover.SEA: _sea,
    Cover.RICE: _rice,
    Cover.GLACIER: _glacier,
    Cover.HEATH: _heath,
    Cover.SOLAR_PARK: _solar_park,
}
