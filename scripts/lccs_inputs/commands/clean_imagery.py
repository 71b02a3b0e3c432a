"""Remove what was kept of remote imagery, and say what that frees; runs that use it read on.

python -m lccs_inputs.commands.clean_imagery [CONFIG ...]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lccs_inputs.commands import plan_of, status_of
from lccs_inputs.errors import InputError
from lccs_inputs.imagery.cache.folder import clear
from lccs_inputs.sharing import usable


def main(arguments: Sequence[str] | None = None) -> int:
    """Clear the imagery cache of `config.yaml`, or of the user's files; the exit status."""
    parser = argparse.ArgumentParser(description="Remove the imagery cache.")
    parser.add_argument("config", nargs="*", type=Path, help="over config.yaml")
    options = parser.parse_args(arguments)
    try:
        folder = Path(plan_of(options.config).config.composing.cache)
        with usable(folder, "composing.cache"):
            print(f"{folder}: {clear(folder) / 1e9:.3g} GB removed")
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(status_of(main))
