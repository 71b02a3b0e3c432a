"""Change between two periods: the legend of its map, and which editions of a map do not compare.

A difference between two editions that were made in different ways is one of the ways first.
"""

from dataclasses import dataclass

from lccs_inputs.facts.lccs import ABSENT, LEVEL3, Category, Descriptor, Kind


@dataclass(frozen=True)
class Break:
    """Editions of a product from one year on, which do not compare with those before.

    Attributes:
        product: its short name.
        year: of the first of the new editions.
        reason: what is different about them.
        own: the publisher's own map of change over the break; "" where none is known.
        source: who says so.
    """

    product: str
    year: int
    reason: str
    own: str
    source: str


_FOREST = (
    "EEA, metadata of High Resolution Layer Forest 2018, Tree Cover Density (raster 10 m), and of "
    "Tree Cover Change Mask 2015-2018 (raster 20 m)"
)
BREAKS = (
    Break(
        "IMD",
        2018,
        "10 m pixels of Sentinel, before 20 m of several sensors, and more is found sealed",
        "Imperviousness Change Classified 2015-2018 (IMCC)",
        "ETC/ULS Technical Report 01/2021: two series, 2006-2015 and from 2018 on; ETC DI Report "
        "2024/3: 2018 is not comparable to the years before",
    ),
    Break("TCD", 2018, "10 m pixels, before 20 m", "Tree Cover Change Mask 2015-2018", _FOREST),
    Break("DLT", 2018, "10 m pixels, before 20 m", "Tree Cover Change Mask 2015-2018", _FOREST),
    Break(
        "FTY",
        2018,
        "10 m pixels without trees of farms and towns, before 20 m with them",
        "Tree Cover Change Mask 2015-2018",
        _FOREST,
    ),
    Break(
        "GRA",
        2018,
        "10 m pixels, before 20 m",
        "Grassland Change 2015-2018",
        "EEA, Grassland Change 2015-2018 (raster 20 m), metadata",
    ),
    Break(
        "WAW",
        2018,
        "10 m pixels, before 20 m",
        "",
        "EEA, High Resolution Layer Water and Wetness, names of the rasters of 2015 and 2018",
    ),
    Break(
        "EUCROPMAP",
        2022,
        "of Sentinel-1, Sentinel-2, temperature and elevation, before of Sentinel-1 alone",
        "",
        "d'Andrimont et al. 2021, doi 10.1016/j.rse.2021.112708, for 2018; "
        "doi 10.1038/s41597-024-03884-y for 2022",
    ),
    Break(
        "WORLDCOVER",
        2021,
        "algorithm v200, before v100",
        "",
        "ESA WorldCover, worldcover2021.esa.int: changes are of the algorithms too",
    ),
)
"""What is known not to compare. Of what is not here, nothing is known."""


def break_between(product: str, one: int, other: int) -> Break | None:
    """What parts two editions of a product, if anything is known to."""
    first, last = sorted((one, other))
    found = (each for each in BREAKS if each.product == product and first < each.year <= last)
    return next(found, None)


_CLASSES = tuple(LEVEL3)
UNCHANGED = 0


def transition(before: int, after: int) -> int:
    """The code of the map of change for a pixel of two classes of level 3."""
    if before == after:
        return UNCHANGED
    return 1 + _CLASSES.index(before) * len(_CLASSES) + _CLASSES.index(after)


MAP = Descriptor(
    "change",
    "Change of land cover",
    Kind.CATEGORICAL,
    {UNCHANGED: Category("unchanged", ABSENT)}
    | {
        transition(before, after): Category(f"{before} to {after}", LEVEL3[after].colour)
        for before in _CLASSES
        for after in _CLASSES
        if before != after
    },
)
"""How the map is coded and coloured: by the class that a pixel became."""

DRAWN = Descriptor(
    "LCCS level 3",
    MAP.title,
    MAP.kind,
    {
        code: Category(f"to {LEVEL3[int(entry.name[-3:])].name}", entry.colour) if code else entry
        for code, entry in MAP.codes.items()
    },
)
"""The same for a picture: a legend of what pixels became, whatever they were."""
