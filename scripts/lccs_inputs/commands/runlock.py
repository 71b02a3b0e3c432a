"""What has to be right before Snakemake starts: cores, the config file, and no dead run's lock.

Of a file that is not there Snakemake itself tells in a traceback, before it reads the workflow.
Snakemake's lock does not say who holds it. Each run therefore records its process beside the
lock; the lock is stale when that process, on this host, is gone.
"""

import argparse
import json
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from lccs_inputs.commands import cores

LOCKS = Path(".snakemake/locks")
OWNER = Path(".snakemake/owner.json")


def record_owner() -> None:
    """Write which process holds the lock; called when a run starts."""
    process = psutil.Process()
    document = {"host": socket.gethostname(), "pid": process.pid, "started": process.create_time()}
    OWNER.write_text(json.dumps(document) + "\n")


def remove_stale_lock() -> str | None:
    """Remove the lock of a dead run; return why it may not be removed, or None."""
    locks = sorted(LOCKS.glob("*")) if LOCKS.exists() else []
    if not locks:
        return None
    owner = json.loads(OWNER.read_text()) if OWNER.exists() else None
    if owner is None:
        return "another run may be starting; if none is, run `snakemake --unlock`"
    if owner["host"] != socket.gethostname():
        return (
            f"a run on host {owner['host']} (process {owner['pid']}) holds this folder; "
            "if it is dead, run `snakemake --unlock`"
        )
    if _alive(owner["pid"], owner["started"]):
        return f"process {owner['pid']} is running the workflow in this folder; wait for it"
    for lock in locks:
        lock.unlink()
    return None


def _alive(pid: int, started: float) -> bool:
    try:
        return bool(abs(psutil.Process(pid).create_time() - started) < 1)
    except psutil.NoSuchProcess:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Remove the lock of a dead run, if what was said can be run with; the exit status."""
    parser = argparse.ArgumentParser(description="What has to be right before a run.")
    parser.add_argument("config", nargs="*", help="your config files")
    parser.add_argument("--cores", type=cores, help="of the run, a number or all")
    for name in parser.parse_args(arguments).config:
        if not Path(name).is_file():
            print(f"CONFIG: {name} is not there; name a file of {Path.cwd()}", file=sys.stderr)
            return 1
    if reason := remove_stale_lock():
        print(f"locked: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
