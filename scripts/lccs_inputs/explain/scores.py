"""How sure maps are of pixels, where maps of confidence are made."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import rasterio
from rasterio.windows import Window

from lccs_inputs.confidence.score import BANDS
from lccs_inputs.explain.answer import Confidence
from lccs_inputs.explain.places import Spot
from lccs_inputs.facts.lccs import CODE_NODATA
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import open_on_grid


class Scores:
    """A context manager over maps of confidence, by the name of what they are of.

    Args:
        calibration: the probability by the steps of the score, of those that reference data tell.

    Raises:
        SourceError: a map cannot be opened or is not exactly on the grid.
    """

    def __init__(
        self, maps: Mapping[str, Path], calibration: Mapping[str, Sequence[float]], grid: Grid
    ) -> None:
        self._maps, self._calibration, self._grid = maps, calibration, grid
        self._stack = ExitStack()
        self._rasters: dict[str, rasterio.DatasetReader] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for name, path in self._maps.items():
                self._rasters[name] = stack.enter_context(open_on_grid(path, self._grid))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._rasters.clear()

    def of(self, spots: Sequence[Spot]) -> dict[str, list[Confidence | None]]:
        """How sure each map is of some pixels; None where it is nodata."""
        return {name: [self._at(name, spot) for spot in spots] for name in self._rasters}

    def _at(self, name: str, spot: Spot) -> Confidence | None:
        window = Window(spot.column, spot.row, 1, 1)
        stored = self._rasters[name].read(window=window).ravel().tolist()
        if stored[0] == CODE_NODATA:
            return None
        score, *parts = (
            None if held == CODE_NODATA else held * scale
            for held, scale in zip(stored, BANDS.values(), strict=True)
        )
        table = self._calibration.get(name)
        named = dict(zip([*BANDS][1:], parts, strict=True))
        return Confidence(score or 0.0, named, table[stored[0]] if table else None)
