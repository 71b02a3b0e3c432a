"""The folder of the imagery cache: a folder for each asset, of which the least used goes first.

A name is a hash of where the asset is, without what signs it. Whoever reads a file that is removed
meanwhile has it open, and reads on.
"""

import errno
import hashlib
import logging
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from lccs_inputs.imagery.cache.kept import KEY, FullError, KeptFile, lock_of
from lccs_inputs.sharing import make_folder, require_place, usable

_log = logging.getLogger(__name__)
_SHARD = re.compile(r"[0-9a-f]{2}")
_ENTRY = re.compile(r"[0-9a-f]{32}")
_SOME = 50  # looked for what to remove when a fiftieth of the limit is about to be added
_SPARE = 10  # a tenth of it is left for what jobs add meanwhile
_NOT_NOW = (errno.ENOENT, errno.ENOTEMPTY, errno.EBUSY)  # gone already, or used over a network
_BLOCK = 512  # bytes, which `st_blocks` counts


class _Entry(NamedTuple):
    used: float
    size: int
    path: Path


class ImageryCache:
    """What was read of remote assets.

    Args:
        folder: where it is (config key composing.cache).
        limit: bytes that it may take on the disk; it takes half of what is free for it at most.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit
        self._left, self._is_full = 0, False

    def file(self, place: str, name: str) -> KeptFile:
        """What is kept of a file, or of another thing that is known of an asset.

        Args:
            place: of the asset, as `KeptAsset` has it.
            name: a word; of what it is.
        """
        return KeptFile(self._entry(place), name, self._grown)

    def tell_full(self, error: FullError) -> None:
        """Hear that something could not be kept: the job does without, and tells so once."""
        if self._is_full:
            return
        self._is_full = True
        _log.warning(
            "%s: %s has no room (%s), so that what is read may have to be read again another time; "
            "free some disk space, or name another folder", KEY, self._folder, error,
        )  # fmt: skip
        self._make_room()

    def _grown(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            self._make_room()

    def _make_room(self) -> None:
        """Remove the assets that were not used for longest, so that the limit is not reached before
        it is looked at again, by some jobs at once."""
        make_folder(self._folder)
        entries = sorted(_entries(self._folder))
        size = sum(entry.size for entry in entries)
        limit = min(self._limit, (size + shutil.disk_usage(self._folder).free) // 2)
        self._left = limit // _SOME
        for entry in entries:
            if size <= limit - limit // _SPARE:
                return
            with suppress(OSError):  # it is another user's
                _remove(entry.path)
                size -= entry.size

    def _entry(self, place: str) -> Path:
        name = hashlib.sha256(place.encode()).hexdigest()[:32]
        return self._folder / name[:2] / name


@contextmanager
def open_cache(settings: Mapping[str, Any]) -> Iterator[ImageryCache | None]:
    """The cache that the section `composing` of the config names; None where it is to keep nothing.

    Raises:
        InputError: it may not be used.
    """
    folder, limit = Path(settings["cache"]), int(settings["cache_gb"] * 1e9)
    if not limit:
        yield None
        return
    with usable(folder, KEY):
        yield ImageryCache(make_folder(folder), limit)


def clear(folder: Path) -> int:
    """Remove all assets of a cache, and nothing else; the bytes that this frees.

    Raises:
        OSError: it is no folder, or one of the assets cannot be removed.
    """
    require_place(folder)
    entries = list(_entries(folder))
    for entry in entries:
        _remove(entry.path)
    return sum(entry.size for entry in entries)


def _entries(folder: Path) -> Iterator[_Entry]:
    for shard in folder.iterdir() if folder.is_dir() else ():
        if not _SHARD.fullmatch(shard.name):
            continue
        for path in shard.iterdir():
            if _ENTRY.fullmatch(path.name):
                try:
                    size = sum(each.stat().st_blocks for each in path.iterdir()) * _BLOCK
                    yield _Entry(path.stat().st_mtime, size, path)
                except FileNotFoundError:
                    continue  # another run removes it


def _remove(entry: Path) -> None:
    """Remove an asset.

    Raises:
        OSError: it may not be removed.
    """
    with lock_of(entry):
        try:
            shutil.rmtree(entry)
        except OSError as error:
            if error.errno not in _NOT_NOW:
                error.filename = str(entry)  # not its last part alone
                raise
