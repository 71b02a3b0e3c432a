"""The default layers of `config.yaml` over single pixels, each with the class LCCS has for it.

The classes are those of Di Gregorio & Jansen (LCCS v2, FAO 2005): cultivated aquatic is rice, any
other crop is terrestrial, and snow and ice are water.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lccs_inputs import config
from lccs_inputs.expressions import Value, evaluate, statistic_name, statistics_of
from lccs_inputs.expressions.namespace import Namespace, leaves
from lccs_inputs.facts.lccs import (
    LAYER_PREFIX,
    LEVEL3_INPUTS,
    classify_level3,
    level3_decided,
)
from lccs_inputs.layers.statistics import Statistics

ROOT = Path(__file__).parents[3]
UNKNOWN = None
UNDECIDED = 255

# What every source says where a case says nothing else: bare dry land.
LAND = {
    "water_wetness": 0, "imperviousness": 0, "tree_cover_density": 0, "crop_types": 0,
    "crop_map": 600, "land_cover": 9, "grassland": 0, "surface_water": 0, "s2.ndvi_max": 0.1,
    "s2.green": 0.1, "s2.nir": 0.2,
}  # fmt: skip
GREEN = {"s2.ndvi_max": 0.8, "crop_map": 500, "land_cover": 6}
WATER = {"s2.ndvi_max": -0.3, "s2.green": 0.04, "s2.nir": 0.01, "crop_map": 700, "land_cover": 10,
         "surface_water": 98}  # fmt: skip
BEYOND_MAPS = dict.fromkeys(
    ("imperviousness", "tree_cover_density", "crop_types", "crop_map", "land_cover", "grassland",
     "surface_water")
)  # fmt: skip
CASES = {
    "bare dry land": ({}, 216),
    "wheat on dry land": ({**GREEN, "crop_types": 1110, "crop_map": 211}, 111),
    "wheat on wet land": ({**GREEN, "crop_types": 1110, "water_wetness": 4}, 111),
    "barley only one map knows, on wet land": (
        {**GREEN, "crop_types": UNKNOWN, "crop_map": 213, "water_wetness": 4}, 111,
    ),
    "wheat where wetness is unknown": (
        {**GREEN, "crop_types": 1110, "water_wetness": UNKNOWN}, 111,
    ),
    "rice on wet land": ({**GREEN, "crop_types": 1140, "water_wetness": 4}, 123),
    "rice on dry land": ({**GREEN, "crop_types": 1140, "crop_map": 217}, 123),
    "rice only one map knows, on dry land": (
        {**GREEN, "crop_types": UNKNOWN, "crop_map": 217}, 123,
    ),
    "reeds": ({**GREEN, "water_wetness": 3}, 124),
    "swamp forest": ({**GREEN, "water_wetness": 4, "tree_cover_density": 80}, 124),
    "trees over the bank of a lake": (
        {**GREEN, "water_wetness": 1, "tree_cover_density": 60}, 112,
    ),
    "lake": ({**WATER, "water_wetness": 1}, 220),
    "lake where neither crops nor trees are known": (
        {**WATER, "water_wetness": 1, "crop_types": UNKNOWN, "crop_map": UNKNOWN,
         "tree_cover_density": UNKNOWN}, 220,
    ),
    "sea, where the other maps end": ({**WATER, **BEYOND_MAPS, "water_wetness": 253}, 220),
    "a quay in the sea": ({**WATER, "water_wetness": 253, "imperviousness": 80}, 215),
    "glacier": ({"land_cover": 11}, 220),
    "glacier where wetness is unknown": ({"land_cover": 11, "water_wetness": UNKNOWN}, 220),
    "roofs": ({"imperviousness": 70}, 215),
    "solar park over grass": ({**GREEN, "imperviousness": 60}, 215),
    "roofs on wet land": ({"imperviousness": 70, "water_wetness": 4}, 215),
    "roofs where wetness is unknown": (
        {"imperviousness": 70, "water_wetness": UNKNOWN}, 215,
    ),
    "bare land, sealed or not": ({"imperviousness": UNKNOWN}, UNDECIDED),
    "lake where sealing is not mapped": (
        {**WATER, "water_wetness": 1, "imperviousness": UNKNOWN}, 220,
    ),
    "wheat, built over or not": (
        {**GREEN, "crop_types": 1110, "imperviousness": UNKNOWN}, UNDECIDED,
    ),
    "land, wet or not": ({"water_wetness": UNKNOWN}, UNDECIDED),
}  # fmt: skip


@pytest.fixture(scope="module")
def pixels() -> dict[str, Value]:
    return pixels_of([said for said, _ in CASES.values()])


def pixels_of(cases: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
    """A row of pixels, one for each case, by leaf name; the layers are added as they are made."""
    rows = [{**LAND, **said} for said in cases]
    return {
        name: Value(
            np.array([[row[name] or 0 for row in rows]], np.float64),
            np.array([[row[name] is not UNKNOWN for row in rows]]),
        )
        for name in LAND
    }


def made(name: str, names: Namespace, given: dict[str, Value]) -> Value:
    """A layer over the pixels, after those that it names, which are put into `given`."""
    node = names.resolve_layer(name)
    for leaf in leaves(node):
        if leaf.startswith(LAYER_PREFIX) and leaf not in given:
            given[leaf] = made(leaf.removeprefix(LAYER_PREFIX), names, given)
    return evaluate(node, given, {})


def namespace(**choices: Any) -> Namespace:
    loaded = config.load(config.load_files(ROOT / "config.yaml", [], choices))
    return config.namespace(loaded, next(iter(loaded.periods)))


def level3(names: Namespace, pixels: dict[str, Value]) -> dict[str, int]:
    """By case; 255 where it cannot be decided."""
    given = dict(pixels)
    values = {name: made(name, names, given) for name in LEVEL3_INPUTS}
    layers = {name: (value.data.astype(int), value.valid) for name, value in values.items()}
    classes = np.where(level3_decided(layers), classify_level3(layers), UNDECIDED)
    return dict(zip(CASES, classes[0].tolist(), strict=True))


def test_the_default_gives_each_pixel_the_class_that_lccs_has_for_it(
    pixels: dict[str, Value],
) -> None:
    assert level3(namespace(), pixels) == {name: code for name, (_, code) in CASES.items()}


def test_the_algebra_of_2025_differs_only_where_its_preset_says(pixels: dict[str, Value]) -> None:
    """Every crop on a wetland is aquatic, and no crops are known but those of Crop Types."""
    found = level3(namespace(preset="living-earth-2025"), pixels)
    differing = {name: code for name, code in found.items() if code != CASES[name][1]}
    assert differing == {
        "wheat on wet land": 123,
        "barley only one map knows, on wet land": UNDECIDED,
        "rice only one map knows, on dry land": UNDECIDED,
        "wheat where wetness is unknown": UNDECIDED,
        "lake where neither crops nor trees are known": UNDECIDED,
    }


def test_permanent_ice_is_ice_and_the_sea_is_liquid(pixels: dict[str, Value]) -> None:
    names = namespace(use={"waterstt_wat_cat": "land_cover"})
    state = made("waterstt_wat_cat", names, dict(pixels))
    found = dict(zip(CASES, np.where(state.valid, state.data, UNDECIDED)[0], strict=True))
    for name, (_, code) in CASES.items():
        if code != UNDECIDED:
            assert found[name] == ((3 if "glacier" in name else 1) if code == 220 else 0), name


NDVI_OF_THE_LAND = np.linspace(0, 1, 101)
"""Its percentiles 2 and 98 are 0.02 and 0.98."""
COVERS = {
    # tree cover density, maximum NDVI, what is said besides → cover, percent
    "forest": ({"tree_cover_density": 80, "s2.ndvi_max": 0.9}, 80),
    "open wood": ({"tree_cover_density": 10, "s2.ndvi_max": 0.9}, 10),
    "meadow": ({"s2.ndvi_max": 0.8}, 100 * (0.78 / 0.96) ** 2),
    "meadow with some trees": (
        {"tree_cover_density": 9, "s2.ndvi_max": 0.8}, 100 * (0.78 / 0.96) ** 2,
    ),
    "the greenest": ({"s2.ndvi_max": 0.99}, 100),
    "vineyard": ({"s2.ndvi_max": 0.5, "crop_types": 2100}, 100 * (0.48 / 0.96) ** 2),
    "bare land": ({}, 0),
    "lake where trees are not mapped": (
        {**WATER, "water_wetness": 1, "tree_cover_density": UNKNOWN}, 0,
    ),
    "green land where trees are not mapped": (
        {"s2.ndvi_max": 0.8, "tree_cover_density": UNKNOWN}, UNKNOWN,
    ),
}  # fmt: skip


def test_cover_is_of_the_life_form_that_is_there() -> None:
    """LCCS asks of herbs how much of the ground herbs cover, at their fullest."""
    names = namespace()
    node = names.resolve_layer("canopyco_veg_con")
    given = pixels_of([said for said, _ in COVERS.values()])
    land = Statistics.of(NDVI_OF_THE_LAND, np.ones(101, bool))
    for leaf in leaves(node):
        if leaf.startswith(LAYER_PREFIX):
            given[leaf] = made(leaf.removeprefix(LAYER_PREFIX), names, given)
    statistics = {statistic_name(part.argument): land for part in statistics_of(node)}
    found = evaluate(node, given, statistics)
    for at, (name, (_, cover)) in enumerate(COVERS.items()):
        assert found.valid[0, at] == (cover is not UNKNOWN), name
        if cover is not UNKNOWN:
            assert found.data[0, at] == pytest.approx(cover, abs=0.02), name
