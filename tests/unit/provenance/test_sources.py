"""What is told of the sources of a period, and the credits that they ask for."""

import hashlib
from pathlib import Path

import pytest

from lccs_inputs.clms.journal import Journal, State
from lccs_inputs.facts.products import PRODUCTS, ProductKind
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.products.custom import custom_product
from lccs_inputs.provenance.credits import credit_text
from lccs_inputs.provenance.sources import Source, product_source, scene_source
from lccs_inputs.rasters.synthetic import sample_tags
from lccs_inputs.workflow.requests.provenance import ProductSource, SceneSource
from small_rasters import grid_of, write_codes

YEARS = ("2017-12-30T10:00:00Z", "2018-06-01T10:00:00Z", "2018-07-01T10:00:00Z")


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A raster that is no sample's."""
    return write_codes(tmp_path / "real.tif", grid_of(2, 2), 1)


def _listed(folder: Path, sensor: str, collection: str) -> Path:
    scenes = [
        Scene(f"scene{at}", collection, when, "31TEJ", "sentinel2a", when, {}, baseline="05.00")
        for at, when in enumerate(YEARS)
    ]
    listed = SceneList(
        "s2", "2018", sensor, "2017-12-01", "2018-08-31", "cdse", "", 4, {"cloud": 1}, scenes,
        (collection,), {"c/lost": "gone"},
    )  # fmt: skip
    listed.write(folder / "scenes.json")
    return folder / "scenes.json"


def _scenes(
    folder: Path, mosaic: Path, sensor: str, collection: str, mask: str = "scl", where: str = "cdse"
) -> Source:
    asked = SceneSource("s2", "2018", where, mask, "2")
    return scene_source(asked, _listed(folder, sensor, collection), mosaic)


def _product(name: str, file: Path, edition: str = "2018") -> Source:
    asked = ProductSource(name.lower(), edition, name, str(file), "", {})
    return product_source(asked, file, file, file.parent)


def test_imagery_is_credited_with_the_years_of_its_scenes(tmp_path: Path, real: Path) -> None:
    sentinel = _scenes(tmp_path, real, "sentinel2", "sentinel-2-l2a")
    assert sentinel.credits == ("Contains modified Copernicus Sentinel data 2017, 2018",)
    (landsat,) = _scenes(tmp_path, real, "landsat", "landsat-c2-l2").credits
    assert "U.S. Geological Survey" in landsat
    both = _scenes(tmp_path, real, "hls", "hls2-s30").credits
    assert {sentinel.credits[0], landsat} < {*both}
    assert "LP DAAC" in both[-1]


def test_who_made_something_of_the_imagery_is_credited_too(tmp_path: Path, real: Path) -> None:
    theia = _scenes(tmp_path, real, "sentinel2", "theia-sentinel2-l2a").credits
    assert len(theia) == 2
    assert "CNES" in theia[1]
    scored = _scenes(tmp_path, real, "sentinel2", "S2_SR", mask="cloud_score").credits
    assert "Cloud Score+" in scored[1]


def test_a_scene_set_is_told_by_its_scenes_without_where_they_lie(
    tmp_path: Path, real: Path
) -> None:
    source = _scenes(tmp_path, real, "sentinel2", "c", where="/home/me/scenes/catalog.json")
    facts = source.to_dict()
    assert [scene["id"] for scene in facts["scenes"]] == ["scene0", "scene1", "scene2"]
    assert facts["scenes"][0]["baseline"] == "05.00"
    assert (facts["found"], facts["removed"], facts["left_out"]) == (
        4, {"cloud": 1}, {"c/lost": "gone"},
    )  # fmt: skip
    assert facts["catalogue"] == "catalog.json"
    assert "/home/me" not in str(facts)


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_product_has_a_credit_line(name: str, real: Path) -> None:
    (line,) = _product(name, real, "2021").credits
    assert "{" not in line
    assert ("CC BY 4.0" in line) == (PRODUCTS[name].licence == "CC BY 4.0")
    named = {"European Environment Agency", "JRC", "WorldCover", "WorldDEM", "Lang et al."}
    assert any(owner in line for owner in named)


@pytest.mark.parametrize("name", SENSORS)
def test_every_sensor_has_a_credit_line(name: str) -> None:
    assert SENSORS[name].credits
    assert SENSORS[name].licence


def test_a_map_of_ones_own_is_credited_as_its_owner_says(real: Path) -> None:
    own = custom_product(
        "mine", "Mine", ProductKind.CLASSES, codes={1: "yes"}, source="A. Mapper", licence="CC0"
    )
    asked = ProductSource("mine", "2018", own.to_dict(), "mine.tif", "", {})
    source = product_source(asked, real, real, real.parent)
    assert source.credits == ("A. Mapper",)
    assert "mine: Mine 2018 (CC0)" in credit_text("here", [source])


def test_a_product_is_told_by_the_checksum_of_every_file_that_was_delivered(
    tmp_path: Path, real: Path
) -> None:
    folder = tmp_path / "tiles"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.tif").write_bytes(b"a")
    (folder / "deep/b.tif").write_bytes(b"b")
    asked = ProductSource("imd", "2018", "IMD", "tiles", "", {})
    facts = product_source(asked, folder, real, tmp_path).to_dict()
    assert facts["files"] == {
        "a.tif": hashlib.sha256(b"a").hexdigest(),
        "deep/b.tif": hashlib.sha256(b"b").hexdigest(),
    }
    assert facts["aligned"] == hashlib.sha256(real.read_bytes()).hexdigest()
    assert "task" not in facts


def test_a_product_from_clms_is_told_with_its_dataset_and_the_task_that_delivered_it(
    tmp_path: Path, real: Path
) -> None:
    journal = Journal(tmp_path / "journal.json")
    for task, state in (
        ("first", State.CLOSED),
        ("second", State.FETCHED),
        ("third", State.CLOSED),
    ):
        journal.update("print", journal.open("print", {}), state, task)
    asked = ProductSource("imd", "2018", "IMD", "clms", "print", {"uid": "abc"})
    facts = product_source(asked, real, real, tmp_path).to_dict()
    assert (facts["dataset"], facts["request"], facts["task"]) == (
        {"uid": "abc"},
        "print",
        "second",
    )
    assert product_source(asked, real, real, tmp_path / "none").to_dict()["task"] == ""


def test_a_credit_line_stands_once_and_nobody_is_owed_one_for_the_sample(
    tmp_path: Path, real: Path
) -> None:
    made_up = write_codes(tmp_path / "sample.tif", grid_of(2, 2), 1, tags=sample_tags("IMD"))
    eea = [_product(name, real) for name in ("IMD", "TCD")]
    text = credit_text("here 2018", eea)
    assert text.count("European Environment Agency (EEA)") == 1
    assert text.index("imd: Imperviousness") < text.index("tcd: Tree Cover")
    assert "synthetic" not in text
    mixed = credit_text("here 2018", [*eea, _product("EUCROPMAP", made_up)])
    owed, _, sample = mixed.partition("nobody is to be\ncredited")
    assert "EEA" in owed
    assert "JRC" in sample
    assert "JRC" not in owed
