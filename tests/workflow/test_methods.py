"""Every method that config.yaml lists builds its layer on the sample, from either sensor."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from lccs_inputs.lccs import DESCRIPTORS
from workflow.harness import Project, copy_of, small_config

pytestmark = pytest.mark.workflow

MOST_METHODS = 8
"""Of any layer: one run takes the n-th method of each layer, so that eight runs take them all."""


@pytest.fixture(scope="module")
def project(built: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return copy_of(built, tmp_path_factory.mktemp("methods") / "project")


def methods_of(config: dict[str, Any], layer: str) -> list[str]:
    return list(config["layers"][layer]["methods"])


def test_eight_runs_reach_every_method(sample: Path):
    config = small_config(sample)
    assert max(len(methods_of(config, layer)) for layer in config["layers"]) == MOST_METHODS


@pytest.mark.parametrize("turn", range(MOST_METHODS))
def test_the_method_builds_its_layer(project: Project, turn: int):
    chosen = {}
    for layer, settings in project.config["layers"].items():
        methods = methods_of(project.config, layer)
        settings["use"] = chosen[layer] = methods[turn % len(methods)]
    project.run("layers")
    for layer, method in chosen.items():
        with rasterio.open(
            project.folder / f"results/shore/periods/2018/layers/{layer}.tif"
        ) as raster:
            assert raster.tags()["method"] == method
            codes = raster.read(1)
        known = codes != 255
        assert known.mean() > 0.8
        assert DESCRIPTORS[layer].allows(codes[known]).all()
        assert len(np.unique(codes[known])) > 1, f"{layer} by {method} is the same everywhere"
