"""What tells that a given file, or any of those that belong to it, has changed."""

import os
import sqlite3
from pathlib import Path

import pytest

from lccs_inputs.rasters import given
from lccs_inputs.rasters.given import given_bytes, given_state, visible_files


@pytest.fixture(params=["content", "times"])
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small files are told by their content, large ones by size and time: each test runs twice."""
    if request.param == "times":
        monkeypatch.setattr(given, "_SMALL", -1)
    return str(request.param)


def write(path: Path, text: str = "as it was") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


BELONGING = {
    "zone.shp": ["zone.shx", "zone.dbf", "zone.prj", "zone.cpg", "zone.PRJ"],
    "zone.gpkg": ["zone.gpkg-wal", "zone.gpkg-journal"],
    "zone.tab": ["zone.dat", "zone.map", "zone.id"],
    "zone.gml": ["zone.gfs", "zone.xsd"],
    "map.tif": ["map.tif.aux.xml", "map.aux.xml", "map.tif.ovr", "map.tif.msk", "map.TFW"],
}  # fmt: skip


@pytest.mark.usefixtures("by")
@pytest.mark.parametrize(
    ("name", "other"), [(name, other) for name, others in BELONGING.items() for other in others]
)
def test_a_file_that_belongs_to_a_given_one_counts_when_it_comes_changes_and_goes(
    tmp_path: Path, name: str, other: str
) -> None:
    path = write(tmp_path / name)
    states = [given_state(path)]
    write(tmp_path / other)
    states.append(given_state(path))
    write(tmp_path / other, "as it is now")
    states.append(given_state(path))
    assert len({*states}) == 3
    (tmp_path / other).unlink()
    assert given_state(path) == states[0]


@pytest.mark.usefixtures("by")
@pytest.mark.parametrize(
    "other", ["zone2.prj", "zone.qgz", "other.shx", "zone.shp.lock", "zone.gpkg-shm", ".zone.prj"]
)
def test_a_file_that_does_not_belong_to_a_given_one_does_not_count(
    tmp_path: Path, other: str
) -> None:
    path = write(tmp_path / "zone.shp")
    before = given_state(path)
    write(tmp_path / other)
    assert given_state(path) == before


def test_a_log_of_edits_that_is_empty_is_none(tmp_path: Path) -> None:
    """SQLite makes one when it reads, and takes it away again."""
    path = write(tmp_path / "zone.gpkg")
    before = given_state(path)
    write(tmp_path / "zone.gpkg-wal", "")
    assert given_state(path) == before


def test_an_edit_that_another_program_has_not_put_into_the_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "zone.gpkg"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode=wal").fetchall()
    connection.execute("create table zone (width)")
    connection.execute("pragma wal_checkpoint(truncate)").fetchall()
    before, content = given_state(path), path.read_bytes()
    connection.execute("insert into zone values (3)")
    assert path.read_bytes() == content
    assert given_state(path) != before
    connection.close()


@pytest.mark.usefixtures("by")
def test_a_file_replaced_by_one_of_the_same_size_and_an_older_date_counts(tmp_path: Path) -> None:
    path = write(tmp_path / "map.tif", "one")
    before = given_state(path)
    write(path, "two")
    os.utime(path, (1, 1))
    assert given_state(path) != before


@pytest.mark.usefixtures("by")
def test_a_tile_of_a_folder_counts_when_it_comes_changes_and_goes(tmp_path: Path) -> None:
    folder = write(tmp_path / "tiles/west/a.tif").parents[1]
    states = [given_state(folder)]
    write(folder / "east/b.tif")
    states.append(given_state(folder))
    write(folder / "east/b.tif", "as it is now")
    states.append(given_state(folder))
    assert len({*states}) == 3
    (folder / "east/b.tif").unlink()
    assert given_state(folder) == states[0]


def test_a_tile_behind_a_link_counts(tmp_path: Path) -> None:
    tile = write(tmp_path / "archive/b.tif")
    folder = write(tmp_path / "tiles/a.tif").parent
    (folder / "east").symlink_to(tile.parent)
    before = given_state(folder)
    write(tile, "as it is now")
    assert given_state(folder) != before
    tile.unlink()
    tile.parent.rmdir()
    assert given_state(folder) not in ("", before), "a link that leads nowhere is told by the job"


def test_a_small_file_that_is_copied_or_only_given_a_new_date_is_the_same(tmp_path: Path) -> None:
    path, copy = write(tmp_path / "zone.shp"), tmp_path / "copy/zone.shp"
    write(path.with_suffix(".prj"))
    before = given_state(path)
    for each in (path, path.with_suffix(".prj")):
        write(copy.with_suffix(each.suffix), each.read_text())
        os.utime(each, (1, 1))
    assert given_state(path) == given_state(copy) == before


def test_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "map.tif"
    with path.open("wb") as file:
        file.truncate(given._SMALL + 1)
    monkeypatch.setattr(Path, "read_bytes", None)
    assert given_state(path)


def test_what_is_not_there_yet_has_no_state(tmp_path: Path) -> None:
    assert given_state(tmp_path / "absent.tif") == ""


def closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a folder be one that may be entered and not listed; the tests may run as root."""
    scandir, listdir = os.scandir, os.listdir

    def refuse(path: object = ".") -> None:
        if Path(str(path)) == folder:
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", lambda path=".": refuse(path) or scandir(path))
    monkeypatch.setattr(os, "listdir", lambda path=".": refuse(path) or listdir(path))


def test_a_file_in_a_folder_that_cannot_be_listed_is_told_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "zone.gpkg")
    before = given_state(path)
    closed(tmp_path, monkeypatch)
    assert given_state(path) == before
    assert given_state(tmp_path) == "", "whoever reads the folder says so"


def names(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in visible_files(folder)]


def test_files_are_found_at_any_depth_by_name_but_for_hidden_ones(tmp_path: Path) -> None:
    shown = ["a.zip", "b/1.tif", "b/c/2.tif", "c.tif"]
    hidden = ["._c.tif", ".cache/3.tif", "__MACOSX/b/._1.tif", "b/.DS_Store", "b/__MACOSX/4.tif"]
    hidden += ["Thumbs.db", "b/desktop.ini", "b/c/Desktop.ini"]
    for name in (*hidden, *reversed(shown)):
        write(tmp_path / name)
    assert names(tmp_path) == shown


def test_hidden_folders_above_what_is_given_hide_nothing(tmp_path: Path) -> None:
    write(tmp_path / ".data/__MACOSX/tiles/a.tif")
    assert names(tmp_path / ".data/__MACOSX/tiles") == ["a.tif"]


def test_links_are_followed_and_a_circle_of_them_ends(tmp_path: Path) -> None:
    tiles = write(tmp_path / "tiles/a.tif").parent
    write(tmp_path / "archive/b.tif")
    (tiles / "east").symlink_to(tmp_path / "archive")
    (tmp_path / "archive/back").symlink_to(tiles)
    (tiles / "self").symlink_to(tiles)
    assert names(tiles) == ["a.tif", "east/b.tif"]


def test_the_bytes_of_what_is_given_are_those_of_all_its_files(tmp_path):
    (tmp_path / "tiles").mkdir()
    for name, size in (("a.tif", 10), ("a.tif.aux.xml", 5), ("tiles/b.tif", 7), ("tiles/.c", 90)):
        (tmp_path / name).write_bytes(bytes(size))
    assert given_bytes(tmp_path / "a.tif") == 15
    assert given_bytes(tmp_path / "tiles") == 7
    assert given_bytes(tmp_path / "gone.tif") == 0
