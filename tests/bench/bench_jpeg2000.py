"""Composing a block from JPEG 2000 scenes, the whole job, against reading each tile of them once.

As Sentinel-2 is delivered: lossless, in tiles of 1024 × 1024 px, which take long to decode.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import rasterio.shutil
from composite_inputs import compose, make_scenes, read_once
from figures import Figures, cost

from lccs_inputs.imagery.scenes import Scene

SIDE, SCENES, ROUNDS = 1024, 3, 3


def as_jpeg2000(scenes: Sequence[Scene], folder: Path) -> list[Scene]:
    converted = []
    for scene in scenes:
        assets = {}
        for name, asset in scene.assets.items():
            path = folder / f"{scene.id}-{name}.jp2"
            rasterio.shutil.copy(
                asset.href, path, driver="JP2OpenJPEG", quality="100", reversible="yes"
            )
            assets[name] = replace(asset, href=str(path))
        converted.append(replace(scene, assets=assets))
    return converted


def main() -> int:
    figures = Figures(f"JPEG 2000, block of {SIDE}², {SCENES} scenes")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenes = as_jpeg2000(make_scenes(folder, SIDE, SCENES), folder)
        ours, once = [], []
        for _ in range(ROUNDS):
            once.append(cost(read_once, scenes, SIDE).cpu)
            ours.append(cost(compose, scenes, SIDE, folder / "block.tif").cpu)
    figures.ratio("composing, against reading each tile once", ours, once, 1.3, "CPU-s")
    return figures.end()


if __name__ == "__main__":
    sys.exit(main())
