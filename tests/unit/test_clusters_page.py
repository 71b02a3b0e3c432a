"""What docs/clusters.md has for LSF and PBS, with stand-ins for their commands."""

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

PAGE = (Path(__file__).parents[2] / "docs/clusters.md").read_text()
LSF, PBS = (
    re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for text in re.split(r"^PBS, ", PAGE[PAGE.index("\n## LSF") :], flags=re.MULTILINE)
)
ASKED = {
    "name": "compose_block",
    "threads": 0,
    "resources": SimpleNamespace(mem_mb=1530, runtime=720, sbatch="-q long"),
}


def script(blocks: list[tuple[str, str]], name: str) -> str:
    (found,) = (text for kind, text in blocks if kind == "text" and f"/{name}.sh" in text)
    return found


def stand_in(folder: Path, name: str, said: str) -> None:
    """A command that notes what it is given, and says that."""
    file = folder / name
    file.write_text(f"#!/bin/sh\necho \"$@\" > '{folder}/given'\ncat <<'END'\n{said}\nEND\n")
    file.chmod(0o755)


def submitted(folder: Path, blocks: list[tuple[str, str]]) -> tuple[str, str]:
    """The id that Snakemake reads, and what the scheduler was given."""
    (profile,) = (yaml.safe_load(text) for kind, text in blocks if kind == "yaml")
    command = profile["cluster-generic-submit-cmd"].format(**ASKED)
    return run(folder, f'{command} "job.sh"'), (folder / "given").read_text()


def run(folder: Path, command: str) -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_job_is_handed_to_lsf(tmp_path: Path):
    stand_in(tmp_path, "bsub", "Job <17> is submitted to default queue <normal>.")
    submit = tmp_path / "profiles/mine/submit.sh"
    submit.parent.mkdir(parents=True)
    submit.write_text(script(LSF, "submit"))
    submit.chmod(0o755)
    number, given = submitted(tmp_path, LSF)
    assert number == "17"
    for words in ("-n 1 ", "-M 1730MB", "-W 720", "-q long job.sh"):
        assert words in given


def test_a_job_is_handed_to_pbs_with_its_time_in_seconds(tmp_path: Path):
    stand_in(tmp_path, "qsub", "17.server")
    number, given = submitted(tmp_path, PBS)
    assert number == "17.server"
    for words in ("ncpus=1:mem=1730mb", "walltime=43200", "-q long job.sh"):
        assert words in given


@pytest.mark.parametrize(
    ("said", "told"),
    (
        ("RUN", "running"), ("PEND", "running"), ("DONE", "success"), ("EXIT", "failed"),
        ("Job <17> is not found", "failed"), ("LSF is down. Please wait ...", "running"),
    ),
)  # fmt: skip
def test_what_lsf_says_of_a_job_is_understood(tmp_path: Path, said: str, told: str):
    stand_in(tmp_path, "bjobs", said)
    assert run(tmp_path, script(LSF, "status")) == told


@pytest.mark.parametrize(
    ("said", "told"),
    (
        ("    job_state = R", "running"),
        ("    job_state = F\n    Exit_status = 0", "success"),
        ("    job_state = F\n    Exit_status = 271", "failed"),
        ("    job_state = F\n    comment = deleted", "failed"),
        ("qstat: Unknown Job Id 17.server", "failed"),
        ("Connection refused", "running"),
    ),
)
def test_what_pbs_says_of_a_job_is_understood(tmp_path: Path, said: str, told: str):
    stand_in(tmp_path, "qstat", said)
    assert run(tmp_path, script(PBS, "status")) == told
