"""An area of interest on its grid, and the blocks that touch it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import box, from_geojson, prepare, segmentize, to_geojson
from shapely.geometry.base import BaseGeometry

from lccs_inputs.errors import AreaError, InputError
from lccs_inputs.files import fingerprint, intact, write_text
from lccs_inputs.rasters.given import given_state
from lccs_inputs.rasters.grid import Block, Grid
from lccs_inputs.rasters.lonlat import LONLAT

_RECIPE = 2  # of how a file becomes an area; what was kept under another is not read


@dataclass(frozen=True)
class Area:
    """An area of interest on its grid.

    Attributes:
        geometry: (multi)polygon in the CRS of `grid`, holes kept.
        notes: what its owner should know of how it was read, a sentence each; not kept in files.
    """

    geometry: BaseGeometry
    grid: Grid
    notes: tuple[str, ...] = ()

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

    def block_grids(self) -> dict[str, Grid]:
        """The grids of the blocks that touch the area, by their names."""
        return {block.name: self.block_grid(block) for block in self.blocks()}

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
        from pyproj import Transformer  # noqa: PLC0415 - slow to load, and few jobs need it

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
        from pyproj.exceptions import CRSError, ProjError  # noqa: PLC0415 - as above

        from lccs_inputs.rasters.outlines import SIDES  # noqa: PLC0415 - as above
        from lccs_inputs.rasters.projecting import projected  # noqa: PLC0415 - as above

        west, south, east, north = self.geometry.bounds
        fine = segmentize(self.geometry, max(east - west, north - south) / SIDES)
        try:
            return projected(fine, self.grid.crs, crs)
        except (CRSError, ProjError) as error:
            raise AreaError(f"the area cannot be projected to {crs} ({error})") from error

    def to_geojson(self) -> str:
        """A feature collection in the CRS of the grid, named by a `crs` member as GDAL does."""
        from pyproj import CRS  # noqa: PLC0415 - as above

        known = CRS.from_user_input(self.grid.crs).to_authority(min_confidence=100)
        urn = "urn:ogc:def:crs:{}::{}".format(*known) if known else self.grid.wkt
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
        """Read what the `grid` stage wrote: `area.geojson` and `grid.json`.

        Raises:
            InputError: one of them has been damaged since.
        """
        with intact(geojson):
            feature = json.loads(geojson.read_text())["features"][0]
            geometry = from_geojson(json.dumps(feature["geometry"]))
        return cls(geometry, Grid.read(grid))


def resolve_area(
    name: str,
    definition: Mapping[str, Any],
    crs: str,
    resolution: float,
    block_size: int,
    cache: Path | None = None,
) -> Area:
    """The area of a config entry: `{bbox: [...]}` or `{file: ..., layer: ..., where: ...}`.

    An asset is the file it was fetched to. A vector file is read once, and again when it or what
    belongs to it changes: the projected area is kept in `cache`, by hash.

    Raises:
        AreaError: the entry names the key and what is wrong with it.
    """
    from lccs_inputs.rasters.resolving import resolved  # noqa: PLC0415 - what reads an area is fast

    asked = definition, crs, resolution, block_size
    if definition.get("bbox") is not None or cache is None:
        return resolved(name, *asked)
    path = Path(definition["file"])
    key = fingerprint([*asked, str(path.absolute()), given_state(path), _RECIPE])
    geojson, grid = cache / f"{key}.geojson", cache / f"{key}.json"
    if geojson.exists() and grid.exists():
        with suppress(InputError):  # what is kept has been damaged: it is made anew
            return Area.read(geojson, grid)
    area = resolved(name, *asked)
    write_area(area, geojson, grid)
    return area


def write_area(area: Area, geojson: Path, grid: Path) -> None:
    """Write `area.geojson` and `grid.json`, each atomically and only where it changes."""
    write_text(geojson, area.to_geojson())
    document = area.grid.to_dict() | {"blocks": [block.name for block in area.blocks()]}
    write_text(grid, json.dumps(document, indent=2) + "\n")
