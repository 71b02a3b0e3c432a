"""Areas on their grid, and the embedded sample."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lccs_inputs import sample
from lccs_inputs.errors import AreaError
from lccs_inputs.files import fingerprint
from lccs_inputs.plan.names import Names
from lccs_inputs.rasters.area import Area, resolve_area

AREA_CACHE = Path(".cache/areas")


class AreaPlan(Names):
    """Areas on their grid, and the embedded sample."""

    sample_products: Sequence[str] = sample.PRODUCT_FILES
    sample_truth: Sequence[str] = ("truth", "level3", *sample.TRUTH_LAYERS)
    await_area: Callable[[str], Any] = staticmethod(lambda area: None)
    """Ends an input function until the area has been written; the rules set it."""

    def area(self, name: str) -> Area:
        if name not in self._areas:
            grid, definition = self.config.grid, self.config.areas[name].model_dump()
            self._areas[name] = (
                self._fetched_area(name)
                if definition["asset"]
                else resolve_area(
                    name,
                    definition,
                    grid.crs,
                    grid.resolution,
                    grid.block,
                    cache=AREA_CACHE,
                )
            )
        return self._areas[name]

    def _fetched_area(self, name: str) -> Area:
        """The area of an Earth Engine asset, which a job writes before anything else can."""
        self.await_area(name)
        geojson, grid = (Path(f"results/{name}/{file}") for file in ("area.geojson", "grid.json"))
        if not grid.exists():
            raise AreaError(f"areas.{name}.asset: is not fetched yet; run `snakemake {grid}` first")
        return Area.read(geojson, grid)

    def area_file(self, wildcards: Any) -> list[str]:
        file = self.config.areas[wildcards.area].file
        return [file] if file else []

    def area_slots(self, wildcards: Any) -> int:
        """Requests to Earth Engine that writing an area has under way at a time."""
        return 1 if self.config.areas[wildcards.area].asset else 0

    def area_request(self, wildcards: Any) -> dict[str, Any]:
        grid = self.config.grid
        return {
            "name": wildcards.area,
            "definition": self.config.areas[wildcards.area].model_dump(exclude_none=True),
            "crs": grid.crs,
            "resolution": grid.resolution,
            "block_size": grid.block,
        }

    def _shape(self, wildcards: Any) -> str:
        """An area by its shape: the file it came from may change and keep its name."""
        area = self.area(wildcards.area)
        return fingerprint([area.grid.to_dict(), area.geometry.wkb_hex])

    def sample_request(self, wildcards: Any) -> dict[str, Any]:
        return self.config.sample.model_dump() | {"recipe": sample.RECIPE}
