"""Reading class tables: those there are, by name, and the user's own, by path."""

from collections.abc import Iterator, Mapping

from lccs_inputs.config.named import find_file, read_file, require_none
from lccs_inputs.config.sections.reference import ClassTableFile, ReferenceSettings
from lccs_inputs.errors import ConfigError
from lccs_inputs.facts.class_table import TABLES, ClassTable
from lccs_inputs.facts.lccs import Descriptor


def read_class_table(name: str, known: Mapping[str, Descriptor]) -> ClassTable:
    """A class table by its name, or the path of its file.

    Args:
        known: the layers there are, by name.

    Raises:
        ConfigError: there is none, or something is wrong with it; lists every problem, with the
            file.
    """
    path = find_file(name, TABLES, "a class table")
    said = read_file(name, path, ClassTableFile)
    table = ClassTable(
        path.stem, said.title, said.source, said.licence, said.obtain, said.classes,
        said.crs or "", said.names, said.lccs,
    )  # fmt: skip
    require_none(name, table.problems(known))
    return table


def reference_problems(
    reference: Mapping[str, ReferenceSettings], known: Mapping[str, Descriptor]
) -> Iterator[str]:
    """What is wrong with the class tables that reference data name."""
    for name, settings in reference.items():
        try:
            read_class_table(settings.classes, known)
        except ConfigError as error:
            yield from (f"reference.{name}.classes: {problem}" for problem in error.problems)
