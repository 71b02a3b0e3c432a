"""A block from 30 remote scenes, 80 ms away: bytes, requests and time, the whole job.

Set against odc-stac's load alone, eager, with as many connections, from the same server in a
process of its own; the medians of alternating runs. Without the imagery cache, each asks for all.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

from composite_inputs import compose, make_scenes, repeated
from figures import Figures, cost
from usual_way import MISSING, load

from lccs_inputs.imagery.scenes import Scene
from standins.file_server import FileServer

SIDE, SCENES, CONNECTIONS, DELAY, ROUNDS = 2048, 30, 8, 0.08, 3
TARGETS = {"MB": 1.05, "requests": 1.2, "seconds": 0.7}


def serve(folder: str) -> None:
    """Tell the URL; then, for every line, how many bytes and requests there were since the last."""
    with FileServer(Path(folder), delay=DELAY) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            print(server.sent / 1e6, len(server.requests), flush=True)
            server.requests.clear()
            server.asked.clear()


def ours(scenes: Sequence[Scene], folder: Path, url: str) -> None:
    remote = [
        replace(scene, assets={
            name: replace(asset, href=asset.href.replace(str(folder), url))
            for name, asset in scene.assets.items()
        })
        for scene in scenes
    ]  # fmt: skip
    compose(remote, SIDE, folder / "block.tif", 2, CONNECTIONS)


def others(scenes: Sequence[Scene], folder: Path, url: str) -> None:
    import odc.stac

    odc.stac.configure_rio(cloud_defaults=True)
    load(scenes, SIDE, (str(folder), url), pool=CONNECTIONS)


def measured(folder: Path, scenes: Sequence[Scene]) -> dict[str, list[list[float]]]:
    """MB, requests and seconds of each run, by whose it is."""
    command = [sys.executable, __file__, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        said, asked = cast(IO[str], server.stdout), cast(IO[str], server.stdin)
        url = said.readline().strip()

        def run(action: Callable[..., None]) -> list[float]:
            wall = cost(action, scenes, folder, url).wall
            print(file=asked, flush=True)
            return [*map(float, said.readline().split()), wall]

        runs: dict[str, list[list[float]]] = {"ours": [], "others": []}
        for _ in range(ROUNDS):
            runs["ours"].append(run(ours))
            runs["others"].append(run(others))
        asked.close()
    return runs


def main() -> int:
    if sys.argv[1:]:
        serve(sys.argv[1])
        return 0
    figures = Figures(f"Over HTTP, {SCENES} scenes, block of {SIDE}², against odc-stac's load")
    if MISSING:
        figures.not_measured("bytes, requests and seconds", MISSING)
        return figures.end()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = measured(folder, repeated(make_scenes(folder, SIDE, 12), SCENES))
    for at, (unit, limit) in enumerate(TARGETS.items()):
        mine, theirs = ([run[at] for run in runs[whose]] for whose in ("ours", "others"))
        figures.ratio(unit, mine, theirs, limit, unit)
    return figures.end()


if __name__ == "__main__":
    sys.exit(main())
