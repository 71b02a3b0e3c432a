"""The index of a kept file: what is in it, and how it is known that it still is.

It is replaced as a whole, after the bytes are written. Each piece has a checksum, and so has the
index itself: after a kill, a power cut, or a flipped bit, less is there than was written, and
nothing else.
"""

import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from lccs_inputs.imagery.cache.ranges import Range
from lccs_inputs.sharing import replace_file

Piece = tuple[int, int, int]
"""First byte, end, and CRC-32 of what lies between."""

LARGEST = 2**20
"""Bytes of a piece, at most: all of it is read where a part is needed."""


@dataclass(frozen=True)
class Index:
    """What an index says.

    Attributes:
        data: name of the file with the bytes, beside the index: another for every beginning, so
            that nobody takes the holes of a new one for bytes of an old one.
        size: of the whole, bytes.
        version: changes with the bytes of the whole.
    """

    data: str
    size: int
    version: str
    pieces: tuple[Piece, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Index | None":
        """The index at a path; None if there is none that is whole."""
        try:
            checksum, _, text = path.read_bytes().partition(b"\n")
            if int(checksum, 16) != zlib.crc32(text):
                return None
            document = json.loads(text)
            pieces = tuple((start, end, found) for start, end, found in document.pop("pieces"))
            return cls(**document, pieces=pieces)
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Replace what is at a path, which its lock is held of."""
        text = json.dumps(asdict(self)).encode()
        replace_file(path, b"%08x\n%s" % (zlib.crc32(text), text), durable=False)


def cut(came: Range) -> Iterable[Range]:
    """The ranges of the pieces of what came."""
    start, end = came
    for at in range(start - start % LARGEST, end, LARGEST):
        yield max(at, start), min(at + LARGEST, end)


def merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The pieces in order, without those that lie within another."""
    found: list[Piece] = []
    for piece in sorted(pieces, key=lambda each: (each[0], -each[1])):
        if not found or piece[1] > found[-1][1]:
            found.append(piece)
    return tuple(found)
