"""Items of a stac-geoparquet file (specification 1.0 and 1.1): a row each, properties as columns.

A column is there for every item as soon as one has it: what is null in a row is not said there.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pystac.utils import datetime_to_str
from shapely import from_wkb
from shapely.geometry import mapping

_MAGIC = b"PAR1"  # at either end
_LEAST = 12  # bytes: both, and the size of the footer

_TOP = {"type", "stac_version", "stac_extensions", "id", "collection", "links", "assets"}


def read_items(path: Path) -> Iterator[dict[str, Any]]:
    """The items of a file, as documents.

    Raises:
        ValueError: the file is cut off, or no Parquet file.
        Exception: it is no stac-geoparquet.
    """
    from arro3.io import read_parquet  # noqa: PLC0415 - few have such a file

    text = path.read_bytes()
    if len(text) < _LEAST or not text.startswith(_MAGIC) or not text.endswith(_MAGIC):
        raise ValueError("it is cut off, or no Parquet file")  # at which the reader panics
    for batch in read_parquet(path):
        for row in batch.to_struct_array().to_pylist():
            yield _item(row)


def _item(row: dict[str, Any]) -> dict[str, Any]:
    box, geometry = row.pop("bbox", None) or {}, row.pop("geometry")
    said = {name: value for name, value in _said(row).items() if not isinstance(value, bytes)}
    top = {name: said.pop(name) for name in _TOP if name in said}
    sides = [f"{axis}{side}" for side in ("min", "max") for axis in "xyz"]
    return {
        "links": [],
        **top,
        "type": "Feature",
        "bbox": [box[side] for side in sides if side in box],
        "geometry": mapping(from_wkb(geometry)) if geometry else None,
        "properties": said,
    }


def _said(value: Any) -> Any:
    """A value of JSON, without what is null."""
    if isinstance(value, dict):
        return {name: _said(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_said(each) for each in value]
    return datetime_to_str(value) if isinstance(value, datetime) else value
