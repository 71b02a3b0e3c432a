"""Memory that is enforced: what takes more than it was given is ended, and noticed."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cluster.one_node_slurm import OneNode, enforcing, missing, one_node
from workflow.harness import REPO

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(bool(missing()), reason=f"no Slurm here: {missing()}"),
    pytest.mark.skipif(not enforcing(), reason="no cgroups of version 1 that may be written to"),
]

GIVEN = 200  # MB


def submitted(slurm: OneNode, takes: int) -> str:
    """The id of a job that has ended, which took so much, MB."""
    command = f"--wrap={sys.executable} -c 'bytearray({takes} << 20)'"
    done = subprocess.run(
        [
            "sbatch",
            "--parsable",
            "--wait",
            f"--mem={GIVEN}",
            "--output=/dev/null",
            command,
        ],
        env=slurm.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def test_what_takes_more_than_it_was_given_is_ended_and_told_as_failed():
    status = REPO / "profiles/slurm/status.sh"
    with (
        tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as folder,
        one_node(Path(folder), cpus=2, memory=1000) as slurm,
    ):
        for takes, said in ((GIVEN // 2, "success"), (2 * GIVEN, "failed")):
            assert slurm.ask(str(status), submitted(slurm, takes)).strip() == said
