"""The folder for le_lccs, read back by a stand-in that follows what is known of le_lccs."""

import json
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import rasterio
import yaml
from numpy.typing import NDArray

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.lccs import ARTIFICIAL_WATER, DESCRIPTORS, LE_LCCS, LEVEL3_INPUTS
from lccs_inputs.facts.level4 import LAYERS
from lccs_inputs.layers.handoff import HandOff, write_rasters
from lccs_inputs.layers.le_lccs import Difference, run, write_differences
from lccs_inputs.layers.level3 import classify
from lccs_inputs.layers.level4 import classify_level4
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import SYNTHETIC
from small_rasters import NODATA, area_of, grid_of, write_codes, write_layers
from standins import le_lccs

ALL = [*product((0, 1, NODATA), repeat=5)]
"""Every combination of the layers of level 3, artificial water last."""


def hand_over(layers: dict[str, Path], grid: Grid, folder: Path) -> Path:
    """The folder, with its configuration; the configuration's path."""
    write_rasters(layers, grid, folder, folder / "valid_mask.tif")
    hand_off = HandOff("shore", "2018", date(2018, 10, 31), tuple(layers))
    hand_off.write_texts(grid, folder / "le_lccs.yaml", folder / "README.txt")
    return folder / "le_lccs.yaml"


def layers_of_level3(folder: Path, grid: Grid, names: tuple[str, ...]) -> dict[str, Path]:
    columns = dict(zip(names, zip(*ALL, strict=True), strict=False))
    return write_layers(folder, grid, {name: [codes] for name, codes in columns.items()})


def theirs(configuration: Path) -> NDArray[np.uint8]:
    """The level 3 that le_lccs makes of the folder."""
    le_lccs.main(configuration)
    with rasterio.open(configuration.parent / "level3.tif") as raster:
        assert raster.descriptions == ("level3",)
        return raster.read(1)


def read(path: Path) -> NDArray[np.uint8]:
    with rasterio.open(path) as raster:
        return raster.read(1)


@pytest.mark.parametrize("names", [LEVEL3_INPUTS, (*LEVEL3_INPUTS, ARTIFICIAL_WATER)])
def test_le_lccs_says_what_we_say_wherever_the_mask_is_valid(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    grid = grid_of(len(ALL), 1)
    layers = layers_of_level3(tmp_path, grid, names)
    classify(layers, area_of(grid), tmp_path / "level3.tif")
    found = theirs(hand_over(layers, grid, tmp_path / "le_lccs"))
    ours, mask = read(tmp_path / "level3.tif"), read(tmp_path / "le_lccs/valid_mask.tif")
    assert set(np.unique(mask)) == {0, 2}, "nothing further is made that could be unknown"
    assert (found == ours)[mask == 2].all()
    differing = {(int(a), int(b)) for a, b in zip(ours[mask == 0], found[mask == 0], strict=True)}
    assert {a for a, _ in differing} == {NODATA, *([220] if ARTIFICIAL_WATER in names else [])}
    assert (NODATA, 216) in differing, "unknown ground is a class to le_lccs"


def test_water_of_unknown_origin_is_not_valid_where_a_layer_tells_the_origin(
    tmp_path: Path,
) -> None:
    grid = grid_of(3, 1)
    known = {"vegetat_veg_cat": 0, "aquatic_wat_cat": 1, "cultman_agr_cat": 0, "artific_urb_cat": 0}
    layers = write_layers(tmp_path, grid, {**known, ARTIFICIAL_WATER: [[1, 0, NODATA]]})
    found = theirs(hand_over(layers, grid, tmp_path / "le_lccs"))
    assert found.tolist() == [[227, 228, 228]]
    assert read(tmp_path / "le_lccs/valid_mask.tif").tolist() == [[2, 2, 0]]


def test_rasters_are_whole_numbers_without_nodata_and_0_where_unknown_or_outside(
    tmp_path: Path,
) -> None:
    grid = grid_of(4, 2)
    canopy, others = [[80, NODATA, 3, NODATA]] * 2, [[1, 1, 1, NODATA]] * 2
    layers = write_layers(tmp_path, grid, {**dict.fromkeys(LEVEL3_INPUTS, others),
                                           "canopyco_veg_con": canopy})  # fmt: skip
    hand_over(layers, grid, tmp_path / "le_lccs")
    assert read(tmp_path / "le_lccs/canopyco_veg_con.tif").tolist() == [[80, 0, 3, 0]] * 2
    assert read(tmp_path / "le_lccs/valid_mask.tif").tolist() == [[2, 1, 2, 0]] * 2
    for path in sorted((tmp_path / "le_lccs").glob("*.tif")):
        with rasterio.open(path) as raster:
            assert (raster.dtypes, raster.nodata) == (("uint8",), None)
            assert raster.descriptions == (path.stem,)
            assert raster.compression.name == "lzw"
            assert (raster.shape, raster.transform) == (grid.shape, grid.transform)


def test_level_4_of_le_lccs_is_ours_wherever_the_mask_is_2(tmp_path: Path) -> None:
    """Elsewhere it makes classes of 0: of ground that nobody looked at, sparsely vegetated."""
    grid, random = grid_of(300, 200), np.random.default_rng(7)
    layers = {name: random.choice([0, 0, 1, 1, NODATA], grid.shape) for name in LEVEL3_INPUTS}
    layers |= {
        "lifeform_veg_cat": random.choice([1, 2, 2, NODATA], grid.shape),
        "canopyco_veg_con": random.choice([0, 2, 4, 30, 65, NODATA], grid.shape),
        "canopyht_veg_con": random.choice([0, 5, NODATA], grid.shape),
        "waterstt_wat_cat": random.choice([1, 2, 3, NODATA], grid.shape),
        "waterper_wat_cin": random.choice([0, 2, 5, 8, 12, NODATA], grid.shape),
        "baregrad_phy_con": random.choice([0, 30, 90, NODATA], grid.shape),
    }
    files = write_layers(tmp_path, grid, layers)
    area, configuration = area_of(grid), hand_over(files, grid, tmp_path / "le_lccs")
    le_lccs.main(configuration)
    level3, level4 = tmp_path / "level3.tif", tmp_path / "level4.tif"
    classify(files, area, level3)
    further = {name: path for name, path in files.items() if name in LAYERS}
    classify_level4(level3, further, area, level4, tmp_path / "c.tif", tmp_path / "t.csv")
    mask = configuration.with_name("valid_mask.tif")
    found = Difference.between(4, level4, configuration.with_name("level4.tif"), mask, area)
    assert found.pairs == {}
    assert found.compared == (read(mask) == 2).sum() > 0.2 * read(mask).size
    ground = (read(mask) == 1) & (read(level3) == 216)
    with rasterio.open(configuration.with_name("level4.tif")) as raster:
        theirs_there = raster.read(raster.descriptions.index("level4") + 1)[ground]
    assert set(theirs_there.tolist()) == {95}
    assert set(read(level4)[ground].tolist()) == {94}


def test_a_difference_is_counted_by_pair_where_the_mask_trusts_it(tmp_path: Path) -> None:
    grid = grid_of(6, 1)
    ours = write_codes(tmp_path / "ours.tif", grid, [[111, 112, 112, 112, 216, 220]])
    theirs = write_codes(tmp_path / "level3.tif", grid, [[111, 216, 216, 111, 112, 220]])
    mask = write_codes(tmp_path / "mask.tif", grid, [[2, 2, 1, 1, 0, 1]])
    found = Difference.between(3, ours, theirs, mask, area_of(grid))
    assert (found.compared, found.pairs) == (5, {(112, 216): 2, (112, 111): 1})
    assert found.text().splitlines() == [
        "level 3: 3 of 5 px differ",
        "           2 px are 112 here and 216 by le_lccs",
        "           1 px are 112 here and 111 by le_lccs",
    ]
    write_differences([found], tmp_path / "d.json", tmp_path / "d.txt")
    (document,) = json.loads((tmp_path / "d.json").read_text())
    assert document["differing"][0] == {"here": 112, "le_lccs": 216, "pixels": 2}
    with pytest.raises(SourceError, match=r"level3\.tif: has no band level4"):
        Difference.between(4, ours, theirs, mask, area_of(grid))


def test_le_lccs_that_is_not_there_or_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"^le_lccs_odc\.py: is not on the PATH; install"):
        run(tmp_path / "le_lccs.yaml")
    program = tmp_path / LE_LCCS
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(InputError, match=r"le_lccs\.yaml: le_lccs_odc\.py failed on it"):
        run(tmp_path / "le_lccs.yaml")


def test_the_configuration_says_everything_that_a_real_one_says(tmp_path: Path) -> None:
    grid = Grid("EPSG:2154", (20, 20), (967_800, 6_585_300, 992_180, 6_597_780))
    names = [*LEVEL3_INPUTS, *(set(DESCRIPTORS) - set(LEVEL3_INPUTS))]
    text = HandOff("evian", "2018", date(2018, 10, 31), tuple(names)).configuration(grid)
    document = yaml.safe_load(text)
    assert document["extent"] == {
        "min_x": 967_800, "max_x": 992_180, "min_y": 6_585_300, "max_y": 6_597_780,
    }  # fmt: skip
    assert document["resolution"] == [20, -20]
    assert document["crs"] == "EPSG:2154"
    assert document["classification_time"] == date(2018, 10, 31)
    assert set(document) == {
        "classification_scheme", "processing_datetime", "producer", "product_family",
        "dataset_version", "collection_number", "platform", "instrument", "product_name",
        "region_code", "region_specific_lccs_code", "extent", "resolution", "crs",
        "classification_time", "Outputs", "L3layers", "L4layers",
    }  # fmt: skip
    assert set(document["L3layers"]) == {*LEVEL3_INPUTS, ARTIFICIAL_WATER}
    assert set(document["L4layers"]) == set(DESCRIPTORS) - {*LEVEL3_INPUTS, ARTIFICIAL_WATER}
    assert document["Outputs"]["level3_data"] == {
        "export_class": "gridded_export.LEExportGDAL", "output_file": "level3.tif",
        "variable_names_list": ["level3"],
    }  # fmt: skip
    assert document["Outputs"]["level4_data"]["exclude_variable_names_list"] == [
        "Red", "Green", "Blue", "Alpha",
    ]  # fmt: skip
    assert text.count(" 2018-10-31\n") == 2, "in full, without an alias"
    assert "/" not in text.replace("lccs-inputs", ""), "no path of a machine or a run"


def test_the_page_has_six_lines(tmp_path: Path) -> None:
    grid = grid_of(2, 1)
    layers = write_layers(tmp_path, grid, dict.fromkeys(LEVEL3_INPUTS, 1))
    hand_over(layers, grid, tmp_path / "le_lccs")
    page = (tmp_path / "le_lccs/README.txt").read_text()
    assert len(page.splitlines()) == 6
    assert page.startswith("Layers of shore, 2018")


def test_the_same_layers_give_the_same_bytes(tmp_path: Path) -> None:
    grid = grid_of(600, 300)
    noise = np.random.default_rng(0).integers(0, 2, grid.shape)
    layers = write_layers(tmp_path, grid, dict.fromkeys(LEVEL3_INPUTS, noise))
    for folder in ("first", "second"):
        hand_over(layers, grid, tmp_path / folder)
    names = [path.name for path in sorted((tmp_path / "first").iterdir())]
    assert len(names) == len(LEVEL3_INPUTS) + 3
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (
            (tmp_path / "second" / name).read_bytes()
        )


def test_what_is_made_of_the_sample_says_so(tmp_path: Path) -> None:
    grid = grid_of(2, 1)
    layers = {
        name: write_codes(tmp_path / f"{name}.tif", grid, 1, tags={"SOURCE": SYNTHETIC})
        for name in LEVEL3_INPUTS
    }
    hand_over(layers, grid, tmp_path / "le_lccs")
    for path in (tmp_path / "le_lccs").glob("*.tif"):
        with rasterio.open(path) as raster:
            assert raster.tags()["SOURCE"] == SYNTHETIC


def test_a_layer_off_the_grid_leaves_nothing_behind(tmp_path: Path) -> None:
    grid = grid_of(4, 2)
    layers = write_layers(tmp_path, grid, dict.fromkeys(LEVEL3_INPUTS, 1))
    write_codes(layers["aquatic_wat_cat"], grid_of(4, 2, top=6_500_010), 1)
    with pytest.raises(SourceError, match=r"aquatic_wat_cat\.tif: .*not on the grid"):
        hand_over(layers, grid, tmp_path / "le_lccs")
    assert not [*tmp_path.glob("le_lccs/*.tif")]
