"""The table of what a run will take: a line for each source, one for all, and what is unknown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lccs_inputs.costs import HOUR, Cost, together, total

_HEAD = (
    "area", "source", "edition", "from", "scenes", "blocks", "requests", "MB", "disk-MB",
    "memory-MB", "core-h", "EECU-h", "time",
)  # fmt: skip
_NAMES = 4  # columns of them
_UNKNOWN, _NONE = "?", "-"
_WHOLE = 100  # MB


@dataclass(frozen=True)
class Line:
    """What a source takes, for one area and edition.

    Attributes:
        origin: the service or catalogue it comes from.
        results: bytes of what is written to results, uncompressed.
        memory: of the largest job, MB.
        scenes: how many are left, and how many were found; None of what has none.
        blocks: still to be composed; likewise.
    """

    area: str
    source: str
    edition: str
    origin: str
    cost: Cost
    results: float = 0
    memory: int = 0
    scenes: tuple[int, int] | None = None
    blocks: int | None = None

    @property
    def place(self) -> str:
        return f"{self.area} {self.source} {self.edition}"


def table(lines: Sequence[Line]) -> str:
    """A line for each source and one for all, in aligned columns; below them every note."""
    rows = [_row(each) for each in lines]
    rows.append(_cells(("all", "", "", ""), _all(lines)))
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    text = "\n".join(_aligned(row, widths) for row in (_HEAD, *rows))
    return "\n".join([text, "", *_notes(lines)]).rstrip()


def _all(lines: Sequence[Line]) -> Line:
    with_scenes = [each.scenes for each in lines if each.scenes]
    left, found = map(sum, zip(*with_scenes, strict=True)) if with_scenes else (0, 0)
    return Line(
        "all", "", "", "",
        together(each.cost for each in lines),
        sum(each.results for each in lines),
        max((each.memory for each in lines), default=0),
        (left, found) if with_scenes else None,
        sum(each.blocks or 0 for each in lines) if with_scenes else None,
    )  # fmt: skip


def _row(line: Line) -> tuple[str, ...]:
    return _cells((line.area, line.source, line.edition, line.origin), line)


def _cells(names: Iterable[str], line: Line) -> tuple[str, ...]:
    cost = line.cost
    return (
        *names,
        "{}/{}".format(*line.scenes) if line.scenes else _NONE,
        _NONE if line.blocks is None else str(line.blocks),
        _number(cost.requests, ".0f"),
        megabytes(cost.bytes),
        megabytes(total([cost.kept, line.results])),
        str(line.memory),
        _number(cost.core_hours, ".3g"),
        _number(cost.eecu_hours, ".3g"),
        clock(cost.hours),
    )


def _number(value: float | None, form: str) -> str:
    return _UNKNOWN if value is None else format(value, form)


def megabytes(value: float | None) -> str:
    """Bytes as MB; whole ones from 100 on."""
    size = None if value is None else value / 1e6
    return _number(size, ".0f" if size is not None and size >= _WHOLE else ".3g")


def clock(hours: float | None) -> str:
    """Hours as h:mm:ss."""
    if hours is None:
        return _UNKNOWN
    minutes, seconds = divmod(round(hours * HOUR), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Names to the left of their columns, numbers to the right."""
    names = [cell.ljust(width) for cell, width in zip(row[:_NAMES], widths, strict=False)]
    numbers = [cell.rjust(width) for cell, width in zip(row[_NAMES:], widths[_NAMES:], strict=True)]
    return "  ".join([*names, *numbers])


def _notes(lines: Iterable[Line]) -> list[str]:
    """What is to be said of the lines, each note once, with the places it is of."""
    places: dict[str, list[str]] = {}
    for each in lines:
        for note in each.cost.notes:
            places.setdefault(note, []).append(each.place)
    return [f"- {', '.join(where)}: {note}" for note, where in places.items()]
