"""Where the files that a config names lie in an archive, and the config that names them there."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.sections.services import (
    CdseSettings,
    ClmsSettings,
    ComposingSettings,
    EarthEngineSettings,
)
from lccs_inputs.errors import InputError
from lccs_inputs.files import expanded
from lccs_inputs.redaction import redact

_SERVICES: Mapping[str, type[Section]] = {
    "clms": ClmsSettings,
    "cdse": CdseSettings,
    "composing": ComposingSettings,
    "earthengine": EarthEngineSettings,
}
_SIGNS = ("://", "-----BEGIN")
"""What a value has that may hold a secret: an address, a key."""
_OF_A_MACHINE = ("key", "cache")
"""What a service is told of the machine and the user: it becomes what it is by default."""


def default_cache(service: str) -> str:
    """The folder of the cache of a service where no config names one."""
    return str(_SERVICES[service].model_fields["cache"].default)


def places_of(given: Mapping[str, str], here: Path) -> dict[str, str]:
    """Where what a user gives lies in an archive, from its folder.

    What is below the folder of the run stays where it is; what is elsewhere comes below `inputs/`.

    Args:
        given: key of the config → the path that it names.
        here: the folder of the run.
    """
    places: dict[str, str] = {}
    for key, path in given.items():
        beside = PurePosixPath(os.path.relpath(here / path, here))
        is_elsewhere = ".." in beside.parts
        there = f"inputs/{key}/{Path(path).name}" if is_elsewhere else str(beside)
        places.setdefault(path, there)
    return places


def config_there(document: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    """The config of a run as it is in an archive: one document, of which nothing is laid over.

    It names files where they lie there, no key and no cache of this machine.

    Args:
        document: merged of all files; see `config.merge_files`.

    Raises:
        InputError: it holds what may be a secret; names the key.
    """
    said = {key: value for key, value in document.items() if key != "preset"}
    moved = {key: _moved(key, value, places) for key, value in said.items()}
    for service, settings in _SERVICES.items():
        own = dict(moved.get(service) or {})
        for name in _OF_A_MACHINE:
            if name in own:
                own[name] = settings.model_fields[name].default
        moved |= {service: own} if own else {}
    return moved


def _moved(key: str, value: Any, places: Mapping[str, str]) -> Any:
    """A value of a config, with paths as they are in the archive."""
    if isinstance(value, Mapping):
        return {name: _moved(f"{key}.{name}", each, places) for name, each in value.items()}
    if isinstance(value, list):
        return [_moved(key, each, places) for each in value]
    if not isinstance(value, str):
        return value
    if any(sign in value for sign in _SIGNS) and redact(value) != value:
        raise InputError(
            f"{key}: may hold a secret (a password, a token or the query of a URL), which an "
            "archive must not; take it out of the config first"
        )
    return places.get(value) or places.get(_at_home(value), value)


def _at_home(text: str) -> str:
    try:
        return expanded(text)
    except ValueError:
        return text
