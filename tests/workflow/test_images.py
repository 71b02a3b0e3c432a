"""Continuous images: made where they are asked for, from bands added to those that are there."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.facts.images import NOTEBOOK_IMAGES, NOTEBOOK_STATISTICS
from lccs_inputs.rasters.synthetic import SYNTHETIC
from workflow.harness import Project

pytestmark = pytest.mark.workflow

SOURCE = "results/shore/sources/s2/2018"
LATER = {"swir16", "ndvi_mean", "ndvi_median", "ndvi_min", "ndvi_stddev"}
"""What the images of the notebook need and no default layer does."""


def bands(path: Path) -> dict[str, np.ndarray]:
    with rasterio.open(path) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def blocks(project: Project) -> dict[str, dict[str, np.ndarray]]:
    found = (project.folder / SOURCE / "blocks").glob("[EW]*.tif")
    return {path.name: bands(path) for path in sorted(found)}


def test_the_images_of_the_notebook_are_made_where_they_are_asked_for(project: Project) -> None:
    before, layers = blocks(project), project.files("shore/periods/*/layers/*")
    assert not project.files("*/periods/*/images/*"), "none by default"

    made = project.run("images")
    names = {*NOTEBOOK_IMAGES, *NOTEBOOK_STATISTICS}
    assert made.jobs["build_image"] == len(names)
    assert made.jobs["compose_block"] == len(before)
    assert not made.jobs.keys() & {"search_scenes", "freeze_scenes"}
    for name, there in blocks(project).items():
        assert there.keys() >= LATER
        assert all(np.array_equal(there[band], old) for band, old in before[name].items())
    assert project.files("shore/periods/*/layers/*") == layers

    period = project.folder / "results/shore/periods/2018"
    assert {path.stem for path in (period / "images").iterdir()} == names
    for name in names:
        assert (period / f"pictures/images/{name}.png").stat().st_size > 5000
    report = json.loads((period / "checks/images.json").read_text())
    assert {check["status"] for check in report["checks"]} == {"passed"}
    assert report["images"].keys() == names
    each_lies_on_the_grid(period)
    pixels_are_right(bands(project.folder / SOURCE / "mosaic.vrt"), period / "images")

    again = project.run("images")
    assert not again.jobs, "nothing is to be done"

    project.config["images"] = ["ndvi", {"name": "evi", "range": [0, 0.8], "palette": "grey"}]
    planned = project.dry_run()
    assert planned.jobs.keys() == {
        "check_images",
        "gate_images",
        "draw_maps",
        "describe_period",
        "write_qgis",
    }

    project.config["derived"]["evi"] = "2.5 * (nir - red) / (nir + 2.4 * red + 1)"
    project.config["images"].append("l8.ndvi")
    planned = project.dry_run()
    assert planned.jobs["build_image"] == 2
    assert planned.jobs["search_scenes"] == 1, "of l8"
    assert not planned.jobs.keys() & {"build_layer", "stack_layers"}


def each_lies_on_the_grid(period: Path) -> None:
    """Every image lies on the grid, and says what it is of."""
    with rasterio.open(period / "layers/vegetat_veg_cat.tif") as layer:
        grid = layer.transform, layer.shape, layer.crs
    for path in (period / "images").iterdir():
        with rasterio.open(path) as image:
            assert (image.transform, image.shape, image.crs) == grid
            tags = image.tags()
        assert tags["SOURCE"] == SYNTHETIC
        assert tags["editions"] == "s2 2018"
        assert tags.keys() >= {"title", "expression", "fingerprint", "clipped"}
        assert ("units" in tags) != ("comment" in tags), "of true colours there is no unit"


def pixels_are_right(mosaic: dict[str, np.ndarray], folder: Path) -> None:
    """NDVI, EVI, a statistic and the true colours, computed anew from the mosaic."""
    red, nir, blue = (mosaic[name].astype(float) for name in ("red", "nir", "blue"))
    known = (mosaic["red"] != -32768) & (mosaic["nir"] != -32768) & (mosaic["blue"] != -32768)
    known &= np.maximum(nir, 0) + np.maximum(red, 0) > 0
    assert known.mean() > 0.5
    with np.errstate(all="ignore"):
        ndvi = (np.maximum(nir, 0) - np.maximum(red, 0)) / (np.maximum(nir, 0) + np.maximum(red, 0))
        evi = 2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 10_000)
    found = {path.stem: bands(path) for path in folder.iterdir()}
    assert np.abs(found["ndvi"]["ndvi"] - 10_000 * ndvi)[known].max() <= 0.5
    assert np.allclose(found["evi"]["evi"][known], evi[known], rtol=1e-5)
    assert np.array_equal(found["ndvi_stddev"]["ndvi_stddev"], mosaic["ndvi_stddev"])
    colour = 1 + 254 * np.clip(red / 1800, 0, 1)
    assert np.abs(found["true_colour"]["red"] - colour)[known].max() <= 0.5 + 1e-9
