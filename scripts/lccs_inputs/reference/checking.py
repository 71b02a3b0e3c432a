"""Reference data before there is any map: what of them can be used for an area and a period."""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import LEVEL3_MAP
from lccs_inputs.files import write_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.reference.data import STRATIFIED, Points, ReferenceData
from lccs_inputs.reference.points import NothingUsedError, read_points

log = logging.getLogger(__name__)


def check_references(
    references: Sequence[tuple[ReferenceData, Path]],
    maps: Collection[str],
    area: Area,
    days: tuple[date, date],
    target: Path,
    *,
    alone: bool,
) -> None:
    """Write what becomes of the points of reference data before any map is looked at: a JSON
    document, name of the data → `points`, status → how many, and `notes`, which are logged too.

    Args:
        maps: those that they are to be held against: `level3`, or names of layers of codes.
        days: the first and the last of the period.
        alone: as of `read_references`.

    Raises:
        SourceError: data cannot be read, or no point can be used.
        InputError: the file could not be written whole.
    """
    points = read_references(references, area, days, alone=alone)
    for data, _ in references:
        strata_map(data, points[data.name], maps)
    for note in chain.from_iterable(each.notes for each in points.values()):
        log.warning("%s", note)
    found = {
        name: {"points": dict(each.counts), "notes": [*each.notes]} for name, each in points.items()
    }
    write_text(target, json.dumps({"references": found}, indent=1, ensure_ascii=False) + "\n")


def read_references(
    references: Sequence[tuple[ReferenceData, Path]],
    area: Area,
    days: tuple[date, date],
    *,
    alone: bool,
) -> dict[str, Points]:
    """The points of all reference data, by name.

    Args:
        days: the first and the last of the period.
        alone: whether there is no other area or period that the data may be of: nothing to use is
            an error then, and else told.

    Raises:
        SourceError: data cannot be read, or no point of any can be used.
    """
    points: dict[str, Points] = {}
    for data, path in references:
        try:
            points[data.name] = read_points(path, data, area, days)
        except NothingUsedError as error:
            points[data.name] = error.points
    if alone:
        refuse_nothing(points)
    return points


def refuse_nothing(points: Mapping[str, Points]) -> None:
    """Raise a SourceError where no point of any data is used; each says why in its last note."""
    if all(each.used.empty for each in points.values()):
        raise SourceError("; ".join(each.notes[-1] for each in points.values()))


def strata_map(data: ReferenceData, points: Points, maps: Collection[str]) -> str:
    """The map by whose classes points were drawn: that of level 3, for every layer, else the only
    one they say something of; "" where they were drawn otherwise.

    Raises:
        SourceError: there are several it may be.
    """
    if data.design != STRATIFIED or points.strata or points.used.empty:
        return ""
    may_be = [LEVEL3_MAP.name] if LEVEL3_MAP.name in maps else [*{*maps} & {*points.targets}]
    if len(may_be) > 1:
        raise SourceError(
            f"{data.key}.design: stratified by the classes of which map? level 3 is not made; "
            "write `strata` and `stratum_column`"
        )
    return may_be[0] if may_be else ""
