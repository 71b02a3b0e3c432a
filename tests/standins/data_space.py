"""Granules as the Copernicus Data Space publishes them: JPEG 2000 in its store, and STAC items.

Names, folders and fields as in its items of 2024 (STAC 1.1, `sentinel-2-l2a`).
"""

import shutil
from pathlib import Path
from typing import Any

import rasterio
import rasterio.shutil
from rasterio.warp import transform_geom
from shapely import box
from shapely.geometry import mapping, shape

from lccs_inputs.imagery.scenes import Scene

_ASSETS = {
    "blue": "B02_10m", "green": "B03_10m", "red": "B04_10m", "nir": "B08_10m",
    "swir16": "B11_20m", "swir22": "B12_20m", "scl": "SCL_20m",
}  # fmt: skip
_LOSSLESS = {"QUALITY": "100", "REVERSIBLE": "YES", "YCBCR420": "NO"}


def publish(store: Path, scene: Scene, *, cloud: float = 0.0) -> dict[str, Any]:
    """Put the files of a scene into the bucket `eodata` below `store`; its item.

    Its processing baseline is 05.00 where its numbers carry an offset, else an older one.
    """
    day, clock = (
        scene.datetime[:10].split("-"),
        scene.datetime[:19].replace("-", "").replace(":", ""),
    )
    satellite = scene.platform.replace("entinel", "").upper()
    name = f"{satellite}_MSIL2A_{clock}_N0500_R108_T{scene.tile}_20230612T214223"
    granule = f"{name}.SAFE/GRANULE/L2A_T{scene.tile}_A015891_{clock}/IMG_DATA"
    root = f"eodata/Sentinel-2/MSI/L2A_N0500/{'/'.join(day)}/{granule}"
    assets, offset = {}, scene.assets["red"].offset
    for band, asset in scene.assets.items():
        key = _ASSETS[band]
        path = f"{root}/R{key[-3:]}/T{scene.tile}_{clock}_{key}.jp2"
        assets[key] = _asset(store / path, asset.href, key, f"s3://{path}", offset)
    outline = shape(_outline(scene.assets["red"].href))
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": name,
        "collection": "sentinel-2-l2a",
        "geometry": mapping(outline),
        "bbox": list(outline.bounds),
        "properties": {
            "datetime": f"{scene.datetime[:19]}.024Z",
            "platform": f"sentinel-{scene.platform[-2:]}",
            "grid:code": f"MGRS-{scene.tile}",
            "eo:cloud_cover": cloud,
            "statistics": {"nodata": 0.0, "saturated_defective": 0.0},
            "processing:level": "L2",
            "processing:version": "05.00" if offset else "02.14",
            "product:type": "S2MSI2A",
            # Alike for all tiles of a pass, which begins minutes before.
            "eopf:datatake_id": f"G{satellite}_{scene.datatake or clock[:8] + 'T102021'}_015891",
        },
        "assets": assets,
        "links": [],
    }


def _asset(path: Path, source: str, key: str, href: str, offset: float) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    rasterio.shutil.copy(source, path, driver="JP2OpenJPEG", **_LOSSLESS)
    with rasterio.open(path) as raster:
        described = {
            "href": href,
            "type": "image/jp2",
            "gsd": int(key[-3:-1]),
            "nodata": 0,
            "data_type": raster.dtypes[0],
            "proj:code": raster.crs.to_string(),
            "proj:shape": list(raster.shape),
            "proj:transform": list(raster.transform)[:6],
            "auth:refs": ["s3"],
            "alternate": {"https": {"href": f"https://zipper.example/{path.name}"}},
        }
    if key.startswith("B"):
        described |= {
            "bands": [{"name": key[:3]}],
            "raster:scale": 0.0001,
            "raster:offset": offset,
        }
    return described


def _outline(path: str) -> dict[str, Any]:
    with rasterio.open(path) as raster:
        found: dict[str, Any] = transform_geom(
            raster.crs, "EPSG:4326", mapping(box(*raster.bounds))
        )
    return found


def publish_tile(store: Path, collection: str, name: str, raster: Path) -> dict[str, Any]:
    """Put a tile of a CLMS product, and that of its confidence, into the bucket; their item.

    Args:
        name: as in CLMS_HRLVLCC_TCD_S2021_R10m_E40N25_03035_V01_R00.
    """
    _, _, code, year, *_ = name.split("_")
    folder = f"eodata/CLMS/landcover_landuse/{collection}/{year[1:]}/01/01/{name}_cog"
    (store / folder).mkdir(parents=True)
    files = {code: f"{name}.tif", f"{code}CL": f"{name.replace(code, code + 'CL')}.tif"}
    for file in files.values():
        shutil.copy(raster, store / folder / file)
    outline = shape(_outline(str(raster)))
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": f"{name}_cog",
        "collection": collection,
        "geometry": mapping(outline),
        "bbox": list(outline.bounds),
        "properties": {"datetime": f"{year[1:]}-01-01T00:00:00Z"},
        "assets": {
            key: {"href": f"s3://{folder}/{file}", "type": "image/tiff", "roles": ["data"]}
            for key, file in files.items()
        }
        | {"Product": {"href": f"s3://{folder}", "roles": ["data", "metadata"]}},
        "links": [],
    }
