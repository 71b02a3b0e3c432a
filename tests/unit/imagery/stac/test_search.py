"""Which scenes are chosen, and how each real catalogue's items are read."""

import dataclasses
import json
import random
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml
from planetary_computer import sas
from planetary_computer.settings import Settings

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.freezing import frozen
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.imagery.stac.search import search_scenes
from lccs_inputs.imagery.stac.signing import signer
from scene_requests import freeze_request, scene_request
from standins.stac_api import StacApi
from standins.stac_items import BOX, make_item, make_landsat, write_catalogue

NOON = "2018-07-01T10:36:00Z"
S2 = SENSORS["sentinel2"]
C1, L2A = "sentinel-2-c1-l2a", "sentinel-2-l2a"


def search(
    folder: Path, items: Iterable[dict[str, Any]], sensor: str = "sentinel2", **changes: Any
) -> SceneList:
    """Search a static catalogue of `items` over the test area, June to August 2018, and freeze."""
    catalogue = write_catalogue(folder / "catalogue", list(items)).as_posix()
    mask = SENSORS[sensor].default_mask
    request = scene_request(sensor, catalogue, "2018-06-01", "2018-08-31", mask, BOX)
    found = search_scenes(dataclasses.replace(request, **changes))
    return frozen(found, found.scenes, freeze_request())


def ids(scene_list: SceneList) -> list[str]:
    return [scene.id for scene in scene_list.scenes]


# --- what is chosen


def test_scenes_come_in_order_of_sensing_time_then_id(tmp_path: Path):
    items = [
        make_item("b", NOON, grid__code="MGRS-31TGM"),
        make_item("z", "2018-06-10T10:36:00Z"),
        make_item("a", NOON, grid__code="MGRS-32TLS"),
    ]
    assert ids(search(tmp_path, items)) == ["z", "a", "b"]


def test_the_order_an_api_answers_in_does_not_matter():
    items = [make_item(f"s{day:02}", f"2018-07-{day:02}T10:36:00Z") for day in range(1, 20)]
    lists = []
    for seed in (1, 2):
        random.Random(seed).shuffle(items)
        with StacApi(items, page_size=5) as api:
            request = scene_request("sentinel2", api.url, "2018-07-01", "2018-07-31", "scl", BOX)
            lists.append(dataclasses.replace(search_scenes(request), catalogue=""))
    assert lists[0] == lists[1]


def test_two_scenes_of_one_name_are_told_and_one_that_comes_twice_is_one():
    first = make_item("same", NOON)
    elsewhere, signed = make_item("same", NOON, folder="/other"), make_item("same", NOON)
    for asset in signed["assets"].values():
        asset["href"] += "?sig=abc"
    later = make_item("same", "2018-07-08T10:36:00Z")
    for other, told in (
        (make_item("same", NOON), ""),
        (signed, ""),
        (elsewhere, r"two scenes of the name sentinel-2-l2a/same, as .*same_blue\.tif and"),
        (later, "as 2018-07-01T10:36:00.* and 2018-07-08T10:36:00.* tell; give each a name"),
    ):
        with StacApi([first, other], page_size=1) as api:
            request = scene_request("sentinel2", api.url, "2018-06-01", "2018-08-31", "scl", BOX)
            with pytest.raises(SourceError, match=told) if told else nullcontext():
                assert len(search_scenes(request).scenes) == 1


def test_each_filter_counts_what_it_removed_in_the_order_they_run(tmp_path: Path):
    items = [
        make_landsat("kept", NOON, eo__cloud_cover=10),
        make_landsat("landsat7_and_cloudy", NOON, platform="LANDSAT_7", eo__cloud_cover=99),
        make_landsat(
            "tier2_and_cloudy", NOON, landsat__collection_category="T2", eo__cloud_cover=99
        ),
        make_landsat("real_time", NOON, landsat__collection_category="RT"),
        make_landsat("cloudy", NOON, eo__cloud_cover=80.1),
        make_landsat("older_copy", NOON, updated="2018-01-01T00:00:00Z"),
    ]
    items[0]["properties"]["updated"] = "2020-01-01T00:00:00Z"
    found = search(tmp_path, items, "landsat", cloud_max=80)
    assert ids(found) == ["kept"]
    assert found.found == 6
    assert list(found.removed.items()) == [
        ("platform", 1),
        ("tier", 2),
        ("cloud", 1),
        ("incomplete", 0),
        ("duplicate", 1),
    ]


def test_lower_tiers_are_taken_when_asked_for(tmp_path: Path):
    items = [make_landsat("tier2", NOON, landsat__collection_category="T2")]
    assert ids(search(tmp_path, items, "landsat", tier1_only=False)) == ["tier2"]


def test_platforms_can_be_narrowed_in_any_spelling(tmp_path: Path):
    items = [
        make_item("a", NOON, platform="sentinel-2a"),
        make_item("b", "2018-07-04T10:36:00Z", platform="Sentinel-2B"),
    ]
    assert ids(search(tmp_path, items, platforms=["SENTINEL_2B"])) == ["b"]


def test_cloud_and_saturation_limits_are_inclusive_and_silence_passes(tmp_path: Path):
    saturated = "s2__saturated_defective_pixel_percentage"
    items = [
        make_item("silent", "2018-07-01T10:00:00Z"),
        make_item("at_the_limit", "2018-07-03T10:00:00Z", eo__cloud_cover=80, **{saturated: 2}),
        make_item("saturated", "2018-07-05T10:00:00Z", **{saturated: 2.5}),
    ]
    found = search(tmp_path, items, cloud_max=80, saturated_max=2)
    assert ids(found) == ["silent", "at_the_limit"]
    assert found.removed == {
        "platform": 0,
        "cloud": 0,
        "saturation": 1,
        "incomplete": 0,
        "duplicate": 0,
    }


def test_radar_is_not_filtered_by_cloud(tmp_path: Path):
    radar = make_item(
        "s1",
        NOON,
        collection="sentinel-1-rtc",
        assets=("vv", "vh"),
        platform="SENTINEL-1A",
        eo__cloud_cover=100,
    )
    found = search(tmp_path, [radar], "sentinel1", cloud_max=0)
    assert found.removed == {"platform": 0, "incomplete": 0, "duplicate": 0}
    assert set(found.scenes[0].assets) == {"vv", "vh"}


# --- duplicates


def test_collection_1_is_preferred_and_the_older_one_fills_its_gaps(tmp_path: Path):
    tile = {"grid__code": "MGRS-32TLS"}
    items = [
        make_item(
            "new", "2018-07-01T10:36:20Z", collection=C1, s2__processing_baseline="05.00", **tile
        ),
        make_item("old", "2018-07-01T10:36:00Z", s2__processing_baseline="05.09", **tile),
        make_item("only_old", "2018-07-06T10:36:00Z", **tile),
    ]
    found = search(tmp_path, items)
    assert ids(found) == ["new", "only_old"]
    assert found.removed["duplicate"] == 1


def test_the_order_of_configured_collections_is_the_order_of_preference(tmp_path: Path):
    items = [make_item("new", NOON, collection=C1), make_item("old", NOON)]
    assert ids(search(tmp_path, items, collections=[L2A, C1])) == ["old"]


def test_the_newest_baseline_wins_then_the_newest_item(tmp_path: Path):
    items = [
        make_item(
            "late_copy", NOON, s2__processing_baseline="02.08", updated="2024-01-01T00:00:00Z"
        ),
        make_item(
            "baseline10", NOON, s2__processing_baseline="10.00", updated="2020-01-01T00:00:00Z"
        ),
        make_item(
            "baseline10b", NOON, s2__processing_baseline="10.00", updated="2021-01-01T00:00:00Z"
        ),
        make_item(
            "baseline9", NOON, s2__processing_baseline="9.99", updated="2024-01-01T00:00:00Z"
        ),
    ]
    assert ids(search(tmp_path, items)) == ["baseline10b"]


@pytest.mark.parametrize(
    "change",
    [
        {"grid__code": "MGRS-31TGM"},
        {"platform": "sentinel-2b"},
        {"when": "2018-07-01T10:47:00Z"},
        {"bbox": (6.0, 46.38, 7.0, 47.0)},
    ],
    ids=["another tile", "another platform", "another pass", "the other half of a cut tile"],
)
def test_two_observations_are_both_kept(tmp_path: Path, change: dict[str, Any]):
    first = make_item("one", NOON, grid__code="MGRS-32TLS", bbox=(6.0, 46.0, 7.0, 46.4))
    second = {"grid__code": "MGRS-32TLS", "bbox": (6.0, 46.0, 7.0, 46.4), "when": NOON} | change
    assert len(search(tmp_path, [first, make_item("two", **second)]).scenes) == 2


def test_radar_slices_of_one_pass_are_both_kept(tmp_path: Path):
    orbit = {"sat__relative_orbit": 66, "sat__orbit_state": "descending", "platform": "SENTINEL-1A"}
    slices = [
        make_item(name, when, collection="sentinel-1-rtc", assets=("vv", "vh"), bbox=bbox, **orbit)
        for name, when, bbox in (
            ("north", "2018-07-01T05:34:00Z", (5.0, 46.35, 8.0, 48.0)),
            ("south", "2018-07-01T05:34:25Z", (5.0, 45.0, 8.0, 46.38)),
        )
    ]
    assert len(search(tmp_path, slices, "sentinel1").scenes) == 2


@pytest.mark.parametrize(("asked", "kept"), [("both", 2), ("ascending", 1), ("descending", 1)])
def test_a_pass_of_radar_can_be_chosen_and_the_others_are_counted(
    tmp_path: Path, asked: str, kept: int
):
    passes = [
        make_item(
            state, NOON, collection="sentinel-1-rtc", assets=("vv", "vh"), platform="SENTINEL-1A",
            sat__relative_orbit=orbit, sat__orbit_state=state,
        )
        for state, orbit in (("ascending", 88), ("descending", 66))
    ]  # fmt: skip
    found = search(tmp_path, passes, "sentinel1", orbit_pass=asked)
    assert len(found.scenes) == kept
    assert found.removed.get("orbit_pass", 0) == 2 - kept


# --- nothing to work with


def test_nothing_found_says_where_and_when_it_looked(tmp_path: Path):
    items = [make_item("winter", "2018-01-01T10:00:00Z")]
    with pytest.raises(SourceError) as caught:
        search(tmp_path, items)
    message = str(caught.value)
    assert message.startswith(
        "scenes.s2: no sentinel2 scene of sentinel-2-c1-l2a or sentinel-2-l2a"
    )
    assert "(6.5000, 46.3000, 6.8000, 46.4000) between 2018-06-01 and 2018-08-31" in message
    assert message.endswith("is the area outside the imagery?")


def test_nothing_left_says_which_filters_removed_what_and_what_to_relax(tmp_path: Path):
    items = [
        make_landsat("cloudy", NOON, eo__cloud_cover=90),
        make_landsat("tier2", NOON, landsat__collection_category="T2"),
    ]
    with pytest.raises(SourceError) as caught:
        search(tmp_path, items, "landsat", cloud_max=80)
    assert str(caught.value) == (
        "scenes.s2: the filters removed all 2 landsat scenes found between 2018-06-01 and "
        "2018-08-31 (tier 1, cloud 1); set `tier1_only: false` or raise `cloud_max`, or widen "
        "the period"
    )


def test_an_item_without_an_asset_is_left_out_and_counted_with_its_reason(tmp_path: Path):
    items = [make_item("whole", NOON), make_item("partial", "2018-07-04T10:00:00Z")]
    del items[1]["assets"]["swir16"]
    found = search(tmp_path, items)
    assert ids(found) == ["whole"]
    assert found.removed["incomplete"] == 1
    assert "has no asset swir16" in found.left_out[f"{L2A}/partial"]


@pytest.mark.parametrize("href", [None, "", 7, "none at all"])
def test_an_item_with_an_asset_without_href_is_left_out_and_the_others_are_taken(
    tmp_path: Path, href: Any
):
    items = [make_item("whole", NOON), make_item("partial", "2018-07-04T10:00:00Z")]
    items[1]["assets"]["red"]["href"] = href
    items[1]["assets"]["rendered_preview"] = {"href": href}
    if href == "none at all":
        del items[1]["assets"]["red"]["href"]
    lists = [search(tmp_path, items)]
    with StacApi(items) as api:
        lists.append(search(tmp_path / "api", items, catalogue=api.url))
    for found in lists:
        assert ids(found) == ["whole"]
        assert f"partial of {L2A} has no asset red or B04" in found.left_out[f"{L2A}/partial"]


def test_the_config_says_where_bands_are_that_items_do_not_describe(tmp_path: Path):
    item = make_item("stack", NOON, assets=["image", "scl"])
    bands = {band: f"image:{number}" for number, band in enumerate(S2.bands, start=1)}
    with pytest.raises(SourceError, match="or say in `bands` where its bands are, or widen"):
        search(tmp_path / "silent", [item])
    (scene,) = search(tmp_path / "told", [item], bands=bands).scenes
    assert [scene.assets[band].band for band in S2.bands] == [1, 2, 3, 4, 5, 6]
    assert {Path(scene.assets[band].href).name for band in S2.bands} == {"stack_image.tif"}


@pytest.mark.parametrize(
    "facts",
    [
        {"raster:bands": [{"nodata": [0]}]},
        {"raster:bands": {"nodata": 0}},
        {"raster:bands": [None]},
        {"raster:bands": [{"scale": "as usual"}]},
    ],
)
def test_a_malformed_item_is_left_out_and_the_others_are_taken(
    tmp_path: Path, facts: dict[str, Any]
):
    items = [make_item("whole", NOON), make_item("odd", "2018-07-04T10:00:00Z")]
    items[1]["assets"]["red"] |= facts
    found = search(tmp_path, items)
    assert ids(found) == ["whole"]
    assert found.removed["incomplete"] == 1
    assert "incomplete: odd is malformed (" in found.left_out[f"{L2A}/odd"]


@pytest.mark.parametrize(
    "change",
    [
        {"links": None},
        {"geometry": {"type": "Polygon", "coordinates": [[[6, 46], [7, 46]]]}},
        {"geometry": {"type": "Polygon"}},
        {"geometry": {"type": "Point", "coordinates": [0, 0]}},
        {"geometry": None, "bbox": None},
    ],
)
def test_an_item_that_only_says_little_is_taken(tmp_path: Path, change: dict[str, Any]):
    assert ids(search(tmp_path, [make_item("odd", NOON) | change])) == ["odd"]


@pytest.mark.parametrize(("cloud", "kept"), [("n/a", 1), (None, 1), ("12.5", 1), ("95", 0)])
def test_a_cloud_cover_that_is_no_number_is_none_said(tmp_path: Path, cloud: Any, kept: int):
    items = [make_item("odd", NOON, eo__cloud_cover=cloud), make_item("whole", NOON)]
    items[1]["properties"]["datetime"] = "2018-07-04T10:00:00Z"
    assert len(ids(search(tmp_path, items, cloud_max=80))) == 1 + kept


def test_a_number_is_an_id_too(tmp_path: Path):
    item = make_item("7", NOON) | {"id": 7}
    assert ids(search(tmp_path, [item])) == ["7"]


def test_its_complete_twin_in_the_other_collection_is_taken(tmp_path: Path):
    """Collection 1 of Earth Search has items without bands."""
    items = [make_item("new", NOON, collection=C1), make_item("old", NOON)]
    del items[0]["assets"]["swir16"]
    found = search(tmp_path, items)
    assert ids(found) == ["old"]
    assert found.removed["duplicate"] == 0


def test_nothing_complete_is_an_error_that_says_so(tmp_path: Path):
    item = make_item("partial", NOON)
    del item["assets"]["swir16"]
    with pytest.raises(SourceError, match=r"scenes\.s2: .*\(incomplete 1\); choose another cat"):
        search(tmp_path, [item])


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (
            ["Band_2", "Band_3", "Band_4", "Band_8", "Band_8A", "Band_11", "Band_12", "mask_scl"],
            "bands: {blue: Band_2, green: Band_3, red: Band_4, nir: Band_8, swir16: Band_11, "
            "swir22: Band_12, scl: mask_scl}",
        ),
        (
            ["x_B02_10m", "x_B02_20m", "x_b3", "RED.data", "B04x", "NIR", "one", "two"],
            "bands: {blue: x_B02_10m, green: x_b3, red: RED.data, nir: NIR, swir16: ASSET, "
            "swir22: ASSET, scl: ASSET}",
        ),
    ],
)
def test_assets_of_foreign_names_are_told_with_the_line_to_add(
    tmp_path: Path, keys: list[str], line: str
):
    item = make_item("foreign", NOON, assets=keys)
    with pytest.raises(SourceError) as caught:
        search(tmp_path / "silent", [item])
    told = str(caught.value)
    assert f"add to scenes.s2 `{line}`" in told
    assert told.endswith(f"its assets are {', '.join(sorted(keys))}")
    if "ASSET" not in line:
        bands = yaml.safe_load(line)["bands"]
        (scene,) = search(tmp_path / "told", [item], bands=bands).scenes
        assert Path(scene.assets["red"].href).name == "foreign_Band_4.tif"


def test_another_mask_that_scenes_come_with_is_told_with_the_line_to_add(tmp_path: Path):
    item = make_item("theia", NOON, assets=[*S2.bands, "clm"])
    with pytest.raises(SourceError, match=r"theia comes with another .* scenes\.s2 `mask: clm`$"):
        search(tmp_path / "silent", [item])
    (scene,) = search(tmp_path / "told", [item], mask="clm").scenes
    assert "clm" in scene.assets


def test_the_config_says_how_numbers_are_kept_and_masks_stay_as_they_are(tmp_path: Path):
    item = make_item("own", NOON)
    item["assets"]["red"]["raster:bands"] = [{"scale": 0.5, "offset": 3, "nodata": 1}]
    said = {"scale": 0.001, "offset": 0.0, "nodata": -1.0}
    (scene,) = search(tmp_path / "all", [item], **said).scenes
    for band in S2.bands:
        asset = scene.assets[band]
        assert (asset.scale, asset.offset, asset.nodata) == (0.001, 0.0, -1.0)
    assert (scene.assets["scl"].scale, scene.assets["scl"].nodata) == (1.0, 0.0)
    (scene,) = search(tmp_path / "nodata", [item], nodata=-1.0).scenes
    assert (scene.assets["red"].scale, scene.assets["red"].offset) == (0.5, 3.0)


def test_the_offset_of_a_sensor_goes_with_its_scale(tmp_path: Path):
    """Landsat's -0.2 is that of numbers in steps of 2.75e-5, and of no others."""
    items = [make_landsat("own", NOON)]
    (usual,) = search(tmp_path / "usual", items, "landsat").scenes
    assert (usual.assets["red"].scale, usual.assets["red"].offset) == (2.75e-5, -0.2)
    (scaled,) = search(tmp_path / "scaled", items, "landsat", scale=1e-4).scenes
    assert (scaled.assets["red"].scale, scaled.assets["red"].offset) == (1e-4, 0.0)


def test_an_offset_of_the_config_comes_before_what_an_item_says(tmp_path: Path):
    item = make_item("late", NOON, s2__processing_baseline="05.09")
    assert offset_of(search(tmp_path / "auto", [item])) == -0.1
    assert offset_of(search(tmp_path / "said", [item], offset=0.0)) == 0.0
    item["properties"]["earthsearch:boa_offset_applied"] = True
    assert offset_of(search(tmp_path / "applied", [item], offset=-0.1)) == -0.1


def offset_of(found: SceneList) -> float:
    return found.scenes[0].assets["red"].offset


def test_a_scene_that_a_filter_removes_may_lack_assets(tmp_path: Path):
    items = [make_item("whole", NOON), make_item("cloudy", NOON, eo__cloud_cover=99)]
    del items[1]["assets"]["swir16"]
    assert ids(search(tmp_path, items, cloud_max=80)) == ["whole"]


def test_without_a_mask_its_asset_is_not_needed(tmp_path: Path):
    items = [make_item("scene", NOON)]
    del items[0]["assets"]["scl"]
    assert set(search(tmp_path, items, mask="none").scenes[0].assets) == set(
        SENSORS["sentinel2"].bands
    )


def test_errors_of_the_catalogue_name_the_scene_set(tmp_path: Path):
    with pytest.raises(SourceError, match=r"^scenes\.s2: nowhere\.json does not exist"):
        search(tmp_path, [make_item("scene", NOON)], catalogue="nowhere.json")


# --- where assets are


def test_local_assets_are_relative_to_the_run_folder_so_that_it_can_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    item = make_item("scene", NOON, folder="../images")
    assets = search(tmp_path, [item]).scenes[0].assets
    assert assets["red"].href == "catalogue/images/scene_red.tif"


def test_local_assets_elsewhere_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    assets = search(tmp_path, [make_item("scene", NOON)]).scenes[0].assets
    expected = tmp_path / "catalogue" / L2A / "scene_red.tif"
    assert assets["red"].href == expected.as_posix()


def test_file_urls_are_paths(tmp_path: Path):
    item = make_item("scene", NOON, folder="file:///data/a%20folder")
    assert search(tmp_path, [item]).scenes[0].assets["red"].href == "/data/a folder/scene_red.tif"


def test_signatures_are_made_for_reading_and_never_reach_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    blob = "https://account.blob.core.windows.net/container"
    item = make_item("scene", NOON, folder=blob)
    item["assets"]["red"]["href"] += "?sp=r&sig=SECRET0"  # a catalogue saved after signing
    with StacApi([item]) as api:
        monkeypatch.setenv("PC_SDK_SAS_URL", f"{api.url}/sas")
        monkeypatch.setattr(sas, "TOKEN_CACHE", {})
        Settings.get.cache_clear()
        found = search(tmp_path, [item], catalogue=api.url, sign="planetary_computer")
        found.write(tmp_path / "items.json")
        again = SceneList.read(tmp_path / "items.json")
        href = again.scenes[0].assets["red"].href
        assert signer(again.sign)(href) == f"{blob}/scene_red.tif?sp=r&se=soon&sig=SECRET1"
        Settings.get.cache_clear()
    again.write(tmp_path / "again.json")
    for name in ("items.json", "again.json"):
        assert "SECRET" not in (tmp_path / name).read_text()


def test_a_scene_list_survives_writing_and_reading(tmp_path: Path):
    found = search(tmp_path, [make_item("scene", NOON, updated="2019-01-01T00:00:00Z")])
    found.write(tmp_path / "items.json")
    read = SceneList.read(tmp_path / "items.json")
    assert dataclasses.replace(read, scenes=list(found.scenes)) == found
    assert read.scenes == found.scenes
    json.loads((tmp_path / "items.json").read_text(), parse_constant=pytest.fail)


# --- real imagery


def test_the_real_catalogue_of_herault_is_searched(shared_data: Path):
    catalogue = shared_data / "herault_2018" / "collection.json"
    box = (3.2919, 43.6157, 3.3209, 43.6476)
    request = scene_request(
        "sentinel2", catalogue.as_posix(), "2018-01-28", "2018-10-05", "scl", box
    )
    found = search_scenes(request)
    assert found.found == len(found.scenes) == 9  # the tenth was sensed five days earlier
    assert found.scenes[0].datetime == "2018-01-28T10:43:11Z"
    assert {scene.tile for scene in found.scenes} == {"31TEJ"}
    for scene in found.scenes:
        assert set(scene.assets) == set(SENSORS["sentinel2"].read_with("scl"))
        assert {asset.nodata for asset in scene.assets.values()} == {0}
        assert {asset.offset for asset in scene.assets.values()} == {0}
        assert all(Path(asset.href).exists() for asset in scene.assets.values())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("geometry", "type"), "Blob"),
        (("geometry", "coordinates"), ""),
        (("geometry", "coordinates"), [[["east", "north"]]]),
        (("bbox",), "everywhere"),
        (("properties", "platform"), []),
        (("properties", "s2:product_uri"), 5),
        (("properties", "eo:cloud_cover"), "ten"),
        (("properties", "eo:cloud_cover"), [10]),
        (("properties", "sat:orbit_state"), 5),
        (("properties", "proj:shape"), "10980"),
        (("properties", "proj:transform"), {"a": 10}),
    ],
)
def test_a_field_of_another_kind_than_stac_says_stops_no_search(
    tmp_path: Path, path: tuple[str, ...], value: Any
):
    odd = make_item("odd", "2018-07-02T10:36:00Z")
    inner = odd
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    found = search(tmp_path, [make_item("right", NOON), odd])
    assert "right" in ids(found)


def test_a_time_that_is_none_is_told_with_its_scene(tmp_path: Path):
    odd = make_item("odd", "2018-07-02T10:36:00Z")
    odd["properties"] |= {"datetime": None, "start_datetime": 5, "end_datetime": 6}
    with pytest.raises(SourceError):
        search(tmp_path, [make_item("right", NOON), odd])
