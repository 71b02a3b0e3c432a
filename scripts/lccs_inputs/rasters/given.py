"""The files that a user gives by one path, and what tells that any of them has changed.

More is read than what is named: a shapefile is four files, a GeoPackage that is open elsewhere has
its last edits beside it, a raster may have its CRS in a file of its own, a product may be a folder
of tiles. Snakemake looks at the date of what is named only.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePath

from lccs_inputs.files import fingerprint

_BELONGING = frozenset(
    {
        *(".shx", ".dbf", ".prj", ".cpg"),  # shapefile
        *("-wal", "-journal"),  # GeoPackage, being edited
        *(".dat", ".map", ".id", ".ind", ".mid", ".gfs", ".xsd", ".csvt"),  # MapInfo, GML, CSV
        *(".aux.xml", ".aux", ".ovr", ".msk", ".msk.ovr", ".tfw", ".tifw", ".tiffw", ".wld"),
    }
)
"""What follows the name of a file, with its suffix or without, in those that belong to it."""

_SMALL = 4_000_000  # bytes of all files together; up to here their content tells, then their dates
_FEW = 64  # files, likewise
_LITTER = frozenset({"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini"})  # in lower case


def visible_files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in the order of names, without hidden ones.

    Links are followed, and each folder is entered once. A link that leads nowhere is given too.

    Raises:
        OSError: a folder cannot be listed.
    """
    return _walk(folder, {os.path.realpath(folder)})


def _walk(folder: Path, entered: set[str]) -> Iterator[Path]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if is_hidden(PurePath(entry.name)):
            continue
        path = folder / entry.name
        if not entry.is_dir():
            yield path
        elif (real := os.path.realpath(path)) not in entered:
            entered.add(real)
            yield from _walk(path, entered)


def is_hidden(path: PurePath) -> bool:
    """Whether a path, relative to what is given, is one that file managers do not show.

    macOS keeps a shadow of every file as `._NAME`, in zips below `__MACOSX`; Windows pictures of
    them in `Thumbs.db`, and how a folder is shown in `desktop.ini`.
    """
    return any(
        part.lower() in _LITTER or (part.startswith(".") and part not in (".", ".."))
        for part in path.parts
    )


def given_state(path: Path) -> str:
    """What changes with any of the files behind a path: that itself and those that belong to it.

    Few and small files are told by their content, so that a copy is the same; others by their
    names, sizes and dates, without being read.

    Returns:
        a short hash; "" where nothing is there yet, or cannot be listed, as whoever reads it says.
    """
    if not path.exists():
        return ""
    top = path if path.is_dir() else path.parent
    try:
        files = files_behind(path)
    except OSError:
        return ""
    states = [_stat(file) for file in files]
    small = len(files) <= _FEW and sum(state.st_size for state in states if state) <= _SMALL
    return fingerprint(
        [
            (str(file.relative_to(top)), *_told(file, state, small))
            for file, state in zip(files, states, strict=True)
        ]
    )


def given_bytes(path: Path) -> int:
    """Bytes of the files behind a path; 0 where nothing is there yet, or cannot be listed."""
    try:
        states = [_stat(file) for file in files_behind(path)]
    except OSError:
        return 0
    return sum(state.st_size for state in states if state)


def files_behind(path: Path) -> list[Path]:
    """A file and those that belong to it, or every visible file of a folder.

    Raises:
        OSError: a folder cannot be listed.
    """
    return list(visible_files(path)) if path.is_dir() else [path, *_belonging(path)]


def _told(file: Path, state: os.stat_result | None, by_content: bool) -> tuple[int | str, ...]:
    if state is None:
        return ()
    if by_content:
        return (hashlib.sha256(file.read_bytes()).hexdigest(),)
    return state.st_size, state.st_mtime_ns


def _belonging(path: Path) -> list[Path]:
    """The files beside a file that are read with it; an empty one says nothing."""
    try:
        beside = sorted(path.parent.iterdir())
    except PermissionError:  # a folder that may be entered and not listed
        return []
    return [
        other
        for other in beside
        if _belongs(other.name, path) and (state := _stat(other)) and state.st_size
    ]


def _belongs(name: str, path: Path) -> bool:
    return any(
        name.startswith(start) and name[len(start) :].lower() in _BELONGING
        for start in (path.name, path.stem)
    )


def _stat(file: Path) -> os.stat_result | None:
    """None where a link leads nowhere: whoever reads it says so."""
    try:
        return file.stat()
    except OSError:
        return None
