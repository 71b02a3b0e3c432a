"""What `--logger stages` tells of runs that Snakemake makes: of a workflow of a few lines."""

import contextlib
import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow.harness import OPTIONS, REPO, Run, run_python

pytestmark = pytest.mark.workflow

SNAKEFILE = """
rule all:
    input:
        "files/1",
        lambda _: [f"files/{n}" for n in open(checkpoints.count.get().output[0]).read().split()],

checkpoint count:
    output:
        "count",
        sums="sums/count.json",
    log:
        "logs/count/a",
    script:
        "count.py"

rule make:
    output:
        "files/{n}",
        sums="sums/{n}.json",
    log:
        "logs/make/{n}",
    script:
        "make.py"
"""
BEGIN = """
import logging
from pathlib import Path
from tqdm import tqdm
from lccs_inputs.errors import InputError
from lccs_inputs.workflow.jobs import running

with running(snakemake) as job:
    logging.info("begun")
    list(tqdm(range(9)))
"""
COUNT = """
    logging.warning("count: there are three")
    job.output().write_text("1 2 3")
"""
MAKE = """
    if job.wildcards.n == str(snakemake.config.get("worst")):
        raise InputError("3 cannot be made")
    job.output().touch()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("progress")
    for name, text in {"count.py": BEGIN + COUNT, "make.py": BEGIN + MAKE}.items():
        (folder / name).write_text(text)
    (folder / "Snakefile").write_text(SNAKEFILE)
    return folder


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As make has it, at an ordinary terminal."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PYTHONPATH", f"{REPO}/scripts")


def run(folder: Path, *arguments: str) -> Run:
    return run_python(folder, "-m", "snakemake", *OPTIONS, "--logger", "stages", *arguments)


def test_a_run_is_told_from_its_stages_to_its_last_error(folder: Path) -> None:
    """One after the other: what failed, the rest of it on a terminal, and that all is done."""
    failed = run(folder, "--show-failed-logs", "--config", "worst=3")
    assert failed.returncode == 1
    before, _, rest = failed.output.partition("Error in rule make:\n")
    assert re.search(r"^count {17}1 job {5}00:0\d$", before, re.MULTILINE)
    assert "ERROR 3 cannot be made\n" in rest.partition("Logfile logs/make/3:\n")[2]
    assert "At least one job did not complete successfully" in rest
    warned = "warnings\n  count: there are three\n    logs/count/a\n"
    assert rest.endswith(f"{warned}failed\n  3 cannot be made\n    logs/make/3\n")
    assert failed.output.count("3 cannot be made") == 2
    assert "INFO begun" not in failed.output.partition("Error in rule make:")[0]
    assert "Execute" not in failed.output

    seen = on_a_terminal(folder)
    assert re.search(r"\r0/2 \|.*\d\d:\d\d < \?  make\s*\r", seen)
    assert re.search(r"^.*\rmake {18}1 job {5}00:0\d\r$", seen, re.MULTILINE)
    assert "9/9" not in seen and "begun" not in seen
    assert (folder / "files/3").exists()

    assert run(folder).output == (
        "Nothing to be done (all requested files are present and up to date).\n"
    )


def on_a_terminal(folder: Path) -> str:
    """What a terminal is sent; by the true Python, as the warm one has read its environment."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, 80))
    call = [sys.executable, "-m", "snakemake", *OPTIONS, "--logger", "stages"]
    with subprocess.Popen(call, cwd=folder, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        sent = b"".join(_until_it_closes(ours))
    os.close(ours)
    assert process.returncode == 0
    return sent.decode()


def _until_it_closes(terminal: int) -> Iterator[bytes]:
    with contextlib.suppress(OSError):  # how Linux ends it
        while sent := os.read(terminal, 4096):
            yield sent
