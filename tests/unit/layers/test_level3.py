"""The level-3 map and its agreement with a truth."""

from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import ARTIFICIAL_WATER, LEVEL3, LEVEL3_INPUTS
from lccs_inputs.layers.level3 import Agreement, agreement, classify
from small_rasters import NODATA, area_of, grid_of, write_codes, write_layers


def _expected(veg: int, aqu: int, cult: int, urb: int) -> int:
    """The decision tree of le_lccs, spelt out for one pixel; undecided is nodata."""
    if NODATA in (veg, aqu):
        return NODATA
    if veg == 1:
        if cult == NODATA:
            return NODATA
        return {(0, 1): 111, (0, 0): 112, (1, 1): 123, (1, 0): 124}[aqu, cult]
    if aqu == 1:
        return 220
    return {1: 215, 0: 216, NODATA: NODATA}[urb]


def test_level_3_follows_the_decision_tree_for_every_combination(tmp_path: Path) -> None:
    combinations = list(product((0, 1, NODATA), repeat=4))
    grid = grid_of(len(combinations), 1)
    columns = zip(*combinations, strict=True)
    layers = write_layers(
        tmp_path, grid, {name: [codes] for name, codes in zip(LEVEL3_INPUTS, columns, strict=True)}
    )
    classify(layers, area_of(grid), tmp_path / "level3.tif")
    with rasterio.open(tmp_path / "level3.tif") as raster:
        assert raster.read(1)[0].tolist() == [_expected(*codes) for codes in combinations]
        assert raster.nodata == NODATA
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        colours = raster.colormap(1)
    for code, category in LEVEL3.items():
        assert colours[code][:3] == tuple(bytes.fromhex(category.colour[1:]))
    assert "A24 Natural Aquatic Vegetated" in (tmp_path / "level3.tif.aux.xml").read_text()


def test_without_an_artificial_layer_bare_dry_ground_is_undecided(tmp_path: Path) -> None:
    grid = grid_of(3, 1)
    layers = write_layers(
        tmp_path,
        grid,
        {"vegetat_veg_cat": [[1, 0, 0]], "aquatic_wat_cat": [[0, 1, 0]], "cultman_agr_cat": 0},
    )
    classify(layers, area_of(grid), tmp_path / "level3.tif")
    with rasterio.open(tmp_path / "level3.tif") as raster:
        assert raster.read(1).tolist() == [[112, 220, NODATA]]


@pytest.mark.parametrize(("artificial", "expected"), [(1, 227), (0, 228), (NODATA, 220)])
def test_water_is_artificial_natural_or_just_water(
    artificial: int, expected: int, tmp_path: Path
) -> None:
    """Nowhere else does the layer count, and nothing is undecided for the lack of it."""
    combinations = list(product((0, 1, NODATA), repeat=4))
    grid = grid_of(len(combinations), 1)
    columns = dict(zip(LEVEL3_INPUTS, zip(*combinations, strict=True), strict=True))
    layers = write_layers(
        tmp_path, grid, {**{name: [codes] for name, codes in columns.items()},
                         ARTIFICIAL_WATER: artificial},
    )  # fmt: skip
    classify(layers, area_of(grid), tmp_path / "level3.tif")
    without = [_expected(*codes) for codes in combinations]
    with rasterio.open(tmp_path / "level3.tif") as raster:
        assert raster.read(1)[0].tolist() == [expected if c == 220 else c for c in without]


def test_agreement_counts_undecided_as_wrong_and_leaves_unknown_truth_out(tmp_path: Path) -> None:
    grid = grid_of(6, 1)
    truth = write_codes(tmp_path / "truth.tif", grid, [[111, 111, 111, 220, 220, NODATA]])
    mapped = write_codes(tmp_path / "map.tif", grid, [[111, 112, NODATA, 220, 220, 220]])
    result = agreement(mapped, truth, area_of(grid))
    assert result.counts == {(111, 111): 1, (111, 112): 1, (111, NODATA): 1, (220, 220): 2}
    assert result.share == 3 / 5
    assert result.found(111) == 1 / 3
    assert (result.right(111), result.right(220)) == (1, 1)
    assert np.isnan(result.found(215))


def test_the_table_names_what_a_class_is_mistaken_for_the_commonest_first() -> None:
    counts = {(111, 111): 1, (111, 112): 1, (111, 216): 4, (111, NODATA): 2, (220, 216): 2}
    assert Agreement(counts).table().splitlines() == [
        "| Class | Pixels | Found | Right | Mistaken for |",
        "|---|---:|---:|---:|---|",
        "| 111 A11 Cultivated Terrestrial Vegetated | 8 | 12.5% | 100.0% "
        "| 216 4, undecided 2, 112 1 |",
        f"| 220 {LEVEL3[220].name} | 2 | 0.0% | nan% | 216 2 |",
        "| All | 10 | 10.0% | | |",
    ]


def test_agreement_wants_one_grid(tmp_path: Path) -> None:
    truth = write_codes(tmp_path / "truth.tif", grid_of(6, 2), 111)
    mapped = write_codes(tmp_path / "map.tif", grid_of(6, 1), 111)
    with pytest.raises(SourceError, match=r"truth\.tif: .*not on the grid"):
        agreement(mapped, truth, area_of(grid_of(6, 1)))


def test_agreement_is_that_of_the_area(tmp_path: Path) -> None:
    grid = grid_of(4, 1)
    left, bottom, right, top = grid.bounds
    half = area_of(grid, box(left, bottom, (left + right) / 2, top))
    truth = write_codes(tmp_path / "truth.tif", grid, 111)
    mapped = write_codes(tmp_path / "map.tif", grid, [[111, 111, 112, 112]])
    assert agreement(mapped, truth, half).counts == {(111, 111): 2}


def test_windows_are_classified_and_counted_where_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lccs_inputs.rasters.reading.WINDOW", 16)
    grid = grid_of(40, 33)
    draw = np.random.default_rng(3)
    layers = {name: draw.choice((0, 1, NODATA), grid.shape) for name in LEVEL3_INPUTS}
    classify(write_layers(tmp_path, grid, layers), area_of(grid), tmp_path / "level3.tif")
    expected = np.vectorize(_expected)(*(layers[name] for name in LEVEL3_INPUTS))
    with rasterio.open(tmp_path / "level3.tif") as raster:
        assert np.array_equal(raster.read(1), expected)
        assert (raster.descriptions, raster.tags()["title"]) == (("level3",), "LCCS level 3")
    codes = draw.choice((111, 112, 216), grid.shape)
    truth = write_codes(tmp_path / "truth.tif", grid, codes)
    assert agreement(tmp_path / "level3.tif", truth, area_of(grid)).counts == Counter(
        zip(codes.ravel().tolist(), expected.ravel().tolist(), strict=True)
    )
