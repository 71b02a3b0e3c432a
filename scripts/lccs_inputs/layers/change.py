"""Change between two periods of an area: gain and loss of each layer, and level 3 from class to
class, in hectares of ground."""

import csv
import io
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.errors import InputError
from lccs_inputs.facts.change import MAP, transition
from lccs_inputs.facts.lccs import CODE_NODATA, LEVEL3, Codes, Descriptor, Kind, known_codes
from lccs_inputs.files import write_text
from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.true_area import true_hectares
from lccs_inputs.rasters.writing import create_cog

_LEVEL3 = Descriptor("level3", "Land cover", Kind.CATEGORICAL, LEVEL3)
_SAME = "same"
_KINDS = ("gain", "loss", "other", "unchanged", "unknown")
UNDECIDED = "undecided"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Amount:
    """Pixels, and the ground they are."""

    pixels: int
    hectares: float

    def to_dict(self) -> dict[str, int | float]:
        """Plain values, hectares to the square metre."""
        return {"pixels": self.pixels, "hectares": round(self.hectares, 4)}


@dataclass(frozen=True)
class Flag:
    """Why the change of some layers is not, or not only, one of the land.

    Attributes:
        layers: their names, `level3` among them where it follows from them.
        kind: `break`, editions of a map that do not compare; `same`, one edition in both periods;
            `method`, layers that are made in different ways.
        text: a sentence; of `same` the source and its edition.
        source: who says so; "" where the config does.
    """

    layers: Sequence[str]
    kind: str
    text: str
    source: str


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
    flags: Sequence[Flag],
    area: Area,
    folder: Path,
) -> None:
    """Write what changed between two periods: tables, and a map of level 3.

    `change.json` has all of it: `flags`; `layers`, for each the pixels and hectares of `gain`,
    `loss`, `other`, `unchanged` and `unknown`; `level3`, the same from class to class. `layers.csv`
    has the layers, `level3.csv` the matrix in hectares. `level3.tif` is coded as
    `facts.change.MAP`, nodata where either period is not known. Flags are logged too.

    Gain is what was 0 and is not now, of percentages and quantities what rose; loss the reverse;
    other is one code in the place of another.

    Args:
        earlier: le_lccs name, or `level3` → the raster of that period; later: likewise.
        descriptors: what each layer holds, by name.

    Raises:
        SourceError: a raster cannot be read or is not exactly on the grid of the area.
        InputError: a layer is there in one period only, or has codes that its legend has not; or
            a file could not be written whole.
    """
    lacking = sorted(earlier.keys() ^ later.keys())
    if lacking:
        raise InputError(
            f"{', '.join(lacking)}: made in one of the two periods only, so that no change can be "
            "told; make it in both, or leave it out of both"
        )
    for flag in flags:
        if flag.kind != _SAME:
            log.warning("%s: %s", ", ".join(flag.layers), flag.text)
    for note in notes([flag for flag in flags if flag.kind == _SAME]):
        log.info("%s", note)
    found = _count(earlier, later, area)
    kinds = {**descriptors, _LEVEL3.name: _LEVEL3}
    for name, pairs in found.items():
        _check_codes(kinds[name], pairs, earlier[name], later[name])
    layers = {name: _summed(kinds[name], pairs) for name, pairs in found.items()}
    level3 = found.get(_LEVEL3.name, Pairs())
    document = {
        "flags": [asdict(flag) for flag in flags],
        "layers": {
            name: {kind: amount.to_dict() for kind, amount in each.items()}
            for name, each in layers.items()
        },
        "level3": [
            {"from": _class(before), "to": _class(after), **amount.to_dict()}
            for before, after, amount in level3
        ],
    }
    write_text(folder / "change.json", json.dumps(document, indent=1) + "\n")
    write_text(folder / "layers.csv", _layer_table(layers, flags))
    if _LEVEL3.name in found:
        write_text(folder / "level3.csv", _matrix(level3))
        _map_change(earlier[_LEVEL3.name], later[_LEVEL3.name], area, folder / "level3.tif")


def _count(earlier: Mapping[str, Path], later: Mapping[str, Path], area: Area) -> dict[str, Pairs]:
    """The pairs of codes of every layer."""
    found = {name: Pairs() for name in earlier}
    with LayerSet(earlier, area.grid) as before, LayerSet(later, area.grid) as after:
        for window, inside in area_windows(area, "change"):
            size = window.width, window.height
            piece = area.grid.subgrid(window.col_off, window.row_off, *size)
            hectares = true_hectares(piece)[inside]
            for name, pairs in found.items():
                paired = _paired(before.read(name, window), after.read(name, window))
                pairs.add(paired[inside], hectares)
    return found


def _paired(before: Codes, after: Codes) -> NDArray[np.uint16]:
    """Both codes of each pixel in one number, 255 for what is not known."""
    first, second = known_codes(*before), known_codes(*after)
    return np.left_shift(first, 8, dtype=np.uint16) | second


def _map_change(earlier: Path, later: Path, area: Area, target: Path) -> None:
    """The map of change between two maps of level 3."""
    with (
        LayerSet({"before": earlier, "after": later}, area.grid) as both,
        create_cog(
            target,
            area.grid,
            [MAP.name],
            "uint8",
            CODE_NODATA,
            legend=MAP.codes,
            tags={"title": MAP.title, "units": "1"} | both.inherited_tags,
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
    summed = dict.fromkeys(_KINDS, Amount(0, 0.0))
    for before, after, amount in pairs:
        kind = _kind_of_change(descriptor, before, after)
        was = summed[kind]
        summed[kind] = Amount(was.pixels + amount.pixels, was.hectares + amount.hectares)
    return summed


def _kind_of_change(descriptor: Descriptor, before: int, after: int) -> str:
    if CODE_NODATA in (before, after):
        return "unknown"
    if before == after:
        return "unchanged"
    if descriptor.kind.is_continuous:
        return "gain" if after > before else "loss"
    return "gain" if before == 0 else "loss" if after == 0 else "other"


def _class(code: int) -> int | str:
    return UNDECIDED if code == CODE_NODATA else code


def _layer_table(layers: Mapping[str, Mapping[str, Amount]], flags: Sequence[Flag]) -> str:
    """A line for each layer: pixels and hectares by kind of change, and what is to be known."""
    columns = [f"{kind}_{unit}" for kind in _KINDS for unit in ("px", "ha")]
    rows = (
        (
            name,
            *(
                cell
                for kind in _KINDS
                for cell in (each[kind].pixels, f"{each[kind].hectares:.4f}")
            ),
            "; ".join(notes([flag for flag in flags if name in flag.layers])),
        )
        for name, each in layers.items()
    )
    return _csv(("layer", *columns, "flags"), rows)


def notes(flags: Sequence[Flag]) -> list[str]:
    """Flags as sentences, all maps that are the same in both periods in one."""
    found = [flag.text for flag in flags if flag.kind != _SAME]
    same = [flag.text for flag in flags if flag.kind == _SAME]
    if same:
        found.append(f"the same map in both periods, which shows no change: {', '.join(same)}")
    return found


def _matrix(pairs: Pairs) -> str:
    """Hectares from each class, a line, to each class, a column; of those that occur."""
    amounts = {(before, after): amount.hectares for before, after, amount in pairs}
    rows, columns = (sorted({pair[end] for pair in amounts}) for end in (0, 1))
    return _csv(
        ("from", *(f"to {_class(column)}" for column in columns)),
        (
            (_class(row), *(f"{amounts.get((row, column), 0.0):.4f}" for column in columns))
            for row in rows
        ),
    )


def _csv(columns: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue()
