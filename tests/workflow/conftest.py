"""The sample and the finished run that the workflow tests share."""

from pathlib import Path

import pytest

from lccs_inputs.sample import PRODUCT_FILES
from lccs_inputs.sample.generate import generate_sample
from workflow.harness import SAMPLE_BOUNDS, Project, copy_of, new_project, small_config


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample at native 10 m over a few kilometres, generated once per worker."""
    folder = tmp_path_factory.mktemp("sample_data")
    generate_sample(folder, 10, 2018, bounds=SAMPLE_BOUNDS)
    assert all((folder / "products" / name).exists() for name in PRODUCT_FILES)
    return folder


@pytest.fixture(scope="session")
def built(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run over the small area; tests that change it work on a `copy_of`."""
    project = new_project(tmp_path_factory.mktemp("built"), small_config(sample))
    project.run()
    return project


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """A copy of the finished run, to change at will."""
    return copy_of(built, tmp_path / "project")
