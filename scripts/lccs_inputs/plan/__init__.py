"""From a config to a DAG: which sources, editions and statistics the chosen expressions need.

Snakemake's rules ask this for the inputs and the requests of a job; it reads no raster and touches
no network, so `snakemake -n` lists the true jobs of a fresh clone. Methods that take `wildcards`
are input or parameter functions of rules.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lccs_inputs.config import Config, load, merge_files
from lccs_inputs.plan.areas import AreaPlan
from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.names import Names
from lccs_inputs.plan.products import ProductPlan
from lccs_inputs.plan.results import ResultPlan
from lccs_inputs.plan.scenes import ScenePlan
from lccs_inputs.workflow.paths import Folders


class Plan:
    """Everything the rules need to know of a checked config, stage by stage."""

    def __init__(self, config: Config, folders: Folders | None = None) -> None:
        self.config, self.folders = config, folders or Folders()
        names = Names(config)
        self.areas = AreaPlan(config, self.folders)
        self.scenes = ScenePlan(names, self.areas, self.folders)
        self.products = ProductPlan(names, self.areas, self.folders)
        self.layers = LayerPlan(names)
        self.results = ResultPlan(names, self.layers)

    @classmethod
    def from_files(
        cls,
        base: Path,
        user: Sequence[Path | Mapping[str, Any]],
        overrides: Mapping[str, Any],
        folders: Folders | None = None,
    ) -> "Plan":
        """Read, merge and check the config files; see `config.merge_files`."""
        merged = merge_files(base, user, overrides)
        return cls(load(merged.document, merged.lost), folders)

    @property
    def services(self) -> dict[str, Any]:
        """How services are reached: for scripts, and no reason to run a job again."""
        sections = {"clms": self.config.clms, "earthengine": self.config.earthengine}
        return {name: section.model_dump() for name, section in sections.items()}

    def earthengine_places(self) -> list[tuple[str, str, str]]:
        """Area, source and edition of all that Earth Engine is asked for."""
        return sorted(self.scenes.earthengine_places() | self.products.earthengine_places())
