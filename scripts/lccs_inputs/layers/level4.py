"""The level-4 map the layers lead to, and the hectares of its classes.

What a pixel is follows from a number that is looked up: the places it has in the classifiers of its
class of level 3, as the digits of a number whose bases are how many places each classifier has.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.au import AU, au
from lccs_inputs.facts.lccs import CODE_NODATA, Codes
from lccs_inputs.facts.level4 import CLASSIFIERS, Classifier, Level4
from lccs_inputs.files import write_text
from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.layers.tables import amounts, csv_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.true_area import hectares_within
from lccs_inputs.rasters.writing import create_cog, create_map

UNDECIDED = 0
"""The code of a pixel whose level 3 is not known; the nodata of codes."""
_UNDECIDED_NAME = "level 3 not known"

_COLUMNS = ("code", "lccs", "au", "name", "pixels", "hectares")
_LEVEL3 = "level3"  # among the rasters of a set of layers
_TAGS = {"title": "LCCS level 4", "units": "1"}


@dataclass(frozen=True)
class _Block:
    """The numbers of the classes that share a class of level 3 and begin with `first`."""

    level3: int
    classifiers: tuple[Classifier, ...]
    first: int

    @property
    def count(self) -> int:
        return prod(map(_base, self.classifiers))

    def kind(self, number: int) -> Level4:
        places: dict[Classifier, int] = {}
        rest = number - self.first
        for classifier in reversed(self.classifiers):
            rest, places[classifier] = divmod(rest, _base(classifier))
        every = CLASSIFIERS[self.level3]
        return Level4.of(self.level3, tuple(places.get(each, 0) for each in every))


def _base(classifier: Classifier) -> int:
    return classifier.unknown + 1


class Kinds:
    """The classes of level 4 that some layers can tell, each by a number; 0 is undecided.

    Args:
        layers: le_lccs names of those that are made.
    """

    def __init__(self, layers: Collection[str]) -> None:
        self._blocks: list[_Block] = []
        self.count = 1
        for level3, every in CLASSIFIERS.items():
            made = tuple(classifier for classifier in every if classifier.layer in layers)
            self._blocks.append(_Block(level3, made, self.count))
            self.count += self._blocks[-1].count
        self._met, self._known = np.zeros((2, self.count), bool)

    def numbers(self, level3: NDArray[np.uint8], layers: Mapping[str, Codes]) -> NDArray[np.int32]:
        """The numbers of some pixels.

        Args:
            level3: codes of level 3, nodata 255.
            layers: those that describe it, by le_lccs name; of the same shape.
        """
        numbers = np.zeros(level3.shape, np.int32)
        for classifiers in {block.classifiers: None for block in self._blocks}:
            first = np.zeros(256, np.int32)
            for block in self._blocks:
                if block.classifiers == classifiers:
                    first[block.level3] = block.first
            places = np.zeros(level3.shape, np.int32)
            for classifier in classifiers:
                places *= _base(classifier)
                places += np.take(classifier.places, layers[classifier.layer][0])
            start = np.take(first, level3)
            np.add(start, places, out=numbers, where=start > 0)
        return numbers

    def known(self, numbers: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Where no layer that describes a pixel is nodata; not where it is undecided."""
        met = np.take(self._met, numbers)
        if not met.all():
            for number in np.unique(numbers[~met]).tolist():
                self._met[number] = True
                self._known[number] = number > 0 and self.kind(number).is_known
        known: NDArray[np.bool_] = np.take(self._known, numbers)
        return known

    def kind(self, number: int) -> Level4:
        """The class that a number above 0 stands for."""
        return next(b for b in reversed(self._blocks) if b.first <= number).kind(number)


class _Tally:
    """What was met, by number of a kind: its code, its number in the scheme `au`, how much."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._met: dict[int, Level4] = {}
        self.codes = np.full(kinds.count, UNDECIDED, np.uint32)
        self.au = np.full(kinds.count, CODE_NODATA, np.uint8)
        self._pixels = np.zeros(kinds.count, np.int64)
        self._hectares = np.zeros(kinds.count)

    def add(
        self,
        numbers: NDArray[np.int32],
        hectares: NDArray[np.float64],
        inside: NDArray[np.bool_],
    ) -> None:
        """Count pixels within the area.

        Args:
            hectares: the ground of each.
            inside: True in the area.
        """
        counted = slice(None) if inside.all() else inside.ravel()
        numbers, hectares = numbers.ravel()[counted], hectares.ravel()[counted]
        pixels = np.bincount(numbers, minlength=len(self._pixels))
        self._pixels += pixels
        self._hectares += np.bincount(numbers, hectares, minlength=len(self._pixels))
        for number in np.flatnonzero(pixels).tolist():
            if number and number not in self._met:
                kind = self._met[number] = self._kinds.kind(number)
                self.codes[number], self.au[number] = kind.code, au(kind)

    def table(self) -> str:
        """The classes that were met by code, as CSV; different numbers can be one class."""
        met: dict[Level4 | None, list[Any]] = defaultdict(lambda: [0, 0.0])
        for number in np.flatnonzero(self._pixels).tolist():
            row = met[self._met.get(number)]
            row[0] += int(self._pixels[number])
            row[1] += float(self._hectares[number])
        rows = ((*_cells(kind), *amounts(*amount)) for kind, amount in met.items())
        return csv_text(_COLUMNS, sorted(rows))


def _cells(kind: Level4 | None) -> tuple[int, str, int | str, str]:
    """What a row of the table says of a class, or of what is undecided."""
    if kind is None:
        return UNDECIDED, "", "", _UNDECIDED_NAME
    return kind.code, kind.text, au(kind), kind.name


def classify_level4(
    level3: Path, layers: Mapping[str, Path], area: Area, target: Path, codes: Path, table: Path
) -> None:
    """Write the classes of level 4 that the layers lead to.

    What a layer that describes a class does not know is not guessed: its code has 9s there, its
    name says so, and its number in the scheme `au` is that of the wider class. Where level 3 is not
    known, nothing is.

    Args:
        level3: its map, uint8, nodata 255.
        layers: le_lccs name → raster of those of `LAYERS` that are made.
        target: becomes the numbers of the scheme `au`, uint8, nodata 255, with colours and names.
        codes: becomes the codes (`Level4.code`), uint32, nodata 0.
        table: becomes the classes met by code, with pixels and true hectares, CSV.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: a file could not be written whole.
    """
    grid = area.grid
    tally = _Tally(kinds := Kinds(layers))
    with (
        LayerSet({_LEVEL3: level3, **layers}, grid) as layer_set,
        create_map(
            target, grid, "level4", AU, _TAGS | {"scheme": "au"} | layer_set.inherited_tags
        ) as numbered,
        create_cog(
            codes, grid, ["level4_codes"], "uint32", UNDECIDED, overview_resampling="nearest",
            tags=_TAGS | {"title": f"{_TAGS['title']}, codes"} | layer_set.inherited_tags,
        ) as coded,
    ):  # fmt: skip
        for window, inside in area_windows(area, "level4"):
            numbers = np.empty(inside.shape, np.int32)
            for strip, read in layer_set.strips([_LEVEL3, *layers], window):
                numbers[strip] = kinds.numbers(read[_LEVEL3][0], read)
            tally.add(numbers, hectares_within(grid, window), inside)
            numbers *= inside
            numbered.write(np.take(tally.au, numbers), 1, window=window)
            coded.write(np.take(tally.codes, numbers), 1, window=window)
    write_text(table, tally.table())
