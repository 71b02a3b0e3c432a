"""What a run does first, so that it goes on with nothing that a kill or a bad disk has left."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from lccs_inputs.checksums import cut_short, forget, not_made_anew, settle, write_manifest
from lccs_inputs.workflow.owner import occupied

_OF_A_PROCESS = re.compile(
    r"\.{1,2}[^.].*?\.(\d+)\.(?:part|whole|raw|missing|empty|probe|\w*\d)\b.*"
)
"""Of `files.temporary_path`, whatever its role."""
_FOLDER = re.compile(r"\.unpacked[.-](?:(\d+)\.)?.*|\..*\.parts-.*")
"""Of `files.scratch_folder`, which says whose it is; once it did not."""
_OLD = 24 * 3600
"""Seconds after which no job is still at work on what it puts beside a file in a shared cache."""
_TELLS = re.compile(
    r"--dry-?run|-[A-Za-z]*n[A-Za-z]*|-[SDlvh]|--(unlock|list|report|lint|dag|rulegraph|filegraph"
    r"|d3dag|summary|detailed-summary|cleanup|archive|version|help|conda|containerize)\b.*"
)


def makes_something(arguments: Iterable[str]) -> bool:
    """Whether a command line of Snakemake is of a run, not of what only tells of one."""
    return not any(map(_TELLS.fullmatch, arguments))


def recover(results: Path, arguments: Iterable[str], tell: Callable[[str], object]) -> set[Path]:
    """Remove what was cut short, as if the jobs that wrote it had not run; what is to be made anew,
    also what was removed before a run that did not come to it.

    Args:
        arguments: of Snakemake: only a run removes something, and none beside another.
        tell: what to do with the line of each faulty file.
    """
    found = [*cut_short(results)]
    if found and not occupied():
        for fault in found:
            tell(f"{fault.file} {fault.why}: it is made anew")
        if makes_something(arguments):
            forget(found, results)
    return not_made_anew(results)


def end(results: Path) -> None:
    """What is left of a run that has ended well: no scratch of jobs that were killed and tried
    again, no note of what is made anew, and the manifest.
    """
    sweep(results, ())
    settle(results)
    write_manifest(results)


def sweep(results: Path, caches: Iterable[Path]) -> None:
    """Remove the scratch of killed jobs.

    Args:
        results: of a run that has the folder for itself: whose process is gone is dead.
        caches: others may be at work there, on any host: what is a day old is nobody's.
    """
    for path, process in _scratch(results):
        if process is None or not psutil.pid_exists(process):
            _remove(path)
    for path, _ in (each for cache in caches for each in _scratch(cache)):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _OLD:
                _remove(path)


def _scratch(folder: Path) -> Iterator[tuple[Path, int | None]]:
    """Scratch below a folder, and the process that made it, where that is told."""
    for place, folders, files in os.walk(folder):
        for names, kind in ((folders, _FOLDER), (files, _OF_A_PROCESS)):
            for name in [*names]:
                if found := kind.fullmatch(name):
                    yield Path(place, name), int(found[1]) if found[1] else None
                    if kind is _FOLDER:
                        folders.remove(name)


def _remove(path: Path) -> None:
    with suppress(OSError):  # of another user, or gone meanwhile
        shutil.rmtree(path) if path.is_dir() else path.unlink()
