"""Product facts, in one table: what maps made by others hold, code by code.

Codes hold for every edition unless a comment says otherwise. Sources: EEA, Copernicus Land
Monitoring Service, High Resolution Layers 2018 product specifications, CLCplus Backbone product
user manuals, and the product definitions of the EEA's quality control tool for all editions from
2017 to 2024 (EEA copernicus_quality_tools); d'Andrimont et al. 2021, From parcel to continental
scale: a first European crop type map based on Sentinel-1 and LUCAS Copernicus in-situ
observations, Remote Sensing of Environment 266, 112708; Pekel et al. 2016, High-resolution mapping
of global surface water and its long-term changes, Nature 540, 418-422; Zanaga et al. 2022, ESA
WorldCover 10 m 2021 v200; ESA, Copernicus DEM Product Handbook; Lang et al. 2023, A high-resolution
canopy height model of the Earth, Nature Ecology & Evolution 7, 1778-1789.

Credit lines are those that the licences ask for: CLMS, data policy; Global Surface Water, use and
citation; ESA WorldCover, data access; licence for Copernicus WorldDEM-30, article 4; of CC BY 4.0,
section 3 (creator, title, licence, and that the data are changed).
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

_CLMS_LICENCE = "Copernicus full, free and open access (Regulation (EU) 1159/2013)"
_CLMS_SOURCE = "European Union, Copernicus Land Monitoring Service, European Environment Agency"
_CLMS_CREDIT = (
    "Generated using European Union's Copernicus Land Monitoring Service information, "
    "European Environment Agency (EEA)"
)
_GSW_LICENCE = "Copernicus, free without restriction of use, with attribution"
_GSW_SOURCE = "European Commission, Joint Research Centre / Google, Global Surface Water 1.4"
_GSW_CREDIT = "Source: EC JRC/Google (Pekel et al. 2016, doi:10.1038/nature20584)"
_DEM_LICENCE = "Copernicus DEM GLO-30, free with attribution"
_DEM_SOURCE = (
    "Copernicus WorldDEM-30: DLR e.V. 2010-2014 and Airbus Defence and Space GmbH 2014-2018, "
    "provided under Copernicus by the European Union and ESA; all rights reserved"
)
_DEM_CREDIT = (
    "Produced using Copernicus WorldDEM-30 © DLR e.V. 2010-2014 and © Airbus Defence and Space "
    "GmbH 2014-2018 provided under COPERNICUS by the European Union and ESA; all rights reserved"
)
_CC_BY = "adapted, under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"
_UNCLASSIFIABLE = {254: "unclassifiable (cloud, shadow, snow or no image)", 255: "outside the map"}


class ProductKind(StrEnum):
    """How a product may be resampled."""

    CLASSES = "classes"
    """Codes of a legend: nearest neighbour, never mixed."""
    PERCENT = "percent"
    """Whole percent, 0 to 100: averaged or interpolated."""
    MEASURE = "measure"
    """A quantity of some unit, stored in whole steps of it: averaged or interpolated."""


@dataclass(frozen=True)
class Product:
    """A map made by others.

    Attributes:
        name: short name, as in the file names of its publisher.
        codes: valid code → meaning; empty for percentages.
        nodata_codes: every code that is no statement about the ground → why.
        nodata: the one of `nodata_codes` that means "outside the map"; all of them become this.
        dtype: NumPy name of the type codes are kept in.
        resolution: native pixel size of the main edition, m.
        source: whom to credit.
        credit: the line that the licence asks for, with `{edition}` for that; "" where it is said
            by `source` and `licence` alone.
        unit, scale, limits: of a measure: its unit, how much of it a stored step is, and the
            lowest and highest value there can be.
        of_elevation: whether it is delivered as elevation, metres, and slope is taken of it here.
        catalogue_names: what CLMS calls it in the titles of its catalogue, in any spelling that
            `clms.titles.name_key` makes one; empty where CLMS does not have it.
    """

    name: str
    title: str
    kind: ProductKind
    codes: Mapping[int, str] = field(default_factory=dict)
    nodata_codes: Mapping[int, str] = field(default_factory=lambda: dict(_UNCLASSIFIABLE))
    nodata: int = 255
    dtype: str = "uint8"
    resolution: float = 10
    licence: str = _CLMS_LICENCE
    source: str = _CLMS_SOURCE
    credit: str = _CLMS_CREDIT
    unit: str = "1"
    scale: float = 1.0
    limits: tuple[float, float] = (0.0, 0.0)
    of_elevation: bool = False
    catalogue_names: tuple[str, ...] = ()

    @property
    def valid_codes(self) -> Collection[int]:
        """The codes that say something about the ground."""
        return range(101) if self.kind is ProductKind.PERCENT else self.codes.keys()

    def credited(self, edition: str) -> str:
        """The line that whoever publishes something made of an edition repeats."""
        return self.credit.format(edition=edition) if self.credit else self.source

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, so that a job can be handed a product of the configuration."""
        return asdict(self) | {"kind": self.kind.value, "limits": list(self.limits)}


PRODUCTS: Mapping[str, Product] = {
    product.name: product
    for product in (
        Product(
            "WAW",
            "Water and Wetness",
            ProductKind.CLASSES,
            {
                0: "dry",
                1: "permanent water",
                2: "temporary water",
                3: "permanent wet",
                4: "temporary wet",
                253: "sea",  # water, although its code sits among those of nodata
            },
            catalogue_names=("Water and Wetness status", "Water and Wetness"),
        ),
        Product(
            "IMD",  # sea is 0
            "Imperviousness Density",
            ProductKind.PERCENT,
            catalogue_names=(
                "Imperviousness Density",
                "Imperviousness Degree",
                "Degree of Imperviousness",
            ),
        ),
        Product(
            "TCD",
            "Tree Cover Density",
            ProductKind.PERCENT,
            catalogue_names=("Tree Cover Density",),
        ),
        Product(
            "DLT",
            "Dominant Leaf Type",
            ProductKind.CLASSES,
            {0: "no tree", 1: "broad-leaved", 2: "coniferous"},
            catalogue_names=("Dominant Leaf Type",),
        ),
        Product(
            "FTY",  # the 100 m edition also has 3, mixed: another legend, refused as unexpected
            "Forest Type",
            ProductKind.CLASSES,
            {0: "no forest", 1: "broad-leaved", 2: "coniferous"},
            catalogue_names=("Forest Type",),
        ),
        Product(
            "GRA",  # without ploughed grass from 2017 on; the 100 m edition is percent: refused
            "Grassland",
            ProductKind.CLASSES,
            {0: "not grassland", 1: "grassland"},
            # In 2018 quality control admits 2, no document explains it: neither yes nor no.
            nodata_codes={2: "undocumented"} | _UNCLASSIFIABLE,
            catalogue_names=("Grassland", "Grassland status"),
        ),
        Product(
            "HER",  # what GRA is made from: ploughed grass and herbaceous crops included
            "Herbaceous Cover",
            ProductKind.CLASSES,
            {0: "not herbaceous", 1: "herbaceous"},
            catalogue_names=("Herbaceous cover", "Herbaceous"),
        ),
        Product(
            "CTY",
            "Crop Types",
            ProductKind.CLASSES,
            {
                0: "no crop",
                1110: "wheat",
                1120: "barley",
                1130: "maize",
                1140: "rice",
                1150: "other cereals",
                1210: "fresh vegetables",
                1220: "dry pulses",
                1310: "potatoes",
                1320: "sugar beet",
                1410: "sunflower",
                1420: "soya",
                1430: "rapeseed",
                1440: "flax, cotton and hemp",
                2100: "grapes",
                2200: "olives",
                2310: "fruits",
                2320: "nuts",
                3100: "annual crop, which one unknown",
                3200: "permanent crop, which one unknown",
            },
            nodata_codes={65535: "outside the map"},
            nodata=65535,
            dtype="uint16",
            catalogue_names=("Crop Types", "Crop Type"),
        ),
        Product(
            "CLCPLUS",
            "CLCplus Backbone",
            ProductKind.CLASSES,
            {
                1: "sealed",
                2: "woody needle-leaved trees",
                3: "woody broad-leaved deciduous trees",
                4: "woody broad-leaved evergreen trees",
                5: "low-growing woody plants",
                6: "permanent herbaceous",
                7: "periodically herbaceous",
                8: "lichens and mosses",
                9: "not or sparsely vegetated",
                10: "water",
                11: "snow and ice",
                253: "coastal sea",  # water; not in the 2018 edition
            },
            nodata_codes={254: "outside the map", 255: "no data"},
            nodata=254,
            catalogue_names=("CLCplus Backbone",),
        ),
        Product(
            "EUCROPMAP",
            "EU crop map",
            ProductKind.CLASSES,
            {
                100: "artificial land",
                211: "common wheat",
                212: "durum wheat",
                213: "barley",
                214: "rye",
                215: "oats",
                216: "maize",
                217: "rice",
                218: "triticale",
                219: "other cereals",
                221: "potatoes",
                222: "sugar beet",
                223: "other root crops",
                230: "other non-permanent industrial crops",
                231: "sunflower",
                232: "rape and turnip rape",
                233: "soya",
                240: "dry pulses",
                250: "fodder crops",
                290: "bare arable land",
                300: "woodland and shrubland, permanent crops included",
                500: "grassland",
                600: "bare land and lichens",
                700: "water",
                800: "wetlands",
            },
            nodata_codes={0: "outside the map"},
            nodata=0,
            dtype="uint16",
            licence="CC BY 4.0",
            source="European Commission, Joint Research Centre, EUCROPMAP",
            credit=f"European Commission, JRC, EUCROPMAP {{edition}}: {_CC_BY}",
        ),
        Product(
            "GSW_OCCURRENCE",
            "Surface water occurrence, 1984-2021",
            ProductKind.PERCENT,
            nodata_codes={255: "outside the map, or never observed"},
            resolution=30,
            licence=_GSW_LICENCE,
            source=_GSW_SOURCE,
            credit=_GSW_CREDIT,
        ),
        Product(
            "GSW_SEASONALITY",
            "Months with surface water, 2021",
            ProductKind.CLASSES,
            {months: f"{months} months" for months in range(13)},
            nodata_codes={255: "outside the map, or never observed"},
            resolution=30,
            licence=_GSW_LICENCE,
            source=_GSW_SOURCE,
            credit=_GSW_CREDIT,
        ),
        Product(
            "WORLDCOVER",
            "ESA WorldCover",
            ProductKind.CLASSES,
            {
                10: "tree cover",
                20: "shrubland",
                30: "grassland",
                40: "cropland",
                50: "built-up",
                60: "bare or sparse vegetation",
                70: "snow and ice",
                80: "permanent water bodies",
                90: "herbaceous wetland",
                95: "mangroves",
                100: "moss and lichen",
            },
            nodata_codes={0: "outside the map"},
            nodata=0,
            licence="CC BY 4.0",
            source="ESA WorldCover project; contains modified Copernicus Sentinel data",
            credit=(
                "© ESA WorldCover project {edition} / Contains modified Copernicus Sentinel data "
                f"({{edition}}) processed by ESA WorldCover consortium, {_CC_BY}"
            ),
        ),
        Product(
            "DEM",
            "Elevation",
            ProductKind.MEASURE,
            nodata_codes={-(2**31): "outside the map"},
            nodata=-(2**31),
            dtype="int32",
            resolution=30,
            licence=_DEM_LICENCE,
            source=_DEM_SOURCE,
            credit=_DEM_CREDIT,
            unit="m",
            scale=0.01,
            limits=(-500.0, 9000.0),
        ),
        Product(
            "SLOPE",
            "Slope",
            ProductKind.MEASURE,
            nodata_codes={2**16 - 1: "outside the map"},
            nodata=2**16 - 1,
            dtype="uint16",
            resolution=30,
            licence=_DEM_LICENCE,
            source=_DEM_SOURCE,
            credit=_DEM_CREDIT,
            unit="degree",
            scale=0.01,
            limits=(0.0, 90.0),
            of_elevation=True,
        ),
        Product(
            "CANOPY_HEIGHT",
            "Canopy height",
            ProductKind.MEASURE,
            nodata_codes={255: "outside the map"},
            licence="CC BY 4.0",
            source="ETH Zurich, EcoVision Lab, Global Canopy Height 2020",
            credit=f"Lang et al. 2023, ETH Global Canopy Height 2020, {_CC_BY}",
            unit="m",
            limits=(0.0, 100.0),
        ),
    )
}
"""Products by short name."""


def product_of(said: str | Mapping[str, Any]) -> Product:
    """A product by its short name, or one of a configuration as `Product.to_dict` gives it."""
    if isinstance(said, str):
        return PRODUCTS[said]
    kind, (lowest, highest) = ProductKind(said["kind"]), said["limits"]
    return Product(**{**said, "kind": kind, "limits": (lowest, highest)})
