"""The stand-in behaves as the reference says CLMS does: checked over HTTP, with a plain client."""

import io
import json
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import numpy as np
import pytest
import rasterio
import requests
from pyproj import CRS
from rasterio.io import MemoryFile

from standins.clms import ClmsStandIn
from standins.clms.accounts import GRANT_TYPE
from standins.clms.deliveries import CODES, box_bounds, geotiff, pattern
from standins.clms.faults import KINDS
from standins.clms.validation import (
    AREA_NEEDED,
    DUPLICATE,
    FULL_EEA,
    FULL_ELSEWHERE,
    NO_TIME,
    NOT_DOWNLOADABLE,
    TIME_NEEDED,
    TOO_MANY,
    box_area,
)

JSON = {"Accept": "application/json"}
AGENT = {"User-Agent": "a-client/1.0"}
LAKE = [6.60, 46.38, 6.64, 46.352]
YEAR_2022 = {"StartDate": 1640995200000, "EndDate": 1672444800000}
Item = dict[str, Any]


class Client:
    """The API with a token."""

    def __init__(self, clms: ClmsStandIn) -> None:
        self.clms = clms
        self.headers = JSON | {"Authorization": f"Bearer {grant(clms).json()['access_token']}"}

    def call(self, method: str, route: str, **more: Any) -> requests.Response:
        url = f"{self.clms.url}/api/{route}"
        return requests.request(method, url, headers=self.headers, timeout=60, **more)

    def get(self, route: str, **query: Any) -> requests.Response:
        return self.call("GET", route, params=query)

    def post(self, *items: Item) -> requests.Response:
        return self.call("POST", "@datarequest_post", json={"Datasets": list(items)})

    def message(self, *items: Item) -> str:
        """Why a request is refused."""
        answer = self.post(*items)
        assert answer.status_code == 400, answer.text
        assert answer.json()["status"] == "error"
        return str(answer.json()["msg"])

    def submit(self, *items: Item) -> str:
        answer = self.post(*items)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["TaskIds"][0]["TaskID"])

    def tasks(self, **query: Any) -> dict[str, Any]:
        answer = self.get("@datarequest_search", **query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def finished(self, ident: str) -> dict[str, Any]:
        """The task after the looks that finish it."""
        for _ in range(3):
            record = self.tasks()[ident]
        return dict(record)

    def archive(self, *items: Item) -> bytes:
        """What is delivered for `items`, by way of the result host."""
        record = self.finished(self.submit(*items))
        answer = requests.get(record["DownloadURL"], headers=AGENT, timeout=60)
        assert answer.status_code == 200
        assert len(answer.content) == record["FileSize"]
        return answer.content


def grant(
    clms: ClmsStandIn, key: dict[str, Any] | None = None, algorithm: str = "RS256", **claims: Any
) -> requests.Response:
    """Ask for a token with an assertion whose claims are right but for `claims` (None: absent)."""
    key = key or clms.accounts.service_key()
    now = int(clms.clock.now())
    right = {"iss": key["client_id"], "sub": key["user_id"], "aud": key["token_uri"]}
    all_claims = right | {"iat": now, "exp": now + 3600} | claims
    kept = {name: value for name, value in all_claims.items() if value is not None}
    assertion = jwt.encode(kept, key["private_key"], algorithm=algorithm)
    return ask_token(clms, grant_type=GRANT_TYPE, assertion=assertion)


def ask_token(clms: ClmsStandIn, **form: str) -> requests.Response:
    return requests.post(f"{clms.url}/@@oauth2-token", data=form, headers=JSON, timeout=60)


@pytest.fixture
def client(clms: ClmsStandIn) -> Client:
    return Client(clms)


def by_area(clms: ClmsStandIn, words: str = "Imperviousness Density 2018", **more: Any) -> Item:
    """A request item for the first download item that is no confidence layer."""
    dataset = clms.catalogue.find(words)
    offer = next(each for each in dataset.downloads if "Confidence" not in each["collection"])
    item = {
        "DatasetID": dataset.uid,
        "DatasetDownloadInformationID": offer["@id"],
        "OutputFormat": "Geotiff",
        "OutputGCS": "EPSG:3035",
        "BoundingBox": LAKE,
    }
    if dataset.time_series:
        item["TemporalFilter"] = YEAR_2022
    return {key: value for key, value in (item | more).items() if value is not None}


def prepackaged(clms: ClmsStandIn, words: str = "Water and Wetness status 2018") -> Item:
    dataset = clms.catalogue.find(words)
    return {"DatasetID": dataset.uid, "FileID": dataset.files[0]["@id"]}


def rasters(content: bytes) -> dict[str, bytes]:
    """Every GeoTIFF of an archive by its path, through nested zips."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            inner = archive.read(name)
            if name.endswith(".zip"):
                found |= {f"{name}/{path}": data for path, data in rasters(inner).items()}
            elif name.endswith(".tif"):
                found[name] = inner
    return found


# --- tokens


def test_the_key_file_is_a_service_key_only_its_owner_can_read(
    clms: ClmsStandIn, tmp_path: Path
) -> None:
    path = clms.key_file(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = json.loads(path.read_text())
    assert key["private_key"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert key["token_uri"] == f"{clms.url}/@@oauth2-token"
    assert grant(clms, key).status_code == 200


def test_a_token_lasts_an_hour_by_the_clock_and_is_then_told_to_have_expired(
    clms: ClmsStandIn, client: Client
) -> None:
    assert client.get("@datarequest_search").status_code == 200
    clms.clock.advance(3601)
    answer = client.get("@datarequest_search")
    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_token", "error_description": "Access token expired"}
    assert client.get("@search").status_code == 401, "even on public routes"


def test_issuing_a_token_purges_the_expired_which_are_then_anonymous(
    clms: ClmsStandIn, client: Client
) -> None:
    clms.accounts.expire_tokens()
    assert grant(clms).status_code == 200
    assert client.get("@search").status_code == 200
    answer = client.get("@datarequest_search")
    assert answer.status_code == 401
    assert answer.json()["message"] == "You are not authorized to access this resource."


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ({"aud": "https://land.copernicus.eu/@@oauth2-token"}, "Audience"),
        ({"aud": None}, "aud"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "Missing 'exp'"),
        ({"exp": 2**33}, "more than a day"),
        ({"iat": None}, "Missing 'iat'"),
        ({"iat": 1_000_000_000}, "more than an hour in the past"),
        ({"iat": 2**33}, "in the future"),
        ({"nbf": 1}, "'nbf'"),
        ({"scope": "all"}, "Scopes"),
        ({"sub": "somebody"}, "subject"),
        ({"iss": "somebody"}, "No associated key found"),
    ],
)
def test_a_grant_with_a_wrong_claim_is_invalid(
    clms: ClmsStandIn, claims: dict[str, Any], text: str
) -> None:
    answer = grant(clms, **claims)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"
    assert text in answer.json()["error_description"]


def test_a_grant_signed_by_another_key_is_invalid(clms: ClmsStandIn) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    other = generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    answer = grant(clms, clms.accounts.service_key() | {"private_key": pem.decode()})
    assert answer.status_code == 400
    assert "Signature" in answer.json()["error_description"]


def test_a_revoked_key_is_unknown(clms: ClmsStandIn) -> None:
    clms.accounts.revoked = True
    answer = grant(clms)
    assert answer.status_code == 400
    assert answer.json()["error_description"] == "No associated key found"


def test_malformed_token_requests_are_invalid_requests(clms: ClmsStandIn) -> None:
    answer = requests.get(f"{clms.url}/@@oauth2-token", timeout=60)
    assert answer.status_code == 405
    assert answer.json() == {"error": "invalid_request", "error_description": "POST only"}
    for form in ({}, {"grant_type": "password"}, {"grant_type": GRANT_TYPE}):
        answer = ask_token(clms, **form)
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_request"
    symmetric = clms.accounts.service_key() | {"private_key": "a secret long enough for HS256 ok"}
    assert grant(clms, symmetric, "HS256").json()["error"] == "invalid_request"
    malformed = ask_token(clms, grant_type=GRANT_TYPE, assertion="nonsense")
    assert malformed.status_code == 500


# --- the catalogue


def test_search_is_batched_as_plone_does(clms: ClmsStandIn) -> None:
    url = f"{clms.url}/api/@search?portal_type=DataSet&metadata_fields=UID&metadata_fields=title"
    uids: list[str] = []
    while url:
        page = requests.get(url, headers=JSON, timeout=60).json()
        assert len(page["items"]) <= 25
        uids += [item["UID"] for item in page["items"]]
        url = page["batching"].get("next", "")
        assert ("prev" in page["batching"]) == (len(uids) > 25)
    assert len(uids) == len(set(uids)) == page["items_total"] >= 30
    whole = requests.get(f"{clms.url}/api/@search?b_size=1000", headers=JSON, timeout=60).json()
    assert "batching" not in whole
    assert "UID" not in whole["items"][0], "a summary holds what was asked for, and no more"


def test_search_answers_have_the_shape_of_the_documented_one(
    clms: ClmsStandIn, shared_data: Path
) -> None:
    text = (shared_data / "clms_http_examples/download-search-datasets.resp").read_text()
    documented = json.loads(text.partition("\n\n")[2])
    fields = ["UID", "dataset_full_format", "dataset_download_information"]
    query = {"portal_type": "DataSet", "metadata_fields": fields}
    ours = requests.get(f"{clms.url}/api/@search", params=query, headers=JSON, timeout=60).json()
    assert ours.keys() == documented.keys()
    assert ours["batching"].keys() == documented["batching"].keys()
    assert ours["items"][0].keys() == documented["items"][0].keys()
    theirs = {key for item in documented["items"] for key in _offer_keys(item)}
    assert theirs <= {key for item in ours["items"] for key in _offer_keys(item)}


def _offer_keys(item: dict[str, Any]) -> set[str]:
    return {key for each in item["dataset_download_information"]["items"] for key in each}


def test_the_catalogue_has_the_irregularities_of_the_real_one(clms: ClmsStandIn) -> None:
    url = f"{clms.url}/api/@search?fullobjects=1&b_size=1000"
    items = requests.get(url, headers=JSON, timeout=60).json()["items"]
    files = [f for item in items for f in item["downloadable_files"]["items"]]
    offers = [o for item in items for o in item["dataset_download_information"]["items"]]
    assert any(not any(file.values()) for file in files), "a blank stub"
    assert any(isinstance(offer["full_format"], dict) for offer in offers)
    assert any(offer["name"].endswith(" ") for offer in offers)
    assert any("collection" not in offer for offer in offers)
    assert any("Confidence Layer" in offer.get("collection", "") for offer in offers)
    assert {"EEA", "CDSE", "CDSE_CSV", "WEKEO"} <= {offer["full_source"] for offer in offers}
    waw = next(item for item in items if item["UID"] == "0acef4675a4c4a548896cca00281f434")
    italy = next(f for f in waw["downloadable_files"]["items"] if f["area"] == "Italy")
    assert italy["@id"] == "fb1ca4a2-bcd1-4ddb-b0ba-fadc222d685c"
    assert italy["file"] == "WAW_2018_010m_it_03035_v020"


def test_data_sets_are_found_by_several_uids_at_once(clms: ClmsStandIn) -> None:
    known = [each.uid for each in clms.catalogue.datasets[12:14]]
    url = f"{clms.url}/api/@datasets_by_uid?UID={','.join(known)},gone"
    answer = requests.get(url, headers=JSON, timeout=60).json()
    assert [item["UID"] for item in answer["items"]] == known
    assert {"title", "downloadable_files", "dataset_download_information"} <= answer["items"][
        0
    ].keys()


def test_the_catalogue_can_drift(clms: ClmsStandIn) -> None:
    clms.catalogue.retire("Tree Cover Density 2018 ")
    clms.catalogue.retitle("Forest Type 2018 ", "Forest Types 2018 (raster 10 m), Europe")
    before = clms.catalogue.find("Grassland 2018").downloads[0]["@id"]
    clms.catalogue.renew("Grassland 2018")
    url = f"{clms.url}/api/@search?fullobjects=1&b_size=1000"
    titles = {i["title"] for i in requests.get(url, headers=JSON, timeout=60).json()["items"]}
    assert not any(title.startswith("Tree Cover Density 2018 ") for title in titles)
    assert "Forest Types 2018 (raster 10 m), Europe" in titles
    assert clms.catalogue.find("Grassland 2018").downloads[0]["@id"] != before


def test_conversions_and_projections_are_the_documented_ones(
    client: Client, shared_data: Path
) -> None:
    examples = shared_data / "clms_http_examples"
    for route, name in (
        ("@format_conversion_table", "download-available-conversions.resp"),
        (
            "@projections?uid=0acef4675a4c4a548896cca00281f434",
            "download-available-projections.resp",
        ),
    ):
        documented = json.loads((examples / name).read_text().partition("\n\n")[2])
        assert client.get(route).json() == documented


def test_other_routes_answer_as_the_reference_says(clms: ClmsStandIn, client: Client) -> None:
    assert client.get("@nuts_name", nuts_ids="ITC11,XX9").json() == {
        "ITC11": "Torino",
        "XX9": "XX9",
    }
    assert client.get("en/@mapviewer").json()["datasets"]
    links = client.get("@get-download-file-urls", dataset_uid=clms.catalogue.datasets[0].uid)
    assert links.json() == []
    assert client.get("@datarequest_inspect").status_code == 401
    assert client.get("@nonsense").status_code == 404
    page = requests.get(f"{clms.url}/api/@search", timeout=60)
    assert page.headers["Content-Type"].startswith("text/html"), "JSON has to be asked for"


# --- refusals


def test_protected_routes_want_a_token(clms: ClmsStandIn) -> None:
    for method, route in (
        ("GET", "@datarequest_search"),
        ("GET", "@datarequest_status_get"),
        ("POST", "@datarequest_post"),
        ("DELETE", "@datarequest_delete"),
        ("GET", "@projections"),
    ):
        url = f"{clms.url}/api/{route}"
        answer = requests.request(method, url, json={}, headers=JSON, timeout=60)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("words", "changes", "message"),
    [
        ("Imp", {"DatasetID": None}, "Error, DatasetID is not defined"),
        ("Imp", {"DatasetID": ""}, "Error, DatasetID is not defined"),
        ("Imp", {"DatasetID": "nonsense"}, "Error, the DatasetID is not valid"),
        ("Imp", {"FileID": "nonsense"}, "Error, the FileID is not valid"),
        ("Imp", {"BoundingBox": None, "NUTS": "XX1"}, "NUTS country error"),
        ("Imp", {"BoundingBox": None, "NUTS": "frk28"}, "NUTS country error"),
        ("Imp", {"BoundingBox": None, "NUTS": "FR-K2"}, "NUTS country error"),
        ("Imp", {"NUTS": "FRK28"}, "Error, NUTS is also defined"),
        ("Imp", {"BoundingBox": [1, 2, 3]}, "Error, BoundingBox is not valid"),
        ("Imp", {"BoundingBox": [1, 2, 3, "4"]}, "Error, BoundingBox is not valid"),
        (
            "Imp",
            {"BoundingBox": [47.1, 18.5, 36.6, 6.6]},
            "Error, the requested BoundingBox is too big. The limit is 1600000000000.",
        ),
        (
            "Imp",
            {"TemporalFilter": YEAR_2022},
            "Error, temporal restriction is not allowed in not time-series enabled datasets",
        ),
        (
            "Crop",
            {"TemporalFilter": YEAR_2022 | {"Step": 1}},
            "Error, TemporalFilter has too many fields",
        ),
        ("Crop", {"TemporalFilter": {"StartDate": 1}}, NO_TIME),
        (
            "Crop",
            {"TemporalFilter": {"StartDate": "2022-01-01", "EndDate": "2022-12-31"}},
            "Error, date format is not correct",
        ),
        (
            "Crop",
            {"TemporalFilter": {"StartDate": 1672444800000, "EndDate": 1640995200000}},
            "Error, difference between StartDate and EndDate is not coherent",
        ),
        ("Crop", {"TemporalFilter": None}, TIME_NEEDED),
        ("Imp", {"OutputGCS": None}, "The OutputGCS parameter is mandatory."),
        ("Imp", {"OutputGCS": "EPSG:2154"}, "Error, defined GCS not in the list"),
        (
            "Imp",
            {"DatasetDownloadInformationID": None},
            "Error, DatasetDownloadInformationID is not defined.",
        ),
        ("Imp", {"DatasetDownloadInformationID": "9a55a6d-c98a"}, NOT_DOWNLOADABLE),
        ("Imp", {"OutputFormat": "tif"}, "Error, the specified output format is not valid"),
        ("Imp", {"OutputFormat": "GPKG"}, "Error, specified formats are not compatible"),
        ("Coastal", {"OutputFormat": "GPKG"}, "Error, the dataset source is not valid"),
        ("Plant", {"Layer": "NDVI"}, "Error, the requested band/layer is not valid"),
        ("Imp", {"BoundingBox": None}, FULL_EEA),
        ("Land Cover 100m: collection 3: epoch 2019", {"BoundingBox": None}, FULL_ELSEWHERE),
        ("Crop", {"BoundingBox": None}, AREA_NEEDED),
    ],
)
def test_a_wrong_request_is_refused_in_the_servers_words(
    clms: ClmsStandIn, client: Client, words: str, changes: Item, message: str
) -> None:
    full = {"Imp": "Imperviousness Density 2018", "Crop": "Crop Types"}.get(words, words)
    assert client.message(by_area(clms, full, **changes)) == message
    assert not clms.tasks.all, "nothing is stored"


def test_a_span_beyond_the_limit_names_the_limit(clms: ClmsStandIn, client: Client) -> None:
    years = {"StartDate": 1640995200000, "EndDate": 1704067200000}
    message = client.message(by_area(clms, "Crop Types", TemporalFilter=years))
    assert "bigger than the allowed range of 366 days" in message


def test_netcdf_of_water_bodies_is_refused(clms: ClmsStandIn, client: Client) -> None:
    month = {"StartDate": 1640995200000, "EndDate": 1643587200000}
    item = by_area(clms, "Water Bodies", OutputFormat="Netcdf", TemporalFilter=month)
    assert client.message(item).startswith("Please choose the Geotiff format")


def test_six_items_are_too_many_unless_prepackaged(clms: ClmsStandIn, client: Client) -> None:
    boxes = [[6.60, 46.38, 6.61 + i / 100, 46.37] for i in range(6)]
    assert client.message(*(by_area(clms, BoundingBox=box) for box in boxes)) == TOO_MANY
    files = clms.catalogue.find("Water and Wetness status 2018").files
    item = prepackaged(clms)
    assert client.post(*(item | {"FileID": f["@id"]} for f in files)).status_code == 201


def test_areas_are_measured_in_whole_degrees_of_michigan() -> None:
    assert box_area([6.488, 46.417, 6.798, 46.314]) == 0
    assert box_area([5.95, 47.81, 10.49, 45.82]) == pytest.approx(9.4e10, rel=0.01)
    assert box_area([6.6, 47.1, 18.5, 36.6]) == pytest.approx(7.1e11, rel=0.01)
    assert box_area([47.1, 18.5, 36.6, 6.6]) == pytest.approx(2.1e12, rel=0.03)


def test_no_datasets_make_no_tasks_and_an_absent_list_is_a_crash(client: Client) -> None:
    assert client.post().json() == {"TaskIds": [], "ErrorTaskIds": []}
    assert client.call("POST", "@datarequest_post", json={}).status_code == 500


def test_the_same_thing_twice_is_refused_while_the_first_lives(
    clms: ClmsStandIn, client: Client
) -> None:
    item = by_area(clms)
    assert client.message(item, item) == DUPLICATE
    ident = client.submit(item)
    assert client.message(item) == DUPLICATE
    assert client.finished(ident)["Status"] == "Finished_ok"
    assert client.post(item).status_code == 201


def test_two_live_prepackaged_twins_poison_every_later_request(
    clms: ClmsStandIn, client: Client
) -> None:
    assert client.post(prepackaged(clms)).status_code == 201
    assert client.post(prepackaged(clms)).status_code == 201, "not checked at submission"
    assert client.message(by_area(clms)) == DUPLICATE


def test_of_many_identical_requests_at_once_one_is_stored(
    clms: ClmsStandIn, client: Client
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(by_area(clms)), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + 7 * [400]
    assert len(client.tasks()) == 1


# --- tasks


def test_answers_about_tasks_have_the_documented_shape(
    clms: ClmsStandIn, client: Client, shared_data: Path
) -> None:
    def documented(name: str) -> Any:
        path = shared_data / f"clms_http_examples/download-request-download-{name}.resp"
        return json.loads(path.read_text().partition("\n\n")[2])

    answer = client.post(by_area(clms)).json()
    assert answer.keys() == documented("bbox").keys()
    assert answer["TaskIds"][0].keys() == documented("bbox")["TaskIds"][0].keys()
    client.tasks()
    (working,) = client.tasks(status="In_progress").values()
    assert working.keys() == documented("in-progress")["2570221043"].keys()
    (done,) = client.tasks(status="Finished_ok").values()
    theirs = documented("finished")["31833063043"]
    assert done.keys() == theirs.keys()
    assert done["Datasets"][0].keys() == theirs["Datasets"][0].keys() - {"TemporalFilter"}
    ident = answer["TaskIds"][0]["TaskID"]
    assert client.get("@datarequest_status_get", TaskID=ident).json().keys() == done.keys()


def test_a_task_passes_through_its_states_as_it_is_looked_at(
    clms: ClmsStandIn, client: Client
) -> None:
    ident = client.submit(by_area(clms))
    states = [client.tasks()[ident]["Status"] for _ in range(3)]
    assert states == ["Queued", "In_progress", "Finished_ok"]


def test_a_task_takes_the_time_it_is_given() -> None:
    with ClmsStandIn(queue_seconds=60, work_seconds=30) as clms:
        client = Client(clms)
        ident = client.submit(by_area(clms))
        for seconds, state in ((50, "Queued"), (20, "In_progress"), (25, "Finished_ok")):
            clms.clock.advance(seconds)
            assert client.tasks()[ident]["Status"] == state


def test_the_search_ignores_a_task_id_and_knows_only_its_states(
    clms: ClmsStandIn, client: Client
) -> None:
    idents = {client.submit(by_area(clms)), client.submit(prepackaged(clms))}
    assert client.tasks(TaskID="1").keys() == idents
    assert client.tasks(status="Rejected") == {}
    answer = client.get("@datarequest_search", status="All")
    assert answer.status_code == 400
    assert answer.json()["msg"] == "Error, status not recognized"


def test_the_status_of_one_task_needs_an_id_that_exists(client: Client) -> None:
    absent, unknown = client.get("@datarequest_status_get"), "@datarequest_status_get?TaskID=1"
    assert (absent.status_code, absent.json()) == (400, "Error, TaskID not defined")
    assert (client.get(unknown).status_code, client.get(unknown).json()) == (
        404,
        "Error, the task does not exist",
    )


def test_deleting_cancels_and_swaps_not_found_and_forbidden(
    clms: ClmsStandIn, client: Client
) -> None:
    def delete(body: Item) -> int:
        return client.call("DELETE", "@datarequest_delete", json=body).status_code

    ident = client.submit(by_area(clms))
    others = clms.tasks.store("somebody else", [by_area(clms)])
    assert delete({"TaskID": ident}) == 204
    assert client.tasks()[ident]["Status"] == "Cancelled"
    assert client.post(by_area(clms)).status_code == 201, "cancelled is not live"
    assert delete({"TaskID": 1}) == 403
    assert delete({"TaskID": others.ident}) == 404
    assert delete({}) == 400
    assert others.ident not in client.tasks()


def test_a_mixed_request_splits_prepackaged_first(clms: ClmsStandIn, client: Client) -> None:
    answer = client.post(by_area(clms), prepackaged(clms)).json()
    first, second = (client.tasks()[each["TaskID"]] for each in answer["TaskIds"])
    assert "FileID" in first["Datasets"][0]
    assert "BoundingBox" in second["Datasets"][0]


def test_cdse_tasks_come_without_an_id_and_appear_later_with_a_child(
    clms: ClmsStandIn, client: Client
) -> None:
    clms.catalogue.serve_from("Crop Types", "CDSE")
    answer = client.post(by_area(clms, "Crop Types"))
    assert answer.status_code == 201
    assert answer.json() == {"TaskIds": [], "ErrorTaskIds": []}
    assert client.tasks() == {}
    tasks = {task["cdse_task_role"]: task for task in client.tasks().values()}
    assert tasks["child"]["Status"] == "QUEUED"
    assert isinstance(tasks["child"]["Datasets"], dict)
    assert tasks["parent"]["Status"] == "Queued"
    client.tasks()
    parent = next(t for t in client.tasks().values() if t["cdse_task_role"] == "parent")
    assert parent["Status"] == "Finished_ok"
    assert parent["DownloadURL"]


@pytest.mark.parametrize("aware", [True, False])
def test_time_stamps_are_utc_said_or_unsaid(aware: bool) -> None:
    with ClmsStandIn(aware=aware) as clms:
        client = Client(clms)
        ident = client.submit(by_area(clms))
        record = client.tasks()[ident]
        assert record["RegistrationDateTime"].endswith("+00:00") == aware


def test_a_nuts_code_nobody_knows_is_accepted_and_fails_later(
    clms: ClmsStandIn, client: Client
) -> None:
    ident = client.submit(by_area(clms, BoundingBox=None, NUTS="FR999"))
    record = client.finished(ident)
    assert record["Status"] == "Finished_nok"
    assert "FR999" in record["Message"]


# --- deliveries


def test_a_clip_of_2018_is_one_raster_under_its_name(clms: ClmsStandIn, client: Client) -> None:
    stem = "IMD_2018_010m_03035_V2_0"
    ((name, content),) = rasters(client.archive(by_area(clms))).items()
    assert name == f"Results/{stem}/{stem}/{stem}.tif"
    with MemoryFile(content) as memory, memory.open() as raster:
        assert raster.crs == CRS.from_epsg(3035)
        assert raster.res == (10, 10)
        bounds = tuple(raster.bounds)
        assert np.array_equal(raster.read(1), pattern("IMD", bounds))
        assert bounds == box_bounds(LAKE, 10)


def test_a_clip_of_a_series_is_named_by_title_date_and_place(
    clms: ClmsStandIn, client: Client
) -> None:
    title = "Crop Types 2017-present (raster 10 m), Europe, yearly"
    ((name, content),) = rasters(client.archive(by_area(clms, "Crop Types"))).items()
    assert name == f"{title}/20220101/CLMS_HRLVLCC_CTY_bbox_0.tif"
    with MemoryFile(content) as memory, memory.open() as raster:
        assert raster.dtypes == ("uint16",)
        assert raster.nodata == 65535
        assert raster.crs.to_epsg(confidence_threshold=100) != 3035, "by another name"
        assert CRS.from_wkt(raster.crs.to_wkt()).to_dict()["proj"] == "laea"
    trees = "Tree Cover Density 2018-present (raster 10 m)"
    by_nuts = by_area(clms, trees, BoundingBox=None, NUTS="FRK28")
    (name,) = rasters(client.archive(by_nuts))
    assert name.endswith("/20220101/CLMS_HRLVLCC_TCD_FRK28.tif")


@pytest.mark.parametrize(("words", "index", "metres"), [("2015", 0, 20), ("2018", 1, 100)])
def test_other_resolutions_are_delivered_as_they_are(
    clms: ClmsStandIn, client: Client, words: str, index: int, metres: int
) -> None:
    dataset = clms.catalogue.find(f"Imperviousness Density {words}")
    item = by_area(clms, dataset.title)
    item["DatasetDownloadInformationID"] = dataset.downloads[index]["@id"]
    ((name, content),) = rasters(client.archive(item)).items()
    assert f"IMD_{words}_{metres:03d}m" in name
    with MemoryFile(content) as memory, memory.open() as raster:
        assert raster.res == (metres, metres)
        assert tuple(raster.bounds) == box_bounds(LAKE, metres)


def test_a_prepackaged_file_is_a_zip_of_tiles_in_a_zip(clms: ClmsStandIn, client: Client) -> None:
    content = client.archive(prepackaged(clms))
    stem = "WAW_2018_010m_fr_03035_v020"
    with zipfile.ZipFile(io.BytesIO(content)) as outer:
        assert outer.namelist() == [f"Results/{stem}.zip"]
        with zipfile.ZipFile(outer.open(f"Results/{stem}.zip")) as inner:
            assert f"{stem}/Symbology/WAW.clr" in inner.namelist()
    tiles = sorted(name.rpartition("/")[2] for name in rasters(content))
    assert tiles == [f"WAW_2018_010m_{t}_03035_v020.tif" for t in ("E40N25", "E40N26")]


@pytest.mark.parametrize("product", sorted(CODES))
def test_the_default_pattern_has_every_code_and_agrees_where_clips_overlap(product: str) -> None:
    whole = pattern(product, (4_000_000, 2_500_000, 4_006_000, 2_506_000))
    assert set(np.unique(whole)) == set(CODES[product])
    part = pattern(product, (4_001_000, 2_502_000, 4_002_000, 2_503_000))
    assert np.array_equal(part, whole[300:400, 100:200])


def test_a_raster_source_of_ones_own_is_served() -> None:
    def threes(product: str, bounds: tuple[float, float, float, float]) -> Any:
        west, south, east, north = bounds
        return np.full((round(north - south) // 10, round(east - west) // 10), 3, "uint8")

    with ClmsStandIn(threes) as clms:
        (content,) = rasters(Client(clms).archive(by_area(clms))).values()
        with MemoryFile(content) as memory, memory.open() as raster:
            assert set(np.unique(raster.read(1))) == {3}


# --- the result host


def finished_url(client: Client, clms: ClmsStandIn) -> str:
    return str(client.finished(client.submit(by_area(clms)))["DownloadURL"])


def test_the_result_host_is_another_and_refuses_default_agents_and_bearers(
    clms: ClmsStandIn, client: Client
) -> None:
    url = finished_url(client, clms)
    assert url.startswith(clms.result_url)
    assert clms.result_url != clms.url
    assert requests.get(url, timeout=60).status_code == 403
    assert not clms.leaked
    leaking = AGENT | {"Authorization": client.headers["Authorization"]}
    assert requests.get(url, headers=leaking, timeout=60).status_code == 403
    assert [each.path for each in clms.leaked] == [url.removeprefix(clms.result_url)]
    assert requests.get(url, headers=AGENT, timeout=60).status_code == 200


def test_a_download_can_be_resumed_where_ranges_are_served(
    clms: ClmsStandIn, client: Client
) -> None:
    url = finished_url(client, clms)
    whole = requests.get(url, headers=AGENT, timeout=60).content
    rest = requests.get(url, headers=AGENT | {"Range": "bytes=1000-"}, timeout=60)
    assert (rest.status_code, rest.content) == (206, whole[1000:])
    beyond = AGENT | {"Range": f"bytes={len(whole)}-"}
    assert requests.get(url, headers=beyond, timeout=60).status_code == 416
    clms.ranges = False
    again = requests.get(url, headers=AGENT | {"Range": "bytes=1000-"}, timeout=60)
    assert (again.status_code, again.content) == (200, whole)


def test_links_die_after_three_days_and_the_api_does_not_say_so(
    clms: ClmsStandIn, client: Client
) -> None:
    url = finished_url(client, clms)
    clms.clock.advance(73 * 3600)
    assert requests.get(url, headers=AGENT, timeout=60).status_code == 404
    (record,) = Client(clms).tasks().values()
    assert record["DownloadURL"] == url


# --- the image service


def image(clms: ClmsStandIn, service: str, **changes: str) -> requests.Response:
    query = {
        "bbox": "4059000,2588000,4060000,2588500",
        "bboxSR": "3035",
        "imageSR": "3035",
        "size": "100,50",
        "format": "tiff",
        "pixelType": "U8",
        "interpolation": "RSP_NearestNeighbor",
        "renderingRule": '{"rasterFunction":"None"}',
        "f": "image",
    }
    url = f"{clms.image_url}/{service}/ImageServer/exportImage"
    return requests.get(url, params=query | changes, timeout=60)


def pixels(answer: requests.Response) -> Any:
    with MemoryFile(answer.content) as memory, memory.open() as raster:
        return raster.read()


def test_the_image_service_exports_codes_without_a_key(clms: ClmsStandIn) -> None:
    (codes,) = pixels(image(clms, "HRL_WaterWetness_2018"))
    assert np.array_equal(codes, pattern("WAW", (4_059_000, 2_588_000, 4_060_000, 2_588_500)))


def test_the_image_service_punishes_what_must_not_be_left_out(clms: ClmsStandIn) -> None:
    raw = pixels(image(clms, "HRL_WaterWetness_2018"))
    assert pixels(image(clms, "HRL_WaterWetness_2018", renderingRule="")).shape[0] == 3
    mixed = pixels(image(clms, "HRL_WaterWetness_2018", interpolation="RSP_Bilinear"))
    assert not np.array_equal(mixed, raw)
    for service, changes in (
        ("HRL_WaterWetness_2018", {"size": "4101,50"}),
        ("HRL_WaterWetness_2018", {"f": "json"}),
        ("HRL_ForestType_2018", {}),
    ):
        answer = image(clms, service, **changes)
        assert answer.status_code == 200
        assert answer.json()["error"]["code"] in {400, 404}


# --- faults


def test_a_fault_that_does_not_exist_is_a_mistake_of_the_test(clms: ClmsStandIn) -> None:
    with pytest.raises(ValueError, match="no fault 'explosion'"):
        clms.faults.add("GET @search", "explosion")
    with pytest.raises(ValueError, match="no fault"):
        clms.faults.add("tasks", "stuck")


def test_faults_happen_in_order_after_what_goes_well(clms: ClmsStandIn, client: Client) -> None:
    clms.faults.add("GET @datarequest_search", "status", status=503, times=2, after=1)
    clms.faults.add("GET @datarequest_search", "status", status=429, retry_after=7)
    answers = [client.get("@datarequest_search") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 503, 503, 429, 200]
    assert answers[3].headers["Retry-After"] == "7"
    assert "Retry-After" not in answers[1].headers
    assert clms.faults.used[0] == ("GET @datarequest_search", "status")


def test_request_faults(clms: ClmsStandIn, client: Client) -> None:
    route = "GET @datarequest_search"
    clms.faults.add(route, "html")
    page = client.get("@datarequest_search")
    assert (page.status_code, page.text[:15]) == (200, "<!DOCTYPE html>")
    for kind, key in (("expired_token", "error"), ("unknown_token", "message")):
        clms.faults.add(route, kind)
        answer = client.get("@datarequest_search")
        assert answer.status_code == 401
        assert key in answer.json()
    clms.faults.add(route, "redirect", to=f"{clms.result_url}/elsewhere")
    url = f"{clms.url}/api/@datarequest_search"
    answer = requests.get(url, headers=client.headers, timeout=60, allow_redirects=False)
    assert answer.status_code == 302
    clms.faults.add(route, "drop")
    with pytest.raises(requests.ConnectionError):
        client.get("@datarequest_search")
    clms.faults.add(route, "timeout")
    with pytest.raises(requests.Timeout):
        requests.get(url, headers=client.headers, timeout=0.1)


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize("kind", ["timeout_after_storing", "drop_after_storing"])
def test_a_request_may_be_stored_although_no_answer_arrives(
    clms: ClmsStandIn, client: Client, kind: str
) -> None:
    clms.faults.add("POST @datarequest_post", kind)
    with pytest.raises(requests.RequestException):
        client.post(by_area(clms))
    assert [task["Status"] for task in client.tasks().values()] == ["Queued"]
    assert client.message(by_area(clms)) == DUPLICATE


def test_invalid_grant_can_be_forced(clms: ClmsStandIn) -> None:
    clms.faults.add("POST @@oauth2-token", "invalid_grant")
    assert grant(clms).json()["error"] == "invalid_grant"
    assert grant(clms).status_code == 200


def test_a_refusal_by_fme_leaves_an_orphan_that_blocks_a_retry(
    clms: ClmsStandIn, client: Client
) -> None:
    clms.faults.add("POST @datarequest_post", "all_failed")
    answer = client.post(by_area(clms))
    assert answer.status_code == 500
    assert answer.json()["msg"] == "Error, all requests failed"
    ((ident, orphan),) = client.tasks().items()
    assert orphan["Status"] == "Queued"
    assert "FMETaskId" not in orphan
    assert client.message(by_area(clms)) == DUPLICATE
    client.call("DELETE", "@datarequest_delete", json={"TaskID": ident})
    assert client.post(by_area(clms)).status_code == 201


def test_error_and_empty_task_ids(clms: ClmsStandIn, client: Client) -> None:
    clms.faults.add("POST @datarequest_post", "error_task_ids")
    answer = client.post(by_area(clms), prepackaged(clms)).json()
    assert (len(answer["TaskIds"]), len(answer["ErrorTaskIds"])) == (1, 1)
    assert "FMETaskId" not in client.tasks()[answer["ErrorTaskIds"][0]["TaskID"]]
    clms.faults.add("POST @datarequest_post", "empty_task_ids")
    assert client.post(by_area(clms, "Crop Types")).json()["TaskIds"] == []
    assert len(client.tasks()) == 3


@pytest.mark.parametrize(
    ("kind", "status"),
    [("rejected", "Rejected"), ("finished_nok", "Finished_nok"), ("cancelled", "Cancelled")],
)
def test_a_task_may_end_badly(clms: ClmsStandIn, client: Client, kind: str, status: str) -> None:
    clms.faults.add("task", kind, message="No data in the area")
    record = client.finished(client.submit(by_area(clms)))
    assert (record["Status"], record["Message"]) == (status, "No data in the area")
    assert "DownloadURL" not in record


def test_a_task_may_stay_queued_with_or_without_a_url(clms: ClmsStandIn, client: Client) -> None:
    clms.faults.add("task", "stuck")
    clms.faults.add("task", "queued_with_url")
    stuck, overwritten = client.submit(by_area(clms)), client.submit(by_area(clms, "Crop Types"))
    clms.clock.advance(3000)
    tasks = [client.tasks() for _ in range(4)][-1]
    assert tasks[stuck]["Status"] == tasks[overwritten]["Status"] == "Queued"
    assert "DownloadURL" not in tasks[stuck]
    url = tasks[overwritten]["DownloadURL"]
    assert requests.get(url, headers=AGENT, timeout=60).status_code == 200


def test_a_url_may_come_late_or_as_a_list(clms: ClmsStandIn, client: Client) -> None:
    clms.faults.add("task", "url_late", looks=2)
    clms.faults.add("task", "url_list")
    late, listed = client.submit(by_area(clms)), client.submit(by_area(clms, "Crop Types"))
    seen = [client.tasks() for _ in range(5)]
    assert [tasks[late]["Status"] for tasks in seen[2:]] == ["Finished_ok"] * 3
    assert ["DownloadURL" in tasks[late] for tasks in seen] == [False] * 4 + [True]
    assert isinstance(seen[-1][listed]["DownloadURL"], list)


def test_a_task_may_vanish(clms: ClmsStandIn, client: Client) -> None:
    clms.faults.add("task", "vanishes")
    ident = client.submit(by_area(clms))
    assert ident in client.tasks()
    assert ident not in client.tasks()


def test_a_size_may_be_wrong_and_a_link_dead_from_the_start(
    clms: ClmsStandIn, client: Client
) -> None:
    clms.faults.add("task", "size_mismatch")
    record = client.finished(client.submit(by_area(clms)))
    body = requests.get(record["DownloadURL"], headers=AGENT, timeout=60).content
    assert record["FileSize"] == len(body) + 1
    clms.faults.add("task", "expired", status=410)
    url = finished_url(client, clms)
    for _ in range(2):
        assert requests.get(url, headers=AGENT, timeout=60).status_code == 410


def test_a_body_may_be_cut_short_or_changed_on_the_way(clms: ClmsStandIn, client: Client) -> None:
    url = finished_url(client, clms)
    whole = requests.get(url, headers=AGENT, timeout=60).content
    clms.faults.add("GET result", "truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(url, headers=AGENT, timeout=60)
    clms.faults.add("GET result", "flipped")
    flipped = requests.get(url, headers=AGENT, timeout=60).content
    assert len(flipped) == len(whole)
    assert flipped != whole
    clms.faults.add("GET result", "status", status=404, times=2)
    codes = [requests.get(url, headers=AGENT, timeout=60).status_code for _ in range(3)]
    assert codes == [404, 404, 200]


def delivered(clms: ClmsStandIn, client: Client, kind: str, packed: bool = False) -> bytes:
    clms.faults.add("delivery", kind)
    return client.archive(prepackaged(clms) if packed else by_area(clms))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["bad_crc", "inner_bad_crc"])
def test_an_archive_may_be_damaged_in_its_outer_or_inner_zip(
    clms: ClmsStandIn, client: Client, kind: str, packed: bool
) -> None:
    content = delivered(clms, client, kind, packed)
    outer = zipfile.ZipFile(io.BytesIO(content))
    if kind == "inner_bad_crc" and packed:
        assert outer.testzip() is None
        outer = zipfile.ZipFile(io.BytesIO(outer.read(outer.namelist()[0])))
    with pytest.raises(Exception, match=r"CRC|decompress"):
        for name in outer.namelist():
            outer.read(name)


def test_an_archive_may_be_no_archive_or_hold_nothing(clms: ClmsStandIn, client: Client) -> None:
    assert delivered(clms, client, "html").startswith(b"<!DOCTYPE html>")
    assert delivered(clms, client, "empty_file") == b""
    assert rasters(delivered(clms, client, "empty_zip")) == {}
    assert rasters(delivered(clms, client, "no_raster")) == {}
    names = zipfile.ZipFile(io.BytesIO(delivered(clms, client, "traversal"))).namelist()
    assert any(name.startswith("../") for name in names)


def test_a_raster_may_be_the_wrong_one(clms: ClmsStandIn, client: Client) -> None:
    right = rasters(delivered(clms, client, "wrong_code"))
    (name,) = right
    described = {}
    for kind in ("wrong_code", "wrong_crs", "wrong_size", "no_overlap"):
        (content,) = rasters(delivered(clms, client, kind)).values()
        with MemoryFile(content) as memory, memory.open() as raster:
            described[kind] = (raster.crs.to_epsg(), raster.res[0], raster.bounds.left)
            assert (199 in raster.read(1)) == (kind == "wrong_code")
    left = described["wrong_code"][2]
    assert described["wrong_crs"][0] == 3857
    assert described["wrong_size"][1] == 20
    assert described["no_overlap"][2] > left + 100_000
    (other,) = rasters(delivered(clms, client, "wrong_product"))
    assert "DLT_2018" in other
    (confidence,) = rasters(delivered(clms, client, "confidence"))
    assert "IMDCL_2018" in confidence
    assert len(rasters(delivered(clms, client, "two_products"))) == 2
    assert name in rasters(client.archive(by_area(clms))), "the next delivery is right again"


def test_the_image_service_can_fail_too(clms: ClmsStandIn) -> None:
    service = "HRL_Grassland_2018"
    clms.faults.add("GET exportImage", "error")
    assert image(clms, service).json()["error"]["code"] == 500
    clms.faults.add("GET exportImage", "wrong_code")
    assert 199 in pixels(image(clms, service))
    clms.faults.add("GET exportImage", "truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        image(clms, service)
    assert image(clms, service).status_code == 200


def test_every_kind_of_fault_is_used_in_this_file() -> None:
    text = Path(__file__).read_text()
    unused = {kind for kinds in KINDS.values() for kind in kinds if f'"{kind}"' not in text}
    assert not unused


def test_the_log_holds_every_request_and_no_secret(clms: ClmsStandIn, client: Client) -> None:
    client.submit(by_area(clms))
    names = [f"{each.method} {each.route}" for each in clms.log]
    assert names == ["POST @@oauth2-token", "POST @datarequest_post"]
    (posted,) = clms.requests("POST @datarequest_post")
    assert posted.body["Datasets"][0]["BoundingBox"] == LAKE
    token = client.headers["Authorization"].split()[1]
    assert token not in repr(clms.log)
    assert "eyJ" not in repr(clms.log), "no assertion either"


def test_a_geotiff_tells_where_it_lies() -> None:
    content = geotiff(np.zeros((2, 3), "uint8"), (100, 200, 130, 220), 10)
    with MemoryFile(content) as memory, memory.open() as raster:
        assert tuple(raster.bounds) == (100, 200, 130, 220)
        assert raster.transform == rasterio.transform.from_origin(100, 220, 10, 10)
