"""Descriptors of a config's own, and artificial water, from the config to the pictures."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import yaml
from PIL import Image

from workflow.harness import Project, small_config, with_sources_of

pytestmark = pytest.mark.workflow

AFTER_A_LAYER = {
    "build_layer", "check_layers", "gate_layers", "stack_layers", "classify_level3",
    "classify_level4", "stack",
}  # fmt: skip
PERIOD = "results/shore/periods/2018"
COLOUR = "#228833"


WET_OR_DRY = {
    "title": "Wet or dry",
    "source": "this test",
    "classes": {1: {"name": "wet", "colour": "#2f7fc1"}, 2: {"name": "dry", "colour": "#a97a4c"}},
    "crosswalk": {"A23": 1, "A24": 1, "B20": 1, "A11": 2, "A12": 2, "B15": 2, "B16": 2},
}


@pytest.fixture(scope="module")
def described(built: Project, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A binary and a categorical descriptor, the one named by the other, and a river of two."""
    config = small_config(sample)
    config["descriptors"] = {
        "wetland_wat_cat": {
            "title": "Wetland",
            "kind": "categorical",
            "codes": {0: {"name": "dry"}, 2: {"name": "wet"}, 7: {"name": "sea", "colour": COLOUR}},
        },
        "openwater_wat_cat": {"title": "Open water", "kind": "binary"},
        "unused_phy_con": {"title": "Unused", "kind": "percent"},
    }
    layers = {
        "openwater_wat_cat": "water_wetness in {1, 2, 253}",
        "wetland_wat_cat": "where(openwater_wat_cat, 7, where(water_wetness in {3, 4}, 2, 0))",
        "aquatic_wat_cat": "water_wetness in {1, 2, 3, 4, 253}",
        "vegetat_veg_cat": "tree_cover_density >= 10",
        "cultman_agr_cat": "crop_map in {211, 216}",
        "artific_urb_cat": "imperviousness >= 30",
        "artwatr_wat_cat": "where(water_wetness == 0, imperviousness / 0, 0) == 1",
    }
    config["layers"] = {
        name: {"use": "only", "methods": {"only": text}} for name, text in layers.items()
    }
    folder = tmp_path_factory.mktemp("described") / "project"
    config["legend"] = ["ipcc", "wet-or-dry.yaml"]
    project = with_sources_of(built, folder, config)
    (folder / "wet-or-dry.yaml").write_text(yaml.safe_dump(WET_OR_DRY))
    project.run("stack", "legends", f"{PERIOD}/pictures/wetland_wat_cat.png",
                f"{PERIOD}/pictures/contact_sheet.png")  # fmt: skip
    return project


def read(project: Project, path: str) -> np.ndarray:
    with rasterio.open(project.folder / PERIOD / path) as raster:
        return raster.read(1)


def test_it_is_built_from_a_layer_that_is_a_condition_and_coloured(described: Project):
    water, wetland = (read(described, f"layers/{name}_wat_cat.tif") for name in
                      ("openwater", "wetland"))  # fmt: skip
    known = (water != 255) & (wetland != 255)
    assert np.array_equal((wetland == 7)[known], (water == 1)[known])
    assert (wetland == 7).mean() > 0.05
    with rasterio.open(described.folder / PERIOD / "layers/wetland_wat_cat.tif") as raster:
        assert raster.colormap(1)[7] == (*bytes.fromhex(COLOUR[1:]), 255)
        assert raster.tags()["title"] == "Wetland"


def test_it_is_checked_and_stacked_after_those_of_le_lccs(described: Project):
    table = (described.folder / PERIOD / "checks/checks.txt").read_text()
    assert any(
        line.split()[:3] == ["ok", "wetland_wat_cat", "codes"] for line in table.splitlines()
    )
    with rasterio.open(described.folder / PERIOD / "stack/lccs_inputs.tif") as stack:
        assert stack.descriptions[-2:] == ("wetland_wat_cat", "openwater_wat_cat")
    with rasterio.open(described.folder / PERIOD / "stack/validity.tif") as validity:
        names = {name for key, name in validity.tags().items() if key.startswith("bit_")}
        assert names == {"level3", "artwatr_wat_cat", "wetland_wat_cat", "openwater_wat_cat"}


def test_it_is_drawn_in_its_colour(described: Project):
    with Image.open(described.folder / PERIOD / "pictures/wetland_wat_cat.png") as image:
        pixels = np.asarray(image.convert("RGB"))
    assert (pixels == [*bytes.fromhex(COLOUR[1:])]).all(axis=-1).mean() > 0.02


def test_water_whose_origin_is_known_is_natural_at_level_3(described: Project):
    level3 = read(described, "stack/level3.tif")
    origin = read(described, "layers/artwatr_wat_cat.tif")
    water = np.isin(level3, (220, 227, 228))
    assert (origin == 0)[water].any()
    assert np.array_equal(level3[water] == 228, (origin == 0)[water])


def test_level_4_is_mapped_in_a_legend_of_ours_and_in_one_of_the_users(described: Project):
    level3, mine = read(described, "stack/level3.tif"), read(described, "legends/wet-or-dry.tif")
    wet = np.isin(level3, (123, 124, 220, 227, 228))
    assert np.array_equal(mine, np.where(level3 == 255, 255, np.where(wet, 1, 2)))
    ipcc = read(described, "legends/ipcc.tif")
    assert np.array_equal(ipcc == 5, level3 == 215)
    table = (described.folder / PERIOD / "legends/ipcc.csv").read_text()
    assert '1,Forest land,,,"not made, and needed: lifeform_veg_cat"' in table
    for name in ("ipcc", "wet-or-dry"):
        picture = described.folder / PERIOD / f"pictures/legend_{name}.png"
        assert picture.stat().st_size > 5000


def test_a_new_crosswalk_makes_its_own_map_again_and_no_other(described: Project):
    file = described.folder / "wet-or-dry.yaml"
    swapped = WET_OR_DRY | {"crosswalk": WET_OR_DRY["crosswalk"] | {"A12": 1}}
    file.write_text(yaml.safe_dump(swapped))
    try:
        planned = described.run("--dry-run", "legends")
    finally:
        file.write_text(yaml.safe_dump(WET_OR_DRY))
    assert planned.jobs == {"legends": 1, "translate_legend": 1}
    assert {Path(target).stem for target in planned.targets if target.endswith(".tif")} == {
        "wet-or-dry",
    }  # fmt: skip


def test_a_new_colour_makes_its_own_layer_again_and_no_other(described: Project):
    own = described.config["descriptors"]
    assert "Nothing to be done" in described.run("stack").output
    own["wetland_wat_cat"]["codes"][7]["colour"] = "#aa3377"
    try:
        planned = described.run("--dry-run", "stack")
    finally:
        own["wetland_wat_cat"]["codes"][7]["colour"] = COLOUR
    layers = {Path(t).name for t in planned.targets if "/layers/" in t and t.endswith(".tif")}
    assert layers == {"wetland_wat_cat.tif"}
    assert planned.jobs.keys() <= AFTER_A_LAYER


def test_a_descriptor_that_no_layer_makes_changes_the_stack_only(described: Project):
    described.config["descriptors"]["unused_phy_con"]["title"] = "Still unused"
    try:
        planned = described.run("--dry-run", "stack")
    finally:
        described.config["descriptors"]["unused_phy_con"]["title"] = "Unused"
    assert set(planned.jobs) == {"stack", "stack_layers"}
