"""What is asked of a sample design, and refused in a sentence."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from lccs_inputs.commands import plan_of
from lccs_inputs.commands.sample_design import main
from lccs_inputs.workflow.requests import Place
from small_rasters import write_codes

BASE = Path(__file__).parents[3] / "config.yaml"


NEITHER = (
    "is neither a share between 0 and 1, such as 0.85, nor classes with theirs, such as "
    "111=0.8,112=0.95"
)


@pytest.fixture(autouse=True)
def mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a map of A12 and, on the right, water."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(BASE, tmp_path)
    areas = {"shore": {"bbox": [6.6200, 46.3800, 6.6239, 46.3825]}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"areas": areas}))
    plan = plan_of([Path("mine.yaml")])
    (file,) = plan.results.level3(Place(area="shore", period="2018"))
    grid = plan.areas.area("shore").grid
    codes = np.full(grid.shape, 112)
    codes[:, grid.width // 2 :] = 220
    plan.folders.here(file).parent.mkdir(parents=True)
    write_codes(plan.folders.here(file), grid, codes)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--seed", "-1"], 'SEED: "-1" is no whole number from 0 on'),
        (["--seed", "x"], 'SEED: "x" is no whole number from 0 on'),
        (["--points", "abc"], 'N: "abc" is no whole number from 0 on'),
        (["--points", "5e2"], 'N: "5e2" is no whole number from 0 on'),
        (["--accuracy", ".8,.9"], f"ACCURACY: .8,.9 {NEITHER}"),
        (["--accuracy", "112=.8,112=.9"], f"ACCURACY: 112=.8,112=.9 {NEITHER}"),
        (["--accuracy", "999=0.8"], "ACCURACY: 999 is not a class of the map; valid: 112, 220"),
        (
            ["--accuracy", ".9,221=.8"],
            'ACCURACY: 221 is not a class of the map; did you mean "220"?',
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_told(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mine.yaml", "--points", "60", *words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[-1] == told
    assert not (tmp_path / "sample.gpkg").exists()


def test_classes_of_the_map_can_be_supposed_right_and_any_seed_from_0_draws(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["mine.yaml", "--points", "60", "--accuracy", "0.9,220=0.8", "--seed", "0"]) == 0
    natural, water = capsys.readouterr().out.splitlines()[1:3]
    assert natural.split("  ")[0].startswith("A12")
    assert " 0.90 " in natural
    assert " 0.80 " in water
    assert Path("sample.gpkg").exists()


@pytest.mark.parametrize(("synthetic", "kind"), [(True, "synthetic"), (False, "of earlier points")])
def test_what_is_supposed_by_earlier_points_says_so_and_whether_they_are_synthetic(
    capsys: pytest.CaptureFixture[str], *, synthetic: bool, kind: str
) -> None:
    file = Path("results/shore/periods/2018/accuracy/accuracy.json")
    file.parent.mkdir(parents=True)
    water = {"code": 220, "users": 0.7, "map_points": 100}
    level3 = {"target": "level3", "classes": [water]}
    file.write_text(json.dumps({"synthetic": synthetic, "assessments": [level3]}))
    assert main(["mine.yaml", "--points", "60"]) == 0
    told = capsys.readouterr().out
    assert " 0.70 " in told
    assert f"what is supposed is {kind}, as far as {file} tells" in told
