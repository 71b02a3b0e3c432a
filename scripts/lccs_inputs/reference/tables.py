"""Reference data that are tables: what their first lines say, before any job reads them."""

import codecs
import csv
from collections.abc import Sequence
from pathlib import Path

from lccs_inputs.errors import SourceError
from lccs_inputs.reference.data import ReferenceData
from lccs_inputs.words import listed, unknown

_TABLES = (".csv", ".tsv", ".txt")
_DELIMITERS = ",;\t|"


def is_table(path: Path) -> bool:
    return path.suffix.lower() in _TABLES


def fault_of_table(path: Path, data: ReferenceData) -> str:
    """What is wrong with a table by its first lines, with the key that says it; "" for nothing."""
    try:
        head, first = _first_lines(path)
    except OSError as error:
        return f"{data.key}.file: {path} cannot be read ({error.strerror})"
    if not head.strip():
        return f"{data.key}.file: {path} is empty"
    try:
        columns_of(data, header_of(head)[1], path, needed=("x", "y", "class"))
    except SourceError as error:
        return str(error)
    if not (data.crs or data.table.crs):
        return (
            f"{data.key}.crs: {path} is a table, which does not say the CRS of its coordinates; "
            "write it, such as crs: EPSG:4326"
        )
    return "" if first else f"{data.key}.file: {path} has no point"


def header_of(line: str) -> tuple[str, list[str]]:
    """Delimiter and names of columns of the first line of a table."""
    text = line.rstrip("\n")
    delimiter = max(_DELIMITERS, key=text.count)
    return delimiter, next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])


def columns_of(
    data: ReferenceData, there: Sequence[str], path: Path, needed: Sequence[str]
) -> dict[str, str]:
    """What columns hold → their names in the file.

    Raises:
        SourceError: one that is needed or named by the user is not there.
    """
    spelt = {name.strip().lower(): name for name in there}
    found: dict[str, str] = {}
    for what, names in data.columns.items():
        here = next((spelt[name.lower()] for name in names if name.lower() in spelt), None)
        if here is not None:
            found[what] = here
        elif what in data.asked:
            fault = unknown(names[0], f"a column of {path}", there)
            raise SourceError(f"{data.key}.{what}_column: {fault}")
        elif what in needed:
            raise SourceError(
                f"{data.key}.{what}_column: {path} has no column {' or '.join(names) or what}; "
                f"name the one that has the {what} (there are {listed(there)})"
            )
    return found


def is_utf16(path: Path) -> bool:
    """Whether a file begins as UTF-16 does."""
    with path.open("rb") as file:
        return file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _first_lines(path: Path) -> tuple[str, str]:
    """The header of a table, and the line after it; "" for those that are not there."""
    for encoding in ("utf-16",) if is_utf16(path) else ("utf-8-sig", "latin-1"):
        with path.open(encoding=encoding, errors="replace") as file:
            head, first = file.readline(), file.readline()
        if "\N{REPLACEMENT CHARACTER}" not in head:
            break
    return head, first
