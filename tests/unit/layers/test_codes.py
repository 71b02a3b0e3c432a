"""Codes by table and by strips, against evaluating the expression over the whole window."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.windows import Window

from lccs_inputs.errors import InputError
from lccs_inputs.expressions import parse
from lccs_inputs.layers.codes import LayerCodes, codes_of
from lccs_inputs.layers.sources import RasterBand, SourceReader
from lccs_inputs.rasters.writing import create_raster
from small_rasters import grid_of

GRID = grid_of(60, 70)
WHOLE = Window(0, 0, 60, 70)
RNG = np.random.default_rng(11)
SOURCES = {  # name: type, nodata, scale, what it holds
    "classes": ("uint8", 255, 1, [0, 1, 2, 3, 30, 255]),
    "percent": ("uint8", 255, 1, [0, 9, 10, 99, 100, 255]),
    "crops": ("uint16", 65535, 1, [0, 3, 1110, 3200, 65535]),
    "red": ("int16", -32768, 1e-4, [-32768, -100, 0, 21, 4000, 9000]),
    "nir": ("int16", -32768, 1e-4, [-32768, -300, 0, 9, 2000, 4000]),
    "height": ("float32", -1, 1, [-1, 0, 0.5, 2.5, 250.25]),
    "layers_x": ("uint8", 255, 1, [0, 1, 255]),
    "layers_y": ("uint8", 255, 1, [0, 1, 255]),
}
NUMBERS = [name for name in SOURCES if not name.startswith("layers")]
INSIDE = RNG.random(GRID.shape) < 0.9


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("sources")
    bands = {}
    for name, (dtype, nodata, scale, held) in SOURCES.items():
        path = folder / f"{name}.tif"
        with create_raster(path, GRID, [name], dtype, nodata, scales=[scale]) as raster:
            raster.write(RNG.choice(np.array(held, dtype), GRID.shape), 1)
        bands[name] = RasterBand(path, 1, is_condition=name.startswith("layers"))
    with SourceReader(bands, GRID) as opened:
        yield opened


def joined(inner, *operators):
    return st.tuples(inner, st.sampled_from(operators), inner).map(
        lambda part: f"({part[0]} {part[1]} {part[2]})"
    )


constants = st.sampled_from(["0", "1", "2", "10", "0.4", "3", "100", "1110"])
numbers = st.deferred(
    lambda: st.one_of(
        st.sampled_from(NUMBERS),
        constants,
        joined(numbers, "+", "-", "*", "/"),
        st.tuples(numbers, numbers).map(lambda part: f"min({part[0]}, {part[1]})"),
        st.tuples(numbers, numbers).map(lambda part: f"coalesce({part[0]}, {part[1]})"),
        st.tuples(conditions, numbers, numbers).map(lambda part: "where({}, {}, {})".format(*part)),
        st.tuples(conditions, conditions).map(lambda part: f"count({part[0]}, {part[1]})"),
    )
)
conditions = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["layers_x", "layers_y"]),
        joined(numbers, "<", ">=", "==", "!="),
        st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["{1, 2}", "{0, 3, 1110}"])).map(
            lambda part: f"{part[0]} in {part[1]}"
        ),
        joined(conditions, "and", "or"),
        conditions.map(lambda part: f"(not {part})"),
        numbers.map(lambda part: f"is_nodata({part})"),
        st.tuples(conditions, conditions).map(lambda part: f"coalesce({part[0]}, {part[1]})"),
    )
)


def outcome(made):
    try:
        return made()
    except InputError as error:
        return str(error)


@settings(max_examples=100, deadline=None)
@given(st.one_of(numbers, conditions))
def test_codes_are_those_of_the_evaluation_of_the_whole(reader, text):
    node = parse("layers.x", text)
    expected = outcome(lambda: codes_of(reader.evaluate(node, WHOLE, {}), INSIDE, "x"))
    found = outcome(lambda: LayerCodes("x", node, reader, {}).of(WHOLE, INSIDE))
    assert (
        np.array_equal(found, expected) if isinstance(expected, np.ndarray) else found == expected
    )


@pytest.mark.parametrize(
    "text",
    [
        "where(layers_x, percent, 0)",
        "where(layers_x and percent >= 10, classes, 0)",
        "coalesce(classes, where(percent >= 10 or layers_x, 1, 2))",
        "classes in {1, 2} and percent >= 10",
        "crops in {1110, 3200} and not layers_x",
        "(nir - red) / (nir + red) >= 0.4 and not classes == 3",
        "where(layers_x, where(percent >= 10 and height > 2, 1, 2), 0)",
        "focal_mean(percent, 3) >= 20",
        "percent * 3",
        "1",
    ],
)
def test_expressions_of_every_form_are_as_evaluated(reader, text):
    node = parse("layers.x", text)
    expected = outcome(lambda: codes_of(reader.evaluate(node, WHOLE, {}), INSIDE, "x"))
    found = outcome(lambda: LayerCodes("x", node, reader, {}).of(WHOLE, INSIDE))
    assert isinstance(found, type(expected))
    assert np.array_equal(found, expected)


def test_what_cannot_be_there_does_not_stand_in_the_way_of_what_is(reader):
    """Of all bytes, twice is beyond the codes; of percent it is not."""
    node = parse("layers.x", "2 * percent")
    codes = LayerCodes("x", node, reader, {}).of(WHOLE, INSIDE)
    assert set(np.unique(codes)) == {0, 18, 20, 198, 200, 255}
