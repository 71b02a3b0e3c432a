"""How sure maps are of pixels, where maps of confidence are made."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.confidence.score import BANDS
from lccs_inputs.explain.answer import Confidence
from lccs_inputs.explain.places import Spot
from lccs_inputs.facts.lccs import CODE_NODATA
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import OpenedOnGrid
from lccs_inputs.rasters.writing import TILE


class Scores(OpenedOnGrid):
    """A context manager over maps of confidence, by the name of what they are of.

    Args:
        calibration: the probability by the steps of the score, of those that reference data tell.

    Raises:
        SourceError: a map cannot be opened or is not exactly on the grid.
    """

    def __init__(
        self, maps: Mapping[str, Path], calibration: Mapping[str, Sequence[float]], grid: Grid
    ) -> None:
        super().__init__(maps, grid)
        self._calibration = calibration

    def of(
        self, spots: Sequence[Spot], stored: Mapping[str, NDArray[Any]]
    ) -> dict[str, list[Confidence | None]]:
        """How sure each map is of some pixels; None where it is nodata.

        Args:
            stored: what sources hold at each, by name; the clear counts among them.

        Raises:
            rasterio.errors.RasterioIOError: a map cannot be read.
        """
        return {name: [*self._of(name, spots, stored)] for name in self._rasters}

    def _of(
        self, name: str, spots: Sequence[Spot], stored: Mapping[str, NDArray[Any]]
    ) -> Iterator[Confidence | None]:
        raster, table = self._rasters[name], self._calibration.get(name)
        held = dict(zip(raster.descriptions, _at(raster, spots), strict=True))
        held = {**_everywhere(raster.tags(), stored, len(spots)), **held}
        for index in range(len(spots)):
            steps = {part: int(held[part][index]) for part in BANDS}
            yield None if steps["score"] == CODE_NODATA else _confidence(steps, table)


def _confidence(steps: Mapping[str, int], table: Sequence[float] | None) -> Confidence:
    """What is told of a pixel, of its score and parts as they are stored."""
    parts = {
        name: None if steps[name] == CODE_NODATA else steps[name] * BANDS[name]
        for name in BANDS
        if name != "score"
    }
    score = steps["score"]
    return Confidence(score * BANDS["score"], parts, table[score] if table else None)


def _everywhere(
    tags: Mapping[str, str], stored: Mapping[str, NDArray[Any]], count: int
) -> dict[str, NDArray[Any]]:
    """The parts of the map of a layer that are no bands of it, as `LayerParts.tags` tells them."""
    nodata = np.full(count, CODE_NODATA)
    age = np.full(count, min(int(tags["age"]), CODE_NODATA - 1)) if "age" in tags else nodata
    if "looks" not in tags:
        return {"looks": nodata, "age": age}
    counts = [stored[name] for name in tags["looks"].split(", ")]
    return {"looks": np.clip(np.min(counts, axis=0), 0, CODE_NODATA - 1), "age": age}


def _at(raster: rasterio.DatasetReader, spots: Sequence[Spot]) -> NDArray[np.uint8]:
    """All bands at some pixels, (bands, pixels); of those in one tile the tile is read once."""
    found = np.empty((raster.count, len(spots)), np.uint8)
    tiles: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, spot in enumerate(spots):
        tiles[spot.row // TILE, spot.column // TILE].append(index)
    for indices in tiles.values():
        rows, columns = ([getattr(spots[at], side) for at in indices] for side in ("row", "column"))
        top, left = min(rows), min(columns)
        window = Window(left, top, max(columns) + 1 - left, max(rows) + 1 - top)
        pixels = raster.read(window=window)
        found[:, indices] = pixels[:, np.array(rows) - top, np.array(columns) - left]
    return found
