"""Coherence between layers: whether what they say of one pixel goes together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.coherence import MAP, RULES, Codes, Coherence
from lccs_inputs.facts.lccs import CODE_NODATA, known_codes
from lccs_inputs.layers.layer_set import STRIP, LayerSet
from lccs_inputs.layers.reports import Check, Severity, check_of
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.writing import create_map


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
    layers: Mapping[str, Path],
    rules: Sequence[Coherence],
    area: Area,
    target: Path,
    threads: int = 1,
) -> dict[str, Tally]:
    """Count the pixels that break each rule, and write the map of all, a COG with names.

    Its codes are bits, as `facts.coherence.RULES` are numbered and the tags say (`bit_0`, …).
    uint8; 255 outside the area, and where some layer is nodata and no rule is known to be broken.

    Args:
        layers: the rasters there are; one that a rule looks at and is not among them is nodata.
        threads: as of `create_cog`.

    Returns:
        The tally of each rule, by its name.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    looked_at = sorted(frozenset[str]().union(*(rule.layers for rule in rules)))
    pixels, counts = 0, np.zeros((len(rules), 3), np.int64)
    tags = {"title": MAP.title, "units": "1"}
    tags |= {f"bit_{RULES.index(rule)}": rule.name for rule in rules}
    with (
        LayerSet({n: layers[n] for n in looked_at if n in layers}, area.grid) as layer_set,
        create_map(
            target, area.grid, MAP.name, MAP.codes, tags | layer_set.inherited_tags, threads
        ) as raster,
    ):
        for window, inside in area_windows(area, "coherence"):
            codes = np.empty(inside.shape, np.uint8)
            read = {name: layer_set.bytes(name, window) for name in looked_at}
            for top in range(0, window.height, STRIP):
                strip = slice(top, top + STRIP)
                part = {name: stored[strip] for name, stored in read.items()}
                codes[strip], found = _of_strip(rules, part, inside[strip])
                counts += found
            raster.write(codes, 1, window=window)
            pixels += int(np.count_nonzero(inside))
    return {
        rule.name: Tally(broken, of, judged, pixels - judged)
        for rule, (broken, of, judged) in zip(rules, counts.tolist(), strict=True)
    }


def _of_strip(
    rules: Sequence[Coherence], layers: Mapping[str, NDArray[np.uint8]], inside: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], list[list[int]]]:
    """The codes of the map, and how many pixels break each rule, are subject to it, are judged."""
    known = {name: inside & (codes != CODE_NODATA) for name, codes in layers.items()}
    mapped, all_judged, counts = np.zeros(inside.shape, np.uint8), inside, []
    for rule in rules:
        judged = reduce(np.logical_and, (known[name] for name in rule.layers))
        subject = (_among(layers[name], codes) for name, codes in rule.subject.items())
        about = reduce(np.logical_and, subject, judged)
        broken = about & _among(layers[rule.layer], rule.broken)
        mapped |= broken.view(np.uint8) * np.uint8(1 << RULES.index(rule))
        all_judged = all_judged & judged
        counts.append([int(np.count_nonzero(pixels)) for pixels in (broken, about, judged)])
    return known_codes(mapped, all_judged | (mapped > 0)), counts


def _among(codes: NDArray[np.uint8], some: Codes) -> NDArray[np.bool_]:
    """Where codes are among some: by comparisons, which take less than tables for as few."""
    return reduce(np.logical_or, (_between(codes, *run) for run in _runs(some)))


def _between(codes: NDArray[np.uint8], first: int, last: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (
        codes == first if first == last else codes - np.uint8(first) <= last - first
    )
    return found  # what is less than the first begins again from 255


@cache
def _runs(codes: Codes) -> tuple[tuple[int, int], ...]:
    """First and last of the codes that follow each other without a gap."""
    firsts = sorted(code for code in codes if code - 1 not in codes)
    lasts = sorted(code for code in codes if code + 1 not in codes)
    return tuple(zip(firsts, lasts, strict=True))


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
