"""Statistics and layers: what each is made from."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from lccs_inputs.config import edition
from lccs_inputs.expressions import Node, canonical, statistic_name, statistics_of
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.facts.lccs import LAYER_PREFIX
from lccs_inputs.layers.methods import method_node
from lccs_inputs.plan.names import Names, sources_of
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards, statistic_input
from lccs_inputs.workflow.requests.layers import (
    DescribedRequest,
    LayerRecipe,
    MethodRecipe,
    StatisticRecipe,
)
from lccs_inputs.workflow.requests.results import MethodLegendRequest


class LayerPlan:
    """Statistics and layers: what each is made from."""

    def __init__(self, names: Names) -> None:
        self._names, self._config = names, names.config

    def targets(self) -> list[str]:
        layers, notes, nearest = (
            [
                pattern.format(area=area, period=period, layer=layer)
                for area, period in self._names.places()
                for layer in self._config.made
            ]
            for pattern in (paths.LAYER, paths.LAYER_NOTE, paths.LAYER_NEAREST)
        )
        methods = [
            paths.METHOD_MAP.format(area=area, period=period, layer=layer)
            for area, period, layer in self._names.chained()
        ]
        return [*paths.with_names(*layers, *methods), *notes, *nearest]

    def statistic_targets(self) -> list[str]:
        """Every statistic that what is made asks for."""
        found = {
            file
            for area, period in self._names.places()
            for node in self._names.made_in(period)
            for file in self._statistics(area, period, node).values()
        }
        return sorted(found)

    def layer_files(self, wildcards: Wildcards) -> dict[str, str]:
        """The leaves and the statistics of a layer, by the names of inputs."""
        return self.files_of(wildcards, self._layer(wildcards))

    def layer_lists(self, wildcards: Wildcards) -> list[str]:
        """The scene lists that a layer waits for."""
        return self.lists_of(wildcards, self._layer(wildcards))

    def layer_recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        node = self._layer(wildcards)
        return LayerRecipe(
            **self._recipe(wildcards, node),
            method=", ".join(self._names.methods(wildcards.period, wildcards.layer)),
            editions=self.editions_of(wildcards.period, [node]),
            patches=self._config.layers[wildcards.layer].patches or {},
        ).to_dict()

    def layer_priority(self, wildcards: Wildcards) -> int:
        """The longest first, so that none ends by itself: those whose small patches are removed."""
        return int(bool(self._config.layers[wildcards.layer].patches))

    def method_files(self, wildcards: Wildcards) -> dict[str, str]:
        return self.files_of(wildcards, self._method_map(wildcards))

    def method_recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Which method of a chain decides each pixel; codes are places in the layer's `use`."""
        recipe = self._recipe(wildcards, self._method_map(wildcards))
        methods = self._coded(wildcards.period, wildcards.layer)
        return MethodRecipe(**recipe, methods=methods).to_dict()

    def method_legend(self, wildcards: Wildcards) -> dict[str, Any]:
        descriptors = self.descriptors_of([self._layer(wildcards)], wildcards.layer)
        methods = self._coded(wildcards.period, wildcards.layer)
        return MethodLegendRequest(descriptors, methods).to_dict()

    def coded_methods(self, period: str) -> dict[str, dict[int, str]]:
        """The methods of each chain of a period, by layer and by their codes in its method map."""
        coded = {layer: self._coded(period, layer) for layer in self._config.made}
        return {layer: methods for layer, methods in coded.items() if len(methods) > 1}

    def statistic_files(self, wildcards: Wildcards) -> dict[str, str]:
        node = self._arguments[wildcards.statistic]
        return self._names.files(wildcards.area, wildcards.period, node)

    def statistic_lists(self, wildcards: Wildcards) -> list[str]:
        return self.lists_of(wildcards, self._arguments[wildcards.statistic])

    def statistic_recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        node = self._arguments[wildcards.statistic]
        named = self._names.leaves(wildcards.period, node)
        return StatisticRecipe(self.descriptors_of([node]), canonical(node), named).to_dict()

    def legend(self, wildcards: Wildcards) -> dict[str, Any]:
        """The descriptor of a layer and of the layers it is made from; no other draws it again."""
        descriptors = self.descriptors_of([self._layer(wildcards)], wildcards.layer)
        return DescribedRequest(descriptors).to_dict()

    def made_descriptors(self) -> list[dict[str, Any]]:
        """The config's own descriptors among the layers that are made."""
        return [own for own in self.own_descriptors if own["name"] in self._config.made]

    @property
    def own_descriptors(self) -> list[dict[str, Any]]:
        """All descriptors that the config adds to the table."""
        known = self._config.known_descriptors
        return [known[name].to_dict() for name in self._config.descriptors]

    @cached_property
    def _arguments(self) -> dict[str, Node]:
        """The argument of every area statistic the chosen expressions ask for, by its name."""
        return {
            statistic_name(part.argument): part.argument
            for period in self._config.periods
            for node in self._names.made_in(period)
            for part in statistics_of(node)
        }

    def _layer(self, wildcards: Wildcards) -> Node:
        return self._names.nodes[wildcards.period, wildcards.layer]

    def _method_map(self, wildcards: Wildcards) -> Node:
        methods = self._names.methods(wildcards.period, wildcards.layer)
        coded = self._coded(wildcards.period, wildcards.layer)
        return method_node({code: methods[name] for code, name in coded.items()})

    def _coded(self, period: str, layer: str) -> dict[int, str]:
        """The methods that make a layer in a period, by their place in its `use`."""
        methods, use = self._names.methods(period, layer), self._config.layers[layer].use
        return {code: name for code, name in enumerate(use, start=1) if name in methods}

    def files_of(self, wildcards: Wildcards, node: Node) -> dict[str, str]:
        """The leaves and the statistics of an expression, by the names of inputs."""
        area, period = wildcards.area, wildcards.period
        statistics = self._statistics(area, period, node)
        named = {statistic_input(name): file for name, file in statistics.items()}
        return self._names.files(area, period, node) | named

    def lists_of(self, wildcards: Wildcards, *nodes: Node) -> list[str]:
        """The scene lists that what is made of expressions waits for."""
        return self._names.lists(wildcards.area, wildcards.period, sources_of(nodes))

    def _recipe(self, wildcards: Wildcards, node: Node) -> dict[str, Any]:
        """An expression, and what its names stand for."""
        return {
            "descriptors": self.descriptors_of([node], wildcards.layer),
            "expression": canonical(node),
            "leaves": self._names.leaves(wildcards.period, node),
            "statistics": statistics_in(node),
        }

    def _statistics(self, area: str, period: str, node: Node) -> dict[str, str]:
        return {
            name: paths.STATISTIC.format(area=area, period=period, statistic=name)
            for name in statistics_in(node)
        }

    def editions_of(self, period: str, nodes: Iterable[Node]) -> str:
        """Which edition of each source expressions take."""
        taken = [f"{name} {edition(self._config, name, period)}" for name in sources_of(nodes)]
        return ", ".join(taken)

    def descriptors_of(self, nodes: Iterable[Node], *layers: str) -> list[dict[str, Any]]:
        """The config's own descriptors among `layers` and the layers that expressions name."""
        named = {name.removeprefix(LAYER_PREFIX) for node in nodes for name in leaves(node)}
        named |= {*layers}
        return [own for own in self.own_descriptors if own["name"] in named]


def statistics_in(node: Node) -> list[str]:
    """The names of the whole-area statistics in an expression."""
    found: Iterable[str] = (statistic_name(part.argument) for part in statistics_of(node))
    return sorted({*found})
