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
LATER = {
    "15-geopackage-of-several-layers": "areas of several layers are still to be refused",
    "18-box-in-latitude-longitude-order": "places a CRS is not made for are still to be refused",
}
"""Cases that another piece of work owns; each tells when it holds."""
NAMES = sorted(path.name for path in (SHARED / "trials").glob("[0-9]*") if path.is_dir())
CASES = [
    pytest.param(
        name,
        marks=[pytest.mark.xfail(strict=True, reason=LATER[name])] if name in LATER else [],
    )
    for name in NAMES
]


@pytest.mark.parametrize("case", CASES or [pytest.param("", marks=pytest.mark.skip("no trials"))])
def test_a_reported_case_behaves_rightly(case: str) -> None:
    if not (REPO / ".venv/bin/snakemake").exists():
        pytest.skip("the cases run the workflow from .venv, which is not set up here")
    script = SHARED / "trials" / case / "run.sh"
    done = subprocess.run(
        ["bash", str(script), str(REPO)], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
