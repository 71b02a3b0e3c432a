"""Cutting a block into the tiles that Earth Engine is asked for, each within its limits.

Tiles are the squares of one lattice anchored at coordinate (0, 0) of the CRS, clipped to the
block: areas that overlap ask for the same tiles. Each pixel is computed from its own
observations, so the cut does not show in the result.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Block, Grid

REQUEST_BYTES = 48 * 2**20
"""Uncompressed pixels of one request: "must be less than or equal to 50331648 bytes"."""

_SIDES = (1024, 512, 256, 128)  # px
_MASK_BYTES = 1  # per band and pixel; Earth Engine counts the mask it sends beside the values


@dataclass(frozen=True)
class Tile:
    """One request: its place in the block, px, and its own grid."""

    name: str
    col_off: int
    row_off: int
    grid: Grid

    def quarters(self) -> Iterator["Tile"]:
        """The tile cut in four (in two where it is one pixel wide), west to east, then south."""
        width, height = self.grid.width, self.grid.height
        for y, tall in _halves(height):
            for x, wide in _halves(width):
                grid = self.grid.subgrid(x, y, wide, tall)
                yield Tile(f"{self.name}/{x},{y}", self.col_off + x, self.row_off + y, grid)


def _halves(size: int) -> list[tuple[int, int]]:
    """Offset and length of both halves of a side, one of them if it has a single pixel."""
    half = (size + 1) // 2
    return [(0, half), (half, size - half)][: 2 if size > 1 else 1]


def plan_tiles(block_grid: Grid, area: Area, bands: int, itemsize: int) -> list[Tile]:
    """The tiles of a block that hold a pixel of the area, north to south, west to east.

    Args:
        bands, itemsize: of the image asked for; bytes per value.
    """
    side = tile_side(bands, itemsize)
    tiles = [_tile(block_grid, piece) for piece in block_grid.pieces(side)]
    return [tile for tile in tiles if area.mask(tile.grid).any()]


def tile_side(bands: int, itemsize: int) -> int:
    """The side, px, of the largest square tile that fits a request."""
    pixel = bands * (itemsize + _MASK_BYTES)
    return next((side for side in _SIDES if side * side * pixel <= REQUEST_BYTES), _SIDES[-1])


def most_bands(grid: Grid, itemsize: int) -> int:
    """How many bands of a grid fit a request."""
    return max(1, REQUEST_BYTES // (grid.width * grid.height * (itemsize + _MASK_BYTES)))


def pixel_grid(grid: Grid) -> dict[str, Any]:
    """A grid as the requests of Earth Engine spell it."""
    t = grid.transform
    is_code = grid.crs.upper().startswith("EPSG:")
    crs = {"crsCode": grid.crs} if is_code else {"crsWkt": grid.wkt}
    return {
        **crs,
        "affineTransform": {
            "scaleX": t.a,
            "shearX": t.b,
            "translateX": t.c,
            "shearY": t.d,
            "scaleY": t.e,
            "translateY": t.f,
        },
        "dimensions": {"width": grid.width, "height": grid.height},
    }


def _tile(block_grid: Grid, piece: Block) -> Tile:
    grid = block_grid.subgrid(piece.col_off, piece.row_off, piece.width, piece.height)
    return Tile(piece.name, piece.col_off, piece.row_off, grid)
