"""The grid: one pixel lattice anchored at the CRS origin, and the blocks a run is cut into.

Every raster of a run lies on the grid of its area. The lattice, the blocks and the windows are
all anchored at coordinate (0, 0) of the CRS, so that overlapping areas agree pixel for pixel.
"""

import glob
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely import (
    MultiPolygon,
    Polygon,
    box,
    from_geojson,
    make_valid,
    prepare,
    segmentize,
    to_geojson,
    transform,
    union_all,
)
from shapely.geometry.base import BaseGeometry

from lccs_inputs.errors import AreaError

_DENSIFY = 200  # segments per side of a box before reprojection: its edges are curved on the grid
_LARGEST_SIDE = 1_000_000  # px; beyond it, an area was put in a CRS that is not made for it


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


@dataclass(frozen=True)
class Area:
    """An area of interest on its grid.

    Attributes:
        geometry: (multi)polygon in the CRS of `grid`, holes kept.
    """

    geometry: BaseGeometry
    grid: Grid

    def blocks(self) -> list[Block]:
        """The blocks that touch the area; the others are never computed."""
        prepare(self.geometry)
        return [
            block
            for block in self.grid.pieces(self.grid.block_size)
            if self.geometry.intersects(box(*self._bounds(block)))
        ]

    def block(self, name: str) -> Block:
        return next(block for block in self.blocks() if block.name == name)

    def block_grid(self, block: Block) -> Grid:
        return self.grid.subgrid(block.col_off, block.row_off, block.width, block.height)

    def _bounds(self, block: Block) -> tuple[float, float, float, float]:
        return self.block_grid(block).bounds

    def mask(self, grid: Grid) -> NDArray[np.bool_]:
        """True where the pixel centre lies in the area; shape (height, width) of `grid`."""
        from rasterio.features import rasterize  # noqa: PLC0415 - not needed to parse a workflow

        covers = box(*grid.bounds)
        if self.geometry.contains(covers):
            return np.ones(grid.shape, bool)
        if not self.geometry.intersects(covers):
            return np.zeros(grid.shape, bool)
        burnt = rasterize(
            [self.geometry], out_shape=grid.shape, transform=grid.transform, dtype="uint8"
        )
        mask: NDArray[np.bool_] = burnt.astype(bool)
        return mask

    def bounds_lonlat(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees, EPSG:4326, of the whole grid."""
        transformer = Transformer.from_crs(self.grid.crs, "EPSG:4326", always_xy=True)
        west, south, east, north = transformer.transform_bounds(*self.grid.bounds, densify_pts=51)
        return west, south, east, north

    def geometry_in(self, crs: str) -> BaseGeometry:
        """The geometry in another CRS, its edges densified: straight here is curved there.

        Raises:
            AreaError: it cannot be projected there.
        """
        west, south, east, north = self.geometry.bounds
        fine = segmentize(self.geometry, max(east - west, north - south) / _DENSIFY)
        try:
            return _projected(fine, self.grid.crs, crs)
        except (CRSError, ProjError) as error:
            raise AreaError(f"the area cannot be projected to {crs} ({error})") from error

    def to_geojson(self) -> str:
        """A feature collection in the CRS of the grid, named by a `crs` member as GDAL does."""
        urn = f"urn:ogc:def:crs:{self.grid.crs.replace(':', '::', 1)}"
        collection = {
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": urn}},
            "features": [
                {
                    "type": "Feature",
                    "properties": {},
                    "geometry": json.loads(to_geojson(self.geometry)),
                }
            ],
        }
        return json.dumps(collection) + "\n"

    @classmethod
    def read(cls, geojson: Path, grid: Path) -> "Area":
        """Read what the `grid` stage wrote: `area.geojson` and `grid.json`."""
        feature = json.loads(geojson.read_text())["features"][0]
        return cls(from_geojson(json.dumps(feature["geometry"])), Grid.read(grid))

    @classmethod
    def from_bbox(
        cls, name: str, bbox: Sequence[float], crs: str, resolution: float, block_size: int
    ) -> "Area":
        """The area within west, south, east, north (degrees, EPSG:4326)."""
        west, south, east, north = bbox
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise AreaError(
                f"areas.{name}.bbox: {list(bbox)} is not west, south, east, north in degrees"
            )
        sides = segmentize(
            box(west, south, east, north), max(east - west, north - south) / _DENSIFY
        )
        return _on_grid(name, sides, "EPSG:4326", crs, resolution, block_size)

    @classmethod
    def from_file(
        cls,
        name: str,
        path: Path,
        layer: str | None,
        crs: str,
        resolution: float,
        block_size: int,
    ) -> "Area":
        """The union of the polygons of a vector file geopandas reads (any CRS, parts, holes)."""
        import geopandas  # noqa: PLC0415 - slow, and needed for vector files only

        key = f"areas.{name}.file"
        try:
            frame = geopandas.read_file(path, **({"layer": layer} if layer else {}))
        except Exception as error:
            reason = str(error).split(";")[0]  # after it, GDAL advises on its own options
            raise AreaError(f"{key}: {path} cannot be read as a vector file ({reason})") from error
        if not isinstance(frame, geopandas.GeoDataFrame):
            raise AreaError(f"{key}: {path} is a table without geometries")
        if frame.crs is None:
            raise AreaError(f"{key}: {path} does not say its CRS; assign one, then run again")
        polygons = [
            make_valid(geometry)
            for geometry in frame.geometry
            if geometry is not None and not geometry.is_empty
        ]
        merged = union_all([part for part in polygons if part.area > 0])
        if merged.is_empty:
            raise AreaError(f"{key}: {path} holds no polygon with an area")
        return _on_grid(name, merged, frame.crs.to_wkt(), crs, resolution, block_size)


def _on_grid(
    name: str, geometry: BaseGeometry, source_crs: str, crs: str, resolution: float, block_size: int
) -> Area:
    try:
        moved = _projected(geometry, source_crs, crs)
    except (CRSError, ProjError) as error:
        raise AreaError(f"areas.{name}: cannot be projected to {crs} ({error})") from error
    if not np.isfinite(moved.bounds).all():
        raise AreaError(f"areas.{name}: lies outside what {crs} can represent")
    polygons = _polygons(moved if moved.is_valid else make_valid(moved))
    if polygons.is_empty:
        raise AreaError(f"areas.{name}: is empty once projected to {crs}")
    grid = Grid.around(polygons.bounds, crs, resolution, block_size)
    if max(grid.shape) > _LARGEST_SIDE:
        raise AreaError(
            f"areas.{name}: is {grid.width} × {grid.height} px of {resolution:g} in {crs}, more "
            f"than {_LARGEST_SIDE} a side; choose a grid.crs made for it, or a smaller area"
        )
    return Area(polygons, grid)


def _projected(geometry: BaseGeometry, source_crs: str, crs: str) -> BaseGeometry:
    transformer = Transformer.from_crs(source_crs, crs, always_xy=True)

    def project(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1], errcheck=True))

    with np.errstate(invalid="ignore"):
        moved: BaseGeometry = transform(geometry, project)
    return moved


def _polygons(geometry: BaseGeometry) -> BaseGeometry:
    """Keep the polygons of a geometry that `make_valid` may have mixed with lines."""
    parts = getattr(geometry, "geoms", [geometry])
    return union_all([part for part in parts if isinstance(part, Polygon | MultiPolygon)])


def resolve_area(
    name: str,
    definition: dict[str, Any],
    crs: str,
    resolution: float,
    block_size: int,
    cache: Path | None = None,
) -> Area:
    """The area of a config entry: `{bbox: [...]}` or `{file: ..., layer: ...}`.

    A vector file is read once per content: the projected area is kept in `cache`, by hash.

    Raises:
        AreaError: the entry names the key and what is wrong with it.
    """
    if definition.get("bbox") is not None:
        return Area.from_bbox(name, definition["bbox"], crs, resolution, block_size)
    path, layer = Path(definition["file"]), definition.get("layer")
    if not path.exists():
        raise AreaError(f"areas.{name}.file: {path} does not exist")
    if cache is None or path.is_dir():
        return Area.from_file(name, path, layer, crs, resolution, block_size)
    request = json.dumps([layer, crs, resolution, block_size])
    key = hashlib.sha256(_content(path) + request.encode()).hexdigest()[:32]
    geojson, grid = cache / f"{key}.geojson", cache / f"{key}.json"
    if geojson.exists() and grid.exists():
        return Area.read(geojson, grid)
    area = Area.from_file(name, path, layer, crs, resolution, block_size)
    write_area(area, geojson, grid)
    return area


def _content(path: Path) -> bytes:
    """The bytes of a vector file; a shapefile is several files, its CRS among them."""
    parts = path.parent.glob(f"{glob.escape(path.stem)}.*") if path.suffix == ".shp" else [path]
    return b"".join(part.read_bytes() for part in sorted(parts))


def write_area(area: Area, geojson: Path, grid: Path) -> None:
    """Write `area.geojson` and `grid.json`, each atomically and only where it changes."""
    from lccs_inputs.rasters import write_text  # noqa: PLC0415 - rasters depends on this module

    write_text(geojson, area.to_geojson())
    document = area.grid.to_dict() | {"blocks": [block.name for block in area.blocks()]}
    write_text(grid, json.dumps(document, indent=2) + "\n")
