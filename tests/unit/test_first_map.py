"""The first map of the documentation is made as the page says, against stand-ins.

Its commands are called as make calls them. What makes the map itself is planned here, and run for
one of the ways in `workflow/test_data_space.py`.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from first_map import Command, commands, headings
from lccs_inputs.commands import catalogue, doctor, init, plan_run
from lccs_inputs.facts import catalogues
from lccs_inputs.facts.catalogues import Preset
from lccs_inputs.plan import Plan
from standins.clms import ClmsStandIn
from standins.earthengine import EarthEngineStandIn
from standins.imagery import sentinel2_scene
from standins.products import CORNER, CRS, write_safe
from standins.stac_api import StacApi
from standins.stac_items import make_item

REPOSITORY = Path(__file__).resolve().parents[2]
BOUNDS = (969_500, 6_590_500, 973_500, 6_594_500)
MINE = Path("mine.yaml")


@pytest.fixture
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: Path, service: EarthEngineStandIn
) -> Iterator[Path]:
    """A folder whose `config.yaml` leads to the stand-ins, and nothing else of it is changed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "presets").symlink_to(REPOSITORY / "presets")
    base = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    items = [_scene(sample, month) for month in ("01", "04", "07", "10")]
    with ClmsStandIn() as clms, StacApi(items) as api:
        base["clms"] |= {"image_service": clms.image_url, "url": clms.url}
        base["earthengine"] |= {"url": service.url}
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(base, sort_keys=False))
        there = Preset(api.url, {"sentinel2": ("sentinel-2-c1-l2a",)})
        granule = sentinel2_scene(tmp_path / "made", "s", CRS, CORNER, 24, 1)
        moment = "2018-07-04T10:30:31Z"
        here = replace(granule, platform="sentinel2b", tile="31TEJ", datetime=moment)
        write_safe(tmp_path / "scenes", here)
        monkeypatch.setitem(catalogues.PRESETS, "earth_search", there)  # type: ignore[arg-type]
        yield tmp_path


def _scene(sample: Path, month: str) -> dict[str, Any]:
    when, collection = f"2018-{month}-15T10:30:00Z", "sentinel-2-c1-l2a"
    item = make_item(f"S2A_{month}", when, collection=collection, assets=())
    return item | {"assets": _assets(sample)}


def _assets(sample: Path) -> dict[str, dict[str, str]]:
    """The files of a scene of the sample."""
    document = next(sample.parent.rglob("S2*.json"))
    assets = yaml.safe_load(document.read_text())["assets"]
    return {
        name: {"href": str((document.parent / asset["href"]).resolve())}
        for name, asset in assets.items()
    }


def call(command: Command) -> int:
    """What make would call."""
    words = [word for word in command.words[2:] if not word.startswith("ARGS=")]
    files = [word.removeprefix("CONFIG=") for word in words if word.startswith("CONFIG=")]
    match command.target:
        case "init":
            return init.main(words)
        case "catalogue":
            return catalogue.main([word.removeprefix("FROM=") for word in words])
        case "doctor":
            return doctor.main(files)
        case "plan":
            return plan_run.main(files)
        case "run":
            Plan.from_files(Path("config.yaml"), [*map(Path, files)], {}, for_a_run=True)
            return 0
    raise ValueError(command)


@pytest.mark.parametrize("way", ["No account", "A project of Earth Engine", "Scenes on a disk"])
def test_each_step_prints_what_the_page_says(
    way: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = commands(way)
    targets = [each.target for each in said if each.target != "catalogue"]
    assert targets[:2] == ["init", "doctor"] and targets[-1] == "run"
    for command in said:
        assert command.words[0] == "make"
        status = call(command)
        told = capsys.readouterr()
        assert status == 0, told.out + told.err
        command.check(told.out)
    made = yaml.safe_load(MINE.read_text())["layers"]
    assert len(made) == 7


def test_the_page_goes_a_way_for_each_kind_of_user() -> None:
    assert headings() == ["No account", "Keys of the Copernicus Data Space",
                          "A project of Earth Engine", "Scenes on a disk"]  # fmt: skip


def test_what_was_not_printed_is_told() -> None:
    command = Command(("make",), ("a: …", "…", "c"))
    command.check("a: 1\nb\nc\n")
    for output in ("a: 1\nb\n", "c\na: 1\n", "b: 1\nc\n"):
        with pytest.raises(AssertionError):
            command.check(output)


def test_what_every_way_begins_with_is_there() -> None:
    (first,) = commands("")
    told = subprocess.run(
        first.words, cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    first.check(told)
    for way in headings():
        for command in commands(way):
            assert f"make {command.target} " in told
