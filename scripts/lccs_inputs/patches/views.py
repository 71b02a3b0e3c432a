"""The windows a raster is cut into, each seen with the pixels before it."""

from dataclasses import dataclass

from rasterio.windows import Window


@dataclass(frozen=True)
class View:
    """A window of a raster, read with what lies just before it.

    Attributes:
        number: its place in the order of the windows, from 0.
        window: where the patches are counted and written.
        around: the same with one more row above and column to the left, where the raster has them.
    """

    number: int
    window: Window
    around: Window

    @property
    def top(self) -> int:
        """Rows of `around` that are not of the window: 1 or 0."""
        return int(self.window.row_off - self.around.row_off)

    @property
    def left(self) -> int:
        """Columns of `around` that are not of the window: 1 or 0."""
        return int(self.window.col_off - self.around.col_off)


def views_of(shape: tuple[int, int], side: int) -> list[View]:
    """The windows that tile a raster, west to east, north to south."""
    corners = [(row, col) for row in range(0, shape[0], side) for col in range(0, shape[1], side)]
    return [_view(number, *corner, shape, side) for number, corner in enumerate(corners)]


def _view(number: int, row: int, col: int, shape: tuple[int, int], side: int) -> View:
    height, width = min(side, shape[0] - row), min(side, shape[1] - col)
    top, left = min(row, 1), min(col, 1)
    around = Window(col - left, row - top, width + left, height + top)
    return View(number, Window(col, row, width, height), around)
