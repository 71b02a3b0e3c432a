"""How services are used where the config says no more than it must."""

from pathlib import Path
from typing import Any

import rasterio

from lccs_inputs.config.sections.services import ClmsSettings, ComposingSettings, EarthEngineBatch
from lccs_inputs.earthengine.export import ExportSettings
from lccs_inputs.earthengine.settings import BatchSettings


def export_settings(slots: int, cache: Path, batch: BatchSettings | None = None) -> ExportSettings:
    """Exports that take what interactive requests can compute, unless told otherwise."""
    return ExportSettings(slots, cache, batch)


def kept_tiles(cache: Path) -> list[Path]:
    """The tiles of scene sets in a cache: of each, the file of its clear count, written last."""
    found = []
    for path in sorted((cache / "tiles").rglob("[!.]*.tif")):
        with rasterio.open(path) as raster:
            if raster.descriptions == ("clear_count",):
                found.append(path)
    return found


def batch_settings(**changes: Any) -> BatchSettings:
    return BatchSettings(**EarthEngineBatch().model_dump() | changes)


def services() -> dict[str, Any]:
    """What the engine of open data is told: to keep nothing, so that tests do not meet."""
    return {"composing": ComposingSettings(cache_gb=0).model_dump()}


def patience() -> dict[str, float]:
    """How long a desk waits for a task of CLMS, seconds."""
    settings = ClmsSettings()
    return {"deadline": settings.deadline_hours * 3600, "shortest": settings.poll_seconds}
