"""Sentinel-2 over Switzerland for a year: real tiles and orbits, made-up scenes, no pixels."""

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from pyproj import Transformer
from shapely import box

from lccs_inputs.imagery.places import Extent
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid

COLLECTION = "COPERNICUS/S2_SR_HARMONIZED"
BOX = (2_485_000, 1_075_000, 2_834_000, 1_296_000)
SWITZERLAND = Area(box(*BOX), Grid("EPSG:2056", (10, 10), BOX, 4096))
SIDE = 109_800
"""Of a tile of Sentinel-2, m."""

TILES = {
    "31TGL": (699_960, 5_100_000), "31TGM": (699_960, 5_200_020), "31TGN": (699_960, 5_300_040),
    "32TLR": (300_000, 5_100_000), "32TLS": (300_000, 5_200_020), "32TLT": (300_000, 5_300_040),
    "32ULU": (300_000, 5_400_000), "32TMR": (399_960, 5_100_000), "32TMS": (399_960, 5_200_020),
    "32TMT": (399_960, 5_300_040), "32UMU": (399_960, 5_400_000), "32TNR": (499_980, 5_100_000),
    "32TNS": (499_980, 5_200_020), "32TNT": (499_980, 5_300_040), "32UNU": (499_980, 5_400_000),
    "32TPS": (600_000, 5_200_020), "32TPT": (600_000, 5_300_040),
}  # fmt: skip
"""Left and upper edge of the tiles of ESA's tiling grid, m in the UTM zone of the name."""

ORBITS = {
    8: (0, "31TGL 31TGM 31TGN"),
    108: (2, "31TGL 31TGM 31TGN 32TLR 32TLS 32TLT 32ULU 32TMR 32TMS 32TMT 32UMU"),
    65: (4, "32TMR 32TMS 32TMT 32UMU 32TNR 32TNS 32TNT 32UNU 32TPS 32TPT"),
    22: (1, "32TNS 32TNT 32UNU 32TPS 32TPT"),
}
"""Relative orbit → its day among five, and the tiles that it sees."""


_INTO_ZONES = {
    zone: Transformer.from_crs(SWITZERLAND.grid.crs, f"EPSG:326{zone}", always_xy=True)
    for zone in ("31", "32")
}


def extent(tile: str) -> Extent:
    left, top = TILES[tile]
    return Extent(f"EPSG:326{tile[:2]}", (left, top - SIDE, left + SIDE, top))


def scene(tile: str, orbit: int, start: datetime, second: int = 0) -> Scene:
    """A granule of a datatake that starts then; tiles are sensed from north to south."""
    moment = start + timedelta(seconds=second)
    take, platform = f"{start:%Y%m%dT%H%M%S}", "ab"[start.toordinal() // 5 % 2]
    return Scene(
        id=f"{take}_{moment:%Y%m%dT%H%M%S}_T{tile}",
        collection=COLLECTION,
        datetime=f"{moment:%Y-%m-%dT%H:%M:%S}Z",
        tile=tile,
        platform=f"sentinel2{platform}",
        updated="2019-01-01T00:00:00Z",
        assets={},
        datatake=take,
        observation=f"sentinel2{platform} {start:%Y-%m-%dT%H:%M:%S}Z R{orbit:03}",
        extent=extent(tile),
    )


@cache
def year(number: int = 2000) -> SceneList:
    """The first scenes of 2018, each overpass one observation."""
    made = []
    for day in range(366):
        for orbit, (turn, tiles) in ORBITS.items():
            start = datetime(2018, 1, 1, 10, 20, 21, tzinfo=UTC) + timedelta(days=day)
            if day % 5 == turn:
                made += [scene(t, orbit, start, at) for at, t in enumerate(sorted(tiles.split()))]
    return listed(made[:number])


def listed(scenes: list[Scene]) -> SceneList:
    dates = ("2018-01-01", "2018-12-31")
    return SceneList("s2", "2018", "sentinel2", *dates, "c", "", len(scenes), {}, scenes)


@cache
def seen_from(grid: Grid) -> set[str]:
    """The tiles with a pixel under a pixel centre of a grid, by looking at the outermost centres.

    A tile is larger than the grid and has no hollow, so it cannot lie between them.
    """
    xs = grid.bounds[0] + (np.arange(grid.width) + 0.5) * grid.resolution
    ys = grid.bounds[1] + (np.arange(grid.height) + 0.5) * grid.resolution
    x = np.concatenate([xs, xs, np.full(len(ys), xs[0]), np.full(len(ys), xs[-1])])
    y = np.concatenate([np.full(len(xs), ys[0]), np.full(len(xs), ys[-1]), ys, ys])
    found = set()
    for zone, move in _INTO_ZONES.items():
        east, north = move.transform(x, y)
        for tile, (left, top) in TILES.items():
            inside = (east >= left) & (east < left + SIDE) & (north <= top) & (north > top - SIDE)
            if tile.startswith(zone) and inside.any():
                found.add(tile)
    return found
