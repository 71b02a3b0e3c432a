"""What is run by hand, each behind a target of the Makefile."""

from collections.abc import Sequence
from pathlib import Path

from lccs_inputs.plan import Plan


def plan_of(files: Sequence[Path], *, for_a_run: bool = False) -> Plan:
    """The plan of `config.yaml` in the working directory, with the user's files over it.

    Args:
        for_a_run: as of `Plan.from_files`.

    Raises:
        ConfigError: the config cannot be used; lists every problem.
    """
    return Plan.from_files(Path("config.yaml"), files, {}, for_a_run=for_a_run)
