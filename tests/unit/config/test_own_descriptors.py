"""Descriptors of a config's own: what they become, and what is told of a faulty one."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lccs_inputs import config
from lccs_inputs.config.reference import schema_text
from lccs_inputs.errors import ConfigError
from lccs_inputs.facts.lccs import ABSENT, DESCRIPTORS, PALETTE, Category, Kind
from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place

REPOSITORY = Path(__file__).resolve().parents[3]
WATER = "water_wetness in {1, 2}"
MONTHS = {"title": "Snow", "kind": "quantity", "unit": "months", "limits": [0, 12]}
CROPS = {"title": "Crops", "kind": "categorical", "codes": {0: {"name": "no"}, 4: {"name": "hay"}}}
FLOOD = {"title": "Flooded", "kind": "binary"}


def document(own: Any, layers: Any = None) -> dict[str, Any]:
    """The project's config with descriptors added to it, and in place of its layers `layers`."""
    whole = config.load_files(REPOSITORY / "config.yaml", [], {})
    return {**whole, "descriptors": own, "layers": layers or whole["layers"]}


def layer(expression: str) -> dict[str, Any]:
    return {"use": "only", "methods": {"only": expression}}


def problems(own: Any, layers: Any = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.load(document(own, layers))
    return caught.value.problems


def test_each_kind_becomes_an_entry_of_the_table() -> None:
    cover = {"title": "Snow cover", "kind": "percent"}
    own = {
        "snowcper_wat_cin": MONTHS, "crops_agr_cat": CROPS,
        "flooded_wat_cat": FLOOD, "snowcov_wat_con": cover,
    }  # fmt: skip
    known = config.load(document(own)).known_descriptors
    assert list(known) == [*DESCRIPTORS, *own]
    months, crops, flood, percent = (known[name] for name in own)
    assert (months.kind, months.unit, months.limits) == (Kind.QUANTITY, "months", (0, 12))
    assert crops.codes == {0: Category("no", ABSENT), 4: Category("hay", PALETTE[0])}
    assert [category.name for category in flood.codes.values()] == ["absent", "present"]
    assert (percent.kind, percent.unit, percent.accepted) == (Kind.PERCENT, "%", "0–100")


def test_a_colour_of_ones_own_is_not_given_twice() -> None:
    codes = {1: {"name": "a"}, 2: {"name": "b", "colour": PALETTE[0].upper()}, 3: {"name": "c"}}
    own = {"crops_agr_cat": CROPS | {"codes": codes}}
    table = config.load(document(own)).known_descriptors["crops_agr_cat"].codes
    assert [category.colour for category in table.values()] == [PALETTE[1], PALETTE[0], PALETTE[2]]


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("vegetat_veg_cat", FLOOD, ": is a descriptor of le_lccs already"),
        ("floodedtoo_wat_cat", FLOOD, ": expected a name such as snowcper_wat_cin: up to 9"),
        ("flooded_sea_cat", FLOOD, ": expected a name such as"),
        ("flooded_wat_cin", FLOOD, ": the name of a binary descriptor ends in cat"),
        ("snowcper_wat_cat", MONTHS, ": the name of a quantity descriptor ends in con or cin"),
        ("crops_agr_cat", CROPS | {"kind": "codes"}, '.kind: "codes" is not a kind; '),
        ("crops_agr_cat", CROPS | {"kind": [1]}, ".kind: the list [1] is not a kind; "),
        ("crops_agr_cat", {"title": "C", "kind": "categorical"}, ".codes: is missing: "),
        ("crops_agr_cat", CROPS | {"unit": "m"}, ".unit: is for quantity only; remove it"),
        ("crops_agr_cat", CROPS | {"codes": {255: {"name": "x"}}}, ".codes.255: expected a whole"),
        ("crops_agr_cat", CROPS | {"codes": {n: {"name": "x"} for n in range(1, 12)}},
         ".codes: there are 10 colours for codes; give the others their own"),
        ("crops_agr_cat", CROPS | {"codes": {1: {"name": "x", "colour": "red"}}},
         '.codes.1.colour: expected a colour in quotes, as "#rrggbb", found "red"'),
        ("crops_agr_cat", CROPS | {"codes": {1: {"name": "x", "colour": None}}},
         '.codes.1.colour: expected a colour in quotes, as "#rrggbb", found nothing'),
        ("flooded_wat_cat", FLOOD | {"codes": {2: {"name": "x"}}},
         ".codes: a binary descriptor has the codes 0 and 1 only"),
        ("snowcper_wat_cin", MONTHS | {"limits": [12, 0]}, ".limits: expected two whole numbers"),
        ("snowcper_wat_cin", MONTHS | {"codes": CROPS["codes"]},
         ".codes: is for binary or categorical only; remove it"),
    ],
)  # fmt: skip
def test_a_faulty_descriptor_is_told_in_one_sentence(
    name: str, settings: dict[str, Any], expected: str
) -> None:
    (problem,) = problems({name: settings})
    assert problem.startswith(f"descriptors.{name}{expected}")


def test_a_fault_in_a_descriptor_makes_no_other_in_its_layer() -> None:
    layers = {"flooded_wat_cat": layer(WATER), "vegetat_veg_cat": layer("flooded_wat_cat")}
    own = {"flooded_wat_cat": FLOOD | {"kind": "binry"}}
    (problem,) = problems(own, layers)
    assert problem.startswith('descriptors.flooded_wat_cat.kind: "binry" is not a kind')


def test_a_layer_of_no_descriptor_is_told_where_new_ones_go() -> None:
    (problem,) = problems({}, {"flooded_wat_cat": layer(WATER)})
    assert problem.startswith('layers.flooded_wat_cat: "flooded_wat_cat" is not a layer; did you')
    assert problem.endswith("(a new one is described under descriptors)")


def test_what_a_method_gives_follows_the_kind() -> None:
    (problem,) = problems({"crops_agr_cat": CROPS}, {"crops_agr_cat": layer(WATER)})
    assert problem.startswith("layers.crops_agr_cat.methods.only: expected a number, found")


@pytest.fixture
def plan() -> Plan:
    own = {"flooded_wat_cat": FLOOD, "crops_agr_cat": CROPS, "snowcper_wat_cin": MONTHS}
    layers = {
        "crops_agr_cat": layer("where(flooded_wat_cat, 0, 4)"),
        "vegetat_veg_cat": layer("ndvi >= area_mean(where(flooded_wat_cat, 0, ndvi))"),
        "flooded_wat_cat": layer(WATER),
        "artific_urb_cat": layer("imperviousness >= 30"),
    }
    return Plan(config.load(document(own, layers)))


def named(descriptors: list[dict[str, Any]]) -> list[str]:
    return [descriptor["name"] for descriptor in descriptors]


def test_a_job_is_told_of_the_descriptors_it_touches_and_no_others(plan: Plan) -> None:
    """Else a new colour in one would make every layer again."""

    def told(layer: str) -> list[str]:
        return named(plan.layers.legend(Place(period="2018", layer=layer))["descriptors"])

    assert told("artific_urb_cat") == []
    assert told("flooded_wat_cat") == told("vegetat_veg_cat") == ["flooded_wat_cat"]
    assert told("crops_agr_cat") == ["flooded_wat_cat", "crops_agr_cat"]
    (file,) = plan.layers.statistic_targets()
    asked = plan.layers.statistic_recipe(Place(period="2018", statistic=Path(file).stem))
    assert named(asked["descriptors"]) == ["flooded_wat_cat"]


def test_layers_are_in_the_order_of_the_table_then_of_the_config(plan: Plan) -> None:
    files = plan.results.layers(Place(area="evian", period="2018"))
    assert [Path(file).stem for file in files] == [
        "vegetat_veg_cat", "artific_urb_cat", "flooded_wat_cat", "crops_agr_cat",
    ]  # fmt: skip


def test_the_descriptor_of_the_documentation_can_be_made() -> None:
    text = (REPOSITORY / "docs/your-own.md").read_text()
    blocks = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    (shown,) = [block for block in blocks if "descriptors" in block]
    loaded = config.load(document(shown["descriptors"], shown["layers"]))
    (name,) = loaded.made
    as_json = json.loads(json.dumps(document(shown["descriptors"], shown["layers"]), default=str))
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(as_json)
    assert loaded.known_descriptors[name].codes[2].colour == "#228833"
