"""Conditions that cannot vary, by what sources can hold, are told with their place and why."""

from dataclasses import replace

import pytest

from lccs_inputs.expressions import Range, Unit, parse, possible
from lccs_inputs.expressions.namespace import LayerText, Namespace
from lccs_inputs.expressions.ranges import EITHER
from lccs_inputs.facts.lccs import Kind

OPTICAL = ("blue", "green", "red", "nir", "ndvi_max", "ndvi_stddev")
KNOWN = Namespace(
    scene_sets={"s2": OPTICAL, "s1": ("vv", "vh")},
    default_scenes="s2",
    products={"tree_cover_density": (), "slope": (), "crops": (0, 1110, 3200)},
    derived={
        "ndvi": "(nir - red) / (nir + red)",
        "evi": "2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 1)",
        "fvc": "((ndvi - area_min(ndvi)) / (area_max(ndvi) - area_min(ndvi))) ** 2",
        "clamped": "max(0, min(1, fvc))",
        "cover": "tree_cover_density",
    },
    layers={"lifeform_veg_cat": LayerText(("m",), {"m": "1"}, (), Kind.CATEGORICAL)},
    ranges={
        "tree_cover_density": Range(0, 100, Unit.PERCENT),
        "slope": Range(0, 90),
        "crops": Range(0, 3200, Unit.CODES),
        "layers.lifeform_veg_cat": Range(0, 9, Unit.CODES),
    },
)


def told(expression: str) -> list[str]:
    binary = LayerText(("m",), {"m": expression}, (), Kind.BINARY)
    return replace(KNOWN, layers={**KNOWN.layers, "x": binary}).problems()


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("ndvi >= 40", "`ndvi >= 40` never holds: ndvi is from -1 to 1"),
        ("ndvi <= 1", "`ndvi <= 1` always holds"),
        ("nir >= 3000", "never holds: nir is from -0.2 to 3.2767 (reflectance, of which 0.3 is"),
        ("nir < 10000", "always holds"),
        ("s1.vh < -2200", "never holds: s1.vh is from -327.67 to 327.67 (decibels)"),
        ("ndvi_max >= 4000", "ndvi_max is from -1 to 1"),
        ("ndvi_stddev > 1", "ndvi_stddev is from 0 to 1"),
        ("tree_cover_density > 100", "never holds"),
        ("tree_cover_density >= 0", "always holds"),
        ("slope > 90", "slope is from 0 to 90"),
        ("crops > 3200", "crops is from 0 to 3200 (codes)"),
        ("lifeform_veg_cat == 12", "lifeform_veg_cat is from 0 to 9 (codes)"),
        ("lifeform_veg_cat in {12, 13}", "never holds"),
        ("clamped > 1", "clamped is from 0 to 1"),
        ("ndvi >= 0.4 and where(slope < 5, nir, red) >= 30", "never holds"),
        ("focal_mean(tree_cover_density, 3) > 120", "is from 0 to 100"),
        ("1 > 2", "it names nothing"),
        ("area_max(ndvi) > 1", "never holds"),
    ],
)
def test_a_condition_that_never_varies_is_told(expression: str, why: str) -> None:
    (problem,) = told(expression)
    assert problem.startswith("layers.x.methods.m: ")
    assert why in problem


@pytest.mark.parametrize(
    "expression",
    [
        "ndvi >= 0.4",
        "nir > 0.4",
        "red < 0",
        "evi >= 40",  # its denominator can be 0: no end is known
        "fvc >= 0.2",
        "s1.vh < -22",
        "tree_cover_density >= 10",
        "tree_cover_density / 100 >= 0.4",
        "focal_mean(tree_cover_density, 15) >= 0.5",
        "crops in {1110}",
        "nir / red > 3",
        "is_nodata(slope) or slope < 5",
    ],
)
def test_a_condition_that_may_vary_is_right(expression: str) -> None:
    assert told(expression) == []


@pytest.mark.parametrize("name", ["tree_cover_density", "cover"])
def test_a_fraction_of_whole_percent_is_told_with_what_may_be_meant(name: str) -> None:
    (problem,) = told(f"ndvi > 0 and {name} >= 0.4")
    assert (
        f"{name} is in whole percent, 0 to 100, and 0.4 is less than one of them; write 40 for "
        "40 %, or 1 for any at all, at character 14" in problem
    )


def test_several_are_told_at_once() -> None:
    first, second = told("ndvi >= 40 or nir >= 3000")
    assert "at character 1 " in first
    assert "at character 15 " in second


def test_a_derived_source_is_told_where_it_stands() -> None:
    faulty = replace(KNOWN, derived={**KNOWN.derived, "bright": "nir >= 3000"})
    (problem,) = faulty.problems()
    assert problem.startswith("derived.bright: `nir >= 3000` never holds")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("x + y", -1.0, 7.0),
        ("x - y", -6.0, 2.0),
        ("x * y", -8.0, 12.0),
        ("y / z", 0.25, 4.0),
        ("x ** 2", 0.0, 9.0),
        ("x ** 3", -8.0, 27.0),
        ("abs(x)", 0.0, 3.0),
        ("-x", -3.0, 2.0),
        ("sqrt(x)", 0.0, 3**0.5),
        ("min(x, 1)", -2.0, 1.0),
        ("where(c, x, z)", -2.0, 4.0),
        ("coalesce(y, z)", 1.0, 4.0),
        ("count(c, c, c)", 0.0, 3.0),
        ("y / x", float("-inf"), float("inf")),
        ("z ** x", float("-inf"), float("inf")),
    ],
)
def test_ranges_of_operations_are_those_of_interval_arithmetic(
    text: str, low: float, high: float
) -> None:
    """By hand: x from -2 to 3, y and z from 1 to 4."""
    known = {"x": Range(-2, 3), "y": Range(1, 4), "z": Range(1, 4), "c": EITHER}
    assert possible(parse("x", text), known.__getitem__) == Range(low, high)
