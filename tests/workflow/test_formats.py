"""Results of a run in the forms of other programs."""

import json
from pathlib import Path

import pytest
import rasterio
import xarray

from qgis_reader import opened
from workflow.harness import REPO, Project, run_python

pytestmark = pytest.mark.workflow

PERIOD = "results/shore/periods/2018"


def test_a_run_ends_with_a_project_of_all_its_maps(built: Project) -> None:
    folder = built.folder / PERIOD
    found = opened(folder / "lccs.qgz")
    assert found["read"]
    assert all(layer["valid"] for layer in found["layers"].values())
    made = {path.stem for path in (folder / "layers").glob("*.tif")}
    assert {key for key, _ in found["groups"]["Descriptors"]} == {f"lccs_{name}" for name in made}
    assert {path.stem for path in (folder / "layers").glob("*.qml")} == made
    assert found["groups"]["Imagery"] == [["lccs_true_colour", True]]


def test_all_its_maps_are_opened_by_xarray_where_they_are_asked_for(project: Project) -> None:
    folder = project.folder / PERIOD
    assert not (folder / "lccs.zarr").exists()
    assert project.run("zarr").jobs == {"write_zarr": 1, "zarr": 1}
    cube = xarray.open_zarr(folder / "lccs.zarr", mask_and_scale=False, decode_coords="all")
    layers = {path.stem: path for path in (folder / "layers").glob("*.tif")}
    methods = {f"{path.stem}_method" for path in (folder / "methods").glob("*.tif")}
    assert {*cube.data_vars} == {*layers, *methods, "level3", "level4", "validity", "coherence"}
    for name, path in layers.items():
        with rasterio.open(path) as raster:
            assert (cube[name].to_numpy() == raster.read(1)).all()
    assert "Nothing to be done" in project.run("zarr").output
    _explore(project, folder)


def _explore(project: Project, folder: Path) -> None:
    """Run every cell of the notebook on a period, in order."""
    cells = json.loads((REPO / "docs/explore.ipynb").read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    named = '"../results/evian/periods/2018"'
    assert code.count(named) == 1
    script = project.folder / "explore.py"
    shown = "print(sorted(hectares), len(plt.get_fignums()), 0 < float(canopy.mean()) <= 100)"
    code = code.replace(named, repr(str(folder)))
    script.write_text("\n".join(["import matplotlib", "matplotlib.use('agg')", code, shown]))
    done = run_python(project.folder, str(script))
    assert done.returncode == 0, done.output
    assert "'A12_Natural_Terrestrial_Vegetated'" in done.output
    assert "2 True" in done.output
