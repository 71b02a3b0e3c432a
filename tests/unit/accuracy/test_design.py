"""A sample design: points shared out among classes, drawn of the pixels of the map."""

from pathlib import Path
from xml.etree import ElementTree

import geopandas
import numpy as np
import pyogrio
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from shapely import Polygon

from lccs_inputs.accuracy.design import (
    ALLOCATIONS,
    INNER,
    LEAST,
    NEAR,
    NEYMAN,
    PROPORTIONAL,
    Stratum,
    allocate,
    expect,
    shrunk,
    supposed,
)
from lccs_inputs.accuracy.drawing import draw, survey, write_sample
from lccs_inputs.config import read_class_table
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.facts.sensors import TRUE_COLOUR
from lccs_inputs.pictures.chips import draw_chips
from lccs_inputs.rasters.writing import create_raster
from lccs_inputs.reference.data import ReferenceData, Status
from lccs_inputs.reference.points import read_points
from lccs_inputs.reference.reading import strata_of
from small_rasters import NODATA, area_of, grid_of, write_codes

GRID = grid_of(60, 50)
LEFT, TOP = GRID.bounds[0], GRID.bounds[3]
AREA = area_of(
    GRID,
    Polygon([(LEFT, TOP), (LEFT + 600, TOP), (LEFT + 600, TOP - 500), (LEFT + 300, TOP - 500)]),
)


def strata(*said: tuple[int, float]) -> list[Stratum]:
    return [
        Stratum(code, str(code), pixels, pixels / 100, users)
        for code, (pixels, users) in enumerate(said, start=111)
    ]


def level3(folder: Path) -> Path:
    codes = np.full(GRID.shape, 112, np.uint8)
    codes[:, 30:] = 220
    codes[10:12, 40:42] = 215
    codes[~AREA.mask(GRID)] = NODATA
    return write_codes(folder / "level3.tif", GRID, codes)


def test_points_are_shared_out_by_area_alike_or_by_what_varies() -> None:
    three = strata((6000, 0.9), (3000, 0.9), (1000, 0.5))
    assert allocate(three, 100, PROPORTIONAL) == [60, 30, 10]
    assert allocate(three, 100, "equal") == [34, 33, 33]
    by_hand = np.array([6000 * 0.3, 3000 * 0.3, 1000 * 0.5])
    shared = 1000 * by_hand / by_hand.sum()
    assert allocate(three, 1000, NEYMAN) == pytest.approx(shared.tolist(), abs=1)


@given(
    st.lists(st.tuples(st.integers(1, 10**7), st.floats(0.01, 1)), min_size=1, max_size=9),
    st.integers(45, 5000),
    st.sampled_from(ALLOCATIONS),
)
def test_every_class_has_its_least_and_no_more_than_its_pixels(
    said: list[tuple[int, float]], points: int, how: str
) -> None:
    pixels = [each for each, _ in said]
    points = min(points, sum(pixels))
    shared = allocate(strata(*said), points, how)
    assert sum(shared) == points
    assert all(min(LEAST, most) <= n <= most for n, most in zip(shared, pixels, strict=True))


def test_what_one_class_has_no_pixels_for_goes_to_another_that_had_its_least() -> None:
    assert allocate(strata((1, 1.0), (6, 1.0)), 7, "equal") == [1, 6]
    assert allocate(strata((2, 0.9), (30, 0.9), (300, 0.9)), 45, "equal") == [2, 22, 21]


def test_too_few_points_for_the_classes_are_refused_and_too_many_for_the_map() -> None:
    with pytest.raises(ValueError, match="9 points are fewer than 5 of each class, 10"):
        allocate(strata((100, 0.9), (100, 0.9)), 9, "equal")
    with pytest.raises(ValueError, match="201 points are more than the 200 pixels of the map"):
        allocate(strata((100, 0.9), (100, 0.9)), 201, "equal")


def test_what_is_expected_is_what_samples_of_such_a_map_come_to() -> None:
    two = strata((80_000, 0.9), (20_000, 0.8))
    points = [120, 80]
    found = expect(two, points)
    rng = np.random.default_rng(5)
    right = np.stack(
        [rng.binomial(n, each.users, 20_000) / n for n, each in zip(points, two, strict=True)]
    )
    weights = np.array([0.8, 0.2])
    overall = (weights[:, None] * right).sum(0)
    area = 1000 * (weights[0] * right[0] + weights[1] * (1 - right[1]))
    assert found.overall == pytest.approx(1.96 * overall.std(), rel=0.03)
    assert found.areas[0] == pytest.approx(1.96 * area.std(), rel=0.03)
    assert found.users[1] == pytest.approx(1.96 * right[1].std(), rel=0.03)


def test_what_is_drawn_of_a_class_is_known_and_all_of_it_has_no_error() -> None:
    few = strata((100, 0.85), (5, 0.85))
    assert expect(few, [5, 5]).users[0] == pytest.approx(
        1.96 * np.sqrt(0.85 * 0.15 / 5 * 0.95), abs=1e-9
    )
    assert expect(strata((10**9, 0.85)), [5]).users[0] == pytest.approx(0.313, abs=5e-4)
    everything = expect(few, [100, 5])
    assert everything.overall == 0
    assert (everything.areas == 0).all()


def test_a_class_that_was_right_at_every_point_is_not_supposed_to_be_right_everywhere() -> None:
    assert shrunk(1, 30) == pytest.approx(30.5 / 31)
    assert shrunk(0, 30) == pytest.approx(0.5 / 31)
    classes = strata((100_000, shrunk(1, 30)), (50_000, 0.9), (1000, 0.7))
    shared = allocate(classes, 500, NEYMAN)
    assert shared[0] > 200
    assert expect(classes, shared).users[0] > 0.01


def test_neyman_expects_the_least_error_overall() -> None:
    three = strata((60_000, 0.97), (30_000, 0.9), (10_000, 0.6))
    errors = {how: expect(three, allocate(three, 500, how)).overall for how in ALLOCATIONS}
    assert min(errors, key=errors.__getitem__) == NEYMAN


def test_what_is_said_goes_before_what_was_told_and_that_before_the_guess() -> None:
    near = {111: 0.5, 112: 0.0, 215: 1.0}
    assert supposed([111, 112, 215], near, {112: 0.88}, {215: 0.6}, None) == [
        pytest.approx((INNER + NEAR) / 2), 0.88, 0.6,
    ]  # fmt: skip
    assert supposed([111, 215], near, {111: 0.88}, {215: 0.6}, 0.85) == [0.85, 0.6]


def test_points_are_drawn_on_pixels_of_their_class_none_twice_and_again_by_the_seed(
    tmp_path: Path,
) -> None:
    path = level3(tmp_path)
    counts, near = survey(path, AREA)
    assert counts.pixels[215] == 4
    assert near[215] == 1
    edge = 2 * int(AREA.mask(GRID)[:, 29].sum())
    assert near[112] == pytest.approx(edge / 2 / counts.pixels[112])
    classes = [Stratum(code, str(code), counts.pixels[code], 1, 0.9) for code in (112, 215, 220)]
    drawn = draw(path, AREA, classes, [40, 4, 60], seed=3)
    with rasterio.open(path) as raster:
        codes = raster.read(1)
    assert (codes[drawn.row, drawn.col] == drawn.code).all()
    assert drawn.code.value_counts().to_dict() == {220: 60, 112: 40, 215: 4}
    assert not drawn.duplicated(["row", "col"]).any()
    assert drawn.equals(draw(path, AREA, classes, [40, 4, 60], seed=3))
    assert not drawn.equals(draw(path, AREA, classes, [40, 4, 60], seed=4))


def test_a_sample_is_blind_and_once_filled_in_is_reference_data_with_its_strata(
    tmp_path: Path,
) -> None:
    path = level3(tmp_path)
    counts, _ = survey(path, AREA)
    classes = [
        Stratum(code, name, counts.pixels[code], counts.hectares[code], 0.9)
        for code, name in ((112, "A12"), (220, "B20"))
    ]
    drawn = draw(path, AREA, classes, [30, 30], seed=1)
    target = tmp_path / "sample.gpkg"
    write_sample(target, drawn, classes, GRID, "2018-05-01", {1: "chips/0001.png"})
    frame = geopandas.read_file(target, layer="points")
    assert {*frame["class"]} == {""}
    assert not {"code", "map"} & {*frame.columns}
    assert frame.chip[0] == "chips/0001.png"
    assert (frame.stratum != frame.stratum.shift()).sum() > 10, "classes are not in rows"
    style = pyogrio.read_dataframe(target, layer="layer_styles", read_geometry=False).iloc[0]
    assert (style.f_table_name, style.f_geometry_column, style.useAsDefault) == (
        "points", pyogrio.read_info(target, layer="points")["geometry_name"], True,
    )  # fmt: skip
    qml = ElementTree.fromstring(style.styleQML)
    size = {each.get("name"): each.get("value") for each in qml.iter("Option")}
    assert (size["size"], size["size_unit"]) == ("10", "MapUnit")
    field = qml.find(".//field[@name='class']/editWidget[@type='ValueMap']")
    offered = {each.get("value") for each in field.iter("Option")}
    assert {"A12", "A12.A1.D2", "B20"} < offered
    assert (
        None not in read_class_table("lccs", DESCRIPTORS).meanings([*offered - {"", None}]).values()
    )
    first = target.read_bytes()
    write_sample(target, drawn, classes, GRID, "2018-05-01", {1: "chips/0001.png"})
    assert target.read_bytes() == first
    frame["class"] = "A12"
    frame.to_file(target, layer="points")
    table = read_class_table("lccs", DESCRIPTORS)
    data = ReferenceData("mine", table, columns=table.columns, design="stratified")
    period = (np.datetime64("2018-05-01").item(), np.datetime64("2018-10-31").item())
    points = read_points(target, data, AREA, period)
    assert points.counts == {Status.USED: 60}
    assert {(*each,) for each in points.table[["row", "col"]].to_numpy().tolist()} == {
        (*each,) for each in drawn[["row", "col"]].to_numpy().tolist()
    }
    assert strata_of(target, data) == {
        "s1": counts.pixels[112], "s2": counts.pixels[220],
    }  # fmt: skip


def test_a_chip_shows_the_pixel_in_a_frame_and_white_beyond_the_data(tmp_path: Path) -> None:
    mosaic = tmp_path / "mosaic.tif"
    with create_raster(mosaic, GRID, [*TRUE_COLOUR], "int16", -32768) as raster:
        for band in range(1, 4):
            values = np.full(GRID.shape, 100, np.int16)
            values[5, 7] = 3000
            raster.write(values, band)
    (picture,) = draw_chips(mosaic, [(5, 7)], tmp_path / "chips")
    assert picture.name == "0001.png"
    chip = np.asarray(Image.open(picture))
    middle = chip.shape[0] // 2
    assert (chip[middle, middle] == 255).all()
    assert (chip[0, 0] == 255).all()
    assert chip[middle, middle - 6].max() < 255 or tuple(chip[middle, middle - 4]) == (255, 239, 0)
