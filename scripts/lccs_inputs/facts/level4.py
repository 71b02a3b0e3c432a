"""Level 4 of LCCS: what further describes a class of level 3, its codes and its numbers.

Sources. Life form, leaf type, phenology, state of water: Living Earth documentation, "Level 4 layer
values", which has the codes of Di Gregorio & Jansen, Land Cover Classification System (LCCS) v2,
FAO 2005. Height: LCCS. Canopy cover and persistence: LCCS, with limits that belong to the class
above, as Digital Earth Australia Land Cover has them. Bare ground: that product, in the software
`odc-stats`; LCCS has no such classes, and their letter is ours. In what order classifiers stand in
a code is inferred from the order in which le_lccs lists them. Urban vegetation is left out: LCCS
has it in the place of a life form, under codes (A12) that are those of covers too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.lccs import CODE_NODATA, DESCRIPTORS, LEVEL3


@dataclass(frozen=True)
class Division:
    """One class of a classifier.

    Attributes:
        lowest: the value of the layer that it is, or begins at; None where other layers decide.
        number: of LCCS and le_lccs, the 12 of A12.
    """

    lowest: int | None
    number: int
    name: str


@dataclass(frozen=True)
class Classifier:
    """What one layer says of a pixel at level 4.

    A pixel has a *place* in it: 0 where nothing is said, 1 and up for the divisions in their order,
    and beyond them `unknown`, where the layer is nodata.

    Attributes:
        layer: its le_lccs name.
        letter: of LCCS, the A of A12.
        divisions: in the order of their places.
        of_woody: whether it describes woody plants only.
    """

    layer: str
    letter: str
    divisions: tuple[Division, ...]
    of_woody: bool = False

    @property
    def title(self) -> str:
        return DESCRIPTORS[self.layer].title.lower()

    @property
    def unknown(self) -> int:
        """The place of a pixel whose layer is nodata."""
        return len(self.divisions) + 1

    @cached_property
    def places(self) -> NDArray[np.uint8]:
        """The place of every value a layer can hold, 256 of them.

        A code of a legend is a division by itself; a quantity that which begins next below it.
        """
        ranges = DESCRIPTORS[self.layer].kind.is_continuous
        table = np.zeros(256, np.uint8)
        lowest = {d.lowest: place for place, d in enumerate(self.divisions, start=1)}
        for value in sorted(value for value in lowest if value is not None):
            table[value : CODE_NODATA if ranges else value + 1] = lowest[value]
        table[CODE_NODATA] = self.unknown
        return table

    def text(self, place: int) -> str:
        """A place as LCCS writes it; "" where nothing is said or known."""
        if place in (0, self.unknown):
            return ""
        return f"{self.letter}{self.divisions[place - 1].number}"

    def name(self, place: int) -> str:
        """A place in words; "" where nothing is said."""
        if place == self.unknown:
            return f"{self.title} unknown"
        return self.divisions[place - 1].name if place else ""


def _named(layer: str, letter: str, *, of_woody: bool = False) -> Classifier:
    """A classifier whose divisions are the codes of a layer."""
    codes = DESCRIPTORS[layer].codes
    divisions = (Division(code, code, entry.name) for code, entry in codes.items() if code)
    return Classifier(layer, letter, tuple(divisions), of_woody)


LIFE_FORM = _named("lifeform_veg_cat", "A")
WOODY_FORMS, HERBACEOUS_FORMS, _SHRUBS = (1, 3, 4), (2, 5, 6), 4
"""Woody, trees, shrubs; herbaceous, forbs, graminoids. Lichens and mosses are neither."""

CANOPY_COVER = Classifier(
    "canopyco_veg_con",
    "A",
    (
        Division(65, 10, "closed (> 65 %)"),
        Division(40, 12, "open (40–65 %)"),
        Division(15, 13, "open (15–40 %)"),
        Division(4, 15, "sparse (4–15 %)"),
        Division(1, 16, "scattered (1–4 %)"),
    ),
)
HEIGHT = Classifier(
    "canopyht_veg_con",
    "B",
    (
        Division(14, 5, "> 14 m"),
        Division(7, 6, "7–14 m"),
        Division(3, 7, "3–7 m"),
        Division(1, 9, "0.5–3 m"),
        Division(None, 8, "3–5 m"),
    ),
    of_woody=True,
)
"""Of whole metres, so that nothing is lower than 0.5 m. The last is for shrubs, from 3 m on."""
_TALL, _TALL_SHRUBS = (1, 2, 3), 5
LEAF_TYPE = _named("leaftype_veg_cat", "D", of_woody=True)
PHENOLOGY = _named("phenolog_veg_cat", "E", of_woody=True)
WATER_STATE = Classifier(
    "waterstt_wat_cat",
    "A",
    (Division(1, 1, "liquid"), Division(2, 2, "snow"), Division(3, 3, "ice")),
)
PERSISTENCE = Classifier(
    "waterper_wat_cin",
    "B",
    (
        Division(10, 1, "> 9 months"),
        Division(7, 7, "7–9 months"),
        Division(4, 8, "4–6 months"),
        Division(1, 9, "1–3 months"),
    ),
)
BARE_GROUND = Classifier(
    "baregrad_phy_con",
    "A",
    (
        Division(0, 10, "sparsely vegetated (< 20 % bare)"),
        Division(20, 12, "very sparsely vegetated (20–60 % bare)"),
        Division(60, 15, "bare (> 60 %)"),
    ),
)

VEGETATED, WATER, NATURAL_SURFACE = (111, 112, 123, 124), (220, 227, 228), 216

CLASSIFIERS: Mapping[int, tuple[Classifier, ...]] = {
    **dict.fromkeys(VEGETATED, (LIFE_FORM, CANOPY_COVER, HEIGHT, LEAF_TYPE, PHENOLOGY)),
    215: (),
    NATURAL_SURFACE: (BARE_GROUND,),
    **dict.fromkeys(WATER, (WATER_STATE, PERSISTENCE)),
}
"""What describes a class of level 3, in the order in which a code names it."""

LAYERS = tuple(dict.fromkeys(c.layer for each in CLASSIFIERS.values() for c in each))
"""The layers that level 4 is made of, beside level 3."""


_UNITS, _NINES = (10**4, 10**3, 10**2, 10, 1), (99, 9, 9, 9, 9)
"""Of the classifiers of a class in its code: what a place counts for, and what says unknown."""


@dataclass(frozen=True)
class Level4:
    """A class of level 4.

    Attributes:
        level3: its class of level 3.
        places: in each of `CLASSIFIERS` of that.
    """

    level3: int
    places: tuple[int, ...]

    @classmethod
    def of(cls, level3: int, places: tuple[int, ...]) -> "Level4":
        """The class of a pixel, without what does not describe it.

        What describes woody plants is left out of other life forms. Life forms are codes of their
        layer, so that their place is that code.
        """
        classifiers = CLASSIFIERS[level3]
        kept = dict(zip(classifiers, places, strict=True))
        if kept.get(LIFE_FORM, 0) not in (0, LIFE_FORM.unknown, *WOODY_FORMS):
            kept |= {classifier: 0 for classifier in classifiers if classifier.of_woody}
        if kept.get(LIFE_FORM) == _SHRUBS and kept[HEIGHT] in _TALL:
            kept[HEIGHT] = _TALL_SHRUBS
        return cls(level3, tuple(kept.values()))

    @property
    def code(self) -> int:
        """A number of nine digits, the same wherever and whenever the class is met.

        Three of level 3, two of the place in the first classifier, one for each further; an unknown
        place is 9s.
        """
        return self.level3 * _UNITS[0] * 100 + sum(
            unit * (nines if place == classifier.unknown else place)
            for unit, nines, (classifier, place) in zip(
                _UNITS, _NINES, self.described, strict=False
            )
        )

    @classmethod
    def of_code(cls, code: int) -> "Level4":
        """The class that a code stands for."""
        level3 = code // (_UNITS[0] * 100)
        places = []
        for classifier, unit, nines in zip(CLASSIFIERS[level3], _UNITS, _NINES, strict=False):
            digits = code // unit % (nines + 1)
            places.append(classifier.unknown if digits == nines else digits)
        return cls(level3, tuple(places))

    @property
    def described(self) -> list[tuple[Classifier, int]]:
        """What describes it, with its place in each."""
        return [*zip(CLASSIFIERS[self.level3], self.places, strict=True)]

    @property
    def is_known(self) -> bool:
        """Whether no layer that describes the class was nodata."""
        return all(place != classifier.unknown for classifier, place in self.described)

    @property
    def text(self) -> str:
        """As LCCS writes it: A12.A1.A10.B6.D1.E2; what is not known is left out."""
        texts = (classifier.text(place) for classifier, place in self.described)
        return ".".join(filter(None, (LEVEL3[self.level3].name.split()[0], *texts)))

    @property
    def name(self) -> str:
        """In words: its class of level 3, then what describes it."""
        names = (classifier.name(place) for classifier, place in self.described)
        return ", ".join(filter(None, (LEVEL3[self.level3].name, *names)))
