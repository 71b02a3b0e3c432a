"""Expressions, configs and places."""

import random

import numpy as np
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from fuzz.odd import draws, odd_document, of_a_thousand, told
from lccs_inputs import config
from lccs_inputs.errors import ConfigError
from lccs_inputs.expressions import Name, Type, evaluate, names, parse, replace_names, type_problems
from lccs_inputs.expressions.values import Value
from lccs_inputs.plan import Plan
from lccs_inputs.rasters.area import resolve_area
from workflow.harness import REPO

WORDS = (
    "ndvi", "s2.red", "layers.x", "a", "1", "0.4", "1e308", "-1", "100", "+", "-", "*", "/", "**",
    "<", "<=", "==", "!=", ">", "and", "or", "not", "in", "{1, 2}", "{", "}", "(", ")", ",",
    "where(",
    "coalesce(", "min(", "max(", "abs(", "sqrt(", "is_nodata(", "count(", "focal_mean(",
    "focal_median(", "share(", "months(", "longest(", "first(", "last(", "area_min(", "area_otsu(",
    "area_percentile(", "3", "'", "#", "\n", "é", ":", ".", "=",
)  # fmt: skip
BASE = yaml.safe_load((REPO / "config.yaml").read_text())
SECTIONS = yaml.safe_load((REPO / "tests/fuzz/sections.yaml").read_text())


@of_a_thousand(370)
@given(st.lists(st.sampled_from(WORDS), max_size=12), draws)
def test_an_expression_is_evaluated_or_refused(words: list[str], draw: random.Random) -> None:
    def read() -> object:
        node = parse("layers.x.methods.a", draw.choice(["", " "]).join(words))
        node = replace_names(node, lambda name: Name(name.name, Type.NUMBER))
        if any(type_problems(node)):
            raise ConfigError(["a number where a condition is needed"])
        pixels = np.array([[0.0, 1.0, np.nan, -1e308]])
        value = Value(pixels, ~np.isnan(pixels))
        if statistics_or_observations(node):
            return node
        with np.errstate(all="ignore"):
            return evaluate(node, dict.fromkeys(names(node), value), {})

    told(read)


def statistics_or_observations(node: object) -> bool:
    """Whether it needs more than pixels."""
    return any(word in repr(node) for word in ("AreaStatistic", "Observ"))


@of_a_thousand(1)
@given(draws)
@example(random.Random(22_627_164_781_423_660))  # very many names, one of them not there
def test_the_config_is_planned_or_refused(draw: random.Random) -> None:
    told(lambda: planned(odd_document(BASE, draw)))


@of_a_thousand(9)
@given(draws)
def test_a_config_is_planned_or_refused(draw: random.Random) -> None:
    told(lambda: planned(odd_document(SECTIONS, draw)))


def planned(document: object) -> Plan:
    try:
        return Plan(config.load(document))
    except ConfigError as error:
        raise ConfigError(error.problems[:3]) from None  # many problems are many sentences


def test_a_config_in_which_nothing_is_odd_has_every_section():
    assert SECTIONS.keys() == config.Config.model_fields.keys()
    assert planned(SECTIONS)


CRS = ("EPSG:2154", "EPSG:3035", "EPSG:32632", "EPSG:2056", "EPSG:4326", "EPSG:3413", "EPSG:3857",
       "EPSG:27700", "EPSG:54009", "ESRI:54009", "EPSG:32733", "+proj=laea",
       "EPSG:2193")  # fmt: skip
degrees = st.floats(-190, 190) | st.sampled_from([-180.0, 180.0, -90.0, 90.0, 0.0])


@of_a_thousand(30)
@given(
    st.tuples(degrees, st.floats(-95, 95), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)),
    st.sampled_from(CRS),
    st.sampled_from([0.001, 1, 10, 30, 1000]),
)
def test_a_box_lies_on_a_grid_or_is_refused(
    box: tuple[float, float, float, float], crs: str, resolution: float
) -> None:
    west, south, width, height = box
    entry = {"bbox": [west, south, west + width, south + height]}
    told(lambda: list(resolve_area("mine", entry, crs, resolution, 4096).blocks())[:1])
