"""Statistics and layers: what each is made from."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from lccs_inputs.config import edition
from lccs_inputs.expressions import LAYER_PREFIX, Node, canonical, statistic_name, statistics_of
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.layers.methods import method_node
from lccs_inputs.plan.names import sources_of
from lccs_inputs.plan.products import ProductPlan


class LayerPlan(ProductPlan):
    """Statistics and layers: what each is made from."""

    @cached_property
    def _statistics(self) -> dict[str, Node]:
        """The argument of every area statistic the chosen expressions ask for, by its name."""
        return {
            statistic_name(part.argument): part.argument
            for node in self._nodes.values()
            for part in statistics_of(node)
        }

    def statistic_files(self, wildcards: Any) -> list[str]:
        return self._files(wildcards, self._statistics[wildcards.statistic])

    def statistic_recipe(self, wildcards: Any) -> dict[str, Any]:
        node = self._statistics[wildcards.statistic]
        return {"expression": canonical(node), "rasters": self._rasters(wildcards, node)}

    def layer_files(self, wildcards: Any) -> list[str]:
        return self._files(wildcards, self._nodes[wildcards.period, wildcards.layer])

    def layer_statistics(self, wildcards: Any) -> list[str]:
        node = self._nodes[wildcards.period, wildcards.layer]
        return sorted(self._statistic_paths(wildcards, node).values())

    def layer_recipe(self, wildcards: Any) -> dict[str, Any]:
        """The resolved expression of a layer, and the file behind each name in it."""
        node = self._nodes[wildcards.period, wildcards.layer]
        recipe = {"method": ", ".join(self._methods(wildcards)), **self._recipe(wildcards, node)}
        patches = self.config.layers[wildcards.layer].patches
        return recipe | ({"patches": patches} if patches else {})

    def layer_editions(self, wildcards: Any) -> str:
        """Which edition of each of its sources a layer is made from."""
        sources = sources_of([self._nodes[wildcards.period, wildcards.layer]])
        taken = [f"{name} {edition(self.config, name, wildcards.period)}" for name in sources]
        return ", ".join(taken)

    def method_recipe(self, wildcards: Any) -> dict[str, Any]:
        """Which method of a chain decides each pixel; codes are places in the layer's `use`."""
        node = self._method_node(wildcards)
        return {"methods": self.method_names(wildcards), **self._recipe(wildcards, node)}

    def _method_node(self, wildcards: Any) -> Node:
        methods, codes = self._methods(wildcards), self.method_names(wildcards)
        return method_node({code: methods[name] for code, name in codes.items()})

    def _recipe(self, wildcards: Any, node: Node) -> dict[str, Any]:
        """An expression, and the files that it reads."""
        return {
            "expression": canonical(node),
            "rasters": self._rasters(wildcards, node),
            "statistics": self._statistic_paths(wildcards, node),
        }

    def method_names(self, wildcards: Any) -> dict[int, str]:
        """The methods that make a layer in a period, by their place in its `use`."""
        use, methods = self.config.layers[wildcards.layer].use, self._methods(wildcards)
        return {code: name for code, name in enumerate(use, start=1) if name in methods}

    def method_files(self, wildcards: Any) -> list[str]:
        return self._files(wildcards, self._method_node(wildcards))

    def method_statistics(self, wildcards: Any) -> list[str]:
        return sorted(self._statistic_paths(wildcards, self._method_node(wildcards)).values())

    def _statistic_paths(self, wildcards: Any, node: Node) -> dict[str, str]:
        folder = f"results/{wildcards.area}/periods/{wildcards.period}/statistics"
        found = [statistic_name(part.argument) for part in statistics_of(node)]
        return {name: f"{folder}/{name}.json" for name in found}

    def own_descriptors(self, wildcards: Any) -> list[dict[str, Any]]:
        """The descriptors that the config adds to the table, for `lccs.descriptor_table`."""
        return self._own_descriptors

    @cached_property
    def _own_descriptors(self) -> list[dict[str, Any]]:
        known = self.config.known_descriptors
        return [known[name].to_dict() for name in self.config.descriptors]

    def made_descriptors(self, wildcards: Any) -> list[dict[str, Any]]:
        """Those of the layers that are made."""
        return self._descriptors_of([], *self.config.made)

    def layer_descriptors(self, wildcards: Any) -> list[dict[str, Any]]:
        """Those of a layer and of the layers it is made from; no other makes it again."""
        node = self._nodes[wildcards.period, wildcards.layer]
        return self._descriptors_of([node], wildcards.layer)

    def statistic_descriptors(self, wildcards: Any) -> list[dict[str, Any]]:
        return self._descriptors_of([self._statistics[wildcards.statistic]])

    def _descriptors_of(self, nodes: Iterable[Node], *layers: str) -> list[dict[str, Any]]:
        named = {name.removeprefix(LAYER_PREFIX) for node in nodes for name in leaves(node)}
        return [own for own in self._own_descriptors if own["name"] in {*layers, *named}]
