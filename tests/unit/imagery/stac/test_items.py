"""Finding STAC items: a static catalogue and an API give the same, and faults are survived."""

import json
import time
from datetime import date
from pathlib import Path

import pytest

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.stac import items
from lccs_inputs.imagery.stac.item_facts import read_item
from lccs_inputs.imagery.stac.items import find_items
from standins.stac_api import Fault, StacApi
from standins.stac_items import BOX, make_item, write_catalogue

SNAPSHOTS = Path(__file__).parents[3] / "snapshots"
DAY, WEEK = date(2018, 7, 1), date(2018, 7, 7)
S2 = ("sentinel-2-l2a",)

pytestmark = pytest.mark.usefixtures("silence")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "RETRIES", items.RETRIES.new(total=3, backoff_factor=0.01))


def ids(
    catalogue: str | Path, collections: tuple[str, ...] = S2, start: date = DAY, end: date = DAY
) -> list[str]:
    return sorted(item.id for item in find_items(str(catalogue), collections, BOX, start, end))


SCENES = [
    make_item("first_second", "2018-07-01T00:00:00Z"),
    make_item("last_instant", "2018-07-01T23:59:59.500Z"),
    make_item("day_before", "2018-06-30T23:59:59Z"),
    make_item("day_after", "2018-07-02T00:00:00Z"),
    make_item("elsewhere", "2018-07-01T10:00:00Z", bbox=(8.0, 46.0, 9.0, 47.0)),
    make_item("other_sensor", "2018-07-01T10:00:00Z", collection="landsat-c2-l2"),
    make_item("local_time", "2018-07-02T01:30:00+02:00"),
]


def test_a_static_catalogue_and_an_api_find_the_same_items(tmp_path: Path):
    expected = ["first_second", "last_instant", "local_time"]
    assert ids(write_catalogue(tmp_path, SCENES)) == expected
    with StacApi(SCENES) as api:
        assert ids(api.url) == expected


def test_a_saved_search_finds_what_the_search_found_and_its_files(tmp_path: Path):
    expected = ["first_second", "last_instant", "local_time"]
    unnamed = {key: value for key, value in SCENES[0].items() if key != "collection"}
    saved = {"type": "FeatureCollection", "features": [unnamed, *SCENES[1:]]}
    path = tmp_path / "found.geojson"
    path.write_text(json.dumps(saved))
    assert ids(path) == expected
    found = next(find_items(str(path), S2, BOX, DAY, DAY))
    assert found.assets["red"].get_absolute_href() == f"{tmp_path}/first_second_red.tif"
    with pytest.raises(SourceError, match=r"has no collection absent; it has .*landsat-c2-l2"):
        path.write_text(json.dumps(saved | {"features": SCENES}))
        ids(path, ("absent",))


def test_a_search_saved_as_stac_geoparquet_is_read_as_the_items_it_was_made_of():
    """`saved_search.parquet` is what stac-geoparquet 0.8.3 makes of the JSON beside it."""
    for collection, sensor, mask, count in (
        ("sentinel-2-l2a", "sentinel2", "scl", 2),
        ("landsat-c2-l2", "landsat", "qa_pixel", 1),
    ):
        read = [
            [
                read_item(item, SENSORS[sensor], mask)
                for item in find_items(
                    str(SNAPSHOTS / f"saved_search.{ending}"), (collection,), BOX, DAY, WEEK
                )
            ]
            for ending in ("json", "parquet")
        ]
        assert read[0] == read[1]
        assert len(read[0]) == count
    late = next(find_items(str(SNAPSHOTS / "saved_search.parquet"), S2, BOX, DAY, WEEK))
    assert late.properties["eo:cloud_cover"] == 12.5
    assert late.bbox == [6.0, 46.0, 7.0, 47.0]


@pytest.mark.parametrize("size", [0, 4, 12, 20_000])
def test_a_parquet_file_that_is_cut_off_is_refused(tmp_path: Path, size: int):
    whole = (SNAPSHOTS / "saved_search.parquet").read_bytes()
    (tmp_path / "found.parquet").write_bytes(whole[:size])
    with pytest.raises(SourceError, match=r"cannot be read as a STAC catalogue \(it is cut off"):
        ids(tmp_path / "found.parquet")


def test_a_box_across_180_degrees_finds_what_lies_on_either_side(tmp_path: Path):
    """As the API of STAC means it: west is more than east."""
    scenes = [
        make_item("west_of_it", "2018-07-01T10:00:00Z", bbox=(178.0, -18.0, 179.0, -17.0)),
        make_item("east_of_it", "2018-07-01T10:00:00Z", bbox=(-179.5, -18.0, -179.0, -17.0)),
        make_item("elsewhere", "2018-07-01T10:00:00Z", bbox=(6.0, -18.0, 7.0, -17.0)),
    ]
    catalogue = write_catalogue(tmp_path, scenes)
    found = find_items(str(catalogue), S2, (177, -19, -178, -16), DAY, DAY)
    assert sorted(item.id for item in found) == ["east_of_it", "west_of_it"]


def test_a_box_around_a_slanted_scene_does_not_count_as_the_scene(tmp_path: Path):
    item = make_item("slanted", "2018-07-01T10:00:00Z", bbox=(6.0, 46.0, 7.0, 47.0))
    item["geometry"]["coordinates"] = [[[6.0, 46.35], [6.4, 47.0], [6.0, 47.0], [6.0, 46.35]]]
    catalogue = write_catalogue(tmp_path, [item])
    assert ids(catalogue) == []


def test_items_of_an_excluded_collection_are_not_even_read(tmp_path: Path):
    catalogue = write_catalogue(tmp_path, SCENES)
    (tmp_path / "landsat-c2-l2" / "other_sensor.json").write_text("not json")
    assert len(ids(catalogue)) == 3


def test_a_collection_can_be_the_root_of_a_static_catalogue(tmp_path: Path):
    write_catalogue(tmp_path, SCENES)
    assert len(ids(tmp_path / "sentinel-2-l2a" / "collection.json")) == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_page_of_an_api_is_read(method: str):
    scenes = [make_item(f"scene{number:02}", "2018-07-01T10:00:00Z") for number in range(11)]
    with StacApi(scenes, page_size=4, methods=[method]) as api:
        assert ids(api.url) == [scene["id"] for scene in scenes]
        assert len(api.searches) == 3


def test_a_service_that_asks_to_wait_is_waited_for():
    with StacApi(SCENES) as api:
        api.faults.append(Fault(429, retry_after=1))
        began = time.monotonic()
        assert len(ids(api.url)) == 3
        assert time.monotonic() - began >= 1


@pytest.mark.parametrize("fault", [Fault(500), Fault(503), Fault(hang=True)])
def test_a_passing_fault_is_retried(fault: Fault):
    with StacApi(SCENES) as api:
        api.faults.append(fault)
        assert len(ids(api.url)) == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(500), "too many 500 error responses"),
        (Fault(429), "too many 429 error responses"),
        (Fault(403), "it answered 403 Forbidden"),
        (Fault(404), "it answered 404 Not Found"),
        (Fault(520), "it answered 520"),
        (Fault(hang=True), "a broken connection"),
    ],
)
def test_a_lasting_fault_names_the_service_and_says_what_it_was(fault: Fault, reason: str):
    with StacApi(SCENES) as api:
        api.faults.extend([fault] * 9)
        told = rf"http://127\.0\.0\.1:\d+ could not be searched \({reason}\); check the address"
        with pytest.raises(SourceError, match=told):
            ids(api.url)
        assert api.faults


def test_a_service_that_is_down_is_waited_for_and_that_is_told(caplog: pytest.LogCaptureFixture):
    with StacApi() as api:
        url = api.url
    with pytest.raises(SourceError, match=rf"{url} could not be searched \(no connection\); check"):
        ids(url)
    told = [each.getMessage() for each in caplog.records if "again" in each.getMessage()]
    assert told == ["127.0.0.1: no answer; trying again"] * 3


def test_a_page_missing_in_the_middle_is_an_error_not_a_short_list():
    scenes = [make_item(f"scene{number:02}", "2018-07-01T10:00:00Z") for number in range(4)]
    with StacApi(scenes, page_size=2) as api:
        found = find_items(api.url, S2, BOX, DAY, DAY)
        next(found)
        api.faults.extend([Fault(500)] * 9)
        with pytest.raises(SourceError, match="could not be searched"):
            list(found)


def test_an_address_that_cannot_be_searched_is_refused():
    core = "https://api.stacspec.org/v1.0.0/core"
    refused = pytest.raises(SourceError, match="could not be searched")
    with StacApi(SCENES, conformance=[core]) as api, refused:
        ids(api.url)


def test_a_missing_catalogue_is_refused(tmp_path: Path):
    with pytest.raises(SourceError, match=r"nowhere\.json does not exist"):
        ids(tmp_path / "nowhere.json")


@pytest.mark.parametrize("text", ["", "<html>", "[]", "{}", '{"type": "Catalog"}'])
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "catalog.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=r"catalog.json cannot be read as a STAC catalogue"):
        ids(path)


def test_an_item_given_as_catalogue_is_refused(tmp_path: Path):
    write_catalogue(tmp_path, SCENES)
    with pytest.raises(SourceError, match="it is a STAC Item"):
        ids(tmp_path / "sentinel-2-l2a" / "day_after.json")


def test_an_item_the_catalogue_lists_but_lacks_is_an_error(tmp_path: Path):
    catalogue = write_catalogue(tmp_path, SCENES)
    (tmp_path / "sentinel-2-l2a" / "day_after.json").unlink()
    with pytest.raises(SourceError, match="day_after"):
        ids(catalogue)


def test_a_catalogue_without_the_collection_says_what_it_has(tmp_path: Path):
    catalogue = write_catalogue(tmp_path, SCENES)
    with pytest.raises(SourceError, match="has no collection mine; it has landsat-c2-l2, sentinel"):
        ids(catalogue, ("mine",))
