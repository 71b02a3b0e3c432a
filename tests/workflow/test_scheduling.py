"""Every job starts that waits while a checkpoint ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lccs_inputs.workflow.scheduling import LOST
from workflow.harness import REPO, Run, run_python

pytestmark = pytest.mark.workflow

BEGINNING = f"""\
import sys

from snakemake.exceptions import WorkflowError

sys.path.insert(0, "{REPO}/scripts")
from lccs_inputs.workflow import scheduling

"""
HANDLERS = [
    line
    for line in (REPO / "Snakefile").read_text().partition("\nonstart:")[2].splitlines()
    if "claim_folder" not in line and "recovery." not in line
]
"""What the workflow has done when a run begins, and when it has ended well, but for the folder."""

TRIED_AGAIN = """\
shell.prefix("wait() {{ until test -e $1; do sleep 0.05; done; }}; ")

rule all:
    input: "follows", "late", "holds"

rule fails_once:
    output: "tried"
    shell: "if ! test -e failed; then wait quick; sleep 0.5; touch failed; exit 1; fi; touch tried"

rule follows:
    input: "tried"
    output: "follows"
    shell: "touch follows"

rule quick:
    output: "quick"
    priority: 1
    shell: "touch quick"

rule holds:  # takes both cores that are free, before the next try
    input: "quick"
    output: "holds"
    priority: 2
    threads: 2
    shell: "touch held; wait late; touch holds"

checkpoint found:
    output: "found"
    priority: 3
    shell: "wait held; touch found"

rule late:
    input: lambda wildcards: checkpoints.found.get().output
    output: "late"
    shell: "touch late"

"""
PERIODS = 12
GROUPS = f"""\
rule all:
    input: expand("maps{{period}}", period=range({PERIODS}))

checkpoint search:
    output: "list"
    localrule: True
    shell: "touch {{output}}"

rule align:
    output: "aligned{{period}}"
    group: "period"
    shell: "touch {{output}}"

rule layer:
    input: "aligned{{period}}", "list"
    output: "layer{{period}}"
    group: "period"
    shell: "touch {{output}}"

rule draw:
    input: "layer{{period}}"
    output: "maps{{period}}"
    group: "period"
    shell: "touch {{output}}"

"""
PRODUCTS, AREAS = 40, 3
SLOW = f"""\
rule all:
    input:
        "late",
        expand("slow/{{area}}.{{edition}}.{{source}}",
            area=range({AREAS}), edition=2018, source=range({PRODUCTS})),

checkpoint search:
    output: "list"
    localrule: True
    shell: "sleep 1; touch {{output}}"

rule late:
    input: "list"
    output: "late"
    shell: "touch {{output}}"

rule align_product:
    output: "slow/{{area}}.{{edition}}.{{source}}"
    shell: "touch {{output}}"

"""


def write(folder: Path, rules: str, handlers: list[str]) -> None:
    (folder / "Snakefile").write_text(BEGINNING + rules + "\n".join(["onstart:", *handlers]))


def try_again(folder: Path, handlers: list[str], *arguments: str) -> Run:
    write(folder, TRIED_AGAIN, handlers)
    return run_python(folder, "-m", "snakemake", "--cores", "3", "--retries", "1", *arguments)


def test_one_that_waits_for_its_next_try(tmp_path: Path):
    ended = try_again(tmp_path, HANDLERS)
    assert ended.returncode == 0, ended.output
    assert ended.jobs["fails_once"] == 2
    assert (tmp_path / "follows").exists()


def test_where_one_is_lost_sight_of_and_snakemake_is_to_keep_going_the_run_has_not_ended_well(
    tmp_path: Path,
):
    handlers = [
        line.replace("scheduling.keep_in_sight(workflow.scheduler)", "pass") for line in HANDLERS
    ]
    ended = try_again(tmp_path, handlers, "--keep-going")
    assert ended.returncode == 1
    assert LOST in ended.output
    assert not (tmp_path / "follows").exists()
    again = try_again(tmp_path, handlers, "--keep-going")
    assert again.returncode == 0, again.output
    assert (tmp_path / "follows").exists()


def submit(folder: Path, *arguments: str) -> str:
    """What a run tells of which all is submitted."""
    here = Path(__file__).parent
    command = ["-m", "snakemake", "--executor=touching", "--jobs=9", "--latency-wait=0"]
    done = subprocess.run(
        [sys.executable, *command, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{here / 'executors'}:{here.parent}"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_each_group_once(tmp_path: Path):
    """Of Snakemake alone some never start, and jobs count twice."""
    write(tmp_path, GROUPS, HANDLERS)
    total = 3 * PERIODS + 2
    assert f"{total} of {total} steps (100%) done" in submit(tmp_path)


def test_products_that_are_under_way_are_not_submitted_again(tmp_path: Path):
    """As they were in groups of twenty, which were others once some had ended."""
    write(tmp_path, SLOW, HANDLERS)
    profile = yaml.safe_load((REPO / "profiles/slurm/profile.yaml").read_text())
    group = profile["groups"]["align_product"]
    told = submit(
        tmp_path, f"--groups=align_product={group}",
        f"--group-components={group}={profile['group-components'][group]}",
    )  # fmt: skip
    total = AREAS * PRODUCTS + 3
    assert f"{total} of {total} steps (100%) done" in told
