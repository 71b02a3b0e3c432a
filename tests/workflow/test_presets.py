"""Presets: each makes every layer on the sample, and says what it is for."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml

from lccs_inputs import config as configuration
from lccs_inputs.config.files import replace_sections
from workflow.harness import AREA_BBOX, REPO, Project, small_config, with_sources_of

pytestmark = pytest.mark.workflow

PRESETS = sorted(path.stem for path in (REPO / "presets").glob("*.yaml"))


def on_the_sample(sample: Path, preset: str) -> dict[str, Any]:
    """What a preset chooses, with every source taken from the sample."""
    local, chosen = (
        small_config(sample),
        configuration.load_files(REPO / "config.yaml", [], {"preset": preset}),
    )
    for scene_set in chosen["scenes"].values():
        scene_set["catalogue"] = str(sample / "catalog.json")
    for name, product in chosen["products"].items():
        product["editions"] = local["products"][name]["editions"]
    shared = {key: local[key] for key in ("areas", "grid", "periods")}
    return replace_sections(chosen, shared) | {"preset": "default"}


@pytest.fixture(scope="module")
def finished(
    built: Project, sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Project]:
    """The run of a preset, made once."""

    @cache
    def make(preset: str) -> Project:
        folder = tmp_path_factory.mktemp(preset) / "project"
        project = with_sources_of(built, folder, on_the_sample(sample, preset))
        project.run("stack")
        return project

    return make


@pytest.fixture(params=PRESETS)
def ran(request: Any, finished: Callable[[str], Project]) -> Project:
    return finished(request.param)


def band(project: Project, path: str, name: str | None = None) -> np.ndarray:
    with rasterio.open(project.folder / "results/shore" / path) as raster:
        number = raster.descriptions.index(name) + 1 if name else 1
        return raster.read(number)


def test_a_preset_makes_a_stack_with_every_layer_in_it(ran: Project):
    with rasterio.open(ran.folder / "results/shore/periods/2018/stack/lccs_inputs.tif") as stack:
        assert len(stack.descriptions) == 7
        layers = dict(zip(stack.descriptions, stack.read(), strict=True))
    for name, codes in layers.items():
        assert len(np.unique(codes[codes != 255])) > 1, name


def test_a_preset_begins_with_what_it_is_for():
    for name in PRESETS:
        assert (REPO / f"presets/{name}.yaml").read_text().startswith("# ")


def layer(project: Project, name: str) -> np.ndarray:
    return band(project, f"periods/2018/layers/{name}.tif")


def test_the_algebra_of_2025_is_and_not_and_or_from_left_to_right(
    finished: Callable[[str], Project],
):
    living_earth = finished("living-earth-2025")

    def product(name: str, edition: str) -> np.ndarray:
        return band(living_earth, f"sources/{name}/{edition}/aligned.tif").astype(int)

    greenest = band(living_earth, "sources/s2/2018/mosaic.vrt", "ndvi_max").astype(int)
    occurrence, cover = product("surface_water", "static"), product("land_cover", "2018")
    crops, wetness = product("crop_types", "2018"), product("water_wetness", "2018")
    sea = wetness == 253
    sealed = product("imperviousness", "2018")
    artificial = (sealed >= 30) & (sealed <= 100)
    water, cultivated = (occurrence >= 20) | (cover == 11) | sea, (crops > 0) & (crops != 65535)
    vegetated = (((greenest >= 4000) & ~water) | cultivated) & ~artificial
    aquatic = (water | (crops == 1140) | np.isin(wetness, (3, 4))) & ~artificial
    expected = {
        "vegetat_veg_cat": vegetated,
        "cultman_agr_cat": cultivated & vegetated,
        "aquatic_wat_cat": aquatic,
        "artific_urb_cat": artificial,
    }
    for name, condition in expected.items():
        made = layer(living_earth, name)
        known = made != 255
        assert (known | sea).mean() > 0.9  # imperviousness and crops end at the sea
        assert np.array_equal(made[known] == 1, condition[known]), name
        if name != "artific_urb_cat":
            assert (known | ~sea).all(), name


@pytest.fixture(scope="module")
def notebook(
    finished: Callable[[str], Project], sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    config = on_the_sample(sample, "notebook")
    config["use"] = {
        "vegetat_veg_cat": "l8_evi", "aquatic_wat_cat": "l8_ndwi", "artific_urb_cat": "l8_ndbi",
    }  # fmt: skip
    config["layers"]["cultman_agr_cat"]["use"] = "ndvi_stddev"
    for name, method in config.pop("use").items():
        config["layers"][name]["use"] = method
    folder = tmp_path_factory.mktemp("literal") / "project"
    project = with_sources_of(finished("notebook"), folder, config)
    project.run("layers")
    return project


def test_the_notebook_computes_landsat_indices_on_raw_numbers(notebook: Project):
    """As its cells have it: NDWI and EVI of numbers that hold reflectance x 36364 + 7273."""
    numbers = {}
    for name in ("blue", "green", "red", "nir", "swir16"):
        stored = band(notebook, "sources/l8/2018/mosaic.vrt", name).astype(float)
        numbers[name] = np.where(stored == -32768, np.nan, (stored / 10000 + 0.2) / 2.75e-5)
    blue, green, red, nir, swir = numbers.values()
    with np.errstate(invalid="ignore"):
        expected = {
            "vegetat_veg_cat": 2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 1) - 0.25,
            "aquatic_wat_cat": (green - nir) / (green + nir),
            "artific_urb_cat": (swir - nir) / (swir + nir),
        }
    for name, above in expected.items():
        made = layer(notebook, name)
        sure = (made != 255) & (np.abs(above) > 1e-6)
        assert sure.mean() > 0.5
        yes = above >= 0 if name == "vegetat_veg_cat" else above > 0
        assert np.array_equal(made[sure] == 1, yes[sure]), name


def test_the_notebooks_statistics_see_clouds(notebook: Project):
    mosaic = "sources/s2_unmasked/2018/mosaic.vrt"
    count, stddev = (band(notebook, mosaic, name) for name in ("clear_count", "ndvi_stddev"))
    made = layer(notebook, "cultman_agr_cat")
    known = made != 255
    assert np.array_equal(made[known] == 1, stddev[known] >= 1500)
    assert count[known].min() >= 8, "no scene is masked"


def test_the_presets_of_the_documentation_are_those_that_are_there():
    text = (REPO / "docs/methods.md").read_text()
    assert all(f"| `{name}` |" in text for name in ["default", *PRESETS])


def test_the_area_is_the_users_own_with_any_preset():
    merged = configuration.load_files(REPO / "config.yaml", [], {"preset": "open-data"})
    mine = replace_sections(merged, {"areas": {"mine": {"bbox": AREA_BBOX}}})
    loaded = configuration.load(yaml.safe_load(yaml.safe_dump(mine)))
    assert list(loaded.areas) == ["mine"]
