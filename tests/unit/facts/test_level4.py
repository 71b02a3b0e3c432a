"""Classes of level 4, held against the tables of the reference, written out here by hand."""

from itertools import product

import pytest

from lccs_inputs.facts.au import AU, au
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3
from lccs_inputs.facts.level4 import (
    BARE_GROUND,
    CANOPY_COVER,
    CLASSIFIERS,
    HEIGHT,
    LAYERS,
    LEAF_TYPE,
    LIFE_FORM,
    PERSISTENCE,
    PHENOLOGY,
    WATER_STATE,
    Classifier,
    Level4,
)

COVERS = {0: "", 1: "A16", 3: "A16", 4: "A15", 14: "A15", 15: "A13", 39: "A13", 40: "A12",
          64: "A12", 65: "A10", 100: "A10"}  # fmt: skip
HEIGHTS = {0: "", 1: "B9", 2: "B9", 3: "B7", 6: "B7", 7: "B6", 13: "B6", 14: "B5", 60: "B5"}
MONTHS = {0: "", 1: "B9", 3: "B9", 4: "B8", 6: "B8", 7: "B7", 9: "B7", 10: "B1", 12: "B1"}
BARE = {0: "A10", 19: "A10", 20: "A12", 59: "A12", 60: "A15", 100: "A15"}


@pytest.mark.parametrize(
    ("classifier", "expected"),
    [
        (CANOPY_COVER, COVERS),
        (HEIGHT, HEIGHTS),
        (PERSISTENCE, MONTHS),
        (BARE_GROUND, BARE),
        (LIFE_FORM, {0: ""} | {code: f"A{code}" for code in range(1, 10)}),
        (LEAF_TYPE, {0: "", 1: "D1", 2: "D2", 3: "D3"}),
        (PHENOLOGY, {0: "", 1: "E1", 2: "E2", 3: "E3"}),
        (WATER_STATE, {0: "", 1: "A1", 2: "A2", 3: "A3"}),
    ],
    ids=lambda value: value.layer if isinstance(value, Classifier) else "",
)
def test_a_value_has_the_class_of_the_reference(
    classifier: Classifier, expected: dict[int, str]
) -> None:
    found = {value: classifier.text(int(classifier.places[value])) for value in expected}
    assert found == expected
    assert classifier.places[255] == classifier.unknown
    assert classifier.text(classifier.unknown) == ""
    assert "unknown" in classifier.name(classifier.unknown)


def test_every_value_that_a_layer_may_hold_is_nothing_or_a_class() -> None:
    for classifier in {c for each in CLASSIFIERS.values() for c in each}:
        descriptor = DESCRIPTORS[classifier.layer]
        assert classifier.places[:255].max() < classifier.unknown
        if not descriptor.kind.is_continuous:
            assert {int(classifier.places[code]) for code in descriptor.codes} == {
                0, *range(1, classifier.unknown),
            }  # fmt: skip
        assert classifier.unknown <= (99 if classifier is LIFE_FORM else 9)


def test_the_classes_of_level_3_each_have_their_classifiers() -> None:
    assert CLASSIFIERS.keys() == LEVEL3.keys()
    assert set(LAYERS) <= set(DESCRIPTORS)


def numbers_of_au() -> dict[int, tuple[int, str, str]]:
    """The scheme as the reference lists it: number → level 3, life form, cover."""
    covers = ("A10", "A12", "A13", "A15", "A16")
    table = {}
    for level3, first in ((111, 1), (112, 19), (123, 37)):
        for number, form in enumerate(("", "A1", "A2")):
            table[first + number] = (level3, form, "")
            for step, cover in enumerate(covers):
                table[first + 3 + 5 * number + step] = (level3, form, cover)
    table |= {55: (124, "", ""), 56: (124, "A1", ""), 57: (124, "A2", "")}
    for step, cover in enumerate(covers):
        table[58 + step] = (124, "", cover)
        table[63 + 3 * step] = (124, "A1", cover)
        table[78 + 3 * step] = (124, "A2", cover)
    return table


def test_vegetation_has_the_numbers_of_au() -> None:
    expected = {said: number for number, said in numbers_of_au().items()}
    found = {}
    for level3, form, cover in product((111, 112, 123, 124), (0, 1, 2), (0, 100, 50, 20, 5, 2)):
        kind = Level4.of(level3, (form, int(CANOPY_COVER.places[cover]), 0, 0, 0))
        found[level3, f"A{form}" if form else "", CANOPY_COVER.text(kind.places[1])] = au(kind)
    assert found == expected


@pytest.mark.parametrize(
    ("level3", "values", "number", "text"),
    [
        (215, (), 93, "B15"),
        (216, (255,), 94, "B16"),
        (216, (0,), 95, "B16.A10"),
        (216, (20,), 96, "B16.A12"),
        (216, (99,), 97, "B16.A15"),
        (220, (255, 255), 98, "B20"),
        (220, (0, 12), 98, "B20.B1"),
        (228, (1, 0), 99, "B28.A1"),
        (228, (1, 255), 99, "B28.A1"),
        (227, (1, 12), 101, "B27.A1.B1"),
        (220, (1, 7), 102, "B20.A1.B7"),
        (220, (1, 6), 103, "B20.A1.B8"),
        (220, (1, 1), 104, "B20.A1.B9"),
        (220, (2, 12), 105, "B20.A2.B1"),
        (220, (3, 0), 98, "B20.A3"),
        (112, (1, 70, 20, 1, 2), 27, "A12.A1.A10.B5.D1.E2"),
        (112, (3, 70, 5, 2, 1), 27, "A12.A3.A10.B7.D2.E1"),
        (112, (4, 20, 2, 1, 0), 29, "A12.A4.A13.B9.D1"),
        (112, (4, 20, 5, 1, 0), 29, "A12.A4.A13.B8.D1"),
        (111, (2, 5, 0, 1, 1), 17, "A11.A2.A15"),
        (124, (6, 2, 3, 255, 1), 90, "A24.A6.A16"),
        (112, (7, 70, 0, 0, 0), 22, "A12.A7.A10"),
        (112, (255, 70, 20, 1, 255), 22, "A12.A10.B5.D1"),
        (112, (1, 255, 255, 255, 255), 20, "A12.A1"),
    ],
)
def test_a_class_has_its_code_and_its_number(
    level3: int, values: tuple[int, ...], number: int, text: str
) -> None:
    places = tuple(
        int(classifier.places[value])
        for classifier, value in zip(CLASSIFIERS[level3], values, strict=True)
    )
    kind = Level4.of(level3, places)
    assert (au(kind), kind.text) == (number, text)
    assert kind.is_known == ("unknown" not in kind.name)


def every_kind() -> set[Level4]:
    return {
        Level4.of(level3, places)
        for level3, classifiers in CLASSIFIERS.items()
        for places in product(*(range(c.unknown + 1) for c in classifiers))
    }


def test_codes_are_the_digits_of_what_describes_a_class_and_lead_back_to_it() -> None:
    assert Level4.of(112, (1, 2, 2, 1, 2)).code == 112_01_2212
    assert Level4.of(112, (10, 6, 6, 4, 4)).code == 112_99_9999
    assert Level4.of(228, (1, 5)).code == 228_01_9000
    assert Level4.of(216, (2,)).code == 216_02_0000
    assert Level4.of(215, ()).code == 215_00_0000
    kinds = every_kind()
    assert len({kind.code for kind in kinds}) == len(kinds) > 5000
    assert all(Level4.of_code(kind.code) == kind for kind in kinds)
    assert max(kind.code for kind in kinds) < 2**31


def test_every_class_has_a_number_of_au_with_a_name_and_a_colour() -> None:
    assert {au(kind) for kind in every_kind()} == AU.keys()
    assert len({category.name for category in AU.values()}) == len(AU)
    assert all(len(category.colour) == 7 for category in AU.values())
