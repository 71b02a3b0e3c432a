"""The Earth Engine exporter: 200 tiles at 2 s a request in 16 slots, against the ideal.

The stand-in takes the 2 s, the client and the exporter are the real ones. Exits 1 if the exporter
takes more than 1.15 times as long as waiting alone, or sends more than one request a tile.
"""

import sys
import tempfile
import time
from pathlib import Path

from shapely import box

from lccs_inputs.earthengine import tiles
from lccs_inputs.earthengine.export import export_block
from lccs_inputs.earthengine.search import search_scenes
from lccs_inputs.earthengine.signin import Account, sign_in
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.sample.generate import generate_sample
from scene_requests import scene_request
from service_settings import export_settings
from standins.earthengine import EarthEngineStandIn

TILES, LATENCY, SLOTS, MOST = 200, 2.0, 16, 1.15
SIDE = 16  # px of a tile: only the waiting is measured
BOUNDS = (977280, 6588160, 977280 + 20 * SIDE * 10, 6588160 + 10 * SIDE * 10)


def seconds(folder: Path) -> tuple[float, int]:
    """Seconds of an export, and its requests."""
    generate_sample(folder / "sample", 10, seed=1, bounds=BOUNDS)
    grid = Grid("EPSG:2154", (10, 10), BOUNDS)
    area, sensor = Area(box(*BOUNDS), grid), SENSORS["sentinel1"]
    tiles._SIDES = (SIDE,)
    with EarthEngineStandIn(folder / "sample/catalog.json", folder=folder) as service:
        session = sign_in(Account("bench", url=service.url))
        asked = scene_request(
            "sentinel1", "", "2018-05-01", "2018-10-31", "none", area.bounds_lonlat()
        )
        scenes = search_scenes(session, asked)
        service.latency = LATENCY
        started = time.monotonic()
        target, settings = folder / "block.tif", export_settings(SLOTS, folder / "cache")
        export_block(session, scenes, sensor, None, grid, area, target, settings)
        return time.monotonic() - started, len(service.requests())


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        taken, requests = seconds(Path(folder))
    ideal = TILES * LATENCY / SLOTS
    print(f"{TILES} tiles, {LATENCY:g} s a request, {SLOTS} slots")
    print(f"ideal {ideal:6.1f} s   taken {taken:6.1f} s   {taken / ideal:.3f} times")
    print(f"requests {requests}")
    return 0 if taken / ideal <= MOST and requests == TILES else 1


if __name__ == "__main__":
    sys.exit(main())
