"""Making a layer by any method of the config, from sources that a run has built.

The sources of all methods are built by the workflow, once; then each method is resolved and
evaluated with the same library calls as the job `build_layer` makes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

from lccs_inputs import config as configuration
from lccs_inputs.expressions import parse, statistic_name, statistics_of
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import Statistics, compute_statistics
from lccs_inputs.plan import Plan
from lccs_inputs.plan.names import Names
from lccs_inputs.rasters.area import Area
from lccs_inputs.sample.truth import TRUTH
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.layers import LayerRecipe
from workflow.harness import REPO, Project

AREA, PERIOD = "shore", "2018"
CONFIG = configuration.load_files(REPO / "config.yaml", [], {})


def every_method() -> Iterator[tuple[str, str]]:
    for layer, settings in CONFIG["layers"].items():
        for method in settings["methods"]:
            yield layer, method


def plan_of(config: dict[str, Any], layer: str, method: str) -> Plan:
    """The plan of a run that makes every layer, and this one by one method."""
    layers = {name: dict(settings) for name, settings in config["layers"].items()}
    for name, settings in layers.items():
        if settings["use"] == "none":
            settings["use"] = next(iter(settings["methods"]))
        if name == layer:
            settings["use"] = method
    return Plan(configuration.load({**config, "layers": layers}))


def build_sources(project: Project) -> None:
    """Build every source that some method needs: all are in use, so that each has all bands."""
    layers = {
        name: settings | {"use": list(settings["methods"])}
        for name, settings in project.config["layers"].items()
    }
    config = project.config | {"layers": layers}
    plan = Plan(configuration.load(config))
    targets = {*plan.scenes.targets(), *plan.products.targets()}
    sources = sorted(str(plan.folders.here(file)) for file in targets)
    Project(project.folder, config).run(*sources)


class Maker:
    """Makes layers within the folder of a run."""

    def __init__(self, project: Project) -> None:
        self.project = project
        folder = project.folder / "results" / AREA
        self.area = Area.read(folder / "area.geojson", folder / "grid.json")

    def make(self, layer: str, method: str) -> np.ndarray:
        """The codes of a layer by a method; layers that it names as the default run has them."""
        plan = plan_of(self.project.config, layer, method)
        recipe = LayerRecipe.from_dict(
            plan.layers.layer_recipe(Place(area=AREA, period=PERIOD, layer=layer))
        )
        descriptors = plan.config.known_descriptors
        bands = raster_bands(self._paths(recipe.leaves, plan), descriptors)
        node = parse(layer, recipe.expression)
        target = self.project.folder / "made" / layer / f"{method}.tif"
        build_layer(
            descriptors[layer], node, bands, statistics=dict(self._statistics(plan, node)),
            area=self.area, target=target, tags={},
        )  # fmt: skip
        with rasterio.open(target) as raster:
            codes: np.ndarray = raster.read(1)
            return codes

    def _paths(self, leaves: Mapping[str, str], plan: Plan) -> dict[str, Path]:
        """Where the rasters are; a layer that the default run does not make is made here."""
        names = Names(plan.config)
        found = {
            name: self.project.folder / plan.folders.here(names.raster(AREA, PERIOD, name))
            for name in leaves
        }
        for name, path in found.items():
            if not path.exists():
                layer = name.removeprefix("layers.")
                method = plan.config.layers[layer].use[0]
                self.make(layer, method)
                found[name] = self.project.folder / "made" / layer / f"{method}.tif"
        return found

    def _statistics(self, plan: Plan, node: Any) -> Iterator[tuple[str, Statistics]]:
        for part in statistics_of(node):
            name = statistic_name(part.argument)
            asked = plan.layers.statistic_recipe(Place(area=AREA, period=PERIOD, statistic=name))
            paths = self._paths(asked["leaves"], plan)
            bands = raster_bands(paths, plan.config.known_descriptors)
            target = self.project.folder / "made" / f"{name}.json"
            compute_statistics(part.argument, bands, self.area, target)
            yield name, Statistics.read(target)

    def truth(self, sample: Path, layer: str) -> np.ndarray:
        """The true codes of a layer over the area."""
        with rasterio.open(sample / "truth/truth.tif") as raster:
            window = raster.window(*self.area.grid.bounds).round_offsets().round_lengths()
            classes = raster.read(1, window=window)
        table = np.zeros(256, np.uint8)
        for kind, code in TRUTH[layer].items():
            table[kind] = code
        return table[classes]


def f1(found: np.ndarray, truth: np.ndarray, code: int = 1) -> float:
    """F1 of a code over the pixels that are known: 2 TP / (2 TP + FP + FN)."""
    known = found != 255
    one, other = (found == code) & known, (truth == code) & known
    return 2 * float((one & other).sum()) / max(1, int(one.sum()) + int(other.sum()))
