"""What the report of a period says, before it is a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lccs_inputs.costs import HOUR, Cost
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.report.accuracy import Confusion, RightClass
from lccs_inputs.report.change import Change


@dataclass(frozen=True)
class Row:
    """A line of the legend of a map of classes.

    Attributes:
        code: as it is stored; None of what has no data.
        colour: #rrggbb; None is the hatching of missing data.
        hectares: of true ground.
        share: of the hectares of the area, 0 to 1.
    """

    code: int | None
    name: str
    colour: str | None
    pixels: int
    hectares: float
    share: float


@dataclass(frozen=True)
class Figure:
    """A number of a map, and what it is."""

    name: str
    label: str
    value: float
    unit: str


@dataclass(frozen=True)
class Scale:
    """The legend of continuous values: colours from low to high, and evenly spaced ticks."""

    colours: Sequence[str]
    ticks: Sequence[str]


@dataclass(frozen=True)
class Map:
    """A map of the report.

    Attributes:
        key: what it is called among them, and by links to it.
        group: the heading it stands under where one is chosen.
        name: of the layer, image or source, as files and the config have it.
        file: its raster, from the folder of the report.
        image: as a data URI.
        told: in words, for who does not see it.
        rows: of a map of classes; `scale` of another, None of true colours.
    """

    key: str
    group: str
    title: str
    name: str
    file: str
    image: str
    told: str
    rows: Sequence[Row] = ()
    scale: Scale | None = None
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class Node:
    """A source or a result in the lineage.

    Attributes:
        key: a source with its edition, `s2/2018`, or a result by its name.
        link: where the page tells of it.
        made_of, used_by: the keys of others.
        place: (column, row) where it is drawn.
    """

    key: str
    title: str
    link: str
    made_of: Sequence[str]
    used_by: Sequence[str]
    place: tuple[int, int]

    @property
    def is_source(self) -> bool:
        return "/" in self.key


@dataclass(frozen=True)
class Step:
    """A step on the way to a result.

    Attributes:
        node: what was made before, by its key; "" of the last step.
        rule: that made it, and the hash of its code; "" of sources.
        seconds: that it took; None where it is not recorded.
    """

    node: str
    rule: str
    code: str
    seconds: float | None


@dataclass(frozen=True)
class Source:
    """An edition of a source.

    Attributes:
        key: as in the lineage.
        told: what `provenance.json` says of it.
        cost: what that says it took: its requests, bytes, jobs, what is kept of it, and hours.
        file: its raster, from the folder of the report.
    """

    key: str
    name: str
    told: Mapping[str, Any]
    cost: Cost
    file: str

    @property
    def seconds(self) -> float | None:
        return None if self.cost.hours is None else self.cost.hours * HOUR


@dataclass(frozen=True)
class Report:
    """All that the page shows.

    Attributes:
        days: the first and the last, ISO 8601, UTC.
        bounds: west, south, east and north, degrees.
        pixels, hectares: of the area; hectares are of true ground.
        size: of the maps, (width, height) px; `width` what they show of the ground, metres.
        base: the key of the map in true colours; "" where there is none.
        made: layer → its methods in use, by name their expressions.
        seconds: rule and result → what its job took.
        checks: outcomes, as `checks.json` has them, those to look at first.
        told: what `provenance.json` says.
        classes: the rows of the table of level 4.
        accuracy: as `accuracy.json` has it, empty where there are no reference data; `errors` the
            worst confusions of it, `right` points of its classes that are right.
        explained: points that map and reference disagree on, that are explained, and all.
        changes: since the periods that this one is compared with.
        files: what else there is, from the folder of the report.
    """

    area: str
    period: str
    days: tuple[str, str]
    grid: Grid
    bounds: tuple[float, float, float, float]
    pixels: int
    hectares: float
    size: tuple[int, int]
    width: float
    base: str
    maps: Sequence[Map]
    made: Mapping[str, Mapping[str, str]]
    nodes: Sequence[Node]
    sources: Sequence[Source]
    seconds: Mapping[str, float]
    checks: Sequence[Mapping[str, Any]]
    told: Mapping[str, Any]
    config: str
    credits: str
    classes: Sequence[Mapping[str, str]]
    accuracy: Mapping[str, Any]
    errors: Sequence[Confusion]
    right: Sequence[RightClass]
    explained: tuple[int, int]
    changes: Sequence[Change]
    files: Sequence[str]
