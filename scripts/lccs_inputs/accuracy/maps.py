"""What maps say at points, and how much of each class they have."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.counting import Counts
from lccs_inputs.rasters.reading import area_windows, padded
from lccs_inputs.rasters.true_area import hectares_within
from lccs_inputs.reference.data import NOT_SAID

Places = NDArray[np.int64]


@dataclass
class Seen:
    """What one map says.

    Attributes:
        counts: pixels and hectares of the area by code.
        codes: at each point, `NOT_SAID` where the map has nodata.
        mixed: whether each point is within a pixel of a boundary of the map.
    """

    counts: Counts
    codes: NDArray[np.int64]
    mixed: NDArray[np.bool_]


def look(
    maps: Mapping[str, Path], rows: Places, cols: Places, area: Area
) -> tuple[dict[str, Seen], bool]:
    """What each map says at points and of the area, and whether any of them is made up.

    Args:
        maps: of codes, by name.
        rows, cols: pixels of the points.

    Raises:
        SourceError: a map cannot be read or is not exactly on the grid of the area.
    """
    count = len(rows)
    seen = {
        name: Seen(Counts(), np.full(count, NOT_SAID, np.int64), np.zeros(count, bool))
        for name in maps
    }
    with LayerSet(maps, area.grid) as layers:
        for window, inside in area_windows(area, "accuracy"):
            hectares = hectares_within(area.grid, window)
            here = np.flatnonzero(_within(window, rows, cols))
            wide = padded(window, 1, area.grid)
            for name, said in seen.items():
                codes, valid = layers.read(name, wide)
                top, left = window.row_off - wide.row_off, window.col_off - wide.col_off
                part = slice(top, top + window.height), slice(left, left + window.width)
                known = inside & valid[part]
                said.counts.all_pixels += int(inside.sum())
                said.counts.all_hectares += float(hectares[inside].sum())
                said.counts.add(codes[part][known], hectares[known])
                _at_points(
                    said, codes, valid, here, rows[here] - wide.row_off, cols[here] - wide.col_off
                )
        return seen, "SOURCE" in layers.inherited_tags


def _within(window: Window, rows: Places, cols: Places) -> NDArray[np.bool_]:
    (top, bottom), (left, right) = window.toranges()
    within: NDArray[np.bool_] = (rows >= top) & (rows < bottom) & (cols >= left) & (cols < right)
    return within


def _at_points(
    said: Seen,
    codes: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    here: Places,
    rows: Places,
    cols: Places,
) -> None:
    """Note what some pixels of a window say, and whether a neighbour says something else."""
    height, width = codes.shape
    known, own = valid[rows, cols], codes[rows, cols].astype(np.int64)
    said.codes[here] = np.where(known, own, NOT_SAID)
    mixed = np.zeros(len(here), bool)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            at = np.clip(rows + down, 0, height - 1), np.clip(cols + right, 0, width - 1)
            mixed |= valid[at] & (codes[at] != own)
    said.mixed[here] = mixed & known
