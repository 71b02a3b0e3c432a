"""What is made up says so, through all that is made of it, and in pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

from lccs_inputs.expressions import parse
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3_INPUTS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.level3 import classify
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.stack import stack_layers
from lccs_inputs.pictures.drawing import draw_contact_sheet, draw_layer
from lccs_inputs.products.align import align_product
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import SYNTHETIC
from lccs_inputs.sample.imaging import write_band
from small_rasters import area_of, grid_of

GRID = grid_of(8, 6)
AREA = area_of(GRID)
VEGETATION = DESCRIPTORS["vegetat_veg_cat"]
MAPPED = Grid("EPSG:2154", (10, 10), GRID.bounds)


def source_of(path: Path) -> str | None:
    with rasterio.open(path) as raster:
        text: str | None = raster.tags().get("SOURCE")
        return text


def delivered(folder: Path, *, made_up: bool) -> Path:
    """Imperviousness of 0 and 40 percent, of the sample or of a publisher."""
    path = folder / "IMD_2018.tif"
    density = np.where(np.indices(GRID.shape).sum(axis=0) % 2, 40, 0).astype(np.uint8)
    write_band(path, density, MAPPED, nodata=255)
    if not made_up:
        with rasterio.open(path, "r+") as raster:
            raster.update_tags(SOURCE="", TITLE="")
    return path


@pytest.mark.parametrize("made_up", [True, False])
def test_all_that_is_made_of_a_file_of_the_sample_says_so(made_up: bool, tmp_path: Path) -> None:
    product, aligned = PRODUCTS["IMD"], tmp_path / "aligned.tif"
    align_product(product, delivered(tmp_path, made_up=made_up), AREA, aligned, tmp_path / "work")
    with rasterio.open(aligned) as raster:
        tags = raster.tags()
    assert tags["SOURCE"] == (SYNTHETIC if made_up else product.source)
    assert tags["TITLE"] == product.title + (" (synthetic)" if made_up else "")

    layers = {}
    for name in LEVEL3_INPUTS:
        layers[name] = tmp_path / f"{name}.tif"
        bands = raster_bands({"imperviousness": aligned}, DESCRIPTORS)
        node = parse(name, "imperviousness >= 30")
        build_layer(
            DESCRIPTORS[name], node, bands, statistics={}, area=AREA, target=layers[name], tags={}
        )
    classify(layers, AREA, tmp_path / "level3.tif")
    stack_layers(layers, DESCRIPTORS, AREA, tmp_path / "stack.tif")
    made = [*layers.values(), tmp_path / "level3.tif", tmp_path / "stack.tif"]
    assert {source_of(path) for path in made} == {SYNTHETIC if made_up else None}


def heading(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("L"))[80:125]


@pytest.mark.parametrize("draw", ["layer", "sheet"])
def test_pictures_of_the_sample_say_so_in_their_heading(draw: str, tmp_path: Path) -> None:
    """As if it stood in the caption of a picture of something real."""
    codes = (np.indices(GRID.shape).sum(axis=0) % 2).astype(np.uint8)
    made_up, real = tmp_path / "made_up.tif", tmp_path / "real.tif"
    for path in (made_up, real):
        write_band(path, codes, GRID, nodata=255)
    with rasterio.open(real, "r+") as raster:
        raster.update_tags(SOURCE="")
    nameless = replace(VEGETATION, name="")
    pictures = {}
    for path, caption in ((made_up, "here"), (real, "here · synthetic sample"), (real, "here")):
        target = tmp_path / "picture.png"
        if draw == "layer":
            draw_layer(path, nameless, AREA, caption, target)
        else:
            table = {"": nameless}
            draw_contact_sheet({"": path}, table, None, None, AREA, caption, target)
        pictures[path, caption] = heading(target)
    assert np.array_equal(pictures[made_up, "here"], pictures[real, "here · synthetic sample"])
    assert not np.array_equal(pictures[made_up, "here"], pictures[real, "here"])
