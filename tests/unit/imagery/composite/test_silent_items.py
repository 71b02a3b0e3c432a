"""From items that say little to pixels: fill that only the file declares is never reflectance."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import rasterio
from numpy.typing import NDArray
from shapely import box

from lccs_inputs.facts.sensors import OPTICAL_BANDS, SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.stac.item_facts import read_item
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from standins.imagery import scene_list, write_asset
from standins.stac_items import make_item

GRID = Grid("EPSG:32632", (10, 10), (320000, 5140000, 320040, 5140030))
S2 = SENSORS["sentinel2"]


def red_of(
    folder: Path,
    numbers: NDArray[Any],
    nodata: int | None,
    stacked: bool,
    bands: Mapping[str, str] | None = None,
) -> list[int]:
    """The first row of red, of one scene whose bands hold `numbers`; its item says no nodata."""
    item = make_item("S2A_32TLS_20180711_0_L2A", "2018-07-11T10:36:00Z", folder=str(folder))
    for band in OPTICAL_BANDS:
        path = folder / f"{item['id']}_{band}.tif"
        write_asset(path, numbers, GRID.crs, (320000, 5140030), 10)
        with rasterio.open(path, "r+") as raster:
            raster.nodata = nodata
    write_asset(
        folder / "classes.tif", np.full((3, 4), 4, np.uint8), GRID.crs, (320000, 5140030), 10
    )
    item["assets"]["scl"]["href"] = str(folder / "classes.tif")
    if stacked:
        stack(folder, item)
        if bands:
            del item["assets"]["analytic"]["eo:bands"]
    scene = read_item(pystac.Item.from_dict(item), S2, "scl", bands=bands)
    area = Area(box(*GRID.bounds), GRID)
    compose_block(scene_list(scene), S2, S2.masks["scl"], GRID, area, folder / "block.tif")
    with rasterio.open(folder / "block.tif") as raster:
        row: list[int] = raster.read(raster.descriptions.index("red") + 1)[0].tolist()
        return row


def stack(folder: Path, item: dict[str, Any]) -> None:
    """Put the bands of an item into one file, each + 100 on the band before it; 65535 stays."""
    hrefs = [item["assets"].pop(band)["href"] for band in OPTICAL_BANDS]
    with rasterio.open(hrefs[0]) as raster:
        profile = raster.profile | {"count": len(hrefs)}
        values = raster.read(1)
    with rasterio.open(folder / "stack.tif", "w", **profile) as raster:
        for index in range(len(hrefs)):
            raster.write(np.where(values == 65535, values, values + 100 * index), index + 1)
    bands = [{"name": f"b{i}", "common_name": band} for i, band in enumerate(OPTICAL_BANDS)]
    item["assets"]["analytic"] = {"href": str(folder / "stack.tif"), "eo:bands": bands}


@pytest.mark.parametrize(
    ("nodata", "expected"),
    [
        (65535, [0, 700, 3000, -32768]),
        (None, [-32768, 700, 3000, 32767]),
        (0, [-32768, 700, 3000, 32767]),
    ],
)
def test_fill_is_what_the_file_says_where_the_item_is_silent(
    tmp_path: Path, nodata: int | None, expected: list[int]
):
    numbers = np.tile(np.array([0, 700, 3000, 65535], np.uint16), (3, 1))
    assert red_of(tmp_path, numbers, nodata, stacked=False) == expected


def test_each_band_of_a_stack_is_composed_from_its_own_numbers(tmp_path: Path):
    numbers = np.tile(np.array([100, 700, 3000, 65535], np.uint16), (3, 1))
    found = red_of(tmp_path, numbers, 65535, stacked=True)
    assert OPTICAL_BANDS.index("red") == 2
    assert found == [300, 900, 3200, -32768]


def test_the_bands_of_a_stack_that_nobody_described_are_those_the_config_says(tmp_path: Path):
    """Here red is said to be the fifth, which holds the numbers and 400 more."""
    numbers = np.tile(np.array([100, 700, 3000, 65535], np.uint16), (3, 1))
    order = dict(zip(OPTICAL_BANDS, (1, 2, 5, 4, 3, 6), strict=True))
    bands = {band: f"analytic:{number}" for band, number in order.items()}
    assert red_of(tmp_path, numbers, 65535, stacked=True, bands=bands) == [500, 1100, 3400, -32768]
