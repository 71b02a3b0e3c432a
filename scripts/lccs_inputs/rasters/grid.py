"""The grid: one pixel lattice anchored at the CRS origin, and the blocks a run is cut into.

Every raster of a run lies on the grid of its area. The lattice, the blocks and the windows are
all anchored at coordinate (0, 0) of the CRS, so that overlapping areas agree pixel for pixel.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from affine import Affine
from pyproj import CRS


@dataclass(frozen=True)
class Block:
    """A unit of work, resume and cluster submission.

    `name` is `E{column}N{row}` of the anchored block lattice (W and S where negative); the
    offsets and sizes are in pixels of the grid the block belongs to.
    """

    name: str
    col_off: int
    row_off: int
    width: int
    height: int


@dataclass(frozen=True)
class Grid:
    """A pixel lattice of square pixels.

    Attributes:
        crs: any text pyproj reads, normally "EPSG:2154".
        resolution: pixel size in CRS units (metres).
        bounds: (xmin, ymin, xmax, ymax), each a multiple of `resolution`.
        block_size: side of a block in pixels.
    """

    crs: str
    resolution: float
    bounds: tuple[float, float, float, float]
    block_size: int = 4096

    @classmethod
    def around(
        cls,
        bounds: Sequence[float],
        crs: str,
        resolution: float,
        block_size: int = 4096,
    ) -> "Grid":
        """The smallest grid that holds `bounds`, its origin a multiple of the resolution."""
        xmin, ymin, xmax, ymax = (value / resolution for value in bounds)
        snapped = (math.floor(xmin), math.floor(ymin), math.ceil(xmax), math.ceil(ymax))
        left, bottom, right, top = (index * resolution for index in snapped)
        return cls(crs, resolution, (left, bottom, right, top), block_size)

    @cached_property
    def wkt(self) -> str:
        return str(CRS.from_user_input(self.crs).to_wkt("WKT1_GDAL"))

    @property
    def width(self) -> int:
        return round((self.bounds[2] - self.bounds[0]) / self.resolution)

    @property
    def height(self) -> int:
        return round((self.bounds[3] - self.bounds[1]) / self.resolution)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), px."""
        return self.height, self.width

    @property
    def transform(self) -> Affine:
        return Affine(self.resolution, 0, self.bounds[0], 0, -self.resolution, self.bounds[3])

    def subgrid(self, col_off: int, row_off: int, width: int, height: int) -> "Grid":
        """The grid of a pixel window of this one."""
        left = self.bounds[0] + col_off * self.resolution
        top = self.bounds[3] - row_off * self.resolution
        bottom, right = top - height * self.resolution, left + width * self.resolution
        return Grid(self.crs, self.resolution, (left, bottom, right, top), self.block_size)

    def pieces(self, size: int) -> Iterator[Block]:
        """Cut the grid by the anchored lattice of `size` px squares, north to south, west to east.

        A piece is clipped to the grid; its name is that of the lattice square, whatever the area.
        """
        first_col = lattice_index(self.bounds[0], self.resolution)
        top_row = lattice_index(self.bounds[3], self.resolution)
        for row in range((top_row - 1) // size, (top_row - self.height) // size - 1, -1):
            north = max(0, top_row - (row + 1) * size)
            south = min(self.height, top_row - row * size)
            for col in range(first_col // size, (first_col + self.width - 1) // size + 1):
                west = max(0, col * size - first_col)
                east = min(self.width, (col + 1) * size - first_col)
                yield Block(_lattice_name(col, row), west, north, east - west, south - north)

    def to_dict(self) -> dict[str, Any]:
        return {
            "crs": self.crs,
            "resolution": self.resolution,
            "bounds": list(self.bounds),
            "width": self.width,
            "height": self.height,
            "block_size": self.block_size,
        }

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "Grid":
        xmin, ymin, xmax, ymax = document["bounds"]
        bounds = (xmin, ymin, xmax, ymax)
        return cls(document["crs"], document["resolution"], bounds, document["block_size"])

    @classmethod
    def read(cls, path: Path) -> "Grid":
        return cls.from_dict(json.loads(path.read_text()))


def lattice_index(coordinate: float, resolution: float) -> int:
    """The pixel a corner is at, counted from coordinate 0, or the one before it.

    Lattices of others may lie a half or a quarter of a pixel off 0, where plain rounding would
    turn on the last digit.
    """
    return math.floor(coordinate / resolution + 0.1)


def _lattice_name(col: int, row: int) -> str:
    east = f"E{col}" if col >= 0 else f"W{-col}"
    north = f"N{row}" if row >= 0 else f"S{-row}"
    return east + north
