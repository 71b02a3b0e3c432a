"""What explains pixels: how the layers of a period are made, step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lccs_inputs.workflow.requests.layers import DescribedRequest


@dataclass(frozen=True)
class ExplainRequest(DescribedRequest):
    """The layers of a period, each as it comes to its codes.

    Attributes:
        layers: `explain.question.LayerQuestion` as plain values, in the order of the config.
        sources: scene set or product → its edition.
        codes: product → the meaning of each of its codes, of those that have some.
        limits: leaf → the lowest and the highest that it can be, where that is known.
        labels: expressions that have a name → that name, as `s2.ndwi`.
    """

    layers: Sequence[Mapping[str, Any]]
    sources: Mapping[str, str]
    codes: Mapping[str, Mapping[int, str]]
    limits: Mapping[str, Sequence[float]]
    labels: Mapping[str, str]

    @property
    def leaves(self) -> list[str]:
        """The leaf names of all layers, and the finished layers themselves."""
        named = {name for each in self.layers for name in each["leaves"]}
        return sorted(named | {f"layers.{each['layer']}" for each in self.layers})

    @property
    def statistics(self) -> list[str]:
        """The names of the whole-area statistics of all layers."""
        return sorted({name for each in self.layers for name in each["statistics"]})


@dataclass(frozen=True)
class ErrorRequest(ExplainRequest):
    """Pixels that are explained by a job.

    Attributes:
        rasters: the leaf names that there is a raster of.
        scenes: the scene sets, in the order of the lists of their scenes.
    """

    rasters: Sequence[str]
    scenes: Sequence[str]
