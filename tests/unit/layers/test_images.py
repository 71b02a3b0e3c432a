"""Continuous images: their pixels from the bands, how they are stored, and their bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from shapely import box

from lccs_inputs.expressions import parse
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.sensors import SCENE_NODATA
from lccs_inputs.layers.checks import CheckSettings, ValidShare
from lccs_inputs.layers.image_checks import run_image_checks
from lccs_inputs.layers.images import build_image
from lccs_inputs.layers.sources import RasterBand, raster_bands
from lccs_inputs.layers.statistics import Statistics, compute_statistics
from lccs_inputs.plan import Plan
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.images import ImageRecipe
from small_rasters import area_of, grid_of

BASE = Path(__file__).parents[3] / "config.yaml"
GREY = ("#000000", "#ffffff")
NDVI = Image("ndvi", "NDVI", "1", (0, 1), GREY, 10_000)
BANDS = {
    "blue": [300, 450, 200, 1000, SCENE_NODATA],
    "green": [500, 700, 400, 1200, 500],
    "red": [400, 1000, 100, -20, 400],
    "nir": [3000, 1500, 20, 0, 3000],
    "swir16": [1500, 2500, 10, 5, 1500],
}
"""Stored reflectance of five pixels: plants, soil, water, deep water below 0, blue missing."""


def write_mosaic(path: Path, grid: Grid, bands: Mapping[str, Any], scale: float = 1e-4) -> Path:
    scales = [scale] * len(bands)
    with create_raster(path, grid, [*bands], "int16", SCENE_NODATA, scales=scales) as raster:
        for index, values in enumerate(bands.values(), start=1):
            raster.write(np.broadcast_to(np.asarray(values, np.int16), grid.shape), index)
    return path


def build(
    folder: Path, image: str | dict[str, Any], bands: Mapping[str, Any], area: Area
) -> tuple[Path, Image]:
    """An image of the default config over a mosaic of the default scene set."""
    plan = Plan.from_files(BASE, [], {"images": [image]})
    name = image if isinstance(image, str) else image["name"]
    recipe = ImageRecipe.from_dict(
        plan.images.recipe(Place(area="evian", period="2018", image=name))
    )
    mosaic = write_mosaic(folder / "mosaic.tif", area.grid, bands)
    leaves = raster_bands(dict.fromkeys(recipe.leaves, mosaic), {})
    nodes = {band: parse("images", text) for band, text in recipe.expressions.items()}
    statistics = {}
    for name_of in recipe.statistics:
        asked = plan.layers.statistic_recipe(Place(area="evian", period="2018", statistic=name_of))
        argument = parse("images", asked["expression"])
        sources = raster_bands(dict.fromkeys(asked["leaves"], mosaic), {})
        compute_statistics(argument, sources, area, folder / f"{name_of}.json")
        statistics[name_of] = Statistics.read(folder / f"{name_of}.json")
    target, described = folder / f"{name}.tif", Image.from_dict(recipe.image)
    tags = {"editions": recipe.editions, "fingerprint": recipe.fingerprint}
    build_image(
        described, nodes, leaves, statistics=statistics, area=area, target=target, tags=tags
    )
    return target, described


def simple(
    folder: Path, image: Image, expression: str, values: Any, area: Area
) -> tuple[NDArray[Any], dict[str, str]]:
    """An image of one expression over the band x, stored in steps of a ten-thousandth."""
    mosaic = write_mosaic(folder / "x.tif", area.grid, {"x": values})
    target = folder / "image.tif"
    build_image(
        image,
        {"x": parse("images", expression)},
        {"x": RasterBand(mosaic, 1)},
        statistics={},
        area=area,
        target=target,
        tags={},
    )
    with rasterio.open(target) as raster:
        return raster.read(1), raster.tags()


def test_ndvi_evi_and_ndwi_are_what_their_bands_give(tmp_path: Path) -> None:
    area = area_of(grid_of(5, 1))
    expected = {  # by hand: reflectance below 0 is 0 in ratios, and 0 / 0 is nodata
        "ndvi": [0.26 / 0.34, 0.05 / 0.25, -0.008 / 0.012, None, 0.26 / 0.34],
        "ndwi": [-0.25 / 0.35, -0.08 / 0.22, 0.038 / 0.042, 1, -0.25 / 0.35],
        "ndbi": [-0.15 / 0.45, 0.1 / 0.4, -0.001 / 0.003, 1, -0.15 / 0.45],
        "evi": [
            2.5 * 0.26 / (0.3 + 0.24 - 0.225 + 1),
            2.5 * 0.05 / (0.15 + 0.6 - 0.3375 + 1),
            2.5 * -0.008 / (0.002 + 0.06 - 0.15 + 1),
            2.5 * 0.002 / (0 - 0.012 - 0.75 + 1),
            None,
        ],
    }
    for name, values in expected.items():
        path, image = build(tmp_path, name, BANDS, area)
        with rasterio.open(path) as raster:
            stored, scale = raster.read(1)[0], raster.scales[0]
            assert raster.nodata == image.nodata
            assert raster.dtypes[0] == ("float32" if name == "evi" else "int16")
        known = [value is not None for value in values]
        assert list(stored != image.nodata) == known
        found = stored[known].astype(float) * scale
        wanted = [value for value in values if value is not None]
        assert found == pytest.approx(wanted, abs=5.1e-5 if name != "evi" else 1e-7)


def test_fvc_lies_between_percentiles_of_the_land_of_the_area(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    grid = grid_of(60, 40)
    red, nir = rng.integers(200, 2000, grid.shape), rng.integers(1000, 5000, grid.shape)
    green = np.where(np.arange(60) < 10, nir + 100, nir - 100)  # the left is open water
    path, _ = build(tmp_path, "fvc", {"green": green, "red": red, "nir": nir}, area_of(grid))
    ndvi = (nir - red) / (nir + red)
    low, high = np.percentile(ndvi[green <= nir], [2, 98])
    expected = np.clip((ndvi - low) / (high - low), 0, 1) ** 2
    with rasterio.open(path) as raster:
        found = raster.read(1) * raster.scales[0]
    assert found == pytest.approx(expected, abs=5e-4)


def test_an_expression_of_ones_own_is_an_image(tmp_path: Path) -> None:
    moisture = {
        "name": "moisture", "expression": "(nir - swir16) / (nir + swir16)", "range": [-0.5, 0.5],
    }  # fmt: skip
    path, _ = build(tmp_path, moisture, BANDS, area_of(grid_of(5, 1)))
    with rasterio.open(path) as raster:
        assert list(raster.read(1)[0]) == [3333, -2500, 3333, -10_000, 3333]


def test_the_tags_say_what_an_image_is_and_of_what(tmp_path: Path) -> None:
    path, _ = build(tmp_path, "ndvi", BANDS, area_of(grid_of(5, 1)))
    with rasterio.open(path) as raster:
        tags = raster.tags()
        assert raster.descriptions == ("ndvi",)
        assert raster.scales == (1e-4,)
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert tags["title"] == "NDVI"
    assert tags["units"] == "1"
    assert tags["editions"] == "s2 2018"
    assert tags["expression"] == (
        "(max(s2.nir, 0) - max(s2.red, 0)) / (max(s2.nir, 0) + max(s2.red, 0))"
    )
    assert len(tags["fingerprint"]) == 16
    assert tags["clipped"] == "0"


def test_true_colours_are_bytes_that_leave_0_to_nodata(tmp_path: Path) -> None:
    grid = grid_of(6, 1)
    bands = {
        "red": [0, 900, 1800, 5000, -50, SCENE_NODATA],
        "green": [0, 450, 1800, 0, 0, 900],
        "blue": [0, 0, 1800, 0, 0, 900],
    }
    path, _ = build(tmp_path, "true_colour", bands, area_of(grid))
    with rasterio.open(path) as raster:
        assert raster.dtypes == ("uint8",) * 3
        assert raster.nodata == 0
        assert raster.colorinterp == (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        assert raster.descriptions == ("red", "green", "blue")
        assert "units" not in raster.tags(), "which a byte of a picture has none of"
        assert raster.tags()["comment"] == "1 to 255 show reflectance 0 to 0.18"
        red, green, blue = raster.read()[:, 0]
    assert list(red) == [1, 128, 255, 255, 1, 0]  # of reflectance 0.09, 1 + 254 / 2
    assert list(green) == [1, 64, 255, 1, 1, 0]  # 1 + 254 / 4 is 64.5, to even
    assert list(blue) == [1, 1, 255, 1, 1, 0]


def test_outside_the_area_there_is_no_data(tmp_path: Path) -> None:
    grid = grid_of(4, 1)
    xmin, ymin, _, ymax = grid.bounds
    left = area_of(grid, box(xmin, ymin, xmin + 20, ymax))
    stored, _ = simple(tmp_path, NDVI, "x", 5000, left)
    assert stored.tolist() == [[5000, 5000, SCENE_NODATA, SCENE_NODATA]]


def test_what_int16_does_not_hold_is_clipped_and_counted(tmp_path: Path) -> None:
    values = [100, 3000, -3000, SCENE_NODATA]
    stored, tags = simple(tmp_path, NDVI, "20 * x", values, area_of(grid_of(4, 1)))
    assert stored.tolist() == [[2000, 32767, -32767, SCENE_NODATA]]
    assert tags["clipped"] == "2"


def test_what_float32_does_not_hold_is_clipped_and_is_not_nodata(tmp_path: Path) -> None:
    image = Image("big", "Big", "1", (0, 1), GREY, None)
    stored, tags = simple(tmp_path, image, "0 - x * 10 ** 200", [20_000, 0], area_of(grid_of(2, 1)))
    assert stored[0, 0] < -3e38
    assert stored[0, 0] > image.nodata
    assert stored[0, 1] == 0
    assert tags["clipped"] == "1"


def test_overviews_are_averages_of_what_is_known(tmp_path: Path) -> None:
    grid = grid_of(600, 600)
    values = np.full(grid.shape, 1000)
    values[:, ::2] = 2000
    values[:2, :2] = [[SCENE_NODATA, SCENE_NODATA], [SCENE_NODATA, 3000]]
    stored, _ = simple(tmp_path, NDVI, "x", values, area_of(grid))
    assert stored[0, 0] == SCENE_NODATA
    with rasterio.open(tmp_path / "image.tif") as raster:
        assert raster.overviews(1) == [2]
        half = raster.read(1, out_shape=(300, 300))
    assert half[0, 0] == 3000
    assert (half[1:] == 1500).all()


def test_an_image_has_the_same_bytes_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    grid = grid_of(700, 300)
    bands = {name: rng.integers(0, 5000, grid.shape) for name in BANDS}
    for name in ("ndvi", "evi", "true_colour"):
        first = build(tmp_path, name, bands, area_of(grid))[0].read_bytes()
        assert build(tmp_path, name, bands, area_of(grid))[0].read_bytes() == first


SETTINGS = CheckSettings(
    crs="error",
    grid="error",
    dtype="error",
    nodata="error",
    codes="error",
    constant="warn",
    range="warn",
    valid_share=ValidShare("error", 0.8),
    valid_share_of={},
    coherence={},
)


def failed(folder: Path, image: Image, values: Any, area: Area, grid: Grid | None = None) -> Any:
    """What fails of an image over the band x, and what the report says of its contents."""
    simple(folder, image, "x", values, area)
    checked = Area(area.geometry, grid or area.grid)
    table = folder / "images.txt"
    paths = {image.name: folder / "image.tif"}
    run_image_checks(paths, [image], checked, SETTINGS, folder / "images.json", table)
    report = json.loads((folder / "images.json").read_text())
    fails = [check["check"] for check in report["checks"] if check["status"] == "failed"]
    assert len(table.read_text().splitlines()) == len(report["checks"]) + 1
    return fails, report["images"]


def test_a_good_image_passes_its_checks(tmp_path: Path) -> None:
    values = [-2000, 0, 1000, 8000, SCENE_NODATA]
    fails, images = failed(tmp_path, NDVI, values, area_of(grid_of(5, 2)))
    assert fails == []
    assert images == {
        "ndvi": {
            "pixels": 10, "valid_share": 0.8, "minimum": -0.2, "maximum": 0.8, "clipped": 0,
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ([11_000, 12_000, 13_000], "range"),
        ([-1, -2, -3], "range"),
        ([500, 500, 500], "constant"),
        ([500, 600, SCENE_NODATA], "valid_share"),
        ([SCENE_NODATA] * 3, "valid_share"),
    ],
)
def test_the_checks_find_a_wrong_scale_one_value_and_too_little_data(
    tmp_path: Path, values: list[int], fault: str
) -> None:
    assert failed(tmp_path, NDVI, values, area_of(grid_of(3, 1)))[0] == [fault]


def test_an_image_off_the_grid_or_of_another_type_fails(tmp_path: Path) -> None:
    area = area_of(grid_of(3, 1))
    assert failed(tmp_path, NDVI, [1, 2, 3], area, grid_of(4, 1)) == (["grid"], {})
    other = Image("ndvi", "NDVI", "1", (0, 1), GREY, None)
    simple(tmp_path, NDVI, "x", [1, 2, 3], area)
    paths = {"ndvi": tmp_path / "image.tif"}
    out = tmp_path / "out.json"
    run_image_checks(paths, [other], area, SETTINGS, out, tmp_path / "out.txt")
    checks = json.loads(out.read_text())["checks"]
    assert [c["check"] for c in checks if c["status"] == "failed"] == ["dtype", "nodata"]
