"""Stages as make targets: one after the other they end where one run ends."""

import json
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from calling_make import environment
from workflow.harness import REPO, TARGET_RULES, Project, new_project, small_config
from workflow.warm_python import warm_programs

pytestmark = pytest.mark.workflow

STAGES = (
    "grid", "scenes", "products", "fetch", "statistics", "layers", "checks", "stack", "legends",
    "le_lccs", "pictures", "images", "change", "confidence", "accuracy", "provenance", "qgis",
    "zarr", "report",
)  # fmt: skip
RESULTS = (
    "*/periods/*/layers/*", "*/periods/*/stack/*", "*/periods/*/le_lccs/*",
    "*/periods/*/pictures/*", "*/periods/*/ATTRIBUTION.txt",
    "*/periods/*/lccs.qgz",
)  # fmt: skip


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Make as users call it, with the warm programs of the tests in the place of `.venv`."""
    programs = f"BIN={warm_programs()}"
    return subprocess.run(
        ["make", "--old-file=.venv/ready", programs, "CORES=2", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def made(folder: Path, *arguments: str) -> str:
    """What make printed; insists on success."""
    done = make(folder, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def fresh(sample: Path, tmp_path: Path) -> Project:
    """A project nobody has run, its config in a file as people name them."""
    project = new_project(tmp_path / "a project", small_config(sample))
    project.write_config()
    (project.folder / "mine.yaml").rename(project.folder / "the shore's.yaml")
    return project


def test_stages_one_after_the_other_make_what_one_run_makes(built: Project, fresh: Project):
    config = "CONFIG=the shore's.yaml"
    made(fresh.folder, "grid", "scenes", config)
    assert {*fresh.files("*/*")} == {"shore/area.geojson", "shore/grid.json"}
    assert fresh.files("*/sources/s2/*/mosaic.vrt")

    made(fresh.folder, "products", "statistics", "layers", config)
    assert fresh.files("*/sources/*/*/aligned.tif").keys() == (
        built.files("*/sources/*/*/aligned.tif").keys()
    )
    assert not fresh.files("*/periods/*/checks/*")

    checked = make(fresh.folder, "checks", config)
    assert checked.returncode == 0, checked.stderr
    assert len(re.findall(r"^check_layers {10}1 job {5}\d\d:\d\d$", checked.stderr, re.M)) == 1
    assert not re.search("^rule|^Select jobs|^Finished", checked.stderr, re.M)
    assert fresh.files("*/periods/*/checks/passed")
    assert not fresh.files("*/periods/*/stack/*")

    made(fresh.folder, "stack", "le_lccs", "pictures", "provenance", "qgis", "report", config)
    for results in RESULTS:
        assert built.files(results)
        assert fresh.files(results) == built.files(results)
    snakemakes = fresh.files("report.html")["report.html"].decode()
    assert "contact_sheet.png" in snakemakes
    assert "at level 3 of LCCS, as the four layers decide it" in snakemakes
    assert "descriptor of LCCS of shore in 2018" in snakemakes
    assert fresh.files("shore/periods/2018/report.html")

    said = made(fresh.folder, "run", config)
    assert "results/shore/periods/2018/stack/lccs_inputs.tif" in said


def test_help_lists_every_stage_in_the_order_of_the_workflow():
    listed = re.findall(r"^  make (\w+) ", made(REPO), re.MULTILINE)
    included = re.findall(r"rules/(\w+)\.smk", (REPO / "Snakefile").read_text())
    assert tuple(listed[: len(STAGES)]) == STAGES
    assert [name for name in included if name in STAGES] == [*STAGES]


def test_the_stages_of_the_makefile_are_rules_of_the_workflow():
    (line,) = re.findall(r"^STAGES := (.*)$", (REPO / "Makefile").read_text(), re.MULTILINE)
    assert tuple(line.split()) == STAGES
    assert {*STAGES, "all"} == TARGET_RULES


def test_a_stage_removes_the_lock_of_a_dead_run_first_and_no_other(fresh: Project):
    lock = fresh.folder / ".snakemake/locks/0.output.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("results/shore/grid.json\n")
    refused = make(fresh.folder, "grid", "ARGS=-n")
    assert refused.returncode != 0
    assert "run `snakemake --unlock`" in refused.stderr

    dead = {"host": socket.gethostname(), "pid": os.getpid(), "started": 0}
    (fresh.folder / ".snakemake/owner.json").write_text(json.dumps(dead))
    made(fresh.folder, "grid", "ARGS=-n")
    assert not lock.exists()


def test_config_is_one_file_and_several_go_to_snakemake(fresh: Project):
    both = make(fresh.folder, "grid", "CONFIG=a.yaml", "ARGS=--configfile b.yaml")
    assert both.returncode != 0
    assert "CONFIG is one file" in both.stderr

    (fresh.folder / "second.yaml").write_text("areas: {inland: {bbox: [6.52, 46.37, 6.55, 46.39]}}")
    (fresh.folder / "the shore's.yaml").rename(fresh.folder / "first.yaml")
    said = make(fresh.folder, "grid", "ARGS=-n --configfile first.yaml second.yaml")
    assert "results/inland/grid.json" in said.stdout + said.stderr


def test_cleaning_leaves_what_is_not_made(tmp_path: Path):
    project = new_project(tmp_path / "cleaned", {})
    made(project.folder, "clean")
    kept = project.folder / "results/README.md"
    for name in ("README.md", "mine/grid.json", ".hidden", "report.html"):
        (kept.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (kept.parent / name).write_text(name)
    made(project.folder, "clean")
    assert [*kept.parent.iterdir()] == [kept]


def test_a_profile_that_is_not_there_is_told_before_anything_is_run(fresh: Project):
    refused = make(fresh.folder, "grid", "PROFILE=nowhere")
    assert refused.returncode != 0
    assert "PROFILE: profiles/nowhere/profile.yaml is not there" in refused.stderr


def test_a_submission_of_a_cluster_shares_out_the_memory_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """To the jobs that run in it at a time; by itself Snakemake knows no limit there."""
    monkeypatch.setenv("LCCS_INPUTS_MEM_MB", "1730")
    ran = new_project(tmp_path / "submitted", {}).run("--mode", "remote", "grid")
    assert re.search(r"^Provided resources: .*\bmem_mb\D+1730\b", ran.output, re.MULTILINE)
