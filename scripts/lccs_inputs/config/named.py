"""Tables in files: those there are, by name, and the user's own, by path."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from lccs_inputs.config.files import read_yaml
from lccs_inputs.config.problems import explain
from lccs_inputs.config.sections.section import Section
from lccs_inputs.errors import ConfigError
from lccs_inputs.files import expanded
from lccs_inputs.words import unknown

Said = TypeVar("Said", bound=Section)


def find_file(name: str, known: Mapping[str, Path], kind: str) -> Path:
    """The file of a name, or that of the user's own.

    Args:
        known: name → file, of those there are.
        kind: what they are, with its article.

    Raises:
        ConfigError: there is none.
    """
    if name.endswith((".yaml", ".yml")):
        try:
            return Path(expanded(name))
        except ValueError as error:
            raise ConfigError([f"{name}: {error}"]) from error
    if name not in known:
        raise ConfigError([f"{unknown(name, kind, known)} (or the path of a file)"])
    return known[name]


def read_file(name: str, path: Path, model: type[Said]) -> Said:
    """What a file says; raises ConfigError, which lists every problem with its name."""
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ConfigError([f"{name}: {text}" for text in explain(error, model)]) from error


def require_none(name: str, problems: Iterable[str]) -> None:
    """Raise ConfigError where a file has problems; each is told with its name."""
    if told := [f"{name}: {text}" for text in problems]:
        raise ConfigError(told)
