"""How much of what is still to be composed each scene covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pyproj.exceptions import CRSError, ProjError
from shapely import box, segmentize, unary_union
from shapely.geometry.base import BaseGeometry

from lccs_inputs.imagery.engine import Ahead
from lccs_inputs.imagery.places import Extent
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.projecting import projected

_STEPS = 16  # points a side of a scene, which is straight in its own CRS only


@dataclass(frozen=True)
class Touched:
    """A block that is still to be composed, and the scenes that touch it."""

    request: BlockRequest
    grid: Grid
    scenes: SceneList


class Coverage:
    """The blocks that are still to be composed, and what each scene has to do with them.

    Attributes:
        blocks: with their scenes.
        geometry: the part of the area that lies in them, in the CRS of its grid.
    """

    def __init__(self, ahead: Ahead, area: Area) -> None:
        grids = area.block_grids()
        self.blocks = [
            Touched(each, grids[each.block], ahead.scenes.touching(grids[each.block]))
            for each in ahead.blocks
        ]
        self._grid = area.grid
        boxes = unary_union([box(*each.grid.bounds) for each in self.blocks])
        self.geometry: BaseGeometry = area.geometry.intersection(boxes)
        self._parts: dict[Extent | None, BaseGeometry] = {None: self.geometry}

    @cached_property
    def scenes(self) -> list[Scene]:
        """Those that cover any of it, in their order."""
        found = {scene.key: scene for each in self.blocks for scene in each.scenes.scenes}
        return [scene for scene in found.values() if self.pixels_of([scene])]

    @property
    def pixels(self) -> float:
        """Of the grid, in the area."""
        return self._pixels(self.geometry)

    @cached_property
    def observations(self) -> float:
        """How many there are of a pixel, on average, if each sees all of the blocks it touches."""
        counts = [len(each.scenes.observations) for each in self.blocks]
        sizes = [
            self._pixels(self.geometry.intersection(box(*each.grid.bounds))) for each in self.blocks
        ]
        seen = sum(count * size for count, size in zip(counts, sizes, strict=True))
        return seen / max(sum(sizes), 1.0)

    @property
    def reads(self) -> int:
        """For how many blocks all scenes are opened, all together."""
        return sum(len(each.scenes.scenes) for each in self.blocks)

    def reads_of(self, scenes: Sequence[Scene]) -> int:
        """For how many blocks some scenes are opened, all together."""
        keys = {scene.key for scene in scenes}
        return sum(scene.key in keys for each in self.blocks for scene in each.scenes.scenes)

    def pixels_of(self, scenes: Sequence[Scene]) -> float:
        """How many pixels of the grid some scenes cover, all together."""
        return sum(self._pixels(self.part(scene)) for scene in scenes)

    def part(self, scene: Scene) -> BaseGeometry:
        """What a scene covers; all of it where nothing says where the scene lies."""
        if scene.extent not in self._parts:
            self._parts[scene.extent] = self._part(scene.extent)
        return self._parts[scene.extent]

    def _part(self, extent: Extent | None) -> BaseGeometry:
        assert extent is not None
        west, south, east, north = extent.bounds
        outline = segmentize(box(*extent.bounds), max(east - west, north - south) / _STEPS)
        try:
            moved = projected(outline, extent.crs, self._grid.crs)
        except (CRSError, ProjError):
            return self.geometry
        return self.geometry.intersection(moved) if moved.is_valid else self.geometry

    def _pixels(self, geometry: BaseGeometry) -> float:
        width, height = self._grid.pixel
        return float(geometry.area / (width * height))
