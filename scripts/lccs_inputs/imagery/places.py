"""Where scenes lie, and which of them have a pixel in a grid.

The grid is projected into the CRS of the scenes, never the other way: it is small, while a scene
can be the world, whose edge is nowhere in another CRS. What cannot be told is taken to touch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely import Polygon, STRtree, box
from shapely.affinity import translate

from lccs_inputs.rasters.grid import Grid

_STEPS = 64  # points a side of a grid; every other one tells the error of going straight
_ROUNDING = 1e-9  # of a coordinate
_TURN = 360.0

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Extent:
    """The rectangle of the pixels of a scene.

    Attributes:
        crs: any text pyproj reads, "EPSG:32632" where it has a number.
        bounds: (xmin, ymin, xmax, ymax), CRS units.
    """

    crs: str
    bounds: tuple[float, float, float, float]

    @classmethod
    def of(cls, grid: Grid) -> "Extent":
        return cls(_short(grid.crs), grid.bounds)


def around(extents: Iterable[Extent | None]) -> Extent | None:
    """The rectangle around several; None where one is not known, or in another CRS."""
    found = list(extents)
    known = [each for each in found if each is not None]
    if len(known) < len(found) or len({each.crs for each in known}) != 1:
        return None
    lefts, bottoms, rights, tops = zip(*(each.bounds for each in known), strict=True)
    return Extent(known[0].crs, (min(lefts), min(bottoms), max(rights), max(tops)))


class Places:
    """Where a number of scenes lie; asked grid by grid.

    Args:
        extents: one per scene; None of a scene that may lie anywhere.
    """

    def __init__(self, extents: Sequence[Extent | None]) -> None:
        self._scenes: dict[Extent | None, list[int]] = {None: []}
        for at, extent in enumerate(extents):
            self._scenes.setdefault(extent, []).append(at)
        by_crs: dict[str, list[Extent]] = {}
        for place in self._scenes:  # few: the scenes of a tile lie in one
            if place is not None:
                by_crs.setdefault(place.crs, []).append(place)
        self._trees = {
            crs: (own, STRtree([box(*each.bounds) for each in own])) for crs, own in by_crs.items()
        }

    def touching(self, grid: Grid) -> list[int]:
        """The scenes, by number, that may have a pixel under a pixel centre of the grid."""
        found: list[Extent | None] = [None]
        for crs, (places, tree) in self._trees.items():
            found += [places[at] for at in _reached(tree, grid, crs)]
        return sorted(at for place in found for at in self._scenes[place])


def _reached(tree: STRtree, grid: Grid, crs: str) -> set[int]:
    """The rectangles of a CRS that a grid reaches into."""
    ring = _edge(grid, crs)
    if ring is None:
        return set(range(len(tree.geometries)))
    straight = (ring[0:-2:2] + ring[2::2]) / 2
    margin = float(np.abs(straight - ring[1::2]).max()) + _ROUNDING * float(np.abs(ring).max())
    outline = Polygon(ring)
    if not outline.is_valid:
        return set(range(len(tree.geometries)))
    turns = (-_TURN, 0.0, _TURN) if _is_geographic(crs) else (0.0,)
    return {
        int(at)
        for turn in turns
        for at in tree.query(translate(outline, turn), predicate="dwithin", distance=margin)
    }


def _edge(grid: Grid, crs: str) -> Points | None:
    """The edge of a grid in a CRS, a closed ring (points, 2) of an odd number of points.

    None where part of it has no place there, or where it runs around a pole.
    """
    left, bottom, right, top = grid.bounds
    xs, ys = np.linspace(left, right, _STEPS + 1), np.linspace(bottom, top, _STEPS + 1)
    low, high, west, east = (np.full(_STEPS, at) for at in (bottom, top, left, right))
    x = np.concatenate([xs[:-1], east, xs[:0:-1], west, [left]])
    y = np.concatenate([low, ys[:-1], high, ys[:0:-1], [bottom]])
    ring = np.column_stack(_transformer(grid.crs, crs).transform(x, y))
    if not np.isfinite(ring).all():
        return None
    if _is_geographic(crs):
        ring[:, 0] = np.unwrap(ring[:, 0], period=_TURN)
    return ring if np.allclose(ring[0], ring[-1]) else None


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@cache
def _short(crs: str) -> str:
    """The same CRS as "EPSG:n", where it is one of those."""
    long = CRS.from_user_input(crs)
    number = long.to_epsg()
    same = number is not None and CRS.from_epsg(number).equals(long, ignore_axis_order=True)
    return f"EPSG:{number}" if same else crs


@cache
def _is_geographic(crs: str) -> bool:
    return bool(CRS.from_user_input(crs).is_geographic)
