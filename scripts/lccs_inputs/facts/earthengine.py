"""How Earth Engine names what `sensors` describes: collections, bands, encodings, properties.

Sources: the Earth Engine data catalogue pages of the collections named here. The harmonised
Sentinel-2 collection has lost the offset of processing baseline 04.00; Landsat keeps the numbers
of USGS; Sentinel-1 GRD is sigma naught in decibels, where the Planetary Computer's RTC is linear
gamma naught: their medians are comparable, not equal.
The config reads this module while Snakemake parses, so it imports nothing slow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

PRODUCT_RECIPE = 1
"""Version of what an exported product means."""

RECIPE = 2
"""Version of what the graphs mean; raise it when their pixels would change, and only then."""

CATALOGUE = "earthengine"
"""What a scene list of this engine names as its catalogue."""

CLOUD_SCORE_COLLECTION = "GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED"
"""Cloud Score+: one image per Sentinel-2 image, of the same index (Pasquarella et al. 2023)."""


@dataclass(frozen=True)
class Offer:
    """What Earth Engine offers of a sensor.

    Attributes:
        collections: the image collections of its scenes.
        lesser: those of lesser geometric quality (Landsat Tier 2), only where asked for.
        since: day of its first image, where that is later than the sensor's.
        bands: canonical name (`Sensor.assets`) → band.
        slope, zero: stored number of the scene set = slope × number + zero.
        properties: image property → the STAC property that says the same.
    """

    collections: tuple[str, ...]
    bands: Mapping[str, str]
    slope: float
    zero: float
    properties: Mapping[str, str]
    lesser: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True)
class ProductOffer:
    """Where Earth Engine has a product, by edition.

    Attributes:
        assets: edition → an image, or a collection of images of which the last that knows a pixel
            counts. Of a collection of several years only the images of the edition's are taken.
        band: the band that holds the product.
        inside: a band whose mask says where the map is, of a product that is masked where it is 0.
    """

    assets: Mapping[str, str]
    band: str
    is_collection: bool = True
    inside: str = ""


_SURFACE_WATER = {"static": "JRC/GSW1_4/GlobalSurfaceWater"}
_ELEVATION = {"static": "COPERNICUS/DEM/GLO30_2024_1"}  # before: COPERNICUS/DEM/GLO30, deprecated

PRODUCT_OFFERS: Mapping[str, ProductOffer] = {
    # 2022 is two images, of the European Union and of the Ukraine.
    "EUCROPMAP": ProductOffer(
        {"2018": "JRC/D5/EUCROPMAP/V1", "2022": "JRC/D5/EUCROPMAP/V1"}, "classification"
    ),
    "GSW_OCCURRENCE": ProductOffer(_SURFACE_WATER, "occurrence", False, "max_extent"),
    "GSW_SEASONALITY": ProductOffer(_SURFACE_WATER, "seasonality", False, "max_extent"),
    "WORLDCOVER": ProductOffer(
        {"2020": "ESA/WorldCover/v100", "2021": "ESA/WorldCover/v200"}, "Map"
    ),
    "DEM": ProductOffer(_ELEVATION, "DEM"),
    "SLOPE": ProductOffer(_ELEVATION, "DEM"),
    "CANOPY_HEIGHT": ProductOffer(
        {"2020": "users/nlang/ETH_GlobalCanopyHeight_2020_10m_v1"}, "b1", False
    ),
}
"""By product. Source: the pages of these assets in the Earth Engine data catalogue."""

OFFERS: Mapping[str, Offer] = {
    "sentinel2": Offer(
        collections=("COPERNICUS/S2_SR_HARMONIZED",),
        since=date(2017, 3, 28),
        bands={
            "blue": "B2",
            "green": "B3",
            "red": "B4",
            "nir": "B8",
            "swir16": "B11",
            "swir22": "B12",
            "scl": "SCL",
        },
        slope=1,
        zero=0,
        properties={
            "SPACECRAFT_NAME": "platform",
            "MGRS_TILE": "s2:mgrs_tile",
            "CLOUDY_PIXEL_PERCENTAGE": "eo:cloud_cover",
            "SATURATED_DEFECTIVE_PIXEL_PERCENTAGE": "s2:saturated_defective_pixel_percentage",
            "PROCESSING_BASELINE": "s2:processing_baseline",
            "GENERATION_TIME": "updated",
            "DATATAKE_IDENTIFIER": "s2:datatake_id",
        },
    ),
    "landsat": Offer(
        collections=("LANDSAT/LC08/C02/T1_L2", "LANDSAT/LC09/C02/T1_L2"),
        lesser=("LANDSAT/LC08/C02/T2_L2", "LANDSAT/LC09/C02/T2_L2"),
        bands={
            "blue": "SR_B2",
            "green": "SR_B3",
            "red": "SR_B4",
            "nir": "SR_B5",
            "swir16": "SR_B6",
            "swir22": "SR_B7",
            "qa_pixel": "QA_PIXEL",
            "qa_radsat": "QA_RADSAT",
        },
        slope=0.275,
        zero=-2000,
        properties={
            "SPACECRAFT_ID": "platform",
            "COLLECTION_CATEGORY": "landsat:collection_category",
            "WRS_PATH": "landsat:wrs_path",
            "WRS_ROW": "landsat:wrs_row",
            "CLOUD_COVER": "eo:cloud_cover",
            "DATE_PRODUCT_GENERATED": "updated",
        },
    ),
    "sentinel1": Offer(
        collections=("COPERNICUS/S1_GRD",),
        bands={"vv": "VV", "vh": "VH"},
        slope=100,
        zero=0,
        properties={
            "platform_number": "platform",
            "instrumentMode": "sar:instrument_mode",
            "transmitterReceiverPolarisation": "sar:polarizations",
            "orbitProperties_pass": "sat:orbit_state",
            "relativeOrbitNumber_start": "sat:relative_orbit",
        },
    ),
}
"""By sensor. Landsat's slope and zero are 2.75e-5 and −0.2 in steps of 10⁻⁴."""

ASSET, DRIVE, CLOUD_STORAGE, NEVER = "asset", "drive", "cloud_storage", "never"
"""Where batch exports may go, if anywhere."""
