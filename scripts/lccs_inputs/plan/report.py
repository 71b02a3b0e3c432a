"""The report of a period: which files it tells of, and how they are made of each other."""

from pathlib import Path
from typing import Any

from lccs_inputs.expressions import canonical
from lccs_inputs.facts.coherence import applicable
from lccs_inputs.facts.lccs import LAYER_PREFIX
from lccs_inputs.files import fingerprint, sha256_of
from lccs_inputs.plan.written import WrittenPlan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.code_hash import SCRIPTS
from lccs_inputs.workflow.requests import Wildcards, of_period
from lccs_inputs.workflow.requests.report import ReportRequest

PAGE = SCRIPTS / "lccs_inputs" / "report" / "page"
"""The files that a page is filled into: they are none that a script imports."""


class ReportPlan(WrittenPlan):
    """The report of a period: which files it tells of, and how they are made of each other."""

    def targets(self) -> list[str]:
        return self._names.of_each_period(paths.REPORT)

    def table(self, wildcards: Wildcards) -> list[str]:
        """The table of level 4, where it is made."""
        made = [paths.LEVEL4_TABLE] if self._results.has_level3 else []
        return of_period(wildcards, made)

    def image_checks(self, wildcards: Wildcards) -> list[str]:
        """What was checked of the images that the config names."""
        made = [paths.IMAGE_CHECKS] if self._config.images else []
        return of_period(wildcards, made)

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        period = self._config.periods[wildcards.period]
        said = self._provenance.request(wildcards)
        scenes = [source["name"] for source in said["scenes"]]
        coloured = self._names.true_colour_set or ""
        return ReportRequest(
            descriptors=self._layers.own_descriptors,
            start=period.start.isoformat(),
            end=period.end.isoformat(),
            images=said["images"],
            legends=self._legends.plain,
            scenes=scenes,
            products=[source["name"] for source in said["products"]],
            true_colour=coloured if coloured in scenes else "",
            chains=said["methods"],
            methods=self._methods(wildcards.period),
            lineage=self._lineage(wildcards),
            config=_shown(self._provenance.config_of(wildcards)),
            page=fingerprint([sha256_of(file) for file in sorted(PAGE.iterdir())]),
        ).to_dict()

    def _methods(self, period: str) -> dict[str, dict[str, str]]:
        return {
            layer: {
                name: canonical(node) for name, node in self._names.methods(period, layer).items()
            }
            for layer in self._config.made
        }

    def _lineage(self, wildcards: Wildcards) -> dict[str, list[str]]:
        """Result → what it is made of, layers by name and sources with their edition."""
        period, results = wildcards.period, self._results
        made_of = {}
        for layer in self._config.made:
            node = self._names.nodes[period, layer]
            parts = {*self._names.leaves(period, node).values()}
            made_of[layer] = sorted(part.removeprefix(LAYER_PREFIX) for part in parts)
        if results.has_level3:
            made_of["level3"] = _layers_of(results.level3_layers(wildcards))
            made_of["level4"] = ["level3", *_layers_of(results.level4_layers(wildcards))]
        made_of |= {legend.map.name: ["level4"] for legend in self._legends.legends.values()}
        rules = applicable(self._config.made)
        if rules:
            made_of["coherence"] = sorted(frozenset[str]().union(*(rule.layers for rule in rules)))
        return made_of | {"stack": _layers_of(results.layers(wildcards))}


def _layers_of(files: list[str]) -> list[str]:
    return [Path(file).stem for file in files]


def _shown(said: Any) -> Any:
    """What a config says, without where files of the user lie: the page is for others too."""
    match said:
        case dict():
            return {key: _shown(value) for key, value in said.items() if value is not None}
        case list() | tuple():
            return [_shown(value) for value in said]
        case str() if said.startswith(("/", "~")):
            return f"…/{Path(said).name}"
    return said
