"""Reading the values that the names of an expression stand for."""

from pathlib import Path

import numpy as np
import pytest
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.expressions import evaluate, parse, statistic_name
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.layers.sources import RasterBand, SourceReader, raster_bands
from lccs_inputs.layers.statistics import Statistics
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.rasters.writing import create_raster
from small_rasters import grid_of, write_codes

GRID = grid_of(6, 4)
WHOLE = Window(0, 0, 6, 4)


def _mosaic(folder: Path) -> Path:
    """A scene set of two blocks: red runs over all hundredths, one pixel is nodata."""
    stored = np.arange(24, dtype=np.int16).reshape(4, 6) * 1000 - 9000
    stored[3, 5] = -32768
    blocks = []
    for col in (0, 3):
        blocks.append(folder / f"{col}.tif")
        with create_raster(
            blocks[-1],
            GRID.subgrid(col, 0, 3, 4),
            ["red", "clear_count"],
            "int16",
            -32768,
            scales=[1e-4, 1],
        ) as raster:
            raster.write(stored[:, col : col + 3], 1)
            raster.write(np.full((4, 3), 12, np.int16), 2)
    build_vrt(folder / "mosaic.vrt", blocks, GRID)
    return folder / "mosaic.vrt"


def test_a_scene_band_is_found_by_name_and_read_in_physical_units(tmp_path: Path) -> None:
    mosaic = str(_mosaic(tmp_path))
    bands = raster_bands({"s2.red": mosaic, "s2.clear_count": mosaic}, DESCRIPTORS)
    with SourceReader(bands, GRID) as reader:
        values = reader.read(WHOLE)
    red, count = values["s2.red"], values["s2.clear_count"]
    assert red.data.dtype == np.float64
    assert not red.valid[3, 5]
    assert red.valid.sum() == 23
    # exactly the literals of an expression: 4000 × 1e-4 would be 0.4000000000000001
    assert red.data[2, 1] == 0.4
    assert red.data.ravel()[:23].tolist() == [float(f"{n / 10:.1f}") for n in range(-9, 14)]
    assert (count.data == 12).all()


def test_a_ratio_of_stored_bands_meets_a_threshold_exactly(tmp_path: Path) -> None:
    path, grid, factors = tmp_path / "scenes.tif", grid_of(1999, 1), np.arange(1, 2000)
    bands = ["red", "nir"]
    with create_raster(path, grid, bands, "int16", -32768, scales=[1e-4, 1e-4]) as raster:
        raster.write(np.stack([3 * factors, 7 * factors])[:, None].astype(np.int16))
    node = parse("x", "(s2.nir - s2.red) / (s2.nir + s2.red) >= 0.4")
    with SourceReader(
        {f"s2.{band}": RasterBand(path, None, band) for band in bands}, grid
    ) as reader:
        assert reader.evaluate(node, Window(0, 0, 1999, 1), {}).data.all()


def test_a_window_is_the_same_part_of_the_whole(tmp_path: Path) -> None:
    bands = raster_bands({"s2.red": str(_mosaic(tmp_path))}, DESCRIPTORS)
    with SourceReader(bands, GRID) as reader:
        whole = reader.read(WHOLE)["s2.red"]
        part = reader.read(Window(2, 1, 3, 2))["s2.red"]
    assert (part.data == whole.data[1:3, 2:5]).all()
    assert part.valid.all()


@pytest.mark.parametrize("window", [Window(0, 0, 2, 2), Window(2, 1, 2, 2), Window(4, 3, 2, 1)])
def test_focal_functions_look_beyond_the_window_to_the_edge_of_the_grid(
    window: Window, tmp_path: Path
) -> None:
    bands = raster_bands({"s2.red": str(_mosaic(tmp_path))}, DESCRIPTORS)
    node = parse("x", "focal_median(focal_mean(s2.red, 3), 3) - area_min(s2.red)")
    statistics = {statistic_name(parse("x", "s2.red")): Statistics(minimum=-0.9)}
    with SourceReader(bands, GRID) as reader:
        whole = evaluate(node, reader.read(WHOLE), statistics)
        part = reader.evaluate(node, window, statistics)
    inner = window.toslices()
    assert (part.data == whole.data[inner]).all()
    assert (part.valid == whole.valid[inner]).all()


def test_an_expression_without_names_has_no_shape() -> None:
    with SourceReader({}, GRID) as reader:
        assert reader.evaluate(parse("x", "focal_mean(2, 3)"), Window(2, 1, 3, 2), {}).data == 2


def test_a_product_gives_codes_and_a_binary_layer_a_condition(tmp_path: Path) -> None:
    codes = np.array([[0, 1, 2, 254, 255, 100]] * 4)
    for name in ("aligned", "aquatic_wat_cat", "canopyco_veg_con"):
        write_codes(tmp_path / f"{name}.tif", GRID, codes)
    rasters = {
        "imperviousness": "aligned",
        "layers.aquatic_wat_cat": "aquatic_wat_cat",
        "layers.canopyco_veg_con": "canopyco_veg_con",
    }
    bands = raster_bands(
        {name: f"{tmp_path}/{stem}.tif" for name, stem in rasters.items()}, DESCRIPTORS
    )
    with SourceReader(bands, GRID) as reader:
        values = reader.read(WHOLE)
    for value in values.values():
        assert value.valid[0].tolist() == [True, True, True, True, False, True]
    assert values["imperviousness"].data[0, [0, 1, 2, 3, 5]].tolist() == [0, 1, 2, 254, 100]
    assert values["layers.canopyco_veg_con"].data.dtype == np.float64
    water = values["layers.aquatic_wat_cat"]
    assert water.data.dtype == bool
    assert water.data[0].tolist() == [False, True, False, False, False, False]


def test_an_unknown_band_names_those_that_exist(tmp_path: Path) -> None:
    bands = raster_bands({"s2.nir": str(_mosaic(tmp_path))}, DESCRIPTORS)
    with (
        pytest.raises(SourceError, match=r"no band 'nir' for s2\.nir \(it has red, clear_count\)"),
        SourceReader(bands, GRID),
    ):
        pass


@pytest.mark.parametrize("grid", [grid_of(6, 5), grid_of(6, 4, left=900_010)])
def test_a_source_off_the_grid_is_refused(grid: Grid, tmp_path: Path) -> None:
    path = write_codes(tmp_path / "a.tif", grid, 1)
    with (
        pytest.raises(SourceError, match="not on the grid of the area"),
        SourceReader({"a": RasterBand(path, 1)}, GRID),
    ):
        pass


def test_a_damaged_source_is_named(tmp_path: Path) -> None:
    grid = grid_of(600, 600)
    path = tmp_path / "a.tif"
    write_codes(path, grid, np.random.default_rng(0).integers(0, 9, grid.shape))
    path.write_bytes(path.read_bytes()[:-20_000])
    with (
        SourceReader({"a": RasterBand(path, 1)}, grid) as reader,
        pytest.raises(SourceError, match=r"a\.tif: cannot be read .*delete it"),
    ):
        reader.read(Window(0, 0, 600, 600))
