"""The sample on a real Slurm: few submissions, a killed job submitted again, the same bytes."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

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
SNAKEMAKE = 200  # MB, that a submission is given beside its jobs


@pytest.fixture(scope="module")
def slurm() -> Iterator[OneNode]:
    with (
        tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as folder,
        one_node(Path(folder), cpus=4, memory=8000) as running,
    ):
        yield running


def site_profile(project: Project) -> None:
    """The profile as a site changes it: by its partitions."""
    shutil.copytree(project.folder / "profiles/slurm", project.folder / "profiles/here")
    file = project.folder / "profiles/here/profile.yaml"
    told = re.compile('^( +sbatch:) ""', re.MULTILINE)
    text = told.sub(rf"\1 --partition={COMPUTE}", file.read_text(), count=1)  # of all jobs
    file.write_text(told.sub(rf"\1 --partition={INTERNET}", text))


def submitted(project: Project, slurm: OneNode) -> "subprocess.Popen[bytes]":
    """`make run` on the cluster, under way."""
    programs = f"BIN={Path(sys.executable).parent}"
    with (project.folder / "make.log").open("wb") as log:
        return subprocess.Popen(
            ["make", "--old-file=.venv/ready", programs, "run", "PROFILE=here"],
            cwd=project.folder,
            env=slurm.environment,
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
    """The sample, run on the cluster, where the first job that composes is killed, and the first
    of the period cancelled."""
    project = new_project(tmp_path_factory.mktemp("clustered"), {})
    site_profile(project)
    run = submitted(project, slurm)
    try:
        wait_until((project.folder / "results/sample_data/catalog.json").exists, run)
        for rule, how in (("compose_block", ["--signal=KILL", "--full"]), ("period", [])):
            wait_until(partial(slurm.running, rule), run)
            (killed, *_) = slurm.running(rule)
            slurm.ask("scancel", *how, killed)
        run.wait(timeout=1800)
    finally:
        run.kill()
    assert run.returncode == 0, (project.folder / "make.log").read_text()
    return project


@pytest.mark.usefixtures("clustered")
def test_the_sample_needs_six_submissions_and_one_for_each_that_was_killed(slurm: OneNode):
    states = Counter(job["JobState"] for job in slurm.ended())
    assert states["COMPLETED"] == 6
    assert states.total() == 8


@pytest.mark.usefixtures("clustered")
def test_what_was_killed_is_submitted_again_with_twice_the_memory(slurm: OneNode):
    """Not tried again within the submission, as by `retries` in a rule: more memory is of no use
    there. Of a group no less than of a job."""
    for killed in slurm.ended():
        if killed["JobState"] != "COMPLETED":
            given = [job for job in slurm.ended() if job["Name"] == killed["Name"]]
            least = slurm.memory(killed) - SNAKEMAKE
            assert [slurm.memory(job) - SNAKEMAKE for job in given].count(2 * least) == 1


@pytest.mark.usefixtures("clustered")
def test_what_asks_the_internet_is_where_the_internet_is(slurm: OneNode):
    """The sample, which stands for an archive; the list; two blocks and one again. Products, and
    the period, twice, are where the processors are. The search is no job."""
    assert Counter(job["Partition"] for job in slurm.ended()) == {INTERNET: 5, COMPUTE: 3}


def test_a_submission_runs_no_more_at_a_time_than_it_was_given(slurm: OneNode, clustered: Project):
    """Snakemake in it says what it shares out."""
    for job in slurm.ended():
        (log,) = (clustered.folder / "results/logs/slurm").glob(f"{job['JobId']}-*.log")
        if job["JobState"] == "COMPLETED":
            shared = re.search(r"^Provided resources: .*\bmem_mb\D+(\d+)", log.read_text(), re.M)
            assert shared and int(shared[1]) == slurm.memory(job) - SNAKEMAKE


def test_a_cluster_makes_what_one_machine_makes_to_the_byte(local: Project, clustered: Project):
    for pattern in RESULTS:
        assert local.files(pattern), pattern
        assert local.files(pattern) == clustered.files(pattern), pattern


def test_no_job_took_half_of_the_memory_it_was_given(clustered: Project):
    taken = clustered.memory_taken()
    assert {"generate_sample", "compose_block"} <= {*taken}
    assert not {rule: mb for rule, mb in taken.items() if mb >= LEAST / 2}
