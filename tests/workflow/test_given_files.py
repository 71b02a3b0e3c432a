"""All files behind a path of the config are watched: what runs again after one of them changed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely import box

from workflow.harness import AREA_BBOX, Project, copy_of, new_project, small_config

pytestmark = pytest.mark.workflow

REMOTE = {"search_scenes", "compose_block"}
OUTLINE = box(6.515, 46.366, 6.530, 46.376)
assert box(*AREA_BBOX).contains(OUTLINE)


def write_tile(path: Path, west: float, code: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", driver="GTiff", width=150, height=300, count=1, dtype="uint8",
        crs="EPSG:2154", transform=Affine(10, 0, west, 0, -10, 6_594_000), nodata=255,
    ) as raster:  # fmt: skip
        raster.write(np.full((1, 300, 150), code, "uint8"))


def own(sample: Path) -> dict[str, Any]:
    """A config over an outline and a folder of tiles."""
    config = small_config(sample)
    layers = {
        "vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}},
        "aquatic_wat_cat": {"use": "waw", "methods": {"waw": "water_wetness == 1"}},
    }
    return config | {
        "areas": {"shore": {"file": "shore.shp"}},
        "products": {"water_wetness": {"product": "WAW", "editions": {2018: "tiles"}}},
        "layers": layers,
    }


@pytest.fixture(scope="module")
def made(sample: Path, once: Callable[..., Path]) -> Project:
    config = own(sample)

    def fill(folder: Path) -> None:
        project = new_project(folder, config)
        geopandas.GeoDataFrame(geometry=[OUTLINE], crs=4326).to_crs(2154).to_file(
            folder / "shore.shp"
        )
        write_tile(folder / "tiles/west/waw_W.tif", 969_000)
        write_tile(folder / "tiles/east/waw_E.tif", 970_500)
        project.run("layers")

    return Project(once("given_files", fill), config)


@pytest.fixture
def project(made: Project, tmp_path: Path) -> Project:
    return copy_of(made, tmp_path / "project")


def planned(project: Project) -> set[str]:
    return {*project.run("--dry-run", "layers").jobs} - {"layers"}


def test_what_did_not_change_runs_nothing_whatever_its_dates(project: Project) -> None:
    assert planned(project) == set()
    for path in (*project.folder.glob("shore.*"), *project.folder.glob("tiles/*/*")):
        os.utime(path)
    assert not planned(project) & REMOTE


def test_a_corrected_projection_beside_a_shapefile_makes_the_grid_again(project: Project) -> None:
    lying = geopandas.GeoDataFrame(geometry=[OUTLINE], crs=4326).to_crs(3857)
    lying.to_file(project.folder / "other.shp")
    before = project.folder / "results/shore/grid.json"
    text = before.read_text()
    (project.folder / "other.prj").replace(project.folder / "shore.prj")
    assert "write_grid" in planned(project)
    project.run("grid")
    assert before.read_text() != text


def test_a_change_that_leaves_the_outline_as_it_was_asks_for_no_imagery(project: Project) -> None:
    blocks = project.files("shore/sources/s2/**/*")
    (project.folder / "shore.cpg").write_text("utf-8\n")
    jobs = planned(project)
    assert "write_grid" in jobs
    assert not jobs & REMOTE
    done = project.run("layers")
    assert not done.jobs.keys() & REMOTE
    assert project.files("shore/sources/s2/**/*") == blocks
    assert planned(project) == set()


@pytest.mark.parametrize("change", ["replaced by an older one", "added", "removed", "given nodata"])
def test_a_tile_of_a_folder_that_changed_is_aligned_again_and_no_more(
    project: Project, change: str
) -> None:
    east = project.folder / "tiles/east/waw_E.tif"
    if change == "removed":
        east.unlink()
    elif change == "added":
        write_tile(east.with_name("waw_F.tif"), 972_000)
    elif change == "given nodata":
        sidecar = east.with_name(f"{east.name}.aux.xml")
        sidecar.write_text("<PAMDataset><Metadata/></PAMDataset>")
    else:
        write_tile(east, 970_500, code=2)
        os.utime(east, (1, 1))
    jobs = planned(project)
    assert "align_product" in jobs
    assert not jobs & {*REMOTE, "write_grid"}
    project.run("layers")
    assert planned(project) == set()
