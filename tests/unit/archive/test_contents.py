"""What goes into an archive, where it lies there, and what no archive may hold."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest
import yaml

from lccs_inputs.archive.code import Code
from lccs_inputs.archive.manifest import NAME, Beside, Manifest
from lccs_inputs.archive.moved import config_there, places_of
from lccs_inputs.archive.readme import readme
from lccs_inputs.archive.writing import write_tar
from lccs_inputs.commands.archive import archive
from lccs_inputs.config import check, merge_files
from lccs_inputs.errors import InputError
from lccs_inputs.plan import Plan

REPOSITORY = Path(__file__).resolve().parents[3]
PRESETS = sorted(path.stem for path in (REPOSITORY / "presets").glob("*.yaml"))
BOX = {"here": {"bbox": [6.51, 46.36, 6.55, 46.39]}}


def refused(config: dict[str, object], folder: Path) -> str:
    (folder / "mine.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(InputError) as caught:
        archive([folder / "mine.yaml"], folder / "paper.tar.gz", inputs=False)
    assert not (folder / "paper.tar.gz").exists()
    return str(caught.value)


@pytest.mark.parametrize("preset", ["default", *PRESETS])
def test_the_config_there_means_what_all_files_together_mean(preset: str, tmp_path: Path) -> None:
    user = {"preset": preset, "areas": BOX, "use": {"vegetat_veg_cat": "ndvi"}}
    merged = merge_files(REPOSITORY / "config.yaml", [user], {})
    there = tmp_path / "config.yaml"
    there.write_text(yaml.safe_dump(config_there(merged.document, {})))
    once, again = check(merged.document, merged.lost), merge_files(there, [], {})
    assert not again.lost
    one, other = (
        each.config.model_dump(exclude={"preset"}) for each in (once, check(again.document, {}))
    )
    assert one == other


def test_files_elsewhere_come_below_inputs_and_others_stay(tmp_path: Path) -> None:
    given = {
        "areas.a.file": "/data/a.gpkg",
        "areas.b.file": "mine/b.gpkg",
        "areas.c.file": f"{tmp_path}/c.gpkg",
        "products.x.editions.2018": "../tiles/",
        "products.x.editions.2019": "../tiles/",
    }
    places = places_of(given, tmp_path)
    assert places == {
        "/data/a.gpkg": "inputs/areas.a.file/a.gpkg",
        "mine/b.gpkg": "mine/b.gpkg",
        f"{tmp_path}/c.gpkg": "c.gpkg",
        "../tiles/": "inputs/products.x.editions.2018/tiles",
    }


def test_of_services_nothing_is_told_that_is_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    document = {
        "preset": "cdse",
        "areas": {"a": {"file": "~/a.gpkg"}, "b": "~/a.gpkg"},
        "clms": {"key": "~/key.json", "url": "https://example.org", "cache": "/group/clms"},
        "composing": {"cache": "/group/imagery", "cache_gb": 5},
        "earthengine": None,
    }
    assert config_there(document, {"/home/me/a.gpkg": "inputs/areas.a.file/a.gpkg"}) == {
        "areas": {
            "a": {"file": "inputs/areas.a.file/a.gpkg"}, "b": "inputs/areas.a.file/a.gpkg",
        },
        "clms": {"key": None, "url": "https://example.org", "cache": ".cache/clms"},
        "composing": {"cache": ".cache/imagery", "cache_gb": 5},
        "earthengine": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "url", ["https://me:password@example.org/stac", "https://example.org/stac?token=abcdefgh"]
)
def test_a_config_that_holds_a_secret_is_refused_by_its_key(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    said = refused(
        {"areas": BOX, "scenes": {"s2": {"sensor": "sentinel2", "catalogue": url}}}, tmp_path
    )
    assert said.startswith("scenes.s2.catalogue: may hold a secret")
    assert url not in said


def test_a_key_is_no_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    secret, table = tmp_path / "key.json", tmp_path / "points.csv"
    secret.write_text("{}")
    point = {"points": {"file": str(secret)}}
    said = refused({"areas": BOX, "reference": point, "clms": {"key": str(secret)}}, tmp_path)
    assert said == f"archive: {secret} is a key, which no archive may hold; move it"
    among_code = REPOSITORY / "docs/paper.md"
    said = refused({"areas": BOX, "clms": {"key": str(among_code)}}, tmp_path)
    assert said.startswith("archive: docs/paper.md is a key")
    table.write_text("x,y\n-----BEGIN PRIVATE KEY-----\n")
    said = refused({"areas": BOX, "reference": {"points": {"file": str(table)}}}, tmp_path)
    assert said.startswith(f"archive: {table} is a key")


def test_a_file_that_has_gone_is_named_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    gone = tmp_path / "gone.csv"
    said = refused({"areas": BOX, "reference": {"points": {"file": str(gone)}}}, tmp_path)
    assert said == f"reference.points.file: {gone} is not there, and the archive would lack it"


def test_before_a_run_there_is_nothing_to_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    areas = {"never": BOX["here"]}
    said = refused({"areas": areas}, tmp_path)
    assert said.startswith("archive: the run is not finished: results/never/periods/")
    assert said.endswith("run `make run` with the same config first")


@pytest.mark.parametrize("name", ["paper.zip", "paper", ".tar.gz", "..tar.gz", "...tar.gz"])
def test_an_archive_is_called_as_what_it_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    with pytest.raises(InputError, match=r"^OUT: .* is no name for an archive; write OUT=my-paper"):
        archive([], tmp_path / name, inputs=False)


def test_every_file_of_a_user_is_known_by_its_key(tmp_path: Path) -> None:
    shape = tmp_path / "a.shp"
    reference = {"file": "points.csv", "classes": "own classes.yaml"}
    user = {
        "areas": {"a": {"file": str(shape)}},
        "reference": {"points": reference},
        "products": {
            "mine": {"product": "WAW", "editions": {2018: "tiles", 2021: "not in use.zip"}},
            "bought": {"product": "IMD", "editions": {2018: "image_service"}},
        },
        "scenes": {"s2": {"sensor": "sentinel2", "catalogue": "scenes/catalog.json"}},
        "layers": {"aquatic_wat_cat": {"use": "wet", "methods": {"wet": "mine == 1 and ndvi < 0"}}},
    }
    merged = merge_files(REPOSITORY / "config.yaml", [user], {})
    found = check(merged.document, merged.lost).config
    assert found is not None
    plan = Plan(found)
    given = plan.archive.given()
    assert given == {
        "areas.a.file": str(shape),
        "reference.points.file": "points.csv",
        "reference.points.classes": "own classes.yaml",
        "scenes.s2.catalogue": "scenes/catalog.json",
        "products.mine.editions.2018": "tiles",
    }
    assert plan.archive.large() == ["products.mine.editions.2018"]


def test_the_bytes_hang_on_what_is_in_it_alone(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o750)
    members = {"b/c.txt": b"text", "a": tool, "ä" * 120: b""}
    written = []
    for name in ("one.tar.gz", "two.tar.gz"):
        write_tar(tmp_path / name, "paper", members)
        written.append((tmp_path / name).read_bytes())
        tool.touch()
    assert written[0] == written[1]
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(written[0]))) as tar:
        found = {member.name: member for member in tar}
    assert [*found] == ["paper/a", "paper/b/c.txt", f"paper/{'ä' * 120}"]
    assert (found["paper/a"].mode, found["paper/b/c.txt"].mode) == (0o755, 0o644)
    assert {member.mtime for member in found.values()} == {315_532_800}
    assert {(member.uid, member.uname) for member in found.values()} == {(0, "")}


def test_what_is_not_as_archived_is_named_and_what_is_not_needed_is_not_asked_for(
    tmp_path: Path,
) -> None:
    for name in ("same", "other", "large"):
        (tmp_path / name).write_bytes(b"x")
    known = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of b"x"
    manifest = Manifest(
        "1", "", [], False,
        {"same": known, "other": "0", "lost": known},
        {"large": Beside("1", 1, True), "absent": Beside(known, 1, True),
         "imagery": Beside("", 1, False)},
        {"same": known, "other": "0"},
    )  # fmt: skip
    (tmp_path / NAME).write_text(manifest.text)
    manifest = Manifest.read(tmp_path)
    told = [fault.split(";")[0] for fault in manifest.faults(tmp_path)]
    assert told == [
        "other has another content than that of SHA-256 0",
        "lost is not there",
        "large has another content than that of SHA-256 1",
        "absent is not there",
    ]
    assert manifest.differing(tmp_path) == ["other"]


def test_a_file_that_was_not_archived_is_named_but_not_what_a_file_manager_left(
    tmp_path: Path,
) -> None:
    left = (".DS_Store", "._a.tif", "Thumbs.db", "desktop.ini")
    for name in ("a.tif", "b.tif", *left):
        (tmp_path / "inputs/tiles").mkdir(parents=True, exist_ok=True)
        (tmp_path / "inputs/tiles" / name).write_bytes(b"x")
    known = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of b"x"
    files = {"inputs/tiles/a.tif": known, "lost/c.tif": known}
    told = [*Manifest("1", "", [], False, files, {}, {}).faults(tmp_path)]
    assert [fault.split(";")[0] for fault in told] == [
        "lost/c.tif is not there",
        "inputs/tiles/b.tif is not of the archive",
    ]


def test_the_readme_says_how_the_run_is_repeated_and_what_it_lacks() -> None:
    code = Code([], "abc", ["Snakefile"])
    needed = {f"inputs/{at}.tif": Beside("1", 1, True) for at in range(30)}
    text = readme(code, needed, offline=False)
    assert "\n    make repeat\n" in text and "asked for it anew" in text
    assert "as in commit abc, but for Snakefile\n" in text
    assert text.endswith("    inputs/19.tif\n    and 10 more\n")
    text = readme(code, {"b.tif": Beside("1", 1, False)}, offline=True)
    assert "\n    make repeat OFFLINE=1\n" in text and "No service is asked" in text
    assert text.endswith("1 file, whose SHA-256 ARCHIVE.json has.\nNot needed for it again.\n")
    assert "Not here" not in readme(code, {}, offline=True)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": {}}', '{"beside": {"a": 1}}'])
def test_a_manifest_that_cannot_be_read_is_one_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"^{NAME} is not here; unpack an archive"):
        Manifest.read(tmp_path)
    (tmp_path / NAME).write_text(text)
    with pytest.raises(
        InputError, match=rf"^{NAME} cannot be read \(.*\); unpack the archive anew"
    ):
        Manifest.read(tmp_path)
