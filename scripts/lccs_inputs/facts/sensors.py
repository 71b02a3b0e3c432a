"""Sensor facts, in one table: bands, encodings, masks, and how catalogues name them.

Sources: Sentinel-2 Products Specification Document 15.0 (scene classification, reflectance
quantification and, from processing baseline 04.00, the −1000 BOA offset); USGS Landsat 8-9
Collection 2 Level 2 Science Product Guide, LSDS-1619 (scale 2.75e-5, offset −0.2, QA_PIXEL and
QA_RADSAT bits); HLS Product User Guide 2.0 (Fmask bits); CNES, Sentinel-2 L2A product format of
Theia (CLM bits); Sentinel-1 RTC as served by the Planetary Computer (linear gamma naught); first
days as the Earth Engine data catalogue has them.

Credit lines are those that the licences ask for: European Commission, Legal notice on the use of
Copernicus Sentinel Data and Service Information; USGS EROS Center, Data citation; NASA LP DAAC, HLS
2.0 products, by their DOIs; Theia, licence of its products; Google, Cloud Score+ (CC BY 4.0).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

OPTICAL_BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
"""Reflectance bands of Sentinel-2 and Landsat, STAC common names (Landsat's nir08 is nir)."""
TRUE_COLOUR = ("red", "green", "blue")
"""Bands that are shown as the eye sees them."""
NDVI = "(max(nir, 0) - max(red, 0)) / (max(nir, 0) + max(red, 0))"
"""NDVI of an observation (Rouse et al. 1974); reflectance below 0 counts as 0."""
NDVI_STATISTICS = ("mean", "median", "max", "min", "stddev", "p10", "p25", "p75", "p90")
"""Statistics of NDVI over the clear observations; band names are `ndvi_<statistic>`."""
CLEAR_COUNT = "clear_count"
"""The band that counts the clear observations; every scene set has it, in no scale."""

SHARE, MONTHS, LONGEST, FIRST, LAST = "share", "months", "longest", "first", "last"
OBSERVATION_FUNCTIONS = (SHARE, MONTHS, LONGEST, FIRST, LAST)
"""What the observations in which a condition holds come to. A band of one, or of a statistic of an
index, is named by it and by the expression, over the bands of the sensor: `share(nir > 0.3)`."""

REFLECTANCE_SCALE = 1e-4
"""Reflectance, NDVI and its statistics are stored as int16 × 10⁴."""
DECIBEL_SCALE = 1e-2
"""Backscatter is stored as int16 decibels × 100."""

REFLECTANCE_LIMITS = (-0.2, 3.2767)
"""What a composite can hold: the lowest offset of the sensors, and the highest int16 in its scale.
"""
USERS_BASELINE = "99.99"
"""What Sen2Cor writes for the processing baseline as users run it, whatever scene it corrects."""
DECIBEL_LIMITS = (-327.67, 327.67)

_SCALES = {
    SHARE: REFLECTANCE_SCALE,
    **dict.fromkeys((CLEAR_COUNT, MONTHS, LONGEST, FIRST, LAST), 1.0),
}
"""Of the bands that are in other scales than those of their sensor."""

SCENE_NODATA = -32768
"""Nodata of int16 scene bands; never 0, since valid reflectance can be 0 or less."""


class SensorKind(StrEnum):
    OPTICAL = "optical"
    """Stored whole numbers encode reflectance."""
    RADAR = "radar"
    """Stored floating-point numbers are linear backscatter, composited in decibels."""


class MaskKind(StrEnum):
    CLASSES = "classes"
    """The mask asset holds classes; those listed are masked."""
    BITS = "bits"
    """The mask asset holds bit flags; a pixel with any listed bit set is masked."""


LAST_CLASS = {"scl": 11}
"""Mask asset of classes → the last class its publisher describes; what is above is not clear."""


@dataclass(frozen=True)
class Mask:
    """A cloud mask: the canonical asset it is read from and what it removes by default."""

    asset: str
    kind: MaskKind
    values: tuple[int, ...]


CLOUD_SCORE = "cloud_score"
"""The mask of a Sentinel-2 scene set that is Cloud Score+, where an engine has it."""
CLOUD_SCORE_CREDIT = (
    "Cloud Score+ by Google (Pasquarella et al. 2023), under CC BY 4.0 "
    "(https://creativecommons.org/licenses/by/4.0/)"
)


@dataclass(frozen=True)
class CloudScore:
    """Pixels are clear where Cloud Score+ (Pasquarella et al. 2023) is at least `least`.

    Attributes:
        band: `cs_cdf`, robust to haze and terrain, or `cs`, stricter on thin cloud.
        least: 0 to 1; the data catalogue suggests 0.5 to 0.65.
    """

    band: str
    least: float


SceneMask = Mask | CloudScore | None
"""How the pixels of a scene are masked; None keeps every observation."""


@dataclass(frozen=True)
class Sensor:
    """What is known of a sensor.

    Attributes:
        bands: bands read from each scene, and the medians of a scene set.
        assets: canonical name → names catalogues give that asset, in order of preference.
        scale, offset: the encoding bands are composited in: value = scale × number + offset.
            Scenes whose offset differs are shifted to it by a whole number first.
        file_offset: of numbers whose item does not say it; None for `offset`.
        platforms: accepted platforms, lower case without separators; successors that are planned
            are among them, since they fly before anyone releases this table anew.
        masks: the cloud masks a scene set can choose, by name.
        saturation: flags saturated pixels; always applied.
        resolution: finest native pixel size, m.
        since: day of its first images; no archive has older ones.
        licence: of its data, wherever they are read.
        credits: the lines that it asks for, with `{years}` for those of the scenes.
    """

    name: str
    title: str
    kind: SensorKind
    bands: tuple[str, ...]
    assets: Mapping[str, tuple[str, ...]]
    scale: float
    offset: float
    platforms: tuple[str, ...]
    masks: Mapping[str, Mask]
    default_mask: str
    resolution: float
    since: date
    licence: str
    credits: tuple[str, ...]
    saturation: Mask | None = None
    file_offset: float | None = None

    @property
    def usual_offset(self) -> float:
        """Of numbers in the usual scale, where nothing is said of it."""
        return self.offset if self.file_offset is None else self.file_offset

    @property
    def is_radar(self) -> bool:
        return self.kind is SensorKind.RADAR

    @property
    def has_true_colour(self) -> bool:
        """Whether its scene sets can be shown as the eye sees."""
        return {*TRUE_COLOUR} <= {*self.bands}

    @property
    def ndvi_bands(self) -> tuple[str, ...]:
        """Statistics of NDVI that its scene sets have, in the order of `NDVI_STATISTICS`."""
        has_ndvi = not self.is_radar and {"red", "nir"} <= {*self.bands}
        return tuple(f"ndvi_{name}" for name in NDVI_STATISTICS) if has_ndvi else ()

    @property
    def validity_bands(self) -> tuple[str, ...]:
        """The bands that decide, with the masks, whether a pixel was observed.

        They stay the same whatever bands are asked for.
        """
        return ("red", "nir") if self.ndvi_bands else self.bands

    def read_with(self, mask: str) -> tuple[str, ...]:
        """What is read of each scene: its bands, the asset of a mask, and what flags bad pixels.

        Args:
            mask: one of `masks`, or any other name for none.
        """
        unused = {option.asset for name, option in self.masks.items() if name != mask}
        return tuple(name for name in self.assets if name not in unused)

    @property
    def scene_set_bands(self) -> tuple[str, ...]:
        """The bands of a scene set of this sensor: what names can follow its dot."""
        return (*self.bands, *self.ndvi_bands, CLEAR_COUNT)

    @property
    def scale_of_bands(self) -> float:
        """In which its bands and their statistics are stored: physical = stored × scale."""
        return DECIBEL_SCALE if self.is_radar else REFLECTANCE_SCALE

    def scales_of(self, bands: Iterable[str]) -> tuple[float, ...]:
        """Scale of each of some bands, those of expressions among them."""
        own = self.scale_of_bands
        return tuple(_SCALES.get(band.partition("(")[0], own) for band in bands)

    def in_order(self, bands: Iterable[str]) -> tuple[str, ...]:
        """Bands as a block has them: in the order of `scene_set_bands`, and before the clear count
        those of expressions, in the order of their text."""
        named = {*bands}
        *own, count = self.scene_set_bands
        expressions = sorted(named - {*self.scene_set_bands})
        return tuple(band for band in (*own, *expressions, count) if band in named)


_SENTINEL_LICENCE = "Copernicus full, free and open access (Regulation (EU) 1159/2013)"
_SENTINEL_CREDIT = "Contains modified Copernicus Sentinel data {years}"
_LANDSAT_CREDIT = "Landsat images courtesy of the U.S. Geological Survey"
COLLECTION_CREDITS: Mapping[str, str] = {
    "theia-sentinel2-l2a": (
        "Value-added data processed by CNES for the Theia data cluster (www.theia-land.fr) using "
        "Copernicus data; the processing uses algorithms developed by Theia's Scientific Expertise "
        "Centres"
    ),
}
"""Collection → the line that those who made it of the sensor's data ask for besides."""


def _satellites(series: str, members: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{series}{member}" for member in members)


SENSORS: Mapping[str, Sensor] = {
    sensor.name: sensor
    for sensor in (
        Sensor(
            name="sentinel2",
            title="Sentinel-2",
            kind=SensorKind.OPTICAL,
            bands=OPTICAL_BANDS,
            assets={
                "blue": ("blue", "B02", "B02_10m"),
                "green": ("green", "B03", "B03_10m"),
                "red": ("red", "B04", "B04_10m"),
                "nir": ("nir", "B08", "B08_10m"),
                "swir16": ("swir16", "B11", "B11_20m"),
                "swir22": ("swir22", "B12", "B12_20m"),
                "scl": ("scl", "SCL", "SCL_20m"),
                "clm": ("clm", "CLM"),
            },
            scale=1e-4,
            offset=-0.1,
            platforms=_satellites("sentinel2", "abcdef"),
            # 3 cloud shadow, 7 unclassified, 8 and 9 cloud, 10 thin cirrus, as in the notebook;
            # 0 no data and 1 saturated or defective are no observation either.
            # CLM of MAJA (Theia): bits of clouds, thin ones (4), shadows (5, 6) and cirrus (7).
            masks={
                "scl": Mask("scl", MaskKind.CLASSES, (0, 1, 3, 7, 8, 9, 10)),
                "clm": Mask("clm", MaskKind.BITS, (0, 1, 2, 3, 4, 5, 6, 7)),
            },
            default_mask="scl",
            resolution=10,
            since=date(2015, 6, 27),
            licence=_SENTINEL_LICENCE,
            credits=(_SENTINEL_CREDIT,),
        ),
        Sensor(
            name="landsat",
            title="Landsat",
            kind=SensorKind.OPTICAL,
            bands=OPTICAL_BANDS,
            assets={
                "blue": ("blue", "SR_B2"),
                "green": ("green", "SR_B3"),
                "red": ("red", "SR_B4"),
                "nir": ("nir08", "SR_B5"),
                "swir16": ("swir16", "SR_B6"),
                "swir22": ("swir22", "SR_B7"),
                "qa_pixel": ("qa_pixel", "QA_PIXEL"),
                "qa_radsat": ("qa_radsat", "QA_RADSAT"),
            },
            scale=2.75e-5,
            offset=-0.2,
            platforms=_satellites("landsat", ("8", "9", "10", "11", "12")),
            # Bits 0 fill, 1 dilated cloud, 2 cirrus, 3 cloud, 4 cloud shadow. The notebook tested
            # 1 << 3 and 1 << 5 (Collection 1): cloud and snow, never shadow or cirrus.
            masks={"qa_pixel": Mask("qa_pixel", MaskKind.BITS, (0, 1, 2, 3, 4))},
            default_mask="qa_pixel",
            resolution=30,
            since=date(2013, 3, 18),
            licence="public domain (USGS), with credit",
            credits=(_LANDSAT_CREDIT,),
            # Bit n − 1 is band n: the six bands that are read.
            saturation=Mask("qa_radsat", MaskKind.BITS, (1, 2, 3, 4, 5, 6)),
        ),
        Sensor(
            name="hls",
            title="Harmonized Landsat Sentinel-2",
            kind=SensorKind.OPTICAL,
            bands=OPTICAL_BANDS,
            # S30 and L30 number their bands differently: B05 of one is red edge, of the other near
            # infrared. So numbers name nothing here; `bands` of a scene set of one of them does.
            assets={
                "blue": ("blue", "B02"),
                "green": ("green", "B03"),
                "red": ("red", "B04"),
                "nir": ("nir",),
                "swir16": ("swir16",),
                "swir22": ("swir22",),
                "fmask": ("fmask", "Fmask"),
            },
            scale=1e-4,
            offset=-0.2,
            file_offset=0.0,
            platforms=(
                *_satellites("landsat", ("8", "9", "10", "11", "12")),
                *_satellites("sentinel2", "abcdef"),
            ),
            # Bits 0 cirrus (version 1), 1 cloud, 2 adjacent to cloud or shadow, 3 shadow.
            masks={"fmask": Mask("fmask", MaskKind.BITS, (0, 1, 2, 3))},
            default_mask="fmask",
            resolution=30,
            since=date(2013, 4, 11),
            licence="free and open (NASA LP DAAC), with citation; of Sentinel-2 that of Copernicus",
            credits=(
                _SENTINEL_CREDIT,
                _LANDSAT_CREDIT,
                "Harmonized Landsat Sentinel-2 (HLS) 2.0, NASA LP DAAC, "
                "doi:10.5067/HLS/HLSS30.002 and doi:10.5067/HLS/HLSL30.002",
            ),
        ),
        Sensor(
            name="sentinel1",
            title="Sentinel-1",
            kind=SensorKind.RADAR,
            bands=("vv", "vh"),
            assets={"vv": ("vv", "VV", "gamma0_vv"), "vh": ("vh", "VH", "gamma0_vh")},
            scale=1.0,
            offset=0.0,
            platforms=_satellites("sentinel1", "abcdef"),
            masks={},
            default_mask="none",
            resolution=10,
            since=date(2014, 10, 3),
            licence=_SENTINEL_LICENCE,
            credits=(_SENTINEL_CREDIT,),
        ),
    )
}

OBSERVED_BANDS = frozenset(band for sensor in SENSORS.values() for band in sensor.bands)
"""What each observation of some sensor has."""
