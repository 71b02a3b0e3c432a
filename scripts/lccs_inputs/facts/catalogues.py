"""Where scenes are found: presets of public STAC APIs, and what other catalogues call a sensor.

Endpoints and collections as documented by Element 84 (Earth Search v1), Microsoft (Planetary
Computer) and the Copernicus Data Space. Landsat and Sentinel-1 of Earth Search are left out: their
buckets bill the reader; Sentinel-1 of the Data Space, since it is not terrain-corrected.
The config reads this module while Snakemake parses, so it imports nothing slow.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lccs_inputs.errors import SourceError

CDSE = "cdse"
"""The Copernicus Data Space Ecosystem, as a catalogue and as an edition."""
SIGNERS = ("planetary_computer", CDSE)
"""Services whose hrefs are not read as they are, by the name a config gives them."""

PARQUET_ENDINGS = (".parquet", ".geoparquet")
"""What a search that was saved as stac-geoparquet is named by."""


@dataclass(frozen=True)
class Preset:
    """A public STAC API, by the name a config gives it.

    Attributes:
        collections: sensor → its collections, in order of preference.
        sign: whose way of reading asset hrefs it is, one of `SIGNERS`; "" where they are public.
    """

    url: str
    collections: Mapping[str, tuple[str, ...]]
    sign: str = ""


PRESETS: Mapping[str, Preset] = {
    "earth_search": Preset(
        "https://earth-search.aws.element84.com/v1",
        # Collection 1 is the consistent reprocessing, with gaps (2022): the older fills them.
        {"sentinel2": ("sentinel-2-c1-l2a", "sentinel-2-l2a")},
    ),
    "planetary_computer": Preset(
        "https://planetarycomputer.microsoft.com/api/stac/v1",
        {
            "sentinel2": ("sentinel-2-l2a",),
            "landsat": ("landsat-c2-l2",),
            "sentinel1": ("sentinel-1-rtc",),
        },
        sign="planetary_computer",
    ),
    CDSE: Preset(
        "https://stac.dataspace.copernicus.eu/v1",
        {"sentinel2": ("sentinel-2-l2a",)},
        sign=CDSE,
    ),
}


DEFAULT_COLLECTIONS: Mapping[str, tuple[str, ...]] = {
    "sentinel2": ("sentinel-2-c1-l2a", "sentinel-2-l2a"),
    "landsat": ("landsat-c2-l2",),
    "hls": ("hls2-s30", "hls2-l30"),
    "sentinel1": ("sentinel-1-rtc",),
}
"""Collections looked for in any other catalogue, by sensor, in order of preference."""


def preset_of(catalogue: str) -> Preset | None:
    """The preset of that name, or at that URL; None for any other catalogue."""
    if catalogue in PRESETS:
        return PRESETS[catalogue]
    same = (preset for preset in PRESETS.values() if preset.url == catalogue.rstrip("/"))
    return next(same, None)


def url_of(catalogue: str) -> str:
    """Where a catalogue is: the URL of a preset; any other is its own URL or path."""
    preset = preset_of(catalogue)
    return preset.url if preset else catalogue


def sign_of(catalogue: str) -> str:
    """Whose way of reading hrefs a catalogue needs, one of `SIGNERS`; "" where they are public."""
    preset = preset_of(catalogue)
    return preset.sign if preset else ""


def default_collections(catalogue: str, sensor: str) -> tuple[str, ...]:
    """The collections of `sensor` in `catalogue`, in order of preference.

    Raises:
        SourceError: the preset does not offer that sensor.
    """
    preset = preset_of(catalogue)
    if preset is None:
        return DEFAULT_COLLECTIONS[sensor]
    if sensor not in preset.collections:
        able = " or ".join(name for name, other in PRESETS.items() if sensor in other.collections)
        other = able or "a catalogue of files (make catalogue)"
        raise SourceError(f"{catalogue} offers no {sensor} scenes free of charge; use {other}")
    return preset.collections[sensor]


def is_url(catalogue: str) -> bool:
    return catalogue.startswith(("http://", "https://"))
