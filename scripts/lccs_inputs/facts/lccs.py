"""What le_lccs accepts: the environmental descriptors, their codes, and the level-3 legend.

Sources: Living Earth documentation, "Variable Names" and "Level 4 layer values"
(livingearth-lccs.readthedocs.io); level-3 decision tree as in le_lccs 2019;
LCCS codes: Di Gregorio & Jansen, Land Cover Classification System (LCCS) v2, FAO 2005.
Only codes with a documented name are here: of leaf type and phenology le_lccs has more numbers.

The colours are our own. Those of le_lccs name the same classes, but readers who cannot tell red
from green, or blue from green, cannot tell all of its classes apart; a test keeps these apart.

This table is the one truth of codes, names and colours: checks, colour tables, pictures, the
configuration's messages and docs/codes.md are made from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


class Kind(StrEnum):
    """How the values of a layer are to be read."""

    BINARY = "binary"
    """1 present, 0 absent."""
    CATEGORICAL = "categorical"
    """Codes of a legend; 0 where the descriptor does not apply."""
    PERCENT = "percent"
    """Whole percent, 0 to 100."""
    QUANTITY = "quantity"
    """Whole numbers of a unit, within limits: months, metres."""

    @property
    def is_continuous(self) -> bool:
        """Whether values can be averaged; the others are codes of a legend."""
        return self in (Kind.PERCENT, Kind.QUANTITY)


@dataclass(frozen=True)
class Category:
    """One code of a legend: its name and its colour (#rrggbb)."""

    name: str
    colour: str


@dataclass(frozen=True)
class Descriptor:
    """An environmental descriptor of LCCS: one layer le_lccs reads.

    Attributes:
        name: the le_lccs variable name; stored as uint8, nodata 255.
        codes: the valid codes; empty for percentages and quantities.
        unit: of percentages and quantities; "1" for codes.
        limits: the lowest and highest value of a percentage or a quantity, 0 to 254.
    """

    name: str
    title: str
    kind: Kind
    codes: Mapping[int, Category] = field(default_factory=dict)
    unit: str = "1"
    limits: tuple[int, int] = (0, 100)

    @property
    def domain(self) -> str:
        """What of the land it describes, as its name says: veg, wat, urb, …"""
        return self.name.split("_")[-2]

    @property
    def ramp(self) -> tuple[str, ...]:
        """The colours of a percentage or a quantity, from its lowest value to its highest, evenly
        spaced; between them linear."""
        return _RAMPS.get(self.domain, _EARTH)

    @property
    def accepted(self) -> str:
        """The values le_lccs understands, in words."""
        if self.kind.is_continuous:
            return "–".join(map(str, self.limits))
        return ", ".join(map(str, sorted(self.codes)))

    def name_of(self, code: int) -> str:
        entry = self.codes.get(code)
        return entry.name if entry else str(code)

    def allows(self, codes: NDArray[Any]) -> NDArray[np.bool_]:
        """True where a value is one le_lccs understands."""
        if self.kind.is_continuous:
            lowest, highest = self.limits
            allowed: NDArray[np.bool_] = (codes >= lowest) & (codes <= highest)
            return allowed
        return np.isin(codes, sorted(self.codes))

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, so that a job can be handed a descriptor of the configuration."""
        return asdict(self) | {"kind": self.kind.value, "limits": list(self.limits)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Undo `to_dict`, also after a trip through JSON."""
        codes = {int(code): Category(**entry) for code, entry in document["codes"].items()}
        lowest, highest = document["limits"]
        own = {"kind": Kind(document["kind"]), "codes": codes, "limits": (lowest, highest)}
        return cls(**{**document, **own})


LAYER_PREFIX = "layers."
"""A finished layer is a leaf name of a resolved expression: `layers.aquatic_wat_cat`."""

CODE_NODATA = 255
"""Nodata of uint8 categories and percentages."""

ABSENT = "#f2efe9"
"""The colour of code 0: what a layer describes is not there."""

# Colours that also those tell apart who cannot tell red from green (Tol, P. 2021, Colour Schemes,
# SRON/EPS/TN/09-002): "bright", then "muted".
PALETTE = (
    "#4477aa", "#ccbb44", "#ee6677", "#228833", "#66ccee", "#aa3377", "#bbbbbb", "#332288",
    "#999933", "#882255",
)  # fmt: skip
"""Colours of what has none of its own: methods, and codes of descriptors in a configuration."""

_RAMPS = {
    "veg": (ABSENT, "#d3dfb4", "#9cc283", "#579a5b", "#1f6b3d", "#0a3f28"),
    "wat": (ABSENT, "#c9dfea", "#8fbfdd", "#4d93c4", "#22649c", "#0d3560"),
}
_EARTH = (ABSENT, "#e6d3b3", "#cfa878", "#a97a4c", "#7b4f2c", "#472a15")
"""Colours of measures, from the colour of absence down to the darkest; `_EARTH` of the domains
that have none of their own."""


def _binary(name: str, title: str, absent: str, present: Category) -> Descriptor:
    codes = {0: Category(absent, ABSENT), 1: present}
    return Descriptor(name, title, Kind.BINARY, codes)


_NOT_APPLICABLE = Category("not applicable", ABSENT)

DESCRIPTORS: Mapping[str, Descriptor] = {
    descriptor.name: descriptor
    for descriptor in (
        _binary("vegetat_veg_cat", "Vegetation", "not vegetated", Category("vegetated", "#4d8a3d")),
        _binary("aquatic_wat_cat", "Aquatic", "terrestrial", Category("aquatic", "#2f7fc1")),
        _binary(
            "cultman_agr_cat",
            "Cultivated or managed",
            "natural or semi-natural",
            Category("cultivated or managed", "#cfa52c"),
        ),
        _binary(
            "artific_urb_cat",
            "Artificial surface",
            "natural surface",
            Category("artificial", "#a8305a"),
        ),
        Descriptor(
            "lifeform_veg_cat",
            "Life form",
            Kind.CATEGORICAL,
            {
                0: _NOT_APPLICABLE,
                1: Category("woody", "#2f6b35"),
                2: Category("herbaceous", "#b4d06c"),
                3: Category("trees", "#12432b"),
                4: Category("shrubs", "#7c8c38"),
                5: Category("forbs", "#e8d45a"),
                6: Category("graminoids", "#d6e6b0"),
                7: Category("lichens and mosses", "#b39ddb"),
                8: Category("lichens", "#8b79c4"),
                9: Category("mosses", "#5c4a99"),
            },
        ),
        Descriptor("canopyco_veg_con", "Canopy cover", Kind.PERCENT, unit="%"),
        Descriptor(
            "leaftype_veg_cat",
            "Leaf type",
            Kind.CATEGORICAL,
            {
                0: _NOT_APPLICABLE,
                1: Category("broad-leaved", "#8fbc4b"),
                2: Category("needle-leaved", "#1c594a"),
                3: Category("aphyllous", "#a9836b"),
            },
        ),
        _binary(
            "artwatr_wat_cat", "Artificial water", "natural", Category("artificial", "#8e6fd2")
        ),
        Descriptor(
            "waterstt_wat_cat",
            "State of water",
            Kind.CATEGORICAL,
            {
                0: _NOT_APPLICABLE,
                1: Category("water", "#173a6b"),
                2: Category("snow", "#8fd3ee"),
                3: Category("ice", "#a06cc4"),
            },
        ),
        Descriptor(
            "waterper_wat_cin", "Water persistence", Kind.QUANTITY, unit="months", limits=(0, 12)
        ),
        Descriptor(
            "phenolog_veg_cat",
            "Phenology",
            Kind.CATEGORICAL,
            {
                0: _NOT_APPLICABLE,
                1: Category("evergreen", "#1c594a"),
                2: Category("deciduous", "#c9a227"),
                3: Category("mixed", "#7fa05a"),
            },
        ),
        Descriptor("baregrad_phy_con", "Bare ground", Kind.PERCENT, unit="%"),
        Descriptor("canopyht_veg_con", "Canopy height", Kind.QUANTITY, unit="m"),
        Descriptor(
            "urbanveg_urb_cat",
            "Urban vegetation",
            Kind.CATEGORICAL,
            {
                0: _NOT_APPLICABLE,
                6: Category("urban vegetated", "#5a9a3c"),
                11: Category("parks", "#12433a"),
                12: Category("parkland", "#c9a227"),
                13: Category("lawns", "#b5d98a"),
            },
        ),
    )
}
"""By le_lccs name, in the order of the stack. New ones go last: the validity mask counts on it."""


def descriptor_table(own: Iterable[Mapping[str, Any]]) -> dict[str, Descriptor]:
    """`DESCRIPTORS`, then those of a configuration as `Descriptor.to_dict` gives them, by name."""
    added = map(Descriptor.from_dict, own)
    return {**DESCRIPTORS, **{descriptor.name: descriptor for descriptor in added}}


LEVEL3: Mapping[int, Category] = {
    111: Category("A11 Cultivated Terrestrial Vegetated", "#ccd052"),
    112: Category("A12 Natural Terrestrial Vegetated", "#44702f"),
    123: Category("A23 Cultivated Aquatic Vegetated", "#c2f4ea"),
    124: Category("A24 Natural Aquatic Vegetated", "#178f86"),
    215: Category("B15 Artificial Surface", "#95204a"),
    216: Category("B16 Natural Surface", "#f2c5a0"),
    220: Category("B20 Water", "#63bcf0"),
    227: Category("B27 Artificial Water", "#8e6fd2"),
    228: Category("B28 Natural Water", "#24408a"),
}

LEVEL3_MAP = Descriptor("level3", "Land cover, LCCS level 3", Kind.CATEGORICAL, LEVEL3)
"""How the map of level 3 is read."""

LE_LCCS = "le_lccs_odc.py"
"""The program of le_lccs that reads a configuration; it is in its folder `bin`."""

WHOLE_OF: Mapping[str, Mapping[int, int]] = {
    "level3": {227: 220, 228: 220},
    "lifeform_veg_cat": {3: 1, 4: 1, 5: 2, 6: 2, 8: 7, 9: 7},
}
"""Codes that are parts of others, of level 3 and of layers: part → whole."""
LEVEL3_INPUTS = ("vegetat_veg_cat", "aquatic_wat_cat", "cultman_agr_cat", "artific_urb_cat")
"""The layers level 3 is decided from, in the order of the decision tree."""

ARTIFICIAL_WATER = "artwatr_wat_cat"
"""The layer that, where it is known, parts water (220) into artificial (227) and natural (228)."""

Codes = tuple[NDArray[Any], NDArray[np.bool_]]
"""Some pixels of a layer: (codes, valid), arrays of one shape."""


def known_codes(codes: NDArray[np.uint8], known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Codes, and nodata where they are not known; by bits, without a branch for each pixel."""
    unknown = np.negative(np.logical_not(known).view(np.uint8))
    return np.bitwise_or(codes, unknown)  # CODE_NODATA has every bit


def level3_decided(layers: Mapping[str, Codes]) -> Any:
    """Where level 3 can be decided from the four `LEVEL3_INPUTS`.

    Vegetation and aquatic are always needed; cultivated only where vegetated, artificial only
    where neither vegetated nor aquatic: a layer le_lccs would not look at may be nodata.
    """
    (veg, veg_ok), (aqu, aqu_ok), (_, cult_ok), (_, urb_ok) = (layers[n] for n in LEVEL3_INPUTS)
    vegetated = veg == 1
    needed = (vegetated & cult_ok) | (~vegetated & ((aqu == 1) | urb_ok))
    return veg_ok & aqu_ok & needed


def classify_level3(layers: Mapping[str, Codes]) -> NDArray[np.uint8]:
    """Level-3 codes (see `LEVEL3`), as le_lccs decides them.

    A value other than 1 reads as "no", as in le_lccs; mask with `level3_decided`. Water is 220
    where `ARTIFICIAL_WATER` is not known.

    Args:
        layers: the four `LEVEL3_INPUTS`, and `ARTIFICIAL_WATER` where there is one.
    """
    bits = [layers[name][0] == 1 for name in LEVEL3_INPUTS]
    if ARTIFICIAL_WATER in layers:
        artificial, known = layers[ARTIFICIAL_WATER]
        bits += [known, artificial == 1]
    index = np.zeros(np.shape(bits[0]), np.uint8)
    for bit, each in enumerate(bits):
        index |= np.multiply(each, 1 << bit, dtype=np.uint8)  # a fifth of the time of a shift
    return np.take(_LEVEL3_TABLE, index)


def _level3(veg: int, aqu: int, cult: int, urb: int, known: int, artificial: int) -> int:
    """The class of a pixel by the decision tree; the last two say what is known of its water."""
    if veg:
        return (123 if cult else 124) if aqu else (111 if cult else 112)
    if aqu:
        return (227 if artificial else 228) if known else 220
    return 215 if urb else 216


_LEVEL3_TABLE = np.array(
    [_level3(*(number >> bit & 1 for bit in range(6))) for number in range(2**6)], np.uint8
)
"""By the answers as bits, in the order of `_level3`."""
