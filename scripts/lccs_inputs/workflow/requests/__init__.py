"""What the plan hands to a script through `params`: one frozen class per rule, and its plain form.

Snakemake compares parameters as text and leaves out what it has no text for, so a request goes as
plain values (`to_dict`) and comes back typed (`from_dict`). None holds a path of a run: scripts
find the files behind the names of an expression among their inputs, by `input_of`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, Self

from lccs_inputs.facts.lccs import LAYER_PREFIX


class Wildcards(Protocol):
    """What Snakemake tells an input or parameter function; each job has those of its rule."""

    @property
    def outline(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def edition(self) -> str: ...
    @property
    def block(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def statistic(self) -> str: ...
    @property
    def layer(self) -> str: ...
    @property
    def image(self) -> str: ...
    @property
    def legend(self) -> str: ...
    @property
    def earlier(self) -> str: ...
    @property
    def later(self) -> str: ...


@dataclass(frozen=True)
class Place:
    """The same where there is no Snakemake: commands and tests."""

    outline: str = ""
    area: str = ""
    source: str = ""
    edition: str = ""
    block: str = ""
    period: str = ""
    statistic: str = ""
    layer: str = ""
    image: str = ""
    legend: str = ""
    earlier: str = ""
    later: str = ""


@dataclass(frozen=True)
class Request:
    """Plain values that go through `params` as they are."""

    def to_dict(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(**document)


def of_period(wildcards: Wildcards, patterns: Iterable[str]) -> list[str]:
    """Files of a period, by patterns of its area and period."""
    return [pattern.format(area=wildcards.area, period=wildcards.period) for pattern in patterns]


def input_of(leaf: str) -> str:
    """The name of the input that holds a leaf of an expression: a layer, a source, a statistic.

    `layers.x` is in `layer_x`; `s2.red` and every other band of s2 in `source_s2`.
    """
    if leaf.startswith(LAYER_PREFIX):
        return f"layer_{leaf.removeprefix(LAYER_PREFIX)}"
    return f"source_{leaf.partition('.')[0]}"


def statistic_input(name: str) -> str:
    """The name of the input that holds a whole-area statistic."""
    return f"statistic_{name}"
