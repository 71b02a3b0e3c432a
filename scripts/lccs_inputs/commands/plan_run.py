"""`make plan`: what a run will take, and whether a service that counts compute bears it.

    python -m lccs_inputs.commands.plan_run [mine.yaml …] [--pilot 3] [--cores 8] [--allow]

A few scenes or tiles of each source are fetched and measured. Nothing is written to results.
Exits 1 where the run would take more of a quota than the config allows, unless it is allowed to.
"""

import argparse
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from pathlib import Path

from lccs_inputs.commands import cores, plan_of, status_of
from lccs_inputs.costs import total
from lccs_inputs.errors import InputError
from lccs_inputs.estimates.lines import Line, table
from lccs_inputs.estimates.local import local_part
from lccs_inputs.estimates.products import product_lines
from lccs_inputs.estimates.scene_sets import scene_set_lines
from lccs_inputs.imagery.engine import Rationed, engine_of, named_engines
from lccs_inputs.plan import Plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan; 1 if it takes too much of a quota, 2 if it cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("config", nargs="*", type=Path, help="your config files")
    parser.add_argument(
        "--pilot", type=_pilot, default=3, help="scenes or tiles of each source to measure"
    )
    parser.add_argument(
        "--cores", type=cores, default="all", help="cores of the run, a number or all"
    )
    parser.add_argument("--allow", action="store_true", help="go on whatever the share")
    given = parser.parse_args(arguments)
    try:
        plan = plan_of(given.config, for_a_run=True)
        return _report(plan, given.pilot, given.cores, given.allow)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2


def _pilot(said: str) -> int:
    if not said.isdecimal():
        raise ArgumentTypeError(f"invalid: {said}; write a whole number from 0 on")
    return int(said)


def _report(plan: Plan, pilot: int, cores: int, allow: bool) -> int:
    lines = [*scene_set_lines(plan, pilot, cores), *product_lines(plan, pilot, cores)]
    print(f"With {cores} cores; ? is not known, disk is at most, memory is of the largest job.\n")
    print(table(lines))
    print(f"\n{local_part(plan)}")
    verdicts = [*_verdicts(plan, lines)]
    for text, _ in verdicts:
        print(f"quota: {text}")
    return 0 if allow or all(within for _, within in verdicts) else 1


def _verdicts(plan: Plan, lines: Sequence[Line]) -> Iterator[tuple[str, bool]]:
    """What each engine whose service counts compute says of the share it would take."""
    for name in named_engines():
        engine = engine_of(name)
        if isinstance(engine, Rationed):
            own = [each.cost.eecu_hours for each in lines if each.origin == name]
            nothing = f"no scene set or product of this config comes from {engine.service}", True
            yield engine.verdict(total(own), plan.services) if own else nothing


if __name__ == "__main__":
    sys.exit(status_of(main))
