"""Deliveries, imagery and what a run has written, with bytes or parts of them changed."""

import io
import random
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from rasterio.windows import Window

from fuzz.odd import draws, odd_bytes, of_a_thousand, told
from lccs_inputs.imagery.composite.jpeg2000 import ends_early, tiles_of
from lccs_inputs.imagery.composite.tiff import images_of
from lccs_inputs.products.archives import find_rasters
from lccs_inputs.rasters.reading import gdal_env

SIDE = 96


@cache
def raster(driver: str, **options: Any) -> bytes:
    values = np.random.default_rng(1).integers(0, 9, (SIDE, SIDE)).astype(np.uint16)
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver=driver, height=SIDE, width=SIDE, count=1, dtype="uint16", crs="EPSG:32631",
            transform=Affine(10, 0, 700000, 0, -10, 5200000), **options,
        ) as dataset:  # fmt: skip
            dataset.write(values, 1)
        return bytes(memory.read())


@cache
def archive() -> bytes:
    """A delivery: a raster, one in a zip of its own, and what belongs to it."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("IMD/IMD_2018_010m_E40N26_03035_v020.tif", raster("GTiff"))
    with zipfile.ZipFile(outer, "w") as packed:
        packed.writestr("IMD_2018_010m_E41N26_03035_v020.tif", raster("GTiff"))
        packed.writestr("IMD_2018_010m_E40N26_03035_v020.zip", inner.getvalue())
        packed.writestr("readme.txt", "as delivered")
    return outer.getvalue()


@of_a_thousand(20)
@given(draws)
def test_a_delivery_is_opened_or_refused(draw: random.Random) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "delivery.zip")
        path.write_bytes(odd_bytes(archive(), draw))

        def read() -> object:
            with gdal_env():
                return [rasterio.open(each).close() for each in find_rasters(path, Path(folder))]

        told(read, rasterio.RasterioIOError)


@pytest.mark.parametrize(
    ("driver", "options"),
    [
        ("GTiff", {"tiled": True, "blockxsize": 32, "blockysize": 32, "compress": "deflate"}),
        ("GTiff", {"bigtiff": "yes", "endianness": "big"}),
        ("JP2OpenJPEG", {"blockxsize": 32, "blockysize": 32}),
        ("JP2OpenJPEG", {"blockxsize": 32, "blockysize": 32, "TLM": "YES"}),
    ],
)
@of_a_thousand(80)
@given(draw=draws)
def test_the_blocks_of_a_file_are_found_or_not(
    driver: str, options: dict[str, Any], draw: random.Random
) -> None:
    content = odd_bytes(raster(driver, **options), draw)

    def read(at: int, size: int) -> bytes:
        assert at >= 0 and size >= 0
        return content[at : at + size]

    def find() -> None:
        for image in images_of(read):
            height, width = image.shape
            list(image.ranges([1], [Window(0, 0, width, height)]))
        if tiles := tiles_of(read, len(content)):
            list(tiles.ranges([Window(0, 0, SIDE, SIDE)]))
        ends_early(read, len(content))

    told(find)
