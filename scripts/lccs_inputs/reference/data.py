"""What the config says of some reference data, and what is read of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lccs_inputs.facts.class_table import ClassTable

if TYPE_CHECKING:
    from pandas import DataFrame

RANDOM, SYSTEMATIC, STRATIFIED = "random", "systematic", "stratified"
DESIGNS = (RANDOM, SYSTEMATIC, STRATIFIED)
"""How points are drawn."""
NOT_SAID = -1
"""In the column of a layer: the point says nothing of it."""


class Status(StrEnum):
    """What became of a point."""

    USED = "used"
    NO_PLACE = "no coordinates"
    NO_POINT = "neither point nor polygon"
    OUTSIDE = "outside the area"
    EDGE = "edge of the area"
    NO_DATE = "no date"
    OTHER_TIME = "outside the period"
    UNFILLED = "class not filled in"
    UNKNOWN = "unknown class"
    NO_CLASS = "no class of LCCS"
    NO_STRATUM = "no stratum"
    CONTRADICTION = "contradiction"
    DUPLICATE = "duplicate"
    MIXED = "mixed pixel"


@dataclass(frozen=True)
class ReferenceData:
    """Reference data as the config says them.

    Attributes:
        name: in the config.
        table: what their classes mean.
        layer: of the file, where it holds several.
        crs: of coordinates in columns; "" where the data say it.
        columns: `x`, `y`, `class`, `date`, `stratum` → the names to look for, in order.
        asked: those of `columns` that the user named: they have to be there.
        day: of all points, ISO 8601; "" where a column says it.
        margin: days that a date may lie off the period.
        design: how they were drawn, one of `DESIGNS`; "" where nobody says.
        strata: stratum → pixels; none where the file says it, or there are none.
        leave_out_mixed: whether points in mixed pixels are left out.
    """

    name: str
    table: ClassTable
    layer: str | None = None
    crs: str = ""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asked: Sequence[str] = ()
    day: str = ""
    margin: int = 0
    design: str = ""
    strata: Mapping[str, float] = field(default_factory=dict)
    leave_out_mixed: bool = False

    @property
    def key(self) -> str:
        """Its entry in the config, for messages."""
        return f"reference.{self.name}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(**{**document, "table": ClassTable.from_dict(document["table"])})


def with_files(
    documents: Sequence[Mapping[str, Any]], files: Sequence[Path]
) -> list[tuple[ReferenceData, Path]]:
    """Reference data from plain values, each with its file."""
    return [*zip(map(ReferenceData.from_dict, documents), files, strict=True)]


@dataclass(frozen=True)
class Points:
    """The points of some reference data.

    Attributes:
        table: a row for each point that is not outside the area:
            `id`, its number in the data, from 0; `source`, the name of the data;
            `class`, as the data have it; `date`, ISO 8601, a day or a year, "" where there is none;
            `x`, `y`, in the CRS of the grid; `row`, `col`, its pixel on the grid of the area;
            `stratum`, "" where there is none; `mixed`, whether its pixel is known to hold more than
            its class; `status` (`Status`); then a column for `level3` and each layer that any point
            says something of, its code or `NOT_SAID`.
        counts: status → points, those outside the area too.
        strata: stratum → pixels, of a stratified design that says it.
        notes: what their owner should know, a sentence each.
    """

    table: "DataFrame"
    counts: Mapping[str, int]
    strata: Mapping[str, float]
    notes: Sequence[str]

    @property
    def targets(self) -> list[str]:
        """`level3` and the layers that points say something of."""
        return [str(name) for name in self.table.columns[len(COLUMNS) :]]

    @property
    def used(self) -> "DataFrame":
        return self.table[self.table.status == Status.USED]


WEIGHT = "weight"
"""The column of the table of points with `assess.Design.weights`; 0 of what is not used."""

COLUMNS = {
    "id": "int64", "source": "object", "class": "object", "date": "object",
    "x": "float64", "y": "float64", "row": "int64", "col": "int64",
    "stratum": "object", "mixed": "bool", "status": "object",
}  # fmt: skip
"""Those that every table has, in this order, with what they hold."""
