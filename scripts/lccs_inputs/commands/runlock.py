"""What has to be right before Snakemake starts: cores, the config file, and that nobody else runs.

Of a file that is not there Snakemake itself tells in a traceback, before it reads the workflow.
Snakemake's own lock does not say who holds it, and outlives who is killed: the profiles do without.
Where somebody's own profile has left one, it is removed if the run that had it is dead.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lccs_inputs.commands import cores, status_of
from lccs_inputs.config.files import read_yaml
from lccs_inputs.errors import ConfigError
from lccs_inputs.workflow.owner import Owner, occupied

LOCKS = Path(".snakemake/locks")


def remove_stale_lock() -> str | None:
    """Remove what a dead run has left; return why no run may begin, or None."""
    if reason := occupied():
        return reason
    locks = sorted(LOCKS.glob("*")) if LOCKS.exists() else []
    if locks and Owner.read() is None:
        return "another run may be starting; if none is, run `snakemake --unlock`"
    for lock in locks:
        lock.unlink(missing_ok=True)
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Remove the lock of a dead run, if what was said can be run with; the exit status."""
    parser = argparse.ArgumentParser(description="What has to be right before a run.")
    parser.add_argument("config", nargs="*", help="your config files")
    parser.add_argument("--cores", type=cores, help="of the run, a number or all")
    for name in parser.parse_args(arguments).config:
        if not Path(name).is_file():
            print(f"CONFIG: {name} is not there; name a file of {Path.cwd()}", file=sys.stderr)
            return 1
        try:
            read_yaml(Path(name))  # which Snakemake reads first, and not as carefully
        except ConfigError as error:
            print(error, file=sys.stderr)
            return 1
    if reason := remove_stale_lock():
        print(f"locked: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(status_of(main))
