"""Fixtures shared by every test."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes hangs on what else the machine does: no test is about that.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data (imagery, products, STAC items), which is never committed.

    It is `data/` in the folder LCCS_INPUTS_SHARED names, or in `shared/` beside the repository.
    """
    shared = Path(os.environ.get("LCCS_INPUTS_SHARED") or REPOSITORY.parent / "shared")
    if not (shared / "data").is_dir():
        pytest.skip(f"no real data: {shared / 'data'} is absent (set LCCS_INPUTS_SHARED)")
    return shared / "data"
