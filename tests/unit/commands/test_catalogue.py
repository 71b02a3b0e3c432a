"""`make catalogue` tells what it reads of each scene, what it leaves out, and what to write."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from calling_make import environment
from lccs_inputs.commands.catalogue import main
from lccs_inputs.config.sections.scene_sets import SceneSet
from standins import products
from standins.imagery import sentinel2_scene

REPOSITORY = Path(__file__).resolve().parents[3]
LAND = {"blue": 400, "green": 700, "red": 500, "nir": 3500, "swir16": 1800, "swir22": 900}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = sentinel2_scene(tmp_path / "made", "s", products.CRS, products.CORNER, 24, 1)
    moment = "2018-07-04T10:30:31Z"
    scene = replace(made, platform="sentinel2b", tile="31TEJ", datetime=moment)
    products.write_safe(tmp_path / "in", scene, "02.08")
    products.write_theia(tmp_path / "in", LAND)
    products.write_hls(tmp_path / "in", LAND, "L30")
    products.write_hls(tmp_path / "in", LAND, "S30")
    (tmp_path / "in/b.zip").touch()
    return tmp_path / "in"


def test_a_table_of_the_scenes_what_is_left_out_and_the_lines_to_write(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["in"]) == 0
    table, problems, config = capsys.readouterr().out.strip().split("\n\n")
    assert [line.split() for line in table.splitlines()] == [
        ["scene", "sensor", "date", "processing,", "offset", "cloud", "bands", "mask", "CRS"],
        ["HLS.L30.T31TEJ.2018185T103031.v2.0", "hls", "2018-07-04", "L30,", "0", "7", "%", "6",
         "fmask", "EPSG:32631"],
        ["HLS.S30.T31TEJ.2018185T103031.v2.0", "hls", "2018-07-04", "S30,", "0", "7", "%", "6",
         "fmask", "EPSG:32631"],
        ["S2B_MSIL2A_20180704T103031_N0208_R108_T31TEJ_20230612T214223", "sentinel2",
         "2018-07-04", "02.08,", "0", "23", "%", "6", "scl", "EPSG:32631"],
        ["SENTINEL2A_20180704-104904-892_L2A_T31TEJ_C_V2-2", "sentinel2", "2018-07-04", "FRE,",
         "0", "34", "%", "6", "clm", "EPSG:32631"],
    ]  # fmt: skip
    assert problems == ("! b.zip is damaged or cut off (File is not a zip file); download it again")
    counts, _, lines = config.partition("\n")
    assert counts == "4 scenes, 1 left out; say in your config:"
    document = yaml.safe_load(lines)
    assert document["default_scenes"] == "sentinel2"
    said = document["scenes"]
    where = {"catalogue": "catalogue/catalog.json"}
    assert said == {
        "hls": {"sensor": "hls"} | where,
        "sentinel2": {"sensor": "sentinel2"} | where,
        "sentinel2_2": {"sensor": "sentinel2"}
        | where
        | {"collections": ["theia-sentinel2-l2a"], "mask": "clm"},
    }
    assert Path("catalogue/catalog.json").exists()
    for settings in said.values():
        SceneSet.model_validate(settings)


def test_without_a_scene_that_can_be_used_it_fails_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    products.write_landsat(tmp_path / "in", LAND, "LE07_L2SP_196028_20180704_20200831_02_T1")
    assert main(["in", "--catalogue", "out/catalog.json"]) == 1
    assert capsys.readouterr().out.endswith("scene set reads\n\n0 scenes, 1 left out\n")
    assert main(["in", "--pattern", "{band}.tif", "--sensor", "hls"]) == 1
    assert capsys.readouterr().err.startswith("PATTERN: has no {date}")
    assert main(["in", "--sensor", "hls"]) == 1
    assert capsys.readouterr().err.startswith("SENSOR, BANDS: go with a PATTERN; ")
    assert not Path("out").exists()


def test_nothing_but_a_catalogue_of_its_own_is_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refusal(target: str) -> str:
        assert main(["in", "--catalogue", target]) == 1
        streams = capsys.readouterr()
        (line,) = [each for each in streams.err.splitlines() if each.startswith(("C", "/", "o"))]
        return line

    Path("other.yaml").write_text("mine: all mine\n")
    assert refusal("other.yaml") == (
        "other.yaml is no name of a catalogue; give it one that ends in .json"
    )
    others = ("a link.json", '{"type": "FeatureCollection", "features": []}'), ("o.json", "text")
    for name, text in others:
        Path(f"o{name}").write_text(text)
        told = "is there, and not of make catalogue; name another file"
        assert refusal(f"o{name}") == f"o{name} {told}"
        assert Path(f"o{name}").read_text() == text
    Path("out.json").mkdir()
    assert refusal("out.json").endswith(told)
    assert main(["in", "--catalogue", "out/a.json"]) == 0
    assert main(["in", "--catalogue", "out/a.json"]) == 0
    first = {path: path.read_bytes() for path in Path("out").rglob("*.json")}
    capsys.readouterr()
    told = "is there, and not of the catalogue /.*/out/b.json; name one in another folder"
    assert re.fullmatch(f"/.*/collection.json {told}", refusal("out/b.json"))
    assert {path: path.read_bytes() for path in Path("out").rglob("*.json")} == first


@pytest.mark.parametrize("target", ["/proc/pl.json", "other.yaml/x.json"])
def test_a_catalogue_that_cannot_be_written_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    Path("other.yaml").write_text("mine: all mine\n")
    assert main(["in", "--catalogue", target]) == 1
    assert f"\nCATALOGUE: {target} cannot be written (" in capsys.readouterr().err


def test_what_a_target_cannot_do_without_is_asked_for_in_a_line() -> None:
    for target, wanted in (("catalogue", "folder"), ("recorded", "doctor.json")):
        done = subprocess.run(
            ["make", "-s", "-o", ".venv/ready", target],
            cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        told = f"*** say what of: make {target} FROM={wanted}.  Stop."
        assert done.returncode == 2 and done.stderr.strip().endswith(told)
        assert len(done.stderr.strip().splitlines()) == 1
