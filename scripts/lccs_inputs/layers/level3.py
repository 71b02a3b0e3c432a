"""The level-3 map the layers lead to, and how well it agrees with a map of the truth."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lccs_inputs.facts.lccs import (
    CODE_NODATA,
    LEVEL3,
    classify_level3,
    known_codes,
    level3_decided,
)
from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows, gdal_env, open_on_grid, read_masked
from lccs_inputs.rasters.writing import create_map

_TAGS = {"title": "LCCS level 3", "units": "1"}


def classify(layers: Mapping[str, Path], area: Area, target: Path) -> None:
    """Write the level-3 classes le_lccs would give, as a COG with colours and category names.

    uint8, nodata 255 outside the area and wherever level 3 cannot be decided: there le_lccs,
    which knows no nodata, would see natural bare ground (216). A layer that `layers` does not
    name counts as nodata. Water is 227 or 228 where `artwatr_wat_cat` is known, else 220.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    with (
        LayerSet(layers, area.grid) as layer_set,
        create_map(target, area.grid, "level3", LEVEL3, _TAGS | layer_set.inherited_tags) as raster,
    ):
        for window, inside in area_windows(area, "level3"):
            codes = np.empty(inside.shape, np.uint8)
            for strip, inputs in layer_set.strips(layer_set.level3_inputs, window):
                known = inside[strip] & level3_decided(inputs)
                codes[strip] = known_codes(classify_level3(inputs), known)
            raster.write(codes, 1, window=window)


@dataclass(frozen=True)
class Agreement:
    """How often a level-3 map says what the truth says.

    Attributes:
        counts: (class in the truth, class in the map) → pixels; 255 in the map is undecided.
            Pixels whose truth is nodata are not counted.
    """

    counts: Mapping[tuple[int, int], int]

    @property
    def share(self) -> float:
        """Share of the pixels that agree, 0 to 1; an undecided pixel does not agree."""
        agreeing = sum(n for (truth, mapped), n in self.counts.items() if truth == mapped)
        return _ratio(agreeing, sum(self.counts.values()))

    def found(self, code: int) -> float:
        """Share of the true pixels of a class that the map found (producer's accuracy)."""
        return _ratio(self._agreeing(code), self._pixels(truth=code))

    def right(self, code: int) -> float:
        """Share of the pixels mapped as a class that are it (user's accuracy)."""
        return _ratio(self._agreeing(code), self._pixels(mapped=code))

    def table(self) -> str:
        """A Markdown table, one row per class of the truth, with the classes it is mistaken for."""
        lines = ["| Class | Pixels | Found | Right | Mistaken for |", "|---|---:|---:|---:|---|"]
        for code in sorted({truth for truth, _ in self.counts}):
            mistaken = ", ".join(
                f"{mapped if mapped != CODE_NODATA else 'undecided'} {n}"
                for (truth, mapped), n in sorted(self.counts.items(), key=lambda item: -item[1])
                if truth == code != mapped
            )
            lines.append(
                f"| {code} {LEVEL3[code].name} | {self._pixels(truth=code)} "
                f"| {self.found(code):.1%} | {self.right(code):.1%} | {mistaken} |"
            )
        lines.append(f"| All | {sum(self.counts.values())} | {self.share:.1%} | | |")
        return "\n".join(lines) + "\n"

    def _agreeing(self, code: int) -> int:
        return self.counts.get((code, code), 0)

    def _pixels(self, truth: int | None = None, mapped: int | None = None) -> int:
        return sum(n for (t, m), n in self.counts.items() if truth == t or mapped == m)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def agreement(level3: Path, truth: Path, area: Area) -> Agreement:
    """Compare a level-3 map with the truth within the area; both uint8 on its grid, nodata 255.

    Raises:
        SourceError: a file cannot be opened or is not exactly on the grid.
    """
    counts = Counter[tuple[int, int]]()
    with (
        gdal_env(),
        open_on_grid(level3, area.grid) as mapped_raster,
        open_on_grid(truth, area.grid) as truth_raster,
    ):
        for window, inside in area_windows(area, "agreement"):
            mapped = mapped_raster.read(1, window=window)
            classes, known = read_masked(truth_raster, 1, window)
            known &= inside
            pairs = classes[known].astype(np.uint16) * 256 + mapped[known]
            codes, numbers = np.unique(pairs, return_counts=True)
            for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
                counts[divmod(code, 256)] += number
    return Agreement(dict(sorted(counts.items())))
