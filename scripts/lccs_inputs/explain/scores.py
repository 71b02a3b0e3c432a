"""How sure maps are of pixels, where maps of confidence are made."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rasterio.windows import Window

from lccs_inputs.confidence.score import BANDS
from lccs_inputs.explain.answer import Confidence
from lccs_inputs.explain.places import Spot
from lccs_inputs.facts.lccs import CODE_NODATA
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import OpenedOnGrid


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
