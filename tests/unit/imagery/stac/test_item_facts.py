"""How the items of each real catalogue are read: bands, encodings, tiles, places."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pystac
import pytest
from pystac import Item
from shapely import MultiPolygon, box, union_all
from shapely.geometry import mapping

from lccs_inputs.errors import SourceError
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


def read_with(item: Mapping[str, Any], bands: Mapping[str, str]) -> Asset:
    """The red asset of an item, with `bands` of the config."""
    sentinel2 = SENSORS["sentinel2"]
    scene = read_item(pystac.Item.from_dict(dict(item)), sentinel2, bands=bands)
    return scene.assets["red"]


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
        item["assets"]["red"]["raster:bands"] = [{"scale": 0.0001, "offset": stated, "nodata": 0}]
    asset = read(item, boa_offset=boa_offset)
    assert (asset.scale, asset.offset) == (1e-4, expected)
    assert asset.nodata == (None if stated is None else 0)


@pytest.mark.parametrize("baseline", ["99.99", "N9999", 99.99])
def test_a_scene_that_a_user_has_corrected_needs_to_be_told_its_offset(baseline: str | float):
    """Baseline 99.99 is written over scenes of before 04.00 too, which have none."""
    item = make_item("mine", NOON, s2__processing_baseline=baseline)
    with pytest.raises(SourceError, match=r"^mine: its baseline 99\.99.* by `boa_offset` of the"):
        read(item)
    assert read(item, boa_offset="applied").offset == 0
    assert read(item, boa_offset="pending").offset == -0.1
    for asset in item["assets"].values():
        asset["raster:bands"] = [{"scale": 0.0001, "offset": -0.1, "nodata": 0}]
    assert read(item).offset == -0.1, "the item says it itself"


@pytest.mark.parametrize("odd", ["nonsense", "", ["05.09"], {"is": "05.09"}, 511, True, "05.09\0"])
def test_a_baseline_that_is_none_is_as_good_as_none(odd: Any):
    item = make_item("scene", NOON, s2__processing_baseline=odd)
    assert read(item).offset == 0
    item["properties"]["s2:product_uri"] = "S2A_MSIL2A_20180701T103601_N0500_R008_T31TGM_X.SAFE"
    assert read(item).offset == -0.1, "its name says one"


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
    "facts",
    [{key: value} for key in ("scale", "offset") for value in ("nan", float("nan"), float("inf"))]
    + [{"scale": 0}],
)
def test_a_scale_or_offset_by_which_no_pixel_has_a_value_is_refused(facts: dict[str, Any]):
    item = make_item("scene", NOON)
    item["assets"]["red"]["raster:bands"] = [facts]
    ((key, value),) = facts.items()
    with pytest.raises(
        SourceError,
        match=f"^scene: its asset for red says that its {key} is {value}; say what it is by ",
    ):
        read(item)


@pytest.mark.parametrize(
    ("nodata", "expected"), [(None, None), (-32768, -32768), ("nan", None), (float("nan"), None)]
)
def test_radar_nodata_is_what_the_item_says_else_left_to_the_file(
    nodata: Any, expected: float | None
):
    radar = {"collection": "sentinel-1-rtc", "assets": ("vv", "vh")}
    item = make_item("s1", NOON, **radar, platform="sentinel-1a")
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


# --- which band of which asset

COLOURS = ("blue", "green", "red", "nir", "swir16", "swir22")


def stacked(name: str, bands: list[dict[str, Any]], key: str = "eo:bands", **more: Any):
    """An item whose bands are all in one asset, and whose scene classification is in another."""
    item = make_item("stack", NOON, assets=("scl",))
    item["assets"][name] = {"href": "./stack.tif", key: bands, "roles": ["data"], **more}
    return item


@pytest.mark.parametrize(
    ("key", "bands"),
    [
        ("eo:bands", [{"name": f"b{i}", "common_name": c} for i, c in enumerate(COLOURS)]),
        ("bands", [{"name": f"b{i}", "eo:common_name": c} for i, c in enumerate(COLOURS)]),
        ("bands", [{"name": name} for name in ("B02", "B03", "B04", "B08", "B11", "B12")]),
        ("eo:bands", [{"name": name} for name in COLOURS]),
    ],
)
def test_a_band_of_a_stack_is_the_one_that_is_said_to_be_it(key: str, bands: list[dict[str, Any]]):
    scene = read_item(Item.from_dict(stacked("analytic", bands, key)), SENSORS["sentinel2"], "scl")
    assert [scene.assets[colour].band for colour in COLOURS] == [1, 2, 3, 4, 5, 6]
    assert {scene.assets[colour].href for colour in COLOURS} == {
        (Path(scene.assets["scl"].href).parent / "stack.tif").as_posix()
    }


def test_scale_offset_and_nodata_are_those_of_the_band():
    facts = [{"scale": 1e-4, "offset": -i / 10, "nodata": i} for i in range(6)]
    named = [{"common_name": colour} for colour in COLOURS]
    item = Item.from_dict(stacked("analytic", named, "eo:bands", **{"raster:bands": facts}))
    red = read_item(item, SENSORS["sentinel2"], "scl").assets["red"]
    assert (red.band, red.offset, red.nodata) == (3, -0.2, 2)


@pytest.mark.parametrize(
    "facts",
    [
        {"raster:bands": [{}, {}, {}]},
        {"eo:bands": [{"name": "1"}, {"name": "2"}]},
        {"eo:bands": [{"common_name": "red"}, {"common_name": "red"}]},
        {"eo:bands": [{"common_name": "red"}, {"common_name": "nir"}], "raster:bands": [{}]},
    ],
)
def test_bands_that_cannot_be_told_apart_are_refused(facts: dict[str, Any]):
    item = make_item("scene", NOON)
    item["assets"]["red"] |= facts
    with pytest.raises(SourceError, match="the bands of its asset red cannot be told apart"):
        read(item)


@pytest.mark.parametrize(
    ("stated", "file", "band"),
    [
        ("image:3", "stack.tif", 3),
        ("image:1", "stack.tif", 1),
        ("image", "stack.tif", 0),
        ("10m:B04", "red.tif", 0),
        ("10m:B04:2", "red.tif", 2),
    ],
)
def test_the_config_says_which_asset_and_band_is_meant(stated: str, file: str, band: int):
    item = make_item("scene", NOON)
    item["assets"] |= {"image": {"href": "./stack.tif"}, "10m:B04": {"href": "./red.tif"}}
    asset = read_with(item, {"red": stated})
    assert (Path(asset.href).name, asset.band) == (file, band)


def test_what_is_said_of_that_band_is_its_scale_and_nodata():
    item = make_item("scene", NOON)
    bands = [{"nodata": 0}, {"nodata": 7, "scale": 0.001}]
    item["assets"]["image"] = {"href": "./stack.tif", "raster:bands": bands}
    asset = read_with(item, {"red": "image:2"})
    assert (asset.nodata, asset.scale, asset.band) == (7, 0.001, 2)
    with pytest.raises(SourceError, match="its asset image has 2 bands, not image:3"):
        read_with(item, {"red": "image:3"})
    with pytest.raises(SourceError, match="scene has no asset picture, which `bands` names"):
        read_with(item, {"red": "picture:1"})


def test_bands_that_cannot_be_told_apart_are_by_the_config():
    item = make_item("scene", NOON)
    item["assets"]["red"]["eo:bands"] = [{"name": "1"}, {"name": "2"}]
    with pytest.raises(SourceError, match="told apart; say in `bands` of the scene set which is"):
        read(item)
    assert read_with(item, {"red": "red:2"}).band == 2


def test_an_asset_that_says_it_is_another_colour_is_refused():
    item = make_item("scene", NOON)
    item["assets"]["red"]["eo:bands"] = [{"name": "B03", "common_name": "green"}]
    with pytest.raises(SourceError, match="its asset red says that it is green, not red"):
        read(item)


def test_a_picture_is_no_source_of_bands():
    item = make_item("scene", NOON, assets=("blue", "green", "nir", "swir16", "swir22", "scl"))
    bands = [{"common_name": colour} for colour in ("red", "green", "blue")]
    item["assets"]["visual"] = {"href": "./picture.tif", "eo:bands": bands}
    with pytest.raises(SourceError, match="has no asset red or B04"):
        read(item)


def test_of_assets_that_hold_a_band_the_finest_is_read():
    item = make_item("scene", NOON, assets=("blue", "green", "nir", "swir16", "swir22", "scl"))
    for key, pixel in (("R60", 60), ("R10", 10), ("R20", 20)):
        band = {"eo:bands": [{"common_name": "red"}], "gsd": pixel}
        item["assets"][key] = {"href": f"./{key}.tif", **band}
    assert read(item).href.endswith("R10.tif")
    item["assets"]["R10_again"] = item["assets"]["R10"]
    with pytest.raises(SourceError, match="several assets for red: R10 and R10_again"):
        read(item)


def test_an_asset_without_href_is_refused():
    item = make_item("scene", NOON)
    item["assets"]["red"]["href"] = ""
    with pytest.raises(SourceError, match="the href of its asset for red is missing"):
        read(item)


# --- what is no scene of a sensor


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"s2__product_type": "S2MSI1C"}, "is Level-1C"),
        ({"processing__level": "L1C"}, "is Level-1C"),
        ({"processing__level": "L3"}, "is Level-3"),
        ({"s2__product_uri": "S2A_MSIL1C_20180701T103021_N0206_R108_T32TLS_x.SAFE"}, "is Level-1C"),
        ({"platform": "landsat-8"}, "is of landsat-8, not of sentinel2a or a successor"),
    ],
)
def test_an_item_of_another_level_or_platform_is_refused(properties: dict[str, Any], reason: str):
    with pytest.raises(SourceError, match=reason):
        read(make_item("scene", NOON, **properties))


@pytest.mark.parametrize("level", ["L2", "L2A", "2A", "Level-2A", "S2MSI2A"])
def test_level_2_is_read_however_it_is_spelt(level: str):
    assert read(make_item("scene", NOON, processing__level=level)).band == 0


RADAR = {"collection": "sentinel-1-rtc", "platform": "sentinel-1a"}


def test_a_single_polarised_scene_says_so():
    item = make_item("s1", NOON, assets=["vv"], sar__polarizations=["VV"], **RADAR)
    with pytest.raises(SourceError, match=r"s1 is single-polarised \(VV\): it has no asset vh"):
        read(item, "sentinel1")


def test_what_calls_itself_grd_is_refused_only_if_it_has_still_to_be_calibrated():
    item = make_item("s1", NOON, assets=["vv", "vh"], sar__product_type="GRD", **RADAR)
    assert read(item, "sentinel1").scale == 1
    item["assets"]["schema-calibration-vv"] = {"href": "./calibration.xml"}
    with pytest.raises(SourceError, match="is GRD: sentinel1 needs terrain-corrected RTC"):
        read(item, "sentinel1")


def test_the_older_flag_of_earth_search_says_too_that_the_offset_is_applied():
    old = {"sentinel__boa_offset_applied": True, "sentinel__processing_baseline": "05.11"}
    assert read(make_item("scene", NOON, **old)).offset == 0
    old["sentinel__boa_offset_applied"] = False
    assert read(make_item("scene", NOON, **old)).offset == -0.1


# --- real catalogues

REAL = [
    ("S2A_32TMS_20221207", "sentinel2", "32TMS", "sentinel2a", "/B04.tif", 1e-4, 0.0, 0),
    ("S2B_MSIL2A_20190629", "sentinel2", "06VVN", "sentinel2b", "_B04_10m.tif", 1e-4, 0.0, None),
    ("LC08_L2SP_028030", "landsat", "028030", "landsat8", "_SR_B4.TIF", 2.75e-5, -0.2, None),
    ("LC09_L2SP_010065", "landsat", "010065", "landsat9", "_SR_B4.TIF", 2.75e-5, -0.2, 0),
    ("S1A_20200103_17RMJ", "sentinel1", "17RMJ", "sentinel1a", "/Gamma0_VV.tif", 1.0, 0.0, 0),
]


@pytest.mark.parametrize("row", REAL, ids=lambda row: row[0])
def test_real_items_are_read_with_the_right_bands_scale_and_offset(
    shared_data: Path, row: tuple[str, str, str, str, str, float, float, float | None]
):
    name, sensor, tile, platform, ending, scale, offset, nodata = row
    (path,) = (shared_data / "stac_items").glob(f"{name}*.json")
    facts = SENSORS[sensor]
    scene = read_item(pystac.Item.from_file(path.as_posix()), facts, facts.default_mask)
    assert (scene.tile, scene.platform) == (tile, platform)
    assert set(scene.assets) == set(facts.read_with(facts.default_mask))
    for band in facts.bands:
        asset = scene.assets[band]
        assert (asset.scale, asset.offset, asset.nodata) == (scale, offset, nodata)
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


FIJI = [[177, -18], [182, -18], [182, -17], [177, -17], [177, -18]]


@pytest.mark.parametrize(
    "ring",
    [
        FIJI,
        [[lon - 360, lat] for lon, lat in FIJI],
        [[lon - 360 if lon > 180 else lon, lat] for lon, lat in FIJI],
    ],
    ids=["beyond 180", "beyond -180", "as if the other way round"],
)
def test_an_outline_across_180_degrees_lies_on_both_sides_of_it(ring: list[list[float]]):
    item = as_item(geometry={"type": "Polygon", "coordinates": [ring]})
    expected = union_all([box(177, -18, 180, -17), box(-180, -18, -178, -17)])
    assert footprint(item).equals(expected)
    split = as_item(geometry=mapping(expected))
    assert footprint(split).equals(expected)
    assert footprint(as_item(geometry=None, bbox=[177, -18, -178, -17])).equals(expected)


def test_an_outline_of_the_whole_world_stays_as_it_is():
    item = as_item(geometry=mapping(box(-180, -90, 180, 90)))
    assert footprint(item).area == 360 * 180


def test_parts_of_an_outline_that_overlap_leave_no_hole():
    parts = MultiPolygon([box(6, 46, 7, 47), box(6.5, 46, 8, 47)])
    assert footprint(as_item(geometry=mapping(parts))).equals(box(6, 46, 8, 47))


def test_an_outline_that_crosses_itself_still_covers_its_area():
    ring = [[6, 46], [7, 47], [7, 46], [6, 47], [6, 46]]
    item = as_item(geometry={"type": "Polygon", "coordinates": [ring]})
    assert footprint(item).area == pytest.approx(0.5)


def test_an_interval_is_sensed_at_its_start():
    item = as_item()
    item.datetime = None
    item.common_metadata.start_datetime = sensing_time(as_item())
    assert sensing_time(item).isoformat() == "2018-07-01T10:36:00+00:00"
