"""The folder for le_lccs: which layers are in it."""

import shutil
from typing import Any

from lccs_inputs.facts.lccs import DESCRIPTORS, LE_LCCS
from lccs_inputs.plan.names import Names
from lccs_inputs.plan.results import ResultPlan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards, of_period
from lccs_inputs.workflow.requests.results import HandOffRequest


class HandOffPlan:
    """The folder for le_lccs: the layers it knows, where those that lead to level 3 are made."""

    def __init__(self, names: Names, results: ResultPlan) -> None:
        self._names, self._results, self._config = names, results, names.config

    @property
    def names(self) -> list[str]:
        """The layers that are handed over, in the order of the stack; the config's own are not."""
        return [name for name in DESCRIPTORS if name in self._config.made]

    def layers(self, wildcards: Wildcards) -> list[str]:
        area, period = wildcards.area, wildcards.period
        return [paths.LAYER.format(area=area, period=period, layer=layer) for layer in self.names]

    @property
    def rasters(self) -> list[str]:
        """Where the copies of the layers are."""
        return [paths.le_lccs_layer(name) for name in self.names]

    def rasters_of(self, wildcards: Wildcards) -> list[str]:
        """The copies of a period, and the mask that goes with them."""
        files = [*self.rasters, paths.LE_LCCS_MASK] if self._results.has_level3 else []
        return of_period(wildcards, files)

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        end = self._config.periods[wildcards.period].end
        return HandOffRequest(end.isoformat()).to_dict()

    def targets(self) -> list[str]:
        files = (*self.rasters, paths.LE_LCCS_MASK, paths.LE_LCCS_CONFIG, paths.LE_LCCS_README)
        return self._of_each_period(*files)

    def compared(self) -> list[str]:
        """Where the maps of le_lccs differ from ours, if it is on the PATH."""
        if shutil.which(LE_LCCS) is None:
            return []
        maps, told = [paths.LE_LCCS_LEVEL3, paths.LE_LCCS_LEVEL4], paths.LE_LCCS_DIFFERENCES
        return self._of_each_period(told, paths.LE_LCCS_DIFFERENCES_TABLE, *maps)

    def _of_each_period(self, *files: str) -> list[str]:
        if not self._results.has_level3:
            return []
        return self._names.of_each_period(*files)
