"""What is run by hand, each behind a target of the Makefile."""

from collections.abc import Sequence
from pathlib import Path

from lccs_inputs.plan import Plan


def plan_of(files: Sequence[Path]) -> Plan:
    """The plan of `config.yaml` in the working directory, with the user's files over it.

    Raises:
        ConfigError: the config cannot be used; lists every problem.
    """
    return Plan.from_files(Path("config.yaml"), files, {})
