"""What the names of a config mean, period by period, and the file behind each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lccs_inputs.config import Config, edition, namespace
from lccs_inputs.expressions import LAYER_PREFIX, Node, names
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.rasters.area import Area


class Names:
    """What the names of a config mean, period by period, and the file behind each."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._areas: dict[str, Area] = {}
        self._names = {period: namespace(config, period) for period in config.periods}
        self._nodes = {
            (period, layer): known.resolve_layer(layer)
            for period, known in self._names.items()
            for layer in config.made
        }

    def _chained(self) -> Iterator[tuple[str, str, str]]:
        """Area, period and layer wherever several methods make a layer."""
        for area, period in self._periods():
            for layer in self.config.made:
                if len(self._names[period].methods_in_use(layer)) > 1:
                    yield area, period, layer

    def _methods(self, wildcards: Any) -> Mapping[str, Node]:
        """The methods that make a layer in a period, the first of them first."""
        return self._names[wildcards.period].methods_in_use(wildcards.layer)

    def _rasters(self, wildcards: Any, node: Node) -> dict[str, str]:
        """The raster behind each leaf name of an expression, in a period of an area."""
        return {name: self._raster(wildcards.area, wildcards.period, name) for name in names(node)}

    def _files(self, wildcards: Any, node: Node) -> list[str]:
        return sorted(set(self._rasters(wildcards, node).values()))

    def _raster(self, area: str, period: str, name: str) -> str:
        if name.startswith(LAYER_PREFIX):
            return layer_file(area, period, name.removeprefix(LAYER_PREFIX))
        source = name.split(".", maxsplit=1)[0]
        file = "mosaic.vrt" if source in self.config.scenes else "aligned.tif"
        return f"{source_folder(area, source, edition(self.config, source, period))}/{file}"

    def _period_of(self, source: str, wanted: str) -> str:
        """A period that takes this edition of a source; all that do agree on its dates."""
        return next(
            period
            for period in self.config.periods
            if edition(self.config, source, period) == wanted
        )

    def _periods(self) -> Iterator[tuple[str, str]]:
        for area in self.config.areas:
            for period in self.config.periods:
                yield area, period

    def _source_targets(self, kinds: Mapping[str, Any]) -> list[str]:
        found = {
            self._raster(area, period, source)
            for area, period, source in self._sources()
            if source in kinds
        }
        return sorted(found)

    def _sources(self) -> Iterator[tuple[str, str, str]]:
        """Area, period and source wherever a layer that is made needs it."""
        for area, period in self._periods():
            for source in sources_of(self._nodes[period, layer] for layer in self.config.made):
                yield area, period, source


def sources_of(nodes: Iterable[Node]) -> list[str]:
    """The sources that resolved expressions name; no other is ever asked for."""
    found = {name for node in nodes for name in leaves(node)}
    return sorted({name.split(".")[0] for name in found if not name.startswith(LAYER_PREFIX)})


def source_folder(area: str, source: str, edition: str) -> str:
    return f"results/{area}/sources/{source}/{edition}"


def method_file(area: str, period: str, layer: str) -> str:
    return f"results/{area}/periods/{period}/methods/{layer}.tif"


def layer_file(area: str, period: str, layer: str) -> str:
    return f"results/{area}/periods/{period}/layers/{layer}.tif"
