"""Groups of jobs that wait for a checkpoint, as on a cluster."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workflow.harness import REPO

pytestmark = pytest.mark.workflow

PERIODS = 12
SNAKEFILE = f"""\
include: "{REPO}/rules/groups.smk"


rule all:
    input:
        expand("maps{{period}}", period=range({PERIODS})),

checkpoint search:
    output:
        "list",
    localrule: True
    shell:
        "touch {{output}}"

rule align:
    output:
        "aligned{{period}}",
    group: "period"
    shell:
        "touch {{output}}"

rule layer:
    input:
        "aligned{{period}}",
        "list",
    output:
        "layer{{period}}",
    group: "period"
    shell:
        "touch {{output}}"

rule draw:
    input:
        "layer{{period}}",
    output:
        "maps{{period}}",
    group: "period"
    shell:
        "touch {{output}}"
"""


def test_every_group_that_waited_for_a_checkpoint_starts_and_each_of_its_jobs_once(tmp_path: Path):
    """Of Snakemake alone some never start, and jobs count twice."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--executor=touching", "--jobs=9", "--latency-wait=0"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent / "executors")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    total = 3 * PERIODS + 2
    assert f"{total} of {total} steps (100%) done" in done.stderr
