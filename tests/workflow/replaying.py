"""Pixels of a finished run, explained, against the files that the run wrote."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.commands.explain import explainer
from lccs_inputs.config import load, load_files
from lccs_inputs.explain.answer import PixelAnswer
from lccs_inputs.explain.places import Spot
from lccs_inputs.plan import Plan
from lccs_inputs.rasters.area import Area
from workflow.harness import REPO, Project


def explained(project: Project, area: str, count: int, *, flips: bool = False) -> list[PixelAnswer]:
    """Random pixels of the area of a run."""
    config = load(load_files(REPO / "config.yaml", [project.config], {}))
    folder = Path("results") / area
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.folder)
        place = Area.read(folder / "area.geojson", folder / "grid.json")
        rows, columns = np.nonzero(place.mask(place.grid))
        some = np.random.default_rng(2018).choice(rows.size, count, replace=False)
        spots = [Spot(int(rows[at]), int(columns[at])) for at in some]
        with explainer(Plan(config), area, "2018", with_flips=flips) as explains:
            return [*explains.of_each(spots)]


def assert_as_in_the_files(answers: list[PixelAnswer], period: Path) -> None:
    """The codes of layers are those of their files, and their method is the one mapped."""
    for number, layer in enumerate(answers[0].layers):
        with rasterio.open(period / f"layers/{layer.layer}.tif") as raster:
            stored, tags = raster.read(1), raster.tags()
        for answer in answers:
            told = answer.layers[number]
            assert told.code == stored[answer.row, answer.column], (layer.layer, answer)
            if told.method:  # else minus alone says that it is not there
                assert told.method in tags["method"].split(", ")
