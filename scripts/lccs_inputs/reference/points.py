"""The table of points: which are used, and why the others are not."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.class_table import TABLES
from lccs_inputs.facts.lccs import WHOLE_OF
from lccs_inputs.rasters.area import Area
from lccs_inputs.reference.data import (
    COLUMNS,
    NOT_SAID,
    STRATIFIED,
    Points,
    ReferenceData,
    Status,
)
from lccs_inputs.reference.dates import Days, spans, texts_of
from lccs_inputs.reference.reading import parts, pixels_of, strata_of
from lccs_inputs.words import counted, listed, nearest, shown

_OF_NO_STRATUM = 10**6  # more than of all maps nothing is said
_TOLD = 5  # unknown classes, by name
NOT_IN_THE_TABLE = (Status.NO_PLACE, Status.NO_POINT, Status.OUTSIDE)
"""Points that are counted only."""
_OF_VECTORS = ("within", "placeable")
_OF_STRATA = (Status.USED, Status.NO_STRATUM)
_NOT_LEFT_OUT = (Status.USED, Status.OUTSIDE)
_MORE = 1.01
"""Times the pixels of an area that strata may come to: what its edge makes of it is uncertain."""
_LITTLE = 0.5
"""Share of an area from which on it is not asked whether sizes of strata are pixels."""
_MISSING = 0.05
"""Share of points without a class from which on they may be why figures look as they do."""


def read_points(path: Path, data: ReferenceData, area: Area, days: tuple[date, date]) -> Points:
    """The points of reference data on the grid of an area.

    Args:
        days: the first and the last of the period.

    Raises:
        SourceError: the file cannot be read, or does not say how large its strata are.
        NothingUsedError: none of its points can be used; says why.
    """
    tables: list[pd.DataFrame] = []
    counts: Counter[str] = Counter()
    first, dated = 0, bool(data.day)
    for part in parts(path, data, area.grid):
        dated = dated or bool((part["date"] != "").any())
        part["id"] = np.arange(first, first + len(part))
        first += len(part)
        kept = _of_area(part, area, counts)
        if len(kept):
            tables.append(kept)
    if not tables:
        raise NothingUsedError(f"{data.key}.file: {_none_in(path, first, counts)}", counts)
    table = pd.concat(tables, ignore_index=True)
    tables.clear()
    points, wrong = _judged(table, data, days, counts, dated=dated)
    if not counts[Status.USED]:
        why = "; ".join([none_used(path, data, counts), *wrong])
        others = [note for note in points.notes if note not in wrong]
        raise NothingUsedError(why, counts, others)
    said = strata_of(path, data)
    strata = _sized(said, points, data)
    if not strata:
        return replace(points, notes=[*points.notes, *_ignored(said, points.used, data)])
    strata = _held_against(strata, points, data, area)
    further = [*_without_stratum(strata, points, data), *_of_a_part(strata, data, area)]
    now = status_counts(points.table)
    every: dict[str, int] = {**counts, **{status: now[status] for status in _OF_STRATA}}
    return replace(points, strata=strata, counts=met(every), notes=[*points.notes, *further])


def _judged(
    table: pd.DataFrame,
    data: ReferenceData,
    days: tuple[date, date],
    counts: Counter[str],
    *,
    dated: bool,
) -> tuple[Points, list[str]]:
    """The points with what became of them, and counted; and what is wrong with what they say.

    Args:
        dated: whether any point of the data, in the area or not, has a date.
    """
    undated = _judge_times(table, data, days, dated=dated)
    told = _judge_classes(table, data)
    table["source"] = data.name
    if "within" in table:
        _judge_overlaps(table, data, days)
    targets = [name for name in table.columns if name not in (*COLUMNS, *_OF_VECTORS)]
    _judge_pixels(table, targets)
    counts.update(status_counts(table))
    points = Points(
        table[[*COLUMNS, *targets]],
        met(counts),
        {},
        [*told, *undated, *_notes(data, counts, table)],
    )
    return points, [*(told[:1] if counts[Status.UNKNOWN] else []), *undated]


def met(counts: Mapping[str, int]) -> dict[str, int]:
    """Of what became of points that which there is, in one order."""
    return {status: counts[status] for status in Status if counts.get(status)}


def status_counts(table: pd.DataFrame) -> Counter[str]:
    """Points by what became of them."""
    counts = table.status.value_counts()
    return Counter({str(status): int(count) for status, count in counts.items()})


def _sized(strata: Mapping[str, float], points: Points, data: ReferenceData) -> Mapping[str, float]:
    """The sizes of strata, of a design that has some of its own.

    Raises:
        SourceError: points have strata, and nothing says how large these are.
        NothingUsedError: strata are named that no point is of.
    """
    of_points = sorted({*points.used.stratum.unique()} - {""})
    has_own = data.design in ("", STRATIFIED)
    if has_own and strata and not strata.keys() & {*of_points}:
        guessed = _guessed(of_points, partial(nearest, names=strata))
        hint = f"they are of {guessed}" if of_points else "is `stratum_column` right?"
        raise _of_no_stratum(
            f"{data.key}.strata: no point is of any of {listed([*strata][:_TOLD])}; {hint}", points
        )
    if data.design == STRATIFIED and of_points and not strata:
        raise SourceError(
            f"{data.key}.strata: the points have strata ({listed(of_points[:_TOLD])}) and nothing "
            f"says how large they are; write strata: {{{of_points[0]}: PIXELS, ...}}"
        )
    return strata if has_own else {}


def _held_against(
    strata: Mapping[str, float], points: Points, data: ReferenceData, area: Area
) -> Mapping[str, float]:
    """The strata that are of the area: all, or those with points where all together are too large,
    as of a design for several areas.

    Raises:
        SourceError: a stratum has more points than pixels.
        NothingUsedError: sizes cannot be pixels of the area.
    """
    drawn = Counter(points.used.stratum.tolist())
    for name, pixels in strata.items():
        if drawn[name] > pixels:
            raise SourceError(
                f"{data.key}.strata: {counted(drawn[name], 'point')} of {name}, which has "
                f"{pixels:.10g} pixels; write the pixels of each stratum"
            )
    pixels, edge = _pixels_of(area)
    for may_be in (strata, {name: size for name, size in strata.items() if drawn[name]}):
        if sum(may_be.values()) <= pixels * _MORE + edge:
            return may_be
    total = sum(strata.values())
    raise _of_no_stratum(
        f"{data.key}.strata: they come to {total:.10g} pixels, and the area has some {pixels:.0f}: "
        "they are of another area, or of other pixels",
        points,
    )


def _pixels_of(area: Area) -> tuple[float, float]:
    """About how many an area has, and how many its edge crosses."""
    width, height = map(abs, area.grid.pixel)
    return area.geometry.area / (width * height), area.geometry.length / min(width, height)


def _of_a_part(strata: Mapping[str, float], data: ReferenceData, area: Area) -> Iterator[str]:
    """What is told where strata are much less than the area: their sizes may be no pixels."""
    total, (pixels, _) = sum(strata.values()), _pixels_of(area)
    if total < pixels * _LITTLE:
        yield (
            f"{data.key}.strata: they come to {total:.10g} pixels, and the area has some "
            f"{pixels:.0f}: the figures are of so much of it; are the sizes pixels?"
        )


def _ignored(strata: Mapping[str, float], used: pd.DataFrame, data: ReferenceData) -> Iterator[str]:
    """What is told where points have strata that figures do not go by."""
    of_points = sorted({*used.stratum.unique()} - {""})
    if strata:
        yield f"{data.key}.design: {data.design}, so the strata that there are do not count"
    elif of_points and not data.design:
        yield (
            f"{data.key}.strata: the points have strata ({listed(of_points[:_TOLD])}), which do "
            "not count since nothing says how large they are"
        )


def _without_stratum(
    strata: Mapping[str, float], points: Points, data: ReferenceData
) -> Iterator[str]:
    """Leave out points that are of none of the strata; what is told of them."""
    table, used = points.table, points.used
    lost = used.stratum[~used.stratum.isin([*strata])]
    if not len(lost):
        return
    table.loc[lost.index, "status"] = Status.NO_STRATUM
    yield (
        f"{data.key}.strata: {len(lost)} of {counted(len(used), 'point')} left out, of strata "
        f"that have no size: {_guessed(sorted({*lost}), partial(nearest, names=strata))}"
    )


class NothingUsedError(SourceError):
    """No point of reference data can be used for an area and a period.

    `points` has their counts, and no table.
    """

    def __init__(self, text: str, counts: Mapping[str, int], notes: Sequence[str] = ()) -> None:
        super().__init__(text)
        empty = pd.DataFrame({name: pd.Series(dtype=held) for name, held in COLUMNS.items()})
        self.points = Points(empty, met(counts), {}, [*notes, text])


def _of_no_stratum(why: str, points: Points) -> NothingUsedError:
    """That no point is of a stratum of the area, though all else of them can be used."""
    counts = {Status.NO_STRATUM if at == Status.USED else at: n for at, n in points.counts.items()}
    return NothingUsedError(why, counts, points.notes)


def _none_in(path: Path, count: int, counts: Mapping[str, int]) -> str:
    if not count:
        return f"{path} has no point"
    if counts[Status.NO_POINT] == count:
        return f"{path} has no point and no polygon: lines and several points stand for no place"
    away = "no point is in the area" if counts[Status.OUTSIDE] else "none has a place on the grid"
    return f"{path} has {counted(count, 'point')}, and {away}; is the CRS right?"


def none_used(path: Path, data: ReferenceData, counts: Mapping[str, int]) -> str:
    """Why no point can be used of those that have a place."""
    said = listed([f"{counts[status]} {status}" for status in Status if counts.get(status)])
    return f"{data.key}.file: no point of {path} can be used: {said}"


def _of_area(part: pd.DataFrame, area: Area, counts: Counter[str]) -> pd.DataFrame:
    """The points of a part in the area or on its edge, with their pixels; the others counted."""
    col, row = pixels_of(part.x.to_numpy(), part.y.to_numpy(), area.grid)
    placed = np.isfinite(part.x.to_numpy())
    on_grid = placed & (col >= 0) & (row >= 0)
    on_grid &= (col < area.grid.width) & (row < area.grid.height)
    shapely.prepare(area.geometry)
    within = np.zeros(len(part), bool)
    within[on_grid] = shapely.intersects_xy(
        area.geometry, part.x[on_grid].to_numpy(), part.y[on_grid].to_numpy()
    )
    counted_pixels = _pixels_of_area(area, col, row, on_grid)
    odd = ~part["placeable"].to_numpy() if "placeable" in part else np.zeros(len(part), bool)
    counts[Status.NO_POINT] += int(odd.sum())
    counts[Status.NO_PLACE] += int((~placed & ~odd).sum())
    counts[Status.OUTSIDE] += int((placed & ~within & ~counted_pixels).sum())
    kept = part[within | counted_pixels].copy()
    kept["row"], kept["col"] = (
        each[within | counted_pixels].astype(np.int64) for each in (row, col)
    )
    edge = (within != counted_pixels)[within | counted_pixels]
    kept["status"] = np.where(edge, Status.EDGE, Status.USED).astype(object)
    return kept


def _pixels_of_area(
    area: Area, col: NDArray[np.float64], row: NDArray[np.float64], on_grid: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Whether the pixels are of the area: their centres lie in it."""
    grid, held = area.grid, np.zeros(len(col), bool)
    x = grid.bounds[0] + (col[on_grid] + 0.5) * grid.resolution
    y = grid.bounds[3] - (row[on_grid] + 0.5) * grid.resolution
    held[on_grid] = shapely.contains_xy(area.geometry, x, y)
    return held


def _judge_times(
    table: pd.DataFrame, data: ReferenceData, days: tuple[date, date], *, dated: bool
) -> list[str]:
    """Leave out what is of another time; the column becomes the days and years that are meant. Says
    which dates are none."""
    if data.day:
        table["date"] = data.day
    said = (table["date"] != "").to_numpy()
    first, last = spans(table["date"])
    off = _is_off(first, last, data, days)
    lacking = np.isnat(first) & dated
    for status, where in ((Status.NO_DATE, lacking), (Status.OTHER_TIME, off)):
        table.loc[(table.status == Status.USED) & where, "status"] = status
    none = table["date"][said & np.isnat(first)]
    table["date"] = texts_of(first, last)
    if none.empty:
        return []
    are = "date is neither a day nor a year" if len(none) == 1 else "dates are no day and no year"
    return [f"{data.key}.date_column: {len(none)} {are}: {shown(none.iloc[0])}"]


def _is_off(
    first: Days, last: Days, data: ReferenceData, days: tuple[date, date]
) -> NDArray[np.bool_]:
    """Whether dates are off the period, to the last day that they mean."""
    margin = np.timedelta64(data.margin, "D")
    begin, end = (np.datetime64(day) for day in days)
    return (last < begin - margin) | (first > end + margin)


def _judge_classes(table: pd.DataFrame, data: ReferenceData) -> list[str]:
    """Add a column for each layer that classes say something of; what is to be told of them."""
    inverse, unique = pd.factorize(table["class"], sort=True)
    names = np.array(unique, str)
    meanings = [*data.table.meanings(names.tolist()).values()]
    told: dict[str, None] = {}
    for meaning in meanings:
        told |= dict.fromkeys(meaning or ())
    for target in told:
        codes = np.array([(meaning or {}).get(target, NOT_SAID) for meaning in meanings], np.int64)
        table[target] = codes[inverse]
    unfilled = names == ""
    lost = np.array([meaning is None for meaning in meanings])
    empty = np.array([not meaning for meaning in meanings])
    why = {Status.UNFILLED: unfilled, Status.UNKNOWN: lost, Status.NO_CLASS: empty}
    for status, where in why.items():
        table.loc[(table.status == Status.USED) & where[inverse], "status"] = status
    unknown = names[np.unique(inverse[(table.status == Status.UNKNOWN).to_numpy()])]
    return [*_unknown_classes(unknown.tolist(), data)]


def _unknown_classes(names: Sequence[str], data: ReferenceData) -> Iterator[str]:
    if not names:
        return
    guessed = _guessed(names, data.table.nearest)
    yield (
        f"{data.key}.classes: {data.table.name} does not have {guessed}; give a table that has, "
        f"your own or one of {listed(TABLES)}"
    )


def _guessed(names: Sequence[str], nearest_to: Callable[[str], str | None]) -> str:
    """The first of some wrong names, each with the nearest of the right ones."""
    guesses = [(name, nearest_to(name)) for name in names[:_TOLD]]
    said = [shown(name) + (f" (did you mean {guess}?)" if guess else "") for name, guess in guesses]
    more = f", and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return f"{', '.join(said)}{more}"


def _judge_overlaps(table: pd.DataFrame, data: ReferenceData, days: tuple[date, date]) -> None:
    """Leave out places within another polygon that says something else of the period."""
    found = table[(table.status == Status.USED) & table["within"].map(bool)]
    dates = pd.Series(sorted({day for said in found["within"] for _, day in said}), dtype=object)
    if not data.day:
        first, last = spans(dates)
        counts = ~np.isnat(first) | table["date"].eq("").all()
        dates = dates[counts & ~_is_off(first, last, data, days)]
    meant = {*dates}
    said = {
        at: {own, *(name for name, day in others if day in meant)}
        for at, own, others in found[["class", "within"]].itertuples()
    }
    meanings = data.table.meanings(sorted(set().union(*said.values())))
    against = [
        at for at, names in said.items() if _differ([meanings[name] or {} for name in names])
    ]
    table.loc[against, "status"] = Status.CONTRADICTION


def _differ(meanings: Sequence[Mapping[str, int]]) -> bool:
    """Whether any two say of one map what cannot both be."""
    said: dict[str, set[int]] = {}
    for meaning in meanings:
        for target, code in meaning.items():
            said.setdefault(target, set()).add(code)
    return any(_exclude(codes, WHOLE_OF.get(target, {})) for target, codes in said.items())


def _exclude(codes: set[int], whole_of: Mapping[int, int]) -> bool:
    """Whether codes are neither the same nor the parts of one that all say."""
    most = codes - {whole_of[code] for code in codes if code in whole_of}
    return len(most) > 1


def _judge_pixels(table: pd.DataFrame, targets: Sequence[str]) -> None:
    """Leave out points of one pixel that contradict each other, and all but the one that says
    most of those that agree."""
    used = table.loc[table.status == Status.USED, ["row", "col", *targets]]
    pixel = used.groupby(["row", "col"], sort=False).ngroup()
    is_shared = pixel.duplicated(keep=False)
    several, pixel = used[is_shared], pixel[is_shared]
    if several.empty:
        return
    against = np.zeros(len(several), bool)
    said_less = np.zeros(len(several), np.int64)
    for target in targets:
        whole_of, codes = WHOLE_OF.get(target, {}), several[target]
        whole = codes.isin({*whole_of.values()})
        for said in (codes.where(~whole), codes.replace(dict(whole_of))):
            each = said.where(codes != NOT_SAID).groupby(pixel, sort=False)
            against |= (each.transform("max") > each.transform("min")).to_numpy()
        said_less += 2 * (codes == NOT_SAID).to_numpy() + whole.to_numpy()
    said_less[(table.loc[several.index, "stratum"] == "").to_numpy()] += _OF_NO_STRATUM
    table.loc[several.index[against], "status"] = Status.CONTRADICTION
    agreeing = several[~against]
    fullest = pd.Series(said_less[~against], agreeing.index).sort_values(kind="stable").index
    again = agreeing.loc[fullest].duplicated(["row", "col"])
    table.loc[again.index[again], "status"] = Status.DUPLICATE


def _notes(data: ReferenceData, counts: Mapping[str, int], table: pd.DataFrame) -> Iterator[str]:
    if table["date"].eq("").all() and not counts[Status.NO_DATE]:
        yield f"{data.key}: has no date, so all points count for every period"
    left_out = {status: counts[status] for status in Status if status not in _NOT_LEFT_OUT}
    if any(left_out.values()):
        said = listed([f"{count} {status}" for status, count in left_out.items() if count])
        yield f"{data.key}: points that are left out: {said}"
    unfilled, used = counts[Status.UNFILLED], counts[Status.USED]
    if unfilled > _MISSING * (unfilled + used):
        yield (
            f"{data.key}: {unfilled} of {counted(unfilled + used, 'point')} "
            f"{'has' if unfilled == 1 else 'have'} no class: if these were the doubtful ones, the "
            "map is less right than its figures say"
        )
