"""Items recorded from many public catalogues: each is read right, or refused for its true reason.

The snapshot tells, for each item and the sensor it could be meant for, how it is read or why it is
not. 18 of its 87 rows were checked by eye against the items, field by field: tile, datatake and
baseline against the product that the item quotes, offset and nodata against `raster:bands` and the
flags of Earth Search, reasons of refusals against the keys and bands of the assets. They are 36NYH,
29RKH, 31NBJ, 01WCQ, 12RWT, 07HFE, 59VLF, 20EPT of both versions of Earth Search, 17RMJ of
Sentinel-1, 084057 and 001062 of Landsat; and of those refused, a surface temperature, a Level-1,
Geoscience Australia's own Landsat, an HLS, two of three colours only, and a map of the climate. The
other rows are what was read when they were recorded; the tests below hold part of it against the
names of products and files.
"""

import json
import re
from pathlib import Path
from typing import Any

import pystac
import pytest

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS, Sensor
from lccs_inputs.imagery.identity import baseline_of, datatake_of, platform_of
from lccs_inputs.imagery.scenes import Scene
from lccs_inputs.imagery.stac.item_facts import read_item

SNAPSHOT = Path(__file__).resolve().parents[3] / "snapshots" / "recorded_items.json"
FILES = {
    "sentinel2": {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08", "swir16": "B11",
                  "swir22": "B12", "scl": "SCL"},
    "landsat": {"blue": "SR_B2", "green": "SR_B3", "red": "SR_B4", "nir": "SR_B5",
                "swir16": "SR_B6", "swir22": "SR_B7", "qa_pixel": "QA_PIXEL",
                "qa_radsat": "QA_RADSAT"},
    "sentinel1": {"vv": "Gamma0_VV", "vh": "Gamma0_VH"},
}  # fmt: skip
"""What the names of the files of the publishers say of the bands in them."""
SCALES = {"sentinel2": 1e-4, "landsat": 2.75e-5, "sentinel1": 1.0}


def recorded(shared_data: Path) -> list[tuple[str, dict[str, Any]]]:
    """Label and document of each recorded item."""
    path = shared_data / "stac_items_recorded.jsonl"
    if not path.is_file():
        pytest.skip(f"no recorded items: {path} is absent")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [(f"{row['src']}: {row['item']['id']}", row["item"]) for row in rows]


def outcome(document: dict[str, Any]) -> dict[str, Any]:
    """How an item is read by the sensor it is of (Sentinel-2 where it does not say), or why not."""
    item = pystac.Item.from_dict(document)
    platform = platform_of(item)
    meant = (sensor for sensor in SENSORS.values() if platform.startswith(sensor.name))
    sensor = next(meant, SENSORS["sentinel2"])
    try:
        scene = read_item(item, sensor, sensor.default_mask)
    except SourceError as error:
        return {"sensor": sensor.name, "refused": str(error)}
    return {"sensor": sensor.name} | told(item, scene, sensor)


def told(item: pystac.Item, scene: Scene, sensor: Sensor) -> dict[str, Any]:
    first = scene.assets[sensor.bands[0]]
    return {
        "tile": scene.tile,
        "platform": scene.platform,
        "datatake": datatake_of(item),
        "baseline": list(baseline_of(item)),
        "offset": first.offset,
        "nodata": first.nodata,
    }


def test_every_recorded_item_is_read_or_refused_as_the_snapshot_says(shared_data: Path):
    found = {label: outcome(document) for label, document in recorded(shared_data)}
    assert found == json.loads(SNAPSHOT.read_text())


def test_every_band_that_is_read_is_that_of_its_file(shared_data: Path):
    scenes = 0
    for _, document in recorded(shared_data):
        item = pystac.Item.from_dict(document)
        for name, files in FILES.items():
            try:
                scene = read_item(item, SENSORS[name], SENSORS[name].default_mask)
            except SourceError:
                continue
            scenes += 1
            assert set(scene.assets) == set(files)
            for asset, file in files.items():
                assert re.search(rf"{file}(_\d0m)?\.", Path(scene.assets[asset].href).name, re.I)
            bands = [scene.assets[band] for band in SENSORS[name].bands]
            assert {band.scale for band in bands} == {SCALES[name]}
            assert len({(band.offset, band.nodata) for band in bands}) == 1
    assert scenes == 28


def test_tile_platform_and_datatake_are_those_of_the_product_that_an_item_quotes(
    shared_data: Path,
):
    """The naming convention of ESA is an independent source of what fields say."""
    product = re.compile(r"(S2[A-Z])_MSIL2A_(\d{8}T\d{6})_(?:N(\d\d)(\d\d)_)?R\d{3}_T(\w{5})_")
    quoted = 0
    for _, document in recorded(shared_data):
        item = pystac.Item.from_dict(document)
        found = product.search(json.dumps([document["id"], document["properties"]]))
        if found is None:
            continue
        quoted += 1
        scene = read_item(item, SENSORS["sentinel2"])
        satellite, datatake, major, minor, tile = found.groups()
        assert scene.platform == f"sentinel{satellite[1:].lower()}"
        assert (scene.tile, datatake_of(item)) == (tile, datatake)
        if major:
            assert baseline_of(item) == (int(major), int(minor))
    assert quoted >= 15


def test_the_bundle_of_usgs_is_read_by_its_own_item(shared_data: Path):
    (path,) = (shared_data / "landsat8_bundle").glob("*_stac.json")
    landsat = SENSORS["landsat"]
    scene = read_item(pystac.Item.from_file(path.as_posix()), landsat, landsat.default_mask)
    assert (scene.tile, scene.platform) == ("008059", "landsat8")
    for asset, file in FILES["landsat"].items():
        assert scene.assets[asset].href.endswith(f"_02_T1_{file}.TIF")


def test_a_folder_of_esa_names_its_tile_platform_and_datatake(shared_data: Path):
    (folder,) = (shared_data / "herault_safe_20180627").iterdir()
    item = pystac.Item.from_dict(
        {"type": "Feature", "stac_version": "1.0.0", "id": folder.name, "geometry": None,
         "properties": {"datetime": "2018-06-27T10:40:21Z"}, "links": [], "assets": {
             file.stem.split("_", 2)[2]: {"href": file.as_posix()} for file in folder.rglob("*.jp2")
         }}
    )  # fmt: skip
    scene = read_item(item, SENSORS["sentinel2"], "scl")
    assert (scene.tile, scene.platform) == ("31TEJ", "sentinel2a")
    assert (datatake_of(item), baseline_of(item)) == ("20180627T104021", (2, 8))
    for asset, file in FILES["sentinel2"].items():
        assert re.search(rf"_{file}_[12]0m\.jp2$", scene.assets[asset].href)
