"""Cloud Optimized GeoTIFFs put together of tiles that are encoded already.

GDAL's own driver for them encodes all it is given, whatever that was stored as before. Here GDAL
encodes each tile once, where it is first written, into a plain GeoTIFF; what reads the pixels next
proves that it can be decoded; and the tiles are copied as they are, behind directories that say
where they lie now. See https://cogeo.org and the GeoTIFF driver of GDAL for the order of the parts.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.errors import InputError

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8}
"""Bytes of a value of each type of TIFF."""
_WHOLES: Mapping[int, np.dtype[Any]] = {
    3: np.dtype("<u2"), 4: np.dtype("<u4"), 16: np.dtype("<u8"),
}  # fmt: skip
_LONG, _LONG8 = 4, 16
_SUBFILE, _WIDTH, _HEIGHT, _BANDS, _OFFSETS, _COUNTS = 254, 256, 257, 277, 324, 325
_REDUCED = 1
# Pixel scale, tie points, keys of the CRS with their numbers and texts, GDAL's metadata.
_OF_THE_WHOLE = {33550, 33922, 34264, 34735, 34736, 34737, 42112}
# Compression, predictor, sides of a tile, bits and kind of a sample: how a tile is encoded.
_ENCODING = (259, 317, 322, 323, 258, 339)
_DEFAULTS = {317: [1], 339: [1]}

_SAID = (
    "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n"
    "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n "
)
"""What GDAL is told of the order of the file, in its own words."""
_SAID_OF_BANDS = "INTERLEAVE=BAND\n"
_AROUND = 8
"""Bytes more of a tile: its size before it, its last four bytes again behind it."""


class Level(NamedTuple):
    """One of the rasters of a file: 0 is the first, the others are its overviews."""

    path: Path
    number: int = 0


@dataclass(frozen=True)
class _Tag:
    kind: int
    count: int
    data: bytes

    @classmethod
    def of(cls, kind: int, numbers: Sequence[int] | NDArray[np.int64]) -> Self:
        return cls(kind, len(numbers), np.asarray(numbers).astype(_WHOLES[kind]).tobytes())

    @property
    def numbers(self) -> NDArray[np.int64]:
        numbers: NDArray[np.int64] = np.frombuffer(self.data, _WHOLES[self.kind]).astype(np.int64)
        return numbers


@dataclass(frozen=True)
class _Form:
    """How the numbers of a file are written: of 4 GB or less, or of BigTIFF."""

    big: bool

    @property
    def head(self) -> int:
        return 16 if self.big else 8

    @property
    def word(self) -> int:
        """Bytes of an offset, and of a value that stands in its entry."""
        return 8 if self.big else 4

    @property
    def _letters(self) -> tuple[str, str, str]:
        """Of the count of entries, of an entry, of an offset."""
        return ("<Q", "<HHQ8s", "<Q") if self.big else ("<H", "<HHI4s", "<I")

    def header(self, first: int) -> bytes:
        """The beginning of a file whose first directory is at `first`."""
        if self.big:
            return struct.pack("<2sHHHQ", b"II", 43, 8, 0, first)
        return struct.pack("<2sHI", b"II", 42, first)

    def read(self, file: IO[bytes], at: int) -> tuple[dict[int, _Tag], int]:
        """The directory at a place of a file, and where the next one is; 0 behind the last."""
        count, entry, offset = self._letters
        file.seek(at)
        (entries,) = struct.unpack(count, _exactly(file, struct.calcsize(count)))
        tags = {}
        listed = _exactly(file, struct.calcsize(entry) * entries)
        (then,) = struct.unpack(offset, _exactly(file, self.word))
        for number, kind, values, inline in struct.iter_unpack(entry, listed):
            size = _SIZES[kind] * values
            data = inline[:size]
            if size > self.word:
                file.seek(struct.unpack(offset, inline)[0])
                data = _exactly(file, size)
            tags[number] = _Tag(kind, values, data)
        return tags, then

    def size(self, tags: Mapping[int, _Tag]) -> int:
        """Bytes of a directory and of all that its entries refer to."""
        count, entry, offset = self._letters
        fixed = struct.calcsize(count) + struct.calcsize(entry) * len(tags)
        beyond = (len(tag.data) for tag in tags.values() if len(tag.data) > self.word)
        return fixed + struct.calcsize(offset) + sum(map(_even, beyond))

    def written(self, tags: Mapping[int, _Tag], at: int, then: int) -> bytes:
        """A directory that stands at a place of a file, the next one being at `then`."""
        count, entry, offset = self._letters
        free = at + self.size({}) + struct.calcsize(entry) * len(tags)
        entries, beyond = [], []
        for number, tag in sorted(tags.items()):
            value = tag.data
            if len(value) > self.word:
                value = struct.pack(offset, free)
                beyond.append(tag.data.ljust(_even(len(tag.data)), b"\0"))
                free += len(beyond[-1])
            entries.append(struct.pack(entry, number, tag.kind, tag.count, value))
        parts = [struct.pack(count, len(tags)), *entries, struct.pack(offset, then), *beyond]
        return b"".join(parts)


def _exactly(file: IO[bytes], size: int) -> bytes:
    """The next bytes of a file.

    Raises:
        OSError: there are not so many.
    """
    data = file.read(size)
    if len(data) < size:
        raise OSError(f"{file.name}: is cut short")
    return data


def _even(size: int) -> int:
    return size + size % 2


@dataclass(frozen=True)
class _Tiff:
    """A directory of a file."""

    path: Path
    form: _Form
    tags: Mapping[int, _Tag]

    @classmethod
    def read(cls, path: Path, number: int = 0) -> Self:
        """Raises OSError where it is none of ours, or has not so many directories."""
        with path.open("rb") as file:
            order, version = struct.unpack("<2sH", _exactly(file, 4))
            if (order, version) not in ((b"II", 42), (b"II", 43)):
                raise OSError(f"{path}: not a little-endian TIFF")
            form = _Form(version == 43)
            file.seek(form.head - form.word)
            (at,) = struct.unpack("<Q" if form.big else "<I", _exactly(file, form.word))
            for _ in range(number):
                _, at = form.read(file, at)
                if not at:
                    raise OSError(f"{path}: has no overview {number}")
            return cls(path, form, form.read(file, at)[0])

    @cached_property
    def encoding(self) -> list[list[int]]:
        return [
            self.tags[tag].numbers.tolist()[:1] if tag in self.tags else _DEFAULTS.get(tag, [])
            for tag in _ENCODING
        ]

    @property
    def shape(self) -> list[int]:
        """Rows and columns."""
        return [int(self.tags[side].numbers[0]) for side in (_HEIGHT, _WIDTH)]

    @property
    def tiles(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where its tiles begin, and the bytes of each.

        Raises:
            OSError: one is missing.
        """
        offsets, counts = self.tags[_OFFSETS].numbers, self.tags[_COUNTS].numbers
        if not (counts.all() and offsets.all()):
            raise OSError(f"{self.path}: has no data of some tiles")
        return offsets, counts


def is_encoded_like(path: Path, other: Path) -> bool:
    """Whether the tiles of a file can stand in another: the same side, type and codec."""
    try:
        return _Tiff.read(path).encoding == _Tiff.read(other).encoding
    except (OSError, KeyError):  # which a reader of rasters tells more about
        return False


def join_cog(target: Path, form: Path, levels: Sequence[Sequence[Level]]) -> None:
    """Write a COG of the tiles of other files.

    Args:
        form: a tiled GeoTIFF of GDAL that says all but where the tiles are: size, type, codec, CRS,
            bands, colours, tags.
        levels: the rasters whose tiles are the full resolution, and those of each overview. Several
            are the bands of `form`, which has them one after the other.

    Raises:
        InputError: a file has other tiles than it should.
        OSError: a file cannot be read or written whole.
    """
    like = _Tiff.read(form)
    files = [[_Tiff.read(*each) for each in level] for level in levels]
    for first, *others in files:
        for tiff in (first, *others):
            if tiff.encoding != like.encoding:
                raise InputError(f"{tiff.path}: is encoded otherwise than {form}")
            if tiff.shape != first.shape:
                raise InputError(f"{tiff.path}: is of another size than {first.path}")
    single = like.tags[_BANDS].numbers.tolist() == [1]
    said = (_SAID if single else _SAID + _SAID_OF_BANDS).encode()
    ghost = b"GDAL_STRUCTURAL_METADATA_SIZE=%06d bytes\n" % len(said) + said
    directories = [_directory(like, number, level) for number, level in enumerate(files)]
    start = _even(like.form.head + len(ghost))
    places = np.cumsum([start, *map(like.form.size, directories)]).tolist()
    end = places[-1]
    for tags in reversed(directories):
        sizes = tags[_COUNTS].numbers + _AROUND
        tags[_OFFSETS] = _Tag.of(tags[_OFFSETS].kind, end + np.cumsum(sizes) - sizes + _AROUND // 2)
        end += int(sizes.sum())
    with target.open("wb") as file:
        file.write((like.form.header(start) + ghost).ljust(start, b"\0"))
        for tags, (at, then) in zip(directories, pairwise(places), strict=True):
            file.write(like.form.written(tags, at, 0 if tags is directories[-1] else then))
        for tile in chain.from_iterable(map(_tiles, chain.from_iterable(reversed(files)))):
            file.write(struct.pack("<I", len(tile)) + tile + tile[-_AROUND // 2 :])


def _directory(like: _Tiff, level: int, files: Sequence[_Tiff]) -> dict[int, _Tag]:
    """The directory of a level, but for where its tiles are."""
    tags = dict(like.tags)
    if level:
        tags = {number: tag for number, tag in tags.items() if number not in _OF_THE_WHOLE}
        tags[_SUBFILE] = _Tag.of(_LONG, [_REDUCED])
        tags |= {side: files[0].tags[side] for side in (_WIDTH, _HEIGHT)}
    counts = np.concatenate([tiff.tiles[1] for tiff in files])
    tags[_COUNTS] = _Tag.of(_LONG, counts)
    tags[_OFFSETS] = _Tag.of(_LONG8 if like.form.big else _LONG, np.zeros_like(counts))
    return tags


def _tiles(tiff: _Tiff) -> Iterator[bytes]:
    """The tiles of a file, encoded.

    Raises:
        OSError: the file is shorter than it says.
    """
    with tiff.path.open("rb") as file:
        for offset, count in zip(*tiff.tiles, strict=True):
            file.seek(offset)
            yield _exactly(file, count)
