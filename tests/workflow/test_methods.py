"""Every method that config.yaml lists makes its layer on the sample, on every engine."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.sample.truth import TRUTH
from standins.earthengine import EarthEngineStandIn
from workflow.every_method import CONFIG, Maker, build_sources, every_method, f1
from workflow.harness import new_project, small_config

pytestmark = pytest.mark.workflow

SMALL = [6.520, 46.377, 6.5385, 46.391]  # a little of every class but rock
ONE_BLOCK = 4096  # of each of the many scene sets
SCENES_AND_MAPS = {
    "crop_map": {"product": "EUCROPMAP", "editions": {2018: "earthengine"}},
    "surface_water": {"product": "GSW_OCCURRENCE", "editions": {"static": "earthengine"}},
    "water_months": {"product": "GSW_SEASONALITY", "editions": {"static": "earthengine"}},
    "slope": {"product": "SLOPE", "editions": {"static": "earthengine"}},
    "canopy_height": {"product": "CANOPY_HEIGHT", "editions": {2020: "earthengine"}},
}
"""What Earth Engine has of the sources of the config; the others come from CLMS."""


@pytest.fixture(scope="module")
def open_data(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    config = small_config(sample)
    config["grid"]["block"] = ONE_BLOCK
    project = new_project(tmp_path_factory.mktemp("open_data") / "project", config)
    build_sources(project)
    return Maker(project)


@pytest.fixture(scope="module")
def service(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EarthEngineStandIn]:
    folder = tmp_path_factory.mktemp("exports")
    with EarthEngineStandIn(sample / "catalog.json", folder=folder) as running:
        yield running


@pytest.fixture(scope="module")
def earth_engine(
    sample: Path, service: EarthEngineStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Maker:
    config = small_config(sample, areas={"shore": {"bbox": SMALL}})
    for scene_set in config["scenes"].values():
        scene_set["catalogue"] = "earthengine"
    config["grid"]["block"] = ONE_BLOCK
    config["products"] |= SCENES_AND_MAPS
    config["earthengine"] = {"project": "test-project", "url": service.url}
    project = new_project(tmp_path_factory.mktemp("earth_engine") / "project", config)
    build_sources(project)
    project.run("layers")
    return Maker(project)


NOWHERE = {("artific_urb_cat", "l8_ndvi_ndbi")}
"""Methods that find nothing in the village of the small area: too green for them at 30 m."""


def check(codes: np.ndarray, layer: str) -> None:
    known = codes != 255
    assert known.mean() > 0.8
    assert DESCRIPTORS[layer].allows(codes[known]).all()


def varies(codes: np.ndarray) -> bool:
    return len(np.unique(codes[codes != 255])) > 1


@pytest.mark.parametrize(("layer", "method"), every_method())
def test_the_method_makes_its_layer_from_open_data(open_data: Maker, layer: str, method: str):
    codes = open_data.make(layer, method)
    check(codes, layer)
    assert varies(codes), "it is the same everywhere"


@pytest.mark.parametrize(("layer", "method"), every_method())
def test_the_method_makes_its_layer_from_earth_engine(earth_engine: Maker, layer: str, method: str):
    codes = earth_engine.make(layer, method)
    check(codes, layer)
    assert varies(codes) != ((layer, method) in NOWHERE)


@pytest.mark.parametrize(
    "layer", [name for name in TRUTH if CONFIG["layers"][name]["use"] != "none"]
)
def test_the_default_finds_what_is_there(open_data: Maker, sample: Path, layer: str):
    use = CONFIG["layers"][layer]["use"]
    codes = open_data.make(layer, use if isinstance(use, str) else use[0])
    truth = open_data.truth(sample, layer)
    for code in set(TRUTH[layer].values()) - {0}:
        if (truth == code).any():
            assert f1(codes, truth, code) >= 0.95, (layer, code)
