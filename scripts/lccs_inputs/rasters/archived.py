"""Rasters within archives: a path that goes on through a zip or a tar, as through a folder.

`scenes/S2A_….zip/S2A_….SAFE/…/B04.jp2` is such a path. It stays one when it is made relative or
moved with its catalogue; GDAL reads it in place, and nothing is ever unpacked.
"""

import lzma
import re
import zipfile
import zlib
from pathlib import Path

DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, UnicodeDecodeError)
"""What `zipfile` raises of one whose bytes changed. Of one that is encrypted, or packed in a rare
way, it raises a RuntimeError.
"""
_ARCHIVE = re.compile(r"\.(?:(zip)|tar|tgz|tar\.gz)(?=/)", re.IGNORECASE)


def gdal_path(path: str) -> str:
    """A local path as GDAL opens it; a folder that is called like an archive is a folder.

    It is absolute in an archive, of which GDAL remembers by its name what is in it.
    """
    for found in _ARCHIVE.finditer(path):
        if Path(path[: found.end()]).is_file():
            return f"/vsi{'zip' if found[1] else 'tar'}/{Path(path).absolute()}"
    return path


def zip_of(path: str) -> tuple[Path, str] | None:
    """The zip that a path goes through, and its member; None if it goes through none."""
    for found in _ARCHIVE.finditer(path):
        archive = Path(path[: found.end()])
        if found[1] and archive.is_file():
            return archive, path[found.end() + 1 :]
    return None


def is_archive(path: Path) -> bool:
    """Whether a file is called like an archive that can be read in place."""
    return bool(_ARCHIVE.search(f"{path.name}/"))


def files_of(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in a zip.

    Raises:
        BadZipFile: one has no name.
    """
    members = archive.infolist()
    if not all(member.filename for member in members):
        raise zipfile.BadZipFile("a file in it has no name")
    return [member for member in members if not member.is_dir()]
