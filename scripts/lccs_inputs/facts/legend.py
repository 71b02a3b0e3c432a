"""Legends of others, and which of their classes a class of level 3 or 4 is.

A crosswalk is read from above: the first row that fits a class says what it is. A row names a class
of level 3 and whatever describes it, `A12.A1` or `A12.A1.D2`, and fits all that are described so,
whatever else they are; `B20` fits water of any origin.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from lccs_inputs.facts.lccs import ABSENT, CODE_NODATA, LEVEL3, Category, Descriptor, Kind
from lccs_inputs.facts.level4 import CLASSIFIERS, WATER, Classifier, Level4
from lccs_inputs.words import listed, nearest

FOLDER = Path(__file__).parent / "legends"
"""The legends there are, a file each."""

NO_CLASS, IN_NO_CLASS = 0, "in no class of the legend"
"""What a crosswalk says of what has no class in the legend, and what that is called."""
UNDECIDED = CODE_NODATA
"""What is not known well enough for one class."""

_TEXTS = {category.name.split()[0]: code for code, category in LEVEL3.items()}
_NAMED = {
    name: category.name.split()[0]
    for category in LEVEL3.values()
    for name in (category.name, category.name.partition(" ")[2])
}
"""Names of level 3, with and without their code → the code as LCCS writes it."""


@dataclass(frozen=True)
class Row:
    """A row of a crosswalk.

    Attributes:
        text: as it is written.
        level3: the classes of level 3 that it fits.
        places: of each classifier that it names, the place it fits.
        code: the class of the legend.
    """

    text: str
    level3: tuple[int, ...]
    places: Mapping[Classifier, int]
    code: int

    @classmethod
    def of(cls, text: str, code: int) -> Self:
        """A row as it is written.

        Raises:
            ValueError: it names no class of LCCS; says what there is.
        """
        first, *further = text.split(".")
        if first not in _TEXTS:
            raise ValueError(f"{first} is no class of level 3; there are {listed([*_TEXTS])}")
        level3 = WATER if first == "B20" else (_TEXTS[first],)
        known = {c.text(place): (c, place) for c, place in _said(level3[0])}
        for part in further:
            if part not in known:
                raise ValueError(f"{part} describes no {first}; there are {listed([*known])}")
        places = dict(known[part] for part in further)
        if len(places) < len(further):
            raise ValueError("it names two classes of one kind")
        return cls(text, level3, places, code)

    def fits(self, kind: Level4) -> bool | None:
        """Whether it fits a class; None where that hangs on what is not known of it."""
        if kind.level3 not in self.level3:
            return False
        at = dict(kind.described)
        if any(at[c] not in (place, c.unknown) for c, place in self.places.items()):
            return False
        return True if all(at[c] == place for c, place in self.places.items()) else None

    def covers(self, other: "Row") -> bool:
        """Whether it fits all that another fits."""
        return {*other.level3} <= {*self.level3} and self.places.items() <= other.places.items()


def nearest_class(text: str) -> str | None:
    """The class of LCCS that begins like a text that is none, or whose name is like it: A23 of
    "A23-1", B28 of "natural water"; None where there is none."""
    first, *further = text.upper().split(".")
    named = _beginning_like(first, _TEXTS)
    if named is None:
        return _NAMED.get(nearest(text, _NAMED) or "")
    known = [classifier.text(place) for classifier, place in _said(_TEXTS[named])]
    parts = filter(None, (_beginning_like(part, known) for part in further))
    try:
        return Row.of(".".join([named, *parts]), 0).text
    except ValueError:
        return None


def _beginning_like(text: str, known: Collection[str]) -> str | None:
    """The first that has most of a text in common from its beginning on, more than half of it."""
    starts = (text[:end] for end in range(len(text), len(text) // 2, -1))
    return next((name for start in starts for name in known if name.startswith(start)), None)


def _said(level3: int) -> Iterator[tuple[Classifier, int]]:
    """Whatever can describe a class of level 3: classifiers and their places."""
    for classifier in CLASSIFIERS[level3]:
        for place in range(1, classifier.unknown):
            yield classifier, place


@dataclass(frozen=True)
class Legend:
    """A legend, and the crosswalk to it.

    Attributes:
        name: what its map is called.
        source: of the legend, and of the crosswalk.
        classes: code, 1 to 254 → name and colour.
        rows: LCCS as written → code of a class, or `NO_CLASS`; in the order in which they count.
    """

    name: str
    title: str
    source: str
    classes: Mapping[int, Category]
    rows: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values only; rows as a list, since their order counts."""
        classes = [[code, entry.name, entry.colour] for code, entry in self.classes.items()]
        rows = [[text, code] for text, code in self.rows.items()]
        return {
            "name": self.name, "title": self.title, "source": self.source, "classes": classes,
            "rows": rows,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        classes = {code: Category(name, colour) for code, name, colour in document["classes"]}
        return cls(**{**document, "classes": classes, "rows": dict(document["rows"])})

    @property
    def map(self) -> Descriptor:
        """How its map is read."""
        codes = {NO_CLASS: Category(IN_NO_CLASS, ABSENT), **self.classes}
        return Descriptor(f"legend_{self.name}", self.title, Kind.CATEGORICAL, codes)

    def problems(self) -> Iterator[str]:
        """What makes the crosswalk no answer, or no one answer, for some class."""
        rows: list[Row] = []
        for text, code in self.rows.items():
            if code != NO_CLASS and code not in self.classes:
                yield f"crosswalk.{text}: {code} is none of the classes; add it, or write 0"
            try:
                row = Row.of(text, code)
            except ValueError as error:
                yield f"crosswalk.{text}: {error}"
                continue
            before = next((each.text for each in rows if each.covers(row)), None)
            if before:
                yield f"crosswalk.{text}: comes after {before}, which fits all of it; move it up"
            rows.append(row)
        for text, level3 in _TEXTS.items():
            if not any(level3 in row.level3 and not row.places for row in rows):
                yield (
                    f"crosswalk: has a gap, {LEVEL3[level3].name} of which nothing further is "
                    f"known; end with a row {text}, 0 if it is in no class"
                )

    @property
    def parsed(self) -> list[Row]:
        """The rows in the order in which they count."""
        return [Row.of(text, code) for text, code in self.rows.items()]

    def reached(self, code: int, layers: Collection[str]) -> tuple[bool, str]:
        """Whether a pixel can be in a class where some layers are made, and what is missing."""
        rows = [row for row in self.parsed if row.code == code]
        if not rows:
            return False, "no row of the crosswalk leads to it"
        absent = [[c.layer for c in row.places if c.layer not in layers] for row in rows]
        if [] not in absent:
            return False, f"not made, and needed: {listed(min(absent, key=len))}"
        missing = listed(sorted({name for each in absent for name in each}))
        return True, f"not made, and needed for some of it: {missing}" if any(absent) else ""


def class_of(kind: Level4, rows: Sequence[Row]) -> int:
    """The class of a legend that a class of level 4 is; `UNDECIDED` where it may be one of several.

    Args:
        rows: `Legend.parsed`.
    """
    possible = set()
    for row in rows:
        fits = row.fits(kind)
        if fits is not False:
            possible.add(row.code)
        if fits:
            break
    return possible.pop() if len(possible) == 1 else UNDECIDED
