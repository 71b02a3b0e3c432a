"""Reading class tables: those there are, by name, and the user's own, by path."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from lccs_inputs.config.files import read_yaml
from lccs_inputs.config.problems import explain
from lccs_inputs.config.sections.reference import ClassTableFile, ReferenceSettings
from lccs_inputs.errors import ConfigError
from lccs_inputs.facts.class_table import TABLES, ClassTable
from lccs_inputs.facts.lccs import Descriptor
from lccs_inputs.files import expanded
from lccs_inputs.words import unknown


def read_class_table(name: str, known: Mapping[str, Descriptor]) -> ClassTable:
    """A class table by its name, or the path of its file.

    Args:
        known: the layers there are, by name.

    Raises:
        ConfigError: there is none, or something is wrong with it; lists every problem, with the
            file.
    """
    path = _own(name) if name.endswith((".yaml", ".yml")) else _known(name)
    try:
        said = ClassTableFile.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ConfigError([f"{name}: {text}" for text in explain(error, ClassTableFile)]) from error
    table = ClassTable(
        path.stem, said.title, said.source, said.licence, said.obtain, said.classes,
        said.crs or "", said.names, said.lccs,
    )  # fmt: skip
    problems = [f"{name}: {text}" for text in table.problems(known)]
    if problems:
        raise ConfigError(problems)
    return table


def _own(name: str) -> Path:
    try:
        return Path(expanded(name))
    except ValueError as error:
        raise ConfigError([f"{name}: {error}"]) from error


def _known(name: str) -> Path:
    if name not in TABLES:
        raise ConfigError([f"{unknown(name, 'a class table', TABLES)} (or the path of a file)"])
    return TABLES[name]


def reference_problems(
    reference: Mapping[str, ReferenceSettings], known: Mapping[str, Descriptor]
) -> Iterator[str]:
    """What is wrong with the class tables that reference data name."""
    for name, settings in reference.items():
        try:
            read_class_table(settings.classes, known)
        except ConfigError as error:
            yield from (f"reference.{name}.classes: {problem}" for problem in error.problems)
