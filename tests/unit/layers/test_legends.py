"""Maps in legends of others and their hectares, from the codes of level 4."""

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.config import read_legend
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.legend import class_of
from lccs_inputs.facts.level4 import Level4
from lccs_inputs.layers.legends import translate
from lccs_inputs.layers.level4 import classify_level4
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.true_area import true_hectares
from small_rasters import NODATA, area_of, grid_of, write_layers

MADE = ("lifeform_veg_cat", "canopyco_veg_con", "waterstt_wat_cat")


def coded(folder: Path, area: Area, **values: object) -> Path:
    """The codes of level 4 of some layers."""
    files = write_layers(folder, area.grid, values)  # type: ignore[arg-type]
    codes = folder / "codes.tif"
    classify_level4(files.pop("level3"), files, area, folder / "l4.tif", codes, folder / "l4.csv")
    return codes


def rows(table: Path) -> dict[int, dict[str, str]]:
    return {int(row["code"]): row for row in csv.DictReader(table.read_text().splitlines())}


@pytest.mark.parametrize("name", ["maes", "ipcc", "esa-cci", "fao"])
def test_the_map_and_its_hectares_are_those_of_a_replay(name: str, tmp_path: Path) -> None:
    grid, random = grid_of(60, 40), np.random.default_rng(3)
    left, bottom, right, top = grid.bounds
    area = area_of(grid, box(left, bottom, right - 100, top))
    codes = coded(
        tmp_path, area,
        level3=random.choice([111, 112, 123, 124, 215, 216, 220, NODATA], grid.shape),
        lifeform_veg_cat=random.choice([1, 2, 4, NODATA], grid.shape),
        canopyco_veg_con=random.choice([0, 3, 50, 90, NODATA], grid.shape),
        waterstt_wat_cat=random.choice([1, 3, NODATA], grid.shape),
    )  # fmt: skip
    legend = read_legend(name)
    rows_of = legend.parsed
    translate(codes, legend, MADE, area, tmp_path / "map.tif", tmp_path / "map.csv")
    with rasterio.open(codes) as raster:
        source = raster.read(1)
    with rasterio.open(tmp_path / "map.tif") as raster:
        found = raster.read(1)
        assert (raster.dtypes, raster.nodata) == (("uint8",), NODATA)
        assert raster.tags()["title"] == legend.title
        assert raster.tags()["legend"] == legend.source
        for code, entry in legend.classes.items():
            assert raster.colormap(1)[code][:3] == tuple(bytes.fromhex(entry.colour[1:]))
    expected = np.full(grid.shape, NODATA)
    for row in range(grid.height):
        for col in range(grid.width):
            if source[row, col]:
                kind = Level4.of_code(int(source[row, col]))
                expected[row, col] = class_of(kind, rows_of)
    assert np.array_equal(found, expected)
    inside, hectares, table = area.mask(grid), true_hectares(grid), rows(tmp_path / "map.csv")
    assert set(legend.classes) <= set(table) <= {*legend.classes, 0, 255}
    for code, row in table.items():
        there = inside & (found == code)
        if row["pixels"]:
            assert int(row["pixels"]) == there.sum()
            assert float(row["hectares"]) == pytest.approx(hectares[there].sum(), abs=6e-5)
        else:
            assert there.sum() == 0
            assert row["note"]
    assert sum(int(row["pixels"] or 0) for row in table.values()) == inside.sum()


def test_a_class_that_no_layer_could_tell_has_no_hectares_but_a_reason(tmp_path: Path) -> None:
    area = area_of(grid_of(4, 1))
    codes = coded(tmp_path, area, level3=112, lifeform_veg_cat=[[1, 2, 2, NODATA]])
    made = ["lifeform_veg_cat"]
    target, table = tmp_path / "map.tif", tmp_path / "map.csv"
    translate(codes, read_legend("esa-cci"), made, area, target, table)
    found = rows(table)
    assert found[60]["pixels"] == found[60]["hectares"] == ""
    assert found[60]["note"] == "not made, and needed: leaftype_veg_cat, phenolog_veg_cat"
    assert (found[130]["pixels"], found[130]["note"]) == ("2", "")
    assert (found[0]["pixels"], found[0]["name"]) == ("1", "in no class of the legend")
    assert (found[255]["pixels"], found[255]["name"]) == ("1", "not known")


def test_codes_off_the_grid_are_refused(tmp_path: Path) -> None:
    codes = coded(tmp_path, area_of(grid_of(4, 2)), level3=215)
    area = area_of(grid_of(4, 3))
    with pytest.raises(SourceError, match=r"codes\.tif: .*not on the grid"):
        translate(codes, read_legend("maes"), (), area, tmp_path / "m.tif", tmp_path / "m.csv")
    assert not (tmp_path / "m.tif").exists()
