"""Print where the results of `config.yaml`, or of the user's files, are."""

import sys
from pathlib import Path

from lccs_inputs.plan import Plan

if __name__ == "__main__":
    print(Plan.from_files("config.yaml", [Path(path) for path in sys.argv[1:]], {}).summary())
