"""What is told of accuracy in a few lines."""

import json
import shutil
from pathlib import Path

import pytest

from lccs_inputs.commands.accuracy import main

BASE = Path(__file__).parents[3] / "config.yaml"
NEXT = (
    "  wrong points, why: results/evian/periods/2018/accuracy/errors.csv; make explain AT=lon,lat"
)


def test_what_nothing_could_be_used_of_says_why_and_what_is_assessed_how_right_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(BASE, tmp_path)
    file = tmp_path / "results/evian/periods/2018/accuracy/accuracy.json"
    file.parent.mkdir(parents=True)
    overall = {"value": 0.951, "low": 0.93, "high": 0.97}
    water = {"title": "Water", "overall": overall, "points": 9, "notes": ["of one class"]}
    told = {
        "synthetic": True,
        "references": {
            "mine": {"points": {"used": 9}, "notes": ["reference.mine: has no date"]},
            "far": {"points": {}, "notes": ["reference.far.file: far.csv has no point"]},
        },
        "assessments": [{**water, "source": "mine"}],
    }
    file.write_text(json.dumps(told))
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "evian 2018 (synthetic): results/evian/periods/2018/accuracy",
        "  map    right                  points  of",
        "  Water  95.1%, 93.0% to 97.0%  9       mine",
        "  reference.mine: has no date",
        "  reference.far.file: far.csv has no point",
        "  Water: of one class",
        NEXT,
    ]
    file.write_text(json.dumps({**told, "assessments": []}))
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  reference.mine: has no date",
        "  reference.far.file: far.csv has no point",
    ]
    both = [{**water, "source": name, "notes": [f"of {name}"]} for name in ("mine", "far")]
    file.write_text(json.dumps({**told, "assessments": both}))
    assert main([]) == 0
    said = ["  Water, mine: of mine", "  Water, far: of far"]
    assert capsys.readouterr().out.splitlines()[6:] == [*said, NEXT]
    many = [{**both[0], "notes": [f"note {n}" for n in range(40)]}]
    file.write_text(json.dumps({**told, "assessments": many}))
    assert main([]) == 0
    *_, last, more, following = capsys.readouterr().out.splitlines()
    assert last == "  Water: note 19"
    assert more == f"  and 20 more notes: {file.relative_to(tmp_path)}"
    assert following == NEXT
