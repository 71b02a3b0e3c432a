"""The grid: the pixel lattice of a raster, and the blocks a run is cut into.

Every raster of a run lies on the grid of its area. That lattice, its blocks and windows are all
anchored at coordinate (0, 0) of the CRS, so that overlapping areas agree pixel for pixel. What a
run reads lies on grids of its own, which may be anchored elsewhere and have oblong pixels.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affine import Affine

from lccs_inputs.files import intact

if TYPE_CHECKING:  # a workflow is parsed without loading what reads rasters
    from rasterio.windows import Window


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

    @property
    def window(self) -> "Window":
        from rasterio.windows import Window  # noqa: PLC0415 - not needed to parse a workflow

        return Window(self.col_off, self.row_off, self.width, self.height)


LatticeOf = tuple[str, tuple[float, float, float, float]]
"""What the grids of one lattice have in common: CRS, pixel width and height, and offset."""


@dataclass(frozen=True)
class Grid:
    """A north-up lattice of pixels, square or oblong.

    Attributes:
        crs: any text pyproj reads, normally "EPSG:2154".
        pixel: width and height of a pixel in CRS units.
        bounds: (xmin, ymin, xmax, ymax), whole pixels apart.
        block_size: side of a block in pixels; 0 of what is not the grid of an area.
    """

    crs: str
    pixel: tuple[float, float]
    bounds: tuple[float, float, float, float]
    block_size: int = 0

    @classmethod
    def around(
        cls,
        bounds: Sequence[float],
        crs: str,
        resolution: float,
        block_size: int = 0,
    ) -> "Grid":
        """The smallest grid that holds `bounds`, its origin a multiple of the resolution."""
        xmin, ymin, xmax, ymax = (value / resolution for value in bounds)
        snapped = (math.floor(xmin), math.floor(ymin), math.ceil(xmax), math.ceil(ymax))
        left, bottom, right, top = (index * resolution for index in snapped)
        return cls(crs, (resolution, resolution), (left, bottom, right, top), block_size)

    @classmethod
    def from_transform(cls, crs: str, transform: Affine, width: int, height: int) -> "Grid":
        """The grid of a raster of `width` × `height` px.

        Raises:
            ValueError: the raster is not north up.
        """
        t = transform
        if t.b or t.d or t.a <= 0 or t.e >= 0:
            raise ValueError(f"not a north-up raster: {t.to_gdal()}")
        bounds = (t.c, t.f + height * t.e, t.c + width * t.a, t.f)
        return cls(crs, (t.a, -t.e), bounds)

    @cached_property
    def wkt(self) -> str:
        from pyproj import CRS  # noqa: PLC0415 - slow to load, and few jobs need it

        return str(CRS.from_user_input(self.crs).to_wkt("WKT1_GDAL"))

    @property
    def is_square(self) -> bool:
        return math.isclose(*self.pixel, rel_tol=1e-9)

    @property
    def resolution(self) -> float:
        """Side of a pixel in CRS units.

        Raises:
            ValueError: pixels are oblong.
        """
        if not self.is_square:
            raise ValueError("pixels of {:.10g} × {:.10g} have no one side".format(*self.pixel))
        return self.pixel[0]

    @property
    def width(self) -> int:
        return round((self.bounds[2] - self.bounds[0]) / self.pixel[0])

    @property
    def height(self) -> int:
        return round((self.bounds[3] - self.bounds[1]) / self.pixel[1])

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), px."""
        return self.height, self.width

    @property
    def transform(self) -> Affine:
        return Affine(self.pixel[0], 0, self.bounds[0], 0, -self.pixel[1], self.bounds[3])

    @cached_property
    def phase(self) -> tuple[float, float, float, float]:
        """Pixel width, height and the offset of the lattice; equal for tiles of one lattice."""
        a, e = self.pixel
        # Rounded in pixels, not in units of the CRS: those may be degrees.
        left, top = (round(at % 1, 9) % 1 for at in (self.bounds[0] / a, -self.bounds[3] / e))
        return a, e, left * a, top * e

    @property
    def lattice(self) -> LatticeOf:
        """Of which lattice it is."""
        return self.crs, self.phase

    @cached_property
    def origin(self) -> tuple[int, int]:
        """(column, row) of the top-left pixel on the unbounded lattice; rows grow southwards."""
        a, e, left, top = self.phase
        return round((self.bounds[0] - left) / a), round((-self.bounds[3] - top) / e)

    def subgrid(self, col_off: int, row_off: int, width: int, height: int) -> "Grid":
        """The grid of a pixel window of this one."""
        left = self.bounds[0] + col_off * self.pixel[0]
        top = self.bounds[3] - row_off * self.pixel[1]
        bottom, right = top - height * self.pixel[1], left + width * self.pixel[0]
        return replace(self, bounds=(left, bottom, right, top))

    def window(self, window: "Window") -> "Grid":
        """The same, of a window of whole pixels."""
        return self.subgrid(window.col_off, window.row_off, window.width, window.height)

    def pieces(self, size: int) -> Iterator[Block]:
        """Cut the grid by the anchored lattice of `size` px squares, north to south, west to east.

        A piece is clipped to the grid; its name is that of the lattice square, whatever the area.
        """
        first_col = lattice_index(self.bounds[0], self.pixel[0])
        top_row = lattice_index(self.bounds[3], self.pixel[1])
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
        side = document["resolution"]
        return cls(document["crs"], (side, side), bounds, document["block_size"])

    @classmethod
    def read(cls, path: Path) -> "Grid":
        """Read what the `grid` stage wrote.

        Raises:
            InputError: it has been damaged since.
        """
        with intact(path):
            return cls.from_dict(json.loads(path.read_text()))


def lattice_index(coordinate: float, side: float) -> int:
    """The pixel a corner is at, counted from coordinate 0, or the one before it.

    Lattices of others may lie a half or a quarter of a pixel off 0, where plain rounding would
    turn on the last digit.
    """
    return math.floor(coordinate / side + 0.1)


def _lattice_name(col: int, row: int) -> str:
    east = f"E{col}" if col >= 0 else f"W{-col}"
    north = f"N{row}" if row >= 0 else f"S{-row}"
    return east + north
