"""Where the blocks of a TIFF lie in the file, so that their bytes can be asked for at once.

TIFF 6.0 and BigTIFF. What is read on the way, through a reader that fetches, is all that GDAL
reads to open the file: every directory, and every value that does not fit into one.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Read = Callable[[int, int], bytes]
"""Offset and size → bytes."""

_OFFSETS, _COUNTS, _SUBFILE, _SAMPLES, _PLANAR = (324, 273), (325, 279), 254, 277, 284
_SEPARATE, _MASK = 2, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip
_WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_DIRECTORIES = 64
_AROUND = 4  # bytes; GDAL's COG driver writes the size of a block before it, and its end after it

Values = NDArray[np.uint64]
Directory = Mapping[int, Values]


@dataclass(frozen=True)
class Blocks:
    """Where the blocks of the first image of a TIFF lie.

    Attributes:
        offsets, sizes: of each block, plane by plane if the bands are separate; 0 = not stored.
        planes: into how many the bands are separated; 1 if they are not.
        masks: first byte and end of each block of its mask, if the file has one.
    """

    offsets: Values
    sizes: Values
    planes: int
    masks: Sequence[tuple[int, int]]

    def ranges(self, plane: int, numbers: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
        """First byte and end of each of some blocks of a plane, and of the mask, which is small."""
        each = self.offsets.size // self.planes
        numbers = numbers + (plane * each if self.planes > 1 else 0)
        yield from _ranges(self.offsets[numbers], self.sizes[numbers])
        yield from self.masks


def _ranges(offsets: Values, sizes: Values) -> Iterator[tuple[int, int]]:
    for offset, size in zip(offsets.tolist(), sizes.tolist(), strict=True):
        if size:
            yield max(0, offset - _AROUND), offset + size + _AROUND


def blocks_of(read: Read) -> Blocks | None:
    """The blocks of a file; None if it is no TIFF."""
    start = read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2], "")
    version = struct.unpack(f"{order}H", start[2:4])[0] if order else 0
    if version not in (42, 43):
        return None
    big = version == 43
    at = struct.unpack(f"{order}Q", start[8:16])[0] if big else \
        struct.unpack(f"{order}I", start[4:8])[0]  # fmt: skip
    directories: list[Directory] = []
    while at and len(directories) < _MOST_DIRECTORIES:
        directory, at = _directory(read, at, order, big)
        directories.append(directory)
    placed = _placed(directories[0])
    if placed is None:
        return None
    masks = [_placed(each) for each in directories if _one(each, _SUBFILE, 0) == _MASK]
    separate = _one(directories[0], _PLANAR, 1) == _SEPARATE
    planes = _one(directories[0], _SAMPLES, 1) if separate else 1
    return Blocks(*placed, planes, [place for mask in masks if mask for place in _ranges(*mask)])


def _placed(directory: Directory) -> tuple[Values, Values] | None:
    """Offset and size of each block; None if the directory does not say them."""
    offsets, sizes = (
        next((directory[tag] for tag in tags if tag in directory), None)
        for tags in (_OFFSETS, _COUNTS)
    )
    if offsets is None or sizes is None or offsets.size != sizes.size:
        return None
    return offsets, sizes


def _one(directory: Directory, tag: int, default: int) -> int:
    return int(directory[tag][0]) if tag in directory else default


def _directory(read: Read, at: int, order: str, big: bool) -> tuple[Directory, int]:
    """The whole numbers in a directory, and where the next one is."""
    count_form, entry_form, inline = ("Q", "HHQ8s", 8) if big else ("H", "HHI4s", 4)
    count_size, entry_size = struct.calcsize(f"={count_form}"), struct.calcsize(f"={entry_form}")
    count = struct.unpack(f"{order}{count_form}", read(at, count_size))[0]
    raw = read(at + count_size, count * entry_size + inline)
    found = {}
    for number in range(count):
        entry = raw[number * entry_size : (number + 1) * entry_size]
        tag, kind, length, value = struct.unpack(f"{order}{entry_form}", entry)
        size = _SIZES.get(kind, 1) * length
        if size > inline:
            value = read(struct.unpack(f"{order}{'Q' if big else 'I'}", value)[0], size)
        if kind in _WHOLE:
            numbers = np.frombuffer(value[:size], np.dtype(f"{order}{_WHOLE[kind]}"))
            found[tag] = numbers.astype(np.uint64)
    (following,) = struct.unpack(f"{order}{'Q' if big else 'I'}", raw[-inline:])
    return found, following
