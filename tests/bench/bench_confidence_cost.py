"""What confidence costs beside the layers: CPU of both, without the start of jobs.

The sources of the default config, of the sample, repeated over a square: 1750 px (the sample's box
at 10 m) and 4400 px, or as many as the arguments say. Exits 1 where a limit is passed.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path

import numpy as np
import rasterio
from figures import Figures, cost
from shapely import box

from lccs_inputs.commands import plan_of
from lccs_inputs.confidence.mapping import Targets, map_confidence
from lccs_inputs.confidence.question import LayerParts
from lccs_inputs.expressions import AreaStatistics, parse
from lccs_inputs.facts.lccs import LAYER_PREFIX
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.order import in_order
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import read_statistics
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.confidence import ConfidenceRequest
from lccs_inputs.workflow.requests.layers import LayerRecipe
from workflow.harness import new_project

SIDES = (1750, 4400)
ROUNDS = 3
LIMIT = 1.35
"""Times the CPU of the layers that it may take; 0.5 is wanted."""
PLACE = {"area": "evian", "period": "2018"}
WINDOW = 2048


class Work:
    """The layers of the sample, and how sure they are, over a square of its sources.

    Args:
        project: the sample, with its layers; `folder`, where the rasters are made.
    """

    def __init__(self, project: Path, folder: Path, side: int) -> None:
        with chdir(project):
            plan = plan_of([Path("mine.yaml")])
            place = Place(**PLACE)
            self.request = ConfidenceRequest.from_dict(plan.confidence.request(place))
            recipes = {
                layer: LayerRecipe.from_dict(plan.layers.layer_recipe(Place(**PLACE, layer=layer)))
                for layer in plan.config.made
            }
            asked = {name for recipe in recipes.values() for name in recipe.leaves}
            asked |= {*self.request.leaves, *self.request.looks}
            files = plan.explain.rasters(place)
            files |= {name: plan.names.raster("evian", "2018", name) for name in asked}
            statistics = plan.explain.statistics(place)
            self.statistics: Mapping[str, AreaStatistics] = read_statistics(
                {name: plan.folders.here(file) for name, file in statistics.items()}
            )
            self.sources = {
                name: project / plan.folders.here(file) for name, file in files.items()
                if name in asked and not name.startswith(LAYER_PREFIX)
            }  # fmt: skip
        self.folder, self.table = folder, self.request.table
        nodes = {name: parse(name, recipe.expression) for name, recipe in recipes.items()}
        self.recipes = {name: (nodes[name], [*recipes[name].leaves])
                        for name in in_order(nodes, [*nodes])}  # fmt: skip
        bounds = (0.0, 0.0, side * 10.0, side * 10.0)
        self.area = Area(box(*bounds), Grid("EPSG:2154", (10, 10), bounds, 4096))
        folder.mkdir()

    def repeat(self) -> None:
        """Make the sources of the square."""
        for path in {*self.sources.values()}:
            with rasterio.open(path) as raster:
                bands = raster.read()
                said = [text or "" for text in raster.descriptions]
                kind = raster.dtypes[0], raster.nodata
                scales = raster.scales
            with create_raster(
                self.repeated(path), self.area.grid, said, *kind, scales=scales
            ) as whole:
                rows, cols = (np.arange(side) for side in self.area.grid.shape)
                for top in range(0, len(rows), WINDOW):
                    part = rows[top : top + WINDOW] % bands.shape[1]
                    pixels = bands[:, part][:, :, cols % bands.shape[2]]
                    window = rasterio.windows.Window(0, top, len(cols), len(part))
                    whole.write(pixels, window=window)

    def repeated(self, path: Path) -> Path:
        return self.folder / f"{path.parent.parent.name}.tif"

    def made(self, layer: str) -> Path:
        return self.folder / "layers" / f"{layer}.tif"

    def rasters(self) -> dict[str, Path]:
        layers = {LAYER_PREFIX + name: self.made(name) for name in self.recipes}
        return {name: self.repeated(path) for name, path in self.sources.items()} | layers

    def layers(self) -> None:
        rasters = self.rasters()
        for name, (node, leaves) in self.recipes.items():
            bands = raster_bands({leaf: rasters[leaf] for leaf in leaves}, self.table)
            build_layer(
                self.table[name], node, bands, statistics=self.statistics, area=self.area,
                target=self.made(name), tags={}, note=self.folder / f"notes/{name}.npz",
                nearest=self.folder / f"nearest/{name}.tif",
            )  # fmt: skip

    def confidence(self) -> None:
        targets = Targets(
            {name: self.folder / "confidence" / f"{name}.tif" for name in self.recipes},
            self.folder / "confidence/level3.tif",
        )
        wanted = {*self.request.leaves, *self.request.looks}
        wanted |= {LAYER_PREFIX + name for name in self.recipes}
        bands = {name: path for name, path in self.rasters().items() if name in wanted}
        map_confidence(
            [LayerParts(**each) for each in self.request.layers], self.table, self.request.coded,
            raster_bands(bands, self.table), statistics=self.statistics, area=self.area,
            targets=targets, tags={},
        )  # fmt: skip


def main() -> int:
    figures = Figures("confidence, CPU")
    with tempfile.TemporaryDirectory() as folder:
        new_project(Path(folder) / "sample", {}).run("layers")
        for side in map(int, sys.argv[1:]) if sys.argv[1:] else SIDES:
            work = Work(Path(folder) / "sample", Path(folder) / str(side), side)
            work.repeat()
            runs = [(cost(work.layers), cost(work.confidence)) for _ in range(ROUNDS)]
            ours, others = ([each[at].cpu for each in runs] for at in (1, 0))
            size = f"{side**2 / 1e6:.0f} Mpx"
            figures.ratio(f"{size}, against all layers", ours, others, LIMIT, "s")
            print(f"| {size}, peak | {max(each[1].peak for each in runs):.0f} MiB | | | |")
    return figures.end()


if __name__ == "__main__":
    os.environ.setdefault("TQDM_DISABLE", "1")
    sys.exit(main())
