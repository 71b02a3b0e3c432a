"""The assets of the stand-in: the sample's scenes and products under Earth Engine's names.

Images are made of the files that `sample.generate` writes: the scenes of its static STAC catalogue,
and its products, on the pixels and in the projection of their files.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from shapely import box
from shapely.geometry import shape

from standins.earthengine.elements import (
    Collection,
    EarthEngineError,
    Feature,
    Geometry,
    Image,
)
from standins.earthengine.pixels import Band, Raster, Target, nowhere, write_geotiff
from standins.earthengine.registry import milliseconds

Item = dict[str, Any]

SENTINEL2 = "COPERNICUS/S2_SR_HARMONIZED"
CLOUD_SCORE = "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED"
SENTINEL1 = "COPERNICUS/S1_GRD"
EUCROPMAP = "JRC/D5/EUCROPMAP/V1"
SURFACE_WATER = "JRC/GSW1_4/GlobalSurfaceWater"
WORLD_COVER = "ESA/WorldCover/v200"
COPERNICUS_DEM = "COPERNICUS/DEM/GLO30_2024_1"
SRTM = "USGS/SRTMGL1_003"
CANOPY_HEIGHT = "users/nlang/ETH_GlobalCanopyHeight_2020_10m_v1"

_SENTINEL2_BANDS = {
    "blue": "B2",
    "green": "B3",
    "red": "B4",
    "nir": "B8",
    "swir16": "B11",
    "swir22": "B12",
    "scl": "SCL",
}
_LANDSAT_BANDS = {
    "blue": "SR_B2",
    "green": "SR_B3",
    "red": "SR_B4",
    "nir08": "SR_B5",
    "swir16": "SR_B6",
    "swir22": "SR_B7",
    "qa_pixel": "QA_PIXEL",
    "qa_radsat": "QA_RADSAT",
}
# Cloud Score+ of each class of the scene classification: 1 is clear.
_CLEARNESS = {3: 0.35, 7: 0.55, 8: 0.25, 9: 0.05, 10: 0.45}
_UKRAINE = {"type": "Polygon", "coordinates": [[[22, 45], [40, 45], [40, 52], [22, 52], [22, 45]]]}
_OFFSET = 1000


class SampleAssets:
    """What can be loaded by name.

    Args:
        catalogue: `catalog.json` of the sample.
        folder: where exported assets are written.
        tables: table asset → its GeoJSON features.
    """

    def __init__(self, catalogue: Path, folder: Path, tables: Mapping[str, list[Item]]) -> None:
        self.sample, self._folder = catalogue.parent, folder
        self._tables = {name: _table(features) for name, features in tables.items()}
        self._items = _read_items(catalogue)
        self.exported: dict[str, Image] = {}
        self.folders: dict[str, Item] = {}
        self._maps: dict[str, Callable[[], Image]] = {
            SURFACE_WATER: self._surface_water,
            CANOPY_HEIGHT: self._canopy,
            SRTM: lambda: self._heights("elevation", SRTM),
        }
        self._series: dict[str, Callable[[], list[Image]]] = {
            SENTINEL2: lambda: self._scenes("sentinel-2-l2a", _sentinel2),
            CLOUD_SCORE: lambda: self._scenes("sentinel-2-l2a", _cloud_score),
            SENTINEL1: lambda: self._scenes("sentinel-1-rtc", _sentinel1),
            EUCROPMAP: self._crop_maps,
            WORLD_COVER: lambda: [self._world_cover()],
            COPERNICUS_DEM: lambda: [self._heights("DEM", f"{COPERNICUS_DEM}/N46E006")],
            **{
                f"LANDSAT/{sensor}/C02/{tier}_L2": lambda s=sensor, t=tier: self._landsat(s, t)
                for sensor in ("LC08", "LC09", "LE07")
                for tier in ("T1", "T2")
            },
        }
        self._loaded: dict[str, Collection] = {}

    @cached_property
    def indices(self) -> dict[str, str]:
        """STAC id of each scene → its `system:index`."""
        return {item["id"]: _NAMES[item["collection"]](item) for item in self._items}

    def collection(self, name: str) -> Collection:
        if name not in self._series:
            raise _missing("ImageCollection.load: ImageCollection", name)
        if name not in self._loaded:
            images = sorted(self._series[name](), key=lambda e: str(e.properties["system:index"]))
            self._loaded[name] = Collection(tuple(images), id=name)
        return self._loaded[name]

    def image(self, name: str) -> Image:
        if name in self._maps:
            image = self._maps[name]()
            self._maps[name] = lambda: image
            return image
        if name in self.exported:
            return self.exported[name]
        folder, _, index = name.rpartition("/")
        if folder in self._series:
            for element in self.collection(folder).elements:
                if element.properties["system:index"] == index and isinstance(element, Image):
                    return element
        raise _missing("Image.load: Image", name)

    def table(self, name: str) -> Collection:
        if name not in self._tables:
            raise _missing("Collection.loadTable: Collection", name)
        return self._tables[name]

    def describe(self, name: str) -> Item | None:
        """What `assets.get` answers; None if there is no such asset."""
        if name in self.folders:
            return self.folders[name]
        kinds = [
            ("IMAGE_COLLECTION", self.collection),
            ("IMAGE", self.image),
            ("TABLE", self.table),
        ]
        for kind, load in kinds:
            try:
                found: Any = load(name)
            except EarthEngineError:
                continue
            properties = getattr(found, "properties", {})
            return {"type": kind, "name": name, "id": name, "properties": dict(properties)}
        return None

    def export(self, name: str, image: Image, target: Target) -> None:
        """Store an image as an asset, on `target`."""
        path = self._folder / "assets" / f"{name.replace('/', '+')}.tif"
        write_geotiff(path, list(image.bands), target)
        self.exported[name] = _image(
            name, {band.name: Raster(str(path), i) for i, band in enumerate(image.bands, 1)},
            dict(image.properties), image.geometry,
        )  # fmt: skip

    def create(self, parent: str, query: Mapping[str, str], body: Item) -> Item:
        """Make a folder or an empty collection to export into; only its name is kept."""
        name = f"{parent}/{query['assetId']}"
        self.folders[name] = {"name": name, "id": name, **body}
        return self.folders[name]

    def delete(self, name: str) -> Item | None:
        found = self.exported.pop(name, None) or self.folders.pop(name, None)
        return None if found is None else {}

    # --- scenes --------------------------------------------------------------------------------

    def _scenes(self, collection: str, make: Callable[[Item, Path], Image]) -> list[Image]:
        wanted = [item for item in self._items if item["collection"] == collection]
        return [make(item, self.sample / collection / item["id"]) for item in wanted]

    def _landsat(self, sensor: str, tier: str) -> list[Image]:
        images = self._scenes("landsat-c2-l2", _landsat)
        return [
            image for image in images if image.id.startswith(f"LANDSAT/{sensor}/C02/{tier}_L2/")
        ]

    # --- maps ----------------------------------------------------------------------------------

    def _crop_maps(self) -> list[Image]:
        """2018, and the two of 2022: that of the Ukraine comes first, and sees nothing here."""
        path = self.sample / "products" / "EUCROPMAP_2018.tif"
        bands, extent = {"classification": Raster(str(path))}, _extent(path)
        first, *others = (
            _dated(_image(f"{EUCROPMAP}/{name}", bands, {}, extent), name[:4])
            for name in ("2022-1-ukraine", "2018", "2022-2-eu27")
        )
        empty = [_nothing(band) for band in first.bands]
        return [replace(first, bands=tuple(empty), geometry=Geometry(shape(_UKRAINE))), *others]

    def _world_cover(self) -> Image:
        path = self._product("WORLDCOVER_2021")
        return _dated(_image(f"{WORLD_COVER}/2021", {"Map": Raster(str(path), nodata=0)}, {},
                             _extent(path)), "2021")  # fmt: skip

    def _surface_water(self) -> Image:
        """Occurrence and seasonality where water ever was, masked elsewhere; its extent is not."""
        occurrence = str(self._product("GSW_OCCURRENCE"))
        bands = {
            "occurrence": Raster(occurrence, nodata=0),
            "seasonality": Raster(str(self._product("GSW_SEASONALITY")), nodata=0),
            "max_extent": Raster(occurrence, convert=lambda v: (v > 0).astype(np.uint8)),
        }
        return _image(SURFACE_WATER, bands, {}, _extent(Path(occurrence)))

    def _heights(self, band: str, name: str) -> Image:
        """The elevation model of the sample, in whole metres for SRTM."""
        path = self._product("DEM")
        convert = (lambda v: np.rint(v).astype(np.int16)) if name == SRTM else None
        return _image(name, {band: Raster(str(path), convert=convert)}, {}, _extent(path))

    def _canopy(self) -> Image:
        path = self._product("CANOPY_HEIGHT_2020")
        return _image(CANOPY_HEIGHT, {"b1": Raster(str(path), nodata=255)}, {}, _extent(path))

    def _product(self, name: str) -> Path:
        return self.sample / "products" / f"{name}.tif"


def _missing(what: str, name: str) -> EarthEngineError:
    return EarthEngineError(
        f"{what} asset '{name}' not found (does not exist or caller does not have access)."
    )


def _read_items(catalogue: Path) -> list[Item]:
    documents = []
    for child in _links(json.loads(catalogue.read_text()), "child"):
        collection = catalogue.parent / child
        for link in _links(json.loads(collection.read_text()), "item"):
            documents.append(json.loads((collection.parent / link).read_text()))
    return documents


def _links(document: Item, rel: str) -> list[str]:
    return [link["href"] for link in document["links"] if link["rel"] == rel]


def _table(features: list[Item]) -> Collection:
    made = [
        Feature(
            Geometry(shape(feature["geometry"])),
            {"system:index": f"{i:08d}", **feature.get("properties", {})},
        )
        for i, feature in enumerate(features)
    ]
    return Collection(tuple(made), of_images=False)


def _image(
    name: str, rasters: Mapping[str, Raster], properties: Item, geometry: Geometry | None
) -> Image:
    bands = tuple(raster.band(band) for band, raster in rasters.items())
    index = {"system:index": name.rpartition("/")[2]}
    return Image(bands, {**index, **properties}, geometry, name)


def _dated(image: Image, year: str) -> Image:
    times = {
        "system:time_start": milliseconds(f"{year}-01-01"),
        "system:time_end": milliseconds(f"{int(year) + 1}-01-01"),
    }
    return image.with_properties({**image.properties, **times})


def _nothing(band: Band) -> Band:
    return replace(band, compute=lambda target: nowhere(target, band.dtype))


def _extent(path: Path) -> Geometry:
    with rasterio.open(path) as raster:
        return Geometry(box(*raster.bounds), f"EPSG:{raster.crs.to_epsg()}")


def _asset_path(item: Item, folder: Path, name: str) -> str:
    return str((folder / item["assets"][name]["href"]).resolve())


def _time(item: Item) -> int:
    return milliseconds(item["properties"]["datetime"].replace("Z", "+00:00"))


def _stamp(text: str) -> str:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).strftime("%Y%m%dT%H%M%S")


# --- how each collection words a scene ---------------------------------------------------------


def _sentinel2_index(item: Item) -> str:
    """Start of the datatake, the same for all granules of a pass, time of processing, tile."""
    properties = item["properties"]
    started, made = _stamp(properties["datetime"])[:-2] + "00", _stamp(properties["created"])
    return f"{started}_{made}_T{properties['grid:code'].removeprefix('MGRS-')}"


def _sentinel2_properties(item: Item) -> Item:
    properties = item["properties"]
    platform = properties["platform"].replace("sentinel", "Sentinel").replace("-2a", "-2A")
    baseline = properties["s2:processing_baseline"]
    tile = properties["grid:code"].removeprefix("MGRS-")
    return {
        "system:time_start": _time(item),
        "system:time_end": _time(item),
        "CLOUDY_PIXEL_PERCENTAGE": properties["eo:cloud_cover"],
        "CLOUD_SHADOW_PERCENTAGE": properties["s2:cloud_shadow_percentage"],
        "NODATA_PIXEL_PERCENTAGE": properties["s2:nodata_pixel_percentage"],
        "SATURATED_DEFECTIVE_PIXEL_PERCENTAGE": properties[
            "s2:saturated_defective_pixel_percentage"
        ],
        "MGRS_TILE": tile,
        "SPACECRAFT_NAME": platform.replace("-2b", "-2B").replace("-2c", "-2C"),
        "PROCESSING_BASELINE": baseline,
        "GENERATION_TIME": milliseconds(properties["created"].replace("Z", "+00:00")),
        "SENSING_ORBIT_NUMBER": properties["sat:relative_orbit"],
        "SENSING_ORBIT_DIRECTION": "DESCENDING",
        "PRODUCT_ID": f"S2{platform[-1].upper()}_MSIL2A_{_stamp(properties['datetime'])}_"
        f"N{baseline.replace('.', '')}_R{properties['sat:relative_orbit']:03d}_T{tile}_"
        f"{_stamp(properties['created'])}",
        "GRANULE_ID": item["id"],
    }


def _without_offset(numbers: NDArray[Any]) -> NDArray[Any]:
    """As the harmonised collection takes it off; below it, numbers are 0 (they are unsigned)."""
    return np.where(numbers > _OFFSET, numbers - np.uint16(_OFFSET), 0).astype(np.uint16)


def _sentinel2(item: Item, folder: Path) -> Image:
    offset = item["assets"]["red"]["raster:bands"][0]["offset"]
    pending = offset != 0 and not item["properties"]["earthsearch:boa_offset_applied"]
    rasters = {
        band: Raster(
            _asset_path(item, folder, asset),
            nodata=0,
            convert=_without_offset if pending and band != "SCL" else None,
        )
        for asset, band in _SENTINEL2_BANDS.items()
    }
    name = f"{SENTINEL2}/{_sentinel2_index(item)}"
    return _image(name, rasters, _sentinel2_properties(item), Geometry(shape(item["geometry"])))


def _cloud_score(item: Item, folder: Path) -> Image:
    table = np.full(256, 0.93)
    for code, clearness in _CLEARNESS.items():
        table[code] = clearness
    path = _asset_path(item, folder, "scl")
    rasters = {
        "cs": Raster(path, nodata=0, convert=lambda classes: table[classes]),
        "cs_cdf": Raster(path, nodata=0, convert=lambda classes: np.sqrt(table[classes])),
    }
    properties = {"system:time_start": _time(item), "MGRS_TILE": item["properties"]["grid:code"]}
    name = f"{CLOUD_SCORE}/{_sentinel2_index(item)}"
    return _image(name, rasters, properties, Geometry(shape(item["geometry"])))


def _landsat_index(item: Item) -> str:
    prefix, _, path_row, day = item["id"].split("_")[:4]
    return f"{prefix}_{path_row}_{day}"


def _landsat(item: Item, folder: Path) -> Image:
    properties, index = item["properties"], _landsat_index(item)
    tier = properties["landsat:collection_category"]
    rasters = {
        band: Raster(_asset_path(item, folder, asset), nodata=0 if band.startswith("SR") else None)
        for asset, band in _LANDSAT_BANDS.items()
    }
    served = {
        "system:time_start": _time(item),
        "CLOUD_COVER": properties["eo:cloud_cover"],
        "CLOUD_COVER_LAND": properties["landsat:cloud_cover_land"],
        "SPACECRAFT_ID": properties["platform"].upper().replace("-", "_"),
        "WRS_PATH": int(properties["landsat:wrs_path"]),
        "WRS_ROW": int(properties["landsat:wrs_row"]),
        "COLLECTION_CATEGORY": tier,
        "COLLECTION_NUMBER": 2,
        "PROCESSING_LEVEL": properties["landsat:correction"],
        "LANDSAT_PRODUCT_ID": item["id"],
    }
    name = f"LANDSAT/{index.split('_')[0]}/C02/{tier}_L2/{index}"
    return _image(name, rasters, served, Geometry(shape(item["geometry"])))


def _sentinel1_index(item: Item) -> str:
    return str(item["id"].removesuffix("_rtc"))


def _decibels(power: NDArray[Any]) -> NDArray[Any]:
    with np.errstate(all="ignore"):
        return np.where(power > 0, 10 * np.log10(power.astype(float)), np.nan)


def _sentinel1(item: Item, folder: Path) -> Image:
    properties = item["properties"]
    rasters = {
        band: Raster(_asset_path(item, folder, band.lower()), convert=_decibels)
        for band in ("VV", "VH")
    }
    served = {
        "system:time_start": _time(item),
        "instrumentMode": properties["sar:instrument_mode"],
        "orbitProperties_pass": properties["sat:orbit_state"].upper(),
        "relativeOrbitNumber_start": properties["sat:relative_orbit"],
        "transmitterReceiverPolarisation": properties["sar:polarizations"],
        "platform_number": properties["platform"][-1],
        "resolution": "H",
        "resolution_meters": 10,
        "productType": "GRD",
    }
    name = f"{SENTINEL1}/{_sentinel1_index(item)}"
    return _image(name, rasters, served, Geometry(shape(item["geometry"])))


_NAMES: Mapping[str, Callable[[Item], str]] = {
    "sentinel-2-l2a": _sentinel2_index,
    "landsat-c2-l2": _landsat_index,
    "sentinel-1-rtc": _sentinel1_index,
}
