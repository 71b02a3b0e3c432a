"""Reference data: where they are, what their classes mean, how they were drawn; class tables."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, Strict, field_validator, model_validator
from pyproj import CRS
from pyproj.exceptions import CRSError

from lccs_inputs.config.problems import Expected, OneOf, problem
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import (
    Day,
    Days,
    FieldNames,
    Flag,
    InputPath,
    Label,
    Meaning,
    Text,
    as_crs,
)
from lccs_inputs.reference.data import DESIGNS, STRATIFIED

Design = Annotated[str, OneOf("a design", DESIGNS)]
Crs = Annotated[Text, BeforeValidator(as_crs)]
Pixels = Annotated[float, Strict(), Field(gt=0), Expected("a number above 0")]


def _known_crs(text: str) -> str:
    try:
        CRS.from_user_input(text)
    except CRSError as error:
        raise problem(f'"{text}" is not a CRS pyproj knows; write it as EPSG:4326') from error
    return text


class ReferenceSettings(Section):
    """Reference data: points or polygons of known class, to tell how right the maps are."""

    file: InputPath
    """A CSV, or any vector file geopandas reads, in any CRS. A polygon stands for one point in
    it."""
    layer: Text | None = None
    """The layer of `file`, where it holds several."""
    crs: Crs | None = None
    """Of the coordinates in the columns of a CSV, where the class table does not say it, or of a
    vector file that does not."""
    x_column: Text | None = None
    """The column of the easting or longitude of a CSV; by default that of the class table."""
    y_column: Text | None = None
    """Of the northing or latitude, likewise."""
    class_column: Text | None = None
    """The column of the class, likewise."""
    date_column: Text | None = None
    """The column of the date, likewise: a day (2018-06-21, 21/06/18) or a year."""
    day: Day | None = None
    """The date of all points, in place of a column."""
    margin: Days = 0
    """Days that a date may lie before or after the period."""
    classes: Text = "lccs"
    """What their classes are in LCCS: a table, `lccs` (they are written so), `lucas-2018`,
    `lucas-2022`, `arealstatistik`, `theia-oso` or `eurocrops-hcat`, or the path of one like
    theirs; docs/accuracy.md shows one."""
    design: Design | None = None
    """How the points were drawn: `random`, `systematic` (a regular grid), or `stratified`, by
    `stratum_column` and `strata`, or else by the classes of the map of level 3. Intervals hold for
    what is said; by default `random`, and the results say that nobody said so."""
    stratum_column: Text | None = None
    """The column of the stratum that a point was drawn from; by default that of the class table."""
    strata: dict[Label, Pixels] = {}
    """Stratum to its size, pixels, of a stratified design; by default those of the layer `strata`
    of `file`, which `make sample-design` writes."""
    leave_out_mixed: Flag = False
    """Whether points within a pixel of a boundary of the map are left out. Maps look better so than
    they are."""

    @field_validator("crs")
    @classmethod
    def _a_crs(cls, text: str | None) -> str | None:
        return text if text is None else _known_crs(text)

    @model_validator(mode="after")
    def _one_date(self) -> Self:
        if self.day is not None and self.date_column is not None:
            raise problem("needs one of day and date_column, not both")
        if self.strata and self.design != STRATIFIED:
            raise problem(f"strata go with design: {STRATIFIED}")
        return self


class ColumnNames(Section):
    """The names that the columns of some reference data may have, in the order to look."""

    x: FieldNames = ()
    """Easting or longitude."""
    y: FieldNames = ()
    """Northing or latitude."""
    class_: FieldNames = Field(default=(), alias="class")
    """The class."""
    date: FieldNames = ()
    """The date."""
    stratum: FieldNames = ()
    """The stratum."""


class ClassTableFile(Section):
    """What the classes of some reference data are in LCCS."""

    title: Text
    """What the data are called."""
    source: Text
    """Where the classes and the crosswalk are from."""
    licence: Text
    """The licence of the data."""
    obtain: Text
    """How to get the data."""
    crs: Crs | None = None
    """The CRS of coordinates in columns, where it is always one."""
    columns: ColumnNames = ColumnNames()
    """The names of columns."""
    lccs: Flag = False
    """Whether a class that has no row is read as LCCS writes it."""
    classes: Annotated[dict[Label, Meaning], Field(min_length=1)]
    """Class, or its beginning and `*`, to LCCS (`A12.A1.D2`), to layers (`{cultman_agr_cat: 1}`),
    or to nothing."""

    @field_validator("crs")
    @classmethod
    def _a_crs(cls, text: str | None) -> str | None:
        return text if text is None else _known_crs(text)

    @property
    def names(self) -> dict[str, Any]:
        """The names of columns, by what they hold."""
        return self.columns.model_dump(by_alias=True)
