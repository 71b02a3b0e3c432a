"""A block from 30 remote scenes, 80 ms away: bytes, requests and time, the whole job.

Set against odc-stac's load alone, eager, with as many connections, from the same server in a
process of its own; without odc-stac installed, against what the files hold.

Exits 1 if a figure misses its target: see `main`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import IO, cast

from bench_composite import (
    GRID,
    MASK,
    SENSOR,
    SIDE,
    make_scenes,
    repeated,
    stac_item,
)
from shapely import box

from lccs_inputs.facts.sensors import OPTICAL_BANDS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.scenes import Scene
from lccs_inputs.rasters.area import Area
from standins.file_server import FileServer
from standins.imagery import scene_list

SCENES, CONNECTIONS, DELAY = 30, 8, 0.08


def serve(folder: str) -> None:
    """Tell the URL; then, for every line, how many requests and bytes there were since the last."""
    with FileServer(Path(folder), delay=DELAY) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            print(len(server.requests), server.sent, flush=True)
            server.requests.clear()
            server.asked.clear()


def compose(scenes: Sequence[Scene], folder: Path, url: str) -> None:
    remote = [
        replace(scene, assets={
            name: replace(asset, href=asset.href.replace(str(folder), url))
            for name, asset in scene.assets.items()
        })
        for scene in scenes
    ]  # fmt: skip
    compose_block(
        scene_list(*remote), SENSOR, MASK, GRID, Area(box(*GRID.bounds), GRID),
        folder / "block.tif", threads=2, connections=CONNECTIONS,
    )  # fmt: skip


def load(scenes: Sequence[Scene], folder: Path, url: str) -> None:
    import odc.stac
    from odc.geo.geobox import GeoBox

    items = [stac_item(scene, day, (str(folder), url)) for day, scene in enumerate(scenes)]
    odc.stac.configure_rio(cloud_defaults=True)
    odc.stac.load(
        items, bands=[*OPTICAL_BANDS, "scl"], geobox=GeoBox((SIDE, SIDE), GRID.transform, GRID.crs),
        groupby="id", pool=CONNECTIONS,
    )  # fmt: skip


def main() -> int:
    if sys.argv[1:]:
        serve(sys.argv[1])
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenes = repeated(make_scenes(folder), SCENES)
        command = [sys.executable, __file__, name]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            said, asked = cast(IO[str], server.stdout), cast(IO[str], server.stdin)
            url = said.readline().strip()

            def measured(action: Callable[[Sequence[Scene], Path, str], None]) -> list[float]:
                started = time.monotonic()
                action(scenes, folder, url)
                wall = time.monotonic() - started
                print(file=asked, flush=True)
                requests, sent = map(int, said.readline().split())
                return [sent / 1e6, requests, wall]

            ours = measured(compose)
            others = measured(load) if find_spec("odc") else held(scenes)
            asked.close()
    targets = (1.05, 1.2, 0.7)
    names = ("MB", "requests", "seconds")
    missed = False
    for what, here, there, limit in zip(names, ours, others, targets, strict=True):
        missed |= here / there > limit
        print(f"{what:10} {here:9.1f} against {there:9.1f}: {here / there:5.2f} (at most {limit})")
    return int(missed)


def held(scenes: Sequence[Scene]) -> list[float]:
    """All bytes of the files, with three requests for each, in no time worth speaking of."""
    files = [asset.href for scene in scenes for asset in scene.assets.values()]
    return [sum(Path(file).stat().st_size for file in files) / 1e6, 3 * len(files), float("inf")]


if __name__ == "__main__":
    os.environ.setdefault("TQDM_DISABLE", "1")
    sys.exit(main())
