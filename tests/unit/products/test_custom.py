"""Maps that a config describes: what is accepted, how it is kept, and that it is aligned so."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs import config
from lccs_inputs.clms.arrival import check_names
from lccs_inputs.errors import ConfigError, SourceError
from lccs_inputs.facts.products import PRODUCTS, Product, product_of
from lccs_inputs.products.align import align_product
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid

GRID = Grid("EPSG:2154", (10, 10), (980_000, 6_590_000, 980_400, 6_590_300))
AREA = Area(box(*GRID.bounds), GRID)

CLASSES = {"title": "Habitats", "kind": "classes", "codes": {1: "mire", 2: "heath"}, "nodata": 0}
SHARE = {"title": "Bare rock", "kind": "percent"}
DEPTH = {"title": "Peat depth", "kind": "measure", "unit": "m", "limits": [0, 12], "scale": 0.1}


def document(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "areas": {"here": {"bbox": [6.4, 46.3, 6.7, 46.4]}},
        "periods": {"2018": {"start": "2018-05-01", "end": "2018-10-31"}},
        "products": {"own": settings},
        "layers": {"vegetat_veg_cat": {"use": "own", "methods": {"own": "own > 1"}}},
    }


def described(custom: dict[str, Any]) -> Product:
    loaded = config.load(document({"custom": custom, "editions": {2018: "own.tif"}}))
    return loaded.products["own"].described("own")


def problem_of(settings: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(document(settings))
    (problem,) = caught.value.problems
    return problem


def written(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    settings = {"driver": "GTiff", "count": 1, "crs": GRID.crs, "transform": GRID.transform}
    rows, cols = pixels.shape
    with rasterio.open(
        path, "w", width=cols, height=rows, dtype=pixels.dtype, **settings, **options
    ) as raster:
        raster.write(pixels, 1)
    return path


def aligned(product: Product, path: Path, area: Area = AREA) -> tuple[np.ndarray, dict[str, str]]:
    target = path.parent / "aligned" / "own.tif"
    align_product(product, path, area, target, path.parent)
    with rasterio.open(target) as raster:
        assert raster.nodata == product.nodata
        return raster.read(1), raster.tags()


@pytest.mark.parametrize(
    ("custom", "dtype", "nodata"),
    [
        (CLASSES, "uint8", 0),
        (CLASSES | {"nodata": 255}, "uint8", 255),
        (CLASSES | {"codes": {1: "mire", 300: "heath"}}, "uint16", 0),
        (CLASSES | {"nodata": 65535}, "uint16", 65535),
        (SHARE, "uint8", 255),
        (DEPTH, "uint8", 255),
        (DEPTH | {"limits": [0, 25.5]}, "uint16", 65535),
        (DEPTH | {"limits": [-1, 12]}, "int16", -(2**15)),
        (DEPTH | {"limits": [-3276.8, 12]}, "int32", -(2**31)),
        (DEPTH | {"scale": 0.0001}, "int32", -(2**31)),
    ],
)
def test_it_is_kept_in_the_smallest_type_that_has_room_for_its_nodata(custom, dtype, nodata):
    product = described(custom)
    assert (product.dtype, product.nodata) == (dtype, nodata)
    assert not set(product.valid_codes) & set(product.nodata_codes)


@pytest.mark.parametrize("product", [*PRODUCTS.values(), *map(described, (CLASSES, SHARE, DEPTH))])
def test_a_product_is_the_same_after_its_way_to_a_job(product):
    assert product_of(product.to_dict()) == product


def test_whom_to_credit_is_never_guessed():
    assert (described(CLASSES).licence, described(CLASSES).source) == ("not stated", "not stated")
    said = {"licence": "CC0", "source": "Botanical Society"}
    tags = described(CLASSES | said)
    assert (tags.licence, tags.source) == ("CC0", "Botanical Society")


@pytest.mark.parametrize(
    ("custom", "told"),
    [
        (CLASSES | {"kind": "class"}, 'kind: "class" is not a kind; did you mean "classes"?'),
        (SHARE | {"kind": "classes"}, "codes: is missing: What each code of classes means"),
        (CLASSES | {"codes": {-1: "a"}}, "expected a whole number from 0 to 65535, found -1"),
        (CLASSES | {"codes": {"1": "a"}}, 'expected a whole number from 0 to 65535, found "1"'),
        (CLASSES | {"codes": {1: 5}}, "expected a text, found 5"),
        (CLASSES | {"nodata": 2}, "2 is among codes and is nodata too; give another nodata"),
        (SHARE | {"nodata": 0}, "nodata: 0 is a percentage; give a number above 100"),
        (SHARE | {"codes": {1: "a"}}, "codes: is for classes only; remove it from this percent"),
        (CLASSES | {"unit": "m"}, "unit: is for measure only; remove it from this classes one"),
        (DEPTH | {"nodata": 0}, "nodata: is for classes or percent only"),
        (DEPTH | {"scale": 0.3}, "scale: expected 1, or 1 over a whole number, such as 0.1"),
        (DEPTH | {"scale": 10}, "scale: expected 1, or 1 over a whole number, such as 0.1"),
        (DEPTH | {"scale": 1e-9}, "custom: limits are too far apart for this scale"),
        (DEPTH | {"limits": [5, 5]}, "limits: expected two numbers: the lowest and the highest"),
        (
            {"title": "Peat depth", "kind": "measure", "unit": "m"},
            "limits: is missing: The lowest and the highest value a measure can have",
        ),
        (CLASSES | {"colour": "red"}, '"colour" is not a key here'),
    ],
)
def test_what_is_wrong_with_a_description_is_told(custom, told):
    problem = problem_of({"custom": custom, "editions": {2018: "own.tif"}})
    assert problem.startswith("products.own.custom")
    assert told in problem


def test_a_product_is_known_by_name_or_described_and_not_both():
    for settings in ({}, {"product": "WAW", "custom": CLASSES}):
        problem = problem_of({**settings, "editions": {2018: "own.tif"}})
        assert problem == "products.own: needs one of product or custom"


@pytest.mark.parametrize("origin", ["clms", "image_service", "earthengine"])
def test_only_a_file_can_hold_a_map_of_ones_own(origin):
    assert problem_of({"custom": CLASSES, "editions": {2018: origin}}) == (
        f"products.own.editions: {origin} does not have a custom product; give the path of a file"
    )


def test_classes_are_taken_as_they_are_with_both_kinds_of_nodata(tmp_path):
    pixels = np.resize([0, 1, 2, 9], GRID.shape).astype(np.uint8)
    found, tags = aligned(described(CLASSES), written(tmp_path / "a.tif", pixels, nodata=9))
    assert np.array_equal(found, np.where(pixels == 9, 0, pixels))
    assert (tags["TITLE"], tags["PRODUCT"], tags["SOURCE"]) == ("Habitats", "own", "not stated")


def test_a_code_without_a_meaning_is_told_with_the_file(tmp_path):
    path = written(tmp_path / "habitats.tif", np.full(GRID.shape, 7, np.uint8))
    with pytest.raises(SourceError, match=r"habitats.tif: holds code 7, which Habitats \(own\)"):
        aligned(described(CLASSES), path)


def test_a_measure_is_rounded_to_its_steps_and_averaged_onto_coarser_pixels(tmp_path):
    pixels = np.resize([1.0, 4.24], GRID.shape).astype(np.float32)
    path = written(tmp_path / "a.tif", pixels, nodata=float("nan"))
    assert np.array_equal(aligned(described(DEPTH), path)[0], np.where(pixels == 1, 10, 42))
    coarse = Grid(GRID.crs, (20, 20), GRID.bounds)
    found, _ = aligned(described(DEPTH), path, Area(AREA.geometry, coarse))
    assert (found == 26).all()


def test_a_file_may_have_any_name(tmp_path):
    path = written(tmp_path / "IMD_2012_010m_confidence.tif", np.ones(GRID.shape, np.uint8))
    assert check_names(path, described(CLASSES), 2018, tmp_path) == [path]


def test_bytes_that_declare_no_nodata_are_all_known_where_limits_allow_them(tmp_path):
    pixels = np.resize([0, 254, 255], GRID.shape).astype(np.uint8)
    product = described(DEPTH | {"limits": [0, 255]})
    assert np.array_equal(aligned(product, written(tmp_path / "a.tif", pixels))[0], pixels * 10.0)
