"""The documents beside the results of a period."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
from pystac.errors import STACValidationError
from rocrate.rocrate import ROCrate
from shapely import box
from shapely.geometry import shape

from lccs_inputs.confidence.score import BANDS
from lccs_inputs.config import read_legend
from lccs_inputs.facts.au import AU
from lccs_inputs.facts.coherence import MAP as COHERENCE
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3
from lccs_inputs.formats.rasters import Rasters
from lccs_inputs.layers.legends import translate
from lccs_inputs.layers.level3 import classify
from lccs_inputs.layers.level4 import classify_level4
from lccs_inputs.layers.stack import stack_layers, write_validity
from lccs_inputs.provenance.describe import Documents, Further, describe_period
from lccs_inputs.provenance.sources import Source
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_cog, create_quick_cog, create_raster
from lccs_inputs.workflow.requests.provenance import PeriodRequest
from small_rasters import area_of, grid_of, write_codes
from stac_rules import validate_item

VEG, CANOPY = "vegetat_veg_cat", "canopyco_veg_con"
NDVI = Image("ndvi", "NDVI", "1", (0, 1), ("#000000", "#ffffff"), 10_000)
MAES = read_legend("maes")
REQUEST = PeriodRequest(
    descriptors=[], start="2018-05-01", end="2018-10-31", version="1.2.3",
    code={"build_layer": "c"}, lock="l", config="k", scenes=[], products=[],
    images=[NDVI.to_dict()], legends=[MAES.to_dict()], methods={VEG: {1: "ndvi", 2: "evi"}},
)  # fmt: skip
SCENE = {
    "id": "a", "collection": "c", "datetime": "2018-07-01T10:00:00Z", "platform": "sentinel2a",
    "baseline": "05.00",
}  # fmt: skip
SOURCES = [
    Source(
        "s2", "2018", "Sentinel-2, 2018-05-01 to 2018-10-31", "free", ("Contains data",), False,
        {"scenes": [SCENE], "sensor": "sentinel2", "publisher": "ESA", "accessed": "2020-01-02"},
    )
]  # fmt: skip


def _rasters(folder: Path, area: Area) -> tuple[Rasters, Further]:
    grid, tags = area.grid, {"expression": "s2.ndvi >= 0.4", "method": "ndvi", "units": "1"}
    layers = {
        name: write_codes(folder / f"layers/{name}.tif", grid, 1, tags=tags | {"units": unit})
        for name, unit in ((VEG, "1"), (CANOPY, "%"))
    }
    methods = {VEG: write_codes(folder / f"methods/{VEG}.tif", grid, 1)}
    stack, validity, level3 = (
        folder / f"stack/{name}.tif" for name in ("lccs_inputs", "validity", "level3")
    )
    stack_layers(layers, DESCRIPTORS, area, stack)
    write_validity(layers, DESCRIPTORS, area, validity)
    classify(layers, area, level3)
    level4 = [folder / f"stack/{name}.tif" for name in ("level4", "level4_codes")]
    further = {CANOPY: layers[CANOPY]}
    classify_level4(level3, further, area, *level4, folder / "stack/level4.csv")
    ndvi = folder / "images/ndvi.tif"
    with create_raster(ndvi, grid, ["ndvi"], "int16", -32768, scales=[1e-4]) as raster:
        raster.write(np.ones(grid.shape, np.int16), 1)
    coherence = folder / "checks/coherence.tif"
    legend, bits = COHERENCE.codes, {"bit_0": "woody_leaf_type"}
    with create_cog(coherence, grid, [COHERENCE.name], "uint8", 255, legend=legend, tags=bits):
        pass
    handed = folder / f"le_lccs/{VEG}.tif"
    with create_raster(handed, grid, [VEG], "uint8", None) as raster:
        raster.write(np.ones(grid.shape, np.uint8), 1)
    maes, table = folder / "legends/maes.tif", folder / "legends/maes.csv"
    translate(level4[1], MAES, [CANOPY], area, maes, table)
    images = {"ndvi": ndvi}
    found = Rasters(layers, methods, level3, level4[0], {"maes": maes}, validity, coherence, images)
    sure = folder / "confidence/level3.tif"
    with create_quick_cog(
        sure, grid, [*BANDS], "uint8", 255, scales=[*BANDS.values()], tags={"units": "1"}
    ):
        pass
    return found, Further(stack, level4[1:], [handed], [sure])


def _documents(folder: Path) -> Documents:
    names = (
        "item.json", "provenance.json", "ro-crate-metadata.json", "ATTRIBUTION.txt", "METHODS.md",
        "data.bib",
    )  # fmt: skip
    return Documents(*(folder / name for name in names))


def _described(folder: Path, area: Area | None = None) -> dict[str, Any]:
    area = area or area_of(grid_of(40, 20))
    rasters, documents = _rasters(folder, area), _documents(folder)
    describe_period(area, ("here", "2018"), REQUEST, *rasters, SOURCES, folder, documents)
    documents = [folder / name for name in ("item.json", "provenance.json")]
    return {path.stem: json.loads(path.read_text()) for path in documents}


def test_the_item_is_valid_and_says_where_its_pixels_lie(tmp_path: Path) -> None:
    found = _described(tmp_path)["item"]
    item = pystac.Item.from_dict(found)
    assert validate_item(item) == 6
    grid = grid_of(40, 20)
    assert found["properties"]["proj:code"] == "EPSG:2154"
    assert found["properties"]["proj:shape"] == [20, 40]
    assert found["properties"]["proj:bbox"] == [*grid.bounds]
    assert found["properties"]["proj:transform"] == [10, 0, grid.bounds[0], 0, -10, grid.bounds[3]]
    assert item.common_metadata.start_datetime.isoformat() == "2018-05-01T00:00:00+00:00"
    assert item.common_metadata.end_datetime.isoformat() == "2018-10-31T23:59:59+00:00"
    assert box(*found["bbox"]).buffer(1e-6).covers(shape(found["geometry"]))


def test_an_item_that_is_not_valid_is_noticed(tmp_path: Path) -> None:
    found = _described(tmp_path)["item"]
    for where, value in (("file:checksum", "1220ab"), ("raster:colour", 1), ("nodata", [])):
        wrong = json.loads(json.dumps(found))
        wrong["assets"][VEG][where] = value
        with pytest.raises(STACValidationError):
            validate_item(pystac.Item.from_dict(wrong))


def test_each_asset_says_what_its_values_mean(tmp_path: Path) -> None:
    assets = _described(tmp_path)["item"]["assets"]
    assert assets.keys() == {
        VEG, CANOPY, f"{VEG}_method", "lccs_inputs", "validity", "level3", "level4",
        "level4_codes", "legend_maes", "coherence", f"le_lccs_{VEG}", "image_ndvi", "provenance",
        "attribution", "methods", "data", "confidence_level3",
    }  # fmt: skip
    classes = assets[VEG]["classification:classes"]
    assert classes[1] == {
        "value": 1, "name": "vegetated", "title": "vegetated", "color_hint": "4D8A3D",
    }  # fmt: skip
    assert classes[-1] == {"value": 255, "name": "nodata", "nodata": True}
    assert assets[CANOPY]["unit"] == "%"
    assert "classification:classes" not in assets[CANOPY]
    assert [known["title"] for known in assets[f"{VEG}_method"]["classification:classes"][:-1]] == [
        "ndvi", "evi",
    ]  # fmt: skip
    assert len(assets["level3"]["classification:classes"]) == len(LEVEL3) + 1
    assert len(assets["level4"]["classification:classes"]) == len(AU) + 1
    assert (assets["level4_codes"]["data_type"], assets["level4_codes"]["nodata"]) == ("uint32", 0)
    names = {
        each["value"]: each["name"] for each in assets["legend_maes"]["classification:classes"]
    }
    assert names[104].lower().startswith("woodland")
    first, second = assets["lccs_inputs"]["bands"]
    assert (first["name"], second["name"], second["unit"]) == (VEG, CANOPY, "%")
    assert first["classification:classes"] == classes
    bits = {bit["offset"]: bit["name"] for bit in assets["validity"]["classification:bitfields"]}
    assert bits == {0: "level3", 2: CANOPY}
    assert assets["coherence"]["classification:bitfields"][0]["name"] == "woody_leaf_type"
    assert assets[f"le_lccs_{VEG}"]["classification:classes"] == classes[:-1], "without nodata"
    assert assets["image_ndvi"]["raster:scale"] == 1e-4
    assert assets["image_ndvi"]["nodata"] == -32768
    sure = assets["confidence_level3"]
    assert sure["title"] == "Land cover, LCCS level 3, confidence"
    assert {each["name"]: each.get("raster:scale", 1) for each in sure["bands"]} == BANDS
    assert "raster:scale" not in sure
    assert assets[VEG]["processing:expression"]["expression"] == "s2.ndvi >= 0.4"


def test_every_raster_is_told_with_its_checksum(tmp_path: Path) -> None:
    found = _described(tmp_path)
    rasters = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.tif")}
    sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in rasters.items()}
    assert {n: said["sha256"] for n, said in found["provenance"]["results"].items()} == sums
    data = [asset for asset in found["item"]["assets"].values() if asset["roles"] == ["data"]]
    assert {asset["href"].removeprefix("./"): asset["file:checksum"] for asset in data} == {
        name: f"1220{known}" for name, known in sums.items()
    }
    crate = ROCrate(tmp_path)
    assert {each.id: each["sha256"] for each in crate.data_entities if "sha256" in each} == sums


def test_the_crate_says_of_what_and_by_what_its_files_were_made(tmp_path: Path) -> None:
    _described(tmp_path)
    crate = ROCrate(tmp_path)
    action = crate.get("#run")
    assert action["instrument"]["version"] == "1.2.3"
    assert [source["creditText"] for source in action["object"]] == [["Contains data"]]
    assert len(action["result"]) == len([*tmp_path.rglob("*.tif")])
    assert crate.root_dataset["license"].id == "ATTRIBUTION.txt"
    assert all((tmp_path / entity.id).is_file() for entity in crate.data_entities)


def test_the_record_says_what_tags_do_not(tmp_path: Path) -> None:
    told = _described(tmp_path)["provenance"]
    assert told["made"].keys() == {"finished", "host", "system"}
    assert told["software"]["version"] == "1.2.3"
    assert (told["software"]["code"], told["software"]["lock"]) == ({"build_layer": "c"}, "l")
    assert told["software"]["libraries"].keys() >= {"python", "gdal", "numpy"}
    assert told["config"] == "k"
    assert told["sources"]["s2"]["scenes"] == [SCENE]
    assert told["results"][f"layers/{VEG}.tif"]["method"] == "ndvi"


def test_describing_the_same_again_writes_the_same(tmp_path: Path) -> None:
    area = area_of(grid_of(40, 20))
    rasters, documents = _rasters(tmp_path, area), _documents(tmp_path)
    written = []
    for _ in range(2):
        describe_period(area, ("here", "2018"), REQUEST, *rasters, SOURCES, tmp_path, documents)
        written.append([path.read_bytes() for path in sorted(tmp_path.glob("*.*"))])
    assert written[0] == written[1]
    assert len(written[0]) == 6


def test_without_level_3_or_images_there_is_nothing_of_them(tmp_path: Path) -> None:
    area, request = area_of(grid_of(40, 20)), replace(REQUEST, images=[], legends=[])
    rasters, further = _rasters(tmp_path, area)
    rasters = replace(rasters, level3=None, level4=None, legends={}, coherence=None, images={})
    further, documents = replace(further, codes=[]), _documents(tmp_path)
    describe_period(area, ("here", "2018"), request, rasters, further, SOURCES, tmp_path, documents)
    item = pystac.Item.from_file(str(tmp_path / "item.json"))
    assert (
        not {"level3", "level4", "level4_codes", "legend_maes", "coherence", "image_ndvi"}
        & item.assets.keys()
    )
    assert validate_item(item) == 6


def test_an_area_across_180_degrees_is_in_two_parts(tmp_path: Path) -> None:
    grid = Grid("EPSG:3460", (1000, 1000), (2_000_000, 4_000_000, 2_200_000, 4_100_000))
    found = _described(tmp_path, area_of(grid))["item"]
    assert found["geometry"]["type"] == "MultiPolygon"
    assert found["bbox"][0] > found["bbox"][2]
    assert validate_item(pystac.Item.from_dict(found)) == 6


def test_a_crs_without_a_code_is_told_as_text(tmp_path: Path) -> None:
    own = "+proj=laea +lat_0=45 +lon_0=4 +datum=WGS84 +units=m"
    area = area_of(Grid(own, (10, 10), (0, 0, 400, 200)))
    properties = _described(tmp_path, area)["item"]["properties"]
    assert properties["proj:code"] is None
    assert properties["proj:wkt2"].startswith("PROJCRS")
