"""Reading the assets of scenes: windows of them, and looks at them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.errors import WindowError
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.files import fingerprint
from lccs_inputs.imagery.cache.folder import ImageryCache
from lccs_inputs.imagery.cache.ranges import Range
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.file_facts import Facts, can_hold, read_mask
from lccs_inputs.imagery.composite.looks import on_overview, overview_for, touched
from lccs_inputs.imagery.composite.opening import AssetFile, Sign, is_remote
from lccs_inputs.imagery.composite.weighing import Weight
from lccs_inputs.imagery.scenes import Scene
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import whole_pixels
from lccs_inputs.rasters.synthetic import tags_if

Preview = np.ma.MaskedArray[Any, Any]
Take = Callable[[rasterio.DatasetReader, Window, NDArray[Any] | None], NDArray[Any]]
"""Reads a window, thinned out to the shape of an array, if one is given."""


class OpenAsset(AssetFile):
    """The pixels of one asset of one scene; from one thread at a time."""

    @property
    def grid(self) -> Grid:
        """Its native pixel grid.

        Raises:
            SourceError: it cannot be read, has no CRS, is not north up, or it cannot be told which
                of its bands is meant.
        """
        return self.facts.grid

    @property
    def block(self) -> tuple[int, int]:
        """Height and width of the blocks it is stored in, px.

        Raises:
            SourceError: as `grid`.
        """
        return self.facts.block

    @property
    def nodata(self) -> float | None:
        """The value that means "not observed": what the catalogue says, else the file.

        Neither counts where the numbers of the file cannot hold it.
        """
        facts = self.facts
        stated = (self.asset.nodata, facts.nodata)
        return next((value for value in stated if can_hold(facts.dtype, value)), None)

    @property
    def scaling(self) -> tuple[float, float]:
        """Scale and offset that the file declares; (1, 0) where it says neither."""
        return self.facts.scaling

    def fetch(self, windows: Iterable[Window]) -> None:
        """Fetch the bytes of some windows before they are read, where that is done here.

        Raises:
            SourceError: they cannot be had, after retries.
        """
        facts, parts = self.facts, list(windows)
        if self._fetching is not None:
            self.attempt(lambda _: self._fetch(facts, parts))

    def weigh(self, windows: Sequence[Window]) -> Weight | None:
        """What opening it and fetching some windows takes of the network; they are not fetched.

        None where it is not known: where GDAL fetches them.

        Raises:
            SourceError: it cannot be opened, after retries.
        """
        facts = self.facts
        if self._fetching is not None:
            return self.attempt(lambda _: self._lacking(self._ranges(facts, windows)))
        return None if is_remote(self.asset.href) else Weight(0, 0, 0, 0)

    def weigh_look(self, window: Window, side: int) -> Weight | None:
        """The same of a look at a window.

        Raises:
            SourceError: as `weigh`.
        """
        facts = self.facts
        if self._fetching is None:
            return self.weigh([whole_pixels(window)])
        return self.attempt(lambda _: self._lacking(self._look_ranges(facts, window, side)))

    def _lacking(self, ranges: Iterable[Range]) -> Weight:
        """What it takes to open a copy, and then to fetch some ranges."""
        assert self._copy is not None
        lacking = self._copy.lacking(ranges)  # a file of tiles can be asked where they are
        data = sum(end - start for start, end in lacking)
        return Weight(self._copy.asked, self._copy.received, len(lacking), data)

    @property
    def dtype(self) -> str:
        """Of the stored values.

        Raises:
            SourceError: as `grid`.
        """
        return self.facts.dtype

    def read(self, window: Window, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The stored values of a window, shape (height, width); in `out`, if it is given.

        Where the file says that it is not valid, they are nodata, 0 where none is declared: by a
        mask, by an alpha band, or by a nodata of its own beside that of the catalogue.

        Raises:
            SourceError: it cannot be read, after retries where it is remote.
        """
        facts = self.facts
        values = self.stored(window, out)
        if facts.nodata != self.nodata and can_hold(facts.dtype, facts.nodata):
            values[values == facts.nodata] = self.nodata
        if facts.valid is not None:
            values[self._numbers("mask", window, partial(_valid, facts), "uint8") == 0] = (
                self.nodata or 0
            )
        return values

    def stored(self, window: Window, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The numbers of a window as they are in the file, whatever they mean; as `read`."""
        facts = self.facts
        return self._numbers("band", window, partial(_stored, facts), facts.dtype, out)

    def _numbers(
        self, kind: str, window: Window, take: Take, dtype: str, out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """What is taken of a window; whole blocks of it are kept, where taking them is slow.

        Args:
            kind: "band" or "mask".
        """
        facts = self.facts

        def read(part: Window, out: NDArray[Any] | None = None) -> NDArray[Any]:
            def taken(data: rasterio.DatasetReader) -> NDArray[Any]:
                self._fetch(facts, [part])
                return take(data, part, out)

            return self.attempt(taken)

        if self._kept is None or not self._is_slow:
            return read(window, out)
        found = self._kept.numbers(
            f"{kind}-{facts.band}", window, read,
            shape=facts.grid.shape, block=facts.block, dtype=dtype,
            version=self._version + self._bytes_version,
        )  # fmt: skip
        if out is None:
            return found
        out[:] = found
        return out

    def preview(self, area: Grid, side: int) -> Preview:
        """The part within the box of `area`, shape (side, side), masked where it is not valid.

        The same part of every asset of a scene has the same shape, so that they lie on each other;
        (0, 0) where the asset does not reach into the box.

        Raises:
            SourceError: as `read`.
        """
        facts = self.facts
        window = within(facts.grid, area)
        if window is None:
            return np.ma.MaskedArray(np.empty((0, 0), facts.dtype))
        invalid = 0 if self.nodata is None else self.nodata
        values = self._look("look", window, side, partial(_stored, facts), facts.dtype)
        hidden: NDArray[np.bool_] = values == invalid
        if can_hold(facts.dtype, facts.nodata):
            hidden |= values == facts.nodata
        if facts.valid is not None:
            hidden |= self._look("look-mask", window, side, partial(_valid, facts), "uint8") == 0
        return np.ma.MaskedArray(values, hidden)

    def _look(self, kind: str, window: Window, side: int, take: Take, dtype: str) -> NDArray[Any]:
        """What is taken of a window, thinned out to (side, side); kept, as `_numbers` is."""
        facts, shape = self.facts, (side, side)
        if self._fetching is not None:
            return self.attempt(lambda _: self._look_at_copy(facts, window, side, take))

        def look(_: Window) -> NDArray[Any]:
            return self.attempt(lambda data: take(data, window, np.empty(shape, dtype)))

        if self._kept is None:
            return look(window)
        name = f"{kind}-{facts.band}-{fingerprint([*window.flatten(), side])}"
        return self._kept.numbers(
            name, Window(0, 0, side, side), look,
            shape=shape, block=shape, dtype=dtype, version=self._version,
        )  # fmt: skip

    def _overview(self, window: Window, side: int) -> tuple[int, Window]:
        """Which image of a copy a look takes, and the window of that."""
        number = overview_for(self._images, window, side)
        return number, on_overview(window, self._images[number], self._images[0])

    def _look_ranges(self, facts: Facts, window: Window, side: int) -> Iterator[Range]:
        """The bytes of a copy that hold what a look takes."""
        if self._images:
            number, part = self._overview(window, side)
            return self._ranges(facts, touched(part, self._images[number], side), number)
        return self._ranges(facts, [self._tiles.around(window)] if self._tiles else [])

    def _look_at_copy(self, facts: Facts, window: Window, side: int, take: Take) -> NDArray[Any]:
        """The same of a copy, of which the blocks that it takes are fetched."""
        assert self._copy is not None
        self._copy.fetch(self._look_ranges(facts, window, side))
        seen = np.empty((side, side), facts.dtype)
        if not self._images:
            return take(self._opened(), window, seen)
        number, part = self._overview(window, side)
        level = f"{number - 1}only" if number else "NONE"
        with self._opened_copy(overview_level=level) as data:
            return take(data, part, seen)

    @property
    def is_synthetic(self) -> bool:
        """Whether it says that it is made up; False as long as nobody has looked."""
        return self._facts is not None and self._facts.is_synthetic


class AssetReader:
    """The opened assets of one job; a context manager that closes them."""

    def __init__(
        self,
        sign: Sign,
        fetching: Fetching | None = None,
        store: ObjectStore | None = None,
        cache: ImageryCache | None = None,
    ) -> None:
        self._options = sign, fetching, store, cache
        self._assets: dict[tuple[str, str, str], OpenAsset] = {}

    @property
    def inherited_tags(self) -> dict[str, str]:
        """The tags that what is made of the assets read so far has from them."""
        return tags_if(any(asset.is_synthetic for asset in list(self._assets.values())))

    def asset(self, scene: Scene, name: str) -> OpenAsset:
        key = (scene.collection, scene.id, name)
        if key not in self._assets:
            self._assets[key] = OpenAsset(scene, name, *self._options)
        return self._assets[key]

    def close(self, scene: Scene) -> None:
        """Close the assets of a scene; they are opened again where they are needed."""
        for name in scene.assets:
            asset = self._assets.get((scene.collection, scene.id, name))
            if asset is not None:
                asset.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for asset in self._assets.values():
            asset.close()


def _stored(
    facts: Facts, data: rasterio.DatasetReader, window: Window, out: NDArray[Any] | None
) -> NDArray[Any]:
    """The numbers of a window; thinned out to those of `out`, if it is smaller."""
    values: NDArray[Any] = data.read(facts.band, window=window, out=out)
    return values


def _valid(
    facts: Facts, data: rasterio.DatasetReader, window: Window, out: NDArray[Any] | None
) -> NDArray[Any]:
    """1 where a window is valid, else 0; thinned out likewise."""
    mask = read_mask(data, facts, window, None if out is None else out.shape)
    valid: NDArray[np.uint8] = np.not_equal(mask, 0).astype(np.uint8)
    return valid


def within(source: Grid, area: Grid) -> Window | None:
    """The window of a source within the box of an area; None where they do not meet."""
    try:
        bounds = transform_bounds(area.crs, source.crs, *area.bounds, densify_pts=21)
        whole = Window(0, 0, source.width, source.height)
        window: Window = from_bounds(*bounds, source.transform).intersection(whole)
    except (WindowError, CPLE_BaseError):
        return None
    return window if min(window.width, window.height) >= 1 else None
