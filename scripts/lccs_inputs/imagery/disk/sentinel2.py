"""Sentinel-2 Level-2A in the SAFE layout of ESA, as a folder or zipped.

Source: Sentinel-2 Products Specification Document 15.0: MTD_MSIL2A.xml, one granule per product,
IMG_DATA/R10m and R20m. The offset is that of BOA_ADD_OFFSET, which the product itself declares from
processing baseline 04.00 on. Sen2Cor as users run it writes 99.99 for the baseline, whatever scene
it was given: then what the product declares is all there is to go by.
"""

import re
from collections.abc import Mapping

from shapely import Polygon

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import USERS_BASELINE
from lccs_inputs.imagery.disk.granules import Granule, Kind, Raster, only, percent, starts
from lccs_inputs.imagery.disk.markup import Markup
from lccs_inputs.imagery.disk.trees import Tree

_METADATA = "MTD_MSIL2A.xml"
_OFFSET_SINCE = "04.00"
_ROOT = re.compile(r"((?:.*/)?S2[A-F]_[^/]*\.SAFE/|(?:.*/)?(?=MTD_MSIL(?:2A|1C)\.xml$))")
_FILES = {
    **{"blue": "B02_10m", "green": "B03_10m", "red": "B04_10m", "nir": "B08_10m"},
    **{"swir16": "B11_20m", "swir22": "B12_20m", "scl": "SCL_20m"},
}
_BAND_IDS = {"blue": "1", "green": "2", "red": "3", "nir": "7", "swir16": "11", "swir22": "12"}
"""Band → its number in BOA_ADD_OFFSET, that of Spectral_Information: B1 is 0, B8A 8, B12 12."""


def _find(tree: Tree) -> list[str]:
    return starts(tree, _ROOT)


def _read(tree: Tree, start: str) -> Granule:
    if f"{start}{_METADATA}" not in tree.names:
        level_1 = f"{start}MTD_MSIL1C.xml" in tree.names or "_MSIL1C_" in start
        raise SourceError(
            "is Level-1C, not corrected for the atmosphere; download its Level-2A"
            if level_1
            else f"lacks {_METADATA}: half downloaded? Download it again"
        )
    said = Markup(tree.read(f"{start}{_METADATA}"))
    tiles = list(said.all("Granule")) or list(said.all("Granules"))
    if len(tiles) > 1:
        raise SourceError(f"holds {len(tiles)} granules, as products did until 2016: not read")
    name = said.get("PRODUCT_URI").removesuffix(".SAFE")
    offsets = _offsets(said)
    scale = 1 / float(said.get("BOA_QUANTIFICATION_VALUE"))
    nodata = float(_special(said).get("NODATA", "0"))
    assets = {}
    for band, ending in _FILES.items():
        if file := only(tree, f"{start}GRANULE/", rf"_{ending}\.jp2"):
            path = tree.path(file)
            is_mask = band == "scl"
            assets[band] = Raster(path) if is_mask else Raster(path, scale, offsets[band], nodata)
    baseline = said.get("PROCESSING_BASELINE")
    return Granule(
        id=name,
        collection="sentinel-2-l2a",
        sensor="sentinel2",
        datetime=said.get("DATATAKE_SENSING_START", said.get("PRODUCT_START_TIME")),
        platform=said.get("SPACECRAFT_NAME"),
        assets=assets,
        mask="scl",
        properties={
            **percent("eo:cloud_cover", said.get("Cloud_Coverage_Assessment", "")),
            **percent(
                "s2:saturated_defective_pixel_percentage",
                said.get("SATURATED_DEFECTIVE_PIXEL_PERCENTAGE", ""),
            ),
            "s2:processing_baseline": baseline,
            "s2:product_uri": f"{name}.SAFE",
            "s2:datatake_id": next(said.all("Datatake"))[1]["datatakeIdentifier"],
            "processing:level": "L2A",
            "created": said.get("GENERATION_TIME"),
        },
        outline=_outline(said),
        note=f"{baseline}, {' or '.join(f'{each:g}' for each in sorted(set(offsets.values())))}",
    )


def _offsets(said: Markup) -> Mapping[str, float]:
    """Offset of each band, reflectance; 0 where the product declares none."""
    steps = {own["band_id"]: float(text) for text, own in said.all("BOA_ADD_OFFSET")}
    one = float(said.get("BOA_QUANTIFICATION_VALUE"))
    due = _OFFSET_SINCE <= said.get("PROCESSING_BASELINE") < USERS_BASELINE
    if (steps or due) and not {*_BAND_IDS.values()} <= steps.keys():
        raise SourceError(f"lacks BOA_ADD_OFFSET of some bands, in {_METADATA}; download it again")
    return {band: steps.get(number, 0.0) / one for band, number in _BAND_IDS.items()}


def _special(said: Markup) -> Mapping[str, str]:
    names = [text for text, _ in said.all("SPECIAL_VALUE_TEXT")]
    values = [text for text, _ in said.all("SPECIAL_VALUE_INDEX")]
    return dict(zip(names, values, strict=True))


def _outline(said: Markup) -> Polygon | None:
    """Where the granule has pixels: the halves of a tile cut between datastrips differ in it."""
    numbers = [float(each) for each in said.get("EXT_POS_LIST", "").split()]
    points = list(zip(numbers[1::2], numbers[::2], strict=True))  # latitude comes first
    return Polygon(points) if len(points) > 3 else None


KIND = Kind("Sentinel-2 L2A (SAFE)", _find, _read, r"S2[A-F]_.*\.SAFE")
