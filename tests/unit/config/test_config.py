"""The config: what is accepted, and how everything that is wrong is told at once."""

import copy
import datetime
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lccs_inputs import config
from lccs_inputs.errors import ConfigError
from lccs_inputs.expressions import canonical

REPOSITORY = Path(__file__).resolve().parents[3]
SCENES = {"sensor": "sentinel2", "catalogue": "earth_search"}


def minimal() -> dict[str, Any]:
    return {
        "areas": {"here": {"bbox": [6.4, 46.3, 6.7, 46.4]}},
        "periods": {"2018": {"start": "2018-05-01", "end": "2018-10-31"}},
        "scenes": {"s2": dict(SCENES)},
        "derived": {"ndvi": "(nir - red) / (nir + red)"},
        "layers": {"vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}}},
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """The minimal config with the value at a dotted path replaced."""
    document = minimal()
    place = document
    *parents, last = path.split(".")
    for part in parents:
        place = place.setdefault(part, {})
    place[last] = value
    return document


def problems(document: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.load(document)
    return caught.value.problems


@pytest.fixture(scope="module")
def default() -> dict[str, Any]:
    return config.load_files(REPOSITORY / "config.yaml", [], {})


def test_the_projects_own_config_is_right(default: dict[str, Any]) -> None:
    loaded = config.load(default)
    assert list(loaded.made) == [
        "vegetat_veg_cat",
        "aquatic_wat_cat",
        "cultman_agr_cat",
        "artific_urb_cat",
        "lifeform_veg_cat",
        "canopyco_veg_con",
        "leaftype_veg_cat",
    ]


def test_every_method_of_the_projects_config_can_be_chosen(default: dict[str, Any]) -> None:
    for layer, settings in default["layers"].items():
        for method in settings["methods"]:
            document = copy.deepcopy(default)
            document["layers"][layer]["use"] = method
            config.namespace(config.load(document), "2018").resolve_layer(layer)


def test_a_period_too_far_from_every_edition_of_a_product_is_told(default: dict[str, Any]) -> None:
    document = copy.deepcopy(default)
    document["periods"] = {"2030": {"start": "2030-05-01", "end": "2030-10-31"}}
    methods = {"map": "crop_map in {211, 216}"}
    document["layers"] = {"cultman_agr_cat": {"use": "map", "methods": methods}}
    (problem,) = problems(document)
    assert problem == (
        "layers.cultman_agr_cat: products.crop_map has no edition within 5 years of 2030 (period "
        "2030; it has 2018); name one in periods.2030.editions, raise products.crop_map.max_years, "
        "or add a method that does without to layers.cultman_agr_cat.use"
    )
    document["products"]["crop_map"]["max_years"] = 12
    config.load(document)
    del document["products"]["crop_map"]["max_years"]
    document["periods"]["2030"]["editions"] = {"crop_map": 2018}
    config.load(document)


def test_a_chain_goes_on_without_the_methods_whose_products_are_too_far(
    default: dict[str, Any],
) -> None:
    document = copy.deepcopy(default)
    document["periods"]["2030"] = {"start": "2030-05-01", "end": "2030-10-31"}
    methods = {"eucropmap": "crop_map in {211}", "ndvi_stddev": "ndvi_stddev >= 0.15"}
    chain = {"use": ["eucropmap", "ndvi_stddev"], "methods": methods}
    document["layers"] = {"cultman_agr_cat": chain}
    loaded = config.load(document)
    used = {
        period: [*config.namespace(loaded, period).methods_in_use("cultman_agr_cat")]
        for period in loaded.periods
    }
    assert used == {"2018": ["eucropmap", "ndvi_stddev"], "2030": ["ndvi_stddev"]}


def test_every_section_of_the_projects_config_has_a_comment() -> None:
    lines = (REPOSITORY / "config.yaml").read_text().splitlines()
    for previous, line in pairwise(lines):
        if re.match(r"[a-z_]+:", line):
            assert previous.startswith("#") or "#" in line, line


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("outlines/here.gpkg", {"file": "outlines/here.gpkg"}),
        ([6.4, 46.3, 6.7, 46.4], {"bbox": [6.4, 46.3, 6.7, 46.4]}),
    ],
)
def test_an_area_may_be_its_file_or_its_box_alone(short: Any, whole: dict[str, Any]) -> None:
    loaded, in_full = (config.load(changed("areas.here", each)) for each in (short, whole))
    assert loaded.areas == in_full.areas
    assert problems(changed("areas.here", "~nobody-here/a.gpkg"))[0].startswith("areas.here.file:")


@pytest.mark.parametrize("crs", [3035, "3035", "EPSG:3035"])
def test_a_crs_may_be_the_number_of_epsg_alone(crs: Any) -> None:
    assert config.load(changed("grid.crs", crs)).grid.crs == "EPSG:3035"


def test_a_minimal_config_falls_back_to_the_defaults() -> None:
    loaded = config.load(minimal())
    assert (loaded.grid.crs, loaded.grid.resolution, loaded.grid.block) == ("EPSG:2154", 10, 4096)
    assert loaded.default_scenes == "s2"
    assert loaded.scenes["s2"].boa_offset == "auto"
    assert loaded.checks.valid_share.severity == "warn"


def test_a_box_may_cross_180_degrees() -> None:
    loaded = config.load(changed("areas.here.bbox", [177, -19, -178, -16]))
    assert loaded.areas["here"].bbox == (177, -19, -178, -16)


def test_a_config_is_the_same_after_dumping_and_loading(default: dict[str, Any]) -> None:
    loaded = config.load(default)
    assert config.load(loaded.model_dump(mode="json", exclude_unset=True)) == loaded


def test_yaml_dates_year_keys_and_off_are_what_they_look_like() -> None:
    document = minimal()
    document["periods"] = {
        2018: {"start": datetime.date(2018, 5, 1), "end": datetime.date(2018, 10, 31)}
    }
    document["products"] = {"water": {"product": "WAW", "editions": {2018: "waw.zip"}}}
    document["checks"] = {"codes": False}
    loaded = config.load(document)
    assert loaded.periods["2018"].start == datetime.date(2018, 5, 1)
    assert loaded.products["water"].editions == {"2018": "waw.zip"}
    assert loaded.checks.codes == "off"


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (
            "grid.resolutoin",
            10,
            'grid.resolutoin: "resolutoin" is not a key here; did you mean "resolution"?',
        ),
        ("areaz", {}, 'areaz: "areaz" is not a key here; did you mean "areas"?'),
        ("grid.resolution", "ten", 'expected a number of metres above 0, found "ten"'),
        ("grid.resolution", True, "expected a number of metres above 0, found true"),
        ("grid.resolution", float("inf"), "expected a number of metres above 0, found inf"),
        ("grid.block", 1000, "expected a multiple of 256 pixels, at most 16384, found 1000"),
        ("grid.crs", "EPSG:9999999", "is not a CRS pyproj knows; write it as EPSG:2154"),
        ("grid.crs", "EPSG:4326", "is not a projected CRS in metres"),
        ("grid.crs", "EPSG:2263", "is not a projected CRS in metres"),
        ("grid", None, "grid: expected keys and values, found nothing"),
        ("areas", {}, "areas: needs at least one entry"),
        ("areas.here.bbox", [1, 2, 3], "expected four numbers: west, south, east, north"),
        ("areas.here.bbox", [7, 46, 6, 47], "expected four numbers: west, south, east, north"),
        ("areas.here.bbox", [10, 0, -170, 1], "expected four numbers: west, south, east, north"),
        ("areas.here.file", "a.gpkg", "areas.here: needs one of bbox, file or asset"),
        ("areas.here.layer", "a", "areas.here: layer goes with file only"),
        ("areas.here.where", "a = 1", "areas.here: where goes with file only"),
        (
            "areas.here.scale_error_max",
            0,
            "areas.here.scale_error_max: expected a number of percent",
        ),
        ("areas.sample_data", {"file": "a.gpkg"}, '"sample_data" is a folder of results/ already'),
        ("areas.logs", {"file": "a.gpkg"}, '"logs" is a folder of results/ already'),
        ("areas.a/b", {"file": "a.gpkg"}, "expected a name of letters, digits, _ and -"),
        ("periods.2018.start", "May", 'start: expected a date (YYYY-MM-DD), found "May"'),
        ("periods.2018.start", 20180501, "expected a date (YYYY-MM-DD), found 20180501"),
        ("periods.2018.end", "2018-04-30", "end: 2018-04-30 is before start, 2018-05-01"),
        ("periods.2018.end", None, "end: expected a date (YYYY-MM-DD), found nothing"),
        ("scenes.s2.sensor", "sentinel", 'is not a sensor; did you mean "sentinel2"?'),
        ("scenes.s2.sensor", ["sentinel2"], "is not a sensor"),
        ("scenes.s2.catalogue", "earthsearch", 'did you mean "earth_search"?'),
        ("scenes.s2.sensor", "landsat", "earth_search offers no landsat scenes free of charge"),
        ("scenes.s2.mask", "qa_pixel", "is not a mask of sentinel2; valid: scl, clm, none"),
        ("scenes.s2.mask_values", [300], "expected a whole number from 0 to 255, found 300"),
        ("scenes.s2.mask_values", 3, "mask_values: expected a list, found 3"),
        ("scenes.s2", SCENES | {"mask": "none", "mask_values": [8]}, "mask_values: needs a mask"),
        ("scenes.s2.platforms", ["sentinel2x"], "is not a platform of sentinel2"),
        ("scenes.s2.collections", [], "collections: needs at least one entry"),
        ("scenes.s2.cloud_max", 101, "expected a number from 0 to 100, found 101"),
        ("scenes.s2.cloud_max", "80", 'expected a number from 0 to 100, found "80"'),
        ("scenes.s2.window", "yearly", "expected period, year, months, or a season"),
        ("scenes.s2.window", "04-31/10-31", "expected period, year, months, or a season"),
        ("scenes.s2.window", [1], "expected period, year, months, or a season"),
        ("scenes.s2.tier1_only", True, "tier1_only: is for landsat only"),
        (
            "scenes.s2.units",
            "db",
            "units: is for radar only; remove it from this sentinel2 scene set",
        ),
        (
            "scenes.s2.bands",
            {"red": "image:0"},
            "bands.red: expected the key of an asset, or ASSET:NUM",
        ),
        (
            "scenes.s2.bands",
            {"rde": "image"},
            'bands: "rde" is not a band or mask of sentinel2; did you',
        ),
        (
            "scenes.hls",
            {"sensor": "hls", "catalogue": "earthengine"},
            "scenes.hls.collections: earthengine is asked for sentinel2 or landsat or sentinel1",
        ),
        (
            "scenes.hls",
            {"sensor": "hls", "catalogue": "earth_search"},
            "offers no hls scenes free of charge; use a catalogue of files (make catalogue)",
        ),
        (
            "scenes.s2",
            SCENES | {"catalogue": "earthengine", "mask": "clm"},
            'scenes.s2.mask: "clm" is not a mask of sentinel2; did you mean "scl"?',
        ),
        (
            "scenes.s2.assets",
            {"red": "B04"},
            "scenes.s2: `assets` is called `bands` here: band → the asset that holds it",
        ),
        (
            "composing.cache_gb",
            1e12,
            "expected a number of GB, 0 to 1,000,000, found 10000",
        ),
        ("composing.cache_gb", float("inf"), "a number of GB, 0 to 1,000,000, found inf"),
        ("composing.cache_gb", "2e3", 'found "2e3", which YAML takes for a text: write 2000'),
        ("scenes.s2.scale", "1e-4", 'found "1e-4", which YAML takes for a text: write 0.0001'),
        ("scenes.s2.scale", 0, "scale: expected a number above 0, found 0"),
        ("scenes.s2.offset", "-0.1x", 'offset: expected a number, found "-0.1x"'),
        (
            "scenes.s2",
            SCENES | {"boa_offset": "applied", "offset": 0},
            "scenes.s2.offset: says the same as boa_offset; give one of them",
        ),
        (
            "scenes.s1",
            SCENES | {"sensor": "sentinel1", "catalogue": "planetary_computer", "scale": 0.1},
            "scenes.s1.scale: is for optical only; remove it from this sentinel1 scene set",
        ),
        (
            "scenes.s2",
            SCENES | {"catalogue": "earthengine", "nodata": 0},
            "scenes.s2.nodata: is for STAC catalogues; remove it: earthengine knows its numbers",
        ),
        (
            "scenes.s2",
            SCENES | {"catalogue": "earthengine", "bands": {"red": "B4"}},
            "scenes.s2.bands: is for STAC catalogues; remove it: earthengine knows its bands",
        ),
        ("scenes.s2.boa_offset", "yes", "is not a way to offset; valid: auto, applied, pending"),
        ("scenes.S2", {}, "expected a name of small letters, digits and _"),
        ("scenes.in", {}, '"in" is a reserved word of expressions'),
        ("default_scenes", "s3", 'default_scenes: "s3" is not a scene set; did you mean "s2"?'),
        ("products.water", {"product": "WAX", "editions": {"2018": "a"}}, 'did you mean "WAW"?'),
        ("products.water", {"product": "WAW", "editions": {}}, "editions: needs at least one"),
        (
            "products.water",
            {"product": "WAW", "editions": {"2018": "a", "static": "b"}},
            "static stands alone",
        ),
        (
            "products.water",
            {"product": "WAW", "editions": {"18": "a"}},
            "expected a year or static",
        ),
        (
            "products.water",
            {"product": "EUCROPMAP", "editions": {2021: "earthengine"}},
            "Earth Engine has no EU crop map 2021; editions there: 2018, 2022",
        ),
        (
            "products.water",
            {"product": "WAW", "editions": {2018: "earthengine"}},
            "Earth Engine has no Water and Wetness 2018; editions there: none",
        ),
        (
            "products.water",
            {"product": "WAW", "editions": {2018: "cdse"}},
            "not WAW; write clms, or the path of a file",
        ),
        (
            "products.crops",
            {"product": "CTY", "editions": {2012: "cdse"}},
            "cdse has Crop Types every year from 2017 on; choose such a year",
        ),
        (
            "products.water",
            {"product": "WAW", "editions": {"static": "clms"}},
            "clms has maps by year; name the year, not static",
        ),
        (
            "products.crops",
            {"product": "EUCROPMAP", "editions": {2018: "clms"}},
            "CLMS does not have EU crop map; give the path of a file",
        ),
        (
            "products.water",
            {"product": "WAW", "editions": {2012: "image_service"}},
            "of 2018 only; write clms or a path",
        ),
        (
            "products.water",
            {"product": "WAW", "editions": {2018: "clms"}, "request": {"by": "bbox", "nuts": "A"}},
            "nuts goes with by: nuts, and only with it",
        ),
        (
            "products.water",
            {"product": "WAW", "editions": {2018: "clms"}, "request": {"by": "country"}},
            "country goes with by: country, and only with it",
        ),
        ("layers.vegetation", {}, 'layers.vegetation: "vegetation" is not a layer; did you mean'),
        (
            "layers.vegetat_veg_cat.use",
            "ndwi",
            'use: "ndwi" is not a method of this layer; did you mean "ndvi"?',
        ),
        ("scenes.s2.mask", "cloud_score", "cloud_score is on earthengine only"),
        ("scenes.s2.cloud_score", {"least": 0.5}, "goes with mask: cloud_score"),
        ("scenes.s2.orbit_pass", "ascending", "orbit_pass: is for radar only"),
        (
            "layers.vegetat_veg_cat.use",
            ["ndvi", "ndwi"],
            'use: "ndwi" is not a method of this layer; did you mean "ndvi"?',
        ),
        ("layers.vegetat_veg_cat.use", [], "expected the name of a method, or a list of them"),
        ("periods.2018.editions", {"wood": 2018}, '"wood" is not a product'),
        ("layers.vegetat_veg_cat.methods", {}, "methods: needs at least one entry"),
        ("layers.vegetat_veg_cat.methods.x", 1, "expected an expression, as text, found 1"),
        ("layers.vegetat_veg_cat.minus", "a", 'minus: expected a list, found "a"'),
        ("layers.vegetat_veg_cat.min_area_ha", 0, "expected a number above 0, found 0"),
        ("layers.vegetat_veg_cat.connectivity", 6, "expected 4 or 8, found 6"),
        ("checks.grid", "warning", 'is not a severity; did you mean "warn"?'),
        ("checks.valid_share", 0.5, "valid_share: expected keys and values, found 0.5"),
        ("checks.valid_share", {"minimum": 80}, "expected a number from 0 to 1, found 80"),
    ],
)
def test_a_bad_value_is_told_by_its_path_and_what_was_expected(
    path: str, value: Any, problem: str
) -> None:
    found = problems(changed(path, value))
    assert any(problem in line for line in found), found
    assert all(line.split(":")[0].startswith(path.split(".", maxsplit=1)[0]) for line in found), (
        found
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ndvx >= 0.4", "ndvi"),
        ("s3.ndvi >= 0.4", "s2"),
        ("ndvi", "expected a condition"),
        ("ndvi >= ", "layers.vegetat_veg_cat.methods.ndvi"),
        ("vegetat_veg_cat", "vegetat_veg_cat → vegetat_veg_cat"),
    ],
)
def test_a_bad_expression_is_told_by_its_path(text: str, problem: str) -> None:
    (found,) = problems(changed("layers.vegetat_veg_cat.methods.ndvi", text))
    assert found.startswith("layers.vegetat_veg_cat.methods.ndvi: ")
    assert problem in found


def test_a_method_that_is_not_in_use_is_checked_too() -> None:
    (found,) = problems(changed("layers.vegetat_veg_cat.methods.other", "ndvx >= 0.4"))
    assert found.startswith("layers.vegetat_veg_cat.methods.other: ")


@pytest.mark.parametrize("key", ["min_area_ha", "fill_holes_ha"])
def test_small_patches_are_of_binary_layers_only(key: str) -> None:
    wood = {"use": "any", "methods": {"any": "where(ndvi > 0, 1, 2)"}, key: 0.5}
    assert problems(changed("layers.lifeform_veg_cat", wood)) == [
        f"layers.lifeform_veg_cat.{key}: is for binary layers only; remove it from this "
        "categorical one"
    ]


def test_all_problems_are_told_at_once() -> None:
    document = minimal()
    document["grid"] = {"resolution": -1}
    document["periods"]["2018"]["end"] = "2017-01-01"
    document["scenes"]["s2"]["sensor"] = "sentinel9"
    document["default_scenes"] = "s3"
    document["layers"]["vegetat_veg_cat"]["minus"] = ["watr"]
    document["layers"]["lifeform"] = {"use": "x", "methods": {"x": "1"}}
    paths = [line.split(": ")[0] for line in problems(document)]
    assert paths == [
        "grid.resolution",
        "periods.2018.end",
        "scenes.s2.sensor",
        "layers.lifeform",
        "default_scenes",
        "layers.vegetat_veg_cat.minus",
    ]


def test_of_many_problems_the_first_are_told_and_how_many_more_there_are(default) -> None:
    default["derived"] = "(nir - red) / (nir + red)"  # which every expression then lacks
    with pytest.raises(ConfigError) as error:
        config.load(default)
    head, *lines, more = str(error.value).splitlines()
    count = len(error.value.problems)
    assert count > 21
    assert (head, len(lines), more) == (
        f"config: {count} problems",
        20,
        f"  - … and {count - 20} more",
    )
    assert lines[0].startswith('  - derived: expected keys and values, found "(nir')


def test_a_list_within_lists_is_told_shortly_however_deep() -> None:
    deep: list[Any] = []
    for _ in range(400):
        deep = [deep]
    assert problems(changed("derived", deep))[0] == (
        "derived: expected keys and values, found the list [a list]"
    )


def test_a_missing_key_is_told_with_its_meaning() -> None:
    document = minimal()
    del document["areas"]
    del document["scenes"]["s2"]["catalogue"]
    found = problems(document)
    assert found[0] == "areas: is missing: Where: named areas; each is built for every period."
    assert found[1].startswith("scenes.s2.catalogue: is missing: A preset, the URL of a STAC API")


def test_a_fault_in_a_scene_set_does_not_make_its_names_unknown() -> None:
    (found,) = problems(changed("scenes.s2.sensor", "sentinel9"))
    assert found.startswith("scenes.s2.sensor: ")


def test_derived_sources_that_no_scene_set_has_bands_for_are_no_problem_until_used() -> None:
    document = minimal()
    document["scenes"] = {}
    document["products"] = {"trees": {"product": "TCD", "editions": {"static": "tcd.tif"}}}
    document["layers"] = {"canopyco_veg_con": {"use": "trees", "methods": {"trees": "trees"}}}
    loaded = config.load(document)
    assert loaded.default_scenes is None
    assert canonical(config.namespace(loaded, "2018").resolve_layer("canopyco_veg_con")) == "trees"


def test_the_default_scene_set_is_the_first_unless_said() -> None:
    document = minimal()
    document["scenes"]["l8"] = {"sensor": "landsat", "catalogue": "planetary_computer"}
    assert config.load(document).default_scenes == "s2"
    document["default_scenes"] = "l8"
    node = config.namespace(config.load(document), "2018").resolve_layer("vegetat_veg_cat")
    assert "l8.nir" in canonical(node)
    assert "s2.nir" not in canonical(node)


def test_the_mask_is_the_usual_one_with_the_values_asked_for() -> None:
    usual = config.load(minimal()).scenes["s2"].chosen_mask
    assert usual is not None
    assert usual.values == (0, 1, 3, 7, 8, 9, 10)
    some = config.load(changed("scenes.s2.mask_values", [8, 9])).scenes["s2"].chosen_mask
    assert some is not None
    assert (some.asset, some.values) == ("scl", (8, 9))
    assert config.load(changed("scenes.s2.mask", "none")).scenes["s2"].chosen_mask is None


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=5,
)
_PLACES = [
    "areas", "areas.here", "areas.here.bbox", "grid", "grid.crs", "grid.block", "periods",
    "periods.2018", "periods.2018.start", "sample", "scenes", "scenes.s2", "scenes.s2.sensor",
    "scenes.s2.catalogue", "scenes.s2.collections", "scenes.s2.window", "scenes.s2.mask",
    "scenes.s2.platforms", "default_scenes", "products", "products.x", "derived", "derived.ndvi",
    "layers", "layers.vegetat_veg_cat", "layers.vegetat_veg_cat.use",
    "layers.vegetat_veg_cat.methods", "layers.vegetat_veg_cat.minus", "checks", "checks.crs",
]  # fmt: skip


@given(st.sampled_from(_PLACES), _ANYTHING)
def test_whatever_the_config_says_it_is_right_or_told(path: str, value: Any) -> None:
    try:
        config.load(changed(path, value))
    except ConfigError as error:
        assert error.problems
        assert all(": " in line for line in error.problems)


@given(_ANYTHING)
def test_whatever_the_document_is_it_is_told(document: Any) -> None:
    assert problems(document)
