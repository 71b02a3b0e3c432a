"""Small cases with the traits of files and habits that people report: each must behave rightly.

They are kept beside the repository and are skipped where they are not.
"""

import os
import subprocess
from pathlib import Path

import pytest

from workflow.harness import REPO

pytestmark = pytest.mark.workflow

SHARED = Path(os.environ.get("LCCS_INPUTS_SHARED") or REPO.parent / "shared")
NAMES = sorted(path.name for path in (SHARED / "trials").glob("[0-9]*") if path.is_dir())


@pytest.mark.parametrize("case", NAMES or [pytest.param("", marks=pytest.mark.skip("no trials"))])
def test_a_reported_case_behaves_rightly(case: str) -> None:
    if not (REPO / ".venv/bin/snakemake").exists():
        pytest.skip("the cases run the workflow from .venv, which is not set up here")
    script = SHARED / "trials" / case / "run.sh"
    done = subprocess.run(
        ["bash", str(script), str(REPO)], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
