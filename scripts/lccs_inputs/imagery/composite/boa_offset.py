"""Is the offset of Sentinel-2 reflectance still to be applied? Dark pixels tell.

From processing baseline 04.00 on, numbers carry +1000 (ESA, Sentinel-2 Products Specification
Document 15.0). Catalogues that have removed it do not always say so, and the other way round, so
what a scene list took it to be is checked against the numbers themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lccs_inputs.facts.sensors import Sensor
from lccs_inputs.imagery.composite.order_statistics import Keys
from lccs_inputs.imagery.scenes import Scene

_TOO_DARK = 900  # stored number in red: below −0.01 if the offset is pending, which is no surface
_TOO_DARK_SHARE = 0.05  # more than noise over deep water and shadow
_OFFSET = 1000
_ENOUGH = 1000  # clear pixels, to say that a scene has no dark pixel at all


@dataclass
class _Tally:
    clear: int = 0
    too_dark: int = 0
    least: int = 65535


class OffsetCheck:
    """Counts dark pixels of each Sentinel-2 scene of a block; silent for other sensors."""

    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._tallies: dict[str, _Tally] = {}

    def add(self, scene: Scene, keys: Keys) -> None:
        """Count a window; `keys` as in `observations.Observations`."""
        if self._sensor.name != "sentinel2":
            return
        tally = self._tallies.setdefault(scene.id, _Tally())
        red = keys[self._sensor.bands.index("red")]
        tally.clear += int(np.count_nonzero(red))
        tally.too_dark += int(np.count_nonzero((red > 0) & (red < _TOO_DARK)))
        # Keys hold the +1000 always: added to the numbers of a scene that came without. Minus 1
        # wraps 0, no observation, to the largest.
        tally.least = min(tally.least, int((keys - np.uint16(1)).min()) + 1)

    def doubts(self, scenes: Sequence[Scene], source: str) -> list[str]:
        """One sentence for each scene whose numbers contradict its offset."""
        found = []
        for scene in scenes:
            tally = self._tallies.get(scene.id)
            if tally is None or tally.clear == 0:
                continue
            pending = scene.assets["red"].offset != 0
            share = tally.too_dark / tally.clear
            if pending and share > _TOO_DARK_SHARE:
                found.append(
                    f"scene {scene.id}: the offset −0.1 is taken as still to be applied, but "
                    f"{share:.0%} of the clear pixels are then below −0.01 in red; if it was "
                    f"applied before, set scenes.{source}.boa_offset: applied"
                )
            elif not pending and tally.clear >= _ENOUGH and tally.least >= 2 * _OFFSET:
                found.append(
                    f"scene {scene.id}: the offset is taken as applied, but no clear pixel is "
                    f"below {_OFFSET} in any band; if it is still to be applied, set "
                    f"scenes.{source}.boa_offset: pending"
                )
        return found
