"""What a run will ask of Earth Engine, before it does: requests, bytes, compute, quota, time.

Quota tiers (EECU-hours of a project and month, from 2026-04-27): Earth Engine documentation,
"Quotas".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.export import ExportSettings, tile_cache
from lccs_inputs.earthengine.pilot import Pilot
from lccs_inputs.earthengine.pixels import Export
from lccs_inputs.earthengine.tiles import Tile

TIERS = {"community": 150, "contributor": 1000, "partner": 100_000}
"""EECU-hours a month, by tier."""

_HOUR = 3600.0


@dataclass(frozen=True)
class Demand:
    """What a source asks of Earth Engine, for one area and edition.

    Attributes:
        tiles: all it needs; `missing` those of them that are not in the cache.
    """

    area: str
    source: str
    edition: str
    export: Export
    tiles: Sequence[Tile]
    missing: Sequence[Tile]
    pilot: Pilot = field(default_factory=Pilot)

    @property
    def pixels(self) -> int:
        return sum(tile.grid.width * tile.grid.height for tile in self.missing)

    @property
    def bytes(self) -> int:
        """Uncompressed, were no band of a tile there; on disk it is about half of that or less."""
        return self.pixels * len(self.export.bands) * np.dtype(self.export.dtype).itemsize

    @property
    def eecu_hours(self) -> float | None:
        """Compute of the missing tiles; None where no pilot measured any."""
        return self._of_pilot(self.pilot.eecu_seconds / _HOUR)

    def hours(self, slots: int) -> float | None:
        """Time of the missing tiles with so many requests under way; None without a pilot."""
        return self._of_pilot(self.pilot.seconds / _HOUR / slots)

    def _of_pilot(self, taken: float) -> float | None:
        if not self.pixels:
            return 0.0
        return taken / self.pilot.pixels * self.pixels if self.pilot.pixels else None


def demand(
    place: tuple[str, str, str], export: Export, tiles: Sequence[Tile], settings: ExportSettings
) -> Demand:
    """What an export at a place (area, source, edition) asks for, given what is cached."""
    cache = tile_cache(export, settings)
    missing = [tile for tile in tiles if not _is_known(export, cache, tile)]
    return Demand(*place, export, tiles, missing)


def _is_known(export: Export, cache: TileCache, tile: Tile) -> bool:
    return cache.has(tile.grid) or export.nothing(tile.grid, ()) is not None


def total(hours: Sequence[float | None]) -> float | None:
    """The sum; None where a part is not known."""
    known = [each for each in hours if each is not None]
    return sum(known) if len(known) == len(hours) else None


def table(demands: Sequence[Demand], slots: int) -> str:
    """A line for each demand and one for all, in aligned columns."""
    head = ("area", "source", "edition", "tiles", "cached", "requests", "MB", "EECU-h", "time")
    rows = [_row(each, slots) for each in demands]
    rows.append(
        _cells(
            ("all", "", ""),
            sum(len(each.tiles) for each in demands),
            sum(len(each.missing) for each in demands),
            sum(each.bytes for each in demands),
            total([each.eecu_hours for each in demands]),
            total([each.hours(slots) for each in demands]),
        )
    )
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(_line(row, widths) for row in (head, *rows))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Names to the left of their columns, numbers to the right."""
    names = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)]
    numbers = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
    return "  ".join([*names, *numbers])


def _row(each: Demand, slots: int) -> tuple[str, ...]:
    return _cells(
        (each.area, each.source, each.edition),
        len(each.tiles),
        len(each.missing),
        each.bytes,
        each.eecu_hours,
        each.hours(slots),
    )


def _cells(
    names: tuple[str, ...],
    tiles: int,
    missing: int,
    size: int,
    eecu: float | None,
    hours: float | None,
) -> tuple[str, ...]:
    compute = "?" if eecu is None else f"{eecu:.3g}"
    counts = (str(tiles), str(tiles - missing), str(missing), f"{size / 1e6:.0f}")
    return (*names, *counts, compute, _clock(hours))


def _clock(hours: float | None) -> str:
    if hours is None:
        return "?"
    minutes, seconds = divmod(round(hours * _HOUR), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def verdict(eecu_hours: float | None, settings: Any) -> tuple[str, bool]:
    """What the compute is of the month's quota, and whether it is within the share allowed."""
    if eecu_hours is None:
        return "compute is not known without a pilot", True
    share = eecu_hours / TIERS[settings.tier]
    text = f"{share:.2%} of a month of the {settings.tier} tier ({TIERS[settings.tier]} EECU-hours)"
    if share <= settings.share:
        return text, True
    return (
        f"{text}, more than earthengine.share allows ({settings.share:.0%}): choose a smaller "
        "area, a shorter period or lower cloud_max, or tell it to go on: make plan ALLOW=1"
    ), False
