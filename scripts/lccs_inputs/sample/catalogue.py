"""The static STAC catalogue of the sample: items as public catalogues word them.

Sentinel-2 items read as those of Earth Search v1, Landsat and Sentinel-1 items as those of the
Planetary Computer. All links and hrefs are relative, so that the folder can be moved.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pyproj import Transformer

from lccs_inputs.files import write_text
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.sample import landsat, sentinel1, sentinel2
from lccs_inputs.sample.acquisitions import Landsat, Offset, Sentinel1, Sentinel2
from lccs_inputs.sample.clouds import Sky

Document = dict[str, Any]

_STAC_VERSION = "1.0.0"
_GEOTIFF = "image/tiff; application=geotiff"
_EXTENSIONS = "https://stac-extensions.github.io"
TITLES: Mapping[str, str] = {
    "sentinel-2-l2a": "Sentinel-2 Level-2A (synthetic)",
    "landsat-c2-l2": "Landsat Collection 2 Level-2 (synthetic)",
    "sentinel-1-rtc": "Sentinel-1 radiometrically terrain corrected (synthetic)",
}
"""Collection id → title."""


def sentinel2_item(granule: Sentinel2, grid: Grid, sky: Sky) -> Document:
    """An item as Earth Search v1 words it."""
    second = 15 if granule.tile == "31TGM" else 21
    item = _item(granule.id, "sentinel-2-l2a", granule.day, f"10:32:{second}.027000Z", grid)
    item["properties"] |= _sentinel2_properties(granule, sky)
    item["stac_extensions"] = _schemas(
        ("eo/v1.0.0", "grid/v1.0.0", "mgrs/v1.0.0", "projection/v1.0.0", "raster/v1.1.0")
    )
    offset = 0 if granule.offset is Offset.NONE else -0.1
    fine, coarse = grid.transform.a, 2 * grid.transform.a
    for key, name in sentinel2.FINE_BANDS.items():
        item["assets"][key] = _sentinel2_band(key, name, grid, fine, offset)
    for key, name in sentinel2.COARSE_BANDS.items():
        item["assets"][key] = _sentinel2_band(key, name, grid, coarse, offset)
    item["assets"]["scl"] = {
        "href": "./SCL.tif",
        "type": _GEOTIFF,
        "title": "Scene classification map (SCL)",
        **_pixels(grid, coarse),
        "raster:bands": [{"nodata": 0, "data_type": "uint8", "spatial_resolution": coarse}],
        "roles": ["data", "reflectance"],
    }
    return item


def _sentinel2_properties(granule: Sentinel2, sky: Sky) -> Document:
    shares = sky.shares()
    stamp = "2018-12-01" if granule.sequence == 0 else "2023-06-01"
    return {
        "created": f"{stamp}T00:00:00.000Z",
        "updated": f"{stamp}T00:00:00.000Z",
        "platform": granule.platform,
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "eo:cloud_cover": round(shares["medium"] + shares["high"] + shares["cirrus"], 6),
        "mgrs:utm_zone": int(granule.tile[:2]),
        "mgrs:latitude_band": granule.tile[2],
        "mgrs:grid_square": granule.tile[3:],
        "grid:code": f"MGRS-{granule.tile}",
        "sat:relative_orbit": granule.orbit,
        "s2:nodata_pixel_percentage": 100.0 if granule.empty else 0.0,
        "s2:saturated_defective_pixel_percentage": 0.0,
        "s2:cloud_shadow_percentage": round(shares["shadow"], 6),
        "s2:medium_proba_clouds_percentage": round(shares["medium"], 6),
        "s2:high_proba_clouds_percentage": round(shares["high"], 6),
        "s2:thin_cirrus_percentage": round(shares["cirrus"], 6),
        "s2:processing_baseline": granule.baseline,
        "s2:sequence": str(granule.sequence),
        "earthsearch:boa_offset_applied": granule.offset is Offset.APPLIED,
    }


def _sentinel2_band(key: str, name: str, grid: Grid, pixel: float, offset: float) -> Document:
    encoding = {
        "nodata": 0,
        "data_type": "uint16",
        "bits_per_sample": 15,
        "spatial_resolution": pixel,
        "scale": 0.0001,
        "offset": offset,
    }
    return {
        "href": f"./{name}.tif",
        "type": _GEOTIFF,
        "title": f"{key} ({name})",
        "eo:bands": [{"name": key, "common_name": key}],
        "gsd": pixel,
        **_pixels(grid, pixel),
        "raster:bands": [encoding],
        "roles": ["data", "reflectance"],
    }


def landsat_item(scene: Landsat, grid: Grid, sky: Sky) -> Document:
    """An item as the Planetary Computer words it."""
    shares = sky.shares()
    cloud = round(shares["medium"] + shares["high"], 2)
    item = _item(scene.id, "landsat-c2-l2", scene.day, "10:16:34.396428Z", grid)
    item["properties"] |= {
        "created": "2022-05-06T18:04:17.126358Z",
        "updated": "2022-05-06T18:04:17.126358Z",
        "platform": scene.platform,
        "instruments": ["etm+"] if scene.platform == "landsat-7" else ["oli", "tirs"],
        "gsd": 30,
        "eo:cloud_cover": cloud,
        "landsat:cloud_cover_land": cloud,
        "landsat:wrs_type": "2",
        "landsat:wrs_path": f"{scene.path:03d}",
        "landsat:wrs_row": "028",
        "landsat:collection_category": scene.tier,
        "landsat:collection_number": "02",
        "landsat:correction": "L2SP",
    }
    extensions = ("eo/v1.0.0", "projection/v1.0.0", "raster/v1.1.0")
    item["stac_extensions"] = [
        *_schemas(extensions),
        "https://landsat.usgs.gov/stac/landsat-extension/v1.1.1/schema.json",
    ]
    pixel = grid.transform.a
    surface = {"nodata": 0, "scale": 2.75e-05, "offset": -0.2}
    for key, name in landsat.BANDS.items():
        common = "nir" if key == "nir08" else key
        asset = _landsat_asset(scene, name, pixel, surface, ["data", "reflectance"])
        item["assets"][key] = asset | {"eo:bands": [{"name": name, "common_name": common}]}
    bits = {"unit": "bit index"}
    item["assets"]["qa_pixel"] = _landsat_asset(
        scene, "QA_PIXEL", pixel, {"nodata": 1, **bits}, ["cloud", "cloud-shadow"]
    )
    item["assets"]["qa_radsat"] = _landsat_asset(scene, "QA_RADSAT", pixel, bits, ["saturation"])
    return item


def _landsat_asset(
    scene: Landsat, name: str, pixel: float, encoding: Document, roles: list[str]
) -> Document:
    return {
        "href": f"./{scene.id}_{name}.TIF",
        "type": _GEOTIFF,
        "title": name,
        "raster:bands": [{"data_type": "uint16", "spatial_resolution": pixel, **encoding}],
        "roles": roles,
    }


def sentinel1_item(scene: Sentinel1, grid: Grid) -> Document:
    """An item as the Planetary Computer words it."""
    time = "17:23:53.000000Z" if scene.is_ascending else "05:35:23.000000Z"
    item = _item(scene.id, "sentinel-1-rtc", scene.day, time, grid)
    item["properties"] |= {
        "created": "2022-05-06T18:04:17Z",
        "updated": "2022-05-06T18:04:17Z",
        "platform": scene.platform.upper(),
        "constellation": "Sentinel-1",
        "sar:frequency_band": "C",
        "sar:instrument_mode": "IW",
        "sar:polarizations": ["VV", "VH"],
        "sar:product_type": "RTC",
        "sar:looks_equivalent_number": 4.3,
        "sat:orbit_state": "ascending" if scene.is_ascending else "descending",
        "sat:relative_orbit": scene.orbit,
    }
    extensions = ("sar/v1.0.0", "sat/v1.0.0", "projection/v1.0.0", "raster/v1.1.0")
    item["stac_extensions"] = _schemas(extensions)
    encoding = {
        "nodata": sentinel1.NODATA,
        "data_type": "float32",
        "spatial_resolution": grid.transform.a,
    }
    for band in sentinel1.BANDS:
        item["assets"][band] = {
            "href": f"./{band}.tif",
            "type": _GEOTIFF,
            "title": f"{band.upper()}: gamma naught",
            "raster:bands": [encoding],
            "roles": ["data"],
        }
    return item


def _item(name: str, collection: str, day: date, time: str, grid: Grid) -> Document:
    footprint, bbox = _footprint(grid)
    up = "../collection.json"
    return {
        "type": "Feature",
        "stac_version": _STAC_VERSION,
        "stac_extensions": [],
        "id": name,
        "properties": {
            "datetime": f"{day.isoformat()}T{time}",
            "proj:epsg": int(grid.crs.removeprefix("EPSG:")),
            **_pixels(grid, grid.transform.a),
        },
        "geometry": {"type": "Polygon", "coordinates": [footprint]},
        "bbox": bbox,
        "links": [
            _link("root", "../../catalog.json"),
            _link("parent", up),
            _link("collection", up),
        ],
        "assets": {},
        "collection": collection,
    }


def _schemas(names: Sequence[str]) -> list[str]:
    return [f"{_EXTENSIONS}/{name}/schema.json" for name in names]


def _pixels(grid: Grid, pixel: float) -> Document:
    """Shape and transform of a band whose pixels are `pixel` wide, sharing the grid's corner."""
    shape = [round(size * grid.transform.a / pixel) for size in (grid.height, grid.width)]
    transform = [pixel, 0.0, grid.transform.c, 0.0, -pixel, grid.transform.f]
    return {"proj:shape": shape, "proj:transform": transform}


def _footprint(grid: Grid) -> tuple[list[list[float]], list[float]]:
    """The outline of a grid and its box, degrees to seven places."""
    t = grid.transform
    right, bottom = t.c + grid.width * t.a, t.f + grid.height * t.e
    ring = [(t.c, t.f), (t.c, bottom), (right, bottom), (right, t.f), (t.c, t.f)]
    transformer = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    outline = [[round(degrees, 7) for degrees in transformer.transform(*point)] for point in ring]
    lons, lats = zip(*outline, strict=True)
    return outline, [min(lons), min(lats), max(lons), max(lats)]


def _link(rel: str, href: str, media: str = "application/json") -> Document:
    return {"rel": rel, "href": href, "type": media}


def write_item(folder: Path, item: Document) -> None:
    """Write `folder/<collection>/<id>/<id>.json`."""
    _write_json(folder / item["collection"] / item["id"] / f"{item['id']}.json", item)


def write_catalogue(folder: Path, items: Sequence[Document]) -> None:
    """Write the collections, then `catalog.json`: it appears only when all the rest is there."""
    for name in TITLES:
        members = [item for item in items if item["collection"] == name]
        _write_json(folder / name / "collection.json", _collection(name, members))
    root = {
        "type": "Catalog",
        "id": "lccs-inputs-sample",
        "stac_version": _STAC_VERSION,
        "description": "Synthetic imagery over the French shore of Lake Geneva, 2018",
        "links": [
            _link("root", "./catalog.json"),
            *(_link("child", f"./{name}/collection.json") for name in TITLES),
        ],
    }
    _write_json(folder / "catalog.json", root)


def _collection(name: str, items: Sequence[Document]) -> Document:
    days = sorted(item["properties"]["datetime"] for item in items)
    boxes = [item["bbox"] for item in items]
    west, south = (min(box[side] for box in boxes) for side in (0, 1))
    east, north = (max(box[side] for box in boxes) for side in (2, 3))
    return {
        "type": "Collection",
        "id": name,
        "stac_version": _STAC_VERSION,
        "title": TITLES[name],
        "description": f"{TITLES[name]}: drawn from the truth map of the sample",
        "license": "Apache-2.0",
        "extent": {
            "spatial": {"bbox": [[west, south, east, north]]},
            "temporal": {"interval": [[days[0], days[-1]]]},
        },
        "links": [
            _link("root", "../catalog.json"),
            _link("parent", "../catalog.json"),
            *(
                _link("item", f"./{item['id']}/{item['id']}.json", "application/geo+json")
                for item in sorted(items, key=lambda item: str(item["id"]))
            ),
        ],
    }


def _write_json(path: Path, document: Document) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(document, indent=1) + "\n")
