"""Folders may be called what people call them; what Snakemake would misread is refused."""

from pathlib import Path

import pytest

from workflow.harness import Project, new_project, small_config, with_sources_of

pytestmark = pytest.mark.workflow

ODD = "mes données #2; $HOME `x` & 'les \"vraies\"' (50 %) ~*?"


def test_a_project_and_its_results_may_be_called_anything_else(built: Project, tmp_path: Path):
    project = with_sources_of(built, tmp_path / ODD, built.config)
    (project.folder / "results").rename(project.folder / f"results {ODD}")
    project.config = {**built.config, "pathvars": {"results": f"results {ODD}"}}
    project.run("stack", "provenance")
    for pattern in ("*/periods/*/layers/*.tif", "*/periods/*/stack/*.tif"):
        made = {
            path.name: path.read_bytes() for path in project.folder.glob(f"results {ODD}/{pattern}")
        }
        expected = {Path(name).name: data for name, data in built.files(pattern).items()}
        assert made == expected
    assert not (project.folder / "results").exists()


@pytest.mark.parametrize("name", ["a{b}", "a\nb"])
def test_a_project_in_a_folder_that_snakemake_would_misread_is_refused(
    sample: Path, tmp_path: Path, name: str
):
    project = new_project(tmp_path / name, small_config(sample))
    refused = project.snakemake("-n", "grid")
    assert refused.returncode == 1
    assert "has braces or a line break, which Snakemake takes for its own; rename" in refused.output
    assert "Traceback" not in refused.output
