"""Where the tiles of a JPEG 2000 file lie in it, so that their bytes can be asked for at once.

ISO/IEC 15444-1, annexes A and I. A file can list the lengths of its tiles (marker TLM); in one that
does not, as older ones of Sentinel-2, each tile says where the next begins: they are gone through
as far as is needed.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rasterio.windows import Window

from lccs_inputs.imagery.cache.ranges import Range
from lccs_inputs.imagery.composite.fetching import GAP
from lccs_inputs.imagery.composite.tiff import Read
from lccs_inputs.imagery.composite.weighing import blocks_under

_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_SOC, _SOT, _END = b"\xff\x4f", b"\xff\x90", b"\xff\xd9"
_SIZ, _COD, _TLM = b"\xff\x51", b"\xff\x52", b"\xff\x55"
_START = ">4xHIxB"
"""After its marker, a part of a tile says the number of the tile, the length of the part (0 = to
the end), and how many parts the tile has (0 = it does not say)."""
_START_SIZE = struct.calcsize(_START)


@dataclass
class Tiles:
    """The tiles of a file, of which the parts that were found so far are known.

    Attributes:
        shape: height and width of the image, px.
        block: those of its tiles.
        levels: how often it is halved, at most.
        end: of the codestream.
        size: of the file, bytes.
        following: where the next part begins that is not known yet; `end` if all are.
    """

    read: Read
    shape: tuple[int, int]
    block: tuple[int, int]
    levels: int
    end: int
    size: int
    following: int
    _parts: dict[int, list[Range]] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)

    def ranges(self, windows: Iterable[Window]) -> Iterator[Range]:
        """First byte and end of each part of the tiles that windows touch; or of all the file.

        That is where looking for the parts takes more than it spares, or where they do not follow
        each other.
        """
        across = -(-self.shape[1] // self.block[1])
        wanted = set()
        for window in windows:
            rows, cols = blocks_under(window, self.block)
            wanted.update((rows[:, None] * across + cols).ravel().tolist())
        missing = {tile for tile in wanted if not self._is_known(tile)}
        spare = self.size * (1 - len(wanted) / (across * -(-self.shape[0] // self.block[0])))
        is_dear = missing and spare < GAP * (max(missing) + 1 - len(self._parts))
        if is_dear or not all(self._find(tile) for tile in sorted(missing)):
            yield 0, self.size
            return
        for tile in sorted(wanted):
            for start, end in self._parts.get(tile, []):
                yield start, min(end + _START_SIZE, self.size)  # decoders look at what follows

    def around(self, window: Window) -> Window:
        """The pixels that reading a window at less than the full resolution may touch."""
        (top, bottom), (left, right) = window.toranges()
        height, width = self.shape
        more = 2**self.levels
        return Window.from_slices(
            (max(0, int(top) - more), min(height, int(bottom) + 1 + more)),
            (max(0, int(left) - more), min(width, int(right) + 1 + more)),
        )

    def _is_known(self, tile: int) -> bool:
        """Whether all parts of a tile are known."""
        found = len(self._parts.get(tile, []))
        return self.following >= self.end or 0 < self._counts.get(tile, 0) <= found

    def _find(self, wanted: int) -> bool:
        """Go through the parts until those of a tile are known; whether they follow each other."""
        while not self._is_known(wanted):
            at = self.following
            head = self.read(at, _START_SIZE)
            if head[:2] == _END or at == self.end:
                self.following = self.end
                continue
            if len(head) < _START_SIZE or head[:2] != _SOT:
                return False
            tile, length, count = struct.unpack(_START, head)
            end = at + length if length else self.end
            if not at + _START_SIZE < end <= self.end:
                return False
            self._parts.setdefault(tile, []).append((at, end))
            self._counts[tile] = max(count, self._counts.get(tile, 0))
            self.following = end
        return True

    def _list(self, lengths: Iterable[tuple[int, int]]) -> None:
        """Take the parts of all tiles from the list of the file, if it is one.

        Args:
            lengths: tile and bytes of each part.
        """
        at, parts = self.following, dict[int, list[Range]]()
        for tile, length in lengths:
            parts.setdefault(tile, []).append((at, at + length))
            at += length
        if parts and at == self.end - len(_END):
            self._parts, self.following = parts, self.end


def tiles_of(read: Read, size: int) -> Tiles | None:
    """The tiles of a JPEG 2000 file; None if it is none, is cut short, or is read as a whole.

    What is read on the way, through a reader that fetches, is all that GDAL reads to open it.

    Args:
        size: of the file, bytes.
    """
    if read(0, len(_SIGNATURE)) != _SIGNATURE:
        return None
    try:
        streams = [(at, end) for kind, at, end in _boxes(read, size) if kind == b"jp2c"]
        return _tiles(read, *streams[0], size) if len(streams) == 1 else None
    except (struct.error, IndexError):
        return None


def ends_early(read: Read, size: int) -> bool:
    """Whether the codestream of a JPEG 2000 file lacks its end; False for another file.

    GDAL reads such a file all the same, and gives numbers that nobody ever stored.
    """
    if read(0, len(_SIGNATURE)) != _SIGNATURE:
        return False
    ends = [end for kind, _, end in _boxes(read, size) if kind == b"jp2c"]
    return not ends or any(read(end - len(_END), len(_END)) != _END for end in ends)


def _boxes(read: Read, size: int) -> Iterator[tuple[bytes, int, int]]:
    """The kind of each box, the first byte of what it holds, and its end; pixels are not read."""
    at = 0
    while at + 8 <= size:
        length, kind = struct.unpack(">I4s", read(at, 8))
        start = at + 8
        if length == 1:
            (length,), start = struct.unpack(">Q", read(at + 8, 8)), at + 16
        end = min(at + length, size) if length else size
        if end < start:
            return
        if kind != b"jp2c":
            read(start, end - start)
        yield kind, start, end
        at = end


def _tiles(read: Read, at: int, end: int, size: int) -> Tiles | None:
    """The tiles of a codestream, by its main header."""
    segments: dict[bytes, list[bytes]] = {}
    if read(at, 2) != _SOC:
        return None
    at += 2
    while at + 4 <= end:
        marker, length = struct.unpack(">2sH", read(at, 4))
        if marker == _SOT:
            break
        segments.setdefault(marker, []).append(read(at + 4, length - 2))
        at += 2 + length
    if _SIZ not in segments or _COD not in segments:
        return None
    width, height, *corner, across, down, left, top = struct.unpack(">2x8I", segments[_SIZ][0][:34])
    if any((*corner, left, top)):
        return None
    found = Tiles(read, (height, width), (down, across), segments[_COD][0][5], end, size, at)
    found._list(_listed(segments.get(_TLM, [])))
    return found


def _listed(segments: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Tile and bytes of each part, as the list of a file says it."""
    number = 0
    for segment in sorted(segments, key=lambda each: each[0]):
        kind = segment[1] >> 4 & 3
        form = f">{('', 'B', 'H')[kind]}{'I' if segment[1] >> 6 & 1 else 'H'}"
        entries = segment[2:]
        whole = len(entries) // struct.calcsize(form) * struct.calcsize(form)
        for *tile, length in struct.iter_unpack(form, entries[:whole]):
            yield (tile[0] if tile else number), length
            number += 1
