"""Whether what is in results was made for the areas of today."""

from lccs_inputs.plan import Plan
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow import paths


def is_as_before(plan: Plan, name: str, area: Area) -> bool:
    """Whether the last run had the same area under the name: lists and deliveries are of it."""
    outline, grid = (
        plan.folders.here(each.format(area=name)) for each in (paths.OUTLINE, paths.GRID)
    )
    if not outline.exists() or not grid.exists():
        return False
    before = Area.read(outline, grid)
    return before.grid == area.grid and outline.read_text() == area.to_geojson()
