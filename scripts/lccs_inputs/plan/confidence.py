"""How sure layers are: of what is there, which methods can be evaluated, and what is looked at."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import cached_property, reduce
from typing import Any

from lccs_inputs.confidence.question import LayerParts
from lccs_inputs.config import edition
from lccs_inputs.config.editions import middle_year
from lccs_inputs.expressions import Node, and_not, canonical
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.facts.lccs import LAYER_PREFIX
from lccs_inputs.facts.sensors import CLEAR_COUNT, TRUE_COLOUR
from lccs_inputs.layers.order import in_order
from lccs_inputs.plan.accuracy import AccuracyPlan
from lccs_inputs.plan.layers import LayerPlan, statistics_in
from lccs_inputs.plan.names import Names, sources_of
from lccs_inputs.plan.results import ResultPlan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards
from lccs_inputs.workflow.requests.confidence import ConfidenceRequest


class ConfidencePlan:
    """How sure the layers of a period are."""

    def __init__(
        self, names: Names, layers: LayerPlan, results: ResultPlan, accuracy: AccuracyPlan
    ) -> None:
        self._names, self._layers, self._results = names, layers, results
        self._accuracy = accuracy
        self._config = names.config

    @property
    def files(self) -> list[str]:
        """The maps of a period: of each layer, then of level 3."""
        made = [paths.CONFIDENCE.replace("{layer}", layer) for layer in self._config.made]
        return made + ([paths.CONFIDENCE_LEVEL3] if self._results.has_level3 else [])

    @property
    def styles(self) -> list[str]:
        """How QGIS draws each of them."""
        return [paths.style_file(file) for file in self.files]

    def targets(self) -> list[str]:
        """The maps of every period, and what they are worth where there are reference data."""
        held = [paths.CALIBRATION] if self._accuracy.references else []
        return self._names.of_each_period(*self.files, *self.styles, *held)

    def of_period(self, wildcards: Wildcards) -> list[str]:
        """The maps of a period."""
        area, period = wildcards.area, wildcards.period
        return [file.format(area=area, period=period) for file in self.files]

    def of_a_run(self) -> list[str]:
        """Those of a run that asks for nothing by name."""
        return self.targets() if self._config.confidence else []

    def shown(self, wildcards: Wildcards) -> list[str]:
        """The same, where the config asks for them: others come and go with who asks."""
        return self.of_period(wildcards) if self._config.confidence else []

    def sources(self, wildcards: Wildcards) -> dict[str, str]:
        """The sources and the statistics of all expressions, by the names of inputs."""
        found: dict[str, str] = {}
        for node in self._nodes(wildcards.period):
            found |= self._layers.files_of(wildcards, node)
        return found

    def lists(self, wildcards: Wildcards) -> list[str]:
        """The scene lists that it waits for."""
        return self._layers.lists_of(wildcards, *self._nodes(wildcards.period))

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        period = wildcards.period
        layers = [self._layer(period, layer) for layer in self._config.made]
        nodes = self._nodes(period)
        looks = sorted({name for layer in layers for name in layer.looks})
        stands_for = {
            name: said
            for node in nodes
            for name, said in sorted(self._names.leaves(period, node).items())
        }
        return ConfidenceRequest(
            descriptors=self._layers.made_descriptors(),
            layers=[asdict(layer) for layer in layers],
            leaves=dict(sorted(stands_for.items())),
            coded=sorted(self._coded()),
            looks=looks,
            statistics=sorted({name for node in nodes for name in statistics_in(node)}),
            has_level3=self._results.has_level3,
        ).to_dict()

    def _layer(self, period: str, layer: str) -> LayerParts:
        sources = self._sources_behind(period, layer)
        ages = [
            abs(int(taken) - middle_year(self._config.periods[period]))
            for name in sources
            if name in self._config.products
            and (taken := edition(self._config, name, period)).isdigit()
        ]
        return LayerParts(
            layer,
            canonical(self._names.nodes[period, layer]),
            {name: canonical(node) for name, node in self._methods(period, layer)},
            len(self._names.methods(period, layer)) > 1,
            [f"{name}.{CLEAR_COUNT}" for name in sources if name in self._config.scenes],
            max(ages, default=None),
        )

    def _methods(self, period: str, layer: str) -> Iterator[tuple[str, Node]]:
        """The methods that can be evaluated from what the layers take, cleaned as the layer is,
        but for one that makes it alone."""
        there, statistics = self._there[period]
        known, used = self._names.by_period[period], self._names.methods(period, layer)
        alone = {*used} if len(used) == 1 else set()
        minus = [operand for _, operand in known.taken_away(layer)]
        for name, node in known.every_method(layer).items():
            if name in alone:
                continue
            if leaves(node) <= there and {*statistics_in(node)} <= statistics:
                yield name, reduce(and_not, minus, node)

    @cached_property
    def _there(self) -> dict[str, tuple[set[str], set[str]]]:
        """Of each period, the leaves and the statistics that there are for the layers anyway."""
        found = {}
        for period in self._config.periods:
            nodes = [self._names.nodes[period, layer] for layer in self._config.made]
            coloured = self._names.true_colour_set
            named = {name for node in nodes for name in leaves(node)}
            named |= {LAYER_PREFIX + layer for layer in self._config.made}
            named |= {f"{coloured}.{band}" for band in TRUE_COLOUR} if coloured else set()
            statistics = {name for node in nodes for name in statistics_in(node)}
            found[period] = named, statistics
        return found

    def _sources_behind(self, period: str, layer: str) -> list[str]:
        """The sources of a layer, by way of the layers that it is made from too."""
        nodes = {name: self._names.nodes[period, name] for name in self._config.made}
        return sources_of(nodes[name] for name in in_order(nodes, [layer]))

    def _nodes(self, period: str) -> list[Node]:
        """The expressions of the layers and of all methods that are evaluated."""
        methods = (node for layer in self._config.made for _, node in self._methods(period, layer))
        return [*(self._names.nodes[period, layer] for layer in self._config.made), *methods]

    def _coded(self) -> Iterator[str]:
        """The leaves whose numbers are codes."""
        for name, product in self._config.products.items():
            if product.described(name).codes:
                yield name
        for layer in self._config.made:
            if not self._config.known_descriptors[layer].kind.is_continuous:
                yield LAYER_PREFIX + layer
