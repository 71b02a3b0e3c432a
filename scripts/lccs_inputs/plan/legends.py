"""Maps in legends of others: which there are."""

from functools import cached_property
from typing import Any

from lccs_inputs.config import read_legend
from lccs_inputs.facts.legend import Legend
from lccs_inputs.facts.level4 import LAYERS
from lccs_inputs.plan.names import Names
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards
from lccs_inputs.workflow.requests.results import LegendRequest


class LegendPlan:
    """Maps in legends of others: those that the config names."""

    def __init__(self, names: Names) -> None:
        self._names, self._config = names, names.config

    @cached_property
    def legends(self) -> dict[str, Legend]:
        """By the names of their maps, in the order of the config."""
        legends = map(read_legend, self._config.legend)
        return {legend.name: legend for legend in legends}

    @property
    def plain(self) -> list[dict[str, Any]]:
        """Each as plain values."""
        return [legend.to_dict() for legend in self.legends.values()]

    def targets(self) -> list[str]:
        return [
            pattern.format(area=area, period=period, legend=name)
            for area, period in self._names.places()
            for name in self.legends
            for pattern in (*paths.with_names(paths.LEGEND_MAP), paths.LEGEND_TABLE)
        ]

    def of_period(self, wildcards: Wildcards) -> list[str]:
        """The maps of a period."""
        area, period = wildcards.area, wildcards.period
        return [
            paths.LEGEND_MAP.format(area=area, period=period, legend=name) for name in self.legends
        ]

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        made = [name for name in LAYERS if name in self._config.made]
        return LegendRequest(self.legends[wildcards.legend].to_dict(), made).to_dict()
