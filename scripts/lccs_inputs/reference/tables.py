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


def head_of(path: Path, data: ReferenceData, encoding: str = "") -> tuple[str, dict[str, str]]:
    """The delimiter of a table, and what its columns hold → their names.

    Args:
        encoding: of all of it, where that is known; else its first line tells.

    Raises:
        SourceError: it cannot be read, is empty, lacks a column, or nothing says its CRS.
    """
    try:
        head, first = _first_lines(path, encoding)
    except OSError as error:
        raise SourceError(f"{data.key}.file: {path} cannot be read ({error.strerror})") from error
    if not head.strip():
        raise SourceError(f"{data.key}.file: {path} is empty")
    text = head.rstrip("\n")
    delimiter = max(_DELIMITERS, key=text.count)
    header = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    found = columns_of(data, header, path, needed=("x", "y", "class"))
    if not (data.crs or data.table.crs):
        raise SourceError(
            f"{data.key}.crs: {path} is a table, which does not say the CRS of its coordinates; "
            "write it, such as crs: EPSG:4326"
        )
    if not first:
        raise SourceError(f"{data.key}.file: {path} has no point")
    return delimiter, found


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


def _first_lines(path: Path, encoding: str) -> tuple[str, str]:
    """The header of a table, and the line after it; "" for those that are not there."""
    may_be = ("utf-16",) if is_utf16(path) else ("utf-8-sig", "latin-1")
    for each in (encoding,) if encoding else may_be:
        with path.open(encoding=each, errors="replace") as file:
            head, first = file.readline(), file.readline()
        if "\N{REPLACEMENT CHARACTER}" not in head:
            break
    return head, first
