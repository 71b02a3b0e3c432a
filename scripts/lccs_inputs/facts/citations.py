"""What data are called where they are cited: DOIs, and articles where those are what to cite.

DOIs of data as their publishers give them: EEA geospatial data catalogue (CLCplus Backbone); Zenodo
(ESA WorldCover); ESA (Copernicus DEM; Sentinel-2 level 2A of Collection 1, as `PRODUCT_DOI` of its
products from processing baseline 05.00 on); USGS EROS (Landsat 8-9 Collection 2 level 2); NASA LP
DAAC (HLS 2.0). What is not here has none that is known to be its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lccs_inputs.facts.sensors import USERS_BASELINE


@dataclass(frozen=True)
class Citation:
    """How something is cited.

    Attributes:
        doi: without the address of a resolver.
        authors: as BibTeX has them; with `title`, `journal` and `year` of an article that describes
            the data, "" and 0 where the data themselves have the DOI.
    """

    doi: str
    authors: str = ""
    title: str = ""
    journal: str = ""
    year: int = 0


ANY = ""
"""Every edition."""

_DEM = {ANY: Citation("10.5270/ESA-c5d3d65")}
_WATER = {
    ANY: Citation(
        "10.1038/nature20584",
        "Pekel, Jean-François and Cottam, Andrew and Gorelick, Noel and Belward, Alan S.",
        "High-resolution mapping of global surface water and its long-term changes",
        "Nature",
        2016,
    )
}

PRODUCT_CITATIONS: Mapping[str, Mapping[str, Citation]] = {
    "CLCPLUS": {
        "2018": Citation("10.2909/cd534ebf-f553-42f0-9ac1-62c1dc36d32c"),
        "2021": Citation("10.2909/71fc9d1b-479f-4da1-aa66-662a2fff2cf7"),
        "2023": Citation("10.2909/b0bd43c6-1fa1-4d88-9c45-98b13a95d0b2"),
    },
    "WORLDCOVER": {
        "2020": Citation("10.5281/zenodo.5571936"),
        "2021": Citation("10.5281/zenodo.7254221"),
    },
    "DEM": _DEM,
    "SLOPE": _DEM,
    "GSW_OCCURRENCE": _WATER,
    "GSW_SEASONALITY": _WATER,
    "EUCROPMAP": {
        "2018": Citation(
            "10.1016/j.rse.2021.112708",
            "d'Andrimont, Raphaël and others",
            "From parcel to continental scale: a first European crop type map based on Sentinel-1 "
            "and LUCAS Copernicus in-situ observations",
            "Remote Sensing of Environment",
            2021,
        ),
    },
    "CANOPY_HEIGHT": {
        ANY: Citation(
            "10.1038/s41559-023-02206-6",
            "Lang, Nico and Jetz, Walter and Schindler, Konrad and Wegner, Jan Dirk",
            "A high-resolution canopy height model of the Earth",
            "Nature Ecology & Evolution",
            2023,
        )
    },
}
"""Product → edition → how it is cited."""

PUBLISHERS: Mapping[str, str] = {
    "sentinel2": "European Union, Copernicus Sentinel data, processed by ESA",
    "sentinel1": "European Union, Copernicus Sentinel data, processed by ESA",
    "landsat": "U.S. Geological Survey, Earth Resources Observation and Science (EROS) Center",
    "hls": "NASA Land Processes Distributed Active Archive Center (LP DAAC)",
}
"""Sensor → who publishes its scenes."""

_COLLECTION_1 = "05.00"
"""The processing baseline of Sentinel-2 that its Collection 1 begins with; what users have
corrected themselves is of none."""


def product_citation(product: str, edition: str) -> Citation | None:
    """How an edition of a product is cited, by its short name."""
    known = PRODUCT_CITATIONS.get(product, {})
    return known.get(edition) or known.get(ANY)


def scene_doi(sensor: str, platform: str, baseline: str) -> str:
    """The DOI of the data that a scene is of; "" where none is known.

    Args:
        platform: lower case without separators.
        baseline: processing baseline, as "05.09"; "" where it has none.
    """
    match sensor:
        case "sentinel2" if _COLLECTION_1 <= baseline < USERS_BASELINE:
            return "10.5270/S2_-znk9xsj"
        case "landsat" if platform in ("landsat8", "landsat9"):
            return "10.5066/P9OGBGM6"
        case "hls":
            kind = "HLSS30" if platform.startswith("sentinel") else "HLSL30"
            return f"10.5067/HLS/{kind}.002"
    return ""
