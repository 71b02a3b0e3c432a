"""Change between two periods of an area: gain and loss of each layer, and level 3 from class to
class, in hectares of ground."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.errors import InputError
from lccs_inputs.facts.change import MAP, transition
from lccs_inputs.facts.lccs import CODE_NODATA, LEVEL3, LEVEL3_MAP, Codes, Descriptor, known_codes
from lccs_inputs.files import write_text
from lccs_inputs.layers.change_tables import (
    KINDS,
    SAME,
    Amount,
    Flag,
    MapOfChange,
    document,
    layer_table,
    matrix,
    notes,
    taken_from,
)
from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.true_area import hectares_within
from lccs_inputs.rasters.writing import create_map

log = logging.getLogger(__name__)


class Pairs:
    """How often each pair of codes occurs: before and after, 255 where it is not known."""

    def __init__(self) -> None:
        self._pixels = np.zeros(2**16, np.int64)
        self._hectares = np.zeros(2**16)

    def add(self, pairs: NDArray[np.uint16], hectares: NDArray[np.float64]) -> None:
        """Count pixels within the area, each of so much ground."""
        self._pixels += np.bincount(pairs, minlength=2**16)
        self._hectares += np.bincount(pairs, hectares, minlength=2**16)

    def __iter__(self) -> Iterator[tuple[int, int, Amount]]:
        """Code before, code after, how much; of those that occur."""
        for pair in np.flatnonzero(self._pixels).tolist():
            yield *divmod(pair, 256), Amount(int(self._pixels[pair]), float(self._hectares[pair]))


def compare_periods(
    earlier: Mapping[str, Path],
    later: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    maps: Sequence[tuple[MapOfChange, Path]],
    flags: Sequence[Flag],
    area: Area,
    folder: Path,
    periods: tuple[str, str],
) -> None:
    """Write what changed between two periods: tables, and a map of level 3.

    `change.json` has all of it: `flags`; `layers` and `maps`, for each the pixels and hectares of
    `gain`, `loss`, `other`, `unchanged` and `unknown`; `level3`, the same from class to class.
    The change of a layer that a map tells is that of the map, as `taken_from` says; what it would
    be by the layers of both periods is among `differences`.
    `layers.csv` has layers and maps, `level3.csv` the matrix in hectares. `level3.tif` is coded as
    `facts.change.MAP`, nodata where either period is not known. Flags are logged too.

    Gain is what was 0 and is not now, of percentages and quantities what rose; loss the reverse;
    other is one code in the place of another.

    Args:
        earlier: le_lccs name, or `level3` → the raster of that period; later: likewise.
        descriptors: what each layer holds, by name.
        maps: of the change of sources, on the grid.
        periods: their names, the earlier first.

    Raises:
        SourceError: a raster cannot be read or is not exactly on the grid of the area.
        InputError: a layer is there in one period only, or has codes that its legend has not; or
            a file could not be written whole.
    """
    _check_same(earlier, later)
    _log_flags(flags)
    found = _count(earlier, later, area)
    kinds = {**descriptors, LEVEL3_MAP.name: LEVEL3_MAP}
    for name, pairs in found.items():
        _check_codes(kinds[name], pairs, earlier[name], later[name])
    differences = {name: _summed(kinds[name], pairs) for name, pairs in found.items()}
    told = {each.name: _tally(each, path, area) for each, path in maps}
    taken, level3 = taken_from([each for each, _ in maps]), [*found.get(LEVEL3_MAP.name, ())]
    for layer, name in taken.items():
        log.info("%s: its change is that of %s", layer, name)
    write_text(folder / "change.json", document(flags, differences, told, taken, level3))
    write_text(folder / "layers.csv", layer_table(differences, told, taken, flags))
    if LEVEL3_MAP.name in found:
        write_text(folder / "level3.csv", matrix(level3))
        both = earlier[LEVEL3_MAP.name], later[LEVEL3_MAP.name]
        _map_change(*both, area, folder / "level3.tif", periods)


def _check_same(earlier: Collection[str], later: Collection[str]) -> None:
    lacking = sorted({*earlier} ^ {*later})
    if lacking:
        raise InputError(
            f"{', '.join(lacking)}: made in one of the two periods only, so that no change can be "
            "told; make it in both, or leave it out of both"
        )


def _log_flags(flags: Sequence[Flag]) -> None:
    for flag in flags:
        if flag.kind != SAME:
            log.warning("%s: %s", ", ".join(flag.layers), flag.text)
    for note in notes([flag for flag in flags if flag.kind == SAME]):
        log.info("%s", note)


def _count(earlier: Mapping[str, Path], later: Mapping[str, Path], area: Area) -> dict[str, Pairs]:
    """The pairs of codes of every layer."""
    found = {name: Pairs() for name in earlier}
    with LayerSet(earlier, area.grid) as before, LayerSet(later, area.grid) as after:
        for window, inside in area_windows(area, "change"):
            hectares = hectares_within(area.grid, window)[inside]
            for name, pairs in found.items():
                paired = _paired(before.read(name, window), after.read(name, window))
                pairs.add(paired[inside], hectares)
    return found


def _tally(change: MapOfChange, path: Path, area: Area) -> dict[str, Amount]:
    """What a map of change says, by kind of change."""
    kinds = dict.fromkeys(KINDS, Amount(0, 0.0))
    with LayerSet({change.name: path}, area.grid) as maps:
        for window, inside in area_windows(area, change.name):
            codes, valid = maps.read(change.name, window)
            hectares = hectares_within(area.grid, window)
            known = inside & valid
            parts = [("unknown", inside & ~valid)]
            for code in np.unique(codes[known]).tolist():
                parts.append((change.kind_of(code), known & (codes == code)))
            for kind, chosen in parts:
                kinds[kind] += Amount(int(chosen.sum()), float(hectares[chosen].sum()))
    return kinds


def _paired(before: Codes, after: Codes) -> NDArray[np.uint16]:
    """Both codes of each pixel in one number, 255 for what is not known."""
    first, second = known_codes(*before), known_codes(*after)
    return np.left_shift(first, 8, dtype=np.uint16) | second


def _map_change(
    earlier: Path, later: Path, area: Area, target: Path, periods: tuple[str, str]
) -> None:
    """The map of change between two maps of level 3."""
    told = {"title": MAP.title, "units": "1", "earlier": periods[0], "later": periods[1]}
    with (
        LayerSet({"before": earlier, "after": later}, area.grid) as both,
        create_map(
            target,
            area.grid,
            MAP.name,
            MAP.codes,
            told | both.inherited_tags,
        ) as raster,
    ):
        for window, inside in area_windows(area, "map of change"):
            paired = _paired(both.read("before", window), both.read("after", window))
            raster.write(known_codes(np.take(_CODES, paired), inside), 1, window=window)


def _codes() -> NDArray[np.uint8]:
    """By pair of classes, the code of the map."""
    table = np.full(2**16, CODE_NODATA, np.uint8)
    for before in LEVEL3:
        for after in LEVEL3:
            table[before << 8 | after] = transition(before, after)
    return table


_CODES = _codes()


def _check_codes(descriptor: Descriptor, pairs: Pairs, *files: Path) -> None:
    for *codes, _ in pairs:
        for code, file in zip(codes, files, strict=True):
            if code != CODE_NODATA and not descriptor.allows(np.array(code)):
                raise InputError(
                    f"{file}: has {code}, which is none of {descriptor.accepted}; change is told "
                    "of codes of one legend only, so make it again, or describe the code"
                )


def _summed(descriptor: Descriptor, pairs: Pairs) -> dict[str, Amount]:
    """What the pairs of a layer come to, by kind of change."""
    summed = dict.fromkeys(KINDS, Amount(0, 0.0))
    for before, after, amount in pairs:
        kind = _kind_of_change(descriptor, before, after)
        summed[kind] += amount
    return summed


def _kind_of_change(descriptor: Descriptor, before: int, after: int) -> str:
    if CODE_NODATA in (before, after):
        return "unknown"
    if before == after:
        return "unchanged"
    if descriptor.kind.is_continuous:
        return "gain" if after > before else "loss"
    return "gain" if before == 0 else "loss" if after == 0 else "other"
