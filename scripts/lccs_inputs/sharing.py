"""Folders that the users of a group share: whoever may write in one may use what others made there.

Such a folder is made with `chgrp GROUP folder; chmod g+ws folder`. What is made in it, folders,
files and locks, is for the group too, whatever the umask of who makes it; anywhere else the umask
decides. Nothing is ever more open than its folder.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lccs_inputs.errors import InputError

if TYPE_CHECKING:
    from filelock import FileLock

FULL = (errno.ENOSPC, errno.EDQUOT)
"""The errors of a disk that has no room."""

_FILE, _FOLDER = 0o060, 0o070 | stat.S_ISGID


def no_room(error: OSError) -> str:
    """What to do, in a sentence, where an error is of a disk that has no room; "" of any other."""
    if error.errno not in FULL:
        return ""
    where = f"{error.filename} cannot be written" if error.filename else "no room is left"
    return f"{where} ({error.strerror}); free some disk space, and run again"


def make_folder(path: Path) -> Path:
    """Make a folder and those above it, where they are not there; the folder."""
    if not path.is_dir():
        make_folder(path.parent)
        with suppress(FileExistsError):
            path.mkdir()
            share(path)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    return path


def require_place(folder: Path) -> None:
    """See to it that a folder may be written in, or made where it is not there yet.

    Raises:
        OSError: it is a file or within one, on no disk (`/proc`), or the user has no right to it.
    """
    places = (folder, *folder.absolute().parents)
    there = next(each for each in places if each.exists() or each.is_symlink())  # to nowhere
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
    if not os.statvfs(there).f_blocks:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(there))
    if there == folder and not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def share(path: Path) -> None:
    """Let a group work with what was just made in its folder; what another has made stays."""
    made = path.stat()
    if _is_of_a_group(path.parent) and made.st_uid == os.geteuid():
        path.chmod(stat.S_IMODE(made.st_mode) | (_FOLDER if path.is_dir() else _FILE))


def locked(path: Path) -> "FileLock":
    """The lock of a file that processes share; it goes with its process however that ends."""
    from filelock import FileLock  # noqa: PLC0415 - slow to load, and most jobs lock nothing

    mode = 0o600 | (_FILE if _is_of_a_group(make_folder(path.parent)) else 0)
    return FileLock(path.with_name(f"{path.name}.lock"), mode=mode)


def replace_file(
    path: Path, content: bytes, *, private: bool = False, durable: bool = True
) -> None:
    """Replace a file at once by one that only its owner reads, and its group; under its lock.

    Args:
        private: it holds secrets: no group reads it either.
        durable: it is on the disk when this returns; else a power cut can leave it empty.
    """
    for leftover in path.parent.glob(f".{path.name}.*"):  # of a process that was killed
        leftover.unlink()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:  # a full disk does not say of which file
        temporary.unlink(missing_ok=True)
        error.filename = str(path)
        raise
    if not private:
        share(temporary)
    temporary.replace(path)


@contextmanager
def usable(folder: Path, key: str) -> Iterator[None]:
    """Say what to do where a shared folder, one above it or something in it cannot be used.

    Args:
        key: the config key that names the folder.

    Raises:
        InputError: it cannot, in place of an `OSError` that names something in the folder.
    """
    try:
        yield
    except OSError as error:
        place, whole = Path(str(error.filename or "")), folder.absolute()
        at = place.absolute()
        if not error.filename or not (at.is_relative_to(whole) or whole.is_relative_to(at)):
            raise
        if isinstance(error, PermissionError):
            raise InputError(
                f"{key}: {place} may not be used by you; let its owner open the folder to your "
                f"group (chmod -R g+rwX {folder}; find {folder} -type d -exec chmod g+s {{}} +), "
                "or name another folder"
            ) from error
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise InputError(
            f"{key}: {place} cannot be used ({error.strerror}); "
            f"{'free some disk space, or ' if full else ''}name another folder"
        ) from error


def _is_of_a_group(folder: Path) -> bool:
    """Whether what is made in a folder belongs to its group, and the group may write there."""
    found = folder.stat()
    inherits = found.st_mode & stat.S_ISGID or found.st_gid == os.getegid()
    anybodys = found.st_mode & stat.S_ISVTX  # as /tmp is
    return bool(found.st_mode & stat.S_IWGRP and inherits and not anybodys)
