"""A job that waits for its next try while a checkpoint ends is tried again."""

from pathlib import Path

from lccs_inputs.workflow.retries import LOST
from workflow.harness import REPO, Run, run_python

WORKFLOW = """
import sys

from snakemake.exceptions import WorkflowError

sys.path.insert(0, "SCRIPTS")
from lccs_inputs.workflow import retries

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
HANDLERS = [
    line
    for line in (REPO / "Snakefile").read_text().partition("\nonstart:")[2].splitlines()
    if "claim_folder" not in line and "recovery." not in line
]
"""What the workflow has done when a run begins, and when it has ended well, but for the folder."""


def run(folder: Path, handlers: list[str], *arguments: str) -> Run:
    rules = WORKFLOW.replace("SCRIPTS", f"{REPO}/scripts")
    (folder / "Snakefile").write_text("\n".join([rules, "onstart:", *handlers]))
    return run_python(folder, "-m", "snakemake", "--cores", "3", "--retries", "1", *arguments)


def test_it_is_not_lost_sight_of(tmp_path: Path):
    ended = run(tmp_path, HANDLERS)
    assert ended.returncode == 0, ended.output
    assert ended.jobs["fails_once"] == 2
    assert (tmp_path / "follows").exists()


def test_where_snakemake_loses_one_and_is_to_keep_going_the_run_has_not_ended_well(tmp_path: Path):
    handlers = [
        line.replace("retries.keep_in_sight(workflow.scheduler)", "pass") for line in HANDLERS
    ]
    ended = run(tmp_path, handlers, "--keep-going")
    assert ended.returncode == 1
    assert LOST in ended.output
    assert not (tmp_path / "follows").exists()
    again = run(tmp_path, handlers, "--keep-going")
    assert again.returncode == 0, again.output
    assert (tmp_path / "follows").exists()
