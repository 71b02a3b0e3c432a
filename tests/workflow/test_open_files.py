"""How many files a process may have open at a time."""

import resource
from pathlib import Path

import pytest

from workflow.harness import Project, small_config, start, with_sources_of

pytestmark = pytest.mark.workflow


def test_layers_and_stack_need_no_more_than_32_open_files(
    built: Project, sample: Path, tmp_path: Path
):
    project = with_sources_of(built, tmp_path / "limited", small_config(sample))
    few = (32, 32)
    run = start(
        project, "stack", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, few)
    )
    assert run.wait() == 0
    for made in ("*/periods/*/layers/*.tif", "*/periods/*/stack/*.tif"):
        assert project.files(made) == built.files(made) != {}
