"""What explains a pixel: how its layers come to their codes, and where their sources lie."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from lccs_inputs.config import edition
from lccs_inputs.explain.question import LayerQuestion, Minus
from lccs_inputs.expressions import Focal, Name, Node, and_not, canonical, names
from lccs_inputs.expressions.nodes import walk
from lccs_inputs.facts.lccs import LAYER_PREFIX, Kind
from lccs_inputs.facts.sensors import CLEAR_COUNT
from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.names import Names, sources_of
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place, Wildcards
from lccs_inputs.workflow.requests.explain import ExplainRequest
from lccs_inputs.workflow.requests.layers import LayerRecipe


class ExplainPlan:
    """What explains the pixels of a period."""

    def __init__(self, names: Names, layers: LayerPlan) -> None:
        self._names, self._layers, self._config = names, layers, names.config

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        """How the layers of a period come to their codes."""
        period = wildcards.period
        known = self._names.by_period[period]
        parts = {part for node in self._nodes(period) for part in walk(node)}
        operands = {part for part in parts if isinstance(part, Name | Focal)}
        ranges = {
            part.name if isinstance(part, Name) else canonical(part): known.range_of(part)
            for part in operands
        }
        return ExplainRequest(
            descriptors=self._layers.made_descriptors(),
            layers=[asdict(self._question(wildcards, layer)) for layer in self._config.made],
            sources={name: edition(self._config, name, period) for name in self._sources(period)},
            codes={name: dict(codes) for name, codes in self._codes(period)},
            limits={
                name: [held.low, held.high]
                for name, held in sorted(ranges.items())
                if held.is_bounded
            },
            labels={
                canonical(node): label for node, label in known.labels.items() if node in parts
            },
        ).to_dict()

    def rasters(self, wildcards: Wildcards) -> dict[str, str]:
        """The raster behind each leaf of the request, of each finished layer and clear count."""
        area, period = wildcards.area, wildcards.period
        leaves = {name for node in self._nodes(period) for name in names(node)}
        leaves |= {LAYER_PREFIX + layer for layer in self._config.made}
        leaves |= {f"{name}.{CLEAR_COUNT}" for name in self._scenes(period)}
        return {name: self._names.raster(area, period, name) for name in sorted(leaves)}

    def statistics(self, wildcards: Wildcards) -> dict[str, str]:
        """The file of each whole-area statistic, by its name."""
        area, period = wildcards.area, wildcards.period
        return {
            name: paths.STATISTIC.format(area=area, period=period, statistic=name)
            for each in self.request(wildcards)["layers"]
            for name in each["statistics"]
        }

    def scene_lists(self, wildcards: Wildcards) -> dict[str, str]:
        """The scene list of each scene set."""
        area, period = wildcards.area, wildcards.period
        return {
            name: paths.SCENES.format(
                area=area, source=name, edition=edition(self._config, name, period)
            )
            for name in self._scenes(period)
        }

    def blocks(self, wildcards: Wildcards) -> list[str]:
        """The blocks of each scene set."""
        area, period = wildcards.area, wildcards.period
        return [
            file
            for name in self._scenes(period)
            for file in self._names.blocks_of(
                Place(area=area, source=name, edition=edition(self._config, name, period))
            )
        ]

    def _question(self, wildcards: Wildcards, layer: str) -> LayerQuestion:
        period = wildcards.period
        place = Place(area=wildcards.area, period=period, layer=layer)
        recipe = LayerRecipe.from_dict(self._layers.layer_recipe(place))
        chain = self._names.by_period[period].before_cleaning(layer)
        methods = self._names.methods(period, layer)
        return LayerQuestion(
            layer,
            {name: canonical(node) for name, node in methods.items()},
            canonical(chain),
            [asdict(step) for step in self._steps(period, layer, chain)],
            recipe.expression,
            [*recipe.leaves],
            recipe.statistics,
            recipe.patches,
            recipe.fingerprint,
        )

    def _steps(self, period: str, layer: str, rest: Node) -> Iterator[Minus]:
        for text, operand in self._names.by_period[period].taken_away(layer):
            rest = and_not(rest, operand)
            yield Minus(text, canonical(operand), canonical(rest))

    def _codes(self, period: str) -> Iterator[tuple[str, Mapping[int, str]]]:
        """The meaning of codes, by the leaf that has them."""
        for name in self._sources(period):
            if name in self._config.products:
                codes = self._config.products[name].described(name).codes
                yield from [(name, codes)] if codes else []
        for layer in self._config.made:
            descriptor = self._config.known_descriptors[layer]
            if descriptor.kind is Kind.CATEGORICAL:
                codes = {code: each.name for code, each in descriptor.codes.items()}
                yield LAYER_PREFIX + layer, codes

    def _nodes(self, period: str) -> list[Node]:
        return [self._names.nodes[period, layer] for layer in self._config.made]

    def _sources(self, period: str) -> list[str]:
        return sources_of(self._nodes(period))

    def _scenes(self, period: str) -> list[str]:
        return [name for name in self._sources(period) if name in self._config.scenes]
