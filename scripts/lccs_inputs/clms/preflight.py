"""Refusing here what CLMS would refuse, before it is asked, and with a sentence that helps.

CLMS validates a request item in a fixed order and answers the first fault with a terse message
(eea/clms.downloadtool, `datarequest_post`). The same faults are found here in the same order.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pyproj import Geod, Proj

from lccs_inputs.errors import SourceError
from lccs_inputs.products.locked import REFRESH

if TYPE_CHECKING:
    from lccs_inputs.clms.lock import LockedProduct

LARGEST_AREA = 1.6e12
"""m², the largest box CLMS accepts; it has its own way to measure (`server_area`)."""
LONGEST_SPAN = 366
"""Days of a time series that one request may ask for."""

_GCS = ("EPSG:4326", "EPSG:3035", "EPSG:3857", "EPSG:4258")
_VECTORS = ("Shapefile", "GDB", "GPKG", "Geojson", "GML", "WFS")
_CONVERSIONS = {"Geotiff": ("Geotiff",), "Netcdf": ("Geotiff", "Netcdf")}
"""Format of a raster at CLMS → formats it can be had in."""

# Countries with NUTS or statistical regions (Eurostat, NUTS 2021). CLMS takes any ISO country
# code, but its region service knows only these: a task for another would fail after the queue.
_NUTS_COUNTRIES = (
    *("AL", "AT", "BA", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR"),
    *("HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "ME", "MK", "MT", "NL", "NO", "PL"),
    *("PT", "RO", "RS", "SE", "SI", "SK", "TR", "UK", "XK"),
)
_OTHER_SPELLINGS = {"GR": "EL", "GB": "UK"}


def preflight(item: Mapping[str, Any], product: "LockedProduct", key: str = "request") -> None:
    """Let a request item pass, or say what is wrong with it.

    Args:
        item: a dataset item as `ProductRequest.item` makes it.
        product: what the lock file says of the product asked for.
        key: config path of the request, such as "products.imperviousness.request".

    Raises:
        SourceError: CLMS would refuse it, or take it and fail.
    """
    fault = _fault(item, product, key)
    if fault:
        raise SourceError(fault)


def _fault(item: Mapping[str, Any], product: "LockedProduct", key: str) -> str:
    name = f"{product.product} {product.year}"
    stale = f"the lock file has no usable {{}} for {name}; refresh it: {REFRESH}"
    if not item.get("DatasetID") or item["DatasetID"] != product.uid:
        return stale.format("dataset id")
    if "FileID" in item:
        known = {file.file_id for file in product.files}
        return "" if item["FileID"] and item["FileID"] in known else _no_file(item, name, key)
    return (
        _region_fault(item, key)
        or _time_fault(item, product, name, key)
        or _crs_fault(item, key)
        or ("" if _is_locked(item, product) else stale.format("download information id"))
        or _format_fault(item, product, name)
        or ("" if product.source else stale.format("source"))
        or _extent_fault(item, name, key)
    )


def _is_locked(item: Mapping[str, Any], product: "LockedProduct") -> bool:
    wanted = item.get("DatasetDownloadInformationID")
    return bool(wanted) and wanted == product.information_id


def _no_file(item: Mapping[str, Any], name: str, key: str) -> str:
    return (
        f"{key}.country: {item['FileID'] or 'an empty id'} is no prepackaged file of {name} in the "
        "lock file; name a country that `make offers` lists, or request by: bbox"
    )


def _region_fault(item: Mapping[str, Any], key: str) -> str:
    if "NUTS" in item:
        if fault := _nuts_fault(item["NUTS"], key):
            return fault
        if "BoundingBox" in item:
            return f"{key}: has both a NUTS code and a bounding box; keep one of them"
    return _box_fault(item["BoundingBox"], key) if "BoundingBox" in item else ""


def _nuts_fault(nuts: Any, key: str) -> str:
    if not isinstance(nuts, str) or not (nuts.isascii() and nuts.isalnum() and len(nuts) <= 5):
        return f"{key}.nuts: {nuts!r} is not a NUTS code; write one such as FRK28"
    country, said = nuts[:2], f"{key}.nuts: {nuts!r} does not begin with a country of NUTS"
    if country in _NUTS_COUNTRIES:
        return ""
    if country in _OTHER_SPELLINGS:
        return f"{said}; NUTS writes {_OTHER_SPELLINGS[country]} for {country}"
    if country.upper() in _NUTS_COUNTRIES:
        return f"{said}; write it in capitals: {nuts.upper()}"
    return f"{said} in capitals, such as FR, CH or EL; correct it, or request by: bbox"


def _box_fault(box: Any, key: str) -> str:
    numbers = isinstance(box, list | tuple) and all(
        isinstance(side, int | float) and math.isfinite(side) for side in box
    )
    if not numbers or len(box) != 4:
        return f"{key}: the bounding box {box} is not four numbers: west, north, east, south"
    west, north, east, south = box
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        return (
            f"{key}: the bounding box {list(box)} is not west, north, east, south in degrees with "
            "west < east and south < north; check the bbox of the area"
        )
    metres, _ = Geod(ellps="GRS80").polygon_area_perimeter(
        [west, west, east, east], [north, south, south, north]
    )
    if abs(metres) > LARGEST_AREA or server_area(box) > LARGEST_AREA:
        return (
            f"{key}: the area's box covers {abs(metres) / 1e6:,.0f} km², and CLMS clips at most "
            f"{LARGEST_AREA / 1e6:,.0f} km² (by its own rough measure); divide the area, or "
            "request by: country"
        )
    return ""


def server_area(box: Any) -> float:
    """The area of a box as CLMS measures it, m².

    Whole degrees, cut towards 0, in EPSG:3587 (a Michigan projection, as in its code): small
    boxes count as 0, and boxes far from Michigan as something else than their size.
    """
    (x1, y1), (x2, y2) = (Proj(3587)(int(box[i]), int(box[i + 1])) for i in (0, 2))
    return abs(float((x1 - x2) * (y1 - y2)))


def _time_fault(item: Mapping[str, Any], product: "LockedProduct", name: str, key: str) -> str:
    if "TemporalFilter" not in item:
        return (
            f"{key}: {name} is a time series, and no year is asked for"
            if product.time_series
            else ""
        )
    if not product.time_series:
        return f"{key}: {name} is no time series, so no dates can be asked for; leave them out"
    dates = item["TemporalFilter"]
    if not isinstance(dates, Mapping) or set(dates) != {"StartDate", "EndDate"}:
        return f"{key}: the dates {dates} are not a StartDate and an EndDate"
    return _span_fault(dates, name, key)


def _span_fault(dates: Mapping[str, Any], name: str, key: str) -> str:
    start, end = _moment(dates["StartDate"]), _moment(dates["EndDate"])
    if start is None or end is None:
        return f"{key}: the dates {dict(dates)} are not milliseconds since 1970"
    if start > end:
        return (
            f"{key}: the first day asked for, {start:%Y-%m-%d}, is after the last, {end:%Y-%m-%d}"
        )
    if end - start > timedelta(days=LONGEST_SPAN):
        return f"{key}: {name} is given for at most {LONGEST_SPAN} days at once; ask for one year"
    return ""


def _moment(milliseconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _crs_fault(item: Mapping[str, Any], key: str) -> str:
    if item.get("OutputGCS") in _GCS:
        return ""
    return f"{key}: CLMS delivers in {', '.join(_GCS)}, not in {item.get('OutputGCS')}"


def _format_fault(item: Mapping[str, Any], product: "LockedProduct", name: str) -> str:
    wanted, kept = item.get("OutputFormat"), product.output_format
    if wanted not in (*_CONVERSIONS, *_VECTORS):
        return f"{name}: {wanted} is not a format CLMS delivers; ask for Geotiff"
    if wanted not in _CONVERSIONS.get(kept, ()):
        return (
            f"{name}: CLMS keeps it as {kept or 'an unknown format'}, which cannot be had as "
            f"{wanted}; give a file of your own in products.editions"
        )
    return ""


def _extent_fault(item: Mapping[str, Any], name: str, key: str) -> str:
    if item.get("NUTS") or item.get("BoundingBox"):
        return ""
    return f"{key}: no area is asked for, and CLMS does not deliver {name} whole; set by: bbox"
