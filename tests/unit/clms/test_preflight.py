"""What CLMS would refuse is refused here, for the same reason."""

from dataclasses import replace
from typing import Any

import pytest

from lccs_inputs.clms.preflight import LARGEST_AREA, preflight, server_area
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.errors import SourceError
from locked_products import crop_types, locked_product
from standins.clms.accounts import RefusedError
from standins.clms.catalogue import Catalogue
from standins.clms.validation import validate

KEY = "products.imperviousness.request"
EVIAN = (6.488, 46.314, 6.798, 46.417)
IMPERVIOUSNESS = ProductRequest.by_bbox(locked_product(), EVIAN)
CROPS = ProductRequest.by_bbox(crop_types(), EVIAN)
DAY = 86_400_000

ABSENT = object()


def changed(request: ProductRequest, changes: dict[str, Any]) -> dict[str, Any]:
    item = request.item() | changes
    return {key: value for key, value in item.items() if value is not ABSENT}


def dates(start: Any, end: Any) -> dict[str, Any]:
    return {"TemporalFilter": {"StartDate": start, "EndDate": end}}


REFUSED = [
    (IMPERVIOUSNESS, {"DatasetID": ABSENT}, "DatasetID is not defined", "make offers-lock"),
    (IMPERVIOUSNESS, {"DatasetID": ""}, "DatasetID is not defined", "make offers-lock"),
    (IMPERVIOUSNESS, {"DatasetID": "gone"}, "DatasetID is not valid", "make offers-lock"),
    (IMPERVIOUSNESS, {"FileID": "gone"}, "FileID is not valid", "name a country"),
    (IMPERVIOUSNESS, {"BoundingBox": ABSENT, "NUTS": "FR-K28"}, "NUTS country", "not a NUTS code"),
    (IMPERVIOUSNESS, {"BoundingBox": ABSENT, "NUTS": "XX11"}, "NUTS country", "country of NUTS"),
    (IMPERVIOUSNESS, {"BoundingBox": ABSENT, "NUTS": "frk28"}, "NUTS country", "capitals: FRK28"),
    (IMPERVIOUSNESS, {"NUTS": "FRK28"}, "NUTS is also defined", "keep one of them"),
    (IMPERVIOUSNESS, {"BoundingBox": [6.4, 46.5, 6.8]}, "BoundingBox is not valid", "four numbers"),
    (IMPERVIOUSNESS, {"BoundingBox": ["6", 47, 7, 46]}, "BoundingBox is not valid", "four numbers"),
    (IMPERVIOUSNESS, {"BoundingBox": [-10, 70, 35, 35]}, "too big", "divide the area"),
    (IMPERVIOUSNESS, dates(0, DAY), "temporal restriction is not allowed", "no time series"),
    (CROPS, {"TemporalFilter": {"StartDate": 0, "EndDate": 1, "X": 2}}, "too many", "StartDate"),
    (CROPS, {"TemporalFilter": {"EndDate": 1}}, "does not have StartDate", "a StartDate and an"),
    (CROPS, dates("2021-01-01", "2021-12-31"), "date format", "milliseconds since 1970"),
    (CROPS, dates(2 * DAY, DAY), "not coherent", "is after the last"),
    (CROPS, {"TemporalFilter": ABSENT}, "required to request", "no year is asked for"),
    (CROPS, dates(0, 367 * DAY), "bigger than the allowed range", "at most 366 days"),
    (IMPERVIOUSNESS, {"OutputGCS": ABSENT}, "OutputGCS parameter is mandatory", "delivers in"),
    (IMPERVIOUSNESS, {"OutputGCS": "EPSG:2154"}, "GCS not in the list", "not in EPSG:2154"),
    (
        IMPERVIOUSNESS,
        {"DatasetDownloadInformationID": ABSENT},
        "DatasetDownloadInformationID is not defined",
        "make offers-lock",
    ),
    (
        IMPERVIOUSNESS,
        {"DatasetDownloadInformationID": "9a55a6d-c98a-4098-bf94-f2ae7cdb0207"},
        "not downloadable",
        "make offers-lock",
    ),
    (IMPERVIOUSNESS, {"OutputFormat": ABSENT}, "output format is not valid", "Geotiff"),
    (IMPERVIOUSNESS, {"OutputFormat": "COG"}, "output format is not valid", "not a format"),
    (IMPERVIOUSNESS, {"OutputFormat": "Netcdf"}, "not compatible", "cannot be had as Netcdf"),
    (IMPERVIOUSNESS, {"OutputFormat": "GPKG"}, "not compatible", "cannot be had as GPKG"),
    (IMPERVIOUSNESS, {"BoundingBox": ABSENT}, "full dataset", "no area is asked for"),
    (CROPS, {"BoundingBox": ABSENT}, "specific area of interest", "no area is asked for"),
]


@pytest.mark.parametrize(("request_", "changes", "theirs", "ours"), REFUSED)
def test_what_clms_refuses_is_refused_here_first(
    request_: ProductRequest, changes: dict[str, Any], theirs: str, ours: str
):
    item = changed(request_, changes)
    with pytest.raises(RefusedError, match=theirs):
        validate([item], Catalogue(), {})
    with pytest.raises(SourceError, match=ours) as caught:
        preflight(item, request_.product, KEY)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "request_",
    [
        IMPERVIOUSNESS,
        CROPS,
        ProductRequest.by_nuts(locked_product(), "FRK28"),
        ProductRequest.by_nuts(locked_product(), "CH011"),
        ProductRequest.by_nuts(crop_types(), "EL30"),
        ProductRequest(locked_product(), file_id=locked_product().files[0].file_id),
        ProductRequest.by_bbox(locked_product(), (6.6, 36.6, 18.5, 47.1)),  # Italy
    ],
    ids=lambda request: request.name,
)
def test_what_clms_takes_passes(request_: ProductRequest):
    validate(request_.payload()["Datasets"], Catalogue(), {})
    preflight(request_.item(), request_.product, KEY)


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({"BoundingBox": [46.417, 6.488, 46.314, 6.798]}, "west < east"),
        ({"BoundingBox": [6.488, 46.314, 6.798, 46.417]}, "west < east and south < north"),
        ({"BoundingBox": [6.488, 46.417, 6.488, 46.314]}, "west < east"),
        ({"BoundingBox": [6.488, float("nan"), 6.798, 46.314]}, "four numbers"),
        ({"BoundingBox": ABSENT, "NUTS": "GR30"}, "NUTS writes EL for GR"),
        ({"BoundingBox": ABSENT, "NUTS": "GB"}, "NUTS writes UK for GB"),
    ],
)
def test_what_clms_takes_and_then_fails_is_refused_too(changes: dict[str, Any], ours: str):
    with pytest.raises(SourceError, match=ours):
        preflight(changed(IMPERVIOUSNESS, changes), IMPERVIOUSNESS.product, KEY)


def test_a_lock_file_without_a_source_is_stale():
    product = replace(locked_product(), source="")
    with pytest.raises(SourceError, match="no usable source for IMD 2018; refresh it"):
        preflight(IMPERVIOUSNESS.item(), product, KEY)


def test_a_message_names_the_key():
    with pytest.raises(SourceError, match=r"^products\.imperviousness\.request\.nuts: "):
        preflight(ProductRequest.by_nuts(locked_product(), "xx").item(), locked_product(), KEY)


def test_the_area_is_measured_as_clms_does():
    assert server_area([6.488, 46.417, 6.798, 46.314]) == 0  # within one degree
    assert server_area([6, 48, 11, 45]) == pytest.approx(9.4e10, rel=0.05)  # Switzerland
    assert server_area([6.6, 47.1, 18.5, 36.6]) == pytest.approx(7.1e11, rel=0.05)  # Italy
    assert server_area([47.1, 6.6, 36.6, 18.5]) > LARGEST_AREA  # Italy, in the order of the docs
