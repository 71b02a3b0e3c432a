"""Files under one roof: those below a folder, or the members of an archive that lies in it.

Archives are read in place and never unpacked. A member whose name would lead out of its archive is
not among its names.
"""

import os
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from lccs_inputs.errors import SourceError
from lccs_inputs.rasters.archived import DAMAGED_ZIP, files_of, is_archive
from lccs_inputs.rasters.given import is_hidden, visible_files

_DAMAGED = (*DAMAGED_ZIP, tarfile.ReadError)
_METADATA = 50_000_000  # bytes at most of a file that is read whole


@dataclass(frozen=True)
class Tree:
    """A folder, or an archive.

    Attributes:
        root: where it is.
        names: its files, relative to it, in order.
        folders: its folders likewise, empty ones too; of an archive none.
    """

    root: Path
    names: tuple[str, ...]
    folders: tuple[str, ...] = ()

    def path(self, name: str) -> Path:
        """Where a file is, as `rasters.archived` reads paths."""
        return self.root / name

    def read(self, name: str) -> bytes:
        """What a small file holds.

        Raises:
            SourceError: it cannot be read, or is not small.
        """
        try:
            return _member(self.root, name) if self.root.is_file() else self._file(name)
        except (*_DAMAGED, OSError, KeyError, RuntimeError) as error:
            raise SourceError(f"{self.path(name)} cannot be read ({error})") from error

    def _file(self, name: str) -> bytes:
        with self.path(name).open("rb") as file:
            return file.read(_METADATA)


def folder_tree(folder: Path) -> Tree:
    """The files below a folder, hidden ones left out.

    Raises:
        SourceError: it is no folder, or cannot be listed.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder; name the one that your scenes are in")
    try:
        names = [path.relative_to(folder).as_posix() for path in visible_files(folder)]
    except OSError as error:
        raise SourceError(f"{folder} cannot be listed ({error}); make it readable") from error
    return Tree(folder, tuple(sorted(names)), tuple(sorted(_folders(folder))))


def _folders(folder: Path) -> Iterator[str]:
    for where, names, _ in os.walk(folder):
        names[:] = [name for name in names if not is_hidden(PurePath(name))]
        yield from ((Path(where) / name).relative_to(folder).as_posix() for name in names)


def archives(tree: Tree) -> Iterator[Path]:
    """The archives among the files of a folder."""
    return (tree.path(name) for name in tree.names if is_archive(Path(name)))


def archive_tree(path: Path) -> Tree:
    """The members of an archive.

    Raises:
        SourceError: it is damaged, or cut off by a download that did not end.
    """
    try:
        found = sorted(name for name in _members(path) if _is_within(name))
    except (*_DAMAGED, OSError) as error:
        reason = str(error).partition("\n")[0].rstrip(".:")
        raise SourceError(f"{path} is damaged or cut off ({reason}); download it again") from error
    return Tree(path, tuple(found))


def _members(path: Path) -> list[str]:
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            return [each.filename for each in files_of(archive)]
    with tarfile.open(path) as tar:
        return [each.name.removeprefix("./") for each in tar if each.isfile()]


def _member(path: Path, name: str) -> bytes:
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            return stream.read(_METADATA)
    with tarfile.open(path) as tar:
        for each in tar:
            if each.isfile() and each.name.removeprefix("./") == name:
                file = tar.extractfile(each)
                return file.read(_METADATA) if file else b""
    raise KeyError(name)


def _is_within(name: str) -> bool:
    path = PurePosixPath(name)
    plain = str(path) == name and "\\" not in name and not is_hidden(path)
    return plain and not path.is_absolute() and ".." not in path.parts
