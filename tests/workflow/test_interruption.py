"""A killed run resumes by itself and ends in the same bytes."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from calling_make import environment
from patience import wait_until
from workflow.harness import (
    Project,
    kill_everything,
    new_project,
    remove_stale_lock,
    small_config,
    start,
    with_sources_of,
)

pytestmark = pytest.mark.workflow

RESULTS = ("*/periods/*/layers/*.tif*", "*/periods/*/stack/*.tif*", "*/periods/*/stack/*.csv",
           "*/sources/*/*/blocks/*.tif")  # fmt: skip


def appeared(project: Project, pattern: str, count: int) -> bool:
    return len(list((project.folder / "results").glob(pattern))) >= count


def killed_and_resumed(project: Project, pattern: str, count: int) -> None:
    process = start(project, "stack")
    wait_until(lambda: appeared(project, pattern, count), process)
    kill_everything(process)

    assert remove_stale_lock(project).returncode == 0
    project.run("stack")
    leftovers = [path for path in (project.folder / "results").rglob("*.part*") if path.is_file()]
    published = [path for path in leftovers if not path.name.startswith(".")]
    assert not published
    scratch = {*(project.folder / "results").rglob(".*")}
    assert not scratch, "what was begun beside the targets is swept"


def same(one: Project, other: Project) -> bool:
    return all(one.files(results) == other.files(results) for results in RESULTS)


def test_a_run_killed_while_composing_ends_as_an_uninterrupted_one(
    built: Project, sample: Path, tmp_path: Path
):
    project = new_project(tmp_path / "killed", small_config(sample))
    killed_and_resumed(project, "*/sources/*/*/blocks/*.tif", 1)
    assert same(project, built)


def test_a_run_killed_while_building_layers_ends_as_an_uninterrupted_one(
    built: Project, sample: Path, tmp_path: Path
):
    project = with_sources_of(built, tmp_path / "killed", small_config(sample))
    killed_and_resumed(project, "*/periods/*/layers/*.tif", 2)
    assert same(project, built)


def test_ctrl_c_ends_all_jobs_says_so_and_the_next_run_goes_on(
    built: Project, sample: Path, tmp_path: Path
):
    """As a terminal sends it: to make, to Snakemake and to its jobs."""
    project = with_sources_of(built, tmp_path / "interrupted", small_config(sample))
    project.write_config()
    programs = f"BIN={Path(sys.executable).parent}"
    words = ["--old-file=.venv/ready", programs, "CONFIG=mine.yaml", "layers"]
    run = subprocess.Popen(
        ["make", *words],
        cwd=project.folder,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=interruptible,  # noqa: PLW1509
    )
    wait_until(lambda: appeared(project, "*/periods/*/layers/*.tif", 2), run)
    family = psutil.Process(run.pid).children(recursive=True)
    os.killpg(run.pid, signal.SIGINT)
    told = run.communicate(timeout=60)[1]
    assert run.returncode == -signal.SIGINT, "130, says a shell"
    assert "interrupted: what is done stays; run again to go on" in told
    assert not psutil.wait_procs(family, timeout=10)[1]
    project.run("layers")
    layers = "*/periods/*/layers/*.tif"
    assert project.files(layers) == built.files(layers)


def test_an_interrupt_of_snakemake_alone_leaves_no_job_behind_and_the_next_run_goes_on(
    built: Project, sample: Path, tmp_path: Path
):
    """As `kill -INT` or a scheduler sends it: to one process, and to none of its jobs."""
    project = with_sources_of(built, tmp_path / "interrupted", small_config(sample))
    run = start(project, "layers", preexec_fn=interruptible)
    wait_until(lambda: appeared(project, "*/periods/*/layers/*.tif", 2), run)
    family = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=60) != 0
    assert not psutil.wait_procs(family, timeout=10)[1]
    project.run("layers")
    layers = "*/periods/*/layers/*.tif"
    assert project.files(layers) == built.files(layers)


def interruptible() -> None:
    """Who runs these tests in the background of a shell has SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_the_lock_of_a_living_run_stays(sample: Path, tmp_path: Path):
    project = new_project(tmp_path / "alive", small_config(sample))
    process = start(project)
    try:
        wait_until(lambda: appeared(project, "*/grid.json", 1), process)
        refused = remove_stale_lock(project)
    finally:
        kill_everything(process)
    assert refused.returncode == 1
    assert str(process.pid) in refused.stderr


def test_of_three_runs_at_once_one_works_and_the_others_say_who_does(
    built: Project, tmp_path: Path
):
    project = with_sources_of(built, tmp_path / "thrice", built.config)
    project.write_config()
    runs = [
        subprocess.Popen(
            [sys.executable, *project.arguments("layers")],
            cwd=project.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    told = {run.pid: run.communicate()[0] for run in runs}
    (worked,) = (run.pid for run in runs if run.returncode == 0)
    who = f"locked: process {worked} of host {socket.gethostname()} is running the workflow"
    assert [who in text for pid, text in told.items() if pid != worked] == [True, True], told
    assert project.files("*/periods/*/layers/*.tif") == built.files("*/periods/*/layers/*.tif")
