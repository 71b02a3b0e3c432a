"""Which pixel a person means by two numbers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor

from pyproj import Transformer

from lccs_inputs.errors import InputError
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Block
from lccs_inputs.rasters.lonlat import LONLAT


@dataclass(frozen=True)
class Spot:
    """A pixel of the grid of an area, rows and columns from 0."""

    row: int
    column: int


def spots_at(text: str, areas: Mapping[str, Area]) -> dict[str, Spot]:
    """The pixel of each area that `text` lies in: longitude and latitude in degrees, or east and
    north in the CRS of the grid.

    Raises:
        InputError: it is not two numbers, or lies in no area.
    """
    first, second = _numbers(text)
    found = dict(_spots(first, second, areas))
    if found:
        return found
    if swapped := ", ".join(dict(_spots(second, first, areas))):
        hint = f"the other way round, AT={second:g},{first:g}, it lies in {swapped}"
    else:
        extents = (f"{name} {_extent(area)}" for name, area in areas.items())
        hint = f"these lie within, in longitude and latitude: {', '.join(extents)}"
    raise InputError(f"AT={text}: lies outside every area; {hint}")


def _numbers(text: str) -> tuple[float, float]:
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    try:
        first, second = map(float, parts)
    except ValueError:
        raise InputError(
            f"AT={text}: is not a place; write longitude and latitude as AT=6.62,46.38, or east "
            "and north in the CRS of the grid"
        ) from None
    return first, second


def _spots(first: float, second: float, areas: Mapping[str, Area]) -> Iterator[tuple[str, Spot]]:
    for name, area in areas.items():
        spot = spot_in(area, *_on_grid(first, second, area))
        if spot is not None:
            yield name, spot


def _on_grid(first: float, second: float, area: Area) -> tuple[float, float]:
    if abs(first) > 180 or abs(second) > 90:
        return first, second
    east, north = Transformer.from_crs(LONLAT, area.grid.crs, always_xy=True).transform(
        first, second
    )
    return float(east), float(north)


def spot_in(area: Area, east: float, north: float) -> Spot | None:
    """The pixel that holds a place, given in the CRS of the grid; None outside the area."""
    grid = area.grid
    left, bottom, right, top = grid.bounds
    if not (left <= east < right and bottom < north <= top):
        return None
    spot = Spot(floor((top - north) / grid.pixel[1]), floor((east - left) / grid.pixel[0]))
    inside = area.mask(area.block_grid(Block("", spot.column, spot.row, 1, 1)))
    return spot if inside.all() else None


def _extent(area: Area) -> str:
    west, south, east, north = area.bounds_lonlat()
    return f"from {west:.4f} to {east:.4f} and {south:.4f} to {north:.4f}"
