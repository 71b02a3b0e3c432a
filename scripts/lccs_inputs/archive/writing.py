"""Writing an archive: a tar, compressed, whose bytes hang on what is in it and on nothing else."""

import gzip
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from lccs_inputs.files import atomic_path

Content = Path | bytes
"""What a member is: a file, or its content."""

_TIME = 315_532_800
"""When every member was written, as it says: 1980-01-01, UTC. To Snakemake none is newer than
another, so that nothing is made anew for its date."""


def write_tar(target: Path, top: str, members: Mapping[str, Content]) -> None:
    """Write a tar, compressed by gzip, atomically.

    Args:
        top: the folder that all members lie in.
        members: path in that folder → what lies there.

    Raises:
        OSError: a member cannot be read, or the target not be written.
    """
    with (
        atomic_path(target) as temporary,
        temporary.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for place, content in sorted(members.items()):
            _add(tar, f"{top}/{place}", content)


def _add(tar: tarfile.TarFile, place: str, content: Content) -> None:
    member = tarfile.TarInfo(place)
    member.mtime, member.mode = _TIME, 0o644
    if isinstance(content, bytes):
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
        return
    with content.open("rb") as file:
        state = os.fstat(file.fileno())
        member.size = state.st_size
        member.mode = 0o755 if state.st_mode & 0o100 else 0o644
        tar.addfile(member, file)
