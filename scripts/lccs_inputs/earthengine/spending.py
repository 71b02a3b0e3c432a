"""What a run will ask of Earth Engine, before it does: requests, bytes, compute, quota, time.

Quota tiers (EECU-hours of a project and month, from 2026-04-27): Earth Engine documentation,
"Quotas".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lccs_inputs.costs import HOUR, NOTHING, Cost, together
from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.export import (
    ExportSettings,
    scene_set_export,
    scene_set_tiles,
    tile_cache,
)
from lccs_inputs.earthengine.pilot import Pilot, run_pilot
from lccs_inputs.earthengine.pixels import Export
from lccs_inputs.earthengine.product_export import nothing_there, plan_product
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.tiles import Tile
from lccs_inputs.facts.products import Product
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.engine import Ahead
from lccs_inputs.rasters.area import Area

TIERS = {"community": 150, "contributor": 1000, "partner": 100_000}
"""EECU-hours a month, by tier."""


@dataclass(frozen=True)
class Demand:
    """What an export asks of Earth Engine.

    Attributes:
        tiles: all it needs; `missing` those of them that are not in the cache.
    """

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
        return self._of_pilot(self.pilot.eecu_seconds / HOUR)

    def hours(self, slots: int) -> float | None:
        """Time of the missing tiles with so many requests under way; None without a pilot."""
        return self._of_pilot(self.pilot.seconds / HOUR / slots)

    def cost(self, slots: int) -> Cost:
        """The same, as of any engine; what this machine does beside is little, and not counted."""
        cached = len(self.tiles) - len(self.missing)
        eecu_hours = self.eecu_hours
        notes = [f"{slots} requests to Earth Engine at a time"]
        notes += [f"{cached} of {len(self.tiles)} tiles are in the cache"] if cached else []
        notes += ["compute and time are not known without a pilot"] if eecu_hours is None else []
        return Cost(
            len(self.missing), self.bytes, self.bytes, 0, eecu_hours, self.hours(slots), notes
        )

    def _of_pilot(self, taken: float) -> float | None:
        if not self.pixels:
            return 0.0
        return taken / self.pilot.pixels * self.pixels if self.pilot.pixels else None


def measured(
    session: Session,
    export: Export,
    tiles: Sequence[Tile],
    pilot: int,
    settings: ExportSettings,
) -> Demand:
    """What an export asks for, given what is cached, and what a pilot of so many tiles took.

    Raises:
        SourceError: Earth Engine did not give a tile; says why and what to do.
    """
    cache = tile_cache(export, settings)
    missing = [tile for tile in tiles if not _is_known(export, cache, tile)]
    return Demand(export, tiles, missing, run_pilot(session, export, missing, pilot, settings))


def scene_set_cost(
    session: Session, ahead: Ahead, area: Area, pilot: int, settings: ExportSettings
) -> Cost:
    """What the blocks of a scene set ask for.

    Raises:
        SourceError: as `measured`.
    """
    sensor, grids = SENSORS[ahead.scenes.sensor], area.block_grids()
    tiles: dict[tuple[str, ...], list[Tile]] = {}
    for each in ahead.blocks:
        own = scene_set_tiles(grids[each.block], area, sensor)
        tiles.setdefault(tuple(each.bands), []).extend(own)
    return together(
        measured(
            session,
            scene_set_export(ahead.scenes, sensor, ahead.blocks[0].mask, bands),
            own,
            pilot,
            settings,
        ).cost(settings.slots)
        for bands, own in tiles.items()
    )


def product_cost(
    session: Session,
    product: Product,
    edition: str,
    area: Area,
    pilot: int,
    settings: ExportSettings,
    *,
    optional: bool = False,
) -> Cost:
    """What a product asks for over an area: nothing where there is no image.

    Args:
        optional: as of `export_product`.

    Raises:
        SourceError: as `measured`; or there is no image of what is needed.
    """
    planned = plan_product(session, product, edition, area)
    if planned is None and not optional:
        raise nothing_there(product, edition)
    if planned is None:
        return replace(NOTHING, notes=["there is no image of it over the area"])
    return measured(session, planned.export, planned.tiles, pilot, settings).cost(settings.slots)


def _is_known(export: Export, cache: TileCache, tile: Tile) -> bool:
    return cache.has(tile.grid) or export.nothing(tile.grid, ()) is not None


def verdict(eecu_hours: float | None, tier: str, most: float) -> tuple[str, bool]:
    """What the compute is of the month's quota, and whether it is within the share allowed.

    Args:
        tier: one of `TIERS`.
        most: the share of the quota that a run may take.
    """
    if eecu_hours is None:
        return "compute is not known without a pilot", True
    share = eecu_hours / TIERS[tier]
    text = f"{share:.2%} of a month of the {tier} tier ({TIERS[tier]} EECU-hours)"
    if share <= most:
        return text, True
    return (
        f"{text}, more than earthengine.share allows ({most:.0%}): choose a smaller "
        "area, a shorter period or lower cloud_max, or tell it to go on: make plan ALLOW=1"
    ), False
