"""What @datarequest_post refuses, in the server's order and words (clms.downloadtool 16.3)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pyproj

from standins.clms.accounts import RefusedError
from standins.clms.catalogue import Catalogue, Dataset

AREA_LIMIT = 1_600_000_000_000
PROJECTIONS = ("EPSG:4326", "EPSG:3035", "EPSG:3857", "EPSG:4258")
_VECTOR = {"GDB", "GML", "GPKG", "Geojson", "Shapefile"}
_FORMATS = ("GDB", "GML", "GPKG", "Geojson", "Geotiff", "Netcdf", "Shapefile", "WFS")
_TARGETS = {
    **dict.fromkeys(("GDB", "GPKG", "Geojson", "Shapefile"), _VECTOR),
    "GML": {"GML"},
    "Geotiff": {"Geotiff"},
    "Netcdf": {"Geotiff", "Netcdf"},
    "WFS": {*_VECTOR, "WFS"},
}
CONVERSIONS = {
    source: {target: target in _TARGETS[source] for target in _FORMATS} for source in _FORMATS
}
NO_NETCDF = {"7df9bdf94fe94cb5919c11c9ef5cac65", "0517fd1b7d944d8197a2eb5c13470db8"}
_TIME = "%Y-%m-%d %H:%M:%S"
_COUNTRIES = (  # those of Europe; the server knows the world's
    "AL AT BA BE BG CH CY CZ DE DK EE EL ES FI FR GB GR HR HU IE IS IT LI LT LU LV ME MK MT NL NO "
    "PL PT RO RS SE SI SK TR UK XK"
)

NO_TIME = "Error, TemporalFilter does not have StartDate or EndDate"
NOT_DOWNLOADABLE = "Error, this dataset is not downloadable"
TIME_NEEDED = (
    "You are requesting to download a time series enabled dataset and you are required to request "
    "the download of an specific date range. Please check the download documentation to get more "
    "information"
)
FULL_ELSEWHERE = (
    "You are requesting to download the full dataset but this dataset is not an EEA dataset and "
    "thus you need to query an specific endpoint to request its download. Please check the API "
    "documentation to get more information about this specific endpoint."
)
FULL_EEA = (
    "To download the full dataset, please download it through the corresponding pre-packaged data "
    "collection"
)
AREA_NEEDED = (
    "You have to select a specific area of interest. In case you want to download the full "
    "dataset, please use the Auxiliary API."
)
TOO_MANY = (
    "The download queue can only process 5 items at a time. Please try again with fewer items."
)
DUPLICATE = (
    "You have requested to download the same thing at least twice. Please check your download "
    "cart and remove any duplicates."
)

Item = dict[str, Any]


@dataclass
class Accepted:
    """The items of a request as the server stores them, by how they will be served."""

    prepackaged: list[Item] = field(default_factory=list)
    general: list[Item] = field(default_factory=list)
    cdse: list[Item] = field(default_factory=list)


def refuse(message: str, status: int = 400) -> RefusedError:
    return RefusedError(status, {"status": "error", "msg": message})


def validate(items: list[Item], catalogue: Catalogue, nuts_names: Mapping[str, str]) -> Accepted:
    """Check `items` one after the other.

    Raises:
        RefusedError: the first thing that is wrong.
    """
    accepted, special = Accepted(), []
    for index, item in enumerate(items):
        if not item.get("DatasetID"):
            raise refuse("Error, DatasetID is not defined")
        dataset = catalogue.by_uid(item["DatasetID"])
        if dataset is None:
            raise refuse("Error, the DatasetID is not valid")
        stored: Item = {"DatasetID": dataset.uid, "DatasetTitle": dataset.title}
        if "FileID" in item:
            accepted.prepackaged.append(stored | _file(item, dataset))
            continue
        stored |= _area(item, nuts_names) | _period(item, dataset)
        offer = _offer(item, dataset, stored)
        if dataset.uid in NO_NETCDF and item["OutputFormat"] == "Netcdf":
            special.append(dataset.uid)
        if special and index == len(items) - 1:
            raise refuse(
                "Please choose the Geotiff format as the NetCDF format is not allowed for the "
                f"dataset(s) {', '.join(special)}"
            )
        if dataset.uid in special:
            continue
        _needs_area(item, offer)
        stored |= _description(item, offer)
        (accepted.cdse if offer["full_source"] == "CDSE" else accepted.general).append(stored)
    if len(accepted.general) > 5:
        raise refuse(TOO_MANY)
    return accepted


def _file(item: Item, dataset: Dataset) -> Item:
    found = next((file for file in dataset.files if file["@id"] == item["FileID"]), None)
    if not (found and found["path"] and found["source"]):
        raise refuse("Error, the FileID is not valid")
    return {
        "FileID": found["@id"],
        "DatasetPath": "",
        "FilePath": encoded_path(found["path"]),
        "DatasetSource": found["source"],
    }


def _area(item: Item, nuts_names: Mapping[str, str]) -> Item:
    stored: Item = {}
    if nuts := item.get("NUTS"):
        if not (nuts.isalnum() and nuts[:2] in _COUNTRIES.split()):
            raise refuse("NUTS country error")
        stored |= {"NUTSID": nuts, "NUTSName": nuts_names.get(nuts, nuts)}
    if box := item.get("BoundingBox"):
        if "NUTS" in item:
            raise refuse("Error, NUTS is also defined")
        if len(box) != 4 or not all(isinstance(side, int | float) for side in box):
            raise refuse("Error, BoundingBox is not valid")
        if box_area(box) > AREA_LIMIT:
            raise refuse(f"Error, the requested BoundingBox is too big. The limit is {AREA_LIMIT}.")
        stored["BoundingBox"] = box
    return stored


def box_area(box: list[float]) -> float:
    """The server's idea of an area, m²: whole degrees, projected to Michigan."""
    west, north, east, south = (int(side) for side in box)
    (x0, y0), (x1, y1) = _michigan()(west, north), _michigan()(east, south)
    return float(abs((x0 - x1) * (y0 - y1)))


@cache
def _michigan() -> pyproj.Proj:
    return pyproj.Proj(3587)


def _period(item: Item, dataset: Dataset) -> Item:
    wanted = item.get("TemporalFilter")
    if not wanted:
        return {}
    if not dataset.temporal_limit:
        raise refuse(
            "Error, temporal restriction is not allowed in not time-series enabled datasets"
        )
    if len(wanted) > 2:
        raise refuse("Error, TemporalFilter has too many fields")
    if "StartDate" not in wanted or "EndDate" not in wanted:
        raise refuse(NO_TIME)
    try:
        start, end = (
            datetime.fromtimestamp(wanted[key] / 1000, UTC).strftime(_TIME)
            for key in ("StartDate", "EndDate")
        )
    except (TypeError, ValueError) as error:
        raise refuse("Error, date format is not correct") from error
    if start > end:
        raise refuse("Error, difference between StartDate and EndDate is not coherent")
    return {"TemporalFilter": {"StartDate": start, "EndDate": end}}


def _offer(item: Item, dataset: Dataset, stored: Item) -> Item:
    """The download item asked for; notes projection and layer in `stored`."""
    if "OutputGCS" not in item:
        raise refuse("The OutputGCS parameter is mandatory.")
    if item["OutputGCS"] not in PROJECTIONS:
        raise refuse("Error, defined GCS not in the list")
    stored["OutputGCS"] = item["OutputGCS"]
    if "DatasetDownloadInformationID" not in item:
        raise refuse("Error, DatasetDownloadInformationID is not defined.")
    wanted = item["DatasetDownloadInformationID"]
    offer = next((each for each in dataset.downloads if each["@id"] == wanted), None)
    if offer is None or not offer["full_format"]:
        raise refuse(NOT_DOWNLOADABLE)
    if item.get("OutputFormat") not in _FORMATS:
        raise refuse("Error, the specified output format is not valid")
    if not CONVERSIONS[_format(offer)][item["OutputFormat"]]:
        raise refuse("Error, specified formats are not compatible")
    if not offer["full_source"]:
        raise refuse("Error, the dataset source is not valid")
    if not offer["full_path"]:
        raise refuse(NOT_DOWNLOADABLE)
    if offer.get("layers") and "Layer" in item:
        if item["Layer"] not in offer["layers"]:
            raise refuse("Error, the requested band/layer is not valid")
        stored["Layer"] = item["Layer"]
    _check_span(item, dataset, stored)
    return offer


def _check_span(item: Item, dataset: Dataset, stored: Item) -> None:
    if dataset.time_series and "TemporalFilter" not in item:
        raise refuse(TIME_NEEDED)
    if not dataset.temporal_limit:
        return
    if "TemporalFilter" not in stored:
        raise refuse(NO_TIME)
    period = stored["TemporalFilter"]
    start, end = (datetime.strptime(period[key], _TIME) for key in ("StartDate", "EndDate"))
    if end - start > timedelta(days=dataset.temporal_limit):
        raise refuse(
            "You are requesting to download a time series enabled dataset and the requested date "
            f"range is bigger than the allowed range of {dataset.temporal_limit} days. Please "
            "check the download documentation to get more information"
        )


def _needs_area(item: Item, offer: Item) -> None:
    if "NUTS" in item or "BoundingBox" in item:
        return
    own = offer["full_source"] == "EEA"
    if "TemporalFilter" not in item:
        raise refuse(FULL_EEA if own else FULL_ELSEWHERE)
    if not own:
        raise refuse(AREA_NEEDED)


def _description(item: Item, offer: Item) -> Item:
    return {
        "DatasetFormat": _format(offer),
        "OutputFormat": item["OutputFormat"],
        "DatasetPath": encoded_path(offer["full_path"]),
        "DatasetSource": offer["full_source"],
        "WekeoChoices": offer.get("wekeo_choices", ""),
        "Metadata": [],
    }


def _format(offer: Item) -> str:
    full = offer["full_format"]
    return str(full["token"] if isinstance(full, dict) else full)


def encoded_path(path: str) -> str:
    """How records show a path of the server's."""
    return base64.urlsafe_b64encode(path.encode()).decode()
