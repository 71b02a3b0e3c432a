"""What an item says of itself is found wherever real catalogues put it."""

from typing import Any

import pystac
import pytest

from lccs_inputs.imagery.identity import (
    baseline_of,
    datatake_of,
    level_of,
    normalise_platform,
    platform_of,
    tile_of,
)
from standins.stac_items import make_item

NOON = "2018-07-01T10:36:00Z"
SAFE = "S2B_MSIL2A_20190629T212529_N0212_R043_T06VVN_20190629T225842.SAFE"
SLICE = "S1A_IW_GRDH_1SDV_20200103T233556_20200103T233621_030643_0382F7_C795"


def item(name: str = "scene", collection: str = "own", **properties: Any) -> pystac.Item:
    properties.setdefault("platform", None)
    return pystac.Item.from_dict(make_item(name, NOON, collection=collection, **properties))


@pytest.mark.parametrize(
    ("spelt", "platform"),
    [
        ("Sentinel-2A", "sentinel2a"),
        ("sentinel-2d", "sentinel2d"),
        ("SENTINEL-1C", "sentinel1c"),
        ("S2A", "sentinel2a"),
        ("s1d", "sentinel1d"),
        ("LANDSAT_8", "landsat8"),
        ("landsat-10", "landsat10"),
        ("S2ST", "s2st"),
    ],
)
def test_platforms_are_named_alike_however_they_are_spelt(spelt: str, platform: str):
    assert normalise_platform(spelt) == platform
    assert platform_of(item(platform=spelt)) == platform


@pytest.mark.parametrize(
    ("name", "platform"),
    [
        ("S2A_32TMS_20221207_0_L2A", "sentinel2a"),
        (SAFE, "sentinel2b"),
        (SLICE, "sentinel1a"),
        ("S1A_20200103_17RMJ_ASC", "sentinel1a"),
        ("LC08_L2SP_196028_20180701_20200831_02_T1", "landsat8"),
        ("LE07_L2SP_196028_20180701_20200831_02_T1", "landsat7"),
        ("LC81960282018182LGN00", "landsat8"),
        ("scene", ""),
        ("S2_composite", ""),
        ("L2A_scene", ""),
    ],
)
@pytest.mark.parametrize("stated", [None, "", "Sentinel-2", "landsat"])
def test_a_platform_that_is_not_stated_is_inferred_from_the_name_or_unknown(
    name: str, platform: str, stated: str | None
):
    assert platform_of(item(name, platform=stated)) == platform


def test_a_platform_that_is_stated_is_believed_before_the_name():
    assert platform_of(item("S2A_32TMS_20221207_0_L2A", platform="sentinel-2b")) == "sentinel2b"


@pytest.mark.parametrize(
    ("properties", "tile"),
    [
        ({"sentinel__utm_zone": 9, "sentinel__latitude_band": "V", "sentinel__grid_square": "XK"},
         "09VXK"),
        ({"grid__code": "WRS2-033032"}, "033032"),
        ({"grid__code": "T14ULD"}, "14ULD"),
        ({"grid__code": "MGRS-1WCQ"}, "01WCQ"),
        ({"s2__tile": "T33SVB"}, "33SVB"),
        ({"sentinel__mgrs": "17RMJ"}, "17RMJ"),
        ({"eo__column": "14", "eo__row": "033"}, "014033"),
        ({"s2__product_uri": SAFE}, "06VVN"),
        ({"sentinel__latitude_band": "Q", "sentinel__grid_square": "CH",
          "sentinel__product_id": "S2A_MSIL2A_20200714T115221_N0214_R123_T28QCH_20200714T191310"},
         "28QCH"),
    ],
)  # fmt: skip
def test_tiles_are_found_in_every_field_that_catalogues_use(properties: dict[str, Any], tile: str):
    assert tile_of(item(**properties)) == tile


@pytest.mark.parametrize(
    ("name", "tile"),
    [
        ("S2A_32TMS_20221207_0_L2A", "32TMS"),
        ("S2A_9VXK_20171002_0", "09VXK"),
        ("S2B_T20EPT_20250731T131905_L2A", "20EPT"),
        (SAFE, "06VVN"),
        ("S2A_OPER_MSI_L2A_TL_2APS_20230806T022123_A042412_T60VXH", "60VXH"),
        ("LC08_L2SP_196028_20180701_20200831_02_T1", "196028"),
        ("LC81960282018182LGN00", "196028"),
        ("20180611T104021_20180611T104023_T31TEJ", "31TEJ"),
        (f"{SLICE[:-4]}9DEF", ""),
    ],
)
def test_a_tile_that_is_not_stated_is_that_of_the_name(name: str, tile: str):
    assert tile_of(item(name)) == tile


@pytest.mark.parametrize(
    ("properties", "baseline"),
    [
        ({"s2__processing_baseline": "05.09"}, (5, 9)),
        ({"s2__processing_baseline": "5.09"}, (5, 9)),
        ({"s2__processing_baseline": "0509"}, (5, 9)),
        ({"s2__processing_baseline": "N0509"}, (5, 9)),
        ({"s2__processing_baseline": 5.1}, (5, 10)),
        ({"s2__processing_baseline": 4.0}, (4, 0)),
        ({"sentinel__processing_baseline": "05.11"}, (5, 11)),
        ({"sentinel2__processing_baseline": "05.09"}, (5, 9)),
        ({"processing__version": "05.00"}, (5, 0)),
        ({"processing__version": "LPGS_15.3.1c"}, ()),
        ({"s2__product_uri": SAFE}, (2, 12)),
        ({"s2__processing_baseline": "05.00", "s2__product_uri": SAFE}, (5, 0)),
        ({}, ()),
    ],
)
def test_baselines_are_read_however_they_are_written(
    properties: dict[str, Any], baseline: tuple[int, ...]
):
    assert baseline_of(item(**properties)) == baseline


@pytest.mark.parametrize(
    ("name", "properties", "datatake"),
    [
        ("a", {"s2__datatake_id": "GS2A_20230818T100031_042590_N05.09"}, "20230818T100031"),
        ("a", {"eopf__datatake_id": "GS2B_20200322T074609_015891_N05.00"}, "20200322T074609"),
        ("a", {"s2__product_uri": SAFE}, "20190629T212529"),
        ("a", {"sentinel2__product_title": SAFE.removesuffix(".SAFE")}, "20190629T212529"),
        (SAFE, {}, "20190629T212529"),
        ("S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531", {}, "20190629T212529"),
        ("20180611T104021_20180611T104023_T31TEJ", {}, "20180611T104021"),
        (SLICE, {"s1__datatake_id": "230135"}, "0382F7"),
        (SLICE.removesuffix("_C795"), {}, "0382F7"),
        ("a", {"s1__datatake_id": "230135"}, "0382F7"),
        ("a", {"sentinel__product_ids": [SLICE]}, "0382F7"),
        # The time in these names is that of the granule, not of the datatake.
        ("S2B_T20EPT_20250731T131905_L2A", {}, ""),
        ("S2A_32TMS_20221207_0_L2A", {}, ""),
        ("LC08_L2SP_196028_20180701_20200831_02_T1", {}, ""),
    ],
)
def test_the_datatake_is_named_alike_from_fields_and_from_names(
    name: str, properties: dict[str, Any], datatake: str
):
    assert datatake_of(item(name, **properties)) == datatake


@pytest.mark.parametrize(
    ("name", "collection", "properties", "level"),
    [
        (SAFE, "own", {}, "2A"),
        ("S2A_9VXK_20171002_0", "sentinel-2-l1c", {}, "1C"),
        ("S2B_27VWK_20240206_0_L1C", "own", {}, "1C"),
        ("LC08_L1TP_196028_20180701_20200831_02_T1", "own", {}, "1"),
        ("LC81960282018182LGN00", "landsat-8-l1", {}, "1"),
        ("a", "landsat-c2l1", {}, "1"),
        ("a", "own", {"landsat__correction": "L1GS"}, "1"),
        ("a", "own", {"landsat__correction": "L2SP"}, "2"),
        ("a", "own", {"oseo__processingLevel": "LEVEL1C"}, "1C"),
        ("a", "own", {"product__type": "S2MSI_L3__MCQ"}, "3"),
        ("l1_of_mine", "plots-l1", {}, ""),
        ("a", "sentinel-2-c1-l2a", {}, ""),
    ],
)
def test_the_level_is_what_fields_names_or_collection_say(
    name: str, collection: str, properties: dict[str, Any], level: str
):
    assert level_of(item(name, collection, **properties)) == level
