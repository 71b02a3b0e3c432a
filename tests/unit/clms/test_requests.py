"""What is asked of CLMS, and when two requests are the same."""

from typing import Any

import pytest

from lccs_inputs.clms.requests import ProductRequest, year_filter
from locked_products import crop_types, locked_product
from standins.clms.catalogue import Catalogue
from standins.clms.validation import validate

EVIAN = (6.488023408101995, 46.31431816468718, 6.798387177633245, 46.416664011458344)
CDSE_DATES = {"StartDate": "2021-01-01T00:00:00Z", "EndDate": "2021-12-31T23:59:59Z"}


def stored(request: ProductRequest) -> dict[str, Any]:
    """The request as CLMS keeps it."""
    kept = validate(request.payload()["Datasets"], Catalogue(), {})
    return [*kept.general, *kept.prepackaged][0]


def test_a_box_is_west_north_east_south_and_grows_outward_to_whole_steps():
    request = ProductRequest.by_bbox(locked_product(), EVIAN)
    assert request.item()["BoundingBox"] == [6.486, 46.4187, 6.8004, 46.3123]


def test_noise_in_the_last_digits_asks_for_the_same():
    box = (6.002, 46.002, 7.002, 47.002)
    noisy = tuple(side + 1e-9 for side in box)
    one, other = (ProductRequest.by_bbox(locked_product(), b) for b in (box, noisy))
    assert one.fingerprint == other.fingerprint


def test_codes_are_asked_for_in_their_own_crs_and_one_item_at_a_time():
    payload = ProductRequest.by_nuts(locked_product(), "FRK28").payload()
    assert payload == {
        "Datasets": [
            {
                "DatasetID": "4354f5ba912d4071b3b5f9300104765b",
                "DatasetDownloadInformationID": "f9a55a6d-c98a-4098-bf94-f2ae7cdb0207",
                "OutputFormat": "Geotiff",
                "OutputGCS": "EPSG:3035",
                "NUTS": "FRK28",
            }
        ]
    }


def test_a_year_of_a_series_is_asked_for_by_its_first_and_last_day():
    item = ProductRequest.by_bbox(crop_types(2022), EVIAN).item()
    assert item["TemporalFilter"] == {"StartDate": 1640995200000, "EndDate": 1672444800000}
    assert year_filter(2022) == item["TemporalFilter"]


def test_a_prepackaged_file_is_asked_for_by_its_id_alone():
    file = locked_product().files[0]
    item = ProductRequest(locked_product(), file_id=file.file_id).item()
    assert item == {"DatasetID": locked_product().uid, "FileID": file.file_id}


def test_the_document_holds_what_is_asked_and_its_fingerprint():
    request = ProductRequest.by_bbox(locked_product(), EVIAN)
    document = request.document()
    assert document["request"] == request.item()
    assert document["fingerprint"] == request.fingerprint
    assert set(document) == {"product", "year", "fingerprint", "request"}


def test_the_fingerprint_follows_what_is_asked():
    requests = [
        ProductRequest.by_bbox(locked_product(), EVIAN),
        ProductRequest.by_bbox(locked_product(collection="100 m"), EVIAN),
        ProductRequest.by_nuts(locked_product(), "FRK28"),
        ProductRequest.by_bbox(crop_types(2020), EVIAN),
        ProductRequest.by_bbox(crop_types(2021), EVIAN),
    ]
    assert len({request.fingerprint for request in requests}) == len(requests)


@pytest.mark.parametrize(
    "request_",
    [
        ProductRequest.by_bbox(locked_product(), EVIAN),
        ProductRequest.by_nuts(locked_product(), "FRK28"),
        ProductRequest.by_bbox(crop_types(), EVIAN),
        ProductRequest(locked_product(), file_id=locked_product().files[0].file_id),
    ],
    ids=lambda request: request.name,
)
def test_a_request_knows_its_own_task(request_: ProductRequest):
    assert request_.same_as(stored(request_))


@pytest.mark.parametrize(
    "changes",
    [
        {"DatasetID": "other"},
        {"BoundingBox": [6.486, 46.4187, 6.8004, 46.3]},
        {"BoundingBox": "6.486"},
        {"BoundingBox": None, "NUTSID": "FRK28"},
        {"OutputGCS": "EPSG:4326"},
        {"OutputFormat": "Netcdf"},
        {"FileID": "a file"},
        {"TemporalFilter": CDSE_DATES | {"EndDate": "2021-06-30T23:59:59Z"}},
        {"TemporalFilter": None},
    ],
    ids=str,
)
def test_a_task_for_something_else_is_not_taken_for_ours(changes: dict[str, Any]):
    request = ProductRequest.by_bbox(crop_types(), EVIAN)
    assert not request.same_as(stored(request) | changes)


def test_dates_and_projections_as_cdse_writes_them_are_recognised():
    request = ProductRequest.by_bbox(crop_types(), EVIAN)
    crs = "http://www.opengis.net/def/crs/EPSG/0/3035"
    assert request.same_as(stored(request) | {"TemporalFilter": CDSE_DATES, "OutputGCS": crs})
