"""Areas on their grid, and the embedded sample."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lccs_inputs import sample
from lccs_inputs.config import Config
from lccs_inputs.config.sections.places import AreaSettings
from lccs_inputs.errors import AreaError
from lccs_inputs.files import fingerprint
from lccs_inputs.rasters.area import Area, resolve_area
from lccs_inputs.rasters.given import given_state
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.code_hash import SCRIPTS, script_hash
from lccs_inputs.workflow.records import is_current
from lccs_inputs.workflow.requests import Place, Wildcards
from lccs_inputs.workflow.requests.areas import (
    GridRequest,
    OutlineRequest,
    SampleReferenceRequest,
    SampleRequest,
)

AREA_CACHE = Path(".cache/areas")

Files = tuple[Path, Path]
"""The two files that the stage grid writes of an area: `area.geojson` and `grid.json`."""

_FILES, _SCRIPT = (paths.OUTLINE, paths.GRID), SCRIPTS / "write_grid.py"


class AreaPlan:
    """Areas on their grid, and the embedded sample."""

    sample_products: Sequence[str] = sample.PRODUCT_FILES
    sample_reference_layers: Sequence[str] = sample.REFERENCE_LAYERS
    sample_truth: Sequence[str] = ("truth", "level3", *sample.TRUTH_LAYERS)

    def __init__(self, config: Config, folders: paths.Folders) -> None:
        self._config, self._folders = config, folders
        self._areas: dict[tuple[str, int], Area] = {}
        self.wait: Callable[[str], object] = _refuse
        """What is done where the grid of an asset is to be made first; the rules have it end an
        input function until it is there."""

    def area(self, name: str) -> Area:
        """An area on its grid; that of an asset as a job has written it.

        Raises:
            AreaError: it cannot be read, or put on the grid.
        """
        key = name, self._written_at(name)
        if key not in self._areas:
            try:
                self._areas[key] = self._found(name)
            except OSError as error:
                raise AreaError(f"areas.{name}: cannot be used ({error})") from error
        return self._areas[key]

    def _found(self, name: str) -> Area:
        grid, definition = self._config.grid, self._config.areas[name].model_dump()
        if definition["asset"]:
            return Area.read(*self._written(name))
        return resolve_area(
            name, definition, grid.crs, grid.resolution, grid.block, cache=AREA_CACHE
        )

    def shape(self, name: str) -> str:
        """An area by its shape: the file it came from may change and keep its name."""
        area = self.area(name)
        return fingerprint([area.grid.to_dict(), area.geometry.wkb_hex])

    def bounds(self, name: str) -> tuple[float, float, float, float]:
        """West, south, east, north of an area, degrees (EPSG:4326)."""
        return self.area(name).bounds_lonlat()

    def _written(self, name: str) -> Files:
        """The files of the area of an asset; waited for only where a run makes them anew.

        For what waits is not told from what has changed, and would be made anew for nothing.
        """
        place = Place(area=name)
        outline, grid = (self._folders.here(file.format(area=name)) for file in _FILES)
        inputs = [Path(file) for file in self.outline(place)]
        if not is_current(grid, self.grid_request(place), inputs, script_hash(_SCRIPT)):
            self.wait(name)
        return outline, grid

    def _written_at(self, name: str) -> int:
        """When the area of an asset was written, ns: it may be anew while a run goes on."""
        grid = self._folders.here(paths.GRID.format(area=name))
        return grid.stat().st_mtime_ns if self._config.areas[name].asset and grid.exists() else 0

    def outline(self, wildcards: Wildcards) -> list[str]:
        """The vector file that an area is read from: the user's own, or a fetched asset."""
        area = self._config.areas[wildcards.area]
        if area.asset:
            cache = self._config.earthengine.cache
            return [paths.asset_outline(cache, outline_of(area))]
        return [self._folders.given(area.file)] if area.file else []

    def given(self, wildcards: Wildcards) -> str:
        """What changes with the vector file of an area and with the files that belong to it."""
        file = self._config.areas[wildcards.area].file
        return given_state(Path(file)) if file else ""

    def outline_request(self, wildcards: Wildcards) -> dict[str, Any]:
        """Which asset an outline is fetched from; the file is named after it."""
        name, asset = next(
            (name, area.asset)
            for name, area in self._config.areas.items()
            if area.asset and outline_of(area) == wildcards.outline
        )
        return OutlineRequest(name, asset).to_dict()

    def grid_request(self, wildcards: Wildcards) -> dict[str, Any]:
        grid = self._config.grid
        definition = self._config.areas[wildcards.area].model_dump(exclude_none=True)
        return GridRequest(
            wildcards.area, definition, grid.crs, grid.resolution, grid.block
        ).to_dict()

    def sample_reference_request(self, wildcards: Wildcards) -> dict[str, Any]:
        return SampleReferenceRequest(self._config.sample.seed).to_dict()

    def sample_request(self, wildcards: Wildcards) -> dict[str, Any]:
        settings = self._config.sample
        return SampleRequest(settings.resolution, settings.seed, sample.RECIPE).to_dict()


def _refuse(name: str) -> None:
    raise AreaError(
        f"areas.{name}.asset: is not fetched yet; run `make grid` with this config first"
    )


def outline_of(area: AreaSettings) -> str:
    """What the file of the outline of an asset is called; "" of other areas."""
    return fingerprint(area.asset) if area.asset else ""
