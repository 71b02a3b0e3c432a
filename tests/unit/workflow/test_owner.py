"""One run at a time in a folder, and none that a dead one keeps out."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from lccs_inputs.commands.runlock import main
from lccs_inputs.errors import InputError
from lccs_inputs.workflow import owner
from lccs_inputs.workflow.owner import LOCK, OWNER, Owner, claim, occupied
from patience import wait_until
from small_disk import small_disk

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
CLAIM = """
import sys, time
from lccs_inputs.workflow.owner import claim
print(claim() or "mine", flush=True)
sys.stdin.read()
"""
Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(owner, "_held", [])
    OWNER.parent.mkdir()


@pytest.fixture
def start() -> Iterator[Start]:
    """Processes that ask for the folder, and go on until their input ends."""
    started: list[subprocess.Popen[str]] = []

    def one() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", CLAIM],
            env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield one
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def write_owner(**changes: Any) -> None:
    OWNER.write_text(json.dumps(vars(Owner.of_this_process()) | changes))


def leave_lock() -> Path:
    lock = Path(".snakemake/locks/0.output.lock")
    lock.parent.mkdir(exist_ok=True)
    lock.write_text("results/a/grid.json\n")
    return lock


def test_of_three_at_once_one_runs_and_the_others_say_who_does(start: Start) -> None:
    runs = [start() for _ in range(3)]
    told = {run.pid: said(run) for run in runs}
    (running,) = (pid for pid, line in told.items() if line == "mine")
    others = [line for line in told.values() if line != "mine"]
    who = f"process {running} of host {socket.gethostname()} is running the workflow in this folder"
    assert others == [f"{who}; wait for it"] * 2
    assert main([]) == 1


def test_a_killed_run_that_nobody_reaps_is_dead(start: Start) -> None:
    run = start()
    assert said(run) == "mine"
    lock = leave_lock()
    run.send_signal(signal.SIGKILL)  # and not waited for: it stays as a zombie
    wait_until(lambda: psutil.Process(run.pid).status() == psutil.STATUS_ZOMBIE)
    assert main([]) == 0
    assert not lock.exists()
    assert said(start()) == "mine"


def test_a_zombie_is_dead_also_where_a_file_system_has_no_locks(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    run = start()
    assert said(run) == "mine"
    monkeypatch.setattr(owner.fcntl, "flock", unsupported)
    assert occupied() == (
        f"process {run.pid} of host {socket.gethostname()} is running the workflow in this folder; "
        "wait for it"
    )
    run.send_signal(signal.SIGKILL)
    wait_until(lambda: psutil.Process(run.pid).status() == psutil.STATUS_ZOMBIE)
    assert occupied() is None
    assert claim() is None


def test_a_folder_that_cannot_be_written_in_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", "ro") as disk:
        monkeypatch.chdir(disk)
        told = rf"{disk}/\.snakemake: cannot be written in \(Read-only file system\), .*your own"
        with pytest.raises(InputError, match=told):
            claim()
        monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    Path(".snakemake").write_text("a file")
    with pytest.raises(InputError, match=r"\.snakemake: cannot be written in \(File exists\)"):
        claim()


def test_an_ended_run_leaves_no_owner(start: Start) -> None:
    run = start()
    assert said(run) == "mine"
    assert OWNER.exists()
    run.communicate("")
    assert not OWNER.exists()


def test_a_process_id_that_was_given_again_is_another_process() -> None:
    write_owner(pid=os.getppid(), started=psutil.Process(os.getppid()).create_time())
    assert str(os.getppid()) in (occupied() or "")
    write_owner(pid=os.getppid(), started=1.0)
    assert occupied() is None


@pytest.mark.parametrize("key", ["host", "boot", "namespace"])
def test_what_another_machine_or_container_holds_is_told_with_the_remedy(key: str) -> None:
    write_owner(machine="", pid=1, **{key: "another"})
    told = occupied() or ""
    assert told.startswith("process 1 of host ")
    assert told.endswith("if it is dead, remove .snakemake/owner.json and run again")
    assert claim() == told
    OWNER.unlink()
    assert occupied() is None


def test_a_run_of_before_the_machine_was_started_again_is_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = Owner.of_this_process()
    machine = Owner(here.host, 1, 1.0, here.boot, "this one", here.namespace)
    monkeypatch.setattr(Owner, "of_this_process", classmethod(lambda _: machine))
    write_owner(boot="before", namespace="before", pid=os.getppid())
    assert occupied() is None


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b'{"host": "a"}', b"[]", b"null", b"3", b"\xff\xfe\x00", b'"text"',
        b'{"host": "a", "pid": "x", "started": 1}', b'{"host": "a", "pid": null, "started": 1}',
        b'{"host": "a", "pid": 1e999, "started": 1}', b'{"host": "a", "pid": 5, "started": []}',
    ],
)  # fmt: skip
def test_an_odd_owner_is_nobody_and_a_lock_beside_it_may_be_anybodys(text: bytes) -> None:
    OWNER.write_bytes(text)
    assert main([]) == 0
    lock = leave_lock()
    assert main([]) == 1
    assert lock.exists()
    lock.unlink()
    assert claim() is None
    found = Owner.read()
    assert found is not None
    assert found.pid == os.getpid()


@pytest.mark.parametrize("pid", [-1, 0, 2**31, 2**70])
def test_an_owner_that_no_process_can_be_is_dead(pid: int) -> None:
    write_owner(pid=pid)
    assert occupied() is None


def test_a_lock_of_nobody_leaves_the_folder_free() -> None:
    LOCK.touch()
    assert occupied() is None
