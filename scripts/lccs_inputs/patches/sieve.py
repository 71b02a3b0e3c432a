"""The three passes over a raster that remove its small patches."""

import tempfile
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.patches.chains import Chains
from lccs_inputs.patches.labelling import Labels
from lccs_inputs.patches.limits import PatchLimits
from lccs_inputs.patches.open_patches import Measuring
from lccs_inputs.patches.views import View, views_of

SIDE = 1024
"""Side of the windows, px: a multiple of the tiles of our rasters; larger ones are not faster."""

Read = Callable[[Window], NDArray[np.uint8]]
Write = Callable[[Window, NDArray[np.uint8]], object]


def remove_patches(
    read: Read,
    write: Write,
    shape: tuple[int, int],
    limits: PatchLimits,
    *,
    task: str,
    window: int = SIDE,
) -> None:
    """Copy a binary raster without the patches of 1 and of 0 that are too small.

    Nodata never changes, is no neighbour and ends a patch, as does the edge of the raster: what
    they cut is judged by the part that is seen, and a patch that touches nothing else stays.

    Args:
        read: gives the codes of a window: uint8, 1, 0 and nodata 255. Windows overlap by a pixel.
        write: takes a window and its codes; each pixel is written once. What is read may not
            change by it.
        shape: (rows, columns) of the raster.
        task: what the progress bar is named.
        window: side of the windows, px; the result does not depend on it.
    """
    views, least = views_of(shape, window), limits.by_code

    def labels(view: View) -> Labels:
        return Labels(read(view.around), limits.connectivity)

    with (
        tempfile.TemporaryFile() as scratch,
        tqdm(total=3 * len(views), desc=task, unit="window", mininterval=1) as progress,
    ):
        measuring = Measuring(shape[1], least)
        for view in views:
            measuring.add(view, labels(view))
            progress.update()
        chains = Chains(measuring.finish(), least, shape[1], scratch)
        for view in views:
            if chains.concerns(view):
                chains.add(view, labels(view))
            progress.update()
        chains.finish()
        for view in views:
            codes = read(view.window)
            write(view.window, chains.repaint(codes) if chains.concerns(view) else codes)
            progress.update()
