"""Where and when: areas, the grid, periods, and the embedded sample."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ValidationInfo, field_validator, model_validator
from pyproj import CRS
from pyproj.exceptions import CRSError

from lccs_inputs.config.in_short import InShort
from lccs_inputs.config.problems import problem
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import (
    BlockSize,
    BoundingBox,
    Day,
    EditionName,
    Identifier,
    InputPath,
    Metres,
    PositivePercent,
    Seed,
    Text,
    as_crs,
)


class AreaSettings(Section):
    """An area of interest: a box, a vector file or a table asset of Earth Engine. In short, the
    four numbers of the box or the path of the file alone."""

    bbox: BoundingBox | None = None
    """West, south, east, north, degrees (EPSG:4326); west is more than east across 180 degrees."""
    file: InputPath | None = None
    """A vector file geopandas reads; the area is the union of its polygons, in any CRS. The files
    that belong to it, such as .prj, are watched too."""
    layer: Text | None = None
    """The layer of `file`, where it holds several."""
    where: Text | None = None
    """Which features of `file`, by their fields, such as NUTS_ID = 'CH011'; by default all."""
    asset: Text | None = None
    """A table asset of Earth Engine, such as projects/my-project/assets/outline; fetched once."""
    scale_error_max: PositivePercent | None = None
    """How far the sides of pixels may be off the ground, as `grid.crs` shows the area, percent; by
    default 1. Beyond it the area is refused."""

    @model_validator(mode="after")
    def _one_outline(self) -> Self:
        if [self.bbox, self.file, self.asset].count(None) != 2:
            raise problem("needs one of bbox, file or asset")
        for key in ("layer", "where"):
            if getattr(self, key) is not None and self.file is None:
                raise problem(f"{key} goes with file only")
        return self


def _in_full(entry: Any) -> Any:
    match entry:
        case str():
            return {"file": entry}
        case list():
            return {"bbox": entry}
    return entry


AreaEntry = Annotated[AreaSettings, InShort(["string", "array"], _in_full)]


class GridSettings(Section):
    """The pixel lattice every raster of a run lies on."""

    crs: Annotated[Text, BeforeValidator(as_crs)] = "EPSG:2154"
    """A projected CRS in metres: the number of EPSG, or any text pyproj reads."""
    resolution: Metres = 10
    """Pixel size, metres; the origin is snapped to a multiple of it."""
    block: BlockSize = 4096
    """Side of a block, the unit of work and of resuming, pixels."""

    @field_validator("crs")
    @classmethod
    def _projected(cls, text: str) -> str:
        try:
            crs = CRS.from_user_input(text)
        except CRSError as error:
            raise problem(f'"{text}" is not a CRS pyproj knows; write it as EPSG:2154') from error
        if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
            raise problem(f'"{text}" ({crs.name}) is not a projected CRS in metres')
        return text


class Period(Section):
    """A span of time; its name is part of every path of its results."""

    start: Day
    """First day, inclusive, UTC."""
    end: Day
    """Last day, inclusive, UTC."""
    editions: dict[Identifier, EditionName] = {}
    """Editions of products to take in place of the nearest, whatever their distance."""

    @field_validator("end")
    @classmethod
    def _not_before_start(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and end < start:
            raise problem(f"{end} is before start, {start}")
        return end


class SampleSettings(Section):
    """The embedded sample, a synthetic landscape; made only where something names its files."""

    resolution: Metres = 20
    """Pixel size of the finest Sentinel-2 bands of the sample, metres; 10 is native."""
    seed: Seed = 2018
    """Seed of the landscape and its noise; the same seed gives the same bytes."""
