"""Hold an unpacked archive against its checksums, or what was made of it against the archived run.

python -m lccs_inputs.commands.repeat [--compare]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lccs_inputs.archive.manifest import Manifest
from lccs_inputs.commands import status_of
from lccs_inputs.errors import InputError
from lccs_inputs.words import counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Tell what differs in the working directory; the exit status."""
    parser = argparse.ArgumentParser(description="Hold an unpacked archive against its checksums.")
    parser.add_argument("--compare", action="store_true", help="the results, once they are made")
    compare = parser.parse_args(arguments).compare
    here = Path()
    try:
        manifest = Manifest.read(here)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    if not compare:
        faults = [*manifest.faults(here)]
        print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
        return 1 if faults else 0
    if differing := manifest.differing(here):
        print(*(f"{path} is not that of the archived run" for path in differing), sep="\n")
        print("told/*/*/provenance.json names the packages that it was made with")
        return 1
    print(f"{counted(len(manifest.results), 'raster')}, byte for byte those of the archived run")
    return 0


if __name__ == "__main__":
    sys.exit(status_of(main))
