"""Class tables: those there are, and the user's own."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lccs_inputs.config import read_class_table
from lccs_inputs.errors import ConfigError
from lccs_inputs.facts.class_table import TABLES, meaning_of
from lccs_inputs.facts.lccs import DESCRIPTORS

OWN = {"title": "t", "source": "s", "licence": "l", "obtain": "o"}


def write(path: Path, **classes: Any) -> str:
    path.write_text(yaml.safe_dump(OWN | {"classes": classes}))
    return str(path)


@pytest.mark.parametrize("name", [*TABLES])
def test_every_table_is_right_and_says_where_its_data_are_from(name: str) -> None:
    table = read_class_table(name, DESCRIPTORS)
    assert table.classes
    assert all((table.title, table.source, table.licence, table.obtain))


def test_the_tables_have_all_classes_of_their_data() -> None:
    swiss = read_class_table("arealstatistik", DESCRIPTORS)
    assert {*swiss.classes} == {str(code) for code in range(1, 73)}
    oso = read_class_table("theia-oso", DESCRIPTORS)
    assert {*oso.classes} == {str(code) for code in range(1, 24)}
    lucas = read_class_table("lucas-2018", DESCRIPTORS)
    codes = (
        "A11 A12 A13 A21 A22 A30 B11 B17 B19 B23 B37 B45 B55 B77 B84 BX1 C10 C23 C33 D10 D20 E30"
    )
    codes += " F10 F40 G11 G22 G50 H11 H23"
    assert None not in lucas.meanings(codes.split()).values()
    crops = read_class_table("eurocrops-hcat", DESCRIPTORS)
    meant = crops.meanings(["3301010799", "3301010101", "3302000000", "3399000000"])
    assert [(each or {}).get("level3") for each in meant.values()] == [123, 111, 112, None]
    (tulips, *moved) = crops.meanings(["3301084800", "3301083600", "3301083700"]).values()
    assert (tulips or {})["lifeform_veg_cat"] == 2
    assert all(each and "lifeform_veg_cat" not in each for each in moved), "roses, or no roses"


def test_layers_follow_from_a_class_of_lccs() -> None:
    needles = meaning_of("A12.A1.D2")
    assert needles["level3"] == 112
    assert {name: needles[name] for name in ("lifeform_veg_cat", "leaftype_veg_cat")} == {
        "lifeform_veg_cat": 1, "leaftype_veg_cat": 2,
    }  # fmt: skip
    assert meaning_of("A12.A2")["leaftype_veg_cat"] == 0
    assert "leaftype_veg_cat" not in meaning_of("A12.A1")
    assert meaning_of("B27")["artwatr_wat_cat"] == 1
    assert "artwatr_wat_cat" not in meaning_of("B20")
    assert meaning_of("B20.A3")["waterstt_wat_cat"] == 3
    assert meaning_of({"cultman_agr_cat": 1}) == {"cultman_agr_cat": 1}
    assert meaning_of(None) == {}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("A99", "A99 is no class of level 3"),
        ("A12.D9", "D9 describes no A12"),
        ({"cultman": 1}, 'is not a layer; did you mean "cultman_agr_cat"'),
        ({"canopyco_veg_con": 80}, "canopyco_veg_con has no classes"),
        ({"lifeform_veg_cat": 12}, "12 is no code of lifeform_veg_cat"),
        ({"level3": 110}, "110 is no class of level 3"),
        ([1], "expected a class as LCCS writes it"),
    ],
)
def test_a_row_that_says_no_class_is_told(written: Any, told: str, tmp_path: Path) -> None:
    name = write(tmp_path / "own.yaml", forest=written)
    with pytest.raises(ConfigError) as caught:
        read_class_table(name, DESCRIPTORS)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{name}: classes.forest: ")
    assert told in problem
