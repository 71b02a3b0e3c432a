"""The public ArcGIS image service of the 2018 layers: exportImage and its habits."""

import json
from collections.abc import Mapping
from http import HTTPStatus

import numpy as np
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from standins.clms.deliveries import Bounds, Codes, RasterSource, geotiff, lattice_bounds

SERVICES: Mapping[str, str] = {
    "HRL_WaterWetness_2018": "WAW",
    "HRL_ImperviousnessDensity_2018": "IMD",
    "HRL_TreeCoverDensity_2018": "TCD",
    "HRL_DominantLeafType2018": "DLT",
    "HRL_Grassland_2018": "GRA",
}
SIDE_LIMIT = 4_100  # px, the service's maxImageWidth


def export_image(
    service: str, query: Mapping[str, str], source: RasterSource, junk: bool = False
) -> tuple[int, str, bytes]:
    """Status, content type and body. Errors come with 200, as JSON.

    Without `renderingRule` None the answer is a picture in colours; without nearest neighbour,
    codes are averaged; `junk` puts a code that no product has along the edge.
    """
    product = SERVICES.get(service)
    if product is None:
        return _error(404, f"Service {service} not found")
    if query.get("f") != "image":
        return _error(400, "Only f=image is answered here")
    try:
        west, south, east, north = (float(side) for side in query["bbox"].split(","))
        width, height = (int(side) for side in query["size"].split(","))
    except (KeyError, ValueError):
        return _error(400, "Invalid or missing input parameters.")
    if query.get("bboxSR", "3035") != "3035" or query.get("imageSR", "3035") != "3035":
        return _error(400, "The stand-in knows EPSG:3035 only")
    if max(width, height) > SIDE_LIMIT:
        return _error(400, "The requested image exceeds the size limit.")
    codes = _sampled(product, (west, south, east, north), (width, height), source)
    if query.get("interpolation") != "RSP_NearestNeighbor":
        codes = ((codes.astype("uint16") + np.roll(codes, 1, axis=1)) // 2).astype("uint8")
    if junk:
        codes[0, :] = 199
    if _is_raw(query):
        body = geotiff(codes, (west, south, east, north), (east - west) / width)
    else:
        body = _picture(codes, west, north, (east - west) / width)
    return HTTPStatus.OK, "image/tiff", body


def _sampled(product: str, bounds: Bounds, size: tuple[int, int], source: RasterSource) -> Codes:
    """The 10 m pixel that holds each centre of the pixels asked for."""
    west, south, east, north = bounds
    around = lattice_bounds(bounds, 10)
    codes = source(product, around)
    x = west + (np.arange(size[0]) + 0.5) * (east - west) / size[0]
    y = north - (np.arange(size[1]) + 0.5) * (north - south) / size[1]
    columns = ((x - around[0]) // 10).astype(int)
    rows = ((around[3] - y) // 10).astype(int)
    sampled: Codes = codes[rows[:, None], columns[None, :]].copy()
    return sampled


def _is_raw(query: Mapping[str, str]) -> bool:
    try:
        rule = json.loads(query.get("renderingRule", "{}"))
    except ValueError:
        return False
    return isinstance(rule, dict) and rule.get("rasterFunction") == "None"


def _picture(codes: Codes, west: float, north: float, step: float) -> bytes:
    shape = {"count": 3, "height": codes.shape[0], "width": codes.shape[1]}
    place = {"crs": "EPSG:3035", "transform": from_origin(west, north, step, step)}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", dtype="uint8", **shape, **place) as raster:
            raster.write(np.stack([codes, 255 - codes, codes // 2]).astype("uint8"))
        return bytes(memory.read())


def _error(code: int, message: str) -> tuple[int, str, bytes]:
    document = {"error": {"code": code, "message": message, "details": []}}
    return HTTPStatus.OK, "application/json", json.dumps(document).encode()
