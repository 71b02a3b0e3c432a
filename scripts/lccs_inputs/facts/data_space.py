"""Which editions of products the Copernicus Data Space holds as Cloud Optimized GeoTIFFs.

Light, so that a config can be checked against it. Source: the collections of its STAC catalogue
(CLMS VLCC, "Europe 10m yearly V1 (COG)"), as public clients of 2026 name and read them; first years
as CLMS gives them on its product pages. What is not in the table may be there all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Holding:
    """A product that the Data Space holds.

    Attributes:
        collection: of its STAC catalogue.
        since: the first year.
        every: years from one edition to the next.
    """

    collection: str
    since: int
    every: int = 1

    def has(self, edition: str) -> bool:
        """Whether it can have an edition: there is no telling when the last one came out."""
        year = int(edition) if edition.isdigit() else 0
        return year >= self.since and (year - self.since) % self.every == 0


HOLDINGS: Mapping[str, Holding] = {
    "TCD": Holding("clms_vlcc_tree-cover-density_europe_10m_yearly_v1", 2018),
    "DLT": Holding("clms_vlcc_dominant-leaf-type_europe_10m_yearly_v1", 2018),
    "FTY": Holding("clms_vlcc_forest-type_europe_10m_3yearly_v1", 2018, 3),
    "CTY": Holding("clms_vlcc_crop-types_europe_10m_yearly_v1", 2017),
    "GRA": Holding("clms_vlcc_grassland_europe_10m_yearly_v1", 2017),
    "HER": Holding("clms_vlcc_herbaceous-cover_europe_10m_yearly_v1", 2017),
}
"""Product name → what is there of it."""
