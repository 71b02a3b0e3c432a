"""Checksums of what is written: each job notes those of its files, and anybody can verify them.

A document a job, below `results/checksums/`: jobs run at the same time, and none waits for another.
They are XXH128 of the bytes, which costs about a hundredth of writing them.
"""

import json
import os
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import xxhash

from lccs_inputs import sidecars
from lccs_inputs.files import scratch_folder, write_text

FOLDER = "checksums"
"""Of the documents, in the folder of results."""
MANIFEST = "checksums.txt"
"""All of them in one file, as `xxh128sum -c` takes it in the folder of results."""
_REMOVED = "removed.txt"
"""Beside the documents: what was removed as faulty and is to be made anew, a line each."""
_DAMAGED = "is damaged"
_PART = 1 << 20  # bytes that are read at a time
_EDITED = (".qml", ".xml", ".qgz", ".yaml", ".csv", ".txt")
"""What people, and programs for them, may have saved in the place of ours."""
_READ_WHOLE = (".json", ".geojson", ".vrt")
"""What steers a run, and is small."""
_STAMP = ".snakemake_timestamp"
"""What Snakemake puts into a folder that a job wrote as a whole, and is there as long as it is."""


@dataclass(frozen=True)
class Sum:
    """Of a file: how long it is, bytes, and the XXH128 of it, in hexadecimal."""

    size: int
    digest: str


@dataclass(frozen=True)
class Fault:
    """A file that is not what a job wrote.

    Attributes:
        why: in words.
        document: of the job that wrote it.
    """

    file: Path
    why: str
    document: Path


def digest_of(path: Path) -> str:
    """The XXH128 of a file, in hexadecimal."""
    found = xxhash.xxh3_128()
    with path.open("rb") as file:
        while part := file.read(_PART):
            found.update(part)
    return found.hexdigest()


def write_sums(document: Path, written: Iterable[Path], results: Path) -> None:
    """Note the checksums of files that a job wrote, and of those in folders it wrote.

    Args:
        results: the folder of all; what lies in a cache is noted by the way to it.
    """
    sums = {
        os.path.relpath(file, results): [file.stat().st_size, digest_of(file)]
        for path in written
        for file in _files(path)
    }
    write_text(document, json.dumps(sums, indent=1, sort_keys=True) + "\n")


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file())
    elif path.exists():
        yield path


def documents(results: Path) -> list[Path]:
    """The documents of all jobs."""
    return sorted((results / FOLDER).glob("*/*.json"))


def read_sums(document: Path) -> dict[str, Sum]:
    """What a job noted, by the path of each file in the folder of results.

    Raises:
        ValueError: the document itself is damaged.
    """
    try:
        said = json.loads(document.read_bytes())
        return {str(name): Sum(int(size), str(digest)) for name, (size, digest) in said.items()}
    except (TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


def faults(results: Path) -> Iterator[Fault]:
    """What is missing or not what was written; every byte is read."""
    return _faults(results, _fault)


def cut_short(results: Path) -> Iterator[Fault]:
    """What cannot be gone on with, found at little cost: files that are shorter than was written,
    and of those that steer a run, all of whose bytes are read, also changed ones.

    What other programs save, as QGIS does a project or a style, may be shorter too if it is whole.
    What is missing Snakemake notices itself, but for files of a folder that is there.
    """
    return _faults(results, partial(_fault_in_use, results))


def _faults(results: Path, why_not: Callable[[Path, Sum], str | None]) -> Iterator[Fault]:
    """The documents that are damaged, and the files of the others for which there is a reason."""
    for document in documents(results):
        try:
            sums = read_sums(document)
        except ValueError:
            yield Fault(document, _DAMAGED, document)
            continue
        for name, known in sums.items():
            if why := why_not(results / name, known):
                yield Fault(results / name, why, document)


def _fault(file: Path, known: Sum) -> str | None:
    if not file.is_file():
        return "is missing"
    size = file.stat().st_size
    if Sum(size, digest_of(file)) == known or _was_looked_at(file, known):
        return None
    if size < known.size:
        return f"is cut short: {size} of {known.size} bytes"
    return "has changed since it was written"


def _was_looked_at(file: Path, known: Sum) -> bool:
    """Whether GDAL has added to what we wrote of a raster, as it does for who looks at numbers."""
    if not file.name.endswith(sidecars.ENDING):
        return False
    with suppress(ElementTree.ParseError):
        ours = sidecars.as_written(file).encode()
        return Sum(len(ours), xxhash.xxh3_128(ours).hexdigest()) == known
    return False


def _fault_in_use(results: Path, file: Path, known: Sum) -> str | None:
    usable = _may_be_used(file, known) if file.is_file() else not _folder_around(file, results)
    return None if usable else _fault(file, known)


def _folder_around(file: Path, results: Path) -> Path | None:
    """The folder that a job wrote as a whole and a file belongs to."""
    inside = (folder for folder in file.parents if results in folder.parents)
    return next((folder for folder in inside if (folder / _STAMP).exists()), None)


def _may_be_used(file: Path, known: Sum) -> bool:
    if file.suffix in _READ_WHOLE:
        return _fault(file, known) is None
    return file.stat().st_size >= known.size or _is_another(file)


def _is_another(file: Path) -> bool:
    """Whether it is a whole file of a kind that other programs save in the place of ours."""
    with suppress(ElementTree.ParseError, OSError):
        if file.suffix in (".xml", ".qml"):
            return ElementTree.parse(file) is not None
        return file.suffix == ".qgz" and zipfile.is_zipfile(file)
    return False


def forget(found: Collection[Fault], results: Path) -> set[Path]:
    """Remove what the jobs wrote that wrote faulty files, as if they had not run; what that was.

    It is noted before, so that whoever runs next makes it anew, and the documents that tell of it
    go last: a kill in between loses nothing. What somebody may have edited is kept aside, as
    `<name>.damaged`.
    """
    removed: set[Path] = set()
    faulty, told_in = {fault.file for fault in found}, {fault.document for fault in found}
    for document in told_in:
        with suppress(ValueError):
            removed |= {results / name for name in read_sums(document)}
    _note_removed(removed | _noted(results), results)
    for folder in filter(None, {_folder_around(file, results) for file in removed}):
        _remove_folder(folder)
    for file in removed:
        if file in faulty and file.suffix in _EDITED and file.exists():
            file.replace(file.with_name(f"{file.name}.damaged"))
        file.unlink(missing_ok=True)
    for document in told_in:
        document.unlink(missing_ok=True)
    return removed


def _remove_folder(folder: Path) -> None:
    """At once, for whoever looks: one that is there is whole."""
    with scratch_folder(folder.parent) as scratch:
        folder.replace(scratch / folder.name)


def not_made_anew(results: Path) -> set[Path]:
    """What was removed because of faults, by whichever run or command, and is not there again."""
    return {file for file in _noted(results) if not file.exists()}


def settle(results: Path) -> None:
    """Note of what was removed only that which is not there again."""
    if _noted(results):
        _note_removed(not_made_anew(results), results)


def _noted(results: Path) -> set[Path]:
    try:
        return {results / name for name in (results / FOLDER / _REMOVED).read_text().splitlines()}
    except FileNotFoundError:
        return set()


def _note_removed(files: Iterable[Path], results: Path) -> None:
    names = sorted(os.path.relpath(file, results) for file in files)
    write_text(results / FOLDER / _REMOVED, "".join(f"{name}\n" for name in names))


def gather(results: Path) -> str:
    """The text of the manifest: a line a file."""
    sums: dict[str, Sum] = {}
    for document in documents(results):
        with suppress(ValueError):
            sums |= read_sums(document)
    return "".join(f"{known.digest}  {name}\n" for name, known in sorted(sums.items()))


def write_manifest(results: Path) -> None:
    """Gather the checksums of all that was written in one file."""
    write_text(results / MANIFEST, gather(results))
