"""Styles and projects for QGIS, read by QGIS."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.confidence.score import BANDS
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, Category
from lccs_inputs.facts.legend import Legend
from lccs_inputs.formats.qgis import write_qgis
from lccs_inputs.formats.rasters import Rasters
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.rasters.writing import create_cog, create_quick_cog, create_raster
from lccs_inputs.workflow.requests.formats import FormatRequest
from qgis_reader import opened
from small_rasters import grid_of, write_codes

VEG, CANOPY = "vegetat_veg_cat", "canopyco_veg_con"
GRID = grid_of(40, 20)
OTHER = Legend("simple", "Simple", "nobody", {7: Category("wood", "#00ff00")}, {"A12": 7})
NDVI = Image("ndvi", "NDVI", "1", (0, 1), ("#ffffff", "#808080", "#000000"), 10_000)
COLOURS = Image("true_colour", "True colour", "1", (0, 0.18), (), None)
REQUEST = FormatRequest(
    descriptors=[], images=[NDVI.to_dict(), COLOURS.to_dict()], legends=[OTHER.to_dict()],
    methods={VEG: {1: "ndvi", 2: "evi"}}, start="2018-05-01", end="2018-10-31",
    true_colours=(0, 0.18),
)  # fmt: skip


def _confidence(folder: Path, grid: Grid = GRID) -> dict[str, Path]:
    maps = {name: folder / f"2018/confidence/{name}.tif" for name in (VEG, "level3")}
    for path in maps.values():
        bands, scales = [*BANDS], [*BANDS.values()]
        with create_quick_cog(path, grid, bands, "uint8", 255, scales=scales, tags={}) as raster:
            raster.write(np.full((len(bands), *grid.shape), 80, np.uint8))
    return maps


def _write(folder: Path, title: str, project: Path, grid: Grid = GRID) -> None:
    rasters, mosaic = _rasters(folder, grid)
    write_qgis(title, grid, REQUEST, rasters, _confidence(folder, grid), mosaic, project)


def _rasters(folder: Path, grid: Grid = GRID) -> tuple[Rasters, Path]:
    names = (VEG, CANOPY)
    layers = {name: write_codes(folder / f"2018/layers/{name}.tif", grid, 1) for name in names}
    methods = {VEG: write_codes(folder / f"2018/methods/{VEG}.tif", grid, 2)}
    level3 = write_codes(folder / "2018/stack/level3.tif", grid, 112)
    level4 = write_codes(folder / "2018/stack/level4.tif", grid, 1)
    legends = {OTHER.name: write_codes(folder / "2018/legends/simple.tif", grid, 7)}
    validity = write_codes(folder / "2018/stack/validity.tif", grid, 1)
    coherence = write_codes(folder / "2018/checks/coherence.tif", grid, 0)
    ndvi, colours = (folder / f"2018/images/{name}.tif" for name in ("ndvi", "true_colour"))
    with create_raster(ndvi, grid, ["ndvi"], "int16", -32768, scales=[1e-4]) as raster:
        raster.write(np.full(grid.shape, 2500, np.int16), 1)
    bands = ["red", "green", "blue"]
    with create_cog(colours, grid, bands, "uint8", 0, true_colours=True) as raster:
        raster.write(np.full((3, *grid.shape), 99, np.uint8))
    block = folder / "sources/block.tif"
    scales = [1e-4] * 4
    with create_raster(
        block, grid, [*reversed(bands), "nir"], "int16", -1, scales=scales
    ) as raster:
        for index, number in enumerate((300, 200, 100, 50), start=1):
            raster.write(np.full(grid.shape, number, np.int16), index)
    build_vrt(folder / "sources/mosaic.vrt", [block], grid)
    images, mosaic = {"ndvi": ndvi, "true_colour": colours}, folder / "sources/mosaic.vrt"
    found = Rasters(layers, methods, level3, level4, legends, validity, coherence, images)
    return found, mosaic


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The folder of a period with its project, `2018/lccs.qgz`."""
    _write(tmp_path, "here 2018", tmp_path / "2018/lccs.qgz")
    return tmp_path


def test_every_layer_of_the_project_is_valid_and_in_its_group(made: Path) -> None:
    found = opened(made / "2018/lccs.qgz")
    assert found["read"]
    assert found["crs"] == "EPSG:2154"
    assert found["groups"] == {
        "Land cover": [
            ["lccs_level3", True],
            ["lccs_level4", False],
            ["lccs_legend_simple", False],
        ],
        "Descriptors": [[f"lccs_{VEG}", False], [f"lccs_{CANOPY}", False]],
        "Methods": [[f"lccs_{VEG}_method", False]],
        "Confidence": [["lccs_level3_confidence", False], [f"lccs_{VEG}_confidence", False]],
        "Images": [["lccs_image_ndvi", False], ["lccs_image_true_colour", False]],
        "Imagery": [["lccs_true_colour", True]],
        "Checks": [["lccs_coherence", False]],
    }
    layers = found["layers"]
    assert layers.keys() == {key for group in found["groups"].values() for key, _ in group}
    assert all(layer["valid"] and layer["crs"] == "EPSG:2154" for layer in layers.values())


def test_codes_have_their_names_and_colours_and_measures_a_ramp(made: Path) -> None:
    layers = opened(made / "2018/lccs.qgz")["layers"]
    level3 = layers["lccs_level3"]
    assert level3["renderer"] == "paletted"
    assert level3["legend"] == [[entry.name, entry.colour] for entry in LEVEL3.values()]
    assert ["wood", "#00ff00"] in layers["lccs_legend_simple"]["legend"]
    assert [name for name, _ in layers[f"lccs_{VEG}_method"]["legend"]] == ["ndvi", "evi"]
    canopy, ramp = layers[f"lccs_{CANOPY}"], DESCRIPTORS[CANOPY].ramp
    assert canopy["renderer"] == "singlebandpseudocolor"
    assert [name for name, _ in canopy["legend"]] == [f"{20 * at} %" for at in range(6)]
    assert [colour for _, colour in canopy["legend"]] == [*ramp]
    ndvi = layers["lccs_image_ndvi"]
    assert ndvi["legend"] == [["0", "#ffffff"], ["0.5", "#808080"], ["1", "#000000"]]
    assert ndvi["centre"] == 0.25, "in the unit of the ramp"
    sure = layers["lccs_level3_confidence"]
    assert (sure["renderer"], sure["bands"]) == ("singlebandpseudocolor", [1])
    assert [sure["legend"][at][0] for at in (0, -1)] == ["0", "1"]
    assert sure["centre"] == 0.8, "as the scale has it"


def test_true_colours_are_red_green_and_blue(made: Path) -> None:
    layers = opened(made / "2018/lccs.qgz")["layers"]
    mosaic = layers["lccs_true_colour"]
    assert mosaic["renderer"] == "multibandcolor"
    assert mosaic["limits"] == [[0, 0.18], [0, 0.18]]
    assert mosaic["centre"] == pytest.approx(0.01), "the red"
    assert layers["lccs_image_true_colour"]["limits"] == [[1, 255], [1, 255]]


def test_a_raster_that_is_opened_by_itself_is_drawn_as_in_the_project(made: Path) -> None:
    period, mosaic = made / "2018", made / "sources/mosaic.vrt"
    files = [
        period / f"layers/{CANOPY}.tif", period / f"layers/{VEG}.tif", period / "stack/level3.tif",
        period / "images/ndvi.tif",
    ]  # fmt: skip
    project = opened(period / "lccs.qgz")["layers"]
    found = opened(None, [*files, mosaic])["rasters"]
    keys = (f"lccs_{CANOPY}", f"lccs_{VEG}", "lccs_level3", "lccs_image_ndvi")
    assert [found[str(file)] for file in files] == [project[key] for key in keys]
    assert found[str(mosaic)]["renderer"] == "multibandcolor"
    with rasterio.open(mosaic) as raster:
        shown = [raster.descriptions[band - 1] for band in found[str(mosaic)]["bands"]]
    assert shown == ["red", "green", "blue"]


def test_a_project_that_is_moved_with_its_rasters_is_still_whole(
    made: Path, tmp_path: Path
) -> None:
    moved = made.rename(tmp_path.parent / f"{tmp_path.name}_moved")
    layers = opened(moved / "2018/lccs.qgz")["layers"]
    assert len(layers) == 12
    assert all(layer["valid"] for layer in layers.values())


def test_the_same_content_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    def written() -> dict[str, bytes]:
        files = [made / "2018/lccs.qgz", *made.rglob("*.qml")]
        return {file.name: file.read_bytes() for file in files}

    first = written()
    assert len(first) == 8
    for name in first:
        next(made.rglob(name)).unlink()
    _write(tmp_path, "here 2018", tmp_path / "2018/lccs.qgz")
    assert written() == first


def test_a_project_in_a_crs_without_a_code_lies_there_too(tmp_path: Path) -> None:
    own = "+proj=laea +lat_0=45 +lon_0=4 +datum=WGS84 +units=m"
    grid, project = Grid(own, (10, 10), (0, 0, 400, 200)), tmp_path / "2018/lccs.qgz"
    _write(tmp_path, "here", project, grid)
    found = opened(project)
    assert found["read"]
    assert all(layer["valid"] for layer in found["layers"].values())
