"""What a bad disk does to files between two starts, and what `make verify` says of it."""

import os
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from lccs_inputs.checksums import documents, read_sums
from workflow.harness import Project
from workflow.warm_python import warm_python

_MOST = 6  # files that are damaged at a time


def emptied(content: bytes, _: random.Random) -> bytes:
    return content[:0]


def halved(content: bytes, _: random.Random) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes, draw: random.Random) -> bytes:
    """The same but for one bit."""
    changed, bit = bytearray(content), draw.randrange(8 * len(content))
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def shorten(project: Project, draw: random.Random, done: Counter[str]) -> None:
    """Cut short some files of finished jobs and of caches: a plain run has to notice."""
    for file in _drawn([*_known(project), *_kept(project)], draw):
        _damage(file, draw.choice([emptied, halved]), draw, done, project)


def flip_cached(project: Project, draw: random.Random, done: Counter[str]) -> None:
    """Flip a bit of some files of caches: who reads them has to notice.

    Results may be the same files by another name, so that `make verify` is asked too.
    """
    for file in _drawn(_kept(project), draw):
        _damage(file, flipped, draw, done, project)
    _verify(project, "--remake")


def flip(project: Project, draw: random.Random, done: Counter[str]) -> None:
    """Flip a bit of some files of finished jobs, and have them removed by `make verify`.

    Raises:
        RuntimeError: it does not name one of them.
    """
    chosen = _drawn(_known(project), draw)
    for file in chosen:
        _damage(file, flipped, draw, done, project)
    told = _verify(project)
    for file in chosen:
        if f"{file.relative_to(project.folder)} " not in told:
            raise RuntimeError(f"verify does not name {file}, of which a bit was flipped: {told}")
    _verify(project, "--remake")


def spoil_sums(project: Project, draw: random.Random, done: Counter[str]) -> None:
    """Empty, halve or flip what jobs noted of their files: these are all there, and stay."""
    for file in _drawn(documents(project.folder / "results"), draw):
        _damage(file, draw.choice([emptied, halved, flipped]), draw, done, project)


def _drawn(files: Sequence[Path], draw: random.Random) -> list[Path]:
    return draw.sample(sorted(files), min(len(files), draw.randint(1, _MOST)))


def _damage(
    file: Path,
    how: Callable[[bytes, random.Random], bytes],
    draw: random.Random,
    done: Counter[str],
    project: Project,
) -> None:
    """In place, as a disk does: its date stays."""
    if content := file.read_bytes():
        times = file.stat()
        file.write_bytes(how(content, draw))
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        place = file.relative_to(project.folder).parts
        done[f"{how.__name__}: {place[1] if place[0] == '.cache' else file.suffix or 'zarr'}"] += 1


def _known(project: Project) -> list[Path]:
    """What finished jobs have written, of which it is noted what it was."""
    known = set[Path]()
    for document in documents(project.folder / "results"):
        with suppress(ValueError):
            known |= {project.folder / "results" / name for name in read_sums(document)}
    return [file for file in known if ".." not in file.parts and file.is_file()]


def _kept(project: Project) -> list[Path]:
    """What is in caches, but for the journal of tasks: where that is damaged, a user is asked."""
    return [
        file
        for file in (project.folder / ".cache").rglob("*")
        if file.is_file() and file.name != "journal.json"
    ]


def _verify(project: Project, *arguments: str) -> str:
    """What `make verify` says."""
    return subprocess.run(
        [warm_python(), "-m", "lccs_inputs.commands.verify", *arguments],
        cwd=project.folder,
        env=os.environ | {"PYTHONPATH": "scripts"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
