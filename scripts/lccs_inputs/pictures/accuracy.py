"""Pictures of accuracy: areas of classes with their intervals, and where maps err."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.pictures.drawing import (
    BOTTOM,
    MARGIN,
    TOP,
    draw_single,
    heading,
    map_size,
    subtitle,
)
from lccs_inputs.pictures.painting import paint_level3
from lccs_inputs.pictures.sheet import (
    INK,
    QUIET,
    RULE,
    Key,
    Sheet,
    plain_style,
    rgb,
    text_width,
)
from lccs_inputs.rasters.area import Area

_WIDTH = 1700
_LINE, _GAP, _TITLE = 34, 44, 76  # px: of a class, between two maps, of the heading of one
_NAMES, _BAR = 420, 560  # px: width of the names, and of the bars beside them
_FIGURES = ("user's", "producer's", "F1")
_TOP = TOP + 20
_RIGHT, _WRONG = "#1a1a1a", "#d4213d"
_STRENGTH = 0.35  # of the colours of a map below points


@plain_style()
def draw_accuracy(told: Mapping[str, Any], caption: str, target: Path) -> None:
    """Draw the area of each class: as mapped, and as estimated with its interval of 95 %.

    Args:
        told: `accuracy.tables.document`.
        caption: whose maps they are.
    """
    found = told["assessments"]
    long = (_WIDTH - 2 * MARGIN) // text_width("n", 7)
    notes = [[line for note in each["notes"] for line in wrap(note, long)] for each in found]
    heights = [
        _TITLE + _LINE * (len(each["classes"]) + len(lines)) + _GAP
        for each, lines in zip(found, notes, strict=True)
    ]
    sheet = Sheet(_WIDTH, _TOP + sum(heights) + BOTTOM // 2)
    shown = "bars are mapped areas, dots are estimates with their intervals of 95 %"
    heading(sheet, "Accuracy", subtitle(caption, shown, told["synthetic"]))
    top = _TOP
    for each, lines, height in zip(found, notes, heights, strict=True):
        _draw_assessment(sheet, top, each, lines)
        top += height
    if not found:
        sheet.text(MARGIN, top, "no point of reference data can be used", 9)
    sheet.save(target)


def _draw_assessment(sheet: Sheet, top: int, told: Mapping[str, Any], notes: Sequence[str]) -> None:
    overall = told["overall"]
    said = f"{_interval(overall)} right, of {told['points']} points"
    sheet.text(MARGIN, top, f"{told['title']} · {said}", 10, weight="bold")
    sheet.text(MARGIN, top + 32, f"{told['source']}: {told['method']}", 7.5, QUIET)
    left = MARGIN + _NAMES + _BAR + 60
    for at, name in enumerate(_FIGURES):
        sheet.text(left + 205 * at, top + 32, name, 7.5, QUIET)
    most = max(max(each["area_high_ha"], each["mapped_ha"]) for each in told["classes"])
    row = top + _TITLE
    for each in told["classes"]:
        sheet.text(MARGIN, row, each["name"], 8)
        _draw_bar(sheet, MARGIN + _NAMES, row, each, _BAR / most)
        figures = (
            _within(each, "users"),
            _within(each, "producers"),
            _figure(each["f1"]),
        )
        for at, text in enumerate(figures):
            sheet.text(left + 205 * at, row, text, 8)
        row += _LINE
    for line in notes:
        sheet.text(MARGIN, row, line, 7, QUIET)
        row += _LINE


def _draw_bar(sheet: Sheet, x: int, y: int, told: Mapping[str, Any], scale: float) -> None:
    """The mapped area as a pale bar, the estimated as a dot on its interval."""
    mapped, middle, low, high = (
        x + told[name] * scale for name in ("mapped_ha", "area_ha", "area_low_ha", "area_high_ha")
    )
    sheet.polygon([(x, y - 9), (mapped, y - 9), (mapped, y + 9), (x, y + 9)], RULE)
    sheet.line([(low, y), (high, y)], INK, 1.2)
    for end in (low, high):
        sheet.line([(end, y - 6), (end, y + 6)], INK, 1.2)
    sheet.polygon([(middle - 5, y), (middle, y - 5), (middle + 5, y), (middle, y + 5)], INK)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _within(told: Mapping[str, Any], name: str) -> str:
    """A figure of a class with its interval."""
    if told[name] is None:
        return "–"
    return f"{told[name]:.3f} ({told[f'{name}_low']:.2f} to {told[f'{name}_high']:.2f})"


def _interval(told: Mapping[str, Any]) -> str:
    value, low, high = (_figure(told[name]) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def draw_errors(
    level3: Path,
    points: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]],
    area: Area,
    caption: str,
    target: Path,
) -> None:
    """Draw where points agree with the map of level 3, and where they do not, on the map, pale.

    Args:
        points: x and y in the CRS of the grid, and whether map and reference agree.
    """
    size = map_size(area.grid)
    picture = paint_level3(level3, area, size)
    image = (255 - (255 - picture.image.astype(float)) * _STRENGTH).astype(np.uint8)
    xmin, ymin, xmax, ymax = area.grid.bounds
    x, y, agrees = points
    cols = ((x - xmin) / (xmax - xmin) * size[0]).astype(int)
    rows = ((ymax - y) / (ymax - ymin) * size[1]).astype(int)
    for those, colour, reach in ((agrees, _RIGHT, 1), (~agrees, _WRONG, 3)):
        image[_marked(image.shape[:2], rows[those], cols[those], reach)] = rgb(colour)
    legend = [Key("map and point agree", _RIGHT), Key("they do not", _WRONG)]
    drawn = replace(picture, title="Errors of level 3", image=image, legend=legend)
    draw_single(drawn, area, caption, target)


def _marked(
    shape: tuple[int, ...], rows: NDArray[np.int64], cols: NDArray[np.int64], reach: int
) -> NDArray[np.bool_]:
    """The pixels no farther than `reach` rows and columns from some."""
    padded = np.zeros([side + 2 * reach + 1 for side in shape], bool)
    for down, right in product(range(2 * reach + 1), repeat=2):
        padded[rows + down, cols + right] = True
    return padded[reach : reach + shape[0], reach : reach + shape[1]]
