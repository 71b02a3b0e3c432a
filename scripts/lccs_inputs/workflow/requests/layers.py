"""What the jobs of statistics and layers are asked: resolved expressions and their leaves.

A leaf is told by what it stands for (`s2/2018`, `layers.aquatic_wat_cat`), never by its path, so
that a layer has the same fingerprint wherever its results lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lccs_inputs.facts.lccs import Descriptor, descriptor_table
from lccs_inputs.files import fingerprint
from lccs_inputs.workflow.requests import Request


@dataclass(frozen=True)
class DescribedRequest(Request):
    """A request about layers, which the table of descriptors explains.

    Attributes:
        descriptors: those of the config's own that matter here, as `Descriptor.to_dict`.
    """

    descriptors: Sequence[Mapping[str, Any]]

    @property
    def table(self) -> dict[str, Descriptor]:
        """The descriptors of le_lccs, then these, by name."""
        return descriptor_table(self.descriptors)

    @property
    def fingerprint(self) -> str:
        """What tells whether a file was made of this."""
        return fingerprint(self.to_dict())


@dataclass(frozen=True)
class PeriodRasters(DescribedRequest):
    """A request about the rasters of a period.

    Attributes:
        images: `Image.to_dict` of each image.
        legends: `Legend.to_dict` of each map in a legend of others.
        methods: layer → code in its method map → name of the method, of chains.
    """

    images: Sequence[Mapping[str, Any]]
    legends: Sequence[Mapping[str, Any]]
    methods: Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class StatisticRecipe(DescribedRequest):
    """The argument of an area statistic.

    Attributes:
        expression: resolved, in canonical form.
        leaves: leaf name → what it stands for.
    """

    expression: str
    leaves: Mapping[str, str]


@dataclass(frozen=True)
class LayerRecipe(DescribedRequest):
    """A layer.

    Attributes:
        method: the method in use, or several, the first of them first.
        editions: which edition of each source it is made from, for people.
        statistics: names of the whole-area statistics in the expression.
        patches: the smallest patches and holes that are kept; empty where all are.
    """

    method: str
    editions: str
    expression: str
    leaves: Mapping[str, str]
    statistics: Sequence[str]
    patches: Mapping[str, Any]


@dataclass(frozen=True)
class MethodRecipe(DescribedRequest):
    """Which method of a chain decides each pixel.

    Attributes:
        methods: code → name of the method.
    """

    methods: Mapping[int, str]
    expression: str
    leaves: Mapping[str, str]
    statistics: Sequence[str]
