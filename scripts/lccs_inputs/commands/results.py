"""Print where the results of `config.yaml`, or of the user's files, are."""

import sys
from pathlib import Path

from lccs_inputs.commands import plan_of

if __name__ == "__main__":
    print(plan_of([Path(file) for file in sys.argv[1:]]).results.summary())
