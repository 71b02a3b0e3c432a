"""What STAC extensions say of the fields that an item of ours has, to hold it against offline.

The schemas of the core are packaged with pystac, those of extensions are on the network. These say
the same of the fields in use, and that there is no other; a live test asks the published ones.
"""

from typing import Any

import pystac
from pystac.validation import JsonSchemaSTACValidator

_TEXT, _NUMBER, _WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer", "minimum": 0}
_CLASS = {
    "type": "object",
    "required": ["value", "name"],
    "properties": {
        "value": {"type": "integer"},
        "name": {"type": "string", "pattern": "^[0-9A-Za-z-_]+$"},
        "title": _TEXT,
        "color_hint": {"type": "string", "pattern": "^[0-9A-F]{6}$"},
        "nodata": {"type": "boolean"},
    },
    "additionalProperties": False,
}
_CLASSES = {"type": "array", "minItems": 1, "uniqueItems": True, "items": _CLASS}
_BITFIELD = {
    "type": "object",
    "required": ["offset", "length", "classes"],
    "properties": {
        "offset": _WHOLE,
        "length": {"type": "integer", "minimum": 1},
        "name": _TEXT,
        "classes": _CLASSES,
    },
    "additionalProperties": False,
}


def _numbers(count: int, kind: str = "number") -> dict[str, Any]:
    return {"type": "array", "minItems": count, "maxItems": count, "items": {"type": kind}}


_FIELDS: dict[str, dict[str, Any]] = {
    "projection/v2.0.0": {
        "proj:code": {"type": ["string", "null"]},
        "proj:wkt2": _TEXT,
        "proj:bbox": _numbers(4),
        "proj:shape": _numbers(2, "integer"),
        "proj:transform": _numbers(6),
    },
    "raster/v2.0.0": {
        "raster:sampling": {"enum": ["area", "point"]},
        "raster:spatial_resolution": _NUMBER,
        "raster:scale": _NUMBER,
    },
    "classification/v2.0.0": {
        "classification:classes": _CLASSES,
        "classification:bitfields": {"type": "array", "minItems": 1, "items": _BITFIELD},
    },
    "processing/v1.2.0": {
        "processing:expression": {"type": "object", "required": ["format", "expression"]},
        "processing:lineage": _TEXT,
        "processing:software": {"type": "object", "additionalProperties": _TEXT},
    },
    "file/v2.1.0": {
        "file:size": _WHOLE,
        "file:checksum": {"type": "string", "pattern": "^1220[0-9a-f]{64}$"},
    },
}


def _schema(name: str, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Fields of one prefix, in the properties, the assets and their bands."""
    uri = f"https://stac-extensions.github.io/{name}/schema.json"
    prefix = next(iter(fields)).partition(":")[0]
    known = {
        "type": "object",
        "properties": fields,
        "patternProperties": {f"^(?!{prefix}:)": {}},
        "additionalProperties": False,
    }
    bands = {"properties": {"bands": {"type": "array", "items": known}}}
    return uri, {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": uri,
        "type": "object",
        "required": ["stac_extensions", "properties", "assets"],
        "properties": {
            "properties": known,
            "assets": {"type": "object", "additionalProperties": {"allOf": [known, bands]}},
        },
    }


def validate_item(item: pystac.Item) -> int:
    """Hold an item against the core and each extension that it names.

    Returns:
        how many schemas that were.

    Raises:
        STACValidationError: it is not valid.
        GetSchemaError: it names an extension that is not here.
    """
    validator = JsonSchemaSTACValidator()
    validator.schema_cache |= dict(_schema(*each) for each in _FIELDS.items())
    return len(item.validate(validator=validator) or ())
