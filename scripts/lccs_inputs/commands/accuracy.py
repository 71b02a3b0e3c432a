"""What `make accuracy` has found, in a few lines: how right each map is, by which points.

python -m lccs_inputs.commands.accuracy [mine.yaml …]
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lccs_inputs.commands import status_of, tell_each_period
from lccs_inputs.files import read_json
from lccs_inputs.plan import Plan
from lccs_inputs.words import aligned
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place

_MOST = 24
"""Lines that are printed of a period: one class alone, or few points, have a note for each map."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how right the maps of each area and period are; 2 if the config cannot be used."""
    return tell_each_period(__doc__, arguments, _period)


def _period(plan: Plan, place: Place) -> Iterator[str]:
    """The table of a period and what has to be known of it; nothing where there is none."""
    file = plan.folders.here(paths.ACCURACY.format(area=place.area, period=place.period))
    if not file.exists():
        return
    told = read_json(file, "assessments", "references", "synthetic")
    made_up = " (synthetic)" if told["synthetic"] else ""
    yield f"{place.area} {place.period}{made_up}: {file.parent}"
    lines = "\n".join(_told(told)).splitlines()
    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield f"  and {len(lines) - _MOST} more notes: {file}"
    if told["assessments"]:
        yield f"  wrong points, why: {file.parent / 'errors.csv'}; make explain AT=lon,lat"


def _told(told: Mapping[str, Any]) -> Iterator[str]:
    """The table, what has to be known of it, and of the points that are in it or are not."""
    held = {each["source"] for each in told["assessments"]}
    if held:
        yield aligned([*_rows(told)])
    for each in told["references"].values():
        yield from (f"  {note}" for note in each["notes"])
    for each in told["assessments"]:
        by = f", {each['source']}" if len(held) > 1 else ""
        yield from (f"  {each['title']}{by}: {note}" for note in each["notes"])


def _rows(told: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield "  map", "right", "points", "of"
    for each in told["assessments"]:
        overall = each["overall"]
        right = f"{overall['value']:.1%}, {overall['low']:.1%} to {overall['high']:.1%}"
        yield f"  {each['title']}", right, str(each["points"]), each["source"]


if __name__ == "__main__":
    sys.exit(status_of(main))
