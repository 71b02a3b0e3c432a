"""A first config makes what can be made of a place and a year, and is right as it is written."""

import shlex
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from shapely import Polygon, to_geojson

import calling_make
from lccs_inputs.beginning.layers import CHOICES, MINUS
from lccs_inputs.beginning.place import find_place
from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.commands.init import main, write_config
from lccs_inputs.commands.offers_lock import products_from_clms, update
from lccs_inputs.errors import InputError
from lccs_inputs.plan import Plan
from standins.clms.server import ClmsStandIn

BASE = Path(__file__).resolve().parents[3] / "config.yaml"
TODAY = date(2026, 11, 27)
PLACES = {
    "evian": "6.488,46.3143,6.7984,46.4167",
    "switzerland": "switzerland.geojson",
    "herault": "2.9,43.4,3.3,43.7",
    "malta": "14.18,35.78,14.58,36.09",
}
SWITZERLAND = Polygon(
    [(6.2, 46.25), (6.6, 46.5), (7.3, 46.0), (8.0, 46.3), (8.6, 46.5), (9.0, 46.2), (9.3, 46.55),
     (9.9, 46.55), (10.42, 46.62), (10.1, 46.85), (9.5, 47.1), (9.2, 47.45), (8.4, 47.5),
     (7.1, 47.3)]
)  # fmt: skip
"""Within its borders, well clear of them; some 25,000 km²."""
SEVEN = [*CHOICES]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").symlink_to(BASE)
    Path("switzerland.geojson").write_text(to_geojson(SWITZERLAND))
    for name in PAIR_VARIABLES:
        monkeypatch.setenv(name, "not looked at")
    return tmp_path


@pytest.fixture(scope="module")
def clms() -> Iterator[ClmsStandIn]:
    with ClmsStandIn() as running:
        yield running


def written(place: str, accounts: str = "none", year: int = 2021, **more: str) -> dict[str, Any]:
    said = {"AREA": PLACES.get(place, place), "YEAR": str(year), "ACCOUNTS": accounts, **more}
    if "earthengine" in accounts:
        said["PROJECT"] = "my-project"
    path, _ = write_config(said, None, TODAY)
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document


def origins(document: dict[str, Any]) -> dict[str, str]:
    """Source → where it comes from, and which edition."""
    maps = {
        name: " ".join(f"{origin} {year}" for year, origin in each["editions"].items())
        for name, each in document["products"].items()
    }
    return maps | {name: each["catalogue"] for name, each in document["scenes"].items()}


@pytest.mark.parametrize("accounts", ["none", "clms", "earthengine", "cdse"])
@pytest.mark.parametrize("place", PLACES)
def test_what_is_written_can_be_run_as_it_is(place: str, accounts: str, clms: ClmsStandIn) -> None:
    written(place, accounts)
    mine = Path("mine.yaml")
    wanted = products_from_clms(Plan.from_files(BASE, [mine], {}).config)
    assert bool(wanted) == ("clms" in accounts)
    if wanted:
        update(clms.url, Path("products.lock.json"), wanted)
    plan = Plan.from_files(BASE, [mine], {}, for_a_run=True)
    assert plan.scenes.targets() and plan.results.stack_targets()


def test_an_account_for_clms_is_all_that_the_seven_layers_need(folder: Path) -> None:
    for place in PLACES:
        document = written(place, "clms", OUT=f"{place}.yaml")
        assert {*document["layers"]} == {*SEVEN}
        assert origins(document) == {
            "water_wetness": "clms 2018",
            "imperviousness": "clms 2021",
            "tree_cover_density": "clms 2021",
            "dominant_leaf_type": "clms 2021",
            "crop_types": "clms 2021",
            "land_cover": "clms 2021",
            "s2": "earth_search",
        }


def test_without_an_account_small_areas_of_europe_take_the_maps_of_the_image_service() -> None:
    document = written("herault", year=2025)
    assert {*document["layers"]} == {*SEVEN}
    assert document["layers"]["cultman_agr_cat"]["use"] == "ndvi_season"
    assert {"s2_winter", "s2_spring", "s2_summer"} <= document["scenes"].keys()
    tree_cover = document["products"]["tree_cover_density"]
    assert tree_cover == {"product": "TCD", "editions": {2018: "image_service"}, "max_years": 7}


def test_what_has_no_source_is_left_out_and_said_with_what_would_give_one() -> None:
    document = written("switzerland")
    assert document["products"] == {}
    assert [*document["layers"]] == [
        "vegetat_veg_cat", "aquatic_wat_cat", "cultman_agr_cat", "artific_urb_cat",
    ]  # fmt: skip
    text = Path("mine.yaml").read_text()
    assert "the image service is asked for 2,500 km² at most" in text
    hint = "lifeform_veg_cat has no source here; an account for cdse or clms or earthengine gives"
    assert f"# {hint} it one\n" in text
    assert "# leaftype_veg_cat has no source here; an account for cdse or clms gives it one" in text


def test_methods_that_stand_in_for_better_ones_come_with_a_caution() -> None:
    written("36.6,-1.4,37.0,-1.1")
    text = Path("mine.yaml").read_text()
    assert "# cultman_agr_cat by ndvi_amplitude: is no better than chance on Medi" in text
    assert "# artific_urb_cat by ndvi_ndbi: finds the barest of what is built" in text
    written("herault", "clms", OUT="good.yaml")
    assert " by " not in Path("good.yaml").read_text().partition("layers:")[0].split("products:")[1]


def test_a_map_that_does_not_reach_a_place_is_not_asked_for() -> None:
    there, beyond = (
        written("herault", "earthengine"),
        written("switzerland", "earthengine", OUT="swiss.yaml"),
    )
    assert origins(there)["crop_map"] == "earthengine 2022"
    assert there["layers"]["cultman_agr_cat"]["use"] == "eucropmap"
    assert "crop_map" not in beyond["products"]
    assert beyond["layers"]["cultman_agr_cat"]["use"] == "world_cover"
    assert "# not used: crop_map: does not reach CH\n" in Path("swiss.yaml").read_text()


def test_a_map_of_a_part_of_a_place_is_filled_by_the_next_that_is_of_all_of_it() -> None:
    document = written("7.3,47.4,7.9,47.9", "earthengine")  # Basel, and what is around it
    assert document["layers"]["cultman_agr_cat"]["use"] == ["eucropmap", "world_cover"]
    assert "EU crop map, 1 year later, a part of the area only" in Path("mine.yaml").read_text()


def test_before_sentinel_2_landsat_is_taken_and_before_that_nothing() -> None:
    document = written("evian", year=2015)
    assert document["scenes"] == {
        "l8": {"sensor": "landsat", "catalogue": "planetary_computer", "cloud_max": 60}
    }
    with pytest.raises(InputError, match="no open imagery is there for 2012; choose 2013 or"):
        written("evian", year=2012, OUT="other.yaml")
    with pytest.raises(InputError, match="2027 has no growing season yet"):
        written("evian", year=2027, OUT="other.yaml")


def test_keys_of_the_data_space_alone_make_the_seven_layers_of_all_of_switzerland() -> None:
    document = written("switzerland", "cdse")
    assert {*document["layers"]} == {*SEVEN}
    assert origins(document) == {
        "tree_cover_density": "cdse 2021",
        "dominant_leaf_type": "cdse 2021",
        "crop_types": "cdse 2021",
        "s2": "cdse",
    }
    assert document["layers"]["aquatic_wat_cat"]["use"] == "ndwi"
    with_wetness = written("evian", "cdse", OUT="small.yaml")["layers"]["aquatic_wat_cat"]
    assert with_wetness["use"] == ["wetness_crops_no_ice", "water_wetness"]


def test_the_accounts_are_taken_in_the_order_they_are_named() -> None:
    for first, second in (("cdse", "earthengine"), ("earthengine", "cdse")):
        document = written("evian", f"{first},{second}", OUT=f"{first}.yaml")
        assert document["scenes"]["s2"]["catalogue"] == first


def test_where_there_is_no_season_of_the_north_the_year_is_taken() -> None:
    document = written("36.6,-1.4,37.0,-1.1", "earthengine")  # Nairobi
    assert document["periods"]["2021"] == {
        "start": date(2021, 1, 1), "end": date(2021, 12, 31),
    }  # fmt: skip
    assert document["grid"]["crs"] == "EPSG:32737"
    assert {*document["products"]} == {"world_cover", "surface_water"}
    assert "dominant_leaf_type" in Path("mine.yaml").read_text()


@pytest.mark.parametrize(
    ("place", "crs"),
    [
        ("evian", "EPSG:2154"),
        ("herault", "EPSG:2154"),
        ("malta", "EPSG:32633"),
        ("switzerland", "EPSG:32632"),  # EPSG:2154 is not made for its east
    ],
)
def test_the_crs_fits_the_place(place: str, crs: str) -> None:
    assert written(place)["grid"]["crs"] == crs


def test_the_crs_is_the_one_that_is_asked_for_if_it_shows_the_place() -> None:
    assert written("switzerland", CRS="EPSG:2154")["grid"]["crs"] == "EPSG:2154"
    with pytest.raises(InputError, match=r"^AREA: EPSG:2154 distorts it"):
        written("36.6,-1.4,37.0,-1.1", CRS="EPSG:2154", OUT="other.yaml")


def test_methods_are_those_of_the_default_config_wherever_it_has_them() -> None:
    base = yaml.safe_load(BASE.read_text())["layers"]
    document = written("evian", "clms,earthengine")
    for name, layer in document["layers"].items():
        for method, text in layer["methods"].items():
            assert text.split() == base[name]["methods"][method].split()
        assert layer.get("minus", []) == base[name].get("minus", []) or name in MINUS


def test_a_file_that_is_there_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.yaml").write_text("mine: all mine\n")
    assert main(["AREA=6.4,46.3,6.5,46.4", "YEAR=2021", "ACCOUNTS=none"]) == 1
    assert "mine.yaml is there already; write to another file with OUT=" in capsys.readouterr().err
    said = {"AREA": "6.4,46.3,6.5,46.4", "YEAR": "2021", "ACCOUNTS": "none"}
    with pytest.raises(InputError, match="there already"):
        write_config(said, lambda _: "", TODAY)
    assert Path("mine.yaml").read_text() == "mine: all mine\n"
    write_config(said, lambda _: "y", TODAY)
    assert "areas:" in Path("mine.yaml").read_text()


def test_make_hands_on_what_is_said_whatever_it_holds() -> None:
    said = ["AREA=my file's.gpkg", "YEAR=2021", "WHERE=NAME = 'Vaud' and \"x\" > 1"]
    environment = calling_make.environment() | {"LAYER": "not meant", "OUT": "nor this"}
    done = subprocess.run(
        ["make", "-n", "-o", ".venv/ready", "init", *said], cwd=BASE.parent, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shlex.split(done.stdout)[3:] == said


def test_where_no_zone_fits_areas_are_kept() -> None:
    document = written("-5.0,42.0,30.0,60.0", "earthengine")
    assert document["grid"]["crs"].startswith("+proj=laea")
    assert "# equal areas around the place; metres" in Path("mine.yaml").read_text()


def test_what_is_not_said_is_asked_and_what_is_said_is_noted() -> None:
    answers = {"Area": "6.4,46.3,6.5,46.4", "Year": "2021", "Acc": "clms", "Google": "never asked"}
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return next(answer for start, answer in answers.items() if question.startswith(start))

    _, text = write_config({}, ask, TODAY)
    assert [question[:4] for question in asked] == ["Area", "Year", "Acco"]
    assert text.startswith(
        "# Written by: make init AREA=6.4,46.3,6.5,46.4 YEAR=2021 ACCOUNTS=clms\n"
        "# Then: make offers-lock CONFIG=mine.yaml, make doctor CONFIG=mine.yaml, "
        "make run CONFIG=mine.yaml\n"
    )


SAID = ["AREA=6,46,6.1,46.1", "YEAR=2021", "ACCOUNTS=none"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([], "AREA is not set: Area (a vector file, or west,south,east,north in degrees); such as"),
        ([], "such as make init AREA=my_area.gpkg YEAR=2021 ACCOUNTS=none\n"),
        (["AREA=gone.gpkg", "YEAR=2021", "ACCOUNTS=none"], "AREA: gone.gpkg does not exist"),
        (["AREA=1,2,3", "YEAR=2021", "ACCOUNTS=none"], "AREA: 1,2,3 is no box: write west,"),
        (["AREA=3,2,1,4", "YEAR=2021", "ACCOUNTS=none"], "AREA: [3.0, 2.0, 1.0, 4.0] is not west"),
        (["AREA=projects/x/assets/y", "YEAR=2021"], "is an asset, whose outline is not known"),
        (["AREA=6,46,6.1,46.1", "YEAR=20", "ACCOUNTS=none"], "YEAR: 20 is no year"),
        (["AREA=6,46,6.1,46.1", "YEAR=2021", "ACCOUNTS=clm"], 'did you mean "clms"?'),
        (
            ["AREA=6,46,6.1,46.1", "YEAR=2021", "ACCOUNTS=earthengine"],
            "such as make init AREA=6,46,6.1,46.1 YEAR=2021 ACCOUNTS=earthengine PROJECT=my-p",
        ),
        ([*SAID, "LAYER=x"], "LAYER, WHERE: go with a file as AREA; a box has none"),
        ([*SAID, "CRS=EPSG:4326"], 'CRS: "EPSG:4326" (WGS 84) is not a projected CRS in metres'),
        ([*SAID, "CRS=nonsense"], 'CRS: "nonsense" is not a CRS pyproj knows'),
        (
            [*SAID, "CRS=3857"],
            "choose a CRS made for it, such as EPSG:32632 (WGS 84 / UTM zone 32N)\n",
        ),
        ([*SAID, "SCENES=nothing.json"], "SCENES: nothing.json does not exist in "),
        ([*SAID, "SCENES=config.yaml"], "SCENES: config.yaml cannot be read as a STAC catalogue"),
        ([*SAID, "OUT=/proc/x.yaml"], "OUT: /proc/x.yaml cannot be written ("),
        ([*SAID, "OUT=config.yaml/x.yaml"], "OUT: config.yaml/x.yaml cannot be written ("),
        (["ARIA=6,46,6.1,46.1"], '"ARIA" is not something to say here; did you mean "AREA"?'),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    said: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("sys.stdin", open("config.yaml"))  # noqa: PTH123, SIM115 - no terminal
    assert main(said) == 1
    assert told in capsys.readouterr().err
    assert not Path("mine.yaml").exists()


@pytest.mark.parametrize(
    ("place", "country"),
    [
        ((7.44, 46.95), "CH"), ((2.35, 48.86), "FR"), ((14.45, 35.89), "MT"), ((30.5, 50.4), "UA"),
        ((-0.1, 51.5), "GB"), ((21.16, 42.66), "XK"), ((33.3, 35.1), "CY"), ((-21.5, 64.2), "IS"),
        ((10.2, 36.7), "-"), ((13.4, 52.5), "DE"), ((23.7, 38.1), "GR"), ((9.52, 47.14), "LI"),
        ((14.32, 36.09), "MT"), ((-16.6, 28.25), "ES"), ((-25.5, 37.8), "PT"),
        ((-17.0, 32.75), "PT"),
    ],
)  # fmt: skip
def test_countries_lie_where_they_are(place: tuple[float, float], country: str) -> None:
    east, north = place
    box = f"{east - 0.01},{north - 0.01},{east + 0.01},{north + 0.01}"
    assert find_place(box).countries == {country}


def test_beyond_europe_no_country_is_known() -> None:
    assert find_place("-70.1,-33.5,-70.0,-33.4").countries == frozenset()
