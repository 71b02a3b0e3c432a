"""What the profile for Slurm tells Snakemake of a job, by what Slurm answers."""

import subprocess
from pathlib import Path

import pytest

STATUS = Path(__file__).parents[2] / "profiles/slurm/status.sh"
FORGOTTEN = "slurm_load_jobs error: Invalid job id specified"
SILENT = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
NO_ACCOUNTING = "Slurm accounting storage is disabled"


def status(folder: Path, squeue: str, sacct: str | None = None) -> str:
    """What it says of a job, where these are what the commands print: errors have a colon."""
    for name, said in (("squeue", squeue), ("sacct", sacct)):
        if said is not None:
            stand_in = folder / name
            failing = ">&2; exit 1" if "error" in said or "disabled" in said else ""
            stand_in.write_text(f"#!/bin/sh\necho '{said}' {failing}\n")
            stand_in.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(STATUS), "7"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("state", ("PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "COMPLETING"))
def test_a_job_that_has_not_ended_is_waited_for(tmp_path: Path, state: str):
    assert status(tmp_path, state) == "running\n"


def test_a_job_that_ended_well_succeeded(tmp_path: Path):
    assert status(tmp_path, "COMPLETED") == "success\n"


@pytest.mark.parametrize(
    "state",
    ("FAILED", "CANCELLED", "OUT_OF_MEMORY", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "DEADLINE"),
)
def test_a_job_that_was_killed_failed_so_that_it_is_submitted_again(tmp_path: Path, state: str):
    assert status(tmp_path, state) == "failed\n"


@pytest.mark.parametrize("squeue", (FORGOTTEN, ""))
@pytest.mark.parametrize(
    ("sacct", "told"),
    (("COMPLETED", "success"), ("CANCELLED by 1000", "failed"), ("RUNNING", "running")),
)
def test_what_the_controller_has_forgotten_accounting_is_asked(
    tmp_path: Path, squeue: str, sacct: str, told: str
):
    assert status(tmp_path, squeue, sacct) == f"{told}\n"


@pytest.mark.parametrize("sacct", ("", NO_ACCOUNTING, None))
def test_a_job_that_nobody_knows_is_lost_not_waited_for(tmp_path: Path, sacct: str | None):
    assert status(tmp_path, FORGOTTEN, sacct) == "failed\n"


@pytest.mark.parametrize(
    ("squeue", "sacct"),
    (
        (SILENT, "FAILED"),
        ("slurm_load_jobs error: Socket timed out on send/recv operation", None),
        (FORGOTTEN, "sacct: error: slurmdbd: Connection refused"),
    ),
)
def test_where_nobody_answers_a_job_is_asked_for_again(
    tmp_path: Path, squeue: str, sacct: str | None
):
    assert status(tmp_path, squeue, sacct) == "running\n"
