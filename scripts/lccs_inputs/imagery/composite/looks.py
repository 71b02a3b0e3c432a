"""A look at a part of a file: a few of its pixels, from the overview that GDAL would take.

Which one it is does not hang on what is kept of the file, nor on how it is read.
"""

from collections.abc import Iterator, Sequence

from rasterio.windows import Window

from lccs_inputs.imagery.composite.tiff import Image

_COARSER = 1.2  # an overview may have so much larger pixels than a look (GDAL's default)
_NEARLY = 0.1  # and be as much farther away as a ratio


def overview_for(images: Sequence[Image], window: Window, side: int) -> int:
    """Which of the images of a TIFF a look reads: 0 for the file itself, 1 for its first overview.

    As GDAL chooses for nearest pixels (GDALBandGetBestOverviewLevel2).

    Args:
        window: of the file, px.
        side: of the look, px.
    """
    (height, width), *overviews = (image.shape for image in images)
    down, across = int(window.height) / side, int(window.width) / side
    best, chosen = 1.0, 0
    for number, (rows, cols) in enumerate(overviews, 1):
        factor = width / cols if across < down else height / rows
        if best < factor < min(across, down) * _COARSER + _NEARLY:
            best, chosen = factor, number
    return chosen


def on_overview(window: Window, image: Image, whole: Image) -> Window:
    """A window of a file in pixels of an overview, and fractions of them."""
    down, across = whole.shape[0] / image.shape[0], whole.shape[1] / image.shape[1]
    return Window(
        window.col_off / across, window.row_off / down,
        window.width / across, window.height / down,
    )  # fmt: skip


def touched(window: Window, image: Image, side: int) -> Iterator[Window]:
    """The whole pixels of an image that a look at a window may take, line by line of the look."""
    (top, bottom), (left, right) = window.toranges()
    height, width = image.shape
    cols = max(0, int(left) - 1), min(width, int(right) + 2)
    for line in range(side):
        row = int(top + (line + 0.5) * (bottom - top) / side)
        yield Window.from_slices((max(0, row - 1), min(height, row + 2)), cols)
