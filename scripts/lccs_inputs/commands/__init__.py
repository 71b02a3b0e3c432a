"""What is run by hand, each behind a target of the Makefile."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lccs_inputs.errors import INTERRUPTED, InputError
from lccs_inputs.plan import Plan
from lccs_inputs.sharing import no_room
from lccs_inputs.workflow.requests import Place


def status_of(main: Callable[[], int]) -> int:
    """The exit status of a command: 130 where Ctrl-C stops it, 1 where a disk has no room.

    Both are told in a sentence; what was being written is not there, for it is written whole.
    """
    try:
        return main()
    except KeyboardInterrupt:
        print("\nstopped by Ctrl-C", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if not (told := no_room(error)):
            raise
        print(told, file=sys.stderr)
        return 1


def plan_of(files: Sequence[Path], *, for_a_run: bool = False) -> Plan:
    """The plan of `config.yaml` in the working directory, with the user's files over it.

    Args:
        for_a_run: as of `Plan.from_files`.

    Raises:
        ConfigError: the config cannot be used; lists every problem.
    """
    return Plan.from_files(Path("config.yaml"), files, {}, for_a_run=for_a_run)


def tell_each_period(
    doc: str | None, arguments: Sequence[str] | None, told: Callable[[Plan, Place], Iterable[str]]
) -> int:
    """Print some lines for each area and period of a config; 2 if that cannot be used.

    Args:
        doc: of the command, whose first line is its help.
        arguments: of the command line: config files.
        told: the lines.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0] if doc else None)
    parser.add_argument("config", nargs="*", type=Path, help="your config files")
    try:
        plan = plan_of(parser.parse_args(arguments).config)
        for area, period in plan.names.places():
            for line in told(plan, Place(area=area, period=period)):
                print(line)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def cores(said: str) -> int:
    """How many cores `CORES` means, as Snakemake takes it; with 0 it would wait for ever.

    Raises:
        ArgumentTypeError: it is neither all nor a number of some.
    """
    if said == "all":
        return os.cpu_count() or 1
    if not said.isdecimal() or not int(said):
        raise argparse.ArgumentTypeError(f"invalid: {said}; write all, or a whole number from 1 on")
    return int(said)
