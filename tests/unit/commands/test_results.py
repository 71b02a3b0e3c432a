"""What is told at the end of a run: what is made, what is left out and why, where to look."""

from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.commands.results import summary
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.plan import Plan

BASE = Path(__file__).parents[3] / "config.yaml"


def told(**changes: Any) -> list[str]:
    return summary(Plan.from_files(BASE, [changes], {})).splitlines()


@pytest.fixture(autouse=True)
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the scene lists of a run of two years."""
    monkeypatch.chdir(tmp_path)
    for year, removed in (("2018", {"cloud": 7, "tier": 0, "duplicate": 1}), ("2019", {})):
        file = tmp_path / f"results/evian/sources/s2/{year}/scenes.json"
        file.parent.mkdir(parents=True)
        SceneList("s2", year, "sentinel2", "", "", "", "", 9, removed, ()).write(file)


def test_what_is_made_is_told_with_where_it_is() -> None:
    period = "results/evian/periods/2018"
    lines = told()
    assert lines[0] == "evian 2018"
    assert dict(line.strip().rsplit(None, 1) for line in lines[1:9]) == {
        "7 layers": f"{period}/layers",
        "stack, levels 3 and 4": f"{period}/stack/lccs_inputs.tif",
        "hectares": f"{period}/stack/level4.csv",
        "for le_lccs": f"{period}/le_lccs",
        "checks": f"{period}/checks/checks.txt",
        "12 pictures": f"{period}/pictures/contact_sheet.png",
        "for QGIS": f"{period}/lccs.qgz",
        "credits": f"{period}/ATTRIBUTION.txt",
    }
    assert len(lines) == 12


def test_what_is_left_out_is_told_with_why() -> None:
    scenes, unmade, _ = told()[-3:]
    assert scenes.split(None, 3)[3] == "0 of 9 used; left out: 7 by cloud, 1 by duplicate"
    assert unmade.startswith("not made, `use` is none: waterstt_wat_cat, ")
    assert "vegetat_veg_cat" not in unmade


def test_of_fewer_layers_only_these_are_told() -> None:
    one = {"use": "ndvi", "methods": {"ndvi": "s2.ndvi >= 0.4"}}
    lines = told(layers={"vegetat_veg_cat": one}, images=["ndvi", "evi"], confidence=True)
    assert [line.split("  ")[1] for line in lines[1:-1]] == [
        "1 layer", "stack", "2 images", "confidence", "checks", "3 pictures",
        "for QGIS", "credits", "scenes of s2",
    ]  # fmt: skip


def test_each_period_is_told_with_its_own_scenes_and_the_methods_that_lack_a_product() -> None:
    span = {year: {"start": f"{year}-05-01", "end": f"{year}-10-31"} for year in ("2018", "2019")}
    map_of_2018 = {"product": "IMD", "editions": {2018: "imd.tif"}, "max_years": 0}
    chain = {"use": ["sealed", "ndbi"], "methods": {"sealed": "imd > 30", "ndbi": "s2.ndvi < 0.1"}}
    lines = told(
        periods=span, products={"imd": map_of_2018}, layers={"artific_urb_cat": chain},
        legend=[], checks={},
    )  # fmt: skip
    first, second = "\n".join(lines).split("evian 2019\n")
    assert "7 by cloud" in first and "7 by cloud" not in second
    assert "\n  left out" not in first
    assert "artific_urb_cat by sealed: no edition of imd is near (max_years)" in second
    assert "evian from 2018 to 2019: results/evian/change/2018/2019" in lines


def test_once_a_report_is_written_it_is_told_where_and_not_how_to_write_it() -> None:
    assert told()[-1].startswith("make report writes a page of it")
    page = Path("results/evian/periods/2018/report.html")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.touch()
    lines = told()
    assert any(line.split() == ["report", str(page)] for line in lines)
    assert not lines[-1].startswith("make report")
