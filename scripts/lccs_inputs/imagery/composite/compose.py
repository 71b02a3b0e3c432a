"""Compositing a block: from the frozen scene list to medians, clear counts, and what else is asked.

Every native block is decoded once; docs/architecture.md tells how. Every pixel is computed from its
own observations alone, in whole numbers until the last step, so the result does not depend on how
an area is cut into blocks, nor on memory or threads.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.facts.sensors import CLEAR_COUNT, SCENE_NODATA, Mask, Sensor
from lccs_inputs.imagery.cache.folder import ImageryCache
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.observations import Bits, Decided, Encoding, Observer
from lccs_inputs.imagery.composite.opening import is_remote
from lccs_inputs.imagery.composite.order_statistics import (
    Floats,
    Keys,
    pixels_at_a_time,
    summarise,
)
from lccs_inputs.imagery.composite.over_observations import over_observations
from lccs_inputs.imagery.composite.pixels import TargetPixels
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.composite.rows import Room, Rows
from lccs_inputs.imagery.observables import Observable, bands_read, observables
from lccs_inputs.imagery.scenes import Scene, SceneList, day_of
from lccs_inputs.imagery.stac.signing import signer
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env, tiled
from lccs_inputs.rasters.writing import TILE, create_raster

BUDGET = 600 * 2**20
"""Bytes of observations that a job keeps in memory."""

CONNECTIONS = 8
"""Requests that a job has under way at a time."""

_WORKING = 12  # bytes a thread needs for each native pixel under a piece: frames, and their rows
_FRAME = 4096  # native px, about the largest side of what is read of a scene at a time
_AHEAD = 2  # items whose bytes are fetched ahead for each connection; they wait on the disk
_SHARED = 2**16  # pixels summarised at a time, from which on two threads are faster than one
_LARGEST = 32767

Stored = NDArray[np.int16]
Passes = Sequence[Sequence[Scene]]
Item = TypeVar("Item")
Result = TypeVar("Result")
Coming = tuple[Item, Future[None]]
"""An item, and the end of fetching what it needs."""
Fetched = tuple[int, str]
"""The number of a pass, and a band of which everything that is needed is there."""

_log = logging.getLogger(__name__)


def compose_block(
    scene_list: SceneList,
    sensor: Sensor,
    mask: Mask | None,
    block_grid: Grid,
    area: Area,
    target: Path,
    wanted: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
    *,
    budget: int = BUDGET,
    threads: int = 1,
    connections: int = CONNECTIONS,
    store: ObjectStore | None = None,
    cache: ImageryCache | None = None,
) -> None:
    """Compose one block of a scene set and write it as a tiled GeoTIFF.

    Bands are `Sensor.scene_set_bands`, or those wanted: int16, nodata −32768, scale as GDAL band
    scale. Reflectance and indices are × 10⁴, backscatter is decibels × 100, days and months are
    whole. Pixels outside the area are nodata; pixels in it that no scene saw clearly are nodata
    too, with a clear count of 0. What does not fit is clipped; the tag `clipped` counts it, in the
    bands that are written only.

    Args:
        mask: the cloud mask and the values it removes; None keeps every observation.
        block_grid: the grid of the block, `area.block_grid(block)`.
        wanted: bands, those of `imagery.observables` among them; empty for all of the sensor's.
            Which observations count does not hang on it.
        tags: further dataset tags.
        budget: bytes to keep in memory, of observations and of what threads work on; what is
            beyond goes to a scratch file beside the target.
        threads: how many cores to use; the bytes written do not hang on it.
        connections: requests under way at a time, where scenes are remote.
        store: what scenes are read from with keys.
        cache: what was read of remote scenes before; no pixel hangs on what is in it.

    Raises:
        SourceError: an asset is missing, unreadable after retries, or not encoded as the sensor's
            are; names scene and asset.
        InputError: the target, or scratch space, could not be written whole.
    """
    names = tuple(wanted) or sensor.scene_set_bands
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        gdal_env(),
        AssetReader(signer(scene_list.sign), Fetching(connections, target), store, cache) as reader,
        Room(budget, target.parent) as room,
        Workers(threads, connections if is_far(scene_list) else 0) as workers,
    ):
        pieces: list[_Piece] = []
        for window, grid in pieces_of(block_grid, sensor):
            inside = area.mask(grid)
            if inside.any():
                pixels = TargetPixels(grid, inside, room, sensor.resolution)
                observer = Observer(reader, sensor, mask, pixels)
                piece = _Piece(window, sensor, names, observer, pixels, room, workers)
                with room.taken(threads * _working(grid, sensor)):
                    piece.compose(scene_list.observations)
                pieces.append(piece)
        # All is read by now: what GDAL writes when does not depend on what it reads meanwhile.
        clipped = sum(piece.clipped for piece in pieces)
        with create_raster(
            target, block_grid, names, "int16", SCENE_NODATA, scales=sensor.scales_of(names),
            tags={**(tags or {}), "clipped": str(clipped), **reader.inherited_tags},
            threads=threads,
        ) as raster:  # fmt: skip
            tops = range(0, block_grid.height, TILE)
            strips = workers.each(partial(_strip, block_grid, pieces, names), tops)
            for top, strip in zip(tops, strips, strict=True):
                raster.write(strip, window=Window(0, top, *strip.shape[:0:-1]))
    if clipped:
        _log.warning("%s: %d values did not fit and were clipped", target, clipped)


def is_far(scene_list: SceneList) -> bool:
    """Whether anything of it is read over a network."""
    return any(
        is_remote(asset.href) for scene in scene_list.scenes for asset in scene.assets.values()
    )


class Workers:
    """Threads that share the work of a block, and threads that fetch ahead what it will need."""

    def __init__(self, threads: int, connections: int) -> None:
        self._threads, self._connections = threads, connections
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._fetchers = ThreadPoolExecutor(connections) if connections else None

    def each(self, action: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """`map`, in order, with one more result under way than there are threads.

        So none waits for another to be taken.
        """
        if self._pool is None:
            yield from map(action, items)
            return
        waiting = deque[Future[Result]]()
        for item in items:
            if len(waiting) > self._threads:
                yield waiting.popleft().result()
            waiting.append(self._pool.submit(action, item))
        while waiting:
            yield waiting.popleft().result()

    def fetched(
        self, fetch: Callable[[Item], None], items: Iterable[Item], ahead: int = _AHEAD
    ) -> Iterator[Item]:
        """The items, each once `fetch` has got what it needs.

        Args:
            ahead: how many for each connection. Fewer where items take time, or where what they
                lead to is to be fetched soon.
        """
        if self._fetchers is None:
            return iter(items)
        left = iter(items)
        most = ahead * self._connections
        coming = deque(self._begun(fetch, item) for item in islice(left, most))
        return self._arriving(fetch, left, coming, most)

    def _arriving(
        self,
        fetch: Callable[[Item], None],
        left: Iterator[Item],
        coming: deque[Coming[Item]],
        most: int,
    ) -> Iterator[Item]:
        while coming:
            item, arrived = coming.popleft()
            arrived.result()
            coming.extend(self._begun(fetch, each) for each in islice(left, most - len(coming)))
            yield item

    def _begun(self, fetch: Callable[[Item], None], item: Item) -> Coming[Item]:
        assert self._fetchers is not None
        return item, self._fetchers.submit(fetch, item)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in (self._fetchers, self._pool):
            if pool is not None:
                pool.shutdown(cancel_futures=True)


def pieces_of(block: Grid, sensor: Sensor) -> Iterator[tuple[Window, Grid]]:
    """The block; or squares of it, where its pixels are so coarse that what is read is too large.

    They start at the corner of the block, and most sizes hold whole tiles of the target.
    """
    side = _FRAME
    while side > 1 and side * block.resolution > _FRAME * sensor.resolution:
        side //= 2
    for window in tiled(block.shape, side):
        yield window, block.subgrid(window.col_off, window.row_off, window.width, window.height)


def _working(piece: Grid, sensor: Sensor) -> int:
    """Bytes that a thread needs at a time, beside what lies in rows."""
    finer = max(1.0, piece.resolution / sensor.resolution)  # of degrees never
    return round(piece.width * piece.height * finer**2 * _WORKING)


class _Piece:
    """A piece of a block, most often all of it.

    Attributes:
        window: where it lies in the block.
        pixels: those of it that lie in the area.
        bands: what was asked for, int16 rows by name, once composed.
        clipped: numbers that did not fit, of observations and of statistics.
    """

    def __init__(
        self, window: Window, sensor: Sensor, names: Sequence[str], observer: Observer,
        pixels: TargetPixels, room: Room, workers: Workers,
    ) -> None:  # fmt: skip
        self.window, self.pixels = window, pixels
        self._sensor, self._names, self._observer = sensor, names, observer
        self._room, self._workers = room, workers
        self.bands = room.rows(pixels.count, np.int16)
        self.clipped = 0
        self._left = observables(names, sensor)
        self._held: dict[str, Rows] = {}

    def compose(self, passes: Passes) -> None:
        steps = sum(map(len, passes)) + len(passes) * len(self._sensor.bands)
        days, further = [day_of(scenes) for scenes in passes], self._further()
        with tqdm(desc="compose", total=steps, unit="asset", mininterval=1) as progress:
            bits = self._room.rows(-(-self.pixels.count // 8), np.uint8)

            def fetch(wanted: Fetched) -> None:
                at, band = wanted
                self._observer.fetch(passes[at], _of_pass(bits, at, passes[at]), band)

            clear = self._mask(passes, bits, progress)
            deciding = self._workers.fetched(
                fetch, ((at, band) for at in clear for band in self._sensor.validity_bands), ahead=1
            )
            rows = self._decide(passes, bits, deciding, progress)
            seen = sorted({at for at, _ in bits.keys})
            ready = self._workers.fetched(fetch, ((at, band) for band in further for at in seen))
            for band in further:
                self._summarise(rows, days)
                of_band = islice(ready, len(seen))
                rows = {band: self._observe(passes, bits, band, of_band, progress)}
            self._summarise(rows, days)
        bits.end()

    def _further(self) -> list[str]:
        """The bands that decide nothing; first those that others wait for, which are kept then."""
        read = bands_read(self._names, self._sensor)
        further = [band for band in read if band not in self._sensor.validity_bands]
        awaited = {band for each in self._left for band in each.bands}
        return sorted(further, key=lambda band: band not in awaited)

    def _mask(self, passes: Passes, bits: Rows, progress: "tqdm[Any]") -> Iterator[int]:
        """The passes that are clear anywhere; a row of bits for each (pass, scene) that is."""
        scenes = [scene for scenes in passes for scene in scenes]
        ready = self._workers.fetched(self._observer.fetch_masks, scenes, ahead=1)
        unmasked = self._workers.each(self._observer.unmasked, ready)
        for at, of_pass in enumerate(passes):
            for nth, clear in enumerate(islice(unmasked, len(of_pass))):
                progress.update()
                if clear is not None:
                    bits.write((at, nth), clear)
            if any((at, nth) in bits for nth in range(len(of_pass))):
                yield at

    def _decide(
        self, passes: Passes, bits: Rows, ready: Iterator[Fetched], progress: "tqdm[Any]"
    ) -> dict[str, Rows]:
        """Settle what is an observation, which narrows `bits`; rows of the bands that say so."""
        bands = self._sensor.validity_bands
        rows = {band: self._room.rows(self.pixels.count, np.uint16) for band in bands}
        count = np.zeros(self.pixels.count, np.int16)

        def decide(fetched: Sequence[Fetched]) -> tuple[int, Decided]:
            at, _ = fetched[-1]
            return at, self._observer.decide(passes[at], _of_pass(bits, at, passes[at]))

        of_passes = zip(*[ready] * len(bands), strict=True)
        for at, seen in self._workers.each(decide, of_passes):
            progress.update(len(bands))
            self.clipped += sum(seen.clipped[band] for band in bands if band in self._names)
            count += seen.observed
            for nth, taken in enumerate(seen.taken):
                bits.replace((at, nth), taken)
            if any(taken is not None for taken in seen.taken):
                for band in bands:
                    rows[band].write(at, seen.rows[band])
        self.bands.write(CLEAR_COUNT, count)
        return rows

    def _observe(
        self,
        passes: Passes,
        bits: Rows,
        band: str,
        ready: Iterator[Fetched],
        progress: "tqdm[Any]",
    ) -> Rows:
        """Rows of a band that decides nothing."""
        rows = self._room.rows(self.pixels.count, np.uint16)

        def observe(fetched: Fetched) -> tuple[int, Keys, int]:
            at, _ = fetched
            return at, *self._observer.observe(passes[at], _of_pass(bits, at, passes[at]), band)

        for at, keys, clipped in self._workers.each(observe, ready):
            progress.update()
            self.clipped += clipped if band in self._names else 0
            rows.write(at, keys)
        return rows

    def _summarise(self, rows: Mapping[str, Rows], days: Sequence[date]) -> None:
        """Write what is wanted of some bands, and of those that were kept; keep what is left."""
        self._held |= rows
        ready = [each for each in self._left if {*each.bands} <= self._held.keys()]
        self._left = [each for each in self._left if each not in ready]
        step = pixels_at_a_time(len(days))
        starts = range(0, self.pixels.count, step)
        medians = [band for band in rows if band in self._names]
        summarised = partial(self._slab, medians, ready, days, step)
        slabs = (self._workers.each if step >= _SHARED else map)(summarised, starts)
        for start, summaries in zip(starts, slabs, strict=True):
            for name, (values, beyond) in summaries.items():
                self.bands.write(name, values, start)
                self.clipped += beyond
        awaited = {band for each in self._left for band in each.bands}
        for band in self._held.keys() - awaited:
            self._held.pop(band).end()

    def _slab(
        self,
        medians: Sequence[str],
        ready: Sequence[Observable],
        days: Sequence[date],
        size: int,
        start: int,
    ) -> dict[str, tuple[Stored, int]]:
        """Bands of some pixels as they are stored, and how many numbers were clipped."""
        stop = min(start + size, self.pixels.count)
        encoding, steps = Encoding.of(self._sensor), round(1 / self._sensor.scale_of_bands)
        needed = {*medians} | {band for each in ready for band in each.bands}
        keys = {
            band: {at: rows.read(at, start, stop) for at in rows.keys}
            for band, rows in self._held.items()
            if band in needed
        }
        summaries = {}
        for band in medians:
            (median,) = summarise(list(keys[band].values()), ["median"], stop - start)
            summaries[band] = _stored(median, encoding)
        found = over_observations(ready, keys, days, encoding, steps, stop - start)
        return summaries | {name: _clipped_before(values) for name, values in found.items()}


def _of_pass(bits: Rows, at: int, scenes: Sequence[Scene]) -> list[Bits | None]:
    """The bits of each scene of a pass."""
    places = [(at, nth) for nth in range(len(scenes))]
    return [bits.read(place) if place in bits else None for place in places]


def _strip(grid: Grid, pieces: Sequence[_Piece], names: Sequence[str], top: int) -> Stored:
    """All bands of a row of whole tiles, shape (bands, height, width)."""
    height = min(TILE, grid.height - top)
    values = np.full((len(names), height, grid.width), SCENE_NODATA, np.int16)
    for piece in pieces:
        above, left = top - piece.window.row_off, piece.window.col_off
        last = min(above + height, piece.window.height)
        for rows, part in piece.pixels.strips(max(above, 0), last):
            within = slice(rows.start - above, rows.stop - above)
            for band, name in zip(values, names, strict=True):
                band[within, left : left + piece.window.width] = piece.pixels.spread(
                    piece.bands.read(name, part.start, part.stop), rows, SCENE_NODATA
                )
    return values


def _stored(values: Floats, encoding: Encoding) -> tuple[Stored, int]:
    """Statistics of keys as stored numbers, rounded half to even; and how many were clipped."""
    numbers = values * encoding.slope
    numbers += encoding.zero
    np.rint(numbers, out=numbers)
    beyond = int(np.count_nonzero(np.abs(numbers) > _LARGEST))  # NaN compares false
    if beyond:
        numbers.clip(-_LARGEST, _LARGEST, out=numbers)
    np.fmax(numbers, SCENE_NODATA, out=numbers)  # which is below all, in place of NaN
    return numbers.astype(np.int16), beyond


def _clipped_before(values: Floats) -> tuple[Stored, int]:
    """What comes of observations that were clipped themselves: those at the ends count."""
    stored, _ = _stored(values, Encoding(1, 0))
    return stored, int(np.count_nonzero(np.abs(stored) == _LARGEST))
