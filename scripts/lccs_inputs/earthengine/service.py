"""From the config to a session and to how exports run, as jobs call them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lccs_inputs.earthengine.errors import Patience
from lccs_inputs.earthengine.export import ExportSettings
from lccs_inputs.earthengine.settings import BatchSettings
from lccs_inputs.earthengine.signin import Account, Session, sign_in
from lccs_inputs.facts.earthengine import NEVER

Settings = Mapping[str, Any]
"""The section `earthengine` of the config."""


def open_session(settings: Settings, source: str = "", patience: Patience | None = None) -> Session:
    """Sign in with the project, account and endpoint of the config.

    Args:
        source: what the requests are for, the second part of their workload tag.
        patience: with requests that fail; by default that of a job.

    Raises:
        SourceError: no project or no account is known, or it may not use Earth Engine.
    """
    key = settings["key"]
    session = sign_in(
        Account(
            settings["project"] or "",
            key=Path(key) if key else None,
            url=settings["url"] or "",
        ),
        patience,
    )
    session.tag(f"{settings['tag']}-{source}")
    return session


def export_settings(settings: Settings, slots: int) -> ExportSettings:
    """How a job exports, with the slots it was given."""
    batch = settings["batch"]
    return ExportSettings(
        slots=slots,
        cache=Path(settings["cache"]),
        batch=None if batch["to"] == NEVER else BatchSettings(**batch),
    )
