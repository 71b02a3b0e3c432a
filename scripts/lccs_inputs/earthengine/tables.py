"""Outlines from table assets of Earth Engine: fetched once, then a vector file like any other."""

import json
from pathlib import Path
from typing import Any

import ee
from tqdm import tqdm

from lccs_inputs.earthengine.signin import Session
from lccs_inputs.errors import AreaError, SourceError
from lccs_inputs.files import fingerprint, write_text

_PAGE = 500  # features per request: borders in detail are large


def fetch_outline(session: Session, key: str, asset: str, cache: Path) -> Path:
    """The features of a table asset, as GeoJSON in degrees (EPSG:4326).

    A table that is in the cache is not asked for again, whatever became of the asset: delete the
    file to fetch it anew.

    Args:
        key: the config key that names the asset, for messages.
        cache: folder that clones of the project can share.

    Raises:
        AreaError: the asset cannot be read, or holds no polygon.
    """
    path = cache / "tables" / f"{fingerprint(asset)}.geojson"
    if path.exists():
        return path
    try:
        features = _features(session, asset)
    except SourceError as error:
        raise AreaError(f"{key}: {asset} cannot be read ({error})") from error
    kinds = {geometry["type"] for geometry in (each["geometry"] for each in features) if geometry}
    if not kinds & {"Polygon", "MultiPolygon", "GeometryCollection"}:
        raise AreaError(f"{key}: {asset} holds no polygon; name a table of outlines")
    document = {"type": "FeatureCollection", "features": features}
    write_text(path, json.dumps(document) + "\n")
    return path


def _features(session: Session, asset: str) -> list[dict[str, Any]]:
    """Every feature, without its properties."""
    table = ee.FeatureCollection(asset).map(lambda each: ee.Feature(ee.Feature(each).geometry()))
    found: list[dict[str, Any]] = []
    with tqdm(desc=asset, unit="feature", mininterval=1) as bar:
        while True:
            page = session.compute_value(table.toList(_PAGE, len(found)))
            found += [
                {"type": "Feature", "properties": {}, "geometry": each["geometry"]} for each in page
            ]
            bar.update(len(page))
            if len(page) < _PAGE:
                return found
