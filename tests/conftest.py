"""Fixtures shared by every test."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, Phase, settings
from tqdm import tqdm

Once = Callable[[str, Callable[[Path], object]], Path]

# The same examples at each run, so that a test fails by a change alone; `make soak` draws others.
# How long one takes hangs on what else the machine does: no test is about that.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")
# For `make mutation`: the same few examples for each fault, and that a test fails is enough.
settings.register_profile(
    "mutation",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
if "MUTANT_UNDER_TEST" in os.environ:
    # Forked from one process, they would share its lock, and one that is ended would keep it.
    tqdm.set_lock(threading.RLock())
# Of `make soak`, which says how many; what was found once is found again without a store of cases.
settings.register_profile(
    "soak",
    deadline=None,
    derandomize=False,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs of the workflow take minutes: begin with them, so that the workers end together."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """What takes long to make, made once for all workers of a session: name → its folder.

    Who asks first fills the folder, the others wait; nobody changes it afterwards.
    """
    own = tmp_path_factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = common / name, common / f"{name}.done"
        with FileLock(common / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data (imagery, products, STAC items), which is never committed.

    It is `data/` in the folder LCCS_INPUTS_SHARED names, or in `shared/` beside the repository.
    """
    shared = Path(os.environ.get("LCCS_INPUTS_SHARED") or REPOSITORY.parent / "shared")
    if not (shared / "data").is_dir():
        pytest.skip(f"no real data: {shared / 'data'} is absent (set LCCS_INPUTS_SHARED)")
    return shared / "data"
