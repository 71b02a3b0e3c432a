"""Class tables: what the classes of reference data are in LCCS.

A row says it as LCCS writes it, `A12.A1.D1`, of which level 3 and layers follow; or names layers
and their codes, `{cultman_agr_cat: 1}`, and nothing is known of the others; or nothing at all,
where a class has no place in LCCS. `B1*` stands for all classes that begin so; the longest that
fits counts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from lccs_inputs.facts.lccs import ARTIFICIAL_WATER, LEVEL3, LEVEL3_INPUTS, LEVEL3_MAP, Descriptor
from lccs_inputs.facts.legend import Row, nearest_class
from lccs_inputs.facts.level4 import (
    LEAF_TYPE,
    LIFE_FORM,
    PHENOLOGY,
    VEGETATED,
    WATER,
    WATER_STATE,
    WOODY_FORMS,
)
from lccs_inputs.words import nearest, unknown

TABLES = {path.stem: path for path in sorted(Path(__file__).parent.glob("class_tables/*.yaml"))}
"""The tables there are, a file each, by name."""

Written = str | Mapping[str, int] | None
Meaning = Mapping[str, int]
"""Layer, or `level3` → code; what is not in it is not known."""

_CODED = (LIFE_FORM, LEAF_TYPE, PHENOLOGY, WATER_STATE)
"""Classifiers whose places are codes of their layer."""
_WHOLE = re.compile(r"(\d+)\.0+")  # as spreadsheets keep codes where some are missing
_OF_PLANTS = (LIFE_FORM, LEAF_TYPE, PHENOLOGY)


@dataclass(frozen=True)
class ClassTable:
    """What the classes of some reference data are in LCCS.

    Attributes:
        obtain: how to get the data.
        crs: of coordinates in columns; "" where the data say it.
        columns: `x`, `y`, `class`, `date` and `stratum` → names that the column may have.
        classes: class, or its beginning and `*` → as it is written.
        lccs: whether a class that is in no row is read as LCCS writes it.
    """

    name: str
    title: str
    source: str
    licence: str
    obtain: str
    classes: Mapping[str, Written]
    crs: str = ""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lccs: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(**document)

    def problems(self, known: Mapping[str, Descriptor]) -> Iterator[str]:
        """What is wrong with its rows.

        Args:
            known: the layers there are, by name.
        """
        for name, written in self.classes.items():
            try:
                fault = _fault(written, known)
            except ValueError as error:
                fault = str(error)
            if fault:
                yield f"classes.{name}: {fault}"

    def meanings(self, names: Sequence[str]) -> dict[str, Meaning | None]:
        """What each class means; None where the table has no such class."""
        rows = {key.upper(): written for key, written in self.classes.items()}
        return {name: self._meaning(name.upper(), rows) for name in names}

    def nearest(self, name: str) -> str | None:
        """The class most like a name that it does not have; None where none is near."""
        known = [each for each in self.classes if each.isdigit() == name.isdigit()]
        known = [each for each in known if not each.endswith("*")]
        return (nearest_class(name) if self.lccs else None) or nearest(name, known)

    def _meaning(self, name: str, rows: Mapping[str, Written]) -> Meaning | None:
        starts = [name, *(f"{name[:end]}*" for end in range(len(name), -1, -1))]
        found = next((start for start in starts if start in rows), None)
        if found is not None:
            return meaning_of(rows[found])
        if whole := _WHOLE.fullmatch(name):
            return self._meaning(whole[1], rows)
        if not self.lccs:
            return None
        try:
            return meaning_of(name)
        except ValueError:
            return None


def meaning_of(written: Written) -> Meaning:
    """What a row says: layers and `level3` → code.

    Raises:
        ValueError: it names no class of LCCS.
    """
    if written is None:
        return {}
    if not isinstance(written, str):
        return {**_of_level3_code(written), **written}
    row = Row.of(written, 0)
    told: dict[str, int] = {LEVEL3_MAP.name: row.level3[0], **_layers_of(row.level3[0])}
    for classifier, place in row.places.items():
        if classifier in _CODED:
            told[classifier.layer] = classifier.divisions[place - 1].number
    if told.get(LIFE_FORM.layer, 1) not in (*WOODY_FORMS, 0):
        told |= {LEAF_TYPE.layer: 0, PHENOLOGY.layer: 0}
    return told


def _of_level3_code(written: Mapping[str, int]) -> Mapping[str, int]:
    return _layers_of(written[LEVEL3_MAP.name]) if LEVEL3_MAP.name in written else {}


def _layers_of(level3: int) -> dict[str, int]:
    """What a class of level 3 says of the layers it is decided from, and which do not apply."""
    vegetated, aquatic = level3 in VEGETATED, level3 in (123, 124, *WATER)
    cultivated, artificial = level3 in (111, 123), level3 == 215
    bits = map(int, (vegetated, aquatic, cultivated, artificial))
    told = dict(zip(LEVEL3_INPUTS, bits, strict=True))
    if not vegetated:
        told |= {classifier.layer: 0 for classifier in _OF_PLANTS}
    if level3 in (227, 228):
        told[ARTIFICIAL_WATER] = int(level3 == 227)
    if level3 not in WATER:
        told[WATER_STATE.layer] = 0
    return told


def _fault(written: Written, known: Mapping[str, Descriptor]) -> str:
    if written is None or isinstance(written, str):
        meaning_of(written)
        return ""
    for name, code in written.items():
        if name == LEVEL3_MAP.name:
            if code not in LEVEL3:
                return f"{code} is no class of level 3; there are {', '.join(map(str, LEVEL3))}"
        elif name not in known:
            return unknown(name, "a layer", [LEVEL3_MAP.name, *known])
        elif known[name].kind.is_continuous:
            return f"{name} has no classes; name a layer of codes"
        elif not known[name].allows(np.array(code)):
            return f"{code} is no code of {name}; there are {known[name].accepted}"
    return ""
