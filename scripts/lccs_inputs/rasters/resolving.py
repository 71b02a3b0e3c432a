"""The area of a config entry: its outline, projected and put on the grid."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyproj.exceptions import CRSError, ProjError

from lccs_inputs.errors import AreaError
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.fitness import check_fitness
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.outlines import Outline, outline_of_box, outline_of_file, polygons_of
from lccs_inputs.rasters.projecting import projected

_LARGEST_SIDE = 1_000_000  # px


def resolved(
    name: str, definition: Mapping[str, Any], crs: str, resolution: float, block_size: int
) -> Area:
    """The area of a config entry, read anew; see `resolve_area`."""
    outline = outline_of(name, definition)
    notes = check_fitness(outline, crs, resolution, definition.get("scale_error_max"))
    return _on_grid(replace(outline, notes=(*outline.notes, *notes)), crs, resolution, block_size)


def outline_of(name: str, definition: Mapping[str, Any]) -> Outline:
    """The outline of a config entry, in the CRS it is given in.

    Raises:
        AreaError: as `resolve_area`.
    """
    kind = next(kind for kind in ("bbox", "asset", "file") if definition.get(kind) is not None)
    key = f"areas.{name}.{kind}"
    if kind == "bbox":
        return outline_of_box(key, definition["bbox"])
    path = Path(definition["file"])
    if not path.exists():
        raise AreaError(f"{key}: {path} does not exist")
    return outline_of_file(key, path, definition.get("layer"), definition.get("where"))


def _on_grid(outline: Outline, crs: str, resolution: float, block_size: int) -> Area:
    try:
        moved = projected(outline.geometry, outline.crs, crs)
    except (CRSError, ProjError) as error:
        raise AreaError(f"{outline.key}: cannot be projected to {crs} ({error})") from error
    polygons = polygons_of(moved)
    if polygons.is_empty:
        raise AreaError(f"{outline.key}: is empty once projected to {crs}")
    grid = Grid.around(polygons.bounds, crs, resolution, block_size)
    if max(grid.shape) > _LARGEST_SIDE:
        raise AreaError(
            f"{outline.key}: is {grid.width} × {grid.height} px of {resolution:g} m in {crs}, more "
            f"than {_LARGEST_SIDE} a side; choose a coarser grid.resolution, or a smaller area"
        )
    return Area(polygons, grid, outline.notes)
