"""A run goes on with nothing that a kill left, and leaves what others are at work on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lccs_inputs.checksums import write_sums
from lccs_inputs.workflow import recovery
from lccs_inputs.workflow.recovery import end, makes_something, recover, sweep

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
WORK = """
import os, signal, sys
from pathlib import Path
from lccs_inputs.files import atomic_path, scratch_folder, scratch_path
target = Path(sys.argv[1]) / "layer.tif"
with scratch_folder(target.parent) as folder, scratch_path(target, "whole") as whole:
    with scratch_path(target, "water_cat2") as half, atomic_path(target) as part:
        for path in (folder / "unpacked.tif", whole, half, part):
            path.write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder with what a killed job left in it."""
    place = tmp_path / "results/a/periods/2018"
    place.mkdir(parents=True)
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    subprocess.run([sys.executable, "-c", WORK, place], env=environment, check=False)
    assert len([*place.iterdir()]) == 4
    return place


def test_the_scratch_of_a_killed_job_goes(scratch: Path, tmp_path: Path) -> None:
    (scratch / ".unpacked-abc").mkdir()  # of a version that did not say whose it is
    sweep(tmp_path / "results", [])
    assert [*scratch.iterdir()] == []


def test_what_a_job_is_at_work_on_stays_and_so_does_what_is_no_scratch(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    kept = [
        f".layer.{os.getpid()}.part.tif", f".unpacked.{os.getpid()}.abc", ".hidden",
        f".notes.{killed.pid}.txt", f"layer.{killed.pid}.part.tif",
    ]  # fmt: skip
    for name in kept:
        (tmp_path / name).touch()
    (tmp_path / kept[1]).unlink()
    (tmp_path / kept[1]).mkdir()
    sweep(tmp_path, [])
    assert {path.name for path in tmp_path.iterdir()} == {*kept}


def test_in_a_cache_that_is_shared_only_what_is_a_day_old_goes(scratch: Path) -> None:
    young = scratch / ".unpacked.1.young"
    young.mkdir()
    resumable = scratch / ".archive.u1234abcd.part.zip"
    resumable.touch()
    sweep(scratch / "none", [scratch])
    assert len([*scratch.iterdir()]) == 6
    old = time.time() - 2 * 24 * 3600
    for path in scratch.iterdir():
        if path != young:
            os.utime(path, (old, old))
    sweep(scratch / "none", [scratch])
    assert {*scratch.iterdir()} == {young, resumable}


@pytest.mark.parametrize(
    ("arguments", "makes"),
    [(["-n"], False), (["-np", "all"], False), (["--dry-run"], False), (["--dryrun"], False),
     (["--unlock"], False), (["report", "--report", "a.html"], False), (["--list-rules"], False),
     (["all", "--cores", "2"], True), (["--nocolor"], True), (["-c", "all"], True),
     (["report", "--configfile", "unlock.yaml"], True)],
)  # fmt: skip
def test_a_run_is_known_by_its_command_line(arguments: list[str], makes: bool) -> None:
    assert makes_something(arguments) == makes


def test_what_was_cut_short_is_named_and_removed_but_by_a_dry_run_or_beside_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, told = tmp_path / "layer.tif", list[str]()
    layer.write_bytes(bytes(100))
    write_sums(tmp_path / "checksums/build_layer/a.json", [layer], tmp_path)
    assert recover(tmp_path, [], told.append) == set()
    layer.write_bytes(bytes(99))
    monkeypatch.setattr(recovery, "occupied", lambda: "process 1 is running")
    assert recover(tmp_path, [], told.append) == set()
    assert layer.exists()
    assert told == []
    monkeypatch.setattr(recovery, "occupied", lambda: None)
    assert recover(tmp_path, ["-n"], told.append) == set()
    assert layer.exists()
    assert recover(tmp_path, ["all"], told.append) == {layer}
    assert not layer.exists()
    assert told == [f"{layer} is cut short: 99 of 100 bytes: it is made anew"] * 2


def test_what_was_removed_is_made_anew_by_whichever_run_comes_to_it(tmp_path: Path) -> None:
    block, mark = tmp_path / "blocks/a.tif", tmp_path / "blocks/b.tif"
    block.parent.mkdir()
    for file in (block, mark):
        file.write_bytes(bytes(100))
    write_sums(tmp_path / "checksums/compose_block/a.json", [block, mark], tmp_path)
    block.write_bytes(b"")
    assert recover(tmp_path, ["all"], str) == {block, mark}
    assert recover(tmp_path, ["all"], str) == {block, mark}, "the first was killed before"
    mark.touch()
    end(tmp_path)
    assert recover(tmp_path, ["all"], str) == {block}, "a run of a part ended"
    block.touch()
    end(tmp_path)
    block.unlink()
    assert recover(tmp_path, ["all"], str) == set(), "it was removed to make room"
