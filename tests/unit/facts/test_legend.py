"""Legends of others: which row of a crosswalk counts, and what makes one no answer."""

from dataclasses import replace
from itertools import product

import pytest

from lccs_inputs.config import read_legend
from lccs_inputs.facts.lccs import LEVEL3, Category
from lccs_inputs.facts.legend import FOLDER, NO_CLASS, UNDECIDED, Legend, Row, class_of
from lccs_inputs.facts.level4 import CLASSIFIERS, LAYERS, LIFE_FORM, Level4

WHOLE = {"B15": 1, "B16": 1, "B20": 1, "A11": 1, "A12": 1, "A23": 1, "A24": 1}
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def legend(**rows: int) -> Legend:
    """A legend of three classes; rows with _ for the dots, before those that leave no gap."""
    classes = {code: Category(f"class {code}", "#123456") for code in (1, 2, 3)}
    written = {text.replace("_", "."): code for text, code in rows.items()}
    return Legend("mine", "Mine", "me", classes, written | WHOLE)


def kind(level3: int, *places: int) -> Level4:
    """A class of level 4, of whose further classifiers nothing is said."""
    return Level4.of(level3, (*places, *[0] * (len(CLASSIFIERS[level3]) - len(places))))


def test_the_first_row_that_fits_counts_whatever_else_a_class_is() -> None:
    rows = legend(A12_A1_D2=2, A12_A1=3).parsed
    assert class_of(kind(112, 1, 2, 0, 2), rows) == 2
    assert class_of(kind(112, 1, 2, 0, 1), rows) == 3
    assert class_of(kind(112, 2, 2), rows) == 1
    assert class_of(kind(111, 1), rows) == 1


def test_water_of_any_origin_is_b20_and_one_origin_is_itself() -> None:
    rows = legend(B27=2, B20_A3=3).parsed
    found = [class_of(kind(level3, state), rows)
             for level3, state in ((227, 1), (228, 1), (220, 3), (228, 3), (227, 3))]  # fmt: skip
    assert found == [2, 1, 3, 3, 2]


def test_what_is_not_known_is_no_class_unless_all_it_could_be_are_one() -> None:
    rows = legend(A12_A1_B9=2, A12_A1=3).parsed
    unknown_form, unknown_height = LIFE_FORM.unknown, 6
    assert class_of(kind(112, unknown_form), rows) == UNDECIDED
    assert class_of(kind(112, 1, 0, unknown_height), rows) == UNDECIDED
    assert class_of(kind(112, 1, 7 - 1, 2), rows) == 3, "cover that no row asks for"
    assert class_of(kind(112, 2, 0, unknown_height), rows) == 1, "herbs have no height"
    same = legend(A12_A1_B9=2, A12_A1=2).parsed
    assert class_of(kind(112, 1, 0, unknown_height), same) == 2


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"A12_A1": 9}, "crosswalk.A12.A1: 9 is none of the classes; add it, or write 0"),
        ({"A13": 1}, "crosswalk.A13: A13 is no class of level 3; there are A11, A12, "),
        ({"B15_A1": 1}, "crosswalk.B15.A1: A1 describes no B15; there are none"),
        ({"A12_A99": 1}, "crosswalk.A12.A99: A99 describes no A12; there are A1, A2, "),
        ({"A12_A1_A2": 1}, "crosswalk.A12.A1.A2: it names two classes of one kind"),
        ({"A12_A1": 2, "A12_A1_D1": 3}, "crosswalk.A12.A1.D1: comes after A12.A1, which fits all"),
        ({"B20_A1": 2, "B27_A1": 3}, "crosswalk.B27.A1: comes after B20.A1, which fits all of it"),
    ],
)
def test_a_row_that_says_nothing_is_told(rows: dict[str, int], told: str) -> None:
    (problem,) = legend(**rows).problems()
    assert problem.startswith(told)


@pytest.mark.parametrize("text", WHOLE)
def test_a_gap_is_told_with_the_row_that_fills_it(text: str) -> None:
    whole = legend(A12_A1=2)
    gapped = replace(whole, rows={key: code for key, code in whole.rows.items() if key != text})
    problems = list(gapped.problems())
    names = [LEVEL3[code].name for code in ((220, 227, 228) if text == "B20" else ())]
    assert len(problems) == (3 if names else 1)
    assert all(f"end with a row {text[:2]}" in problem for problem in problems)
    assert all("has a gap" in problem for problem in problems)


@pytest.mark.parametrize("name", NAMES)
def test_every_legend_that_there_is_has_a_class_or_none_for_whatever_is_known(name: str) -> None:
    found = read_legend(name)
    rows = found.parsed
    assert found == Legend.from_dict(found.to_dict())
    for level3, classifiers in CLASSIFIERS.items():
        for places in product(*(range(c.unknown) for c in classifiers)):
            code = class_of(Level4.of(level3, places), rows)
            assert code == NO_CLASS or code in found.classes


SAID = {
    "maes": [(215, (), 101), (111, (1,), 102), (123, (), 102), (112, (2,), 103), (112, (1,), 104),
             (112, (1, 0, 1), 104), (112, (1, 0, 4), 105), (216, (), 106), (124, (1,), 107),
             (220, (), 200), (228, (3,), 106), (112, (), 0), (112, (7,), 0)],
    "ipcc": [(112, (1,), 1), (111, (1,), 2), (112, (2,), 3), (124, (2,), 4), (124, (1,), 1),
             (215, (), 5), (216, (), 6), (220, (3,), 6), (220, (1,), 4), (112, (4,), 3)],
    "esa-cci": [(111, (2,), 11), (111, (1,), 12), (112, (1, 1, 0, 1, 2), 60),
                (112, (1, 1, 0, 2, 1), 70), (112, (1, 4, 0, 2, 1), 150),
                (112, (1, 1, 4, 1, 2), 122), (112, (2, 1), 130), (112, (7,), 140),
                (124, (3,), 160), (124, (2,), 180),
                (112, (1, 1, 0, 1, 0), 0), (228, (2,), 220), (227, (), 210)],
    "fao": [(111, (2,), 2), (111, (1,), 3), (112, (1,), 6), (112, (4,), 8), (112, (2, 5), 10),
            (124, (2,), 9), (220, (3,), 12), (216, (), 11), (112, (2, 1), 5), (123, (2,), 2)],
}  # fmt: skip
"""Of each legend some classes by hand: level 3, places in its classifiers, class of the legend."""


@pytest.mark.parametrize("name", NAMES)
def test_classes_are_those_of_the_sources(name: str) -> None:
    rows = read_legend(name).parsed
    found = [
        (level3, places, class_of(kind(level3, *places), rows)) for level3, places, _ in SAID[name]
    ]
    assert found == SAID[name]


def test_what_no_pixel_could_be_is_told_with_the_layer_that_is_missing() -> None:
    maes, fao = read_legend("maes"), read_legend("fao")
    made = ("lifeform_veg_cat", "canopyco_veg_con")
    assert maes.reached(104, made) == (True, "")
    assert maes.reached(105, made) == (
        True, "not made, and needed for some of it: canopyht_veg_con",
    )  # fmt: skip
    assert maes.reached(104, ()) == (False, "not made, and needed: lifeform_veg_cat")
    assert fao.reached(7, LAYERS) == (False, "no row of the crosswalk leads to it")
    assert read_legend("esa-cci").reached(60, made) == (
        False, "not made, and needed: leaftype_veg_cat, phenolog_veg_cat",
    )  # fmt: skip


def test_a_row_fits_by_what_it_names_alone() -> None:
    row = Row.of("A12.A1.A10", 1)
    assert row.fits(kind(112, 1, 1, 3, 1, 2)) is True
    assert row.fits(kind(112, 1, 2)) is False
    assert row.fits(kind(112, 1, 6)) is None
    assert row.fits(kind(111, 1, 1)) is False
