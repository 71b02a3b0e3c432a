"""Building a layer from its expression."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from shapely import box

from lccs_inputs.errors import InputError
from lccs_inputs.expressions import parse, statistic_name, statistics_of
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.sources import RasterBand
from lccs_inputs.layers.statistics import Statistics, compute_statistics
from lccs_inputs.patches.limits import PatchLimits
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from small_rasters import NODATA, area_of, grid_of, write_codes

LIFE_FORM = DESCRIPTORS["lifeform_veg_cat"]


def _build(
    layer: str,
    expression: str,
    area: Area,
    bands: Mapping[str, RasterBand],
    target: Path,
    *,
    statistics: Mapping[str, Any] | None = None,
    patches: PatchLimits | None = None,
) -> NDArray[np.uint8]:
    build_layer(
        DESCRIPTORS[layer],
        parse(f"layers.{layer}", expression),
        bands,
        statistics=statistics or {},
        area=area,
        target=target,
        tags={"method": "tested", "fingerprint": "0123"},
        patches=patches,
    )
    with rasterio.open(target) as raster:
        codes: NDArray[np.uint8] = raster.read(1)
    return codes


def _codes(folder: Path, grid: Grid, **rasters: Any) -> dict[str, RasterBand]:
    return {
        name: RasterBand(write_codes(folder / "sources" / f"{name}.tif", grid, codes), 1)
        for name, codes in rasters.items()
    }


def test_a_condition_becomes_one_and_zero_and_nodata(tmp_path: Path) -> None:
    grid = grid_of(4, 1)
    bands = _codes(tmp_path, grid, cover=[[0, 39, 40, NODATA]])
    codes = _build("vegetat_veg_cat", "cover >= 40", area_of(grid), bands, tmp_path / "a.tif")
    assert codes.tolist() == [[0, 0, 1, NODATA]]


def test_a_lake_without_tree_cover_stays_water(tmp_path: Path) -> None:
    """What is certainly not vegetated needs no tree cover to be known (Kleene)."""
    grid = grid_of(4, 1)
    bands = _codes(tmp_path, grid, tree_cover=[[NODATA, NODATA, 80, 5]], land=[[0, 1, 1, NODATA]])
    codes = _build(
        "vegetat_veg_cat", "land == 1 and tree_cover > 10", area_of(grid), bands, tmp_path / "a.tif"
    )
    assert codes.tolist() == [[0, NODATA, 1, 0]]


def test_pixels_outside_the_area_are_nodata_even_where_the_answer_is_known(tmp_path: Path) -> None:
    grid = grid_of(3, 2)
    left, bottom, right, top = grid.bounds
    area = area_of(grid, box(left, bottom, right - 10, top))
    codes = _build("vegetat_veg_cat", "1 >= 0", area, {}, tmp_path / "a.tif")
    assert codes.tolist() == [[1, 1, NODATA]] * 2


def test_percentages_are_rounded_half_to_even(tmp_path: Path) -> None:
    grid = grid_of(4, 1)
    bands = _codes(tmp_path, grid, cover=[[1, 3, 5, 100]])
    codes = _build("canopyco_veg_con", "cover / 2", area_of(grid), bands, tmp_path / "a.tif")
    assert codes.tolist() == [[0, 2, 2, 50]]


@pytest.mark.parametrize("expression", ["cover * 3", "0 - cover", "cover + 155"])
def test_a_number_that_no_layer_can_hold_is_refused_not_clipped(
    expression: str, tmp_path: Path
) -> None:
    grid = grid_of(2, 2)
    bands = _codes(tmp_path, grid, cover=[[100, 0], [NODATA, 1]])
    with pytest.raises(InputError, match=r"layers\.canopyco_veg_con: .*; scale it"):
        _build("canopyco_veg_con", expression, area_of(grid), bands, tmp_path / "a.tif")
    assert [path.name for path in tmp_path.iterdir()] == ["sources"]


def test_254_is_the_largest_code_and_minus_a_half_still_zero(tmp_path: Path) -> None:
    grid = grid_of(2, 1)
    bands = _codes(tmp_path, grid, cover=[[0, 2]])
    codes = _build(
        "canopyco_veg_con", "cover * 127.2 - 0.5", area_of(grid), bands, tmp_path / "a.tif"
    )
    assert codes.tolist() == [[0, 254]]


def test_a_threshold_on_a_scene_band_is_met_exactly(tmp_path: Path) -> None:
    grid = grid_of(3, 1)
    with create_raster(
        tmp_path / "m.tif", grid, ["ndvi_max"], "int16", -32768, scales=[1e-4]
    ) as raster:
        raster.write(np.array([[3999, 4000, 4001]], np.int16), 1)
    bands = {"s2.ndvi_max": RasterBand(tmp_path / "m.tif", None, "ndvi_max")}
    codes = _build(
        "vegetat_veg_cat", "s2.ndvi_max >= 0.4", area_of(grid), bands, tmp_path / "a.tif"
    )
    assert codes.tolist() == [[0, 1, 1]]


def test_area_statistics_are_those_of_the_whole_area(tmp_path: Path) -> None:
    grid = grid_of(4, 1)
    area = area_of(grid)
    bands = _codes(tmp_path, grid, cover=[[20, 40, 60, NODATA]])
    expression = "(cover - area_min(cover)) / (area_max(cover) - area_min(cover)) >= 0.5"
    argument = statistics_of(parse("test", expression))[0].argument
    compute_statistics(argument, bands, area, tmp_path / "s.json")
    statistics = {statistic_name(argument): Statistics.read(tmp_path / "s.json")}
    codes = _build(
        "vegetat_veg_cat", expression, area, bands, tmp_path / "a.tif", statistics=statistics
    )
    assert codes.tolist() == [[0, 1, 1, NODATA]]


def test_a_layer_is_a_cog_that_says_what_it_is(tmp_path: Path) -> None:
    grid = grid_of(1100, 600)
    bands = _codes(tmp_path, grid, cover=1)
    _build("lifeform_veg_cat", "where(cover==1, 1, 2)", area_of(grid), bands, tmp_path / "a.tif")
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.overviews(1)
        assert (raster.dtypes, raster.nodata) == (("uint8",), NODATA)
        assert (raster.shape, raster.transform) == (grid.shape, grid.transform)
        assert raster.descriptions == ("lifeform_veg_cat",)
        colour = bytes.fromhex(LIFE_FORM.codes[2].colour[1:])
        assert raster.colormap(1)[2] == (*colour, 255)
        tags = {key: raster.tags()[key] for key in ("title", "units", "method", "fingerprint")}
        assert tags == {
            "title": "Life form",
            "units": "1",
            "method": "tested",
            "fingerprint": "0123",
        }
        assert raster.tags()["expression"] == "where(cover == 1, 1, 2)"
    assert "<Category>woody</Category>" in (tmp_path / "a.tif.aux.xml").read_text()


def test_overviews_average_measures_and_keep_codes_whole(tmp_path: Path) -> None:
    grid = grid_of(1024, 1024)
    mixed = np.tile([[10, 10], [10, 70]], (512, 512))
    bands = _codes(tmp_path, grid, cover=mixed)
    for layer, expression, expected in (
        ("canopyco_veg_con", "cover", 25),
        ("waterper_wat_cin", "where(cover > 50, 9, 1)", 3),
        ("lifeform_veg_cat", "where(cover > 50, 9, 2)", 2),
    ):
        _build(layer, expression, area_of(grid), bands, tmp_path / "a.tif")
        with rasterio.open(tmp_path / "a.tif", overview_level=0) as overview:
            assert (overview.read(1) == expected).all(), layer


def test_a_layer_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    grid = grid_of(600, 600)
    noise = np.random.default_rng(1).integers(0, 101, grid.shape)
    bands = _codes(tmp_path, grid, cover=noise)
    for name in ("one", "two"):
        target = tmp_path / name / "a.tif"
        _build("vegetat_veg_cat", "cover > 40", area_of(grid), bands, target)
    one, two = ((tmp_path / name / "a.tif").read_bytes() for name in ("one", "two"))
    assert one == two


def test_overlapping_areas_agree_and_windows_leave_no_seam(tmp_path: Path) -> None:
    """A grid that straddles the anchored 2048 px lattice both ways."""
    edge = 2048 * 10 * 40
    grid = grid_of(60, 60, left=edge - 300, top=edge + 300)
    noise = np.random.default_rng(2).integers(0, 101, grid.shape)
    whole = _build(
        "vegetat_veg_cat",
        "cover > 40",
        area_of(grid),
        _codes(tmp_path, grid, cover=noise),
        tmp_path / "a.tif",
    )
    assert (whole == (noise > 40)).all()
    part = grid.subgrid(17, 23, 40, 30)
    other = _build(
        "vegetat_veg_cat",
        "cover > 40",
        area_of(part),
        _codes(tmp_path / "part", part, cover=noise[23:53, 17:57]),
        tmp_path / "part" / "a.tif",
    )
    assert (other == whole[23:53, 17:57]).all()


def test_focal_functions_leave_no_seam_between_windows(tmp_path: Path) -> None:
    edge = 2048 * 10 * 40
    grid = grid_of(60, 60, left=edge - 300, top=edge + 300)
    noise = np.random.default_rng(2).integers(0, 101, grid.shape)
    cover = _codes(tmp_path, grid, cover=noise)
    layer = _build(
        "vegetat_veg_cat", "focal_median(cover, 5) > 50", area_of(grid), cover, tmp_path / "a.tif"
    )
    inner = (slice(2, -2), slice(2, -2))
    assert (layer[inner] == (median_filter(noise, 5) > 50)[inner]).all()


def test_small_patches_and_holes_go_after_the_expression_nodata_stays(tmp_path: Path) -> None:
    edge = 2048 * 10 * 40
    grid = grid_of(2000, 60, left=edge - 10_000, top=edge + 300)
    cover = np.zeros(grid.shape, np.uint8)
    cover[10:40, 900:1100] = 80  # across the windows the layer is made in, and those it is cleaned
    cover[29:32, 999:1002] = 0
    cover[5, 1023:1025] = cover[50, 7] = 80
    cover[20:25, 950:960] = NODATA
    expected = np.where(cover == NODATA, NODATA, 0)
    expected[10:40, 900:1100][cover[10:40, 900:1100] != NODATA] = 1
    target = tmp_path / "a.tif"
    codes = _build(
        "vegetat_veg_cat",
        "cover >= 40",
        area_of(grid),
        _codes(tmp_path, grid, cover=cover),
        target,
        patches=PatchLimits(3, 10, 8),
    )
    assert (codes == expected).all()
    with rasterio.open(target) as raster:
        assert raster.tags()["patches"] == "of 1 at least 3 px, of 0 at least 10 px, 8-connected"
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"sources", "a.tif", "a.tif.aux.xml"}


def test_a_failure_leaves_nothing_of_the_uncleaned_layer_behind(tmp_path: Path) -> None:
    grid = grid_of(2, 2)
    bands = _codes(tmp_path, grid, cover=200)
    patches = PatchLimits(3, 0, 8)
    with pytest.raises(InputError, match="scale it"):
        _build(
            "canopyco_veg_con",
            "cover * 2",
            area_of(grid),
            bands,
            tmp_path / "a.tif",
            patches=patches,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["sources"]
