"""Small cases with the traits of files and habits that people report: each must behave rightly.

They are kept beside the repository and are skipped where they are not.
"""

import os
import subprocess
from pathlib import Path

import pytest

from workflow.harness import REPO, new_project
from workflow.warm_python import warm_programs

pytestmark = pytest.mark.workflow

SHARED = Path(os.environ.get("LCCS_INPUTS_SHARED") or REPO.parent / "shared")
NAMES = sorted(path.name for path in (SHARED / "trials").glob("[0-9]*") if path.is_dir())


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the workflow with the programs that the cases call; they work in other folders."""
    folder = new_project(tmp_path_factory.mktemp("clone"), {}).folder
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(warm_programs())
    return folder


@pytest.mark.parametrize("case", NAMES or [pytest.param("", marks=pytest.mark.skip("no trials"))])
def test_a_reported_case_behaves_rightly(case: str, clone: Path) -> None:
    script = SHARED / "trials" / case / "run.sh"
    done = subprocess.run(
        ["bash", str(script), str(clone)], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
