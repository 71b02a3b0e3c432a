"""Before any job: everything that would stop a run is told in one message, with its key."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lccs_inputs.clms.lock import Lock
from lccs_inputs.errors import ConfigError
from lccs_inputs.plan import Plan
from lccs_inputs.sample import EVIAN
from lccs_inputs.trust import TRUSTED
from lccs_inputs.workflow.paths import Folders
from locked_products import locked_product

BASE = Path(__file__).resolve().parents[3] / "config.yaml"
PARIS = {"bbox": [2.3, 48.8, 2.4, 48.9]}
CLMS_MAP = {"product": "IMD", "editions": {2021: "clms"}}
EARTH_SEARCH = {"sensor": "sentinel2", "catalogue": "earth_search"}


def over(product: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """A config whose one layer is made of one product of Paris, and nothing else."""
    return {
        "areas": {"paris": PARIS},
        "periods": {"2019": {"start": "2019-05-01", "end": "2019-10-31"}},
        "products": {"map": product},
        "layers": {"artific_urb_cat": {"use": "map", "methods": {"map": "map >= 30"}}},
    } | sections


def of_scenes(scene_set: dict[str, Any], **sections: Any) -> dict[str, Any]:
    layers = {"vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}}}
    return over(CLMS_MAP, layers=layers, scenes={"s2": scene_set}) | sections


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ready(document: dict[str, Any], name: str = "mine.yaml") -> Plan:
    Path(name).write_text(yaml.safe_dump(document, sort_keys=False))
    return Plan.from_files(BASE, [Path(name)], {}, for_a_run=True)


def told(document: dict[str, Any], name: str = "mine.yaml") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        ready(document, name)
    return caught.value.problems


def test_the_projects_own_config_is_ready() -> None:
    Plan.from_files(BASE, [], {}, for_a_run=True)


@pytest.mark.parametrize(
    ("area", "told_of_it"),
    [
        ({"file": "gone.gpkg"}, "areas.mine.file: gone.gpkg does not exist"),
        ({"file": "notes.txt"}, "areas.mine.file: notes.txt cannot be read as a vector file"),
    ],
)
def test_an_area_that_cannot_be_read_is_told(area: dict[str, str], told_of_it: str) -> None:
    Path("notes.txt").write_text("no outline")
    (problem,) = told(of_scenes(EARTH_SEARCH, areas={"mine": area, "paris": PARIS}))
    assert problem.startswith(told_of_it)


@pytest.mark.parametrize(
    ("origin", "fault"),
    [
        ("gone.tif", "does not exist in "),
        ("/gone/map.zip", "does not exist; give the path of a GeoTIFF, a folder or a zip"),
        ("notes.txt", "is neither a GeoTIFF, nor a folder, nor a zip"),
        ("empty", "is a folder without a GeoTIFF or a zip"),
        ("results/sample_data/products/IMD_2018.zip", "does not exist"),
    ],
)
def test_a_product_that_is_not_there_is_told(origin: str, fault: str) -> None:
    Path("empty").mkdir()
    Path("notes.txt").write_text("no map")
    found = told(over({"product": "IMD", "editions": {2018: origin}}))
    assert any(p.startswith(f"products.map.editions.2018: {origin} {fault}") for p in found), found


@pytest.mark.parametrize("name", ["a{b}", "a}", "{", "<area>", "in/<mine>/here", "a\nb"])
def test_a_folder_of_results_that_snakemake_would_misread_is_told(name: str) -> None:
    told = rf"pathvars\.results: {re.escape(repr(name))} has braces, a word in < > or a line break"
    with pytest.raises(ConfigError, match=told):
        Plan.from_files(BASE, [], {}, Folders(results=name), for_a_run=True)


def test_a_file_in_place_of_the_folder_of_results_is_told() -> None:
    Path("results").write_text("no folder")
    Path("there.tif").touch()
    assert told(over({"product": "IMD", "editions": {2018: "there.tif"}})) == [
        "pathvars.results: results cannot be used (Not a directory); name another folder"
    ]


def test_a_product_that_no_layer_needs_may_be_absent() -> None:
    there = {"product": "IMD", "editions": {2018: "there.tif"}}
    Path("there.tif").touch()
    spare = {"product": "TCD", "editions": {2018: "gone.tif"}}
    ready(over(there, products={"map": there, "spare": spare}))


def test_files_of_a_module_may_be_made_by_another_rule() -> None:
    document = over({"product": "IMD", "editions": {2018: "made_later.tif"}})
    Plan.from_files(BASE, [document], {}, for_a_run=True)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "does not exist"),
        ("{", "cannot be read as a STAC catalogue"),
        ("[]", "is not a STAC catalogue: it has no links"),
    ],
)
def test_a_catalogue_that_is_none_is_told_once_for_all_that_name_it(
    content: str | None, fault: str
) -> None:
    if content is not None:
        Path("catalog.json").write_text(content)
    scene_set = {"sensor": "sentinel2", "catalogue": "catalog.json"}
    methods = {"both": "ndvi > 0.4 or late.ndvi > 0.4"}
    (problem,) = told(
        of_scenes(
            scene_set,
            scenes={"s2": scene_set, "late": {**scene_set, "window": "09-01/10-31"}},
            layers={"vegetat_veg_cat": {"use": "both", "methods": methods}},
        )
    )
    assert problem.startswith("scenes.late.catalogue, scenes.s2.catalogue: catalog.json ")
    assert fault in problem


@pytest.mark.parametrize("ending", ["json", "parquet"])
def test_a_search_that_was_saved_is_ready_as_a_catalogue_is(ending: str) -> None:
    there = {"product": "IMD", "editions": {2018: "there.tif"}}
    Path("there.tif").touch()
    saved = BASE.parent / "tests/snapshots" / f"saved_search.{ending}"
    scene_set = {"sensor": "sentinel2", "catalogue": str(saved)}
    ready(of_scenes(scene_set, products={"map": there}))


@pytest.mark.parametrize("name", ["mine.yaml", "ma zone.yaml"])
def test_a_missing_lock_says_what_to_run_for_this_config(name: str) -> None:
    (problem,) = told(over(CLMS_MAP), name)
    quoted = name if " " not in name else f"'{name}'"
    assert problem == (
        "clms.lock: the lock file products.lock.json does not exist, and "
        f"products.map.editions.2021 come from CLMS; run `make offers-lock CONFIG={quoted}`"
    )


def test_what_the_lock_lacks_and_what_clms_would_refuse_are_told() -> None:
    Lock((locked_product(),)).write(Path("products.lock.json"))
    locked = {"product": "IMD", "editions": {2018: "clms"}}
    ready(over(locked))
    (problem,) = told(over({**locked, "request": {"by": "country", "country": "Frnce"}}))
    assert problem.startswith("products.map.request.country: CLMS has no")
    (problem,) = told(over({**locked, "request": {"by": "nuts", "nuts": "ZZ1"}}))
    assert problem.startswith("products.map.request.nuts: 'ZZ1' does not begin with a country")
    (problem,) = told(over(CLMS_MAP))
    assert "has no IMD 2021" in problem
    assert "make offers-lock CONFIG=mine.yaml" in problem


def test_commands_that_make_the_lock_need_none() -> None:
    Path("mine.yaml").write_text(yaml.safe_dump(over(CLMS_MAP)))
    Plan.from_files(BASE, [Path("mine.yaml")], {})


@pytest.mark.parametrize("place", ["/dev/null", "file/cache", "/proc/cache"])
@pytest.mark.parametrize(
    ("section", "document"),
    [
        ("composing", of_scenes(EARTH_SEARCH)),
        ("clms", over({"product": "IMD", "editions": {2021: "clms"}})),
        ("cdse", over({"product": "TCD", "editions": {2021: "cdse"}})),
        ("earthengine", over({"product": "WORLDCOVER", "editions": {2021: "earthengine"}})),
    ],
)
def test_a_cache_that_can_be_none_is_told_where_it_is_used(
    section: str, document: dict[str, Any], place: str
) -> None:
    Path("file").touch()
    found = told(document | {section: {"cache": place}})
    said = [problem for problem in found if problem.startswith(f"{section}.cache: ")]
    assert len(said) == 1 and "cannot be used (" in said[0] and "name another folder" in said[0]
    others = told(over({"product": "IMD", "editions": {2021: "gone.tif"}}) | {
        section: {"cache": place}
    })  # fmt: skip
    assert not any(".cache: " in problem for problem in others)


def test_earth_engine_without_a_project_is_told_with_all_that_needs_it() -> None:
    crops = {"product": "EUCROPMAP", "editions": {2018: "earthengine"}}
    document = of_scenes(
        {"sensor": "sentinel2", "catalogue": "earthengine"},
        areas={"paris": PARIS, "swiss": {"asset": "projects/p/assets/swiss"}},
        products={"crops": crops},
        earthengine={"key": "gone.json"},
    )
    document["layers"]["vegetat_veg_cat"]["methods"]["ndvi"] += " or crops == 211"
    project, key = told(document)
    needing = "areas.swiss.asset, scenes.s2.catalogue, products.crops.editions.2018"
    assert project.startswith(f"earthengine.project is not set, and {needing} come from Earth")
    assert key.startswith("earthengine.key: gone.json is not a file")
    document["earthengine"] = {"project": "mine"}
    ready(document)


@pytest.mark.parametrize(
    ("section", "edition"),
    [("clms", "clms"), ("cdse", "cdse"), ("earthengine", "earthengine")],
)
def test_an_address_that_may_not_have_a_token_is_told_where_one_would_be_sent(
    section: str, edition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TRUSTED, raising=False)
    address = {section: {"url": "https://example.org"}}
    product = "CANOPY_HEIGHT" if section == "earthengine" else "TCD"
    found = [
        [problem for problem in told(document) if problem.startswith(f"{section}.url: ")]
        for document in (
            over({"product": product, "editions": {2020: edition}}, **address),
            over({"product": product, "editions": {2020: "gone.tif"}}, **address),
        )
    ]
    assert len(found[0]) == 1 and "make TRUST=example.org" in found[0][0]
    assert not found[1]


@pytest.mark.parametrize(
    ("crs", "box", "fault"),
    [
        (
            "EPSG:2154",
            [2.0, 48.0, 4.0, 49.0],
            "km², and the image service is asked for 2,500 km² at most",
        ),
        ("EPSG:32737", [36.0, -1.5, 36.1, -1.4], "it lies outside Europe, which is all that the"),
    ],
)
def test_an_area_that_the_image_service_does_not_give_is_told(
    crs: str, box: list[float], fault: str
) -> None:
    images = {"product": "IMD", "editions": {2018: "image_service"}}
    ready(over(images))
    (problem,) = told(over(images, areas={"far": {"bbox": box}}, grid={"crs": crs}))
    assert problem.startswith("areas.far: ")
    assert fault in problem
    assert problem.endswith("write clms, or the path of a file, for products.map.editions.2018")


@pytest.mark.parametrize(
    ("catalogue", "start", "end", "fault"),
    [
        ("earth_search", "2014-05-01", "2014-10-31", "would end before 2015-06-27, when sentinel2"),
        ("earthengine", "2016-05-01", "2016-10-31", "would end before 2017-03-28, when sentinel2"),
        ("earth_search", "2099-05-01", "2099-10-31", "would begin after today, 20"),
        ("earth_search", "2014-05-01", "2015-06-27", ""),
        ("earth_search", "2016-05-01", "2016-10-31", ""),
    ],
)
def test_a_period_without_a_single_day_of_the_sensor_is_told(
    catalogue: str, start: str, end: str, fault: str
) -> None:
    document = of_scenes(
        {"sensor": "sentinel2", "catalogue": catalogue},
        periods={"then": {"start": start, "end": end}},
        earthengine={"project": "mine"},
    )
    if not fault:
        ready(document)
        return
    (problem,) = told(document)
    assert problem.startswith(f"periods.then: scenes.s2 {fault}")


def test_the_twelve_of_a_monthly_scene_set_are_told_as_one() -> None:
    radar = {"sensor": "sentinel1", "catalogue": "planetary_computer", "window": "months"}
    methods = {"radar": "s1_01.vh < -22 and s1_02.vh < -22"}
    (problem,) = told(
        of_scenes(
            EARTH_SEARCH,
            scenes={"s1": radar},
            periods={"2010": {"start": "2010-01-01", "end": "2010-12-31"}},
            layers={"aquatic_wat_cat": {"use": "radar", "methods": methods}},
        )
    )
    assert problem.startswith("periods.2010: scenes.s1 would end before 2014-10-03")


def sample(**sections: Any) -> dict[str, Any]:
    return {"preset": "default", **sections}


def test_the_sample_in_another_place_is_refused_with_every_key_and_the_way_out() -> None:
    (problem,) = told(sample(areas={"paris": PARIS, "evian": {"bbox": list(EVIAN)}}))
    for key in ("scenes.s2.catalogue", "products.imperviousness.editions.2018",
                "products.water_wetness.editions.2018"):  # fmt: skip
        assert key in problem
    assert "beyond its box reaches areas.paris;" in problem
    assert "write `preset: open-data`, or " in problem
    assert "earth_search or planetary_computer or cdse as scenes.s2.catalogue" in problem
    assert "editions: {YEAR: clms} for products.crop_types" in problem
    ready(sample(areas={"paris": PARIS}, preset="open-data"))


def test_the_sample_beside_real_imagery_is_refused_although_it_is_in_its_box() -> None:
    scenes = {"s2": EARTH_SEARCH}
    (problem,) = told(sample(scenes=scenes))
    assert "of other sources are scenes.s2.catalogue (earth_search)" in problem
    assert "products.tree_cover_density.editions.2018" in problem
    document = sample(scenes=scenes, use={"cultman_agr_cat": "crop_types"}, preset="open-data")
    (problem,) = told(document)
    assert problem.startswith("products.crop_types.editions.2018: are of the sample")
    assert "; write editions: {YEAR: clms} for products.crop_types" in problem, (
        "the preset is there"
    )


def test_a_map_of_ones_own_description_may_be_tried_out_on_the_sample() -> None:
    Path("peat.tif").touch()
    peat = {"title": "Peat", "kind": "classes", "codes": {0: "none", 1: "peat"}}
    water = "results/sample_data/products/WAW_2018_010m_fr_03035_v020.zip"
    products = {
        "peat": {"custom": peat, "editions": {2018: "peat.tif"}},
        "wet": {"product": "WAW", "editions": {2018: water}},
    }
    layers = {"aquatic_wat_cat": {"use": "x", "methods": {"x": "peat == 1 or wet == 3"}}}
    ready(sample(products=products, layers=layers))
    (problem,) = told(sample(products=products, layers=layers, areas={"paris": PARIS}))
    assert "beyond its box reaches areas.paris" in problem


def test_the_sample_by_another_way_is_the_sample(folder: Path) -> None:
    there = folder / "results/sample_data/products/IMD_2018_010m_fr_03035_v020.zip"
    there.parent.mkdir(parents=True)
    there.touch()
    for way in (str(there), f"./{there.relative_to(folder)}"):
        (problem,) = told(over({"product": "IMD", "editions": {2018: way}}))
        assert problem.startswith("products.map.editions.2018: are of the sample")


def test_the_sample_in_another_year_is_told() -> None:
    years = {"2021": {"start": "2021-05-01", "end": "2021-10-31"}}
    (problem,) = told(sample(periods=years))
    assert problem.startswith("periods.2021: scenes.s2 would not be of 2018, and all scenes of the")


def test_a_part_of_the_box_of_the_sample_may_be_made_with_it() -> None:
    ready(sample(areas={"part": {"bbox": [6.6, 46.35, 6.7, 46.4]}}))


def test_what_is_wrong_in_the_config_and_what_is_not_there_are_told_together() -> None:
    document = over(
        {"product": "IMD", "editions": {2018: "gone.tif"}},
        areas={"mine": {"file": "gone.gpkg"}},
        grid={"resolutoin": 10},
        checks={"codes": "maybe"},
    )
    document["layers"]["aquatic_wat_cat"] = {"use": "x", "methods": {"x": "nothing > 0"}}
    document["layers"]["vegetat_veg_cat"] = {"use": "x", "methods": {"x": "map > 300"}}
    keys = [problem.split(": ")[0] for problem in told(document)]
    assert keys == [
        "grid.resolutoin",
        "checks.codes",
        "layers.aquatic_wat_cat.methods.x",
        "layers.vegetat_veg_cat.methods.x",
        "areas.mine.file",
        "products.map.editions.2018",
    ]


def test_a_period_that_is_wrong_does_not_hide_another() -> None:
    periods = {2021: {"start": "2021-10-31", "end": "2021-05-01"},
               2099: {"start": "2099-05-01", "end": "2099-10-31"}}  # fmt: skip
    first, *others = told(of_scenes(EARTH_SEARCH, periods=periods, use={"vegetat": "ndvi"}))
    assert first.startswith("periods.2021.end: 2021-05-01 is before start")
    assert [problem.split(": ")[0] for problem in others] == ["use", "periods.2099"]


def test_a_scene_set_that_is_wrong_makes_no_other_stand_in_for_it() -> None:
    scenes = {"s2": EARTH_SEARCH | {"catalogue": "erth_search"},
              "l8": {"sensor": "landsat", "catalogue": "gone.json"}}  # fmt: skip
    (problem,) = told(of_scenes(EARTH_SEARCH, scenes=scenes))
    assert problem.startswith("scenes.s2.catalogue: ")


def test_the_presets_need_nothing_of_the_sample_but_on_its_own_ground() -> None:
    for preset in ("open-data", "notebook"):
        document = {"preset": preset, "areas": {"paris": PARIS}}
        Path("mine.yaml").write_text(json.dumps(document))
        try:
            Plan.from_files(BASE, [Path("mine.yaml")], {}, for_a_run=True)
        except ConfigError as error:
            assert "sample" not in str(error), preset


@pytest.mark.parametrize(
    ("asked", "alone"),
    [
        ("--cores 1 --configfile mine.yaml -- results/paris/grid.json", True),
        ("grid --configfile mine.yaml", True),
        ("results/paris/area.geojson results/paris/grid.json", True),
        ("grid layers", False),
        ("grid qgis", False),
        ("grid zarr", False),
        ("--configfile grid.json", False),
        ("results/paris/grid.json results/paris/sources/s2/2019/items.json", False),
        ("--cores 1", False),
    ],
)
def test_for_the_grid_alone_areas_have_to_be_there_and_nothing_else(
    asked: str, alone: bool
) -> None:
    document = over({"product": "IMD", "editions": {2018: "none.tif"}})
    Path("mine.yaml").write_text(yaml.safe_dump(document))
    plan = Plan.from_files(BASE, [Path("mine.yaml")], {})
    problems = [*plan.unready([Path("mine.yaml")], asked.split())]
    assert [bool("none.tif does not exist" in each) for each in problems] == [True] * (not alone)


def test_an_area_that_is_not_there_is_told_for_the_grid_alone() -> None:
    Path("mine.yaml").write_text(yaml.safe_dump(over(CLMS_MAP, areas={"gone": "gone.gpkg"})))
    plan = Plan.from_files(BASE, [Path("mine.yaml")], {})
    (problem,) = plan.unready([Path("mine.yaml")], ["grid"])
    assert problem == "areas.gone.file: gone.gpkg does not exist"


def test_a_folder_for_le_lccs_needs_the_layers_of_level_3(folder: Path) -> None:
    Path("mine.yaml").write_text(yaml.safe_dump({"use": {"cultman_agr_cat": "none"}}))
    asked = {"base": BASE, "user": [Path("mine.yaml")], "overrides": {}, "for_a_run": True}
    plan = Plan.from_files(**asked)
    assert plan.handoff.targets() == []
    with pytest.raises(ConfigError, match="layers: le_lccs needs cultman_agr_cat too; choose a"):
        Plan.from_files(**asked, asked=["le_lccs"])
