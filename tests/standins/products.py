"""Products on a disk, as their publishers deliver them: folders, names and metadata fields.

Sources: Sentinel-2 Products Specification Document 15.0, annex on the SAFE layout; Landsat 8-9
Collection 2 Level 2 Data Format Control Book; HLS Product User Guide 2.0; CNES, product format of
Theia's Sentinel-2 L2A; HyP3 RTC Product Guide. Rasters are as small as a test wants them.
"""

import json
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import ArrayLike, NDArray
from rasterio.warp import transform_bounds

from lccs_inputs.imagery.scenes import Scene
from standins.imagery import write_asset

CRS, CORNER, SIDE = "EPSG:32631", (500_000.0, 4_800_000.0), 24
"""Where rasters lie that are written from numbers, and their size, px."""
LOSSLESS = {"QUALITY": "100", "REVERSIBLE": "YES", "YCBCR420": "NO"}
S2_FILES = {
    "blue": "B02_10m", "green": "B03_10m", "red": "B04_10m", "nir": "B08_10m",
    "swir16": "B11_20m", "swir22": "B12_20m", "scl": "SCL_20m",
}  # fmt: skip
_THEIA_BANDS = {
    "blue": "B2",
    "green": "B3",
    "red": "B4",
    "nir": "B8",
    "swir16": "B11",
    "swir22": "B12",
}
_LANDSAT_BANDS = {"blue": 2, "green": 3, "red": 4, "nir": 5, "swir16": 6, "swir22": 7}
_HLS_BANDS = {
    "S30": ("B02", "B03", "B04", "B8A", "B11", "B12"),
    "L30": ("B02", "B03", "B04", "B05", "B06", "B07"),
}


def write_safe(folder: Path, scene: Scene, baseline: str = "05.00") -> Path:
    """A Sentinel-2 L2A product of the rasters of a scene, lossless; its folder.

    From baseline 04.00 on the product declares an offset of -1000 for each band.
    """
    moment = datetime.fromisoformat(scene.datetime)
    clock, number = f"{moment:%Y%m%dT%H%M%S}", baseline.replace(".", "")
    unit = scene.platform.replace("sentinel", "S").upper()
    name = f"{unit}_MSIL2A_{clock}_N{number}_R108_T{scene.tile}_20230612T214223"
    granule = f"GRANULE/L2A_T{scene.tile}_A015891_{clock}"
    images = [f"{granule}/IMG_DATA/R{k[-3:]}/T{scene.tile}_{clock}_{k}" for k in S2_FILES.values()]
    safe = folder / f"{name}.SAFE"
    for image, band in zip(images, S2_FILES, strict=True):
        target = safe / f"{image}.jp2"
        target.parent.mkdir(parents=True, exist_ok=True)
        rasterio.shutil.copy(scene.assets[band].href, target, driver="JP2OpenJPEG", **LOSSLESS)
    with rasterio.open(scene.assets["red"].href) as raster:
        west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
    corners = ((north, west), (north, east), (south, east), (south, west), (north, west))
    offsets = [f'<BOA_ADD_OFFSET band_id="{band}">-1000</BOA_ADD_OFFSET>' for band in range(13)]
    text = _MTD_MSIL2A.format(
        name=name, baseline=baseline, number=number, time=f"{moment:%Y-%m-%dT%H:%M:%S}.024Z",
        clock=clock, platform=f"Sentinel-{unit[1:]}", tile=scene.tile,
        images="\n".join(f"<IMAGE_FILE>{image}</IMAGE_FILE>" for image in images),
        offsets="" if baseline < "04.00" else
        f"<BOA_ADD_OFFSET_VALUES_LIST>{''.join(offsets)}</BOA_ADD_OFFSET_VALUES_LIST>",
        outline=" ".join(f"{lat} {lon}" for lat, lon in corners),
    )  # fmt: skip
    (safe / "MTD_MSIL2A.xml").write_text(text)
    (safe / granule / "MTD_TL.xml").write_text("<n1:Level-2A_Tile_ID/>")
    return safe


def zipped(product: Path) -> Path:
    """The product as a zip beside it, as the Data Space sends it; the folder is gone."""
    target = product.with_name(f"{product.name}.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(product.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(product.parent))
                path.unlink()
    return target


def tarred(bundle: Path) -> Path:
    """The files of a bundle as USGS packs them: a tar without a folder; the bundle is gone."""
    target = bundle.with_name(f"{bundle.name}.tar")
    with tarfile.open(target, "w") as archive:
        for path in sorted(bundle.iterdir()):
            archive.add(path, path.name)
            path.unlink()
    return target


def write_landsat(
    folder: Path,
    numbers: Mapping[str, ArrayLike],
    name: str = "LC08_L2SP_196028_20180704_20200831_02_T1",
    metadata: str = "json",
    **changes: str,
) -> Path:
    """A Landsat bundle; its folder. Flags that are not given are clear."""
    bundle = folder / name
    files = {f"SR_B{number}": numbers[band] for band, number in _LANDSAT_BANDS.items()}
    files["QA_PIXEL"] = numbers.get("qa_pixel", 21824)
    files["QA_RADSAT"] = numbers.get("qa_radsat", 0)
    for ending, values in files.items():
        _write(bundle / f"{name}_{ending}.TIF", values, np.uint16, 30)
    groups = _landsat_groups(name, changes)
    path = bundle / f"{name}_MTL.{metadata}"
    if metadata == "json":
        path.write_text(json.dumps({"LANDSAT_METADATA_FILE": groups}))
    elif metadata == "xml":
        inner = "".join(
            f"<{group}>{''.join(f'<{k}>{v}</{k}>' for k, v in said.items())}</{group}>"
            for group, said in groups.items()
        )
        path.write_text(
            f'<?xml version="1.0"?>\n<LANDSAT_METADATA_FILE>{inner}</LANDSAT_METADATA_FILE>'
        )
    else:
        lines = ["GROUP = LANDSAT_METADATA_FILE"]
        for group, said in groups.items():
            told = [f'    {key} = "{value}"' for key, value in said.items()]
            lines += [f"  GROUP = {group}", *told, f"  END_GROUP = {group}"]
        path.write_text("\n".join([*lines, "END_GROUP = LANDSAT_METADATA_FILE", "END", ""]))
    return bundle


def _landsat_groups(name: str, changes: Mapping[str, str]) -> dict[str, dict[str, str]]:
    sensor, level, place, day, _, _, tier = name.split("_")
    files = {f"FILE_NAME_BAND_{n}": f"{name}_SR_B{n}.TIF" for n in _LANDSAT_BANDS.values()}
    numbers = {
        key: value
        for n in _LANDSAT_BANDS.values()
        for key, value in ((f"REFLECTANCE_MULT_BAND_{n}", "2.75e-05"),
                           (f"REFLECTANCE_ADD_BAND_{n}", "-0.2"))
    }  # fmt: skip
    groups = {
        "PRODUCT_CONTENTS": {
            "LANDSAT_PRODUCT_ID": name,
            "PROCESSING_LEVEL": level,
            "COLLECTION_NUMBER": "02",
            "COLLECTION_CATEGORY": tier,
            **files,
            "FILE_NAME_QUALITY_L1_PIXEL": f"{name}_QA_PIXEL.TIF",
            "FILE_NAME_QUALITY_L1_RADIOMETRIC_SATURATION": f"{name}_QA_RADSAT.TIF",
        },
        "IMAGE_ATTRIBUTES": {
            "SPACECRAFT_ID": f"LANDSAT_{int(sensor[2:])}",
            "WRS_PATH": str(int(place[:3])),
            "WRS_ROW": str(int(place[3:])),
            "DATE_ACQUIRED": f"{day[:4]}-{day[4:6]}-{day[6:]}",
            "SCENE_CENTER_TIME": "10:23:51.8610990Z",
            "CLOUD_COVER": "12.50",
        },
        "LEVEL2_PROCESSING_RECORD": {"DATE_PRODUCT_GENERATED": "2020-08-31T00:59:51Z"},
        "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": numbers,
    }
    return {
        group: {k: changes.get(k, v) for k, v in said.items()} for group, said in groups.items()
    }


def write_hls(
    folder: Path,
    numbers: Mapping[str, ArrayLike],
    product: str = "S30",
    when: str = "2018185T103031",
    platform: str = "Sentinel-2A",
) -> str:
    """A granule of HLS, a file per band in `folder`; its name."""
    name = f"HLS.{product}.T31TEJ.{when}.v2.0"
    tags = {"cloud_coverage": "7", "scale_factor": "0.0001", "add_offset": "0"}
    if product == "S30":
        tags |= {
            "SPACECRAFT_NAME": platform,
            "PRODUCT_URI": "S2A_MSIL1C_20180704T103031_N0206.SAFE",
        }
    else:
        tags |= {"LANDSAT_PRODUCT_ID": "LC09_L1TP_196028_20180704_20200831_02_T1", "SENSOR": "OLI"}
    for band, key in zip(_LANDSAT_BANDS, _HLS_BANDS[product], strict=True):
        path = folder / f"{name}.{key}.tif"
        _write(path, numbers[band], np.int16, 30, nodata=-9999, tags=tags, scale=1e-4)
    _write(folder / f"{name}.Fmask.tif", numbers.get("fmask", 64), np.uint8, 30, nodata=255)
    return name


def write_theia(
    folder: Path,
    numbers: Mapping[str, ArrayLike],
    name: str = "SENTINEL2A_20180704-104904-892_L2A_T31TEJ_C_V2-2",
    reflectances: tuple[str, ...] = ("FRE", "SRE"),
) -> Path:
    """A product of Theia; its folder. SRE holds half of FRE."""
    product = folder / name
    for each in reflectances:
        for band, key in _THEIA_BANDS.items():
            pixel = 20 if band.startswith("swir") else 10
            values = np.asarray(numbers[band]) // (1 if each == "FRE" else 2)
            _write(product / f"{name}_{each}_{key}.tif", values, np.int16, pixel)
    for mask, values in (("CLM", numbers.get("clm", 0)), ("EDG", 0), ("MG2", 0), ("SAT", 0)):
        for group, pixel in (("R1", 10), ("R2", 20)):
            path = product / "MASKS" / f"{name}_{mask}_{group}.tif"
            _write(path, values, np.uint8, pixel)
    _, clock, level, tile, *_ = name.split("_")
    day, time, fraction = clock.split("-")
    moment = datetime.strptime(f"{day}{time}", "%Y%m%d%H%M%S").isoformat()
    text = _MTD_ALL.format(
        name=name, time=f"{moment}.{fraction}Z", level=level, tile=tile, platform=name[:10]
    )
    (product / f"{name}_MTD_ALL.xml").write_text(text)
    return product


def write_hyp3(
    folder: Path,
    numbers: Mapping[str, ArrayLike],
    settings: str = "gpuned",
    polarisation: str = "V",
) -> Path:
    """A Sentinel-1 RTC product of HyP3; its folder."""
    name = f"S1A_IW_20180704T053523_D{polarisation}P_RTC30_G_{settings}_1A2B"
    for band, values in numbers.items():
        _write(folder / name / f"{name}_{band.upper()}.tif", values, np.float32, 30, nodata=0)
    _write(folder / name / f"{name}_ls_map.tif", 1, np.uint8, 30)
    return folder / name


def write_opera(folder: Path, numbers: Mapping[str, ArrayLike]) -> str:
    """A burst of OPERA RTC-S1, a file per polarisation in `folder`; its name."""
    name = "OPERA_L2_RTC-S1_T066-140120-IW2_20180704T053523Z_20240801T000000Z_S1A_30_v1.0"
    for band, values in numbers.items():
        _write(folder / f"{name}_{band.upper()}.tif", values, np.float32, 30, nodata=np.nan)
    _write(folder / f"{name}_mask.tif", 0, np.uint8, 30)
    return name


def _write(
    path: Path,
    values: ArrayLike,
    dtype: type,
    pixel: float,
    nodata: float | None = None,
    tags: Mapping[str, Any] | None = None,
    scale: float | None = None,
) -> None:
    """One band of the ground of `CRS`, `CORNER` and `SIDE`, in pixels of some size."""
    side = round(SIDE * 10 / pixel)
    array: NDArray[Any] = np.broadcast_to(np.asarray(values), (SIDE, SIDE))
    array = array[:side, :side] if side < SIDE else array
    write_asset(path, array.astype(dtype), CRS, CORNER, pixel)
    with rasterio.open(path, "r+") as raster:
        if nodata is not None:
            raster.nodata = nodata
        if scale is not None:
            raster.scales = (scale,)
        raster.update_tags(**(tags or {}))


_MTD_MSIL2A = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-2A_User_Product xmlns:n1="https://psd-15.sentinel2.eo.esa.int/PSD/User_Product_Level-2A.xsd">
<n1:General_Info>
<Product_Info>
<PRODUCT_START_TIME>{time}</PRODUCT_START_TIME>
<PRODUCT_STOP_TIME>{time}</PRODUCT_STOP_TIME>
<PRODUCT_URI>{name}.SAFE</PRODUCT_URI>
<PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL>
<PRODUCT_TYPE>S2MSI2A</PRODUCT_TYPE>
<PROCESSING_BASELINE>{baseline}</PROCESSING_BASELINE>
<GENERATION_TIME>2023-06-12T21:42:23.000000Z</GENERATION_TIME>
<Datatake datatakeIdentifier="GS2A_{clock}_015891_N{baseline}">
<SPACECRAFT_NAME>{platform}</SPACECRAFT_NAME>
<DATATAKE_TYPE>INS-NOBS</DATATAKE_TYPE>
<DATATAKE_SENSING_START>{time}</DATATAKE_SENSING_START>
<SENSING_ORBIT_NUMBER>108</SENSING_ORBIT_NUMBER>
<SENSING_ORBIT_DIRECTION>DESCENDING</SENSING_ORBIT_DIRECTION>
</Datatake>
<Product_Organisation><Granule_List>
<Granule granuleIdentifier="S2A_OPER_MSI_L2A_TL_2APS_20230612T214223_A015891_T{tile}_N{baseline}" imageFormat="JPEG2000">
{images}
</Granule>
</Granule_List></Product_Organisation>
</Product_Info>
<Product_Image_Characteristics>
<Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>
<Special_Values><SPECIAL_VALUE_TEXT>SATURATED</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>65535</SPECIAL_VALUE_INDEX></Special_Values>
<QUANTIFICATION_VALUES_LIST>
<BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>
<AOT_QUANTIFICATION_VALUE unit="none">1000.0</AOT_QUANTIFICATION_VALUE>
</QUANTIFICATION_VALUES_LIST>
{offsets}
</Product_Image_Characteristics>
</n1:General_Info>
<n1:Geometric_Info><Product_Footprint><Product_Footprint><Global_Footprint>
<EXT_POS_LIST>{outline}</EXT_POS_LIST>
</Global_Footprint></Product_Footprint></Product_Footprint></n1:Geometric_Info>
<n1:Quality_Indicators_Info>
<Cloud_Coverage_Assessment>23.456</Cloud_Coverage_Assessment>
<Image_Content_QI><SATURATED_DEFECTIVE_PIXEL_PERCENTAGE>0.5</SATURATED_DEFECTIVE_PIXEL_PERCENTAGE></Image_Content_QI>
</n1:Quality_Indicators_Info>
</n1:Level-2A_User_Product>
"""  # noqa: E501 - as it is delivered

_MTD_ALL = """<?xml version="1.0" encoding="UTF-8"?>
<Muscate_Metadata_Document>
<Metadata_Identification><METADATA_FORMAT version="1.15">METADATA_MUSCATE</METADATA_FORMAT></Metadata_Identification>
<Dataset_Identification>
<IDENTIFIER>{name}</IDENTIFIER>
<AUTHORITY>THEIA</AUTHORITY><PRODUCER>MUSCATE</PRODUCER><PROJECT>SENTINEL2</PROJECT>
<GEOGRAPHICAL_ZONE type="Tile">{tile}</GEOGRAPHICAL_ZONE>
</Dataset_Identification>
<Product_Characteristics>
<PRODUCT_ID>{name}</PRODUCT_ID>
<ACQUISITION_DATE>{time}</ACQUISITION_DATE>
<PRODUCTION_DATE>2018-07-05T03:05:46.224Z</PRODUCTION_DATE>
<PRODUCT_VERSION>2.2</PRODUCT_VERSION>
<PRODUCT_LEVEL>{level}</PRODUCT_LEVEL>
<PLATFORM>{platform}</PLATFORM>
<ORBIT_NUMBER type="Orbit">8</ORBIT_NUMBER>
</Product_Characteristics>
<Radiometric_Informations>
<REFLECTANCE_QUANTIFICATION_VALUE>10000</REFLECTANCE_QUANTIFICATION_VALUE>
<Special_Values_List>
<SPECIAL_VALUE name="water_vapor_content_nodata">0</SPECIAL_VALUE>
<SPECIAL_VALUE name="nodata">-10000</SPECIAL_VALUE>
</Special_Values_List>
</Radiometric_Informations>
<Quality_Informations><Current_Product><Product_Quality_List level="N2"><Product_Quality source="MAJA"><Global_Index_List>
<QUALITY_INDEX name="CloudPercent">34</QUALITY_INDEX>
<QUALITY_INDEX name="SnowPercent">0</QUALITY_INDEX>
</Global_Index_List></Product_Quality></Product_Quality_List></Current_Product></Quality_Informations>
</Muscate_Metadata_Document>
"""  # noqa: E501 - as it is delivered
