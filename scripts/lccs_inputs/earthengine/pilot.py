"""What a few tiles cost, measured, to tell what all of them will.

Earth Engine says what a computation took only where it is profiled, in EECU-seconds ("Earth Engine
Compute Unit": a share of one of its machines for a second), and only to who asks for it. The tiles
of a pilot are kept, so nothing of it is spent twice.
"""

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ee

from lccs_inputs.costs import spread
from lccs_inputs.earthengine.errors import BatchOnlyError
from lccs_inputs.earthengine.export import ExportSettings, fetched_tiles
from lccs_inputs.earthengine.pixels import Export
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.tiles import Tile

_ROW = re.compile(r"\s*([\d.,]+)\s")  # of the profiler's table: compute, memory, count, description

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pilot:
    """What some tiles took.

    Attributes:
        pixels: of all of them.
        eecu_seconds: compute, of all of them.
        seconds: waiting, of all of them one after the other.
    """

    pixels: int = 0
    eecu_seconds: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: "Pilot") -> "Pilot":
        return Pilot(
            self.pixels + other.pixels,
            self.eecu_seconds + other.eecu_seconds,
            self.seconds + other.seconds,
        )


def run_pilot(
    session: Session, export: Export, tiles: Sequence[Tile], count: int, settings: ExportSettings
) -> Pilot:
    """Fetch `count` of the tiles, spread over all of them, one at a time, and measure.

    What only the batch path can compute is left to it, and not measured.

    Raises:
        SourceError: Earth Engine did not give a tile; says why and what to do.
    """
    measured = Pilot()
    for tile in spread(tiles, count):
        session.profiles = []
        started = time.monotonic()
        try:
            fetched_tiles(session, export, [tile], replace(settings, batch=None))
            seconds = time.monotonic() - started
            cost = _eecu_seconds(session, session.profiles)
        except BatchOnlyError as error:
            _log.warning("not measured: %s", error)
            continue
        finally:
            session.profiles = None
        measured += Pilot(tile.grid.width * tile.grid.height, cost, seconds)
    return measured


def _eecu_seconds(session: Session, profiles: Sequence[str]) -> float:
    if not profiles:
        return 0.0
    lookup = ee.ApiFunction.lookup("Profile.getProfiles")
    return eecu_seconds(session.compute_value(lookup.call(ids=list(profiles))))


def eecu_seconds(table: str) -> float:
    """The compute that the profiler's table adds up to; its rows begin with their share."""
    rows = (_ROW.match(line) for line in table.splitlines())
    return sum(float(row[1].replace(",", "")) for row in rows if row)
