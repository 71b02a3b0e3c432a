"""Which images there are, what they need, and what makes them anew."""

import re
from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.facts.images import Image
from lccs_inputs.plan import Plan
from lccs_inputs.plan.images import asks_for_images
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.images import ImageRecipe

BASE = Path(__file__).parents[3] / "config.yaml"
HERE = Place(area="evian", period="2018")


def plan(*images: Any, asked: bool = False, **changes: Any) -> Plan:
    words = ["images"] if asked else []
    return Plan.from_files(BASE, [changes], {"images": list(images)}, asked=words)


def bands(made: Plan, source: str = "s2") -> set[str]:
    return {*made.scenes.needed_bands(Place(source=source, edition="2018"))}


def recipe(made: Plan, image: str) -> ImageRecipe:
    place = Place(area="evian", period="2018", image=image)
    return ImageRecipe.from_dict(made.images.recipe(place))


def test_images_add_their_bands_and_sources_only_where_they_are_asked_for() -> None:
    default = plan()
    assert default.images.targets() == []
    assert "l8" not in {source for _, source, _ in default.names.editions(default.config.scenes)}
    made = plan("ndbi", "s2.ndvi_min", "l8.ndvi")
    assert bands(made) == bands(default) | {"swir16", "nir", "ndvi_min"}
    assert bands(made, "l8") == {"red", "nir", "clear_count"}
    assert ("evian", "l8", "2018") in made.names.editions(made.config.scenes)


def test_where_none_is_named_those_of_the_notebook_are_made_of_the_sources_in_use() -> None:
    one = ["true_colour", "ndvi", "evi", "fvc", "ndwi", "ndbi"]
    statistics = ["ndvi_mean", "ndvi_median", "ndvi_max", "ndvi_min", "ndvi_stddev"]
    assert [*plan(asked=True).images.images] == one + statistics
    both = plan(asked=True, use={"vegetat_veg_cat": "l8_ndvi", "artific_urb_cat": "ndbi"})
    assert [*both.images.images] == one + statistics + [f"l8.{name}" for name in one]
    assert [*plan("ndvi", asked=True).images.images] == ["ndvi"]


def test_true_colours_need_red_green_and_blue() -> None:
    made = plan("l8.true_colour", true_colour=False)
    assert bands(made, "l8") == {"red", "green", "blue", "clear_count"}
    assert recipe(made, "l8.true_colour").expressions == {
        "red": "l8.red", "green": "l8.green", "blue": "l8.blue",
    }  # fmt: skip


def test_statistics_of_the_area_are_computed_for_images() -> None:
    made = plan("fvc")
    wanted = recipe(made, "fvc").statistics
    assert len(wanted) == 1
    assert made.layers.statistic_targets() == [
        paths.STATISTIC.format(area="evian", period="2018", statistic=wanted[0])
    ]


def test_a_product_that_an_image_needs_must_reach_the_area() -> None:
    place = Place(area="evian", source="land_cover", edition="2018")
    assert plan().products.optional(place)
    image = {"name": "sealed", "expression": "where(land_cover == 1, 1, 0)"}
    assert not plan(image).products.optional(place)


def test_how_an_image_is_drawn_makes_none_anew_and_what_it_is_does() -> None:
    usual, wide = plan("ndvi"), plan({"name": "ndvi", "range": [-1, 1], "palette": "grey"})
    assert recipe(usual, "ndvi") == recipe(wide, "ndvi")
    assert usual.results.legend(HERE) != wide.results.legend(HERE)
    other = plan("ndvi", derived={"ndvi": "(nir - red) / (nir + red)"})
    assert recipe(usual, "ndvi").fingerprint != recipe(other, "ndvi").fingerprint
    colours, bright = plan("true_colour"), plan({"name": "true_colour", "range": [0, 0.1]})
    assert recipe(colours, "true_colour") != recipe(bright, "true_colour")


def test_images_are_stored_by_what_they_can_be() -> None:
    made = plan(
        "ndvi", "fvc", "evi", "s1.vh", "slope", "imperviousness", "s1.smooth_vh",
        {"name": "ratio", "expression": "nir / red", "range": [0, 5]},
        {"name": "moisture", "expression": "(nir - swir16) / (nir + swir16)", "range": [-0.5, 0.5]},
    ).images.images  # fmt: skip
    steps = {name: image.steps for name, image in made.items()}
    assert steps == {
        "ndvi": 10_000, "fvc": 10_000, "evi": None, "s1.vh": 100, "slope": 100,
        "imperviousness": 100, "s1.smooth_vh": 100, "ratio": None, "moisture": 10_000,
    }  # fmt: skip
    units = {name: image.unit for name, image in made.items() if image.unit != "1"}
    assert units == {
        "s1.vh": "dB", "s1.smooth_vh": "dB", "slope": "degree", "imperviousness": "%",
    }  # fmt: skip


def test_what_observations_come_to_is_an_image_like_any_number() -> None:
    wet = {"name": "wet", "expression": "share(s2, ndwi > 0)"}
    made = plan("s2.ndwi_p90", wet)
    assert {name: (image.limits, image.steps) for name, image in made.images.images.items()} == {
        "s2.ndwi_p90": ((-0.05, 0.05), 10_000),
        "wet": ((0, 1), 10_000),
    }
    for name in ("s2.ndwi_p90", "wet"):
        (leaf,) = recipe(made, name).leaves
        assert leaf.removeprefix("s2.") in bands(made) - bands(plan())


def test_what_no_table_knows_is_drawn_between_the_values_it_can_have() -> None:
    made = plan("imperviousness", "canopyco_veg_con").images.images
    assert {image.limits for image in made.values()} == {(0, 100)}
    assert [image.title for image in made.values()] == ["Imperviousness Density", "Canopy cover"]


def test_an_image_says_how_it_is_drawn_as_plain_values() -> None:
    for image in plan("ndvi", "evi", "true_colour").images.images.values():
        assert Image.from_dict(image.to_dict()) == image


def test_images_are_drawn_with_the_other_maps() -> None:
    made = plan("ndvi")
    assert paths.image_picture("ndvi") in made.results.drawn
    assert made.results.drawn.keys() - plan().results.drawn.keys() == {paths.image_picture("ndvi")}
    ndvi = paths.IMAGE.format(area="evian", period="2018", image="ndvi")
    assert made.images.of_period(HERE) == [ndvi]


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        (["--cores", "2", "images"], True),
        (["results/evian/periods/2018/images/ndvi.tif"], True),
        (["results/evian/periods/2018/pictures/images/ndvi.png"], True),
        (["results/evian/periods/2018/checks/images.txt"], True),
        (["layers", "results/evian/periods/2018/pictures/ndvi.png"], False),
        (["--configfile", "my/images/config.yaml"], False),
        ([], False),
    ],
)
def test_a_command_line_asks_for_images_by_the_rule_or_by_a_file(
    words: list[str], asks: bool
) -> None:
    assert asks_for_images(words, "results") is asks


def test_without_an_optical_scene_set_images_have_to_be_named() -> None:
    radar = {"s1": {"sensor": "sentinel1", "catalogue": "planetary_computer"}}
    layers = {"aquatic_wat_cat": {"use": "vh", "methods": {"vh": "vh < -22"}}}
    made = plan(asked=True, scenes=radar, layers=layers)
    assert made.images.images == {}
    assert any(text.startswith("images: none is named") for text in made.unready([]))


def test_the_preset_notebook_draws_every_map_of_the_notebook() -> None:
    """Its maps, cell by cell: what it is of, min and max, and how many colours."""
    made = plan_of_preset("notebook").images.images
    drawn = {name: (image.limits, len(image.palette)) for name, image in made.items()}
    assert drawn == {
        "l8.true_colour": (pytest.approx((-0.0075, 0.185)), 0),
        "true_colour": (pytest.approx((0, 0.18)), 0),
        **dict.fromkeys(("l8_ndvi_raw", "l8_fvc_raw", "ndvi", "fvc"), ((0, 1), 17)),
        **dict.fromkeys(("l8_evi_raw", "evi_raw"), ((0, 3), 17)),
        **dict.fromkeys(("l8_ndwi_raw", "ndwi"), ((-0.05, 0.05), 2)),
        **dict.fromkeys(
            [f"s2_unmasked.ndvi_{name}" for name in ("mean", "median", "max", "min")], ((0, 1), 17)
        ),
        "s2_unmasked.ndvi_stddev": ((0, 0.3), 2),
        **dict.fromkeys(("l8_ndbi_raw", "ndbi_swir22"), ((0, 0.1), 2)),
    }


def test_the_page_of_methods_names_each_of_them_and_no_other() -> None:
    page = (BASE.parent / "docs/methods.md").read_text()
    named = re.findall(r"`periods/2024/images/(\S+)\.tif`", page)
    assert sorted(named) == sorted(plan_of_preset("notebook").images.images)


def test_no_other_preset_and_no_default_makes_images() -> None:
    for preset in ("default", "living-earth-2025", "open-data"):
        assert plan_of_preset(preset).images.images == {}


def plan_of_preset(preset: str) -> Plan:
    return Plan.from_files(BASE, [], {"preset": preset})
