"""Coherence between layers: whether what they say of one pixel goes together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.coherence import MAP, RULES, Coherence
from lccs_inputs.facts.lccs import CODE_NODATA, known_codes
from lccs_inputs.layers.layer_set import STRIP, LayerSet
from lccs_inputs.layers.lookups import Lookup
from lccs_inputs.layers.reports import Check, Severity, check_of
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.writing import create_map

_KNOWN, _SUBJECT, _BROKEN = (part * len(RULES) for part in range(3))
"""Where the answers to each rule stand in a word: its layers are known, it is about the pixel, the
further layer breaks it. A layer that a rule does not look at answers yes."""
_ALL = 2 ** len(RULES) - 1


@dataclass(frozen=True)
class Tolerance:
    """How many of the pixels that a rule is about may break it, as a share, 0 to 1."""

    severity: Severity
    maximum: float


@dataclass(frozen=True)
class Tally:
    """The pixels of the area by a rule.

    Attributes:
        pixels: that break it.
        of: that it is about.
        judged: where all layers that it looks at are known.
        not_judged: where one of them is nodata.
    """

    pixels: int
    of: int
    judged: int
    not_judged: int

    @property
    def share(self) -> float:
        return self.pixels / self.of if self.of else 0.0


def judge(
    layers: Mapping[str, Path], rules: Sequence[Coherence], area: Area, target: Path
) -> dict[str, Tally]:
    """Count the pixels that break each rule, and write the map of all, a COG with names.

    Its codes are bits, as `facts.coherence.RULES` are numbered and the tags say (`bit_0`, …).
    uint8; 255 outside the area, and where some layer is nodata and no rule is known to be broken.

    Args:
        layers: the rasters there are; one that a rule looks at and is not among them is nodata.

    Returns:
        The tally of each rule, by its name.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    looked_at = sorted(frozenset[str]().union(*(rule.layers for rule in rules)))
    first, *others = [_of_both(looked_at[at : at + 2]) for at in range(0, len(looked_at), 2)]
    asked = sum(1 << RULES.index(rule) for rule in rules)
    found, entries = np.zeros(2 ** (3 * len(RULES)), np.int64), _codes(asked)
    tags = {"title": MAP.title, "units": "1"}
    tags |= {f"bit_{RULES.index(rule)}": rule.name for rule in rules}
    with (
        LayerSet({n: layers[n] for n in looked_at if n in layers}, area.grid) as layer_set,
        create_map(
            target, area.grid, MAP.name, MAP.codes, tags | layer_set.inherited_tags
        ) as raster,
    ):
        for window, inside in area_windows(area, "coherence"):
            codes, whole = np.empty(inside.shape, np.uint8), inside.all()
            read = {name: layer_set.bytes(name, window) for name in looked_at}
            for top in range(0, window.height, STRIP):
                strip = slice(top, top + STRIP)
                part = {name: stored[strip] for name, stored in read.items()}
                words = first.of(part)
                for table in others:
                    words &= table.of(part)
                counted = words.ravel() if whole else words[inside[strip]]
                found += np.bincount(counted, minlength=len(found))
                mapped = np.take(entries, words)
                codes[strip] = mapped if whole else known_codes(mapped, inside[strip])
            raster.write(codes, 1, window=window)
    return {rule.name: _tally(RULES.index(rule), found) for rule in rules}


def _of_both(layers: Sequence[str]) -> Lookup:
    """By the codes of one layer or two, what they say to each rule."""
    entries = reduce(np.bitwise_and.outer, map(_answers, layers))
    return Lookup(tuple(layers), entries.ravel())


def _answers(layer: str) -> NDArray[np.uint16]:
    """By code, what a layer says to each rule."""
    table = np.full(256, 2 ** (3 * len(RULES)) - 1, np.uint16)
    for number, rule in enumerate(RULES):
        if layer in rule.layers:
            table[CODE_NODATA] &= ~np.uint16(1 << (_KNOWN + number))
        for start, codes in (
            (_SUBJECT, rule.subject.get(layer)),
            (_BROKEN, rule.broken if layer == rule.layer else None),
        ):
            if codes is not None:
                others = np.setdiff1d(np.arange(256), list(codes))
                table[others] &= ~np.uint16(1 << (start + number))
    return table


def _codes(asked: int) -> NDArray[np.uint8]:
    """By word, the code of the map; of the rules that are `asked`, as bits."""
    words = np.arange(2 ** (3 * len(RULES)))
    known, subject, broken = (words >> start & asked for start in (_KNOWN, _SUBJECT, _BROKEN))
    codes = (known & subject & broken).astype(np.uint8)
    return known_codes(codes, (codes > 0) | (known == asked))


def _tally(number: int, found: NDArray[np.int64]) -> Tally:
    """What the numbers of each word come to for one rule."""
    words = np.arange(len(found))
    known, subject, broken = (
        (words >> (start + number) & 1).astype(bool) for start in (_KNOWN, _SUBJECT, _BROKEN)
    )
    about = known & subject
    return Tally(*(int(found[some].sum()) for some in (about & broken, about, known, ~known)))


def check_rule(rule: Coherence, tally: Tally, tolerance: Tolerance) -> Check:
    """Whether few enough pixels break a rule; not checked where none of the area is judged."""
    found = (
        f"{tally.pixels} of {tally.of} px {rule.kind} ({tally.share:.2%}), "
        f"{tally.not_judged} px not judged"
    )
    check = check_of(
        rule.layer,
        rule.name,
        tolerance.severity,
        passed=tally.share <= tolerance.maximum,
        found=found,
        expected=f"at most {tolerance.maximum:.1%} {rule.title}",
    )
    return check if tally.judged else replace(check, status="not checked")
