"""What le_lccs accepts: the environmental descriptors, their codes, and the level-3 legend.

Sources: Living Earth documentation, "Variable Names" and "Level 4 layer values"
(livingearth-lccs.readthedocs.io); level-3 decision tree as in le_lccs 2019;
LCCS codes: Di Gregorio & Jansen, Land Cover Classification System (LCCS) v2, FAO 2005.

The colours are our own. Those of le_lccs name the same classes, but readers who cannot tell red
from green, or blue from green, cannot tell all of its classes apart; a test keeps these apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

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
        codes: the valid codes; empty for percentages.
    """

    name: str
    title: str
    kind: Kind
    codes: Mapping[int, Category] = field(default_factory=dict)
    unit: str = "1"

    def allows(self, codes: NDArray[Any]) -> NDArray[np.bool_]:
        """True where a value is one le_lccs understands."""
        if self.kind is Kind.PERCENT:
            allowed: NDArray[np.bool_] = (codes >= 0) & (codes <= 100)
            return allowed
        return np.isin(codes, sorted(self.codes))


def _binary(name: str, title: str, absent: str, present: Category) -> Descriptor:
    codes = {0: Category(absent, "#f2efe9"), 1: present}
    return Descriptor(name, title, Kind.BINARY, codes)


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
                0: Category("not applicable", "#f2efe9"),
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
                0: Category("not applicable", "#f2efe9"),
                1: Category("broad-leaved", "#8fbc4b"),
                2: Category("needle-leaved", "#1c594a"),
                3: Category("aphyllous", "#a9836b"),
            },
        ),
    )
}

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

LEVEL3_INPUTS = ("vegetat_veg_cat", "aquatic_wat_cat", "cultman_agr_cat", "artific_urb_cat")
"""The layers level 3 is decided from, in the order of the decision tree."""


def level3_decided(layers: Mapping[str, tuple[NDArray[Any], NDArray[np.bool_]]]) -> Any:
    """Where level 3 can be decided from (values, valid) of the four `LEVEL3_INPUTS`.

    Vegetation and aquatic are always needed; cultivated only where vegetated, artificial only
    where neither vegetated nor aquatic: a layer le_lccs would not look at may be nodata.
    """
    (veg, veg_ok), (aqu, aqu_ok), (_, cult_ok), (_, urb_ok) = (layers[n] for n in LEVEL3_INPUTS)
    needed = np.where(veg == 1, cult_ok, (aqu == 1) | urb_ok)
    return veg_ok & aqu_ok & needed


def classify_level3(layers: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Level-3 codes (see `LEVEL3`) of the four `LEVEL3_INPUTS`, as le_lccs decides them.

    A value other than 1 reads as "no", as in le_lccs; mask with `level3_decided`.
    """
    veg, aqu, cult, urb = (layers[name] == 1 for name in LEVEL3_INPUTS)
    vegetated = np.where(aqu, np.where(cult, 123, 124), np.where(cult, 111, 112))
    bare = np.where(aqu, 220, np.where(urb, 215, 216))
    return np.where(veg, vegetated, bare).astype(np.uint8)
