"""Finding products in the CLMS catalogue, over its real and its imitated answers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.clms.catalogue import Offer, read_by_uid, read_offers
from lccs_inputs.clms.offers import find_offer, offered_map, with_files
from lccs_inputs.commands.offers import list_products
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS


class Pages:
    """A session that answers with prepared pages, in order."""

    def __init__(self, *pages: Any) -> None:
        self.pages, self.asked = list(pages), list[str]()

    def get(self, route: str, params: Any = None) -> Any:
        self.asked.append(route)
        return self.pages[min(len(self.asked), len(self.pages)) - 1]


def record(title: str = "Tree Cover Density 2018 (raster 10 m)", **more: Any) -> dict[str, Any]:
    part = {"@id": "i1", "collection": "10 m", "full_format": "Geotiff", "full_source": "EEA"}
    return {"UID": "u1", "title": title, "dataset_download_information": {"items": [part]}} | more


def offers_of(*records: dict[str, Any]) -> list[Offer]:
    return read_offers(Pages({"items": list(records), "items_total": len(records)}))


def tree_cover(title: str, *parts: dict[str, Any]) -> Offer:
    """A DataSet with these parts, each a Geotiff at EEA unless it says otherwise."""
    common = {"full_format": "Geotiff", "full_source": "EEA"}
    items = [common | {"@id": f"i{n}"} | part for n, part in enumerate(parts)]
    return offers_of(record(title, dataset_download_information={"items": items}))[0]


# -- reading ---------------------------------------------------------------------------------


def test_the_whole_catalogue_is_read_page_by_page_without_a_key(clms, session):
    offers = read_offers(session)
    assert {offer.uid for offer in offers} == {each.uid for each in clms.catalogue.datasets}
    assert len(offers) > 25
    searches = clms.requests("GET @search")
    assert [request.query.get("b_start") for request in searches] == [None, ["25"]]
    assert not any("authorization" in request.headers for request in clms.log)


def test_pages_that_lead_in_a_circle_end_in_an_error():
    page = {"items": [record()], "batching": {"next": "https://x/api/@search?b_start=25"}}
    with pytest.raises(SourceError, match="no end"):
        read_offers(Pages(page))


def test_the_next_page_is_asked_of_the_configured_host_whatever_plone_calls_it():
    link = "https://backend:8080/Plone/@search?b_start=25&portal_type=DataSet"
    pages = Pages({"items": [record()], "batching": {"next": link}}, {"items": []})
    assert len(read_offers(pages)) == 1
    assert pages.asked == ["@search", "@search?b_start=25&portal_type=DataSet"]


def test_a_catalogue_that_announces_more_than_it_gives_is_told_in_the_log(caplog):
    read_offers(Pages({"items": [record()], "items_total": 2}))
    assert "announces 2 DataSets and gives 1" in caplog.text


def test_the_published_example_of_the_catalogue_is_understood(shared_data: Path):
    path = shared_data / "clms_http_examples/download-search-datasets.resp"
    text = path.read_text()
    page = json.loads(text[text.index("{") :])
    page.pop("batching")
    offers = read_offers(Pages(page))
    found = find_offer(offers, PRODUCTS["IMD"], 2018)
    assert found.offer.uid == "4354f5ba912d4071b3b5f9300104765b"
    assert (found.collection.name, found.resolution) == ("10m", 10)
    coarse = find_offer(offers, PRODUCTS["IMD"], 2015)
    assert (coarse.collection.name, coarse.resolution) == ("20m", 20)


@pytest.mark.parametrize("held", [None, {}, {"items": None}, {"items": [None, {}]}, "none"])
def test_a_data_set_without_parts_or_files_is_read_as_such(held):
    offer = offers_of(record(dataset_download_information=held, downloadable_files=held))[0]
    assert (offer.collections, offer.files) == ((), ())


def test_padding_and_choices_given_as_records_are_taken_off():
    part = {
        "@id": " i1 ",
        "collection": " 10 m ",
        "full_format": {"title": "Geotiff", "token": "Geotiff"},
        "full_source": "EEA ",
    }
    offer = offers_of(record(" Grassland  2018 ", dataset_download_information={"items": [part]}))[
        0
    ]
    collection = offer.collections[0]
    assert offer.text == "Grassland 2018"
    assert (collection.information_id, collection.format) == ("i1", "Geotiff")
    assert (collection.name, collection.source, collection.resolution) == ("10 m", "EEA", 10)


def test_the_blank_record_that_stands_for_no_file_is_none():
    blank = dict.fromkeys(("@id", "area", "file", "path", "source", "size", "year"), "")
    offer = offers_of(record(downloadable_files={"items": [blank, blank | {"@id": "f"}]}))[0]
    assert offer.files == ()


def test_a_record_without_an_id_is_left_out():
    assert len(offers_of(record(), record(UID=None))) == 1


@pytest.mark.parametrize("answer", [[], "page", {"message": "gone"}, {"items": "x"}])
def test_an_answer_that_is_no_catalogue_is_refused(answer):
    with pytest.raises(SourceError, match="no list of the CLMS catalogue"):
        read_offers(Pages(answer))


def test_an_empty_catalogue_is_no_catalogue():
    with pytest.raises(SourceError, match="lists no DataSet"):
        read_offers(Pages({"items": [], "items_total": 0}))


def test_data_sets_are_read_by_their_id_with_their_files(clms, session):
    uid = clms.catalogue.find("Water and Wetness status 2018").uid
    found = read_by_uid(session, [uid, "gone"])
    assert found.keys() == {uid}
    france = [file for file in found[uid].files if file.area == "France"]
    assert {file.resolution for file in france} == {10, 100}


# -- recognising -----------------------------------------------------------------------------


OFFERED = [
    *((name, 2018) for name in ("WAW", "IMD", "TCD", "DLT", "FTY", "GRA")),
    *(("IMD", year) for year in (2021, 2024)),
    *((name, year) for name in ("TCD", "DLT", "GRA", "HER", "CTY") for year in (2019, 2023)),
    ("FTY", 2021),
    *(("CLCPLUS", year) for year in (2018, 2021, 2023)),
]


@pytest.mark.parametrize(("name", "year"), OFFERED)
def test_every_product_is_found_in_its_ten_metre_map(clms, session, name, year):
    found = find_offer(read_offers(session), PRODUCTS[name], year)
    dataset = clms.catalogue.by_uid(found.offer.uid)
    layer = dataset.layers[found.collection.information_id]
    assert (layer.product, layer.resolution) == (name, 10)
    assert layer.year in (year, None)
    assert found.resolution == 10
    assert found.offer.time_series == (layer.year is None)


def test_a_map_of_the_year_itself_is_preferred_to_a_series(session):
    offers = read_offers(session)
    assert find_offer(offers, PRODUCTS["TCD"], 2018).offer.title.years == "2018"
    remaining = [offer for offer in offers if offer.title.years != "2018"]
    assert find_offer(remaining, PRODUCTS["TCD"], 2018).offer.title.years == "2018-present"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("confidence", ["Confidence Layer", "10 m Confidence Layer ", "Data Score"])
def test_the_confidence_layer_is_never_taken_for_the_map(confidence, order):
    parts = [{"collection": confidence}, {"collection": "Tree Cover Density"}][::order]
    offer = tree_cover("Tree Cover Density 2018-present (raster 10 m)", *parts)
    found = offered_map(offer, PRODUCTS["TCD"])
    assert found is not None
    assert (found.collection.name, found.resolution) == ("Tree Cover Density", 10)


def test_a_data_set_of_only_a_confidence_layer_holds_no_map():
    offer = tree_cover("Tree Cover Density 2018", {"collection": "Confidence Layer"})
    assert offered_map(offer, PRODUCTS["TCD"]) is None


def test_the_hundred_metre_edition_is_another_product():
    offer = tree_cover(
        "Grassland 2017-present (raster 100 m), Europe, yearly", {"collection": "Grassland"}
    )
    assert offered_map(offer, PRODUCTS["GRA"]) is None
    with pytest.raises(SourceError, match=r"of 2020 as a raster of 20 m or finer.*\(raster 100 m"):
        find_offer([offer], PRODUCTS["GRA"], 2020)


@pytest.mark.parametrize("lacking", [{"full_format": "GPKG"}, {"full_source": ""}])
def test_what_is_no_raster_or_cannot_be_downloaded_is_not_offered(lacking):
    offer = tree_cover("Tree Cover Density 2018", {"collection": "10 m"} | lacking)
    assert offered_map(offer, PRODUCTS["TCD"]) is None


def test_among_parts_of_one_size_the_one_called_like_the_product_is_the_map():
    parts = [{"collection": "Tree cover presence"}, {"collection": "Tree Cover Density"}]
    found = offered_map(
        tree_cover("Tree Cover Density 2020 (raster 10 m)", *parts), PRODUCTS["TCD"]
    )
    assert found is not None
    assert found.collection.name == "Tree Cover Density"


def test_parts_that_cannot_be_told_apart_are_refused():
    parts = [{"collection": "10 m – Part 1"}, {"collection": "10 m – Part 2"}]
    offer = tree_cover("Tree Cover Density 2018", *parts)
    with pytest.raises(SourceError, match="several parts that could be the map"):
        find_offer([offer], PRODUCTS["TCD"], 2018)


def test_two_data_sets_of_one_product_and_year_are_refused_by_name():
    offers = offers_of(record("Forest Type 2018"), record("HRL Forest Type 2018", UID="u2"))
    with pytest.raises(SourceError, match='twice: "Forest Type 2018", "HRL Forest Type 2018"'):
        find_offer(offers, PRODUCTS["FTY"], 2018)


def test_a_year_that_is_not_offered_is_answered_with_those_that_are(session):
    with pytest.raises(SourceError) as raised:
        find_offer(read_offers(session), PRODUCTS["IMD"], 2019)
    text = str(raised.value)
    assert text.startswith("CLMS does not offer Imperviousness Density (IMD) of 2019")
    assert '"Imperviousness Density 2021 (raster 10 m and 100 m), Europe, 3-yearly"' in text
    assert "choose another year" in text
    assert "\n" not in text


def test_a_retitled_product_is_answered_with_titles_that_come_near(clms, session):
    for dataset in list(clms.catalogue.datasets):
        if dataset.title.startswith("Dominant Leaf Type 2018-present"):
            clms.catalogue.datasets.remove(dataset)
        dataset.title = dataset.title.replace("Dominant Leaf Type", "Leaf Type Dominance")
    with pytest.raises(SourceError, match=r'come near: "Leaf Type Dominance 2018 .* give the path'):
        find_offer(read_offers(session), PRODUCTS["DLT"], 2018)


def test_a_map_marked_as_retired_is_not_taken():
    offers = offers_of(record("Tree Cover Density 2018 (archived) (raster 10 m)"))
    with pytest.raises(SourceError, match="does not offer"):
        find_offer(offers, PRODUCTS["TCD"], 2018)


def test_a_product_with_no_like_in_the_catalogue_asks_for_a_file(session):
    offers = [offer for offer in read_offers(session) if "CLC" in offer.text][:3]
    with pytest.raises(SourceError, match="nor anything like it; give the path of a file"):
        find_offer(offers, PRODUCTS["CTY"], 2018)


def test_a_product_of_another_publisher_is_not_sought_at_clms(session):
    with pytest.raises(SourceError, match=r"EUCROPMAP.* does not come from CLMS; give the path"):
        find_offer([], PRODUCTS["EUCROPMAP"], 2018)


def test_the_ready_made_files_are_those_of_the_map_and_the_year(session):
    found = find_offer(read_offers(session), PRODUCTS["WAW"], 2018)
    bare = replace(found, offer=replace(found.offer, files=()))
    full = with_files(session, [bare])[0]
    assert [file.area for file in full.files(2018)] == ["France", "Italy", "Switzerland"]
    assert {file.resolution for file in full.files(2018)} == {10}
    assert full.files(2015) == ()


# -- listing ---------------------------------------------------------------------------------


EVIAN = {"evian": (6.488, 46.314, 6.798, 46.417)}


def test_the_list_says_years_pixels_source_and_ready_made_files(session):
    table = list_products(session, EVIAN, [("WAW", 2018), ("TCD", 2021)])
    rows = [line.split() for line in table.splitlines()]
    assert ["*", "WAW", "2018", "10", "m", "EEA", "3", "countries"] in [row[:8] for row in rows]
    assert ["*", "TCD", "2018-present", "10", "m", "CDSE_CSV", "none"] in [row[:7] for row in rows]
    assert ["IMD", "2024", "10", "m", "EEA", "none"] in [row[:6] for row in rows]
    assert "WAW 2018, ready made: France 35 MB, Italy 35 MB, Switzerland 35 MB" in table
    assert "Confidence" not in table


def test_the_list_says_how_large_the_areas_are(session):
    line = list_products(session, EVIAN, []).splitlines()[0]
    assert line == (
        "evian: 6.488 to 6.798 E, 46.314 to 46.417 N; 273 km², 2.7 million pixels of 10 m"
    )


def test_the_list_tells_what_the_config_takes_and_clms_lacks(session):
    table = list_products(session, {}, [("IMD", 2019)])
    assert "! CLMS does not offer Imperviousness Density (IMD) of 2019" in table


def test_the_list_asks_for_files_in_few_requests(clms, session):
    list_products(session, EVIAN, [("WAW", 2018)])
    assert len(clms.log) <= 5
