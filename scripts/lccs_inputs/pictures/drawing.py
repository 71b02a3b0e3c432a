"""Pictures of what a run made: one PNG per map, and one sheet with all of them.

A picture costs the same for a village and for a country, since rasters are read decimated, and
its bytes depend on nothing but the rasters. Pictures are for looking; figures come from the
checks.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from pyproj import CRS, Transformer
from shapely import get_coordinates, get_parts, get_rings
from tqdm import tqdm

from lccs_inputs.facts.change import DRAWN as CHANGE
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.lccs import Descriptor
from lccs_inputs.pictures.painting import (
    MISSING,
    Picture,
    paint_image,
    paint_layer,
    paint_level3,
    paint_true_colour,
)
from lccs_inputs.pictures.sheet import (
    COMPACT,
    INK,
    QUIET,
    ROOMY,
    Key,
    Ramp,
    Sheet,
    legend_rows,
    plain_style,
    text_width,
)
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid

_MAP = (1200, 1000)
"""The size a single map is drawn close to, px."""
MARGIN, _GAP = 56, 36
TOP, BOTTOM, _FOOTER = 136, 108, 58
"""Heights of the heading and of the margin below, and of the footer's middle in it, px."""
_NOTE, _NOTE_LINE = 8, 26  # size of a note, points, and height of its line, px
_RAMP = 320  # height of an upright colour ramp, px
_LEAST = 900  # width of a single picture: its heading and footer need room

_SHEET = 1600
_PANEL_TITLE, _PANEL_LEGEND, _PANEL_GAP, _ROW_GAP = 54, 16, 28, 36
_SYNTHETIC = "synthetic sample"
"""What stands in the heading of what is made of the sample."""
_TALLEST = 0.9
"""Height of a panel over its width, at most: a taller area is fitted inside."""


def draw_maps(
    layers: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    true_colour: Path | None,
    level3: Path | None,
    area: Area,
    caption: str,
    folder: Path,
    images: Sequence[tuple[Image, Path]] = (),
    classes: Sequence[tuple[Descriptor, Path]] = (),
) -> None:
    """Draw each map of a period, and all of them on one sheet: `{map}.png` in a folder.

    The maps are named after their layers, `level3`, `true_colour` and `contact_sheet`; those of
    images are in the folder `images` below.

    Args:
        layers: descriptor name → its raster, in the order to draw them.
        descriptors: how each layer is coded and coloured, by name.
        true_colour: mosaic of an optical scene set, or None.
        level3: level-3 map, or None.
        images: continuous images and their rasters, in the order to draw them.
        classes: further maps of classes and what they say, each named as that; not on the sheet.
    """
    for name, path in tqdm(layers.items(), desc="draw", unit="map", delay=2):
        draw_layer(path, descriptors[name], area, caption, folder / f"{name}.png")
    if level3:
        draw_level3(level3, area, caption, folder / "level3.png")
    for descriptor, path in classes:
        draw_layer(path, descriptor, area, caption, folder / f"{descriptor.name}.png")
    if true_colour:
        draw_true_colour(true_colour, area, caption, folder / "true_colour.png")
    for image, path in tqdm(images, desc="draw", unit="image", delay=2):
        draw_image(path, image, area, caption, folder / "images" / f"{image.name}.png")
    sheet = folder / "contact_sheet.png"
    draw_contact_sheet(layers, descriptors, true_colour, level3, area, caption, sheet, images)


def draw_layer(path: Path, descriptor: Descriptor, area: Area, caption: str, target: Path) -> None:
    """Draw one layer with its legend, at 150 dpi.

    Args:
        path: uint8 raster on the grid of `area`, nodata 255.
        caption: whose map this is, for instance "evian · 2018".
        target: the PNG to write.
    """
    picture = paint_layer(path, descriptor, area, map_size(area.grid))
    draw_single(picture, area, caption, target)


def draw_level3(path: Path, area: Area, caption: str, target: Path) -> None:
    """Draw a level-3 map (uint8 codes of `lccs.LEVEL3`, nodata 255) with its legend."""
    picture = paint_level3(path, area, map_size(area.grid))
    draw_single(picture, area, caption, target)


def draw_change(
    path: Path, area: Area, caption: str, target: Path, notes: Sequence[str] = ()
) -> None:
    """Draw a map of change (uint8 codes of `facts.change.MAP`, nodata 255) by what pixels became.

    Args:
        notes: what is to be known of it, a sentence each, below the heading.
    """
    picture = paint_layer(path, CHANGE, area, map_size(area.grid))
    draw_single(picture, area, caption, target, notes)


def draw_true_colour(mosaic: Path, area: Area, caption: str, target: Path) -> None:
    """Draw the red, green and blue bands of a scene set's mosaic, much as the eye sees them.

    The three bands are stretched alike, between the 2nd and 98th percentile of their values over
    the area, and brightened.

    Raises:
        InputError: the mosaic has no bands described as red, green and blue.
    """
    picture = paint_true_colour(mosaic, area, map_size(area.grid))
    draw_single(picture, area, caption, target)


def draw_image(path: Path, image: Image, area: Area, caption: str, target: Path) -> None:
    """Draw a continuous image with its legend, in its palette and between its limits."""
    draw_single(paint_image(path, image, area, map_size(area.grid)), area, caption, target)


def draw_contact_sheet(
    layers: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    true_colour: Path | None,
    level3: Path | None,
    area: Area,
    caption: str,
    target: Path,
    images: Sequence[tuple[Image, Path]] = (),
) -> None:
    """Draw every map of a period on one sheet, 1600 px wide, each with its legend.

    Args:
        layers: descriptor name → its raster, in the order to draw them.
        descriptors: how each layer is coded and coloured, by name.
        true_colour: mosaic of an optical scene set, or None.
        level3: level-3 map, or None.
        images: continuous images and their rasters, in the order to draw them.
    """
    large, small = (_box(area.grid, columns) for columns in (2, _columns(len(layers))))
    first = [paint_true_colour(true_colour, area, large)] if true_colour else []
    first += [paint_level3(level3, area, large)] if level3 else []
    maps = [
        paint_layer(path, descriptors[name], area, small)
        for name, path in tqdm(layers.items(), desc="contact sheet", unit="map", delay=2)
    ]
    own = [
        paint_image(path, image, area, _box(area.grid, _columns(len(images))))
        for image, path in images
    ]
    rows = [_Row(2, first)] if first else []
    _draw_sheet([*rows, *_rows(maps), *_rows(own)], area, caption, target)


def map_size(grid: Grid) -> tuple[int, int]:
    """(width, height) of a single map: whole pixels per grid pixel, or the other way round."""
    ratio = max(grid.width / _MAP[0], grid.height / _MAP[1])
    if ratio > 1:
        step = round(ratio)
        return max(1, round(grid.width / step)), max(1, round(grid.height / step))
    step = round(1 / ratio)
    return grid.width * step, grid.height * step


@plain_style()
def draw_single(
    picture: Picture, area: Area, caption: str, target: Path, notes: Sequence[str] = ()
) -> None:
    """One map: heading and notes above, legend on the right, scale below."""
    height, width = picture.image.shape[:2]
    legend_width = _legend_width(picture)
    content = max(width + (_GAP + legend_width if legend_width else 0), _LEAST - 2 * MARGIN)
    ramp = min(max(height, _RAMP // 2), _RAMP)
    content_height = max(height, _legend_height(picture, ramp))
    lines = [line for note in notes for line in wrap(note, content // text_width("n", _NOTE))]
    top = TOP + _NOTE_LINE * len(lines)
    sheet = Sheet(content + 2 * MARGIN, top + content_height + BOTTOM)
    heading(sheet, picture.title, subtitle(caption, picture.name, picture.is_synthetic))
    for row, line in enumerate(lines):
        sheet.text(MARGIN, TOP + _NOTE_LINE * row, line, _NOTE)
    _draw_map(sheet, MARGIN, top, picture, area)
    sheet.legend_column(MARGIN + width + _GAP, top, picture.legend, ramp)
    scale = _Scale.of(area.grid, width, longest=240)
    scale.draw(sheet, MARGIN, sheet.height - _FOOTER + 2)
    _footer(sheet, MARGIN + scale.width + 44, area.grid)
    sheet.save(target)


def _legend_width(picture: Picture) -> int:
    """Width of the legend column of a single map, px; 0 without a legend."""
    labels = [
        text_width(label, ROOMY.text)
        for entry in picture.legend
        for label in ([entry.label] if isinstance(entry, Key) else entry.ticks)
    ]
    return ROOMY.swatch[0] + ROOMY.gap // 2 + max(labels) if labels else 0


def _legend_height(picture: Picture, ramp: int) -> int:
    """Height of the legend column of a single map with colour ramps `ramp` px high, px."""
    ramps = sum(isinstance(entry, Ramp) for entry in picture.legend)
    return len(picture.legend) * ROOMY.line + ramps * ramp


def subtitle(caption: str, name: str, is_synthetic: bool) -> str:
    return " · ".join(filter(None, (caption, name, _SYNTHETIC if is_synthetic else "")))


def heading(sheet: Sheet, title: str, subtitle: str) -> None:
    sheet.text(MARGIN, 62, title, 16, weight="bold")
    sheet.text(MARGIN, 102, subtitle, 9, QUIET)


def _footer(sheet: Sheet, x: int, grid: Grid) -> None:
    """True north at `x`; on the right what the pixels are."""
    middle = sheet.height - _FOOTER
    _north(sheet, x, middle, grid)
    crs = CRS.from_user_input(grid.crs)
    place = f"{crs.name} ({grid.crs})" if crs.name != grid.crs else grid.crs
    note = f"{place}, {grid.resolution:g} m pixels"
    sheet.text(sheet.width - MARGIN, middle, note, 8, QUIET, align="right")


@dataclass(frozen=True)
class _Scale:
    """A scale bar: its length on the ground, and on a map of so many metres per px."""

    label: str
    length: int

    @classmethod
    def of(cls, grid: Grid, map_width: int, longest: int) -> "_Scale":
        """A round length, no longer than `longest` px on a map of `grid` `map_width` px wide."""
        metres_per_px = grid.resolution * grid.width / map_width
        metres = round_length(longest * metres_per_px)
        return cls(length(metres), round(metres / metres_per_px))

    @property
    def width(self) -> int:
        """Width of bar and label, px."""
        return self.length + 12 + text_width(self.label, 7.5)

    def draw(self, sheet: Sheet, x: int, y: int) -> None:
        end = x + self.length
        sheet.line([(x, y - 6), (x, y), (end, y), (end, y - 6)], INK, 0.8)
        sheet.text(end + 12, y - 2, self.label, 7.5, QUIET)


def round_length(longest: float) -> float:
    """The largest of 1, 2 and 5 × 10ⁿ that is no longer than `longest`."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (0.5, 1, 2, 5) if step * power <= longest)


def length(metres: float) -> str:
    """Metres, or kilometres of many."""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def _north(sheet: Sheet, x: int, y: int, grid: Grid) -> None:
    """An arrow to true north, which on a projected grid is seldom straight up."""
    angle = _north_angle(grid)
    across, up = math.sin(angle), math.cos(angle)

    def turned(right: float, above: float) -> tuple[float, float]:
        return x + right * up + above * across, y + right * across - above * up

    sheet.polygon([turned(0, 14), turned(7, -10), turned(0, -5), turned(-7, -10)], INK)
    sheet.text(x + 16, y, "N", 8, QUIET)


def _north_angle(grid: Grid) -> float:
    """Bearing of true north on the grid at its centre, radians clockwise from up."""
    xmin, ymin, xmax, ymax = grid.bounds
    to_degrees = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    centre = (xmin + xmax) / 2, (ymin + ymax) / 2
    lon, lat = to_degrees.transform(*centre)
    x, y = to_degrees.transform(lon, lat + 0.01, direction="INVERSE")
    return math.atan2(x - centre[0], y - centre[1])


def _draw_map(sheet: Sheet, x: int, y: int, picture: Picture, area: Area) -> None:
    """The image with the outline of the area on it, its top left corner at (x, y)."""
    height, width = picture.image.shape[:2]
    sheet.frame(x, y, width, height, picture.image)
    xmin, ymin, xmax, ymax = area.grid.bounds
    across, down = width / (xmax - xmin), height / (ymax - ymin)
    outline = area.geometry.simplify(0.5 / across)
    for ring in get_rings(get_parts(outline)):
        points = get_coordinates(ring)
        corners = [
            (x + (east - xmin) * across, y + (ymax - north) * down) for east, north in points
        ]
        sheet.line(corners, QUIET, 0.5)


@dataclass(frozen=True)
class _Row:
    """A row of a contact sheet: its pictures, and how many columns the sheet has there."""

    columns: int
    pictures: Sequence[Picture]

    def height(self, grid: Grid) -> int:
        """Titles, maps and the longest legend, px."""
        width = _panel(self.columns)
        lines = max(len(legend_rows(_own_legend(p), width)) for p in self.pictures)
        legend = _PANEL_LEGEND + lines * COMPACT.line if lines else 0
        return _PANEL_TITLE + _panel_height(grid, self.columns) + legend


def _rows(pictures: Sequence[Picture]) -> list[_Row]:
    """Pictures in rows that are as even as can be."""
    columns = _columns(len(pictures))
    return [
        _Row(columns, pictures[start : start + columns])
        for start in range(0, len(pictures), columns)
    ]


def _columns(count: int) -> int:
    """Two to four columns, so that the rows of `count` panels are as even as can be."""
    rows = math.ceil(count / 4) or 1
    return max(2, math.ceil(count / rows))


def _panel(columns: int) -> int:
    """Width of a panel, px."""
    return (_SHEET - 2 * MARGIN - (columns - 1) * _PANEL_GAP) // columns


def _panel_height(grid: Grid, columns: int) -> int:
    return max(1, round(_panel(columns) * min(grid.height / grid.width, _TALLEST)))


def _box(grid: Grid, columns: int) -> tuple[int, int]:
    """(width, height) of the map of `grid` fitted into a panel, px."""
    width, height = _panel(columns), _panel_height(grid, columns)
    scale = min(width / grid.width, height / grid.height)
    return max(1, round(grid.width * scale)), max(1, round(grid.height * scale))


def _own_legend(picture: Picture) -> list[Key | Ramp]:
    """The legend of a panel: missing data is explained once, at the foot of the sheet."""
    return [entry for entry in picture.legend if entry != MISSING]


@plain_style()
def _draw_sheet(rows: Sequence[_Row], area: Area, caption: str, target: Path) -> None:
    heights = [row.height(area.grid) for row in rows]
    top = TOP + 12
    sheet = Sheet(_SHEET, top + sum(heights) + (len(rows) - 1) * _ROW_GAP + BOTTOM)
    made_up = any(picture.is_synthetic for row in rows for picture in row.pictures)
    heading(sheet, "Inputs for LCCS land cover", subtitle(caption, "", made_up))
    for row, height in zip(rows, heights, strict=True):
        _draw_row(sheet, top, row, area)
        top += height + _ROW_GAP
    _footer(sheet, MARGIN + 8, area.grid)
    if any(MISSING in picture.legend for row in rows for picture in row.pictures):
        middle = sheet.height - _FOOTER - COMPACT.swatch[1] // 2
        sheet.legend_lines(MARGIN + 80, middle, _SHEET, [MISSING])
    sheet.save(target)


def _draw_row(sheet: Sheet, top: int, row: _Row, area: Area) -> None:
    width, height = _panel(row.columns), _panel_height(area.grid, row.columns)
    for column, picture in enumerate(row.pictures):
        left = MARGIN + column * (width + _PANEL_GAP)
        sheet.text(left, top + 8, picture.title, 9.5, weight="bold")
        sheet.text(left, top + 34, picture.name, 7, QUIET)
        _draw_map(sheet, left, top + _PANEL_TITLE, picture, area)
        below = top + _PANEL_TITLE + height + _PANEL_LEGEND
        sheet.legend_lines(left, below, width, _own_legend(picture))
    scale = _Scale.of(area.grid, _box(area.grid, row.columns)[0], longest=width // 4)
    scale.draw(sheet, left + width - scale.width, top + 36)
