"""Editions from the Copernicus Data Space as the lock file pins them: their tiles, and for where.

Light: a lock file is read whenever Snakemake parses.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import PurePosixPath
from typing import Any, Self

from lccs_inputs.errors import SourceError

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees (EPSG:4326)."""

REFRESH = "run make offers-lock with your CONFIG"
"""What a user does about a lock file that is missing or out of date."""

_VERSION = re.compile(r"_(E\d+N\d+)_\d+_V(\d+)_R(\d+)", re.IGNORECASE)
"""In the name of a tile: its place, version and revision."""
_STEPS = 10_000  # a degree, of about 10 m


@dataclass(frozen=True)
class Tile:
    """A tile of a product, as the catalogue of the Data Space has it.

    Attributes:
        item: the id of its item.
        href: where its raster is.
        bounds: the box around it.
        state: what the catalogue says by which a changed file is known: its size and checksum,
            or else when the item was updated; "" where it says nothing.
    """

    item: str
    href: str
    bounds: Box
    state: str = ""

    @property
    def name(self) -> str:
        """Of its file."""
        return PurePosixPath(self.href).name

    @property
    def place(self) -> str:
        found = _VERSION.search(self.name)
        return found[1].upper() if found else self.name

    @property
    def version(self) -> tuple[int, int]:
        found = _VERSION.search(self.name)
        return (int(found[2]), int(found[3])) if found else (0, 0)


@dataclass(frozen=True)
class LockedTiles:
    """An edition of a product at the Data Space.

    Attributes:
        product: short name, a key of `products.PRODUCTS`.
        collection: of the catalogue.
        boxes: where its tiles were looked for; all there are within them are in `tiles`.
        tiles: by name.
    """

    product: str
    year: int
    collection: str
    boxes: tuple[Box, ...]
    tiles: tuple[Tile, ...]

    @property
    def name(self) -> str:
        return f"{self.product} {self.year} from the Copernicus Data Space"

    @property
    def summary(self) -> str:
        return f"{self.collection}, tiles {', '.join(_places(self.tiles)) or 'none'}"

    def changes_since(self, old: Self) -> str:
        """What is different from an older entry of the same edition, in words."""
        pairs = [("collection", old.collection, self.collection), ("boxes", old.boxes, self.boxes)]
        said = [f"{key} {was!r} -> {now!r}" for key, was, now in pairs if was != now]
        before, after = ({tile.place: tile for tile in each.tiles} for each in (old, self))
        for place in sorted(before.keys() | after.keys()):
            was, now = before.get(place), after.get(place)
            if was != now:
                said.append(f"tile {place}: {_told(was, now)} -> {_told(now, was)}")
        return "; ".join(said)

    def covers(self, bounds: Box) -> bool:
        """Whether all tiles that may reach into a box are known."""
        return any(_within(bounds, box) for box in self.boxes)

    def near(self, bounds: Box) -> tuple[Tile, ...]:
        """The tiles that may reach into a box.

        Raises:
            SourceError: the box goes beyond those that were looked in.
        """
        if not self.covers(bounds):
            raise SourceError(
                f"the lock file has {self.name} for other areas, not for all of this one; {REFRESH}"
            )
        return tuple(tile for tile in self.tiles if _meet(tile.bounds, bounds))


def from_plain(tiles: Sequence[Mapping[str, Any]] | None) -> list[Tile] | None:
    """Tiles out of the plain values of a request, which may say nothing of them."""
    return None if tiles is None else [Tile(**tile) for tile in tiles]


def around(bounds: Box) -> Box:
    """A box with four decimals, wider by half a step or more: the last digits that a machine finds
    of an area are its own."""
    west, south, east, north = (side * _STEPS for side in bounds)
    lower, upper = (floor(west - 0.5), floor(south - 0.5)), (ceil(east + 0.5), ceil(north + 0.5))
    return (lower[0] / _STEPS, lower[1] / _STEPS, upper[0] / _STEPS, upper[1] / _STEPS)


def widest(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """The boxes that lie within no other, in order."""
    found = sorted(set(boxes))
    return tuple(
        box for box in found if not any(_within(box, other) for other in found if other != box)
    )


def _within(inner: Box, outer: Box) -> bool:
    lower = all(a >= b for a, b in zip(inner[:2], outer[:2], strict=True))
    return lower and all(a <= b for a, b in zip(inner[2:], outer[2:], strict=True))


def _meet(one: Box, other: Box) -> bool:
    lower = all(a <= b for a, b in zip(one[:2], other[2:], strict=True))
    return lower and all(a >= b for a, b in zip(one[2:], other[:2], strict=True))


def _told(tile: Tile | None, other: Tile | None) -> str:
    """What of a tile is not as of another: its file, or what is said of that."""
    if tile is None:
        return "none"
    return tile.name if other is None or tile.name != other.name else tile.state or "unknown"


def _places(tiles: Iterable[Tile]) -> Sequence[str]:
    return sorted({tile.place for tile in tiles})
