"""The folder of the imagery cache: a folder for each asset, of which the least used goes first.

A name is a hash of where the asset is, without what signs it. Whoever reads a file that is removed
meanwhile has it open, and reads on.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from lccs_inputs.imagery.cache.kept import KeptFile, lock_of
from lccs_inputs.sharing import usable

_SHARD = re.compile(r"[0-9a-f]{2}")
_ENTRY = re.compile(r"[0-9a-f]{32}")
_SOME = 50  # looked for what to remove when a fiftieth of the limit was added
_BLOCK = 512  # bytes, which `st_blocks` counts


class _Entry(NamedTuple):
    used: float
    size: int
    path: Path


class ImageryCache:
    """What was read of remote assets; a context manager that keeps to its limit in the end.

    Args:
        folder: where it is (config key composing.cache).
        limit: bytes that it may take on the disk; it takes half of what is free for it at most.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit, self._added = folder, limit, 0

    def file(self, place: str, name: str) -> KeptFile:
        """What is kept of a file, or of another thing that is known of an asset.

        Args:
            place: of the asset, as `KeptAsset` has it.
            name: a word; of what it is.
        """
        return KeptFile(self._entry(place), name, self._grown)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._added and self._folder.is_dir():
            self._make_room()

    def _grown(self, size: int) -> None:
        self._added += size
        if self._added > self._limit // _SOME:
            self._make_room()

    def _make_room(self) -> None:
        """Remove the assets that were not used for longest, down to the limit."""
        self._added = 0
        entries = sorted(_entries(self._folder))
        size = sum(entry.size for entry in entries)
        limit = min(self._limit, (size + shutil.disk_usage(self._folder).free) // 2)
        for entry in entries:
            if size <= limit:
                return
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
    with usable(folder, "composing.cache"), ImageryCache(folder, limit) as cache:
        yield cache


def clear(folder: Path) -> int:
    """Remove all assets of a cache, and nothing else; the bytes that this frees."""
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
    with lock_of(entry):
        shutil.rmtree(entry, ignore_errors=True)
