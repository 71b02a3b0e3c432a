"""Outlines from table assets of Earth Engine: fetched once, then a vector file like any other."""

import json
from pathlib import Path
from typing import Any

import ee
from tqdm import tqdm

from lccs_inputs.earthengine.signin import Session
from lccs_inputs.errors import AreaError, SourceError
from lccs_inputs.files import write_text

_PAGE = 500  # features per request: borders in detail are large


def fetch_outline(session: Session, key: str, asset: str, target: Path) -> None:
    """Write the features of a table asset as GeoJSON in degrees (EPSG:4326).


    Args:
        key: the config key that names the asset, for messages.
        target: once it is there it is not asked for again, whatever became of the asset: delete
            the file to fetch it anew.

    Raises:
        AreaError: the asset cannot be read, or holds no polygon.
    """
    try:
        features = _features(session, asset)
    except SourceError as error:
        raise AreaError(f"{key}: {asset} cannot be read ({error})") from error
    kinds = {geometry["type"] for geometry in (each["geometry"] for each in features) if geometry}
    if not kinds & {"Polygon", "MultiPolygon", "GeometryCollection"}:
        raise AreaError(f"{key}: {asset} holds no polygon; name a table of outlines")
    document = {"type": "FeatureCollection", "features": features}
    write_text(target, json.dumps(document) + "\n")


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
