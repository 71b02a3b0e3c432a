"""What is told of confidence in a few lines."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lccs_inputs.commands.confidence import main
from lccs_inputs.rasters.synthetic import sample_tags
from lccs_inputs.rasters.writing import create_quick_cog
from small_rasters import grid_of

BASE = Path(__file__).parents[3] / "config.yaml"
FOLDER = Path("results/evian/periods/2018/confidence")
ACCURACY = FOLDER.with_name("accuracy") / "accuracy.json"


def mapped(name: str, side: int = 20) -> None:
    """A tenth of the pixels with a score of 40, as many without data, the others 100."""
    scores = np.full((1, side, side), 100, np.uint8)
    scores[0, : side // 10], scores[0, -side // 10 :] = 40, 255
    with create_quick_cog(
        FOLDER / f"{name}.tif", grid_of(side, side), ["score"], "uint8", 255, scales=[0.01],
        tags=sample_tags(name),
    ) as raster:  # fmt: skip
        raster.write(scores)


def test_of_each_map_it_says_how_sure_it_is_and_what_points_say_of_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(BASE, tmp_path)
    assert main([]) == 0
    assert capsys.readouterr().out == ""
    FOLDER.mkdir(parents=True)
    mapped("aquatic_wat_cat")
    mapped("level3", 3000)
    found = [{"target": "level3", "overall": {"value": 0.95}, "points": 200}]
    ACCURACY.parent.mkdir()
    ACCURACY.write_text(json.dumps({"assessments": found}))
    assert main([]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"evian 2018 (synthetic): {FOLDER}",
        "  map                       mean score  below 0.5  right, by points",
        "  Aquatic                   0.93        11.1%      not assessed",
        "  Land cover, LCCS level 3  0.93        11.1%      95.0% of 200",
        "  band 1 of each is the score, the others what it is made of: docs/confidence.md",
        "  why it is low somewhere: make explain AT=lon,lat",
        "  to see it in make report: confidence: true in your config",
    ]
    (tmp_path / "mine.yaml").write_text("confidence: true\n")
    assert main(["mine.yaml"]) == 0
    assert capsys.readouterr().out.splitlines() == said[:-1]
    ACCURACY.unlink()
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines()[1:3] == [
        "  map                       mean score  below 0.5",
        "  Aquatic                   0.93        11.1%",
    ]


def test_a_config_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(BASE, tmp_path)
    assert main(["gone.yaml"]) == 2
    assert "gone.yaml" in capsys.readouterr().err
