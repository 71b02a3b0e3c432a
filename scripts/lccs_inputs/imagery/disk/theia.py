"""Sentinel-2 Level-2A of Theia, made by MAJA, in the MUSCATE layout; as a folder or zipped.

Source: CNES, "Sentinel-2 L2A product format" of Theia: int16, reflectance × 10,000, nodata -10000,
FRE corrected for slopes too and SRE not, masks below MASKS. CLM flags clouds and shadows; what EDG
calls the edge of the image is nodata in the bands. There is no offset of processing baselines.
"""

import re

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import OPTICAL_BANDS
from lccs_inputs.imagery.disk.granules import Granule, Kind, Raster, only, percent, starts
from lccs_inputs.imagery.disk.markup import Markup
from lccs_inputs.imagery.disk.trees import Tree

_ROOT = re.compile(
    r"((?:.*/)?)SENTINEL2[A-F]_\d{8}-\d{6}-\d{3}_L\d\w_T\d\d[C-X][A-Z]{2}_[A-Z](?:_V\d+-\d+)?_"
    r"(?:MTD_ALL\.xml|[FS]RE_B\d+\.tif)$"
)
_BANDS = dict(zip(OPTICAL_BANDS, ("B2", "B3", "B4", "B8", "B11", "B12"), strict=True))
_REFLECTANCES = ("FRE", "SRE")


def _find(tree: Tree) -> list[str]:
    return starts(tree, _ROOT)


def _read(tree: Tree, start: str) -> Granule:
    metadata = only(tree, start, r"_MTD_ALL\.xml")
    if metadata is None:
        raise SourceError("lacks its metadata (MTD_ALL.xml): half downloaded? Download it again")
    said = Markup(tree.read(metadata))
    if (level := said.get("PRODUCT_LEVEL")) != "L2A":
        raise SourceError(f"is {level}, not L2A; download the L2A of its dates")
    stem = metadata.removesuffix("MTD_ALL.xml")
    kind = next((each for each in _REFLECTANCES if f"{stem}{each}_B4.tif" in tree.names), "FRE")
    scale = 1 / float(said.get("REFLECTANCE_QUANTIFICATION_VALUE"))
    nodata = float(said.get("SPECIAL_VALUE", name="nodata"))
    assets = {
        band: Raster(tree.path(file), scale, 0.0, nodata)
        for band, key in _BANDS.items()
        if (file := f"{stem}{kind}_{key}.tif") in tree.names
    }
    if clouds := only(tree, f"{start}MASKS/", r"_CLM_R1\.tif"):
        assets["clm"] = Raster(tree.path(clouds))
    zone = said.get("GEOGRAPHICAL_ZONE")
    return Granule(
        id=said.get("PRODUCT_ID"),
        collection="theia-sentinel2-l2a",
        sensor="sentinel2",
        datetime=said.get("ACQUISITION_DATE"),
        platform=said.get("PLATFORM"),
        assets=assets,
        mask="clm",
        properties={
            **percent("eo:cloud_cover", said.get("QUALITY_INDEX", "", name="CloudPercent")),
            "grid:code": f"MGRS-{zone.removeprefix('T')}",
            "processing:level": "L2A",
            "created": said.get("PRODUCTION_DATE"),
        },
        note=f"{kind}, 0",
    )


KIND = Kind("Sentinel-2 L2A of Theia (MUSCATE)", _find, _read, r"SENTINEL2[A-F]_\d{8}-")
