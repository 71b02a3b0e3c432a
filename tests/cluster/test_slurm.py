"""The sample on a real Slurm: few submissions, a killed job submitted again, the same bytes."""

import csv
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from calling_make import environment
from cluster.one_node_slurm import COMPUTE, INTERNET, OneNode, missing, one_node
from patience import wait_until
from workflow.harness import Project, new_project

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(bool(missing()), reason=f"no Slurm here: {missing()}"),
]

RESULTS = (
    "sample_data/**/*.tif", "evian/sources/*/*/blocks/*.tif", "evian/sources/*/*/aligned.tif",
    "evian/periods/*/layers/*", "evian/periods/*/stack/*", "evian/periods/*/le_lccs/*",
    "evian/periods/*/pictures/*",
)  # fmt: skip
LEAST = 800  # MB, that any job is given


@pytest.fixture(scope="module")
def slurm() -> Iterator[OneNode]:
    with (
        tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as folder,
        one_node(Path(folder), cpus=4, memory=8000) as running,
    ):
        yield running


def site_profile(project: Project) -> None:
    """The profile as a site changes it: its partitions; and no accounting to look jobs up in."""
    text = (project.folder / "profiles/slurm/profile.yaml").read_text()
    for said, own in (("transfer", INTERNET), ("compute", COMPUTE)):
        assert f"# slurm_partition: {said}" in text
        text = text.replace(f"# slurm_partition: {said}", f"slurm_partition: {own}")
    file = project.folder / "profiles/here/profile.yaml"
    file.parent.mkdir()
    file.write_text(f"{text}slurm-status-command: squeue\n")


def submitted(project: Project, slurm: OneNode) -> "subprocess.Popen[bytes]":
    """`make run` on the cluster, under way."""
    programs = f"BIN={Path(sys.executable).parent}"
    with (project.folder / "make.log").open("wb") as log:
        return subprocess.Popen(
            ["make", "--old-file=.venv/ready", programs, "run", "PROFILE=here"],
            cwd=project.folder,
            env=slurm.environment | environment() | {"PATH": slurm.environment["PATH"]},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_project(tmp_path_factory.mktemp("local"), {})
    project.run()
    return project


@pytest.fixture(scope="module")
def clustered(slurm: OneNode, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The sample, run on the cluster, where the first job that composes is killed."""
    project = new_project(tmp_path_factory.mktemp("clustered"), {})
    site_profile(project)
    started = time.monotonic()
    run = submitted(project, slurm)
    try:
        wait_until((project.folder / "results/evian/sources").exists, run)
        wait_until(lambda: slurm.running("compose_block"), run)
        (killed, *_) = slurm.running("compose_block")
        slurm.ask("scancel", "--signal=KILL", "--full", killed)
        run.wait(timeout=1800)
    finally:
        run.kill()
    print(f"on Slurm: {time.monotonic() - started:.0f} s")
    assert run.returncode == 0, (project.folder / "make.log").read_text()
    return project


@pytest.mark.usefixtures("clustered")
def test_the_sample_needs_seven_submissions_and_one_for_each_that_was_killed(slurm: OneNode):
    states = Counter(job["JobState"] for job in slurm.ended())
    assert states["COMPLETED"] == 7
    assert states.total() == 8


@pytest.mark.usefixtures("clustered")
def test_a_killed_job_is_submitted_again_with_twice_the_memory(slurm: OneNode):
    """Not tried again within the submission, as by `retries` in a rule: more memory is of no use
    there."""
    (killed,) = (job for job in slurm.ended() if job["JobState"] != "COMPLETED")
    asked = Counter(slurm.memory(job) for job in slurm.ended())
    assert asked[slurm.memory(killed)] == 2, "the block that was killed, and the other one"
    assert asked[2 * slurm.memory(killed)] == 1


@pytest.mark.usefixtures("clustered")
def test_what_asks_the_internet_is_where_the_internet_is(slurm: OneNode):
    """The sample, which stands for an archive; the search; the list; two blocks and one again.
    Products, and the period, are where the processors are."""
    assert Counter(job["Partition"] for job in slurm.ended()) == {INTERNET: 6, COMPUTE: 2}


def test_a_cluster_makes_what_one_machine_makes_to_the_byte(local: Project, clustered: Project):
    for pattern in RESULTS:
        assert local.files(pattern), pattern
        assert local.files(pattern) == clustered.files(pattern), pattern


def test_no_job_took_half_of_the_memory_it_was_given(clustered: Project):
    for file in (clustered.folder / "results/benchmarks").glob("*/*.tsv"):
        for row in csv.DictReader(file.open(), delimiter="\t"):
            if row["max_rss"] not in ("-", "NA"):
                assert float(row["max_rss"]) < LEAST / 2, file
