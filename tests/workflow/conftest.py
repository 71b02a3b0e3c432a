"""The sample and the finished run that the workflow tests share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lccs_inputs.sample import PRODUCT_FILES
from lccs_inputs.sample.generate import generate_sample
from workflow.harness import SAMPLE_BOUNDS, Project, copy_of, new_project, small_config


@pytest.fixture(scope="session")
def sample(once: Callable[..., Path]) -> Path:
    """The sample at native 10 m over a few kilometres."""

    def fill(folder: Path) -> None:
        generate_sample(folder, 10, 2018, bounds=SAMPLE_BOUNDS)

    folder = once("sample_of_the_workflow", fill)
    assert all((folder / "products" / name).exists() for name in PRODUCT_FILES)
    return folder


@pytest.fixture(scope="session")
def built(sample: Path, once: Callable[..., Path]) -> Project:
    """A finished run over the small area, and its report; tests that change it take a `copy_of`."""
    config = small_config(sample)
    folder = once("built", lambda folder: new_project(folder, config).run("all", "report"))
    return Project(folder, config)


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """A copy of the finished run, to change at will."""
    return copy_of(built, tmp_path / "project")
