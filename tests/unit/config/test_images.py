"""Images in the config: what can be named, and what is told of mistakes."""

from pathlib import Path
from typing import Any

import pytest

from lccs_inputs import config
from lccs_inputs.config.files import merge_files
from lccs_inputs.errors import ConfigError

BASE = Path(__file__).parents[3] / "config.yaml"


def problems(*images: Any, **changes: Any) -> list[str]:
    try:
        config.load(config.load_files(BASE, [], {"images": list(images), **changes}))
    except ConfigError as error:
        return error.problems
    return []


def test_bands_derived_sources_products_and_number_layers_are_images() -> None:
    names = (
        "ndvi", "evi", "fvc", "s2.ndvi_stddev", "l8.ndvi", "s1.smooth_vh", "s1.vv", "slope",
        "ndvi_amplitude", "imperviousness", "canopyco_veg_con", "true_colour", "l8.true_colour",
    )  # fmt: skip
    moisture = {
        "name": "moisture",
        "expression": "(nir - swir16) / (nir + swir16)",
        "range": [-0.5, 0.5],
    }
    assert problems(*names, moisture) == []


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("ndvii", "images[2]: there is no ndvii"),
        ("s9.ndvi", "images[2]: there is no s9"),
        ("s1.true_colour", "images[2]: there is no red in s1"),
        ("open_water", "images[2]: expected a number, found a condition"),
        ("waterper_wat_cin", "images[2]: there is no waterper_wat_cin"),  # it is not made
        ("water_wetness", "images[2]: water_wetness is of codes, and an image is of quantities"),
        ("ndvi", "images[2]: ndvi is images[0] already"),
        ("NDVI", "images[2].name: expected a name such as ndvi"),
        ({"name": "m", "expression": "nir / (red", "range": [0, 1]}, "images[2]: cannot be read"),
        ({"name": "m", "expression": "nir / red"}, "images[2]: nothing says between which values"),
        ({"name": "mndwi", "expression": "nir"}, "images[2]: mndwi has a meaning already"),
        ({"name": "mndwi", "range": [1, 1]}, "images[2].range: expected two numbers"),
        ({"name": "mndwi", "range": [1, 0]}, "images[2].range: expected two numbers"),
        ({"name": "mndwi", "palette": "gray"}, 'images[2].palette: "gray" is not a palette; did'),
        ({"name": "mndwi", "palette": ["red"]}, "images[2].palette: expected one of vegetation"),
        ({"name": "true_colour", "palette": "grey"}, "images[2]: true colours have no palette"),
        ({"expression": "nir"}, "images[2].name: is missing"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_with_the_number_of_the_image(
    image: Any, said: str
) -> None:
    found = problems("ndvi", "evi", image)
    assert len(found) == 1
    assert found[0].startswith(said)


def test_a_product_without_an_edition_near_is_told_of_the_image_that_needs_it() -> None:
    periods = {"2018": {"start": "2030-05-01", "end": "2030-10-31"}}
    layers = {"vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}}}
    document = {**config.load_files(BASE, [], {}), "periods": periods, "layers": layers}
    with pytest.raises(ConfigError) as raised:
        config.load(document | {"images": ["ndvi", "imperviousness"]})
    assert raised.value.problems == [
        "images[1]: products.imperviousness has no edition within 5 years of 2030 (period 2018; it "
        "has 2018); name one in periods.2018.editions, or raise products.imperviousness.max_years"
    ]


def test_images_over_scene_sets_that_the_user_replaced_are_told_if_they_are_the_users() -> None:
    mine = {"scenes": {"s2": {"sensor": "sentinel2", "catalogue": "earth_search"}}}
    merged = merge_files(BASE, [mine | {"images": ["ndvi", "l8.ndvi"]}], {})
    found = config.check(merged.document, merged.lost).problems
    assert [text for text in found if "images[1]" in text]


def test_images_of_a_preset_over_scene_sets_that_the_user_replaced_go(tmp_path: Path) -> None:
    preset = tmp_path / "preset.yaml"
    preset.write_text("images: [ndvi, l8.ndvi, {name: m, expression: l8.nir, range: [0, 1]}]")
    mine = {"scenes": {"s2": {"sensor": "sentinel2", "catalogue": "earth_search"}}}
    merged = merge_files(BASE, [mine | {"preset": str(preset)}], {})
    assert merged.document["images"] == ["ndvi"]
