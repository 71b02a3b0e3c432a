"""What the description of a period says, and what is a reason to write it anew."""

from pathlib import Path
from typing import Any

import pytest

import lccs_inputs.plan.provenance as planning
from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.provenance import PeriodRequest

BASE = Path(__file__).parents[3] / "config.yaml"
HERE = Place(area="evian", period="2018")


def plan(asked: bool = False, **changes: Any) -> Plan:
    return Plan.from_files(BASE, [changes], {}, asked=["images"] if asked else [])


def request(made: Plan) -> PeriodRequest:
    return PeriodRequest.from_dict(made.provenance.request(HERE))


def test_the_sources_are_those_that_layers_are_made_of_in_the_order_of_the_inputs() -> None:
    made = plan()
    said = request(made)
    assert [source.name for source in said.scenes] == ["s2"]
    lists = made.provenance.scene_lists(HERE)
    assert lists == ["<results>/evian/sources/s2/2018/scenes.json"]
    aligned = made.provenance.aligned(HERE)
    assert [Path(path).parts[-3] for path in aligned] == [source.name for source in said.products]
    assert len(aligned) == len(made.provenance.delivered(HERE)) >= 5
    assert made.products.targets() == sorted(aligned)


def test_images_count_where_the_config_names_them_not_where_they_are_asked_for() -> None:
    default, asked = plan(), plan(asked=True)
    assert request(default) == request(asked)
    assert asked.provenance.images(HERE) == []
    named = plan(images=["l8.ndvi"])
    assert [source.name for source in request(named).scenes] == ["l8", "s2"]
    assert len(named.provenance.images(HERE)) == 1


def test_what_the_config_says_of_other_places_or_of_services_changes_nothing() -> None:
    usual, other = plan(), {"start": "2021-05-01", "end": "2021-10-31"}
    elsewhere = plan(
        areas={"evian": usual.config.areas["evian"].model_dump(exclude_none=True),
               "other": {"bbox": [6.6, 46.35, 6.7, 46.4]}},
        periods={"2018": {"start": "2018-05-01", "end": "2018-10-31"}, "2021": other},
        earthengine={"slots": 3},
    )  # fmt: skip
    assert request(elsewhere) == request(usual)
    stricter = plan(checks={"constant": "error"})
    assert request(stricter).config != request(usual).config


def test_a_new_version_and_new_code_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = request(plan())
    monkeypatch.setattr(planning, "__version__", "9.9")
    assert request(plan()).version == "9.9"
    assert {"build_layer", "align_product", "stack_layers"} <= usual.code.keys()
    assert not {"draw_maps", "compose_block"} & usual.code.keys()


def test_the_methods_of_chains_are_told_by_their_codes() -> None:
    chains = request(plan()).methods
    assert chains["cultman_agr_cat"] == {1: "crop_types", 2: "eucropmap"}
    assert "vegetat_veg_cat" not in chains
    assert len(plan().provenance.method_maps(HERE)) == len(chains)


def test_what_a_service_calls_a_product_is_told() -> None:
    products = {"imperviousness": {"product": "IMD", "editions": {2018: "image_service"}}}
    methods = {"sealed": "imperviousness >= 30"}
    layers = {"artific_urb_cat": {"use": "sealed", "methods": methods}}
    made = plan(
        products=products, layers=layers, areas={"evian": {"bbox": [2.9, 43.4, 3.0, 43.5]}},
    )  # fmt: skip
    (source,) = request(made).products
    assert source.origin == "image_service"
    assert source.dataset == {"layer": "HRL_ImperviousnessDensity_2018"}
