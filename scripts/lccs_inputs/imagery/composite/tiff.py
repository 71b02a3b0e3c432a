"""Where the blocks of a TIFF lie in the file, so that their bytes can be asked for at once.

TIFF 6.0 and BigTIFF. What is read on the way, through a reader that fetches, is all that GDAL
reads to open the file: every directory, and every value that does not fit into one.
"""

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.imagery.cache.ranges import Range
from lccs_inputs.imagery.composite.weighing import blocks_under

Read = Callable[[int, int], bytes]
"""Offset and size → bytes."""

_OFFSETS, _COUNTS, _SUBFILE, _SAMPLES, _PLANAR = (324, 273), (325, 279), 254, 277, 284
_WIDTH, _HEIGHT, _STRIP_ROWS, _TILE_WIDTH, _TILE_LENGTH = 256, 257, 278, 322, 323
_SEPARATE, _SMALLER, _MASK = 2, 1, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip
_WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_DIRECTORIES = 64
_AROUND = 4  # bytes; GDAL's COG driver writes the size of a block before it, and its end after it

Values = NDArray[np.uint64]
Directory = Mapping[int, Values]


@dataclass(frozen=True)
class Image:
    """Where the blocks of an image in a TIFF lie: of the first, or of an overview of it.

    Attributes:
        shape: height and width, px.
        block: those of its blocks.
        offsets, sizes: of each block, plane by plane if the bands are separate; 0 = not stored.
        planes: into how many the bands are separated; 1 if they are not.
        masks: first byte and end of each block of its mask, if the file has one.
    """

    shape: tuple[int, int]
    block: tuple[int, int]
    offsets: Values
    sizes: Values
    planes: int
    masks: Sequence[Range]

    def ranges(self, bands: Iterable[int], windows: Iterable[Window]) -> Iterator[Range]:
        """First byte and end of each block that windows touch, and of the mask, which is small.

        Args:
            bands: those that are read, from 1.
        """
        across = -(-self.shape[1] // self.block[1])
        each = self.offsets.size // self.planes
        planes = {band - 1 if self.planes > 1 else 0 for band in bands}
        for window in windows:
            rows, cols = blocks_under(window, self.block)
            numbers = (rows[:, None] * across + cols).ravel()
            for plane in planes:
                yield from _ranges(self.offsets[each * plane :][numbers],
                                   self.sizes[each * plane :][numbers])  # fmt: skip
        yield from self.masks


def _ranges(offsets: Values, sizes: Values) -> Iterator[Range]:
    for offset, size in zip(offsets.tolist(), sizes.tolist(), strict=True):
        if size:
            yield max(0, offset - _AROUND), offset + size + _AROUND


def images_of(read: Read) -> Sequence[Image]:
    """The image of a file, and its overviews in the order of the file.

    None if it is no TIFF, or one that is cut short.
    """
    try:
        return _images(read)
    except (struct.error, IndexError, ValueError, OverflowError):
        return []


def _images(read: Read) -> Sequence[Image]:
    start = read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2], "")
    version = struct.unpack(f"{order}H", start[2:4])[0] if order else 0
    if version not in (42, 43):
        return []
    big = version == 43
    at = struct.unpack(f"{order}Q", start[8:16])[0] if big else \
        struct.unpack(f"{order}I", start[4:8])[0]  # fmt: skip
    directories: list[Directory] = []
    while at and len(directories) < _MOST_DIRECTORIES:
        directory, at = _directory(read, at, order, big)
        directories.append(directory)
    first, *others = directories
    masks = [each for each in others if _one(each, _SUBFILE, 0) & _MASK]
    smaller = [each for each in others if _one(each, _SUBFILE, 0) & (_SMALLER | _MASK) == _SMALLER]
    found = [_image(first, masks), *(_image(each, masks) for each in smaller)]
    if found[0] is None:
        return []
    return [image for image in found if image is not None]


def _image(directory: Directory, masks: Iterable[Directory]) -> Image | None:
    """The image of a directory; None if it does not say where its blocks are."""
    offsets, sizes = _placed(directory)
    if offsets is None or sizes is None or offsets.size != sizes.size:
        return None
    height, width = shape = _shape(directory)
    tile = directory.get(_TILE_LENGTH), directory.get(_TILE_WIDTH)
    strip = min(_one(directory, _STRIP_ROWS, height), height), width
    block = strip if tile[0] is None or tile[1] is None else (int(tile[0][0]), int(tile[1][0]))
    separate = _one(directory, _PLANAR, 1) == _SEPARATE
    planes = _one(directory, _SAMPLES, 1) if separate else 1
    if not all((*shape, *block)) or offsets.size < planes * _blocks(shape, block):
        return None
    hidden = [place for mask in masks if _shape(mask) == shape for place in _mask_ranges(mask)]
    return Image(
        shape,
        block,
        offsets,
        sizes,
        planes,
        hidden,
    )


def _blocks(shape: tuple[int, int], block: tuple[int, int]) -> int:
    return math.prod(-(-whole // side) for whole, side in zip(shape, block, strict=True))


def _mask_ranges(directory: Directory) -> Iterator[Range]:
    offsets, sizes = _placed(directory)
    return _ranges(offsets, sizes) if offsets is not None and sizes is not None else iter(())


def _shape(directory: Directory) -> tuple[int, int]:
    return _one(directory, _HEIGHT, 0), _one(directory, _WIDTH, 0)


def _placed(directory: Directory) -> tuple[Values | None, Values | None]:
    """Offset and size of each block, as far as the directory says them."""
    offsets, sizes = (
        next((directory[tag] for tag in tags if tag in directory), None)
        for tags in (_OFFSETS, _COUNTS)
    )
    return offsets, sizes


def _one(directory: Directory, tag: int, default: int) -> int:
    return int(directory[tag][0]) if tag in directory else default


def _directory(read: Read, at: int, order: str, big: bool) -> tuple[Directory, int]:
    """The whole numbers in a directory, and where the next one is; of a tag that is there twice,
    those of the first, as GDAL takes it.
    """
    count_form, entry_form, inline = ("Q", "HHQ8s", 8) if big else ("H", "HHI4s", 4)
    count_size, entry_size = struct.calcsize(f"={count_form}"), struct.calcsize(f"={entry_form}")
    count = struct.unpack(f"{order}{count_form}", read(at, count_size))[0]
    raw = read(at + count_size, count * entry_size + inline)
    found: dict[int, Values] = {}
    for number in range(count):
        entry = raw[number * entry_size : (number + 1) * entry_size]
        tag, kind, length, value = struct.unpack(f"{order}{entry_form}", entry)
        size = _SIZES.get(kind, 1) * length
        if size > inline:
            value = read(struct.unpack(f"{order}{'Q' if big else 'I'}", value)[0], size)
        if kind in _WHOLE:
            numbers = np.frombuffer(value[:size], np.dtype(f"{order}{_WHOLE[kind]}"))
            found.setdefault(tag, numbers.astype(np.uint64))
    (following,) = struct.unpack(f"{order}{'Q' if big else 'I'}", raw[-inline:])
    return found, following
