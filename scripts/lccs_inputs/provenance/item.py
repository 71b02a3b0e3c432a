"""`item.json`: the results of a period as an item of a SpatioTemporal Asset Catalog (STAC)."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import pystac
from pyproj import CRS
from shapely import to_geojson

from lccs_inputs.facts.lccs import Category
from lccs_inputs.provenance.record import SOFTWARE
from lccs_inputs.provenance.results import Result
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.lonlat import LONLAT, wrapped

_EXTENSIONS = {
    "projection": "v2.0.0",
    "raster": "v2.0.0",
    "classification": "v2.0.0",
    "processing": "v1.2.0",
    "file": "v2.1.0",
}
_DEGREE = 111_320  # m, of latitude
_SHA256 = "1220"
"""How a multihash begins that is a SHA-256."""


def item_of(
    names: tuple[str, str],
    area: Area,
    days: tuple[str, str],
    version: str,
    results: Sequence[Result],
    documents: Mapping[str, str],
) -> pystac.Item:
    """The item of a period.

    Args:
        names: of the area and of the period.
        days: the first and the last, inclusive, UTC.
        version: of this software.
        documents: name of each file beside the item → its media type.
    """
    start, end = map(date.fromisoformat, days)
    item = pystac.Item(
        id="_".join(names),
        geometry=_outline(area),
        bbox=[*area.bounds_lonlat()],
        datetime=None,
        start_datetime=datetime.combine(start, time(), UTC),
        end_datetime=datetime.combine(end, time(23, 59, 59), UTC),
        properties={
            "title": f"LCCS descriptors, {' '.join(names)}",
            "license": "other",
            "gsd": area.grid.resolution,
            **_projection(area),
            "processing:software": {SOFTWARE: version},
            "processing:lineage": "Each layer is an expression over composites of imagery and maps "
            "made by others; provenance.json names the scenes, the products and all checksums.",
        },
        stac_extensions=[
            f"https://stac-extensions.github.io/{name}/{known}/schema.json"
            for name, known in _EXTENSIONS.items()
        ],
    )
    for result in results:
        item.add_asset(result.key, _asset(result, area.grid.resolution))
    for name, kind in documents.items():
        document = pystac.Asset(f"./{name}", media_type=kind, roles=["metadata"])
        item.add_asset(name.partition(".")[0].lower(), document)
    licence = next(name for name, kind in documents.items() if kind == pystac.MediaType.TEXT)
    item.add_link(pystac.Link("license", f"./{licence}", pystac.MediaType.TEXT, "Credits"))
    return item


def _outline(area: Area) -> dict[str, Any]:
    """The outline, to a pixel, in degrees."""
    pixel = area.grid.resolution / _DEGREE
    outline = wrapped(area.geometry_in(LONLAT)).simplify(pixel)
    document: dict[str, Any] = json.loads(to_geojson(outline))
    return document


def _projection(area: Area) -> dict[str, Any]:
    grid, known = area.grid, CRS.from_user_input(area.grid.crs)
    code = known.to_authority(min_confidence=100)
    crs = (
        {"proj:code": ":".join(code)} if code else {"proj:code": None, "proj:wkt2": known.to_wkt()}
    )
    return {
        **crs,
        "proj:bbox": [*grid.bounds],
        "proj:shape": [*grid.shape],
        "proj:transform": [*grid.transform][:6],
    }


def _asset(result: Result, resolution: float) -> pystac.Asset:
    several = len(result.bands) > 1
    fields: dict[str, Any] = {
        "data_type": result.dtype,
        "raster:sampling": "area",
        "raster:spatial_resolution": resolution,
        "file:size": result.size,
        "file:checksum": f"{_SHA256}{result.sha256}",
    }
    if result.nodata is not None:
        fields["nodata"] = result.nodata
    if result.unit != "1":
        fields["unit"] = result.unit
    if "expression" in result.tags:
        expression = {"format": SOFTWARE, "expression": result.tags["expression"]}
        fields["processing:expression"] = expression
    if result.bits:
        fields["classification:bitfields"] = [_bit(*bit) for bit in result.bits.items()]
    bands = [_band(name, tags, result) for name, tags in result.bands.items()]
    fields |= {"bands": bands} if several else {key: x for key, x in bands[0].items() if ":" in key}
    return pystac.Asset(
        f"./{result.href}",
        result.title,
        description=result.tags.get("comment"),
        media_type=pystac.MediaType.COG,
        roles=["data"],
        extra_fields=fields,
    )


def _band(name: str, tags: Mapping[str, str], result: Result) -> dict[str, Any]:
    band: dict[str, Any] = {"name": name}
    if "title" in tags:
        band["description"] = tags["title"]
    if tags.get("units", "1") != "1":
        band["unit"] = tags["units"]
    if result.scales[name] != 1:
        band["raster:scale"] = result.scales[name]
    if name in result.legend:
        classes = [_class(code, entry) for code, entry in result.legend[name].items()]
        if result.nodata is not None:
            classes.append({"value": int(result.nodata), "name": "nodata", "nodata": True})
        band["classification:classes"] = classes
    return band


def _class(code: int, entry: Category) -> dict[str, Any]:
    colour = entry.colour.removeprefix("#").upper()
    name = _slug(entry.name) or f"code-{code}"
    return {"value": code, "name": name, "title": entry.name, "color_hint": colour}


def _bit(bit: int, name: str) -> dict[str, Any]:
    classes = [{"value": 0, "name": "no"}, {"value": 1, "name": "yes"}]
    return {"offset": bit, "length": 1, "name": name, "classes": classes}


def _slug(name: str) -> str:
    """A name as the classification extension wants one; "" of one in other letters."""
    return re.sub(r"[^0-9A-Za-z]+", "-", name).strip("-").lower()
