"""An engine from outside the package: one scene, and a board of squares of 100 m for its pixels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SCENE_NODATA, SENSORS, Sensor
from lccs_inputs.imagery.engine import Engine, Services
from lccs_inputs.imagery.freezing import Look
from lccs_inputs.imagery.requests import REQUEST_TAG, BlockRequest, FreezeRequest, SceneRequest
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.writing import create_raster

SQUARE = 100  # m


class Checkerboard:
    recipe = "checkerboard 1"
    threads = 1

    def catalogue_files(self, catalogue: str) -> list[str]:
        return []

    def collections(self, catalogue: str, sensor: Sensor) -> tuple[str, ...]:
        if sensor.name != "sentinel2":
            raise SourceError(f"{catalogue} has no {sensor.name}")
        return ("boards",)

    def masks(self, sensor: Sensor) -> tuple[str, ...]:
        return ("squares",)

    def slots(self, catalogue: str, services: Services) -> Mapping[str, int]:
        return {"http_slots": 3}

    def memory(self, services: Services) -> int:
        return 700

    def search(self, request: SceneRequest, services: Services) -> SceneList:
        scene = Scene("a", "boards", f"{request.start}T10:00:00Z", "", "sentinel2a", "", {})
        return SceneList(
            request.source, request.edition, request.sensor, request.start, request.end,
            request.catalogue, "", 1, {}, [scene],
        )  # fmt: skip

    def look_at(
        self,
        found: SceneList,
        looks: Sequence[Look],
        request: FreezeRequest,
        area: Area,
        services: Services,
        slots: int,
    ) -> list[Look]:
        return list(looks)

    def compose(
        self,
        request: BlockRequest,
        scenes: SceneList,
        area: Area,
        target: Path,
        services: Services,
        slots: int,
        threads: int = 1,
    ) -> None:
        assert slots == self.slots(scenes.catalogue, services)["http_slots"]
        grid = area.block_grid(area.block(request.block))
        sensor = SENSORS[request.sensor]
        bands = tuple(request.bands) or sensor.scene_set_bands
        dark = np.where(board(grid.bounds, grid.shape, grid.resolution), 500, 4000)
        with create_raster(
            target, grid, bands, "int16", SCENE_NODATA, scales=sensor.scales_of(bands),
            tags={REQUEST_TAG: request.fingerprint},
        ) as raster:  # fmt: skip
            for number, band in enumerate(bands, start=1):
                values = dark if band == "red" else np.full_like(dark, 2000)
                raster.write(np.where(area.mask(grid), values, SCENE_NODATA), number)


def board(
    bounds: tuple[float, float, float, float], shape: tuple[int, int], resolution: float
) -> np.ndarray:
    """True on every other square, whatever the block."""
    xs = bounds[0] + (np.arange(shape[1]) + 0.5) * resolution
    ys = bounds[3] - (np.arange(shape[0]) + 0.5) * resolution
    squares: np.ndarray = (xs[None, :] // SQUARE + ys[:, None] // SQUARE) % 2 == 0
    return squares


ENGINE: Engine = Checkerboard()
