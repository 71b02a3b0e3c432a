"""The broad forms of the landscape, on the nodes: relief, distances, and what tends to grow where.

A *tendency* is positive where a cover is; its zero line is the outline, before the fringe noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator

from lccs_inputs.sample import places
from lccs_inputs.sample.nodes import SHAPE, SPACING, Floats, node_points
from lccs_inputs.sample.noise import Field, smooth_field

LAKE_LEVEL = 372.0
"""Metres above sea level."""
_SUN_AZIMUTH, _SUN_ELEVATION = np.radians(150.0), np.radians(55.0)  # a summer morning

Noise = Callable[[str, dict[float, float]], Field]
Points = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Terrain:
    """Fields on the nodes, float32, shape `nodes.SHAPE`.

    Attributes:
        shore: metres inland of the shore; negative in the lake.
        river: metres east of the middle of the river; negative west of it.
        road: metres to the edge of the nearest road.
        elevation: metres above sea level.
        relief: the light the ground gets, 1 where flat.
        rise_east: metres up for a metre to the east.
        forest, needle, heath, rock, glacier, arable, rice, built, solar_park, vineyard, wetland,
            sea: tendencies; `built` grows with the density of building.
        warp_east, warp_north: metres by which roads and parcels are bent.
    """

    shore: Field
    river: Field
    road: Field
    elevation: Field
    relief: Field
    rise_east: Field
    forest: Field
    needle: Field
    heath: Field
    rock: Field
    glacier: Field
    arable: Field
    rice: Field
    built: Field
    solar_park: Field
    vineyard: Field
    wetland: Field
    sea: Field
    warp_east: Field
    warp_north: Field


def make_terrain(seed: int) -> Terrain:
    """Compute every field from the places put by hand and the seed."""
    x, y = node_points()

    def noise(key: str, metres: dict[float, float]) -> Field:
        sigmas = {size / SPACING: amplitude for size, amplitude in metres.items()}
        return smooth_field(SHAPE, sigmas, seed, key)

    warp_east, warp_north = noise("warp_east", {500: 55}), noise("warp_north", {500: 55})
    shore = _line(places.SHORE)(x) - y + noise("shore", {150: 22, 500: 60})
    river = x - _northward(places.RIVER)(y) + noise("river", {220: 45})
    valley = x - _northward(places.VALLEY)(y)
    elevation = _elevation(x, y, shore, river, valley, noise)
    slope = np.hypot(*np.gradient(elevation, SPACING))
    fields = {
        "shore": shore,
        "river": river,
        "road": road_distance(x + warp_east, y + warp_north),
        "elevation": elevation,
        "relief": _relief(elevation),
        "rise_east": np.gradient(elevation, SPACING)[1],
        "forest": _forest(shore, river, elevation, slope, noise),
        "needle": (elevation - 1080) / 300 + noise("needle", {180: 0.5, 700: 0.6}),
        "rock": (elevation - 1800) / 200
        + 1.5 * (slope - 0.9)
        + noise("rock", {110: 0.5, 350: 0.6}),
        "heath": 0.7 - np.abs(elevation - 1720) / 140 + noise("heath", {200: 0.4}),
        "glacier": (elevation - 2080) / 150 + noise("glacier", {150: 0.15}),
        "arable": (800 - elevation) / 200 + noise("arable", {500: 0.5, 1500: 0.5}),
        "rice": 0.25 - np.abs(_from_mouth(shore, river) - 1.3),
        "built": _built(x, y) + noise("built", {90: 0.13, 260: 0.16}),
        "solar_park": _ellipse(places.SOLAR_PARK, x, y),
        "vineyard": _ellipse(places.VINEYARD, x, y) + noise("vineyard", {120: 0.14}),
        "sea": 1 - np.abs(x - places.SEA[0]) / places.SEA[1],
        "wetland": 1 - _from_mouth(shore, river) + noise("wetland", {100: 0.15, 300: 0.15}),
        "warp_east": warp_east,
        "warp_north": warp_north,
    }
    return Terrain(**{name: field.astype(np.float32) for name, field in fields.items()})


def road_distance(x: Floats, y: Floats) -> Floats:
    """Metres from (bent) points to the edge of the nearest road; negative on it."""
    nearest = np.full(x.shape, np.inf)
    for half_width, vertices in places.ROADS:
        for start, end in pairwise(vertices):
            east, north = end[0] - start[0], end[1] - start[1]
            along = ((x - start[0]) * east + (y - start[1]) * north) / (east**2 + north**2)
            along = np.clip(along, 0, 1)
            away = np.hypot(x - start[0] - along * east, y - start[1] - along * north)
            nearest = np.minimum(nearest, away - half_width)
    return nearest


def _line(points: Points) -> PchipInterpolator:
    """A smooth curve through points: northing as a function of easting."""
    return PchipInterpolator(*zip(*points, strict=True))


def _northward(points: Points) -> PchipInterpolator:
    """A smooth curve through points: easting as a function of northing."""
    return _line(tuple((north, east) for east, north in points))


def _smoothstep(value: Floats) -> Floats:
    clipped: Floats = np.clip(value, 0, 1)
    return clipped**2 * (3 - 2 * clipped)


def _elevation(
    x: Floats, y: Floats, shore: Floats, river: Floats, valley: Floats, noise: Noise
) -> Floats:
    """A bank, a plateau, then mountains with ridges, and two valleys cut into them."""
    inland = np.maximum(shore, 0)
    plateau = 110 * (1 - np.exp(-inland / 450)) + 0.055 * inland
    plateau += noise("hills", {250: 9, 900: 26}) * _smoothstep(inland / 1500)
    into = _line(places.MOUNTAIN_FOOT)(x) + noise("foot", {500: 350}) - y
    ridges = 1 - np.abs(noise("ridges", {450: 0.6, 1100: 0.9}))
    peaks = 620 + 560 * ridges + 280 * noise("spurs", {160: 0.4, 320: 0.7})
    height = peaks * (1 - 0.75 * np.exp(-((valley / 800) ** 2)))
    raised = plateau + _smoothstep(into / 4200) * np.maximum(height, 0)
    gorge = 1 - 0.5 * np.exp(-((river / 650) ** 2)) * _smoothstep(inland / 2500)
    elevation: Floats = LAKE_LEVEL + raised * gorge * (shore > 0)
    return elevation


def _relief(elevation: Floats) -> Floats:
    """Cosine of the sun's incidence relative to flat ground, softened by sky light."""
    south, east = np.gradient(elevation, SPACING)
    normal = np.sqrt(1 + south**2 + east**2)
    sunward = -np.sin(_SUN_AZIMUTH) * east + np.cos(_SUN_AZIMUTH) * south
    incidence = (np.sin(_SUN_ELEVATION) + np.cos(_SUN_ELEVATION) * sunward) / normal
    light: Floats = np.clip(1 + 0.65 * (incidence / np.sin(_SUN_ELEVATION) - 1), 0.45, 1.3)
    return light


def _forest(shore: Floats, river: Floats, elevation: Floats, slope: Floats, noise: Noise) -> Floats:
    """Woods on the plateau, more of them on slopes and in the gorge, none above the tree line."""
    woods = noise("forest", {140: 0.45, 420: 0.8, 1100: 0.6}) - 0.75
    steep = 2.2 * _smoothstep((slope - 0.12) / 0.3)
    gorge = 1.6 * np.exp(-((river / 260) ** 2)) * _smoothstep((shore - 2500) / 1000)
    high = 1.0 * _smoothstep((elevation - 700) / 250)
    tree_line = 5 * np.maximum((elevation - 1650 + noise("treeline", {250: 90})) / 200, 0)
    tendency: Floats = woods + steep + gorge + high - tree_line
    return tendency


def _built(x: Floats, y: Floats) -> Floats:
    density = np.full(x.shape, -1.0)
    for east, north, radius in places.SETTLEMENTS:
        density = np.maximum(density, 0.9 * (1 - np.hypot(x - east, y - north) / radius))
    return density


def _ellipse(place: tuple[int, int, int, int], x: Floats, y: Floats) -> Floats:
    """1 in the middle, 0 at the outline of an ellipse: its middle and its half axes."""
    east, north, half_length, half_width = place
    return 1 - np.hypot((x - east) / half_length, (y - north) / half_width)


def _from_mouth(shore: Floats, river: Floats) -> Floats:
    """How far from the river's mouth: 1 around its last kilometre and a half, on both sides."""
    away: Floats = np.hypot(river / 900, np.maximum(shore - 250, 0) / 1300)
    return away
