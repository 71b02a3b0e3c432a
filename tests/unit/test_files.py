"""Files appear whole or not at all."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lccs_inputs.errors import InputError
from lccs_inputs.files import atomic_path, read_json, writable, write_text
from lccs_inputs.imagery.freezing import read_unreadable
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.layers.contents import Noted
from lccs_inputs.layers.reports import require_passed
from lccs_inputs.layers.statistics import Statistics
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.report.accuracy import read_accuracy
from lccs_inputs.report.change import read_change


def test_a_target_appears_only_when_its_writer_succeeds(tmp_path: Path) -> None:
    target = tmp_path / "made" / "here.txt"
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert list(target.parent.iterdir()) == []
    with atomic_path(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert [path.name for path in target.parent.iterdir()] == ["here.txt"]


def test_text_that_does_not_change_leaves_the_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_text(target, "same")
    os.utime(target, (1, 1))
    write_text(target, "same")
    assert target.stat().st_mtime == 1
    write_text(target, "other")
    assert target.read_text() == "other"


def test_what_a_killed_process_left_is_removed_and_a_running_one_is_let_be(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    left = [
        tmp_path / f".layer.{killed.pid}.{name}"
        for name in ("part.tif", "part.tif.ovr.tmp", "whole.tif")
    ]
    left.append(tmp_path / f"..layer.{killed.pid}.missing.{killed.pid}.part.tif")
    of_another_target = tmp_path / f".layer_b.{killed.pid}.part.tif"
    of_a_running_process = tmp_path / f".layer.{os.getppid()}.part.tif"
    for path in (*left, of_another_target, of_a_running_process):
        path.write_text("")
    write_text(tmp_path / "layer.tif", "new")
    assert not any(path.exists() for path in left)
    assert of_another_target.exists()
    assert of_a_running_process.exists()


def test_that_a_file_cannot_be_written_is_told_before_work(tmp_path: Path) -> None:
    begun = []
    with writable(tmp_path / "new/a.gpkg", "OUT"):
        begun.append("there")
    assert list(tmp_path.rglob("*")) == [tmp_path / "new"], "nothing is left"
    (tmp_path / "file").touch()
    told = f"OUT: {tmp_path}/file/a.gpkg cannot be written \\(Not a directory\\); name another"
    with pytest.raises(InputError, match=told), writable(tmp_path / "file/a.gpkg", "OUT"):
        begun.append("nowhere")
    assert begun == ["there"]


READERS: list[Callable[[Path], object]] = [
    SceneList.read,
    Grid.read,
    Statistics.read,
    require_passed,
    lambda path: Area.read(path, path),
    lambda path: read_unreadable([path]),
    lambda path: read_json(path, "sources"),
    read_accuracy,
    lambda path: read_change(path, "link"),
    lambda path: Noted.of(path, path),
]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", ["", "{", '{"scenes": [', '{"bounds": 1', "[]", "null", "3", "\0"])
def test_a_file_of_ours_that_was_cut_short_is_named_by_whoever_reads_it(
    tmp_path: Path, reader: Callable[[Path], object], text: str
) -> None:
    path = tmp_path / "scenes.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"scenes\.json: is cut short or damaged .*delete it"):
        reader(path)
