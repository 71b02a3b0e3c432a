"""Made-up scenes that cover a block, and composing them, for the benches of the composite core."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import rasterio
from pyproj import Transformer
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds
from shapely import box

from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.scenes import Scene
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from standins.imagery import scene_list, sentinel2_scene

SENSOR = SENSORS["sentinel2"]
MASK = SENSOR.masks["scl"]
LEFT, TOP = 967680, 6604800
MARGIN = 1000  # px of a scene beyond the block: the zones are turned against the grid


def grid_of(side: int) -> Grid:
    """A block of side × side px; all have their upper left corner in common."""
    return Grid("EPSG:2154", (10, 10), (LEFT, TOP - side * 10, LEFT + side * 10, TOP))


def mpx(side: int) -> float:
    return side**2 / 1e6


def make_scenes(folder: Path, side: int, count: int = 6) -> list[Scene]:
    """Scenes that cover a whole block, alternating between two UTM zones and two offsets."""
    scenes = []
    for seed in range(count):
        crs = ("EPSG:32631", "EPSG:32632")[seed % 2]
        x, y = Transformer.from_crs("EPSG:2154", crs, always_xy=True).transform(LEFT, TOP)
        corner = (x // 20 * 20 - 3600 - 160 * seed, y // 20 * 20 + 3000 + 140 * seed)
        offset = -0.1 if seed % 3 == 0 else 0.0
        scenes.append(
            sentinel2_scene(
                folder, f"s{seed}", crs, corner, side + MARGIN, seed, offset=offset, block=1024
            )
        )
    return scenes


def repeated(scenes: Sequence[Scene], count: int) -> list[Scene]:
    """As many scenes as are asked for, of the same files in turn, over the months of a year."""
    return [
        replace(
            scenes[i % len(scenes)], id=f"scene{i}", datetime=f"2018-{1 + i % 12:02}-15T10:30:00Z"
        )
        for i in range(count)
    ]


def compose(
    scenes: Sequence[Scene], side: int, target: Path, threads: int = 1, connections: int = 8,
    bands: Sequence[str] = (),
) -> None:  # fmt: skip
    grid = grid_of(side)
    compose_block(
        scene_list(*scenes), SENSOR, MASK, grid, Area(box(*grid.bounds), grid), target, bands,
        threads=threads, connections=connections,
    )  # fmt: skip


def read_once(scenes: Sequence[Scene], side: int) -> None:
    """Read every native block that a block touches, in one thread."""
    grid = grid_of(side)
    with gdal_env():
        for asset in (asset for scene in scenes for asset in scene.assets.values()):
            with rasterio.open(asset.href) as raster:
                bounds = transform_bounds(grid.crs, raster.crs, *grid.bounds, densify_pts=21)
                height, width = raster.block_shapes[0]
                whole = Window(0, 0, raster.width, raster.height)
                (top, bottom), (left, right) = (
                    from_bounds(*bounds, raster.transform).intersection(whole).toranges()
                )
                for row in range(int(top) // height * height, int(bottom), height):
                    for col in range(int(left) // width * width, int(right), width):
                        raster.read(1, window=Window(col, row, width, height).intersection(whole))
