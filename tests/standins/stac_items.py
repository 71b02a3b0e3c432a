"""STAC items made up for tests, as documents, and a static catalogue of them on disk."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

BOX = (6.5, 46.3, 6.8, 46.4)
"""West, south, east, north of the area the tests search."""
BANDS = ("blue", "green", "red", "nir", "swir16", "swir22", "scl")


def make_item(
    name: str,
    when: str,
    *,
    collection: str = "sentinel-2-l2a",
    bbox: Sequence[float] = (6.0, 46.0, 7.0, 47.0),
    assets: Iterable[str] = BANDS,
    folder: str = ".",
    **properties: Any,
) -> dict[str, Any]:
    """An item of `collection` whose outline is `bbox`; `__` in a property name stands for `:`."""
    west, south, east, north = bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "collection": collection,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "bbox": list(bbox),
        "properties": {
            "datetime": when,
            "platform": "sentinel-2a",
            **{key.replace("__", ":"): value for key, value in properties.items()},
        },
        "assets": {asset: {"href": f"{folder}/{name}_{asset}.tif"} for asset in assets},
        "links": [],
    }


def make_landsat(name: str, when: str, **properties: Any) -> dict[str, Any]:
    """A Landsat 8 tier 1 item of path 196, row 28."""
    bands = ("blue", "green", "red", "nir08", "swir16", "swir22", "qa_pixel", "qa_radsat")
    described = {
        "platform": "landsat-8",
        "landsat__collection_category": "T1",
        "landsat__wrs_path": "196",
        "landsat__wrs_row": "028",
    }
    settings = described | properties
    return make_item(name, when, collection="landsat-c2-l2", assets=bands, **settings)


def write_catalogue(folder: Path, items: Sequence[dict[str, Any]]) -> Path:
    """Write a static catalogue with one child collection per collection of the items."""
    names = sorted({item["collection"] for item in items})
    for name in names:
        own = [item for item in items if item["collection"] == name]
        (folder / name).mkdir(parents=True)
        for item in own:
            (folder / name / f"{item['id']}.json").write_text(json.dumps(item))
        collection = {
            "type": "Collection",
            "stac_version": "1.0.0",
            "id": name,
            "description": name,
            "license": "other",
            "extent": {
                "spatial": {"bbox": [[-180, -90, 180, 90]]},
                "temporal": {"interval": [[None, None]]},
            },
            "links": [{"rel": "item", "href": f"./{item['id']}.json"} for item in own],
        }
        (folder / name / "collection.json").write_text(json.dumps(collection))
    root = {
        "type": "Catalog",
        "stac_version": "1.0.0",
        "id": "test",
        "description": "test",
        "links": [{"rel": "child", "href": f"./{name}/collection.json"} for name in names],
    }
    path = folder / "catalog.json"
    path.write_text(json.dumps(root))
    return path
