"""What `make doctor` recorded of a service, read as a run reads it."""

import base64
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pystac
from rasterio.io import MemoryFile

from lccs_inputs.clms.status import read_tasks
from lccs_inputs.facts.image_service import IMAGE_LAYERS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.stac.item_facts import read_item


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
            assert any(each["body"]["features"] for each in recorded["exchanges"][1:])
        case _:
            _read_items(recorded["exchanges"])


def _read_tile(exchange: Mapping[str, Any]) -> None:
    layers = {layer: name for name, layer in IMAGE_LAYERS.items()}
    product = PRODUCTS[next(layers[part] for part in exchange["url"].split("/") if part in layers)]
    with MemoryFile(base64.b64decode(exchange["body"])) as file, file.open() as raster:
        codes = np.unique(raster.read(1))
    assert {*codes} <= {*product.valid_codes, *product.nodata_codes}


def _read_items(exchanges: list[Mapping[str, Any]]) -> None:
    pages = [each["body"] for each in exchanges if isinstance(each["body"], dict)]
    documents = [item for page in pages for item in page.get("features", ())]
    assert documents
    for document in documents:
        platform = re.sub(r"[-_]", "", document["properties"].get("platform", "sentinel2"))
        sensor = next(each for each in SENSORS.values() if platform.startswith(each.name))
        read_item(pystac.Item.from_dict(document), sensor, sensor.default_mask)
