"""Which periods are compared, and what of their change is not one of the land alone."""

from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.errors import ConfigError
from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place

BASE = Path(__file__).parents[3] / "config.yaml"
YEARS = {
    year: {"start": f"{year}-05-01", "end": f"{year}-10-31"} for year in ("2021", "2015", "2018")
}
TWO_MAPS = {
    "imperviousness": {"product": "IMD", "editions": {2015: "a.tif", 2018: "b.tif"}},
    "tree_cover_density": {"product": "TCD", "editions": {2018: "c.tif"}},
}
LAYERS = {
    "vegetat_veg_cat": {"use": "a", "methods": {"a": "tree_cover_density > 0"}},
    "aquatic_wat_cat": {"use": "a", "methods": {"a": "tree_cover_density == 0"}},
    "cultman_agr_cat": {"use": "a", "methods": {"a": "vegetat_veg_cat and artific_urb_cat"}},
    "artific_urb_cat": {"use": "a", "methods": {"a": "imperviousness >= 30"}},
}


def plan(**changes: Any) -> Plan:
    own = {"periods": YEARS, "products": TWO_MAPS, "layers": LAYERS} | changes
    return Plan.from_files(BASE, [own], {})


def flags(made: Plan, earlier: str, later: str) -> list[tuple[Any, ...]]:
    asked = made.change.request(Place(area="evian", earlier=earlier, later=later))
    return [(each["kind"], each["layers"], each["text"]) for each in asked["flags"]]


def test_each_period_is_compared_with_the_next_that_begins_after_it() -> None:
    assert plan().change.pairs == [("2015", "2018"), ("2018", "2021")]
    summer = {"start": "2018-07-01", "end": "2018-08-31"}
    overlapping = plan(periods={**YEARS, "summer": summer}).change.pairs
    assert overlapping == [("2015", "2018"), ("2018", "2021"), ("summer", "2021")]
    alone = plan(periods={"2018": YEARS["2018"]})
    assert alone.change.targets() == []
    assert any(
        told.startswith("periods: change needs two") for told in alone.unready([], ["change"])
    )


def test_the_config_says_which_pairs_if_any() -> None:
    chosen = plan(change=[[2015, 2021]]).change
    assert chosen.pairs == [("2015", "2021")]
    assert {
        target.removeprefix("<results>/evian/change/2015/2021/") for target in chosen.targets()
    } == {
        "change.json", "layers.csv", "level3.csv", "level3.tif", "level3.tif.aux.xml", "level3.png",
    }  # fmt: skip
    assert plan(change=[]).change.targets() == []


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([["2015", "2019"]], 'change: "2019" is not a period'),
        ([["2018", "2015"]], "change: 2018 does not begin before 2015; name the earlier first"),
        ([["2015"]], r"change\[0\]"),
    ],
)
def test_a_pair_that_is_none_is_refused(pairs: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        plan(change=pairs)


def test_editions_that_do_not_compare_are_flagged_with_all_that_follows_from_them() -> None:
    made = plan()
    broken, same = flags(made, "2015", "2018")
    assert broken[:2] == ("break", ["cultman_agr_cat", "artific_urb_cat", "level3"])
    assert broken[2].startswith("imperviousness of 2015 and 2018 do not compare: 10 m pixels")
    assert broken[2].endswith("take Imperviousness Change Classified 2015-2018 (IMCC) for it")
    assert same == (
        "same",
        ["vegetat_veg_cat", "aquatic_wat_cat", "cultman_agr_cat", "level3"],
        "tree_cover_density 2018",
    )
    assert [kind for kind, _, _ in flags(made, "2018", "2021")] == ["same", "same"]


SEALING_CHANGE = {
    "custom": {
        "title": "Sealing 2015-2018", "kind": "classes",
        "codes": {0: "none", 1: "new", 2: "gone", 10: "unchanged"},
    },
    "editions": {2018: "imcc.tif"},
    "change": {"of": "imperviousness", "since": 2015, "gain": [1], "loss": [2],
               "unchanged": [0, 10]},
}  # fmt: skip


def test_a_map_of_the_change_itself_is_taken_where_it_is_of_the_same_editions() -> None:
    made = plan(products=TWO_MAPS | {"sealing_change": SEALING_CHANGE})
    place = Place(area="evian", earlier="2015", later="2018")
    assert made.change.maps(place) == ["<results>/evian/sources/sealing_change/2018/aligned.tif"]
    assert made.change.request(place)["maps"] == [
        {
            "name": "sealing_change",
            "of": "imperviousness",
            "gain": (1,),
            "loss": (2,),
            "unchanged": (0, 10),
            "layers": ["artific_urb_cat"],
        }
    ]
    assert flags(made, "2015", "2018")[0][2].endswith("; sealing_change tells its change")
    assert ("evian", "sealing_change", "2018") in made.names.editions(made.config.products)
    later = Place(area="evian", earlier="2018", later="2021")
    assert made.change.maps(later) == []
    unused = plan(products=TWO_MAPS | {"sealing_change": SEALING_CHANGE}, change=[])
    assert not [s for _, s, _ in unused.names.editions(made.config.products) if "change" in s]


@pytest.mark.parametrize(
    ("method", "is_told"),
    [
        ("imperviousness > 0", True),
        ("imperviousness < 30", False),
        ("imperviousness >= 30 and tree_cover_density == 0", False),
        ("tree_cover_density >= 30", False),
    ],
)
def test_a_map_tells_the_change_of_layers_that_rise_with_its_product_alone(
    method: str, is_told: bool
) -> None:
    layers = LAYERS | {"artific_urb_cat": {"use": "a", "methods": {"a": method}}}
    made = plan(products=TWO_MAPS | {"sealing_change": SEALING_CHANGE}, layers=layers)
    (told,) = made.change.request(Place(area="evian", earlier="2015", later="2018"))["maps"]
    assert told["layers"] == (["artific_urb_cat"] if is_told else [])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"of": "sealing"}, r'sealing_change\.change\.of: "sealing" is not a product'),
        ({"gain": [1, 3]}, "change: 3 is none of its codes"),
        ({"gain": [1, 2]}, "change: 2 is of one kind only"),
    ],
)
def test_a_map_of_change_of_nothing_is_refused(change: Any, told: str) -> None:
    said = SEALING_CHANGE | {"change": SEALING_CHANGE["change"] | change}
    with pytest.raises(ConfigError, match=told):
        plan(products=TWO_MAPS | {"sealing_change": said})


def test_layers_that_are_made_in_different_ways_are_flagged() -> None:
    layers = {
        **LAYERS,
        "artific_urb_cat": {
            "use": ["sealed", "trees"],
            "methods": {"sealed": "imperviousness >= 30", "trees": "tree_cover_density == 0"},
        },
    }
    maps = {
        "imperviousness": {"product": "IMD", "editions": {2021: "b.tif"}, "max_years": 2},
        "tree_cover_density": TWO_MAPS["tree_cover_density"],
    }
    found = flags(plan(layers=layers, products=maps), "2018", "2021")
    assert (
        "method",
        ["cultman_agr_cat", "artific_urb_cat", "level3"],
        "artific_urb_cat is made by trees in 2018, by sealed, trees in 2021",
    ) in found


def test_without_the_layers_of_level_3_there_is_no_map_of_change() -> None:
    kept = {name: LAYERS[name] for name in ("vegetat_veg_cat", "aquatic_wat_cat")}
    targets = plan(layers=kept, change=[["2015", "2018"]]).change.targets()
    assert [target.rpartition("/")[2] for target in targets] == ["change.json", "layers.csv"]
