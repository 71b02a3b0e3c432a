"""What is kept of one asset: its bytes, or, where GDAL fetches them, what it made of them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.files import fingerprint
from lccs_inputs.imagery.cache.folder import ImageryCache
from lccs_inputs.imagery.cache.kept import FullError, KeptFile
from lccs_inputs.imagery.cache.sparse import StaleError

Decode = Callable[[Window], NDArray[Any]]
"""Gives the numbers of a window."""
Place = tuple[int, int]
"""Row and column of a block among the blocks of a raster."""

_MOST = 2**24  # px that are decoded at once


class KeptAsset:
    """What is kept of an asset.

    Args:
        place: its address, unsigned, and whatever else makes it another asset.
    """

    def __init__(self, cache: ImageryCache, place: str) -> None:
        self._cache, self._place = cache, place

    def file(self, name: str) -> KeptFile:
        """What is kept under a name."""
        return self._cache.file(self._place, name)

    def document(self, name: str) -> Mapping[str, Any] | None:
        """A document that was kept; None if it was not."""
        with closing(self.file(name)) as file:
            whole = [(0, file.size)]
            if not file.size or file.missing(whole):
                return None
            found: Mapping[str, Any] = json.loads(file.read(0, file.size))
            return found

    def keep(self, name: str, document: Mapping[str, Any]) -> None:
        """Keep a document, in place of another of its name, if there is room."""
        text = json.dumps(document, sort_keys=True).encode()
        try:
            with self._begun(name, len(text), fingerprint(document)) as file:
                file.write(0, text)
                file.add([(0, len(text))])
        except FullError as error:
            self.do_without(error)

    def do_without(self, error: FullError) -> None:
        """Go on although there is no room to keep something."""
        self._cache.tell_full(error)

    def forget(self, name: str) -> None:
        """Forget what is kept under a name."""
        with closing(self.file(name)) as file:
            file.drop()

    def numbers(
        self, name: str, window: Window, decode: Decode, *, shape: tuple[int, int],
        block: tuple[int, int], dtype: str, version: str,
    ) -> NDArray[Any]:  # fmt: skip
        """Numbers of a raster; whole blocks of it are decoded and kept, where they are not yet, and
        there is room.

        Args:
            name: of the raster among those of the asset.
            window: what of it is wanted.
            shape, block: height and width of the raster and of its blocks, px.
            version: changes with its numbers.
        """
        try:
            return self._numbers(name, window, decode, shape, block, dtype, version)
        except FullError as error:
            self.do_without(error)
            return decode(window)

    def _numbers(
        self, name: str, window: Window, decode: Decode, shape: tuple[int, int],
        block: tuple[int, int], dtype: str, version: str,
    ) -> NDArray[Any]:  # fmt: skip
        down, across = -(-shape[0] // block[0]), -(-shape[1] // block[1])
        itemsize, pixels = np.dtype(dtype).itemsize, block[0] * block[1]
        room = pixels * itemsize  # for each block, of which those at the edges leave some
        with self._begun(name, down * across * room, version) as file:
            blocks = _blocks(window, shape, block)
            places = {at: (at[0] * across + at[1]) * room for at in blocks}
            ranges = {
                at: (places[at], places[at] + each.width * each.height * itemsize)
                for at, each in blocks.items()
            }
            absent = [at for at in blocks if file.missing([ranges[at]])]
            for run in _runs(absent, across, _MOST // pixels):
                _keep_run(file, [blocks[at] for at in run], [places[at] for at in run], decode)
            file.add(ranges[at] for at in absent)
            found = np.empty((window.height, window.width), dtype)
            for at, each in blocks.items():
                data = np.frombuffer(file.read(ranges[at][0], ranges[at][1] - ranges[at][0]), dtype)
                _put(data.reshape(each.height, each.width), each, found, window)
            return found

    @contextmanager
    def _begun(self, name: str, size: int, version: str) -> Iterator[KeptFile]:
        """A file of a size and a version, in place of any other."""
        with closing(self.file(name)) as file:
            try:
                file.expect(size, version)
            except StaleError:
                pass
            else:
                yield file
                return
        with closing(self.file(name)) as file:
            file.expect(size, version)
            yield file


def _blocks(window: Window, shape: tuple[int, int], block: tuple[int, int]) -> dict[Place, Window]:
    """The blocks that a window touches, by their place among the blocks."""
    height, width = block
    (top, bottom), (left, right) = window.toranges()
    return {
        (row, col): Window(
            col * width, row * height,
            min(width, shape[1] - col * width), min(height, shape[0] - row * height),
        )
        for row in range(top // height, (bottom - 1) // height + 1)
        for col in range(left // width, (right - 1) // width + 1)
    }  # fmt: skip


def _runs(places: Iterable[Place], across: int, most: int) -> list[list[Place]]:
    """Blocks that lie beside each other, or below where they are rows, together: they are decoded
    at once.

    Args:
        across: blocks in a row.
        most: blocks in a run.
    """
    runs: list[list[Place]] = []
    for row, col in places:
        before = (row, col - 1) if across > 1 else (row - 1, col)
        if runs and runs[-1][-1] == before and len(runs[-1]) < most:
            runs[-1].append((row, col))
        else:
            runs.append([(row, col)])
    return runs


def _keep_run(
    file: KeptFile, blocks: Sequence[Window], places: Sequence[int], decode: Decode
) -> None:
    left, top = blocks[0].col_off, blocks[0].row_off
    right = blocks[-1].col_off + blocks[-1].width
    bottom = blocks[-1].row_off + blocks[-1].height
    values = decode(Window(left, top, right - left, bottom - top))
    for each, place in zip(blocks, places, strict=True):
        rows = slice(each.row_off - top, each.row_off - top + each.height)
        cols = slice(each.col_off - left, each.col_off - left + each.width)
        file.write(place, np.ascontiguousarray(values[rows, cols]).tobytes())


def _put(values: NDArray[Any], source: Window, target: NDArray[Any], window: Window) -> None:
    """Copy what of a block lies in a window."""
    top, left = max(source.row_off, window.row_off), max(source.col_off, window.col_off)
    bottom = min(source.row_off + source.height, window.row_off + window.height)
    right = min(source.col_off + source.width, window.col_off + window.width)
    target[
        top - window.row_off : bottom - window.row_off,
        left - window.col_off : right - window.col_off,
    ] = values[
        top - source.row_off : bottom - source.row_off,
        left - source.col_off : right - source.col_off,
    ]
