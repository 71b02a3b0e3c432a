"""What composing blocks from files will take, told from a few scenes that are opened.

Of the scenes of a pilot the native blocks under the area are counted as composing reads them, and
some are read to measure it. Other scenes are taken to be like them: what goes with opening files
by how many blocks they are opened for, the rest by how many pixels of the area they cover. Clouds
spare reads, which nobody knows before, and the imagery cache does: requests and bytes are an upper
bound. What lattices and writing take, a tenth or so, is not in core-hours.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rasterio.windows import Window

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.costs import HOUR, NOTHING, Cost, spread, total
from lccs_inputs.errors import UnreadableError
from lccs_inputs.facts.sensors import SENSORS, Mask
from lccs_inputs.imagery.composite.compose import is_far, pieces_of
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.observations import Bits, Observer
from lccs_inputs.imagery.composite.opening import is_remote
from lccs_inputs.imagery.composite.pixels import TargetPixels
from lccs_inputs.imagery.composite.reading import AssetReader, OpenAsset, within
from lccs_inputs.imagery.composite.rows import Room
from lccs_inputs.imagery.composite.summary_speed import summary_seconds
from lccs_inputs.imagery.composite.verdicts import SIDE
from lccs_inputs.imagery.composite.weighing import pixels_decoded
from lccs_inputs.imagery.coverage import Coverage, Touched
from lccs_inputs.imagery.engine import Ahead
from lccs_inputs.imagery.observables import bands_read
from lccs_inputs.imagery.scenes import Scene
from lccs_inputs.imagery.stac.signing import signer
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env

_SAMPLE = 512  # native px a side, of what is read of a scene to measure it

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Means:
    """What there is to work with.

    Attributes:
        cores: of the machine.
        threads: that a block can use.
        connections: requests under way at a time.
        store: what scenes are read from with keys.
    """

    cores: int
    threads: int
    connections: int
    store: ObjectStore | None = None


@dataclass(frozen=True)
class _Count:
    """What an asset takes to be read for a block, or to be looked at; None where it is not known.

    Attributes:
        opened, data: bytes of directories, and of native blocks.
        pixels: native, that are decoded.
    """

    requests: int | None
    opened: int | None
    data: int | None
    pixels: int = 0


@dataclass
class _Speed:
    """Seconds that some amount of work took: of the processor, and of waiting."""

    amount: float = 0.0
    busy: float = 0.0
    waiting: float = 0.0

    @contextmanager
    def of(self, amount: float) -> Iterator[None]:
        """Measure so much of the work."""
        started, busy = time.monotonic(), time.process_time()
        yield
        worked = time.process_time() - busy
        self.amount += amount
        self.busy += worked
        self.waiting += max(0.0, time.monotonic() - started - worked)

    def at(self, amount: float) -> tuple[float, float]:
        """Seconds of the processor and of waiting that so much of the work takes."""
        share = amount / self.amount if self.amount else 0.0
        return self.busy * share, self.waiting * share


def estimate_blocks(ahead: Ahead, area: Area, pilot: int, means: Means) -> Cost:
    """What composing blocks takes.

    Args:
        pilot: how many scenes are opened and measured; with none, nothing is known.

    Raises:
        SourceError: a scene of the pilot cannot be read.
    """
    coverage = Coverage(ahead, area)
    if not coverage.scenes:
        return NOTHING
    chosen = spread(coverage.scenes, pilot)
    if not chosen:
        return _unknown("nothing is measured without a pilot")
    with (
        TemporaryDirectory() as folder,
        gdal_env(),
        AssetReader(
            signer(ahead.scenes.sign), Fetching(means.connections, Path(folder) / "p"), means.store
        ) as reader,
        Room(0, Path(folder)) as room,
    ):
        return _Pilot(ahead, coverage, area, reader, room, chosen).cost(means)


class _Pilot:
    """Some scenes, opened and measured."""

    def __init__(
        self, ahead: Ahead, coverage: Coverage, area: Area, reader: AssetReader, room: Room,
        scenes: Sequence[Scene],
    ) -> None:  # fmt: skip
        request = coverage.blocks[0].request
        assert request.mask is None or isinstance(request.mask, Mask)  # of files
        self._sensor, self._mask = SENSORS[request.sensor], request.mask
        self._ahead, self._coverage, self._area = ahead, coverage, area
        self._reader, self._room, self._scenes = reader, room, scenes
        self._opening, self._reading = _Speed(), _Speed()

    def cost(self, means: Means) -> Cost:
        """What all scenes take."""
        self._scenes = [scene for scene in self._scenes if self._is_done(self._open, scene)]
        if not self._scenes:
            return _unknown("none of the scenes of the pilot can be read")
        counts = [count for each in self._coverage.blocks for count in self._counted(each)]
        looks = [each for scene in self._scenes for each in self._looks(scene)]
        read = [self._is_done(self._read, scene) for scene in self._scenes]
        coverage, chosen = self._coverage, self._scenes
        by_reads = coverage.reads / coverage.reads_of(chosen)
        by_pixels = coverage.pixels_of(coverage.scenes) / coverage.pixels_of(chosen)
        by_scenes = len(self._ahead.scenes.scenes) / len(chosen)
        opened = len(counts) * by_reads + len(looks) * by_scenes
        decoded = sum(each.pixels for each in counts) * by_pixels
        busy, hours = self._time(opened, decoded, means)
        requests = (
            _times(total(each.requests for each in counts), by_reads),
            _times(total(each.requests for each in looks), by_scenes),
        )
        sizes = (
            _times(total(each.opened for each in counts), by_reads),
            _times(total(each.data for each in counts), by_pixels),
            _times(total(each.data for each in looks), by_scenes),
        )
        return Cost(
            requests=total(requests),
            bytes=total(sizes),
            kept=0,
            core_hours=busy if any(read) else None,
            eecu_hours=0,
            hours=hours if any(read) else None,
            notes=[*_notes(len(chosen), len(coverage.scenes), None in sizes)],
        )

    def _time(self, opened: float, pixels: float, means: Means) -> tuple[float, float]:
        """Core-hours, and hours, to open assets, read native pixels, and summarise."""
        coverage = self._coverage
        parts = [
            self._opening.at(opened),
            self._reading.at(pixels),
            (coverage.pixels * self._summary_seconds(), 0.0),
        ]
        busy, waiting = (sum(each) for each in zip(*parts, strict=True))
        cores = min(means.cores, means.threads * len(coverage.blocks))
        waiting *= is_far(self._ahead.scenes) / means.connections
        return busy / HOUR, max(busy / cores, waiting) / HOUR

    def _is_done(self, action: Callable[[Scene], None], scene: Scene) -> bool:
        """Whether a scene can be read; one that cannot is no reason to plan nothing."""
        try:
            action(scene)
        except UnreadableError as error:
            _log.warning("not measured: %s", error)
            return False
        return True

    def _names(self, touched: Touched) -> list[str]:
        """The assets that are read of a scene for a block."""
        masks = [each.asset for each in (self._mask, self._sensor.saturation) if each is not None]
        return [*masks, *bands_read(touched.request.bands, self._sensor)]

    def _open(self, scene: Scene) -> None:
        needed = {name for each in self._coverage.blocks for name in self._names(each)}
        names = [name for name in scene.assets if name in needed or not self._ahead.is_frozen]
        with self._opening.of(len(names)):
            for name in names:
                self._reader.asset(scene, name).weigh([])

    def _counted(self, touched: Touched) -> Iterator[_Count]:
        """What the scenes of the pilot take for a block."""
        keys = {scene.key for scene in self._scenes}
        scenes = [scene for scene in touched.scenes.scenes if scene.key in keys]
        for _, grid in pieces_of(touched.grid, self._sensor) if scenes else ():
            pixels = self._pixels(grid)
            for scene in scenes if pixels.count else ():
                for name in self._names(touched):
                    yield self._count(self._reader.asset(scene, name), pixels)

    def _count(self, asset: OpenAsset, pixels: TargetPixels) -> _Count:
        windows = self._windows(asset, pixels)
        decoded = pixels_decoded(windows, asset.block)
        weight = asset.weigh(windows)
        if weight is None:
            return _Count(None, None, None, decoded)
        requests = weight.opening_requests + weight.requests
        return _Count(requests, weight.opening_bytes, weight.bytes, decoded)

    def _windows(self, asset: OpenAsset, pixels: TargetPixels) -> list[Window]:
        native, everywhere = pixels.native(asset.grid), pixels.squares(_all(pixels))
        return [window for window, _ in native.windows(asset.grid, asset.block, everywhere)]

    def _looks(self, scene: Scene) -> Iterator[_Count]:
        """What a look at a scene takes of the network, before the list is frozen."""
        for name in () if self._ahead.is_frozen else scene.assets:
            asset = self._reader.asset(scene, name)
            window = within(asset.grid, self._area.grid)
            if window is not None and is_remote(asset.asset.href):
                yield _look(asset, window)

    def _read(self, scene: Scene) -> None:
        """Read a sample of a scene as composing does, but what a mask would spare."""
        pixels = self._pixels(self._sample(scene))
        if not pixels.count:
            return
        touched = next(each for each in self._coverage.blocks if scene in each.scenes.scenes)
        names = self._names(touched)
        bands = [name for name in names if name in self._sensor.bands]
        observer = Observer(self._reader, self._sensor, self._mask, pixels)
        assets = [self._reader.asset(scene, name) for name in names]
        amount = sum(pixels_decoded(self._windows(each, pixels), each.block) for each in assets)
        with self._reading.of(amount):
            observer.fetch_masks(scene)
            observer.unmasked(scene)
            for band in bands:
                observer.fetch([scene], [_all(pixels)], band)
                observer.observe([scene], [_all(pixels)], band)

    def _sample(self, scene: Scene) -> Grid:
        """A square in the midst of what a scene covers."""
        grid, point = self._area.grid, self._coverage.part(scene).representative_point()
        (width, height), (west, _, _, north) = grid.pixel, grid.bounds
        side = max(1, round(_SAMPLE / max(1.0, grid.resolution / self._sensor.resolution)))
        left = max(0, min(int((point.x - west) / width) - side // 2, grid.width - side))
        top = max(0, min(int((north - point.y) / height) - side // 2, grid.height - side))
        return grid.subgrid(left, top, min(side, grid.width), min(side, grid.height))

    def _pixels(self, grid: Grid) -> TargetPixels:
        return TargetPixels(grid, self._area.mask(grid), self._room, self._sensor.resolution)

    def _summary_seconds(self) -> float:
        bands = self._coverage.blocks[0].request.bands
        return summary_seconds(self._sensor, bands, round(self._coverage.observations))


def _look(asset: OpenAsset, window: Window) -> _Count:
    """What a look at a window takes."""
    weight = asset.weigh_look(window, SIDE)
    if weight is None:
        return _Count(None, None, None)
    requests = weight.opening_requests + weight.requests
    return _Count(requests, 0, weight.opening_bytes + weight.bytes)


def _all(pixels: TargetPixels) -> Bits:
    return np.full(-(-pixels.count // 8), 255, np.uint8)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _unknown(reason: str) -> Cost:
    return Cost(kept=0, eecu_hours=0, notes=[reason])


def _notes(chosen: int, scenes: int, is_unknown: bool) -> Iterator[str]:
    yield (
        f"from {chosen} of {scenes} scenes; requests and MB are at most: clouds spare reads, and "
        "so does what the cache has"
    )
    if is_unknown:
        yield "of some files only GDAL knows where their pixels lie, and it does not tell"
