"""How services are used where the config says no more than it must."""

from pathlib import Path
from typing import Any

from lccs_inputs.config.sections.services import ClmsSettings, EarthEngineBatch
from lccs_inputs.earthengine.export import ExportSettings
from lccs_inputs.earthengine.settings import BatchSettings


def export_settings(slots: int, cache: Path, batch: BatchSettings | None = None) -> ExportSettings:
    """Exports that take what interactive requests can compute, unless told otherwise."""
    return ExportSettings(slots, cache, batch)


def batch_settings(**changes: Any) -> BatchSettings:
    return BatchSettings(**EarthEngineBatch().model_dump() | changes)


def patience() -> dict[str, float]:
    """How long a desk waits for a task of CLMS, seconds."""
    settings = ClmsSettings()
    return {"deadline": settings.deadline_hours * 3600, "shortest": settings.poll_seconds}
