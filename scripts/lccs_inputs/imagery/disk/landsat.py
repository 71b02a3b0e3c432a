"""Landsat Collection 2 Level-2 bundles of USGS, as a folder or a tar.

Source: Landsat 8-9 Collection 2 Level 2 Science Product Guide, LSDS-1619. The metadata file (MTL)
comes as JSON, XML and ODL text, which say the same; one is enough.
"""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from xml.etree import ElementTree

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.disk.granules import Granule, Kind, Raster, starts
from lccs_inputs.imagery.disk.trees import Tree

_ROOT = re.compile(
    r"((?:.*/)?L[COTEM]\d\d_L\d\w\w_\d{6}_\d{8}_\d{8}_\d\d_(?:T1|T2|RT)_)"
    r"(?:MTL\.(?:json|xml|txt)|SR_B\d\.TIF)$",
    re.IGNORECASE,
)
_BANDS = {"blue": 2, "green": 3, "red": 4, "nir": 5, "swir16": 6, "swir22": 7}
_FLAGS = {"qa_pixel": "QUALITY_L1_PIXEL", "qa_radsat": "QUALITY_L1_RADIOMETRIC_SATURATION"}
_FILL = 0.0

Groups = Mapping[str, Mapping[str, str]]


def _find(tree: Tree) -> list[str]:
    return starts(tree, _ROOT)


def _read(tree: Tree, start: str) -> Granule:
    groups = _metadata(tree, start)
    contents, image = groups["PRODUCT_CONTENTS"], groups["IMAGE_ATTRIBUTES"]
    name, level = contents["LANDSAT_PRODUCT_ID"], contents["PROCESSING_LEVEL"]
    if not level.startswith("L2"):
        raise SourceError(f"is Level-1 ({level}); download the Level-2 bundle of the scene")
    folder = PurePosixPath(start).parent
    numbers = groups["LEVEL2_SURFACE_REFLECTANCE_PARAMETERS"]
    assets = {}
    for band, number in _BANDS.items():
        file = (folder / contents[f"FILE_NAME_BAND_{number}"]).as_posix()
        scale = float(numbers[f"REFLECTANCE_MULT_BAND_{number}"])
        offset = float(numbers[f"REFLECTANCE_ADD_BAND_{number}"])
        if file in tree.names:
            assets[band] = Raster(tree.path(file), scale, offset, _FILL)
    for flags, field in _FLAGS.items():
        file = (folder / contents[f"FILE_NAME_{field}"]).as_posix()
        if file in tree.names:
            assets[flags] = Raster(tree.path(file))
    tier = contents["COLLECTION_CATEGORY"]
    time = image["SCENE_CENTER_TIME"].rstrip("Z")[:15]  # to the microsecond
    return Granule(
        id=name,
        collection="landsat-c2-l2",
        sensor="landsat",
        datetime=f"{image['DATE_ACQUIRED']}T{time}Z",
        platform=image["SPACECRAFT_ID"],
        assets=assets,
        mask="qa_pixel",
        properties={
            "eo:cloud_cover": float(image["CLOUD_COVER"]),
            "landsat:collection_category": tier,
            "landsat:correction": level,
            "landsat:wrs_path": image["WRS_PATH"].zfill(3),
            "landsat:wrs_row": image["WRS_ROW"].zfill(3),
            "created": groups["LEVEL2_PROCESSING_RECORD"]["DATE_PRODUCT_GENERATED"],
        },
        note=f"{tier}, {float(numbers['REFLECTANCE_ADD_BAND_4']):g}",
    )


def _metadata(tree: Tree, start: str) -> Groups:
    for ending, parse in (("json", _json), ("xml", _xml), ("txt", _odl)):
        name = f"{start}MTL.{ending}"
        if name in tree.names:
            return parse(tree.read(name))
    raise SourceError("lacks its metadata (MTL): half downloaded? Download it again")


def _json(text: bytes) -> Groups:
    groups: Groups = json.loads(text)["LANDSAT_METADATA_FILE"]
    return groups


def _xml(text: bytes) -> Groups:
    root = ElementTree.fromstring(text)
    return {group.tag: {each.tag: each.text or "" for each in group} for group in root}


def _odl(text: bytes) -> Groups:
    groups: dict[str, dict[str, str]] = {}
    group = ""
    for line in text.decode().splitlines():
        key, _, value = (part.strip() for part in line.partition("="))
        if key == "GROUP":
            group = value
        elif value and key != "END_GROUP":
            groups.setdefault(group, {})[key] = value.strip('"')
    return groups


KIND = Kind("Landsat Collection 2 Level-2 (MTL)", _find, _read, r"L[COTEM]\d\d_L\d\w\w_\d{6}_")
