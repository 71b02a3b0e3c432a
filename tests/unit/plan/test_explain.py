"""What a job is told that explains pixels, or says how sure layers are of them."""

from pathlib import Path
from typing import Any

from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place

BASE = Path(__file__).parents[3] / "config.yaml"
HERE = Place(area="evian", period="2018")


def plan(**changes: Any) -> Plan:
    return Plan.from_files(BASE, [changes], {})


def test_what_an_operand_can_be_is_known_by_its_name() -> None:
    made = plan(use={"aquatic_wat_cat": "ndwi_share", "vegetat_veg_cat": "ndvi_months"})
    request = made.explain.request(HERE)
    (share,) = [name for name in request["limits"] if name.startswith("s2.share(")]
    (months,) = [name for name in request["limits"] if name.startswith("s2.longest(")]
    assert {share, months} <= made.explain.rasters(HERE).keys()
    assert request["limits"][share] == [0, 1]
    assert request["limits"][months] == [0, 6]
    assert request["limits"]["imperviousness"] == [0, 100]
    assert request["limits"]["s2.nir"] == [-0.2, 3.2767]
    assert plan().explain.request(HERE)["codes"]["water_wetness"][1] == "permanent water"


def test_a_layer_is_taken_apart_as_the_config_has_it() -> None:
    request = plan().explain.request(HERE)
    (water,) = [each for each in request["layers"] if each["layer"] == "aquatic_wat_cat"]
    assert [*water["methods"]] == ["wetness_crops", "water_wetness_snow", "water_wetness"]
    assert water["chain"].startswith("coalesce(")
    (step,) = water["minus"]
    assert step["text"] == "artific_urb_cat and not is_nodata(artific_urb_cat)"
    assert step["rest"] == water["expression"]
    assert "s2.ndwi" in request["labels"].values()


def test_what_is_told_does_not_hang_on_what_was_asked_before() -> None:
    alone, asked = plan(), plan()
    asked.confidence.request(HERE)
    assert asked.explain.request(HERE) == alone.explain.request(HERE)
    assert "s2.ndvi" not in alone.explain.request(HERE)["labels"].values(), "no layer mentions it"


def methods(made: Plan, layer: str) -> dict[str, Any]:
    request = made.confidence.request(HERE)
    return next(each for each in request["layers"] if each["layer"] == layer)


def test_methods_are_asked_that_need_nothing_more() -> None:
    sealing = methods(plan(), "artific_urb_cat")
    assert [*sealing["methods"]] == ["sealed"], "NDBI would need another band"
    assert sealing["has_deciding"] is False
    water = methods(plan(), "aquatic_wat_cat")
    assert [*water["methods"]] == [
        "ndwi", "wetness_crops", "water_wetness", "water_wetness_snow", "ndwi_wetland",
    ]  # fmt: skip
    assert water["has_deciding"] is True
    bare = methods(plan(true_colour=False), "vegetat_veg_cat")
    assert [*bare["methods"]] == ["ndvi", "fvc"], "blue is read for true colours alone"


def test_age_and_looks_are_those_of_all_that_a_layer_hangs_on() -> None:
    later = {"2021": {"start": "2021-05-01", "end": "2021-10-31"}}
    made = plan(periods=later)
    request = made.confidence.request(Place(area="evian", period="2021"))
    by_layer = {each["layer"]: each for each in request["layers"]}
    assert by_layer["artific_urb_cat"]["age"] == 3
    assert by_layer["artific_urb_cat"]["looks"] == []
    assert by_layer["lifeform_veg_cat"]["looks"] == ["s2.clear_count"], "by way of vegetation"
    assert by_layer["vegetat_veg_cat"]["age"] == 3, "by way of artificial surfaces"


def test_a_run_maps_confidence_where_the_config_asks_for_it() -> None:
    assert plan().confidence.of_a_run() == []
    asked = plan(confidence=True).confidence
    assert asked.of_a_run() == asked.targets() != []
    assert asked.shown(HERE)[-1].endswith("confidence/level3.tif")
    assert plan().confidence.shown(HERE) == []
