"""What `make accuracy` has found, in a few lines: how right each map is, by which points.

python -m lccs_inputs.commands.accuracy [mine.yaml …]
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lccs_inputs.commands import plan_of, status_of
from lccs_inputs.errors import InputError
from lccs_inputs.files import read_json
from lccs_inputs.words import aligned
from lccs_inputs.workflow import paths

_MOST = 24
"""Lines that are printed of a period: one class alone, or few points, have a note for each map."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how right the maps of each area and period are; 2 if the config cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("config", nargs="*", type=Path, help="your config files")
    given = parser.parse_args(arguments)
    try:
        plan = plan_of(given.config)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    for area, period in plan.names.places():
        file = plan.folders.here(paths.ACCURACY.format(area=area, period=period))
        if file.exists():
            told = read_json(file, "assessments", "references", "synthetic")
            made_up = " (synthetic)" if told["synthetic"] else ""
            print(f"{area} {period}{made_up}: {file.parent}")
            lines = "\n".join(_told(told)).splitlines()
            print("\n".join(lines[:_MOST]))
            if len(lines) > _MOST:
                print(f"  and {len(lines) - _MOST} more notes: {file}")
            if told["assessments"]:
                print(f"  wrong points, why: {file.parent / 'errors.csv'}; make explain AT=lon,lat")
    return 0


def _told(told: Mapping[str, Any]) -> Iterator[str]:
    """The table, what has to be known of it, and why data are not in it of which none was used."""
    held = {each["reference"] for each in told["assessments"]}
    if held:
        yield aligned([*_rows(told)])
    for each in told["assessments"]:
        by = f", {each['reference']}" if len(held) > 1 else ""
        yield from (f"  {each['title']}{by}: {note}" for note in each["notes"])
    for name, each in told["references"].items():
        if name not in held:
            yield f"  {each['notes'][-1] if each['notes'] else name + ': says nothing of a map'}"


def _rows(told: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield "  map", "right", "points", "of"
    for each in told["assessments"]:
        overall = each["overall"]
        right = f"{overall['value']:.1%}, {overall['low']:.1%} to {overall['high']:.1%}"
        yield f"  {each['title']}", right, str(each["points"]), each["reference"]


if __name__ == "__main__":
    sys.exit(status_of(main))
