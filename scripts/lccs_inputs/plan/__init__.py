"""From a config to a DAG: which sources, editions and statistics the chosen expressions need.

Snakemake's rules ask this for the inputs and the parameters of a job; it reads no raster and
touches no network, so `snakemake -n` lists the true jobs of a fresh clone. Methods that take
`wildcards` are input or parameter functions of rules.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lccs_inputs.config import load, load_files
from lccs_inputs.plan.results import ResultPlan


class Plan(ResultPlan):
    """Everything the rules need to know of a checked config; a module for each stage."""

    @classmethod
    def from_files(cls, base: str, user: Sequence[Path], overrides: Mapping[str, Any]) -> "Plan":
        """Read, merge and check the config files; see `config.load_files`."""
        return cls(load(load_files(Path(base), [Path(path) for path in user], overrides)))
