"""What the layers of one pixel must say together, by LCCS: rules, and the legend of their map.

Source: Di Gregorio & Jansen, Land Cover Classification System (LCCS) v2, FAO 2005. Land is
vegetated from 4 % of cover on; leaf type is a classifier of trees and shrubs, none of herbs; what
is cultivated is vegetated.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from lccs_inputs.facts.lccs import ABSENT, Category, Descriptor, Kind
from lccs_inputs.facts.level4 import HERBACEOUS_FORMS, WOODY_FORMS

Codes = frozenset[int]

_LEAST_COVER = 4  # percent
_WOODY = frozenset(WOODY_FORMS)
_HERBACEOUS = frozenset({*HERBACEOUS_FORMS, 7, 8, 9})  # and what is lower: lichens, mosses


@dataclass(frozen=True)
class Coherence:
    """A rule: pixels of a kind must not have some codes of a further layer.

    Attributes:
        title: of the pixels that break it.
        kind: what the pixels are that it is about.
        subject: layer → its codes, all of which make a pixel of that kind.
        layer: the further layer.
        broken: its codes that break the rule.
    """

    name: str
    title: str
    colour: str
    kind: str
    subject: Mapping[str, Codes]
    layer: str
    broken: Codes

    @property
    def layers(self) -> frozenset[str]:
        """Those it looks at."""
        return frozenset({*self.subject, self.layer})


RULES = (
    Coherence(
        "woody_leaf_type", "woody without leaf type", "#ee6677",
        "woody", {"lifeform_veg_cat": _WOODY}, "leaftype_veg_cat", frozenset({0}),
    ),
    Coherence(
        "woody_cover", "woody with canopy 0", "#aa3377",
        "woody", {"lifeform_veg_cat": _WOODY}, "canopyco_veg_con", frozenset({0}),
    ),
    Coherence(
        "herbaceous_leaf_type", "leaf type on herbaceous", "#66ccee",
        "herbaceous", {"lifeform_veg_cat": _HERBACEOUS}, "leaftype_veg_cat",
        frozenset({1, 2, 3}),
    ),
    Coherence(
        "vegetated_cover", "canopy under 4 % on vegetated", "#ccbb44",
        "vegetated", {"vegetat_veg_cat": frozenset({1})}, "canopyco_veg_con",
        frozenset(range(_LEAST_COVER)),
    ),
    Coherence(
        "cultivated_water", "cultivated water", "#4477aa",
        "water", {"aquatic_wat_cat": frozenset({1}), "vegetat_veg_cat": frozenset({0})},
        "cultman_agr_cat", frozenset({1}),
    ),
)  # fmt: skip
"""Rule number n is bit n of the map. New ones go last: maps that were made count on it."""


def applicable(layers: Collection[str]) -> list[Coherence]:
    """The rules whose layers are all there."""
    return [rule for rule in RULES if rule.layers <= {*layers}]


def _category(bits: int) -> Category:
    """The rules that are broken together, by bits; their colour is the mean of theirs."""
    broken = [rule for bit, rule in enumerate(RULES) if bits >> bit & 1]
    mixed = np.mean([list(bytes.fromhex(rule.colour[1:])) for rule in broken], axis=0)
    return Category(
        " + ".join(rule.title for rule in broken), f"#{bytes(mixed.astype(np.uint8)).hex()}"
    )


MAP = Descriptor(
    "coherence",
    "Coherence between layers",
    Kind.CATEGORICAL,
    {0: Category("coherent", ABSENT)}
    | {bits: _category(bits) for bits in range(1, 2 ** len(RULES))},
)
"""How the map is coded and coloured."""
