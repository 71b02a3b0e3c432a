"""Which method decided a pixel, as an expression over the methods themselves."""

import numpy as np

from lccs_inputs.expressions import Type, Value, canonical, evaluate, parse, replace_names
from lccs_inputs.expressions.nodes import Name
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.layers.methods import method_legend, method_node


def method(text: str):
    typed = {"wet": Type.CONDITION}
    return replace_names(parse("m", text), lambda n: Name(n.name, typed.get(n.name, Type.NUMBER)))


def test_a_pixel_is_of_the_first_method_that_has_a_value_yes_no_or_0():
    node = method_node({1: method("wet"), 3: method("depth > 2")})
    wet = Value(np.array([True, False, True, False]), np.array([True, True, False, False]))
    depth = Value(np.array([0.0, 9, 0, 9]), np.array([True, True, True, False]))
    value = evaluate(node, {"wet": wet, "depth": depth}, {})
    assert value.data[value.valid].tolist() == [1, 1, 3]
    assert value.valid.tolist() == [True, True, True, False]


def test_a_number_is_known_also_where_it_is_0():
    node = method_node({2: method("cover")})
    cover = Value(np.array([0.0, 5.0]), np.array([True, False]))
    value = evaluate(node, {"cover": cover}, {})
    assert value.valid.tolist() == [True, False]
    assert value.data[0] == 2


def test_its_printed_form_reads_back():
    node = method_node({1: method("wet"), 2: method("depth > 2")})
    assert parse("m", canonical(node)) == node


def test_the_legend_names_the_methods_in_colours_that_differ():
    legend = method_legend(DESCRIPTORS["aquatic_wat_cat"], {1: "map", 2: "ndwi", 3: "sar"})
    assert [each.name for each in legend.codes.values()] == ["map", "ndwi", "sar"]
    assert len({each.colour for each in legend.codes.values()}) == 3
    assert legend.title == "Aquatic: method"
