"""How the items of each real catalogue are read: bands, encodings, tiles, places."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pystac
import pytest
from pystac import Item

from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.identity import footprint, sensing_time, tile_of
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.imagery.stac.item_facts import read_item
from standins.stac_items import make_item, make_landsat

NOON = "2018-07-01T10:36:00Z"


def read(item: Mapping[str, Any], sensor: str = "sentinel2", boa_offset: str = "auto") -> Asset:
    """The red (or VV) asset of an item."""
    scene = read_item(
        pystac.Item.from_dict(dict(item)), SENSORS[sensor], SENSORS[sensor].default_mask, boa_offset
    )
    return scene.assets["vv" if sensor == "sentinel1" else "red"]


APPLIED, PENDING = (
    {"earthsearch__boa_offset_applied": True},
    {"earthsearch__boa_offset_applied": False},
)
NEW, OLD = {"s2__processing_baseline": "04.00"}, {"s2__processing_baseline": "03.01"}


@pytest.mark.parametrize(
    ("properties", "stated", "boa_offset", "expected"),
    [
        (NEW | APPLIED, -0.1, "auto", 0.0),
        (NEW | APPLIED, None, "auto", 0.0),
        (NEW | PENDING, -0.1, "auto", -0.1),
        (NEW | PENDING, 0, "auto", 0.0),
        (NEW, -0.1, "auto", -0.1),
        (NEW, None, "auto", -0.1),
        (NEW | PENDING, None, "auto", -0.1),
        (OLD, None, "auto", 0.0),
        ({}, None, "auto", 0.0),
        (NEW | PENDING, -0.1, "applied", 0.0),
        (OLD | APPLIED, 0, "pending", -0.1),
    ],
)
def test_the_boa_offset_comes_from_the_config_then_the_flag_then_the_item_then_the_baseline(
    properties: dict[str, Any], stated: float | None, boa_offset: str, expected: float
):
    item = make_item("scene", NOON, **properties)
    if stated is not None:
        item["assets"]["red"]["raster:bands"] = [{"scale": 0.0001, "offset": stated}]
    assert read(item, boa_offset=boa_offset) == Asset(
        read(item).href, scale=1e-4, offset=expected, nodata=0
    )


STAC_1_0 = {"raster:bands": [{"nodata": 7, "scale": 0.5, "offset": 2}]}
STAC_1_1 = {"bands": [{"nodata": 7, "raster:scale": 0.5, "raster:offset": 2}]}
STAC_1_1_ASSET = {"nodata": 7, "raster:scale": 0.5, "raster:offset": 2, "bands": [{"name": "red"}]}


@pytest.mark.parametrize("facts", [STAC_1_0, STAC_1_1, STAC_1_1_ASSET])
def test_scale_offset_and_nodata_are_read_from_either_stac_version(facts: dict[str, Any]):
    item = make_landsat("scene", NOON)
    item["assets"]["red"] |= facts
    asset = read(item, "landsat")
    assert (asset.scale, asset.offset, asset.nodata) == (0.5, 2, 7)


@pytest.mark.parametrize(
    ("nodata", "expected"), [(None, 0), (-32768, -32768), ("nan", None), (float("nan"), None)]
)
def test_radar_nodata_is_what_the_item_says_else_zero(nodata: Any, expected: float | None):
    item = make_item("s1", NOON, collection="sentinel-1-rtc", assets=("vv", "vh"))
    item["assets"]["vv"]["raster:bands"] = [{"nodata": nodata}]
    asset = read(item, "sentinel1")
    assert (asset.scale, asset.offset, asset.nodata) == (1, 0, expected)


@pytest.mark.parametrize(
    ("properties", "tile"),
    [
        ({"grid__code": "MGRS-32TMS"}, "32TMS"),
        ({"grid__code": "MGRS-6VVN"}, "06VVN"),
        ({"s2__mgrs_tile": "06VVN"}, "06VVN"),
        ({"mgrs__utm_zone": 6, "mgrs__latitude_band": "V", "mgrs__grid_square": "VN"}, "06VVN"),
        ({"landsat__wrs_path": "28", "landsat__wrs_row": "030"}, "028030"),
        ({"sat__relative_orbit": 66, "sat__orbit_state": "descending"}, "descending-66"),
        ({}, ""),
    ],
)
def test_tiles_are_named_alike_whatever_the_catalogue(properties: dict[str, Any], tile: str):
    assert tile_of(pystac.Item.from_dict(make_item("scene", NOON, **properties))) == tile


# --- real catalogues

REAL = [
    ("S2A_32TMS_20221207", "sentinel2", "32TMS", "sentinel2a", "/B04.tif", 1e-4, 0.0),
    ("S2B_MSIL2A_20190629", "sentinel2", "06VVN", "sentinel2b", "_B04_10m.tif", 1e-4, 0.0),
    ("LC08_L2SP_028030", "landsat", "028030", "landsat8", "_SR_B4.TIF", 2.75e-5, -0.2),
    ("LC09_L2SP_010065", "landsat", "010065", "landsat9", "_SR_B4.TIF", 2.75e-5, -0.2),
    ("S1A_20200103_17RMJ", "sentinel1", "17RMJ", "sentinel1a", "/Gamma0_VV.tif", 1.0, 0.0),
]


@pytest.mark.parametrize("row", REAL, ids=lambda row: row[0])
def test_real_items_are_read_with_the_right_bands_scale_and_offset(
    shared_data: Path, row: tuple[str, str, str, str, str, float, float]
):
    name, sensor, tile, platform, ending, scale, offset = row
    (path,) = (shared_data / "stac_items").glob(f"{name}*.json")
    facts = SENSORS[sensor]
    scene = read_item(pystac.Item.from_file(path.as_posix()), facts, facts.default_mask)
    assert (scene.tile, scene.platform) == (tile, platform)
    assert set(scene.assets) == set(facts.assets)
    for band in facts.bands:
        asset = scene.assets[band]
        assert (asset.scale, asset.offset, asset.nodata) == (scale, offset, 0)
    assert scene.assets[facts.bands[0] if facts.is_radar else "red"].href.endswith(ending)


BAND_NUMBERS = {
    "sentinel2": {
        "blue": "2",
        "green": "3",
        "red": "4",
        "nir": "8",
        "swir16": "11",
        "swir22": "12",
    },
    "landsat": {"blue": "2", "green": "3", "red": "4", "nir": "5", "swir16": "6", "swir22": "7"},
}


@pytest.mark.parametrize(("name", "sensor"), [row[:2] for row in REAL if row[1] in BAND_NUMBERS])
def test_every_band_of_a_real_item_is_the_one_its_name_means(
    shared_data: Path, name: str, sensor: str
):
    (path,) = (shared_data / "stac_items").glob(f"{name}*.json")
    scene = read_item(pystac.Item.from_file(path.as_posix()), SENSORS[sensor])
    for band, number in BAND_NUMBERS[sensor].items():
        file = Path(scene.assets[band].href).stem
        assert f"B{number}" in file or f"B{number.zfill(2)}" in file


def test_masks_of_real_items_keep_their_codes_and_fill(shared_data: Path):
    (path,) = (shared_data / "stac_items").glob("LC09*.json")
    scene = read_item(pystac.Item.from_file(path.as_posix()), SENSORS["landsat"], "qa_pixel")
    assert (scene.assets["qa_pixel"].scale, scene.assets["qa_pixel"].nodata) == (1, 1)
    assert scene.assets["qa_radsat"].nodata is None


def as_item(**changes: Any) -> Item:
    return Item.from_dict(make_item("scene", "2018-07-01T10:36:00Z") | changes)


def test_a_scene_without_geometry_lies_where_its_box_does():
    assert footprint(as_item(geometry=None)).bounds == (6.0, 46.0, 7.0, 47.0)
    with_heights = as_item(geometry=None, bbox=[6.0, 46.0, 300.0, 7.0, 47.0, 900.0])
    assert footprint(with_heights).bounds == (6.0, 46.0, 7.0, 47.0)


def test_an_outline_that_crosses_itself_still_covers_its_area():
    ring = [[6, 46], [7, 47], [7, 46], [6, 47], [6, 46]]
    item = as_item(geometry={"type": "Polygon", "coordinates": [ring]})
    assert footprint(item).area == pytest.approx(0.5)


def test_an_interval_is_sensed_at_its_start():
    item = as_item()
    item.datetime = None
    item.common_metadata.start_datetime = sensing_time(as_item())
    assert sensing_time(item).isoformat() == "2018-07-01T10:36:00+00:00"
