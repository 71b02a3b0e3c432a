"""What the satellites of the sample took, and when: every case a scene list has to cope with.

Sentinel-2 passes over on two relative orbits: 108 covers the box with tile 32TLS (UTM 32N), and
008 its western part with tile 31TGM (UTM 31N), whose swath ends inside the box.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_ASCENDING = 88  # relative orbit of Sentinel-1


class Offset(StrEnum):
    """How a Sentinel-2 item and its pixels treat the −1000 of baselines from 04.00."""

    NONE = "none"
    """Baseline before 04.00: no offset."""
    PENDING = "pending"
    """The pixels hold 1000 more; the item says offset −0.1 and that it is not applied."""
    APPLIED = "applied"
    """Taken out of the pixels; the item says so, yet repeats offset −0.1 as Earth Search does."""


@dataclass(frozen=True)
class Sentinel2:
    """One Sentinel-2 granule. `cloud`, `cirrus`: shares of the ground, 0 to 1."""

    platform: str
    tile: str
    orbit: int
    day: date
    cloud: float
    cirrus: float = 0.0
    baseline: str = "02.08"
    offset: Offset = Offset.NONE
    sequence: int = 0
    gain: float = 1.0  # of the reflectance; an old processing is not quite right
    empty: bool = False  # the tile lies beyond the edge of the swath

    @property
    def id(self) -> str:
        unit = self.platform[-1].upper()
        return f"S2{unit}_{self.tile}_{self.day:%Y%m%d}_{self.sequence}_L2A"


@dataclass(frozen=True)
class Landsat:
    """One Landsat scene."""

    platform: str
    path: int
    day: date
    cloud: float
    cirrus: float = 0.0
    tier: str = "T1"

    @property
    def id(self) -> str:
        prefix = {"landsat-8": "LC08", "landsat-7": "LE07"}[self.platform]
        return f"{prefix}_L2SP_{self.path}028_{self.day:%Y%m%d}_02_{self.tier}"


@dataclass(frozen=True)
class Sentinel1:
    """One Sentinel-1 scene.

    Attributes:
        wind: decibels that waves add to open water.
    """

    platform: str
    orbit: int
    day: date
    wind: float = 0.0

    @property
    def is_ascending(self) -> bool:
        """In the evening, looking east; else in the morning, looking west."""
        return self.orbit == _ASCENDING

    @property
    def id(self) -> str:
        unit, day = self.platform[-1].upper(), f"{self.day:%Y%m%d}"
        start, end = ("T172340", "T172405") if self.is_ascending else ("T053510", "T053535")
        return f"S1{unit}_IW_GRDH_1SDV_{day}{start}_{day}{end}_rtc"


SENTINEL2 = (
    # In winter, for the seasons of a year; also before the period, for the dates to remove.
    Sentinel2("sentinel-2a", "32TLS", 108, date(2018, 2, 17), 0.08, baseline="02.06"),
    Sentinel2("sentinel-2a", "32TLS", 108, date(2018, 4, 18), 0.10, baseline="02.07"),
    Sentinel2("sentinel-2b", "32TLS", 108, date(2018, 5, 13), 0.14, baseline="02.07"),
    # Overcast: for the cloud filter to remove.
    Sentinel2("sentinel-2a", "32TLS", 108, date(2018, 5, 28), 0.93, baseline="02.07"),
    # All nodata, and nothing in the metadata to say so but the nodata share.
    Sentinel2("sentinel-2a", "32TLS", 108, date(2018, 6, 7), 0.0, empty=True),
    # One pass, two tiles: two observations where they overlap.
    Sentinel2("sentinel-2a", "32TLS", 108, date(2018, 6, 17), 0.05),
    Sentinel2("sentinel-2a", "31TGM", 108, date(2018, 6, 17), 0.05),
    Sentinel2("sentinel-2b", "32TLS", 108, date(2018, 7, 2), 0.22),
    Sentinel2("sentinel-2a", "32TLS", 108, date(2018, 7, 17), 0.10),
    Sentinel2("sentinel-2b", "32TLS", 108, date(2018, 8, 1), 0.30),
    Sentinel2("sentinel-2a", "32TLS", 108, date(2018, 8, 16), 0.0, cirrus=0.20),
    # Reprocessed with baseline 05.00, the offset still to be taken off.
    Sentinel2(
        "sentinel-2b",
        "32TLS",
        108,
        date(2018, 9, 10),
        0.08,
        baseline="05.00",
        offset=Offset.PENDING,
        sequence=1,
    ),
    Sentinel2("sentinel-2a", "32TLS", 108, date(2018, 9, 25), 0.18),
    # Reprocessed too, the offset taken off and announced all the same.
    Sentinel2(
        "sentinel-2a",
        "32TLS",
        108,
        date(2018, 10, 15),
        0.12,
        baseline="05.09",
        offset=Offset.APPLIED,
        sequence=1,
    ),
    Sentinel2("sentinel-2a", "31TGM", 8, date(2018, 5, 21), 0.10, baseline="02.07"),
    Sentinel2("sentinel-2b", "31TGM", 8, date(2018, 6, 25), 0.20),
    # The same tile and sensing time twice: only the second processing is right.
    Sentinel2("sentinel-2a", "31TGM", 8, date(2018, 7, 20), 0.06, gain=1.15),
    Sentinel2("sentinel-2a", "31TGM", 8, date(2018, 7, 20), 0.06, baseline="02.14", sequence=1),
    Sentinel2("sentinel-2a", "31TGM", 8, date(2018, 8, 19), 0.25, cirrus=0.05),
    Sentinel2("sentinel-2b", "31TGM", 8, date(2018, 9, 23), 0.10),
)

LANDSAT = (
    Landsat("landsat-8", 195, date(2018, 5, 12), 0.12),
    Landsat("landsat-8", 195, date(2018, 7, 15), 0.08, cirrus=0.10),
    Landsat("landsat-8", 195, date(2018, 8, 16), 0.15),
    Landsat("landsat-8", 195, date(2018, 9, 17), 0.06),
    Landsat("landsat-8", 196, date(2018, 7, 6), 0.10),
    # Tier 2, misplaced by some pixels: for the tier filter to remove.
    Landsat("landsat-8", 196, date(2018, 8, 23), 0.25, tier="T2"),
    # Landsat 7, with the gaps of its broken scan line corrector: for the platform filter.
    Landsat("landsat-7", 195, date(2018, 7, 23), 0.05),
)

# One in each month of the year, on either pass; wind hides the water in two of them.
SENTINEL1 = (
    Sentinel1("sentinel-1a", 88, date(2018, 1, 10)),
    Sentinel1("sentinel-1b", 66, date(2018, 2, 5)),
    Sentinel1("sentinel-1a", 88, date(2018, 3, 11), wind=7.5),
    Sentinel1("sentinel-1b", 66, date(2018, 4, 18)),
    Sentinel1("sentinel-1a", 88, date(2018, 5, 10)),
    Sentinel1("sentinel-1b", 66, date(2018, 6, 17)),
    Sentinel1("sentinel-1b", 88, date(2018, 7, 27)),
    Sentinel1("sentinel-1a", 66, date(2018, 8, 22)),
    Sentinel1("sentinel-1a", 88, date(2018, 9, 19)),
    Sentinel1("sentinel-1b", 66, date(2018, 10, 9)),
    Sentinel1("sentinel-1a", 88, date(2018, 11, 18), wind=7.0),
    Sentinel1("sentinel-1b", 66, date(2018, 12, 20)),
)
