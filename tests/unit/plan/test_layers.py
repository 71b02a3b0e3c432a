"""What the plan says of the job of a layer."""

from pathlib import Path

from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place

BASE = Path(__file__).parents[3] / "config.yaml"
PLACE = {"area": "evian", "period": "2018"}


def test_layers_whose_patches_are_removed_are_built_before_the_others() -> None:
    whole = {"use": "only", "methods": {"only": "imperviousness >= 30"}}
    layers = {"artific_urb_cat": whole | {"min_area_ha": 0.25}, "aquatic_wat_cat": whole}
    plan = Plan.from_files(BASE, [{"layers": layers}], {}).layers
    cleaned, other = (plan.layer_priority(Place(**PLACE, layer=layer)) for layer in layers)
    assert cleaned > other
