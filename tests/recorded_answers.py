"""What `make doctor` recorded of a service, read as a run reads it."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import pystac
from rasterio.io import MemoryFile

from lccs_inputs.clms.status import read_tasks
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.image_service import IMAGE_LAYERS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.identity import platform_of
from lccs_inputs.imagery.stac.item_facts import read_item
from lccs_inputs.products.data_space_catalogue import tile_of


def read_answers(recorded: Mapping[str, Any]) -> None:
    """Read the last answer of a record of one service, as `doctor.record.keep_answers` wrote it.

    Raises:
        SourceError, AssertionError: it is not what a run understands.
    """
    service, exchange = recorded["service"], recorded["exchanges"][-1]
    assert exchange["status"] == 200
    match service:
        case "clms":
            read_tasks(exchange["body"])
        case "earthengine":
            assert exchange["body"] == {"result": 2}
        case "image_service":
            _read_tile(exchange)
        case "cdse_maps":
            _read_tiles(recorded["exchanges"])
        case _:
            _read_items(recorded["exchanges"])


def _read_tile(exchange: Mapping[str, Any]) -> None:
    layers = {layer: name for name, layer in IMAGE_LAYERS.items()}
    product = PRODUCTS[next(layers[part] for part in exchange["url"].split("/") if part in layers)]
    with MemoryFile(base64.b64decode(exchange["body"])) as file, file.open() as raster:
        codes = np.unique(raster.read(1))
    assert {*codes} <= {*product.valid_codes, *product.nodata_codes}


def _documents(exchanges: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    pages = [each["body"] for each in exchanges if isinstance(each["body"], dict)]
    documents = [item for page in pages for item in page.get("features", ())]
    assert documents
    return documents


def _read_tiles(exchanges: list[Mapping[str, Any]]) -> None:
    names = {holding.collection: name for name, holding in HOLDINGS.items()}
    for item in map(pystac.Item.from_dict, _documents(exchanges)):
        year = int(item.properties["datetime"][:4])
        assert tile_of(item, PRODUCTS[names[str(item.collection_id)]], year).version > (0, 0)


def _read_items(exchanges: list[Mapping[str, Any]]) -> None:
    documents = _documents(exchanges)
    for item in map(pystac.Item.from_dict, documents):
        platform = platform_of(item)
        meant = (each for each in SENSORS.values() if platform.startswith(each.name))
        sensor = next(meant, SENSORS["sentinel2"])
        read_item(item, sensor, sensor.default_mask)
