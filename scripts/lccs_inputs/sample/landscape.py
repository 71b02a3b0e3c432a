"""The landscape of the sample: one continuous truth over EPSG:2154.

A lake in the north, a river with a wetland at its mouth, towns and villages with roads, fields
and meadows on a plateau, a vineyard on the slope above the lake, forest of both leaf types, and
bare rock at height: Évian and the Chablais, simplified. What maps and methods are most often wrong
about is there too, likely or not: an arm of the sea in the lake, rice around the wetland, a solar
park, heath at the tree line and glaciers on the summits. Broad forms come from `terrain`; parcels,
roads and the ragged fringe of outlines are computed here per point. Any raster, in any CRS, sees
the same truth at its own pixel centres.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.sample.nodes import Floats, Place
from lccs_inputs.sample.noise import Field, hash_cells, smooth_field
from lccs_inputs.sample.terrain import make_terrain, road_distance

CRS = "EPSG:2154"
VARIANTS = 16
"""Variants of each class: sowing and mowing dates, density, depth, lithology."""

_STRIP = 2**18  # points evaluated at a time, to bound memory
_FRINGE_SPACING = 12.0  # metres between the nodes of the fringe noise
_FRINGE_SHAPE = (512, 512)
_PARCEL_BLOCK = (540.0, 380.0)  # metres, before it is divided into parcels
_PARCEL_ANGLE = np.radians(17.0)

Codes = NDArray[np.uint16]


class Cover(IntEnum):
    """The classes of the truth map."""

    LAKE = 1
    RIVER = 2
    WETLAND = 3
    BROADLEAVED = 4
    NEEDLELEAVED = 5
    MEADOW = 6
    WHEAT = 7
    MAIZE = 8
    RAPESEED = 9
    SUNFLOWER = 10
    VINEYARD = 11
    BUILT = 12
    ROAD = 13
    ROCK = 14
    SEA = 15
    RICE = 16
    GLACIER = 17
    HEATH = 18
    SOLAR_PARK = 19


CODES = (max(Cover) + 1) * VARIANTS
"""Length of a table by cover code: class × `VARIANTS` + variant."""
CROPS = (Cover.WHEAT, Cover.MAIZE, Cover.RAPESEED, Cover.SUNFLOWER, Cover.RICE)
OPEN_WATER = (Cover.LAKE, Cover.RIVER, Cover.SEA)

TRUTH_LEVEL3: Mapping[Cover, int] = {
    Cover.LAKE: 220,
    Cover.RIVER: 220,
    Cover.WETLAND: 124,
    Cover.BROADLEAVED: 112,
    Cover.NEEDLELEAVED: 112,
    Cover.MEADOW: 112,
    Cover.WHEAT: 111,
    Cover.MAIZE: 111,
    Cover.RAPESEED: 111,
    Cover.SUNFLOWER: 111,
    Cover.VINEYARD: 111,
    Cover.BUILT: 215,
    Cover.ROAD: 215,
    Cover.ROCK: 216,
    Cover.SEA: 220,
    Cover.RICE: 123,
    Cover.GLACIER: 220,
    Cover.HEATH: 112,
    Cover.SOLAR_PARK: 215,
}
"""The level-3 code (see `lccs.LEVEL3`) of each class of the truth map."""


@dataclass(frozen=True)
class View:
    """The landscape as the images of one pixel grid see it.

    Attributes:
        grid: the native pixel grid.
        cover: shape (height, width), class × `VARIANTS` + variant at each pixel centre.
        relief: the light of the relief, 1 where flat.
        grain: texture finer than the outlines, about ±1 (standard deviation).
        place: the pixel centres on the nodes, to sample further fields (clouds) there.
    """

    grid: Grid
    cover: Codes
    relief: Field
    grain: Field
    place: Place

    @property
    def classes(self) -> Codes:
        """`Cover` codes, shape (height, width)."""
        return self.cover // np.uint16(VARIANTS)

    @property
    def variants(self) -> Codes:
        return self.cover % np.uint16(VARIANTS)


class Landscape:
    """The truth of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.terrain = make_terrain(seed)
        self._fringe = smooth_field(_FRINGE_SHAPE, {1.2: 0.6, 4.0: 0.8}, seed, "fringe")

    def view(self, grid: Grid, misplaced: float = 0.0) -> View:
        """The landscape at the pixel centres of `grid`.

        Args:
            misplaced: metres by which outlines are misplaced, as in a map with confused edges.
        """
        strips = [self._strip(x, y, misplaced) for x, y in _strips(grid)]
        cover, relief, grain, corner, right, down = (
            np.concatenate(parts) for parts in zip(*strips, strict=True)
        )
        return View(grid, cover, relief, grain, Place(corner, right, down))

    def cover(self, grid: Grid, misplaced: float = 0.0) -> Codes:
        """The cover of `view` alone, for grids of many pixels: a tenth of its memory."""
        strips = [self._strip(x, y, misplaced)[0] for x, y in _strips(grid)]
        return np.concatenate(strips)

    def cover_at(self, x: Floats, y: Floats) -> Codes:
        """Class × `VARIANTS` + variant at points of EPSG:2154, any shape."""
        return self._cover(x, y, Place.locate(x, y), self._wrapped(x, y))

    def _strip(self, x: Floats, y: Floats, misplaced: float) -> tuple[NDArray[np.generic], ...]:
        fringe = self._wrapped(x, y)
        if misplaced:
            x, y = x + misplaced * fringe, y + misplaced * self._wrapped(y, x)
        place = Place.locate(x, y)
        cover = self._cover(x, y, place, fringe)
        relief = place.sample(self.terrain.relief)
        return cover, relief, fringe, place.corner, place.right, place.down

    def _wrapped(self, x: Floats, y: Floats) -> Field:
        """The fringe noise at points, interpolated bilinearly on its repeating tile."""
        col, row = x / _FRINGE_SPACING, -y / _FRINGE_SPACING
        left, top = np.floor(col), np.floor(row)
        right, down = (col - left).astype(np.float32), (row - top).astype(np.float32)
        height, width = _FRINGE_SHAPE
        cols = [(left.astype(np.int64) + step) % width for step in (0, 1)]
        rows = [(top.astype(np.int64) + step) % height * width for step in (0, 1)]
        flat = self._fringe.ravel()
        lines = [flat[r + cols[0]] * (1 - right) + flat[r + cols[1]] * right for r in rows]
        mixed: Field = lines[0] * (1 - down) + lines[1] * down
        return mixed

    def _cover(self, x: Floats, y: Floats, place: Place, fringe: Field) -> Codes:
        """Later covers lie over earlier ones."""
        terrain = self.terrain
        parcel = self._parcels(
            x + place.sample(terrain.warp_east), y + place.sample(terrain.warp_north)
        )
        quarter = (parcel >> np.uint32(4)).astype(np.uint16) % np.uint16(VARIANTS)
        cover = self._farmland(parcel, quarter, place, fringe)
        elevation = place.sample(terrain.elevation)
        wood = place.sample(terrain.forest) + 0.14 * fringe > 0
        needle = place.sample(terrain.needle) + 0.25 * fringe
        stand = _variant(8 + 5 * fringe)
        _lay(cover, wood & (needle <= 0), Cover.BROADLEAVED, stand)
        _lay(cover, wood & (needle > 0), Cover.NEEDLELEAVED, stand)
        heath = place.sample(terrain.heath) + 0.2 * fringe
        _lay(cover, heath > 0, Cover.HEATH, stand)
        rock = place.sample(terrain.rock) + 0.12 * fringe
        _lay(cover, rock > 0, Cover.ROCK, _variant(13 - 14 * rock + 3 * fringe))
        glacier = place.sample(terrain.glacier) + 0.05 * fringe
        _lay(cover, glacier > 0, Cover.GLACIER, _variant(15 - 10 * glacier))
        built = place.sample(terrain.built) + 0.07 * fringe
        density = _variant(11 - 24 * built + 0.5 * quarter)
        wet = place.sample(terrain.wetland) + 0.05 * fringe
        _lay(cover, wet > 0, Cover.WETLAND, _variant(15 - 22 * wet))
        _lay(cover, (built > 0) & (elevation < 1200), Cover.BUILT, density)
        _lay(cover, place.sample(terrain.solar_park) > 0, Cover.SOLAR_PARK, quarter)
        shore = place.sample(terrain.shore) + 8 * fringe
        half_width = 24 + 12 * np.exp(-np.abs(shore) / np.float32(2500))
        bank = np.abs(place.sample(terrain.river)) - half_width
        _lay(cover, bank + 3 * fringe < 0, Cover.RIVER, _variant(16 + bank / 2))
        _lay(cover, self._road(x, y, place), Cover.ROAD, _variant(8 + 4 * fringe))
        _lay(cover, shore < 0, Cover.LAKE, _variant(15 + shore / 60))
        sea = place.sample(terrain.sea) + 0.02 * fringe
        _lay(cover, (shore < 0) & (sea > 0), Cover.SEA, _variant(15 + shore / 60))
        return cover

    def _farmland(
        self, parcel: NDArray[np.uint32], variant: Codes, place: Place, fringe: Field
    ) -> Codes:
        """Parcels of crops and meadow, rice, the vineyard, and pasture at height."""
        choice = (parcel >> np.uint32(12)) % np.uint32(100)
        cover = np.uint16(Cover.MEADOW * VARIANTS) + variant
        elevation = place.sample(self.terrain.elevation)
        _lay(cover, elevation > 900, Cover.MEADOW, _variant(12 + 2 * fringe))
        arable = (place.sample(self.terrain.arable) > 0) & (elevation < 860)
        dry_crops = CROPS[:-1]
        for crop, first, last in zip(dry_crops, (0, 28, 46, 57), (28, 46, 57, 66), strict=True):
            _lay(cover, arable & (choice >= first) & (choice < last), crop, variant)
        paddies = (place.sample(self.terrain.rice) > 0) & (elevation < 860) & (choice < 80)
        _lay(cover, paddies, Cover.RICE, variant)
        vines = (place.sample(self.terrain.vineyard) + 0.05 * fringe > 0) & (choice < 92)
        _lay(cover, vines, Cover.VINEYARD, variant)
        return cover

    def _parcels(self, x: Floats, y: Floats) -> NDArray[np.uint32]:
        """A hash per parcel: blocks laid like bricks, each divided in its own way."""
        along = (x * np.cos(_PARCEL_ANGLE) + y * np.sin(_PARCEL_ANGLE)) / _PARCEL_BLOCK[0]
        across = (y * np.cos(_PARCEL_ANGLE) - x * np.sin(_PARCEL_ANGLE)) / _PARCEL_BLOCK[1]
        row = np.floor(across).astype(np.int64)
        along = along + hash_cells(self.seed, row) / 2**32
        col = np.floor(along).astype(np.int64)
        block = hash_cells(self.seed + 1, col, row)
        strips, tiers = 2 + block % 4, 1 + (block >> np.uint32(8)) % 2
        strip = np.floor((along - col) * strips).astype(np.int64)
        tier = np.floor((across - row) * tiers).astype(np.int64)
        return hash_cells(self.seed + 2, block.astype(np.int64), strip, tier)

    def _road(self, x: Floats, y: Floats, place: Place) -> NDArray[np.bool_]:
        """Points on a road; the distance is computed only where the nodes say one is near."""
        near = place.sample(self.terrain.road) < 100  # nodes are at most 36 m away
        on_road = np.zeros(x.shape, bool)
        if near.any():
            bend = [
                place.sample(field)[near]
                for field in (self.terrain.warp_east, self.terrain.warp_north)
            ]
            on_road[near] = road_distance(x[near] + bend[0], y[near] + bend[1]) < 0
        return on_road


def cover_table(values: Mapping[Cover, Any], dtype: str) -> NDArray[Any]:
    """A value per class, or one per variant of it, by cover code: shape (`CODES`,), 0 elsewhere."""
    table = np.zeros(CODES, dtype)
    for kind, value in values.items():
        table[kind * VARIANTS : (kind + 1) * VARIANTS] = value
    return table


def _strips(grid: Grid) -> Iterator[tuple[Floats, Floats]]:
    """Easting and northing (EPSG:2154) of the pixel centres, some rows at a time."""
    transformer = Transformer.from_crs(grid.crs, CRS, always_xy=True)
    cols, step = np.arange(grid.width) + 0.5, max(1, _STRIP // grid.width)
    for top in range(0, grid.height, step):
        rows = np.arange(top, min(top + step, grid.height)) + 0.5
        yield transformer.transform(
            *np.meshgrid(
                grid.transform.c + cols * grid.transform.a,
                grid.transform.f + rows * grid.transform.e,
            )
        )


def _variant(value: Field | Floats) -> Codes:
    return np.clip(value, 0, VARIANTS - 1).astype(np.uint16)


def _lay(cover: Codes, where: NDArray[np.bool_], kind: Cover, variant: Codes) -> None:
    cover[where] = np.uint16(kind * VARIANTS) + variant[where]
