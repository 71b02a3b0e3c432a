"""`make plan`: what a run will ask of Earth Engine, told before it does."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.commands import plan_of
from lccs_inputs.plan import Plan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.records import is_current
from lccs_inputs.workflow.requests import Place
from standins.earthengine import EarthEngineStandIn
from workflow.harness import Project, new_project, small_config
from workflow.warm_python import warm_python

pytestmark = pytest.mark.workflow

BOX = [6.515, 46.366, 6.530, 46.376]


@pytest.fixture
def service(sample: Path, tmp_path: Path) -> Iterator[EarthEngineStandIn]:
    with EarthEngineStandIn(sample / "catalog.json", folder=tmp_path / "exports") as running:
        yield running


@pytest.fixture
def project(sample: Path, service: EarthEngineStandIn, tmp_path: Path) -> Project:
    config = small_config(sample, areas={"shore": {"bbox": BOX}})
    config["scenes"]["s2"]["catalogue"] = "earthengine"
    config["products"]["crop_map"] = {
        "product": "EUCROPMAP", "editions": {2018: "earthengine"},
    }  # fmt: skip
    config["layers"]["cultman_agr_cat"]["use"] = "eucropmap"
    config["earthengine"] = {"project": "test-project", "url": service.url}
    return new_project(tmp_path / "project", config)


def plan(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    project.write_config()
    return subprocess.run(
        [warm_python(), "-m", "lccs_inputs.commands.plan_run", "mine.yaml", *arguments],
        cwd=project.folder, env=os.environ | {"PYTHONPATH": "scripts"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def rows(text: str) -> dict[str, list[str]]:
    found = (line.split() for line in text.splitlines() if re.match(r"shore|all ", line))
    return {row[1] if row[0] == "shore" else "all": row for row in found}


def made(planned: Plan) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What the run has fetched, and what was asked for it."""
    s2, crops = (
        Place(area="shore", source=source, edition="2018") for source in ("s2", "crop_map")
    )
    found, listed = (
        planned.folders.here(each.format(area="shore", source="s2", edition="2018"))
        for each in (paths.FOUND, paths.SCENES)
    )
    yield found, planned.scenes.search_request(s2)
    yield listed, planned.scenes.freeze_request(s2)
    delivered = planned.folders.here(planned.products.delivered(crops))
    yield delivered, planned.products.earthengine_request(crops)


def test_it_tells_what_the_run_then_asks_for(
    project: Project, service: EarthEngineStandIn, monkeypatch: pytest.MonkeyPatch
):
    done = plan(project, "--pilot", "1")
    assert done.returncode == 0, done.stderr
    told = rows(done.stdout)
    assert told.keys() == {"s2", "crop_map", "all"}
    assert float(told["s2"][-2]) > 0, "compute from the profile of the pilot"
    assert "of a month of the community tier (150 EECU-hours)" in done.stdout
    assert len(service.requests("computePixels")) == 2, "one tile of each source"
    project.run("scenes", "products")
    assert len(service.requests("computePixels")) == int(told["all"][3])
    assert rows(plan(project).stdout)["all"][3] == "0", "all are cached now"
    monkeypatch.chdir(project.folder)
    requests = list(made(plan_of([Path("mine.yaml")])))
    for target, request in requests:
        assert is_current(target, request), target
        assert not is_current(target, request | {"another": 1}), target


def test_it_asks_for_no_pixel_without_a_pilot(project: Project, service: EarthEngineStandIn):
    done = plan(project, "--pilot", "0")
    assert done.returncode == 0
    assert "compute is not known without a pilot" in done.stdout
    assert not service.requests("computePixels")


def test_it_refuses_more_than_the_share_unless_told(project: Project):
    project.config["earthengine"]["share"] = 0.0
    refused = plan(project, "--pilot", "1")
    assert refused.returncode == 1
    assert "more than earthengine.share allows" in refused.stdout
    assert plan(project, "--pilot", "1", "--allow").returncode == 0


def test_a_config_without_earth_engine_needs_no_account(sample: Path, tmp_path: Path):
    done = plan(new_project(tmp_path / "open", small_config(sample)))
    assert done.returncode == 0
    assert "comes from Earth Engine" in done.stdout
