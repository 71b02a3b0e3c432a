"""What is right of a config document that is wrong elsewhere, so that it can be checked further.

Whoever corrects a config wants to hear of a mistyped key and of a missing file at once.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from lccs_inputs.config.models import Config

_ROUNDS = 5  # taking a value away may leave its section without one that is required


def right_part(document: Mapping[str, Any], error: ValidationError) -> Config | None:
    """The config without the values that `error` is about; None if there is none.

    Scene sets hang together by the default among them: where one is lost, no layer is kept.
    """
    rest = copy.deepcopy(dict(document))
    for _ in range(_ROUNDS):
        for detail in error.errors():
            _remove(rest, _path(detail))
        try:
            config = Config.model_validate(rest)
        except ValidationError as again:
            error = again
            continue
        scenes = document.get("scenes")
        whole = not isinstance(scenes, Mapping) or len(config.scenes) == len(scenes)
        return config if whole else config.model_copy(update={"layers": {}})
    return None


def _path(detail: Any) -> list[Any]:
    """The keys that lead to what is to be taken away."""
    path: list[Any] = [part for part in detail["loc"] if part != "[key]"]
    return path[:-1] if detail["type"] == "missing" else path


def _remove(document: dict[Any, Any], path: Sequence[Any]) -> None:
    """Take away what a path leads to: an entry of a list goes with the list."""
    if not path:
        return
    key = _key(document, path[0])
    inner = document.get(key)
    if len(path) > 1 and isinstance(inner, dict):
        _remove(inner, path[1:])
    else:
        document.pop(key, None)


def _key(place: Mapping[Any, Any], part: Any) -> Any:
    """The key as the document has it: YAML reads 2018 as a number."""
    return next((key for key in place if str(key) == str(part)), part)
