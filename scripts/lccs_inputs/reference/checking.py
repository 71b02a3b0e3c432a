"""Reference data before there is any map: what of them can be used for an area and a period."""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import LEVEL3_MAP
from lccs_inputs.files import read_json, write_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.reference.data import STRATIFIED, Points, ReferenceData, Status
from lccs_inputs.reference.points import NothingUsedError, read_points

_PLACES = 3  # that are told, of data that are of no use anywhere

log = logging.getLogger(__name__)


def check_references(
    references: Sequence[tuple[ReferenceData, Path]],
    maps: Collection[str],
    area: Area,
    days: tuple[date, date],
    target: Path,
) -> None:
    """Write what becomes of the points of reference data before any map is looked at: a JSON
    document, name of the data → `points`, status → how many, and `notes`, which are logged too.

    Args:
        maps: those that they are to be held against: `level3`, or names of layers of codes.
        days: the first and the last of the period.

    Raises:
        SourceError: data cannot be read; names all that cannot.
        InputError: the file could not be written whole.
    """
    points = read_references(references, area, days)
    for data, _ in references:
        strata_map(data, points[data.name], maps)
    for note in chain.from_iterable(each.notes for each in points.values()):
        log.warning("%s", note)
    found = {
        name: {"points": dict(each.counts), "notes": [*each.notes]} for name, each in points.items()
    }
    write_text(target, json.dumps({"references": found}, indent=1, ensure_ascii=False) + "\n")


def require_used(checks: Sequence[Path]) -> None:
    """Insist that all data are of use for some area and period.

    Args:
        checks: what `check_references` wrote of each, `{area}/periods/{period}/accuracy/….json`.

    Raises:
        SourceError: no point of some data can be used anywhere; says why.
        InputError: a file has been damaged since it was written.
    """
    told = (read_json(path, "references")["references"] for path in checks)
    places = (f"{path.parents[3].name} {path.parents[1].name}" for path in checks)
    found = dict(zip(places, told, strict=True))
    names = dict.fromkeys(chain.from_iterable(found.values()))
    useless = [
        name
        for name in names
        if not any(each[name]["points"].get(Status.USED) for each in found.values())
    ]
    if useless:
        raise SourceError("; ".join(_why(name, found) for name in useless))


def _why(name: str, found: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]) -> str:
    """Why data are of no use: of one place the sentence, of several each with its own."""
    said = {place: told[name]["notes"][-1] for place, told in found.items()}
    if len({*said.values()}) == 1:
        return next(iter(said.values()))
    shown = [f"{place}: {note}" for place, note in [*said.items()][:_PLACES]]
    more = f"; and {len(said) - _PLACES} more" if len(said) > _PLACES else ""
    return f"{'; '.join(shown)}{more}"


def read_references(
    references: Sequence[tuple[ReferenceData, Path]], area: Area, days: tuple[date, date]
) -> dict[str, Points]:
    """The points of all reference data, by name; none of those that are of no use here.

    Args:
        days: the first and the last of the period.

    Raises:
        SourceError: data cannot be read; names all that cannot.
    """
    points: dict[str, Points] = {}
    faults = []
    for data, path in references:
        try:
            points[data.name] = read_points(path, data, area, days)
        except NothingUsedError as error:
            points[data.name] = error.points
        except SourceError as error:
            faults.append(str(error))
    if faults:
        raise SourceError("; ".join(faults))
    return points


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
