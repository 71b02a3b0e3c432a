"""The commands of the pages do in a clone what they are for."""

import shutil
import subprocess
from pathlib import Path

import geopandas
import pytest
import yaml
from shapely import box

from calling_make import environment
from documented_commands import TRIED, Run
from workflow.harness import AREA_BBOX, REPO, new_project
from workflow.warm_python import warm_programs

pytestmark = pytest.mark.workflow

SMALL = {"layers": {"vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}}}}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a container has: the programs, here the warm ones, and the lock that they are of."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "bin").symlink_to(warm_programs())
    shutil.copy(REPO / "envs/requirements.txt", folder)
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that nobody has run, and an empty home beside it."""
    (tmp_path / "home").mkdir()
    folder = new_project(tmp_path / "clone", {}).folder
    (folder / "tests/live").mkdir(parents=True)
    shutil.copy(REPO / "tests/live/everything.yaml", folder / "tests/live")
    return folder


@pytest.mark.parametrize(
    ("command", "how"), [pair for pair in TRIED.items() if isinstance(pair[1], Run)]
)
def test_a_command_of_a_page_does_what_it_is_for(
    command: str, how: Run, clone: Path, image: Path
) -> None:
    if "mine.yaml" in command:
        (clone / "mine.yaml").write_text(yaml.safe_dump(SMALL))
    if "my_area.gpkg" in command:
        area = geopandas.GeoDataFrame(geometry=[box(*AREA_BBOX)], crs="EPSG:4326")
        area.to_file(clone / "my_area.gpkg")
    done = subprocess.run(
        ["sh", "-ec", f"{how.before}\n{command}{' ARGS=-n' * how.dry}\n{how.then}"],
        cwd=clone,
        env=environment() | {"HOME": str(clone.parent / "home"), "LCCS_INPUTS_IMAGE": str(image)},
        input=how.given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if how.dry:
        assert "write_grid" in done.stdout + done.stderr, "it says which jobs there are"
        assert not (clone / "results/evian").exists()
