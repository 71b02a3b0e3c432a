"""Expressions over observations: how they are read, what they may hold, what they can come to."""

import pytest

from lccs_inputs.errors import ExpressionError
from lccs_inputs.expressions import Observed, canonical, names, parse
from lccs_inputs.expressions.namespace import LayerText, Namespace
from lccs_inputs.facts.lccs import Kind
from lccs_inputs.facts.sensors import NDVI, SENSORS

OPTICAL, RADAR = (SENSORS[name].scene_set_bands for name in ("sentinel2", "sentinel1"))
DERIVED = {
    "ndvi": NDVI,
    "ndwi": "(max(green, 0) - max(nir, 0)) / (max(green, 0) + max(nir, 0))",
    "ratio": "vv - vh",
    "masked": "where(imperviousness > 30, ndvi / 0, ndvi)",
    "smooth": "focal_mean(nir, 3)",
    "flooded": "share(s2, ndwi > 0) >= 0.25",
}
NDWI = DERIVED["ndwi"]


def namespace(text="ndvi >= 0.4", **layers):
    texts = {"vegetat_veg_cat": text, **layers}
    return Namespace(
        {"s2": OPTICAL, "l8": OPTICAL, "s1": RADAR}, "s2", {"imperviousness": ()}, DERIVED,
        {name: LayerText(("one",), {"one": each}, (), Kind.BINARY) for name, each in texts.items()},
        months={"s2": 6, "s1": 12},
    )  # fmt: skip


def resolved(text):
    return namespace(text).resolve_layer("vegetat_veg_cat")


def refused(text):
    with pytest.raises(ExpressionError) as error:
        resolved(text)
    assert "layers.vegetat_veg_cat.methods.one" in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        ("share(s2, ndwi > 0) >= 0.25", f"share(s2, {NDWI} > 0) >= 0.25"),
        ("months(s1, vh < -18) > 8", "months(s1, vh < -18) > 8"),
        ("longest(l8, l8.ndvi >= 0.4 and nir > 0.1) >= 2",
         f"longest(l8, {NDVI} >= 0.4 and nir > 0.1) >= 2"),
        ("last(s2, not ndvi < 0.2) - first(s2, ndvi in {0, 1}) > 30",
         f"last(s2, not {NDVI} < 0.2) - first(s2, {NDVI} in {{0, 1}}) > 30"),
        ("s2.ndwi_p90 > 0.2", f"statistic(s2, {NDWI}, p90) > 0.2"),
        ("ndwi_mean > 0.2", f"statistic(s2, {NDWI}, mean) > 0.2"),
        ("statistic(s1, ratio, p5) > 3", "statistic(s1, vv - vh, p5) > 3"),
        ("s1.ratio_max > 3", "statistic(s1, vv - vh, max) > 3"),
        ("nir_p100 > 0.3", "statistic(s2, nir, p100) > 0.3"),
        ("flooded", f"share(s2, {NDWI} > 0) >= 0.25"),
        ("s2.ndvi_p90 > 0.4", "s2.ndvi_p90 > 0.4"),
        ("statistic(l8, ndvi, max) > 0.4", "l8.ndvi_max > 0.4"),
        ("l8.ndvi_p33 > 0.4", f"statistic(l8, {NDVI}, p33) > 0.4"),
    ],
)  # fmt: skip
def test_they_are_written_out_over_the_bands_of_their_sensor_and_read_back(text, written_out):
    node = resolved(text)
    assert canonical(node) == written_out
    assert parse("again", written_out) == node
    assert names(parse("again", written_out)) == names(node)


def test_a_leaf_is_the_band_that_is_named_by_its_expression():
    assert names(resolved("share(s2, ndwi > 0) > 0.5")) == (f"s2.share({NDWI} > 0)",)
    assert names(resolved("s1.ratio_p5 > 1")) == ("s1.p5(vv - vh)",)
    node = parse("x", "share(s2, a>0 )")
    assert isinstance(node, Observed)
    assert node == parse("x", "share(s2,a > 0)")
    assert node != parse("x", "share(l8, a > 0)")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("share(s2, share(s2, nir > 0.1) > 0.5) > 0.5", "one observation at a time"),
        ("share(s2, s2.ndwi_p90 > 0.1) > 0.5", "not statistic(s2, "),
        ("share(s2, focal_mean(nir, 3) > 0.1) > 0.5", "not focal_mean(nir, 3)"),
        ("share(s2, smooth > 0.1) > 0.5", "not focal_mean(s2.nir, 3), which stands in it"),
        ("share(s2, nir > area_max(nir)) > 0.5", "not area_max(nir)"),
        ("share(s2, is_nodata(nir)) > 0.5", "not is_nodata(nir)"),
        ("share(s2, masked > 0.1) > 0.5", "not where("),
        ("share(s2, imperviousness > 3) > 0.5", "not imperviousness, which no single observation"),
        ("share(s2, l8.nir > 0.3) > 0.5", "not l8.nir, which no single observation of s2 has"),
        ("share(s2, ndvi_max > 0.3) > 0.5", "not s2.ndvi_max, which no single observation"),
        ("share(s2, clear_count > 3) > 0.5", "not s2.clear_count, which no single observation"),
        ("share(s2, other) > 0.5", "not layers.other, which no single observation"),
        ("share(s1, nir > 0.3) > 0.5", "there is no nir"),
        ("share(s1, foo > 0.3) > 0.5", "there is no foo"),
        ("share(s3, nir > 0.3) > 0.5", "there is no scene set s3 (did you mean s2?)"),
        ("share(nir > 0.3, s2) > 0.5", "takes a scene set first: write share(scenes, condition)"),
        ("share(s2) > 0.5", "write share(scenes, condition)"),
        ("share(s2, ndvi) > 0.5", "expected a condition, found a number"),
        ("share(s2, nir > 0.3)", "expected a condition, found a number"),
        ("statistic(s2, nir > 0.3, p90) > 0.5", "expected a number, found a condition"),
        ("statistic(s2, nir, p101) > 0.5", "the statistic is mean, median, max, min, stddev, or"),
        ("statistic(s2, 3, p90) > 0.5", "names no band of s2"),
        ("months > 3", "months is a function: write months(scenes, condition)"),
        ("s2.ndwi_p101 > 0.5", "there is no ndwi_p101"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_of_one_observation_is_refused(text, told):
    known = namespace(text, other="nir > 0.1")
    with pytest.raises(ExpressionError) as error:
        known.resolve_layer("vegetat_veg_cat")
    assert told in str(error.value)
    assert "layers.vegetat_veg_cat.methods.one" in str(error.value)
    assert len(known.problems()) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("share(s2, ndwi > 0) >= 25", "is from 0 to 1"),
        ("months(s2, ndwi > 0) > 6", "is from 0 to 6"),
        ("longest(s1, vh < -22) > 12", "is from 0 to 12"),
        ("first(s2, ndwi > 0) >= 367", "is from 1 to 366"),
        ("last(s2, ndwi > 0) < 1", "is from 1 to 366"),
        ("ndwi_p90 > 1", "is from -1 to 1"),
        ("ndwi_stddev > 1", "is from 0 to 1"),
        ("share(s2, ndwi > 1) > 0", "never holds"),
    ],
)
def test_what_always_or_never_holds_is_refused_by_what_they_can_be(text, told):
    assert told in refused(text)


@pytest.mark.parametrize(
    "text",
    ["months(l8, ndwi > 0) > 100", "months(s2, ndwi > 0) > 5", "first(s2, ndwi > 0) >= 366",
     "s1.ratio_p90 > 300", "share(s2, ndwi > 0) > 0"],
)  # fmt: skip
def test_what_can_be_is_not(text):
    resolved(text)


@pytest.mark.parametrize("name", ["share", "months", "longest", "first", "last", "statistic"])
def test_their_names_are_taken(name):
    taken = Namespace({"s2": OPTICAL}, "s2", {}, {name: "nir"}, {})
    assert f"derived.{name}: is a function already; choose another name" in taken.problems()
