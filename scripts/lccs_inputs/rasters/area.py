"""An area of interest on its grid, and the blocks that touch it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
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
from lccs_inputs.files import fingerprint, write_text
from lccs_inputs.rasters.given import given_state
from lccs_inputs.rasters.grid import Block, Grid
from lccs_inputs.rasters.lonlat import LONLAT, is_box, unwrapped_east

_DENSIFY = 200  # segments per side of a box before reprojection: its edges are curved on the grid


_LARGEST_SIDE = 1_000_000  # px; beyond it, an area was put in a CRS that is not made for it


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
        """(west, south, east, north) in degrees, EPSG:4326, of the whole grid.

        West is more than east where the grid crosses 180 degrees.
        """
        transformer = Transformer.from_crs(self.grid.crs, LONLAT, always_xy=True)
        west, south, east, north = transformer.transform_bounds(*self.grid.bounds, densify_pts=51)
        return west, south, east, north

    @property
    def crosses_antimeridian(self) -> bool:
        """Whether the grid lies on both sides of 180 degrees."""
        west, _, east, _ = self.bounds_lonlat()
        return west > east

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
        """The area within west, south, east, north (degrees, EPSG:4326); see `lonlat.is_box`."""
        west, south, east, north = bbox
        if not is_box(bbox):
            raise AreaError(
                f"areas.{name}.bbox: {list(bbox)} is not west, south, east, north in degrees"
            )
        east = unwrapped_east(west, east)
        sides = segmentize(
            box(west, south, east, north), max(east - west, north - south) / _DENSIFY
        )
        return _on_grid(name, sides, LONLAT, crs, resolution, block_size)

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

    A vector file is read once, and again when it or what belongs to it changes: the projected area
    is kept in `cache`, by hash.

    Raises:
        AreaError: the entry names the key and what is wrong with it.
    """
    if definition.get("bbox") is not None:
        return Area.from_bbox(name, definition["bbox"], crs, resolution, block_size)
    path, layer = Path(definition["file"]), definition.get("layer")
    if not path.exists():
        raise AreaError(f"areas.{name}.file: {path} does not exist")
    if cache is None:
        return Area.from_file(name, path, layer, crs, resolution, block_size)
    file = str(path.absolute()), given_state(path)
    key = fingerprint([*file, layer, crs, resolution, block_size])
    geojson, grid = cache / f"{key}.geojson", cache / f"{key}.json"
    if geojson.exists() and grid.exists():
        return Area.read(geojson, grid)
    area = Area.from_file(name, path, layer, crs, resolution, block_size)
    write_area(area, geojson, grid)
    return area


def write_area(area: Area, geojson: Path, grid: Path) -> None:
    """Write `area.geojson` and `grid.json`, each atomically and only where it changes."""
    write_text(geojson, area.to_geojson())
    document = area.grid.to_dict() | {"blocks": [block.name for block in area.blocks()]}
    write_text(grid, json.dumps(document, indent=2) + "\n")
