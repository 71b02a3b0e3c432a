"""`legend` in a config: names, files of the user's own, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lccs_inputs.config import load, load_files, read_legend
from lccs_inputs.errors import ConfigError

BASE = Path(__file__).resolve().parents[3] / "config.yaml"
MINE = {
    "title": "Mine",
    "source": "me",
    "classes": {7: {"name": "green", "colour": "#228833"}},
    "crosswalk": dict.fromkeys(("A11", "A12", "A23", "A24"), 7)
    | dict.fromkeys(("B15", "B16", "B20"), 0),
}


def told(legend: Any) -> list[str]:
    document = load_files(BASE, [], {"legend": legend})
    with pytest.raises(ConfigError) as caught:
        load(document)
    return caught.value.problems


def write(path: Path, **changes: Any) -> str:
    path.write_text(yaml.safe_dump(MINE | changes))
    return str(path)


def test_a_legend_is_named_alone_or_in_a_list_and_none_by_default(tmp_path: Path) -> None:
    mine = write(tmp_path / "my-own.yaml")
    for said, meant in ((("maes"), ("maes",)), (["fao", mine], ("fao", mine))):
        assert load(load_files(BASE, [], {"legend": said})).legend == meant
    assert load(load_files(BASE, [], {})).legend == ()
    assert read_legend(mine).name == "my-own"
    assert read_legend(mine).classes[7].name == "green"


def test_a_name_that_is_none_is_told_those_there_are() -> None:
    (problem,) = told("meas")
    assert problem == 'legend: "meas" is not a legend; did you mean "maes"? (or the path of a file)'


def test_a_file_that_is_not_there_or_says_one_row_twice_is_told(tmp_path: Path) -> None:
    (problem,) = told(str(tmp_path / "gone.yaml"))
    assert "gone.yaml: cannot be read" in problem
    twice = tmp_path / "twice.yaml"
    twice.write_text("crosswalk:\n  A11: 1\n  A11: 2\n")
    (problem,) = told(str(twice))
    assert 'twice.yaml, line 3: the key "A11" is there twice' in problem


def test_a_gap_and_everything_else_that_is_wrong_is_told_with_the_file(tmp_path: Path) -> None:
    rows = {key: code for key, code in MINE["crosswalk"].items() if key != "A23"}
    mine = write(tmp_path / "mine.yaml", crosswalk={"A12.A77": 7} | rows)
    problems = told(mine)
    assert [problem.removeprefix(f"legend: {mine}: ")[:40] for problem in problems] == [
        "crosswalk.A12.A77: A77 describes no A12;",
        "crosswalk: has a gap, A23 Cultivated Aqu",
    ]
    wrong = write(tmp_path / "wrong.yaml", classes={0: {"name": "x", "colour": "red"}}, licence="x")
    text = "\n".join(told(wrong))
    assert "classes.0: expected a whole number from 1 to 254" in text
    assert "colour: expected a colour in quotes" in text
    assert '"licence" is not a key here' in text


def test_files_whose_maps_would_have_one_name_or_none_are_told(tmp_path: Path) -> None:
    (problem,) = told(["maes", write(tmp_path / "maes.yaml")])
    assert "would make one map, maes; rename a file" in problem
    (problem,) = told("~nobody_here/mine.yaml")
    assert problem.startswith("legend: ~nobody_here/mine.yaml: begins with ~ but with no home")
    (problem,) = told(write(tmp_path / "my own.yaml"))
    assert "its name becomes that of the map" in problem
