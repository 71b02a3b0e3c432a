"""What the jobs that finished layers go to are asked: checks, the folder for le_lccs, pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lccs_inputs.workflow.requests import Request
from lccs_inputs.workflow.requests.layers import DescribedRequest


@dataclass(frozen=True)
class CheckRequest(DescribedRequest):
    """Data checks.

    Attributes:
        checks: what each check does when it fails, as `layers.checks.CheckSettings` reads it.
    """

    checks: Mapping[str, Any]


@dataclass(frozen=True)
class HandOffRequest(Request):
    """A folder for le_lccs.

    Attributes:
        when: the last day of the period, ISO 8601.
    """

    when: str


@dataclass(frozen=True)
class LegendRequest(Request):
    """A map in a legend of others.

    Attributes:
        legend: `facts.legend.Legend.to_dict`.
        layers: those that level 4 is made of.
    """

    legend: Mapping[str, Any]
    layers: Sequence[str]


@dataclass(frozen=True)
class PictureRequest(DescribedRequest):
    """The maps of a period.

    Attributes:
        images: `facts.images.Image.to_dict` of each image, in the order to draw them.
        legends: `facts.legend.Legend.to_dict` of each map in a legend of others.
    """

    images: Sequence[Mapping[str, Any]]
    legends: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ChangeRequest(DescribedRequest):
    """Change between two periods.

    Attributes:
        flags: `layers.change_tables.Flag` as plain values: what is to be known of it.
        maps: `layers.change_tables.MapOfChange` likewise, in the order of the input.
    """

    flags: Sequence[Mapping[str, Any]]
    maps: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class AccuracyRequest(DescribedRequest):
    """The accuracy of the maps of a period.

    Attributes:
        references: `reference.data.ReferenceData` as plain values, in the order of the files.
        maps: that they are held against: `level3`, and layers of codes.
        start, end: of the period, inclusive, ISO 8601.
        alone: whether there is no other area or period that the data may be of.
        given: what changes with each of the files.
    """

    references: Sequence[Mapping[str, Any]]
    maps: Sequence[str]
    start: str
    end: str
    alone: bool
    given: Sequence[str]

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last of the period."""
        return date.fromisoformat(self.start), date.fromisoformat(self.end)


@dataclass(frozen=True)
class MethodLegendRequest(DescribedRequest):
    """The map of a chain of methods.

    Attributes:
        methods: code → name of the method.
    """

    methods: Mapping[int, str]
