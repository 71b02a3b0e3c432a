"""Change between periods: which are compared, from which files, and what is to be known of it."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from typing import Any

from lccs_inputs.config import edition
from lccs_inputs.config.editions import compared, maps_of_change
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.expressions.nodes import Name, Node, Number, Operation
from lccs_inputs.facts.change import break_between
from lccs_inputs.facts.lccs import ARTIFICIAL_WATER, LAYER_PREFIX, LEVEL3_INPUTS
from lccs_inputs.layers.change_tables import Flag, MapOfChange
from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.names import Names, sources_of
from lccs_inputs.plan.results import ResultPlan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place, Wildcards
from lccs_inputs.workflow.requests.results import ChangeRequest


class ChangePlan:
    """Change between periods."""

    def __init__(self, names: Names, layers: LayerPlan, results: ResultPlan) -> None:
        self._names, self._layers, self._results = names, layers, results
        self._config = names.config
        self._sources = cache(self._sources_behind)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The periods that are compared, the earlier first."""
        return compared(self._config)

    @property
    def files(self) -> list[str]:
        """What comparing writes."""
        level3 = [paths.CHANGE_MATRIX, *paths.with_names(paths.CHANGE_MAP)]
        return [paths.CHANGE, paths.CHANGE_LAYERS, *(level3 if self._results.has_level3 else [])]

    def targets(self) -> list[str]:
        """The tables of each pair, the map of its level 3, and the picture of that."""
        made = [*self.files, *([paths.CHANGE_PICTURE] if self._results.has_level3 else [])]
        return [
            pattern.format(area=area, earlier=earlier, later=later)
            for area in self._config.areas
            for earlier, later in self.pairs
            for pattern in made
        ]

    def of_later(self, wildcards: Wildcards) -> list[str]:
        """What changed until a period, of each that it is compared with."""
        return [
            paths.CHANGE.format(area=wildcards.area, earlier=earlier, later=later)
            for earlier, later in self.pairs
            if later == wildcards.period
        ]

    def earlier(self, wildcards: Wildcards) -> list[str]:
        """The layers of the earlier period, and its level 3."""
        return self._rasters(wildcards.area, wildcards.earlier)

    def later(self, wildcards: Wildcards) -> list[str]:
        """Those of the later period."""
        return self._rasters(wildcards.area, wildcards.later)

    def maps(self, wildcards: Wildcards) -> list[str]:
        """The maps of change that others made of the same editions, on the grid."""
        found = maps_of_change(self._config, wildcards.earlier, wildcards.later)
        return [
            paths.ALIGNED.format(area=wildcards.area, source=source, edition=taken)
            for source, taken in found.items()
        ]

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        pair = wildcards.earlier, wildcards.later
        return ChangeRequest(
            self._layers.made_descriptors(),
            [asdict(flag) for flag in self._flags(*pair)],
            [asdict(each) for each in self._maps_of_change(*pair)],
        ).to_dict()

    def _maps_of_change(self, *pair: str) -> Iterator[MapOfChange]:
        for name in maps_of_change(self._config, *pair):
            said = self._config.products[name].change
            assert said is not None, "one that is chosen for it"
            told = [
                layer
                for layer in self._config.made
                if all(_rises_with(self._names.nodes[p, layer]) == said.of for p in pair)
            ]
            yield MapOfChange(name, said.of, said.gain, said.loss, said.unchanged, told)

    def _rasters(self, area: str, period: str) -> list[str]:
        place = Place(area=area, period=period)
        return [*self._results.layers(place), *self._results.level3(place)]

    def _flags(self, earlier: str, later: str) -> Iterator[Flag]:
        """Why the change of layers is not that of the land alone."""
        both = {
            layer: (self._sources(earlier, layer), self._sources(later, layer))
            for layer in self._config.made
        }
        for source in sorted(frozenset[str]().union(*(a | b for a, b in both.values()))):
            used = [layer for layer, (before, after) in both.items() if source in before & after]
            flag = self._flag(source, earlier, later)
            if flag and used:
                yield Flag(self._with_level3(used), *flag)
        for layer in self._config.made:
            before, after = (
                ", ".join(self._names.methods(period, layer)) for period in (earlier, later)
            )
            if before != after:
                text = f"{layer} is made by {before} in {earlier}, by {after} in {later}"
                yield Flag(self._with_level3(self._of(layer, earlier, later)), "method", text, "")

    def _of(self, layer: str, *periods: str) -> list[str]:
        """A layer and those that are made from it in some period."""
        return [
            other
            for other in self._config.made
            if other == layer or any(layer in self._layers_behind(p, other) for p in periods)
        ]

    def _layers_behind(self, period: str, layer: str) -> frozenset[str]:
        """The layers that a layer is made from, and those that these are."""
        named = leaves(self._names.nodes[period, layer])
        others = {n.removeprefix(LAYER_PREFIX) for n in named if n.startswith(LAYER_PREFIX)}
        return frozenset(others).union(*(self._layers_behind(period, each) for each in others))

    def _flag(self, source: str, earlier: str, later: str) -> tuple[str, str, str] | None:
        """Kind, sentence and reference of what is to be known of a source in two periods."""
        before, after = (edition(self._config, source, period) for period in (earlier, later))
        if before == after:
            return "same", f"{source} {before}", ""
        product = self._config.products.get(source)
        if product is None or product.product is None:
            return None
        found = break_between(product.product, int(before), int(after))
        if found is None:
            return None
        maps = self._maps_of_change(earlier, later)
        telling = [each.name for each in maps if each.of == source]
        own = f"; take {found.own} for it" if found.own else ""
        own = f"; {', '.join(telling)} tells its change" if telling else own
        text = f"{source} of {before} and {after} do not compare: {found.reason}{own}"
        return "break", text, found.source

    def _sources_behind(self, period: str, layer: str) -> frozenset[str]:
        """The sources of a layer, and those of the layers it is made from."""
        made = {layer} | self._layers_behind(period, layer)
        return frozenset(sources_of(self._names.nodes[period, each] for each in made))

    def _with_level3(self, layers: list[str]) -> list[str]:
        follows = self._results.has_level3 and {*LEVEL3_INPUTS, ARTIFICIAL_WATER} & {*layers}
        return [*layers, "level3"] if follows else layers


def _rises_with(node: Node) -> str:
    """The one source that a layer is there, or more, where there is more of; "" of any other."""
    match node:
        case Name(name=source):
            return source
        case Operation(operator=">" | ">=", operands=(Name(name=source), Number())):
            return source
    return ""
