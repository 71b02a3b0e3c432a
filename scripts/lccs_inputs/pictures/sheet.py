"""A sheet of paper measured in pixels: images, text and legends, each at whole pixels.

Pictures are laid out here rather than by matplotlib's own layout, so that one pixel of a map is
a whole number of pixels of the PNG and a file is the same, byte for byte, on every run. Only the
object interface of matplotlib is used: pyplot keeps global state.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from lccs_inputs.files import atomic_path

DPI = 150
INK, QUIET, RULE = "#22262b", "#6b7280", "#b9bdc4"
"""Text, secondary text, hairlines."""

# The family matplotlib ships, so that a picture does not depend on the fonts of a machine.
_FAMILY = "DejaVu Sans"
_MISSING, _MISSING_LINE = "#e3e5e8", "#a9aeb6"
_HATCH_PERIOD, _HATCH_LINE = 9, 2  # px


@contextmanager
def plain_style() -> Iterator[None]:
    """The settings of matplotlib itself, whatever a user's matplotlibrc says."""
    with style.context("default"):
        yield


def rgb(colour: str) -> NDArray[np.uint8]:
    """The three bytes of a #rrggbb colour."""
    return np.round(np.multiply(to_rgb(colour), 255)).astype(np.uint8)


def hatching(height: int, width: int) -> NDArray[np.uint8]:
    """The pattern of missing data; shape (height, width, 3)."""
    rows, cols = np.ogrid[:height, :width]
    line = (rows + cols) % _HATCH_PERIOD < _HATCH_LINE
    return np.where(line[..., None], rgb(_MISSING_LINE), rgb(_MISSING)).astype(np.uint8)


@lru_cache(maxsize=1024)
def text_width(text: str, size: float, weight: str = "normal") -> int:
    """Width of one line of text as it is drawn, px."""
    font = FontProperties(family=_FAMILY, size=size, weight=weight)
    with plain_style():
        canvas: Any = FigureCanvasAgg(Figure(dpi=DPI))
        measure = canvas.get_renderer().get_text_width_height_descent
        width, _, _ = measure(text, font, ismath=False)
    return math.ceil(float(width))


@dataclass(frozen=True)
class Key:
    """A legend entry: a colour and what it means; no colour is the hatching of missing data."""

    label: str
    colour: str | None


@dataclass(frozen=True)
class Ramp:
    """A legend of continuous values: their colours, low to high, and evenly spaced ticks."""

    colours: NDArray[np.uint8]
    ticks: tuple[str, ...]


@dataclass(frozen=True)
class LegendStyle:
    """Sizes of a legend: text in points, the rest in px."""

    text: float
    swatch: tuple[int, int]
    line: int
    gap: int

    def width(self, entry: Key | Ramp) -> int:
        """Width of one entry laid out in a line."""
        if isinstance(entry, Key):
            return self.swatch[0] + self.gap // 2 + text_width(entry.label, self.text)
        ends = text_width(entry.ticks[0], self.text) + text_width(entry.ticks[-1], self.text)
        return self.ramp + self.gap + ends

    @property
    def ramp(self) -> int:
        """Length of a colour ramp laid out in a line."""
        return 6 * self.swatch[0]


ROOMY = LegendStyle(text=9, swatch=(30, 20), line=36, gap=24)
COMPACT = LegendStyle(text=7, swatch=(20, 13), line=25, gap=22)


class Sheet:
    """A white sheet; positions are px from its top left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self._figure)

    def frame(
        self, x: int, y: int, width: int, height: int, image: NDArray[np.uint8] | None = None
    ) -> Axes:
        """Axes without decoration over a rectangle, filled with `image` if there is one."""
        left, bottom = x / self.width, 1 - (y + height) / self.height
        axes = self._figure.add_axes((left, bottom, width / self.width, height / self.height))
        axes.set_axis_off()
        axes.set(xlim=(0, width), ylim=(height, 0))
        if image is not None:
            axes.imshow(image, extent=(0, width, height, 0), aspect="auto", interpolation="nearest")
        return axes

    def text(
        self,
        x: int,
        y: int,
        text: str,
        size: float,
        colour: str = INK,
        *,
        weight: str = "normal",
        align: str = "left",
    ) -> None:
        """One line of text, its middle at height `y`."""
        self._figure.text(
            x / self.width,
            1 - y / self.height,
            text,
            fontsize=size,
            color=colour,
            fontfamily=_FAMILY,
            fontweight=weight,
            ha=align,
            va="center_baseline",
            parse_math=False,
        )

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        """A line through `points`; `width` in points."""
        xs, ys = zip(*points, strict=True)
        self._figure.add_artist(
            Line2D(
                [x / self.width for x in xs],
                [1 - y / self.height for y in ys],
                color=colour,
                linewidth=width,
                solid_capstyle="butt",
            )
        )

    def polygon(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """A filled polygon."""
        corners = [(x / self.width, 1 - y / self.height) for x, y in points]
        self._figure.add_artist(Polygon(corners, closed=True, facecolor=colour, linewidth=0))

    def swatch(self, x: int, y: int, size: tuple[int, int], colour: str | None) -> None:
        """A sample of a colour, its top left corner at (x, y); no colour draws the hatching."""
        width, height = size
        if colour is None:
            self._sample(x, y, width, height, hatching(height, width))
        else:
            self._edged(x, y, width, height, colour)

    def _sample(self, x: int, y: int, width: int, height: int, fill: NDArray[np.uint8]) -> None:
        """Colours with an edge: the lightest are as white as the sheet."""
        self.frame(x, y, width, height, fill)
        self._edged(x, y, width, height, "none")

    def _edged(self, x: int, y: int, width: int, height: int, colour: str) -> None:
        """A rectangle of one colour with an edge; axes, which images need, take long to make."""
        corner = x / self.width, 1 - (y + height) / self.height
        across, up = width / self.width, height / self.height
        self._figure.add_artist(
            Rectangle(corner, across, up, facecolor=colour, edgecolor=RULE, linewidth=0.6)
        )

    def legend_column(self, x: int, y: int, entries: Sequence[Key | Ramp], ramp: int) -> None:
        """A legend from the top down; a colour ramp stands upright, `ramp` px high."""
        look = ROOMY
        for entry in entries:
            if isinstance(entry, Key):
                self.swatch(x, y, look.swatch, entry.colour)
                middle = y + look.swatch[1] // 2
                self.text(x + look.swatch[0] + look.gap // 2, middle, entry.label, look.text)
                y += look.line
            else:
                self._upright_ramp(x, y, entry, ramp)
                y += ramp + look.line

    def _upright_ramp(self, x: int, y: int, entry: Ramp, height: int) -> None:
        width = ROOMY.swatch[1]
        self._sample(x, y, width, height, entry.colours[::-1, None])
        for index, tick in enumerate(entry.ticks):
            at = y + height - round(height * index / (len(entry.ticks) - 1))
            self.line([(x + width, at), (x + width + 6, at)], QUIET, 0.6)
            self.text(x + width + ROOMY.gap // 2, at, tick, ROOMY.text)

    def legend_lines(self, x: int, y: int, width: int, entries: Sequence[Key | Ramp]) -> None:
        """A legend in lines that wrap at `width`, the top of the first at `y`."""
        look = COMPACT
        for row, line in enumerate(legend_rows(entries, width)):
            left, top = x, y + row * look.line
            middle = top + look.swatch[1] // 2
            for entry in line:
                if isinstance(entry, Key):
                    self.swatch(left, top, look.swatch, entry.colour)
                    label = left + look.swatch[0] + look.gap // 2
                    self.text(label, middle, entry.label, look.text)
                else:
                    self._lying_ramp(left, top, entry)
                left += look.width(entry) + look.gap

    def _lying_ramp(self, x: int, y: int, entry: Ramp) -> None:
        look, first = COMPACT, text_width(entry.ticks[0], COMPACT.text)
        middle = y + look.swatch[1] // 2
        self.text(x, middle, entry.ticks[0], look.text)
        left = x + first + look.gap // 2
        self._sample(left, y, look.ramp, look.swatch[1], entry.colours[None])
        self.text(left + look.ramp + look.gap // 2, middle, entry.ticks[-1], look.text)

    def save(self, target: Path) -> None:
        """Write the sheet as PNG; it says neither when nor by which version it was made."""
        with atomic_path(target) as temporary:
            self._figure.savefig(
                temporary,
                format="png",
                dpi=DPI,
                metadata={"Software": None},
            )


def legend_rows(entries: Sequence[Key | Ramp], width: int) -> list[list[Key | Ramp]]:
    """Break a legend into lines no wider than `width` px (an entry alone may be wider)."""
    rows: list[list[Key | Ramp]] = []
    used = 0
    for entry in entries:
        needed = COMPACT.width(entry)
        if not rows or used + needed > width:
            rows.append([])
            used = 0
        rows[-1].append(entry)
        used += needed + COMPACT.gap
    return rows
