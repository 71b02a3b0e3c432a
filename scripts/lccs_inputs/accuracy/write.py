"""The accuracy of the maps of a period, by all reference data: figures, and where they err."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lccs_inputs.accuracy.assess import Assessment, Design, assess, silence
from lccs_inputs.accuracy.errors import errors, of_map, placed, point_table, right
from lccs_inputs.accuracy.maps import Seen, look
from lccs_inputs.accuracy.tables import class_table, document, matrix_table, overall_table, text_of
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import LEVEL3_MAP, Descriptor
from lccs_inputs.files import write_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.reference.checking import read_references, strata_map
from lccs_inputs.reference.data import NOT_SAID, WEIGHT, Points, ReferenceData, Status
from lccs_inputs.reference.points import NOT_IN_THE_TABLE, met, none_used, status_counts
from lccs_inputs.reference.store import write_points

log = logging.getLogger(__name__)


def write_accuracy(
    references: Sequence[tuple[ReferenceData, Path]],
    maps: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    area: Area,
    days: tuple[date, date],
    folder: Path,
    *,
    alone: bool,
) -> None:
    """Hold the maps of a period against reference data.

    `accuracy.json` has all of it (`tables.document`); `overall.csv` how much is right of each map,
    `classes.csv` the figures of each class,
    `matrix.csv` the error matrices, `errors.csv` the points that disagree, `right.csv` some that
    agree; `points.gpkg` all points in the area, with what the maps say there, what became of each,
    and in `WEIGHT` how much of the area it stands for (`Design.weights`).

    Args:
        maps: `level3` or the name of a layer of codes → its raster.
        descriptors: what each layer holds, by name.
        days: the first and the last of the period.
        alone: whether there is no other area or period that the data may be of: nothing to use is
            an error then, and else told.

    Raises:
        SourceError: data or a map cannot be read, or no point can be used.
        InputError: a file could not be written whole.
    """
    points = read_references(references, area, days)
    table = _joined([each.table for each in points.values()])
    told = {target for each in points.values() for target in each.targets}
    said = [name for name in maps if name in told]
    by = {data.name: strata_map(data, points[data.name], [*maps]) for data, _ in references}
    asked = {name: path for name, path in maps.items() if name in {*said, *by.values()}}
    for name in said:
        table[name] = table[name].fillna(NOT_SAID).astype(np.int64)
    rows, cols = (table[at].to_numpy(np.int64) for at in ("row", "col"))
    seen, synthetic = look(asked, rows, cols, area)
    _mark(table, seen, {data.name for data, _ in references if data.leave_out_mixed})
    points = {
        data.name: _with_status(data, path, points[data.name], table) for data, path in references
    }
    if alone:
        _refuse_nothing(points)
    kinds = {**descriptors, LEVEL3_MAP.name: LEVEL3_MAP}
    points = {
        data.name: _with_silence(data.key, points[data.name], seen, kinds) for data, _ in references
    }
    table[WEIGHT] = 0.0
    found: list[Assessment] = []
    for data, _ in references:
        own = points[data.name]
        if not own.used.empty:
            design = _design(data, own, by[data.name], seen, kinds)
            table.loc[own.used.index, WEIGHT] = design.weights
            found += _assessed(data.name, own, said, seen, kinds, design)
    _write_tables(folder, document(found, points, synthetic=synthetic), found)
    used = placed(table, area.grid)
    for name, lines in (("errors", errors(used, found)), ("right", right(used, found))):
        write_text(folder / f"{name}.csv", point_table(lines, synthetic=synthetic))
    write_points(folder / "points.gpkg", table, area.grid.crs)


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The tables of all data as one; of one alone nothing is copied."""
    only, *others = tables
    return pd.concat(tables, ignore_index=True) if others else only.copy(deep=False)


def _write_tables(folder: Path, told: Mapping[str, Any], found: Sequence[Assessment]) -> None:
    synthetic = told["synthetic"]
    write_text(folder / "accuracy.json", text_of(told))
    write_text(folder / "overall.csv", overall_table(found, synthetic=synthetic))
    write_text(folder / "classes.csv", class_table(found, synthetic=synthetic))
    write_text(folder / "matrix.csv", matrix_table(found, synthetic=synthetic))


def _refuse_nothing(points: Mapping[str, Points]) -> None:
    """Raise a SourceError where no point of any data is used; each says why in its last note."""
    if all(each.used.empty for each in points.values()):
        raise SourceError("; ".join(each.notes[-1] for each in points.values()))


def _mark(table: pd.DataFrame, seen: Mapping[str, Seen], without_mixed: set[str]) -> None:
    """Note what maps say at points, and which lie in mixed pixels: of level 3, where there is one,
    else of any map."""
    by = [LEVEL3_MAP.name] if LEVEL3_MAP.name in seen else [*seen]
    for name in by:
        table["mixed"] |= seen[name].mixed
    for name, said in seen.items():
        table[of_map(name)] = said.codes
    left_out = table.source.isin(without_mixed) & table.mixed & (table.status == Status.USED)
    table.loc[left_out, "status"] = Status.MIXED


def _with_status(data: ReferenceData, path: Path, points: Points, table: pd.DataFrame) -> Points:
    """The points of some data as they are now, with what the maps say."""
    is_own = table.source == data.name
    if not is_own.any():
        return points
    own = table.copy(deep=False) if is_own.all() else table[is_own]
    counts = status_counts(own) + Counter(
        {status: points.counts.get(status, 0) for status in NOT_IN_THE_TABLE}
    )
    mixed = int((own.mixed & (own.status == Status.USED)).sum())
    note = f"{data.key}: {mixed} of the points used lie within a pixel of a boundary of the map"
    log.info("%s", note)
    notes = [note] if mixed else []
    if points.counts.get(Status.USED) and not counts[Status.USED]:
        notes = [none_used(path, data, counts)]
    return replace(
        points,
        table=own,
        counts=met(counts),
        notes=[*points.notes, *notes],
    )


def _design(
    data: ReferenceData,
    points: Points,
    by: str,
    seen: Mapping[str, Seen],
    kinds: Mapping[str, Descriptor],
) -> Design:
    """How points were drawn: `by` is the map whose classes are the strata, "" where none is."""
    used = points.used
    if not by:
        return Design(data.design, points.strata, used.stratum.to_numpy(object))
    hectares = seen[by].counts.hectares
    strata = {kinds[by].name_of(code): hectares[code] for code in sorted(hectares)}
    names = {code: kinds[by].name_of(code) for code in hectares}
    stratum = used[of_map(by)].map(names).fillna("").to_numpy(object)
    return Design(data.design, strata, stratum, kinds[by].title)


def _assessed(
    name: str,
    points: Points,
    targets: Sequence[str],
    seen: Mapping[str, Seen],
    kinds: Mapping[str, Descriptor],
    design: Design,
) -> Iterator[Assessment]:
    """How right each map is that the points of some data say enough of."""
    for target in targets:
        codes = _codes(points, target)
        if found := assess((name, target), kinds[target], codes, seen[target].counts, design):
            yield found


def _with_silence(
    key: str, points: Points, seen: Mapping[str, Seen], kinds: Mapping[str, Descriptor]
) -> Points:
    """The points with a note for each map they say too little of."""
    if points.used.empty:
        return points
    notes = [
        f"{key}: {note}"
        for target in points.targets
        if target in seen and (note := silence(kinds[target], _codes(points, target)))
    ]
    for note in notes:
        log.warning("%s", note)
    return replace(points, notes=[*points.notes, *notes])


def _codes(points: Points, target: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What a map says at the points used, and what they say of it."""
    used = points.used
    return used[of_map(target)].to_numpy(np.int64), used[target].to_numpy(np.int64)
